"""Applicants of trackers: whom a name in a cell stands for, and what should be looked at when nobody is sure."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from appui.states.applicant import Applicant, ApplicantByHand
from appui.states.errors import InvalidData
from appui.states.wording import listed
from appui.workflow.names import fold_name
from appui.workflow.territories import register, shown

_KIND_BY_FIRST_WORD = {
    "petr": "PETR",
    "cc": "CC",
    "ca": "CA",
    "cu": "CU",
    "metropole": "METRO",
    "syndicat": "syndicat",
    "departement": "departement",
}
"""First word of a folded name → kind; nothing else tells the kind of an applicant that stands in no register."""
_SHOWN = 3
_NEVER_IN_REGISTER = frozenset({"PETR", "syndicat", "departement"})


def applicant_of(written: str, department: str) -> Applicant | ApplicantByHand:
    """Return who a name or a code stands for. InvalidData when that is unclear, or in another département."""
    if not written:
        raise InvalidData([("applicant", "Le demandeur n'est pas dit.")])
    found = register().look_up(written, department=department).accepted or register().find(written)
    if found is not None:
        return _in_department(found, department)
    matches = register().match(written, department=department)
    if len(matches) > 1:
        choices = listed([f"{each.name} ({each.code})" for each in matches], last="ou")
        text = f"« {shown(written)} » peut être {choices} : écrivez son code à la place du nom."
        raise InvalidData([("applicant", text)])
    if written.replace(" ", "").isdigit():
        register().get(written)
    kind = _KIND_BY_FIRST_WORD.get(fold_name(written).partition(" ")[0], "other")
    return ApplicantByHand(name=written, kind=kind, department=department)


def _in_department(applicant: Applicant, department: str) -> Applicant:
    if department == applicant.department or department in register().epci_departments(str(applicant.code)):
        return replace(applicant, department=department)
    text = f"{applicant.name} relève de {_named(applicant.department)}, pas de {_named(department)}."
    raise InvalidData([("applicant", text)])


@cache
def _departments_of(name: str) -> tuple[str, ...]:
    """Return the départements in which a commune or an EPCI bears that folded name, as they are named."""
    return tuple(_named(each.code) for each in register().departments() if register().match(name, department=each.code))


def _named(department: str) -> str:
    return f"« {register().department(department).name} » ({department})"


def identity_of(applicant: Applicant | ApplicantByHand) -> str:
    """Return what tells an applicant from the others of a tracker: its code, else its folded name."""
    return fold_name(applicant.name) if isinstance(applicant, ApplicantByHand) else str(applicant.code)


def note_on(applicant: Applicant | ApplicantByHand) -> str:
    """Return what should be looked at, in French: who stands in no register, who may be meant; empty for others."""
    if isinstance(applicant, Applicant):
        return ""
    if applicant.kind in _NEVER_IN_REGISTER:
        return "Demandeur absent du registre, gardé tel qu'il est écrit."
    elsewhere, near = _departments_of(applicant.name), _near(applicant)
    if elsewhere:
        more = "…" if len(elsewhere) > _SHOWN else ""
        where = f"{listed(elsewhere[:_SHOWN])}{more}"
        return f"Demandeur absent de ce département, gardé comme écrit ; ce nom existe dans {where} : à vérifier{near}."
    if applicant.kind == "other":
        return f"Demandeur absent du registre, nature inconnue : à vérifier{near}."
    return f"Demandeur absent du registre, gardé tel qu'il est écrit{near and f' : à vérifier{near}'}."


def _near(applicant: ApplicantByHand) -> str:
    """Return, as the end of a sentence, who bears a near name in the département; empty if nobody does."""
    home = applicant.department
    found = register().look_up(applicant.name, department=home, limit=_SHOWN).candidates
    of_it = [each for each in found if home in (each.department, *register().epci_departments(str(each.code)))]
    return f" ; le registre a {listed([f'« {each.name} » ({each.code})' for each in of_it])}" if of_it else ""

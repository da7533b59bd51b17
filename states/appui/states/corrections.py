"""Corrections: which facts may be replaced, as which field, and what a replacement must respect."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from appui.states.case import Case
from appui.states.errors import InvalidData
from appui.states.events import Corrected
from appui.states.fields import clean_value
from appui.states.procedure import Action, Field, Procedure
from appui.states.wording import day_in_words, listed

_DAY_SUFFIX = ".happened_on"
_RECEPTION = "received_on"
_BY_ACTION = frozenset({"person", "provider", "document"})
"""Types of facts that refer to something else: they change by their own action."""
_OF_THE_CASE = {
    "title": Field(name="title", type="text", label="Objet"),
    "applicant.name": Field(name="name", type="text", label="Nom du demandeur"),
    "applicant.siren": Field(name="siren", type="siren", label="SIREN du demandeur"),
    "applicant.population": Field(name="population", type="integer", label="Population du demandeur"),
}


def correctable(procedure: Procedure) -> dict[str, Field]:
    """Return every fact that the procedure's actions may record, by dotted path, with the field that wrote it."""
    found = dict(_OF_THE_CASE)
    for action in procedure.actions.values():
        if action.keep == "journal":
            continue
        prefix = action.keep.removeprefix("data").removeprefix(".")
        for path, field in _paths(action.fields, f"{prefix}." if prefix else ""):
            found.setdefault(path, field)
    return found


def _paths(fields: tuple[Field, ...], prefix: str) -> Iterator[tuple[str, Field]]:
    for field in fields:
        yield prefix + field.name, field
        if field.type == "group" and not field.many:
            yield from _paths(field.fields, f"{prefix}{field.name}.")


def clean_correction(case: Case, procedure: Procedure, data: Mapping[str, Any], today: date) -> dict[str, Any]:
    """Return the data of a `correct` with its value cleaned as the fact's own. InvalidData on `what` or `value`."""
    what = data["what"]
    if what.endswith(_DAY_SUFFIX):
        return {**data, "value": _clean_day(case, procedure, data, today)}
    known = correctable(procedure)
    field = known.get(what)
    if field is None:
        near = difflib.get_close_matches(what, known, n=1)
        help_ = f"vouliez-vous dire « {near[0]} » ?" if near else f"corrigible : {listed(sorted(known))}."
        raise InvalidData([("what", f"« {what} » n'est pas un fait de ce dossier ; {help_}")])
    key = what.partition(".")[0]
    if any(action.keep == f"data.{key}" for action in procedure.actions.values()) and not case.data.get(key):
        raise InvalidData([("what", f"« {what} » n'est pas encore connu : faites d'abord l'action qui l'enregistre.")])
    # The identifier of a deliverable is that of a document: only its own action asks whether it is there.
    if field.type in _BY_ACTION or field.name == "document" or (field.type == "group" and field.many):
        raise InvalidData([("what", f"« {what} » ne se corrige pas seul : refaites l'action qui l'enregistre.")])
    if _asks_elsewhere(what, field, procedure):
        raise InvalidData([("what", f"« {what} » engage d'autres dossiers : annulez l'action, ou refaites-la.")])
    value = clean_value(field, data["value"], path="value", today=today)
    if what == "received_before" and case.received_on is not None:
        raise InvalidData([("what", "Le jour de la réception est connu : corrigez « received_on ».")])
    if what == _RECEPTION:
        _check_reception(case, procedure, date.fromisoformat(value))
    return {**data, "value": value}


def owner_of(case: Case, procedure: Procedure, what: str, value: object) -> tuple[Action | None, dict[str, Any]]:
    """Return the action whose data a corrected fact is part of, and those data with the right value; else None."""
    key, _, name = what.partition(".")
    owners = [
        action
        for action in procedure.actions.values()
        if action.keep == f"data.{key}" and any(field.name == name.partition(".")[0] for field in action.fields)
    ]
    # Several actions may keep their data under one key: the one that has all of these fields wrote them.
    known = case.data.get(key) or {}
    wrote = [action for action in owners if set(known) <= {field.name for field in action.fields}]
    if not name or not (wrote or owners):
        return None, {}
    return (wrote or owners)[0], {**known, name: value}


def correction_of(case: Case, procedure: Procedure, what: str) -> Corrected:
    """Return the event of a correction; `N.happened_on` moves the day of step N, reception that of the first.

    A case that an import found under way did not enter its state on the day of reception: that day stays unknown.
    """
    if what.endswith(_DAY_SUFFIX):
        return Corrected(what, int(what.removesuffix(_DAY_SUFFIX)))
    began = case.steps[0].state == procedure.initial.name
    return Corrected(what, 1 if what == _RECEPTION and began else None)


def _asks_elsewhere(what: str, field: Field, procedure: Procedure) -> bool:
    """Return whether the fact counts in a limit across cases, which only its own action takes under a lock."""
    key = what.partition(".")[0]
    locked = [action for action in procedure.actions.values() if "within_envelope" in action.checks]
    return field.type != "paragraph" and any(action.keep == f"data.{key}" for action in locked)


def _clean_day(case: Case, procedure: Procedure, data: Mapping[str, Any], today: date) -> str:
    number = data["what"].removesuffix(_DAY_SUFFIX)
    if number == "1" and _RECEPTION in correctable(procedure):
        raise InvalidData([("what", f"Le premier jour est celui de la réception : corrigez « {_RECEPTION} ».")])
    places = [place for place, step in enumerate(case.steps) if str(step.seq) == number]
    if not places:
        steps = listed([f"{step.seq}{_DAY_SUFFIX}" for step in case.steps], last="ou")
        raise InvalidData([("what", f"Aucune étape n'a ce numéro ; attendu {steps}.")])
    field = Field(name="value", type="date", label="Jour", past=True)
    day = date.fromisoformat(clean_value(field, data["value"], path="value", today=today))
    _check_between(case, places[0], places[-1], day)
    return day.isoformat()


def _check_reception(case: Case, procedure: Procedure, day: date) -> None:
    if not procedure.covers(day):
        raise InvalidData(
            [
                (
                    "value",
                    f"Reçue le {day_in_words(day)}, la demande relèverait d'une autre version de la procédure : "
                    "classez ce dossier sans suite et enregistrez-la de nouveau.",
                )
            ]
        )
    firsts = [place for place, step in enumerate(case.steps) if step.seq == 1]
    _check_between(case, firsts[0], firsts[-1], day)


def _check_between(case: Case, first: int, last: int, day: date) -> None:
    before = max((step.on for step in case.steps[:first] if step.on is not None), default=None)
    after = min((step.on for step in case.steps[last + 1 :] if step.on is not None), default=None)
    if before is not None and day < before:
        raise InvalidData(
            [("value", f"L'étape d'avant est du {day_in_words(before)} : donnez ce jour ou un jour d'après.")]
        )
    if after is not None and day > after:
        raise InvalidData(
            [("value", f"L'étape d'après est du {day_in_words(after)} : donnez ce jour ou un jour d'avant.")]
        )

"""By hand: an applicant that stands in no register, as somebody typed it, and what is wrong with that."""

from __future__ import annotations

import unicodedata

from appui.states.applicant import KINDS, ApplicantByHand, canonical_code, siren_is_valid
from appui.states.wording import shown
from appui.workflow.names import NAME_MAX

POPULATION_MAX = 100_000_000


def faults_of(applicant: ApplicantByHand, *, of_department: str | None) -> list[tuple[str, str]]:
    """Return (path, French sentence) for each fault; `of_department` says what is wrong with the département."""
    faults = (
        ("name", _fault_of_name(applicant.name)),
        ("kind", _fault_of_kind(applicant.kind)),
        ("department", of_department),
        ("siren", fault_of_siren(applicant.siren)),
        ("population", _fault_of_population(applicant.population)),
    )
    return [(f"applicant.{field}", fault) for field, fault in faults if fault is not None]


def tidy(name: str) -> str:
    """Return a name with single spaces and composed letters."""
    return unicodedata.normalize("NFC", " ".join(name.split()))


def fault_of_siren(siren: object) -> str | None:
    """Return, in French, what is wrong with a SIREN; None for a right one, or for none."""
    if siren is None or siren_is_valid(canonical_code(siren)):
        return None
    return (
        f"« {shown(siren)} » n'est pas un SIREN : il en faut les 9 chiffres, et la clé de contrôle doit être juste ; "
        "vérifiez la saisie."
    )


def _fault_of_name(name: object) -> str | None:
    if not isinstance(name, str) or not name.strip():
        return "Le nom du demandeur manque : écrivez-le tel qu'il doit figurer dans les courriers."
    if len(name) > NAME_MAX:
        return f"Le nom compte {len(name)} caractères : {NAME_MAX} au plus."
    if not tidy(name).isprintable():
        return f"Le nom « {shown(name)} » contient des caractères invisibles : ressaisissez-le."
    return None


def _fault_of_kind(kind: object) -> str | None:
    if isinstance(kind, str) and kind in KINDS:
        return None
    known = ", ".join(f"{key} ({label})" for key, label in KINDS.items())
    return f"« {shown(kind)} » n'est pas une nature de demandeur connue : choisissez parmi {known}."


def _fault_of_population(population: object) -> str | None:
    if population is None:
        return None
    if isinstance(population, int) and not isinstance(population, bool) and 0 <= population <= POPULATION_MAX:
        return None
    return "La population doit être un nombre entier d'habitants, de 0 à cent millions."

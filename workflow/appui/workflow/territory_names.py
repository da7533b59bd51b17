"""Territory names: what people write for one, « Deux-Sèvres », « 79 », « CC du Thouarsais », « France entière »."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cache

from rapidfuzz import fuzz, process

from appui.states.applicant import Applicant, siren_is_valid
from appui.states.wording import listed, shown
from appui.workflow.names import fold_name
from appui.workflow.providers import LEVELS
from appui.workflow.territories import register, unknown_territory

_NATION = frozenset(
    {"france", "france entiere", "toute france", "nation", "national", "nationale", "territoire national"}
)
_DEPARTMENT = frozenset({"departement", "tout departement", "ensemble departement", "departemental"})
_REGION = frozenset({"region", "toute region", "ensemble region"})
"""What stands for the nation, for one's own département and for its region: as `fold_name` gives it."""
_KIND_WORDS = {"département": "department", "région": "region", "commune": "commune", "epci": "epci"}
_FORMS = {
    "region": ("{name}", "région {name}"),
    "department": ("{name}", "département {name}", "{name} {code}", "{code} {name}"),
    "arrondissement": ("arrondissement {name}",),
}
"""Kind → how people write the name of one."""
_NEAR = 90
"""Of 100: under it, two names have little in common."""
_SHOWN = 3


def territories_called(text: str, *, department: str) -> list[str]:
    """Return the territories that a text stands for, seen from a département: one when it is sure, several when not.

    An identifier (`department:79`), the number of a département, the SIREN of an EPCI; a name, within the département,
    then the name of a département, of a region or (with that word) of an arrondissement anywhere. A commune or an EPCI
    of elsewhere is known by its code alone: too many share their names.
    """
    for found in _by_likelihood(text, department):
        if found:
            return list(dict.fromkeys(found))
    return []


def why_not_territory(text: str, *, department: str) -> str:
    """Return the French sentence that says why a text stands for no territory, or for which several."""
    found = territories_called(text, department=department)
    if len(found) > 1:
        return f"« {shown(text)} » peut être {_named(found)} : écrivez l'identifiant du bon."
    return unknown_territory(text, near=near_territories(text, department=department))


def near_territories(text: object, *, department: str | None = None) -> list[str]:
    """Return territories that a text that stands for none may have meant, the nearest first; often none."""
    if not isinstance(text, str) or len(text) > 200:
        return []
    word, _, code = "".join(text.split()).rpartition(":")
    kinds = [_KIND_WORDS[each] for each in get_close_matches(word.casefold(), _KIND_WORDS, n=1)] or LEVELS
    coded = [f"{kind}:{code.upper()}" for kind in kinds if register().territory_exists(f"{kind}:{code.upper()}")]
    return list(dict.fromkeys(coded or _nearest_names(text, department)))[:_SHOWN]


def _by_likelihood(text: str, department: str) -> Iterator[Sequence[str]]:
    written = "".join(text.split())
    if register().territory_exists(written):
        yield [written]
    if register().territory_exists(f"department:{written.upper()}"):
        yield [f"department:{written.upper()}"]
    if siren_is_valid(written) and register().territory_exists(f"epci:{written}"):
        yield [f"epci:{written}"]
    name = fold_name(text)
    if name in _NATION:
        yield ["nation"]
    if name in _DEPARTMENT:
        yield [f"department:{department}"]
    if name in _REGION:
        yield [f"region:{register().region_of(department).code}"]
    everywhere = _wide_names().get(name, ())
    yield [each for each in everywhere if each == f"department:{department}"]
    inside = [each for each in everywhere if each.startswith("arrondissement:") and _lies_in(each, department)]
    yield [*_municipal(text, department), *inside]
    yield everywhere


def _municipal(text: str, department: str) -> list[str]:
    """Return the commune or EPCI of the département that a name surely stands for; several when they share it."""
    if text.strip().isdigit():
        # A postcode looks like the code of a commune, and is often that of another one.
        return []
    accepted = register().look_up(text, department=department).accepted
    bearers = register().match(text, department=department)
    found = [accepted] if accepted else bearers if len(bearers) > 1 else []
    return list(map(_territory_of, found))


def _territory_of(applicant: Applicant) -> str:
    return f"{'commune' if applicant.kind == 'commune' else 'epci'}:{applicant.code}"


def _lies_in(territory: str, department: str) -> bool:
    return department in register().departments_in(territory)


@cache
def _wide_names() -> Mapping[str, tuple[str, ...]]:
    """Return folded name → the départements, regions and (with that word before it) arrondissements that bear it."""
    found: dict[str, list[str]] = defaultdict(list)
    for territory, name in register().wide_territories().items():
        kind, _, code = territory.partition(":")
        for form in _FORMS[kind]:
            found[fold_name(form.format(name=name, code=code))].append(territory)
    return {name: tuple(territories) for name, territories in found.items()}


def _nearest_names(text: str, department: str | None) -> list[str]:
    name = fold_name(text)
    if not name or name in _wide_names():
        return list(_wide_names().get(name, ()))
    near = process.extract(name, _wide_names().keys(), scorer=fuzz.ratio, score_cutoff=_NEAR, limit=None)
    wide = [territory for each, _, _ in near for territory in _wide_names()[each]]
    candidates = register().look_up(text, department=department, limit=_SHOWN).candidates
    return wide + list(map(_territory_of, candidates))


def _named(territories: Sequence[str]) -> str:
    return listed([f"« {each} » ({register().territory_label(each)})" for each in territories], last="ou")

"""Revisions: what a sheet from elsewhere would make of the catalogue of providers. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from appui.states.wording import listed
from appui.workflow.folding import folded
from appui.workflow.providers import Provider, SheetDifference, differences
from appui.workflow.territories import register
from appui.workflow.views import ADDED, CHANGED, DIFFERENT, KNOWN

REFUSED = "refused"
"""What becomes of a sheet that cannot be taken; of the others, what the views say of a line."""
WRITTEN = frozenset({ADDED, CHANGED})


@dataclass(frozen=True, slots=True)
class ProviderSheet:
    """What a source says of a provider."""

    provider: Provider
    said: frozenset[str]
    """What the source has a word on, by keys of `providers.LABELS`; on the rest, what is known stays."""
    named: bool = True
    """Whether the source gives the identifier itself, rather than a name from which it was made."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Revision:
    """What would become of one sheet."""

    status: str
    provider: Provider
    """As it would be kept."""
    differences: tuple[SheetDifference, ...] = ()
    text: str = ""
    """Why it is refused: one French sentence."""


def revision(sheet: ProviderSheet, known: Mapping[str, Provider], *, department: str, accepted: bool) -> Revision:
    """Return what becomes of a sheet of a département's catalogue. `known`: every provider kept, by identifier.

    A provider that works elsewhere is left alone: its catalogue is kept by others.
    """
    before = known.get(sheet.provider.id)
    if before is None:
        namesake = None if sheet.named else _namesake(sheet.provider, known.values(), department)
        if namesake is not None:
            return Revision(status=REFUSED, provider=sheet.provider, text=_known_otherwise(sheet.provider, namesake))
        text = _why_elsewhere(sheet.provider, department)
        return Revision(status=REFUSED if text else ADDED, provider=sheet.provider, text=text)
    after = replace(before, **{name: getattr(sheet.provider, name) for name in sheet.said})
    text = _why_of_others(before, department) or _why_elsewhere(after, department)
    found = tuple(differences(before, after))
    if text:
        return Revision(status=REFUSED, provider=before, text=text)
    if not found:
        return Revision(status=KNOWN, provider=before)
    return Revision(status=CHANGED if accepted else DIFFERENT, provider=after, differences=found)


def _namesake(provider: Provider, known: Iterable[Provider], department: str) -> Provider | None:
    name = folded(provider.name)
    return next((each for each in known if folded(each.name) == name and _works_in(each, department)), None)


def _works_in(provider: Provider, department: str) -> bool:
    """Return whether it works somewhere in the département; who works nobody knows where may do so here."""
    places = provider.territories
    return not places or any(department in register().departments_in(territory) for territory in places)


def _known_otherwise(provider: Provider, namesake: Provider) -> str:
    return (
        f"« {provider.name} » est déjà au catalogue sous l'identifiant « {namesake.id} » : "
        "donnez-le dans une colonne « Identifiant », ou donnez-y un autre identifiant si c'en est un autre."
    )


def _why_of_others(before: Provider, department: str) -> str:
    if _works_in(before, department):
        return ""
    where = listed([register().territory_label(territory) for territory in before.territories])
    return (
        f"L'identifiant « {before.id} » est celui de « {before.name} » ({where}), qui n'intervient pas dans ce "
        "département : sa fiche n'est pas la vôtre ; donnez un autre identifiant à celle-ci."
    )


def _why_elsewhere(after: Provider, department: str) -> str:
    if _works_in(after, department):
        return ""
    where = listed([register().territory_label(territory) for territory in after.territories])
    here = register().department(department).name
    return f"Aucun de ses territoires ({where}) ne touche ce département ({here}) : sa fiche est d'un autre catalogue."

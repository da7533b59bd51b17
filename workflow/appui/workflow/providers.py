"""Providers: bodies that can lend engineering to an applicant, as plain values, and which of them fit. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from appui.workflow.folding import folded

LEVELS = ("commune", "epci", "arrondissement", "department", "region", "nation")
"""Kinds of territory, the nearest to an applicant first."""

LABELS: Mapping[str, str] = {
    "name": "nom",
    "kind": "nature",
    "themes": "thématiques",
    "territories": "territoires",
    "contact": "contact",
    "email": "courriel",
    "phone": "téléphone",
    "conditions": "conditions",
}
"""What a sheet says → how it is called, in the order in which people read it."""


@dataclass(frozen=True, slots=True)
class Provider:
    """A body of the local offer, or a national operator."""

    id: str
    name: str
    kind: str
    themes: tuple[str, ...] = ()
    """Empty: all of them."""
    territories: tuple[str, ...] = ()
    """`nation`, `region:75`, `department:79`…: where it works. Empty: nobody has said where."""
    email: str | None = None
    contact: str | None = None
    """Whom to ask for: a name or a service."""
    phone: str | None = None
    conditions: str | None = None
    """What it asks for and on which terms, in the words of its sheet."""


@dataclass(frozen=True, slots=True)
class SheetDifference:
    """What a sheet says, before and after a change."""

    field: str
    """A key of LABELS."""
    before: Any
    after: Any


def differences(before: Provider, after: Provider) -> Iterator[SheetDifference]:
    """Yield what differs between two sheets; the order of themes and territories says nothing."""
    for name in LABELS:
        one, other = getattr(before, name), getattr(after, name)
        if (sorted(one) != sorted(other)) if isinstance(one, tuple) else one != other:
            yield SheetDifference(name, one, other)


def fitting(
    providers: Iterable[Provider],
    *,
    themes: Collection[str] = (),
    around: Collection[str] | None = None,
    text: str = "",
) -> list[Provider]:
    """Return those that deal with one of the themes, work in one of the territories and speak of every word.

    `around`: None, anywhere; else the nearest come first, by LEVELS. Then by name. Words are looked for in the name,
    the kind and the conditions, without accents or capitals.
    """
    words = folded(text).split()
    found = []
    for provider in providers:
        nearness = 0 if around is None else _nearness(provider, around)
        if nearness is not None and _deals_with(provider, themes) and _speaks_of(provider, words):
            found.append((nearness, folded(provider.name), provider.id, provider))
    return [provider for *_, provider in sorted(found, key=lambda each: each[:3])]


def _nearness(provider: Provider, around: Collection[str]) -> int | None:
    """Return the level of the nearest territory in which it works, None when it works in none."""
    inside = (territory.partition(":")[0] for territory in provider.territories if territory in around)
    return min(map(LEVELS.index, inside), default=None)


def _deals_with(provider: Provider, themes: Collection[str]) -> bool:
    return not themes or not provider.themes or not set(themes).isdisjoint(provider.themes)


def _speaks_of(provider: Provider, words: Collection[str]) -> bool:
    said = folded("\n".join((provider.name, provider.kind, provider.conditions or ""))) if words else ""
    return all(word in said for word in words)

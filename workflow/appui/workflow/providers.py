"""Providers: bodies that can lend engineering to an applicant, as plain values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Provider:
    """A body of the local offer, or a national operator."""

    id: str
    name: str
    kind: str
    themes: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()
    """`nation`, `region:75`, `department:79`…: where it works."""
    email: str | None = None

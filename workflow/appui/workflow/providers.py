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
    contact: str | None = None
    """Whom to ask for: a name or a service."""
    phone: str | None = None
    conditions: str | None = None
    """What it asks for and on which terms, in the words of its sheet."""

"""People: who works on cases or holds a role, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from appui.states.actor import Grant


@dataclass(frozen=True, slots=True)
class Absence:
    """Local days, both included, on which a person is away."""

    since: date
    until: date
    substitute: str | None = None
    """Identifier of the person who stands in."""


@dataclass(frozen=True, slots=True)
class Person:
    """A person known to the service."""

    id: str
    name: str
    email: str | None = None
    phone: str | None = None
    grants: tuple[Grant, ...] = ()
    absences: tuple[Absence, ...] = ()
    disabled_at: datetime | None = None
    """Aware, UTC: from then on the person signs in and holds nothing any more."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A person who holds a role on some day."""

    id: str
    name: str
    role: str

"""Scopes: which cases an actor's grants let them see, as plain values that a query can use."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """A union: a case is in scope as soon as one of these holds it."""

    nation: bool = False
    departments: frozenset[str] = frozenset()
    """Cases of these départements, and those shared with them by name (regions are expanded to départements)."""
    arrondissements: frozenset[str] = frozenset()
    groupings: frozenset[tuple[str, str]] = frozenset()
    """(SIREN of an EPCI, département): cases of that EPCI or its members in that département."""
    applicants: frozenset[str] = frozenset()
    """Codes (INSEE or SIREN) of applicants whose cases are in scope."""
    provider: str | None = None
    """Identifier of a provider: the cases in which it was asked are in scope."""
    cases: frozenset[str] = frozenset()
    """Identifiers of single cases."""
    within: frozenset[str] | None = None
    """Only cases of these départements count, None: of any."""
    elsewhere: tuple[Scope, ...] = ()
    """What is in scope where it is another day."""

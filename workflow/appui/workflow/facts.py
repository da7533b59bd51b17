"""Facts: what lies outside a case and that guards, checks and effects ask for by name."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from appui.states.case import Case
from appui.states.functions import Functions, needs_of
from appui.workflow.config import Settings
from appui.workflow.db.loading import FACTS
from appui.workflow.db.store import Store
from appui.workflow.people import Person
from appui.workflow.territories import register

HostFact = Callable[[Case], Any]
"""A host's own fact: called with the case, only when a guard asks for it."""

LOCKING = frozenset({"envelope"})
"""Facts about several cases at once: read under a lock, in the transaction that writes."""


class Directory(Protocol):
    """A host's own directory of people."""

    def find(self, person_id: str) -> Person | None:
        """Return the person of that identifier, None when there is none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sources:
    """Where facts are read."""

    raw: Any
    store: Store
    settings: Settings
    year: int
    """The civil year, local."""
    writing: bool
    """Whether a write follows in the same transaction: limits across cases are then locked."""


def _routed(sources: Sources, case: Case) -> dict[str, int]:
    first, last = date(sources.year, 1, 1), date(sources.year, 12, 31)
    return sources.store.place_counts(sources.raw, case.department, case.procedure, first, last)


def _envelope(sources: Sources, case: Case) -> dict[str, int] | None:
    granted = sources.settings.envelope_of(case.department, sources.year)
    if granted is None:
        return None
    if sources.writing:
        sources.store.set_envelope(sources.raw, case.department, sources.year, granted)
    committed = sources.store.committed_cents(sources.raw, case.department, sources.year)
    return {"year": sources.year, "granted_cents": granted, "committed_cents": committed}


def _departments(_sources: Sources, _case: Case) -> frozenset[str]:
    return frozenset(each.code for each in register().departments())


def _journal(sources: Sources, case: Case) -> list[Any]:
    return [sealed.entry for sealed in sources.store.list_entries(sources.raw, case.id)]


def _beside(name: str) -> Callable[[Sources, Case], Any]:
    return lambda sources, case: sources.store.list_facts(sources.raw, case.id, [name])[name]


LOADERS: dict[str, Callable[[Sources, Case], Any]] = {
    "routed": _routed,
    "envelope": _envelope,
    "departments": _departments,
    "journal": _journal,
    **{name: _beside(name) for name in FACTS},
}
"""Name of a fact → what loads it."""


def check_given(functions: Functions, given: Collection[str]) -> None:
    """Raise ValueError when a guard asks for a fact that is neither ours nor given by the host."""
    asked = {need for guard in functions.guards.values() for need in needs_of(guard)}
    missing = sorted(asked - LOADERS.keys() - set(given))
    if missing:
        raise ValueError(f"facts that guards ask for and nobody gives: {', '.join(missing)}")

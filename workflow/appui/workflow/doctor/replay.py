"""Replay: each case told again from its journal, and what the base holds otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from appui.states.calendar import Calendar
from appui.states.case import Case, fold
from appui.states.deadlines import CANCELLED, Deadline, deadlines_of
from appui.states.library import Library
from appui.states.wording import listed
from appui.workflow.db.database import Database
from appui.workflow.db.inspection_store import WholeCase
from appui.workflow.db.projections import PROJECTIONS
from appui.workflow.db.store import Store
from appui.workflow.doctor.findings import Examples
from appui.workflow.journal import verify_chain
from appui.workflow.verification import UNREADABLE, batches_of_cases

Calendars = Callable[[str], Calendar]
"""Département → calendar."""

LABELS: Mapping[str, str] = {
    "reference": "référence",
    "procedure": "procédure",
    "procedure_version": "version de la procédure",
    "state": "état",
    "version": "version",
    "department": "département",
    "arrondissement": "arrondissement",
    "epci": "EPCI",
    "applicant_code": "code du demandeur",
    "applicant": "demandeur",
    "applicant_name": "nom du demandeur",
    "title": "objet",
    "search": "mots de la recherche",
    "received_on": "jour de réception",
    "route": "orientation",
    "routed_by": "écriture de l'orientation",
    "routed_on": "jour de l'orientation",
    "suspended_since": "suspension",
    "ended_at": "fin",
    "assignee": "agent référent",
    "data": "faits",
    "steps": "étapes",
    "presumed": "faits présumés",
    "shared_with": "partages",
    "opened_at": "ouverture",
    "updated_at": "dernière écriture",
    "head": "tête de chaîne",
    "counted_on": "jour des chiffres",
    "reserved_cents": "montant réservé",
    "committed_cents": "montant engagé",
    "committed_on": "jour de l'engagement",
}
"""Column of a case → what it is called."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Replayed:
    """A case as its journal tells it, beside what the base holds."""

    id: str
    reference: str
    """Its identifier when no reference is known."""
    faults: tuple[str, ...] = ()
    """What is wrong with its journal, in French; nothing else is then compared."""
    told: Case | None = None
    deadlines: tuple[Deadline, ...] | None = None
    """All those that it must have; None when its procedure does not read, and nobody can tell."""
    unlike: tuple[str, ...] = ()
    """What its row, its deadlines or what is kept for lists say otherwise, in French."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Replay:
    """All cases, counted."""

    cases: int
    entries: int
    broken: Examples
    unlike: Examples

    @staticmethod
    def of(replayed: Iterable[tuple[Replayed, int]]) -> Replay:
        """Return what was found, each case taken in and let go."""
        cases = entries = 0
        broken, unlike = Examples(), Examples()
        for each, lines in replayed:
            cases, entries = cases + 1, entries + lines
            if each.faults:
                broken.add(f"{each.reference} : {' '.join(each.faults)}")
            if each.unlike:
                unlike.add(f"{each.reference} : {listed(each.unlike)}")
        return Replay(cases=cases, entries=entries, broken=broken, unlike=unlike)


def replayed(
    database: Database, store: Store, library: Library, calendars: Calendars, *, progress: Callable[[int], None]
) -> Iterator[tuple[Replayed, int]]:
    """Yield every case told again, with the number of its entries; a few in memory at a time.

    `progress` is told after each batch how many more have been looked at, 0 at the end.
    """
    for batch in batches_of_cases(database, store):
        for whole in batch:
            yield told_again(whole, library, calendars), len(whole.lines)
        progress(len(batch))
    progress(0)


def told_again(whole: WholeCase, library: Library, calendars: Calendars) -> Replayed:
    """Return a case as its journal tells it; `faults` when the journal tells nothing sure."""
    reference = whole.row["reference"] if whole.row else whole.id
    try:
        entries = whole.entries()
        faults = tuple(fault.text for fault in verify_chain(whole.id, entries, whole.head))
        if not entries and not faults:
            faults = ("Le journal manque.",)
        if faults:
            return Replayed(id=whole.id, reference=reference, faults=faults)
        told = fold([sealed.entry for sealed in entries])
    except UNREADABLE as error:
        text = f"Une ligne ne se lit plus ({type(error).__name__})."
        return Replayed(id=whole.id, reference=reference, faults=(text,))
    procedure = library.find(told.procedure, told.procedure_version)
    deadlines = None if procedure is None else deadlines_of(procedure, told, calendars(told.department))
    return Replayed(
        id=whole.id,
        reference=told.reference,
        told=told,
        deadlines=None if deadlines is None else tuple(deadlines.values()),
        unlike=tuple(_unlike(whole, told, deadlines)),
    )


def _unlike(whole: WholeCase, told: Case, deadlines: Mapping[str, Deadline] | None) -> Iterator[str]:
    if whole.row is None:
        yield "le dossier manque"
    else:
        yield from (LABELS[name] for name in whole.columns_unlike(told))
    yield from (PROJECTIONS[name].label for name in whole.projections_unlike(told))
    if deadlines is not None:
        yield from (f"échéance « {key} »" for key in _deadlines_unlike(whole, deadlines))


def _deadlines_unlike(whole: WholeCase, deadlines: Mapping[str, Deadline]) -> Iterator[str]:
    for key in {**deadlines, **whole.deadlines}:
        try:
            found = whole.deadline(key)
        except UNREADABLE:
            found = None
        # A rule that no longer runs leaves its last run behind, cancelled.
        left_behind = key not in deadlines and found is not None and found.status == CANCELLED
        if not left_behind and not _is_as_told(found, deadlines.get(key)):
            yield key


def _is_as_told(found: Deadline | None, told: Deadline | None) -> bool:
    """Return whether a deadline is as told; to look at it too early costs one question, too late would forget it."""
    if found is None or told is None or replace(found, next_at=told.next_at) != told:
        return False
    return told.next_at is None or (found.next_at is not None and found.next_at <= told.next_at)

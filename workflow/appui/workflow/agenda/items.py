"""Items: which part of a day each open case belongs to. Pure: cases, their deadlines, notes and an instant give it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from appui.notifications.notices import notices
from appui.states import consultations, signatures
from appui.states.calendar import Calendar
from appui.states.case import Case
from appui.states.deadlines import LATE, OPEN, Deadline
from appui.states.procedure import Procedure

LATE_PART, TODAY, WEEK, LATER, WAITING, ASIDE = "late", "today", "week", "later", "waiting", "aside"
PARTS = (LATE_PART, TODAY, WEEK, LATER, WAITING, ASIDE)
"""The parts of an agenda, in the order in which they are read."""

_OUTSIDE = ("applicant", "awaited", "unsigned")
"""Recipient rules of notices about deadlines that somebody outside the service has to meet."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """A person's own reminder on a case: it is put aside until that day, or until somebody does something to it."""

    case_id: str
    until: date
    """Local day on which the case comes back."""
    text: str
    version: int
    """That of the case when it was put aside."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """An open case that may be somebody's to do, with all that its place in a day follows from."""

    case: Case
    procedure: Procedure
    calendar: Calendar
    deadlines: tuple[Deadline, ...] = ()
    note: Note | None = None
    on_behalf_of: str | None = None
    """The absent colleague whose case it is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """A case in somebody's agenda."""

    case: Case
    state_label: str
    part: str
    """One of `PARTS`."""
    deadline: Deadline | None
    """The one that says when: the most overdue, else the next that the service has to meet, else the next of others."""
    waiting_on: tuple[str, ...]
    """Whom the case waits on outside the service: names, provider identifiers; empty when it is the service's turn."""
    since: date | None
    """Local day since when it has been so; None when nobody knows."""
    note: Note | None
    moved: bool
    """Whether somebody did something to the case after it was put aside."""
    on_behalf_of: str | None
    on: date
    """Local day as of which this is so."""


@dataclass(frozen=True, slots=True)
class Stuck:
    """An open case on which nobody can act on some day."""

    case: Case
    on: date
    why: str
    """One French sentence."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Agenda:
    """What somebody has to do, as of an instant."""

    items: tuple[Item, ...]
    """By part, in each part the most urgent first."""
    stuck: tuple[Stuck, ...]
    """Of all the cases that the person sees."""
    complete: bool = True
    """False when there were more cases than an agenda holds: the most urgent are here."""

    def part(self, name: str) -> tuple[Item, ...]:
        """Return the items of one part."""
        return tuple(item for item in self.items if item.part == name)


def arranged(candidates: Iterable[Candidate], *, now: datetime) -> tuple[Item, ...]:
    """Return an item for each case, part by part, the most urgent first: what is due, then what has waited longest."""
    items = [_item(candidate, now) for candidate in candidates]
    return tuple(sorted(items, key=lambda item: (PARTS.index(item.part), _urgency(item))))


def _item(candidate: Candidate, now: datetime) -> Item:
    case, today = candidate.case, candidate.calendar.local_day(now)
    running = [each.at(now) for each in candidate.deadlines if each.status == OPEN]
    ours = [each for each in running if not _outside_rules(candidate.procedure, each)]
    # What is late is the service's again, whoever should have met it: somebody has to ask them.
    late = [each for each in running if each.status == LATE]
    deadline = min(late or ours or running, key=_due, default=None)
    waiting = _waited_on(candidate, deadline) if deadline is not None and not ours else ()
    note = candidate.note
    moved = note is not None and note.version != case.version
    part = _part(deadline, today, waits=bool(waiting) or case.suspended_since is not None)
    if note is not None and not moved and part != LATE_PART:
        part = ASIDE if note.until > today else TODAY
    since = deadline.started_on if deadline is not None and waiting else case.suspended_since or case.current_visit.on
    return Item(
        case=case,
        state_label=candidate.procedure.states[case.state].label,
        part=part,
        deadline=deadline,
        waiting_on=waiting,
        since=since,
        note=note,
        moved=moved,
        on_behalf_of=candidate.on_behalf_of,
        on=today,
    )


def _part(deadline: Deadline | None, today: date, *, waits: bool) -> str:
    if deadline is not None and deadline.status == LATE:
        return LATE_PART
    if waits:
        return WAITING
    if deadline is None or deadline.due_on is None:
        return LATER
    sunday = today + timedelta(days=6 - today.weekday())
    if deadline.due_on <= today:
        return TODAY
    return WEEK if deadline.due_on <= sunday else LATER


def _outside_rules(procedure: Procedure, deadline: Deadline) -> Sequence[str]:
    rule = procedure.deadlines.get(deadline.key)
    notice = notices().get(rule.notice) if rule is not None else None
    return [each for each in notice.to if each in _OUTSIDE] if notice is not None else []


def _waited_on(candidate: Candidate, deadline: Deadline) -> tuple[str, ...]:
    """Return whom the deadline waits on: the applicant, the providers that have not answered, who has not signed."""
    case = candidate.case
    found: list[str] = []
    for rule in _outside_rules(candidate.procedure, deadline):
        if rule == "applicant":
            found.append(case.applicant.name)
        elif rule == "awaited":
            found += consultations.unanswered(case)
        else:
            found += [party["name"] for party in signatures.missing(case)]
    return tuple(found)


def _due(deadline: Deadline) -> datetime:
    if deadline.due_at is None:
        raise ValueError("an open deadline has a date")
    return deadline.due_at


def _urgency(item: Item) -> tuple[date, date, str]:
    when = item.note.until if item.part == ASIDE and item.note is not None else None
    due = item.deadline.due_on if item.deadline is not None else None
    return when or due or date.max, item.since or date.min, item.case.reference

"""Reminders: what the clocks have to see to on a case, as it is now. Pure: the tick and the forecast ask the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from appui.states.case import apply
from appui.states.deadlines import changed_deadlines, timelines_of
from appui.states.events import CaseEvent, DeadlinePassed, Reminded
from appui.states.functions import Situation
from appui.states.machine import Decision, new_entry
from appui.states.moments import Handled, Timeline
from appui.states.procedure import PASSED, REMINDED


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """What is due on one deadline: its passing to be recorded, people to be reminded, or both."""

    key: str
    label: str
    started_on: date
    due_on: date
    late: bool
    """Whether the day due is over."""
    passed: bool
    """Whether its passing is still to be recorded."""
    at: datetime | None
    """The latest moment at which people should have been reminded, aware, UTC; None: nobody is to be reminded."""
    missed: int
    """How many moments before that one were skipped, the program being stopped: one reminder stands for all."""
    notices: tuple[str, ...]
    """Whom to tell, the strongest first."""


def dues_of(situation: Situation) -> tuple[Due, ...]:
    """Return what is due by `now` on the case as it is, the most urgent deadline first; empty when nothing is."""
    timelines = timelines_of(situation.procedure, situation.case, situation.calendar)
    found = (_due(timeline, handled, situation.now) for timeline, handled in timelines)
    return tuple(sorted((due for due in found if due is not None), key=lambda due: (due.due_on, due.key)))


def seen_to(situation: Situation, dues: Sequence[Due]) -> Decision:
    """Return the decision that records what was due: an entry of the system, the state being what it was."""
    case = situation.case
    name = PASSED if any(due.passed for due in dues) else REMINDED
    events = [event for due in dues for event in _events_of(due)]
    entry = new_entry(situation, name, {}, situation.today, events)
    after = apply(case, entry)
    deadlines = changed_deadlines(situation.procedure, case, after, situation.calendar)
    return Decision(case=after, before=case, entry=entry, deadlines=tuple(deadlines))


def _due(timeline: Timeline, handled: Handled, now: datetime) -> Due | None:
    passed = timeline.passing_is_due(handled, now)
    moments = timeline.reminders_due(handled, now)
    if not passed and not moments:
        return None
    rule = timeline.rule
    return Due(
        key=rule.key,
        label=rule.label,
        started_on=timeline.started_on,
        due_on=timeline.due_on,
        late=timeline.has_passed(now),
        passed=passed,
        at=moments[-1] if moments else None,
        missed=max(0, len(moments) - 1),
        notices=_notices_of(timeline, moments[-1]) if moments else (),
    )


def _notices_of(timeline: Timeline, moment: datetime) -> tuple[str, ...]:
    rule = timeline.rule
    further = (rule.escalation.notice,) if rule.escalation is not None and timeline.is_escalated(moment) else ()
    return (*further, rule.notice) if rule.notice else further


def _events_of(due: Due) -> Iterator[CaseEvent]:
    if due.passed:
        yield DeadlinePassed(due.key, due.started_on.isoformat(), due.due_on.isoformat())
    if due.at is not None:
        yield Reminded(due.key, due.at.isoformat(), due.missed)

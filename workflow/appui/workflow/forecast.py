"""The forecast: what the clocks will do if nobody does anything, by the functions of the tick, on a virtual clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from appui.notifications.message import DEADLINES, QUEUED, Message
from appui.states.actor import Actor
from appui.states.case import Case
from appui.states.deadlines import deadlines_of
from appui.states.errors import InvalidData
from appui.states.functions import Situation
from appui.states.reminders import Due, dues_of, seen_to
from appui.workflow.authorization import BY_THE_SYSTEM
from appui.workflow.views import Foreseen
from appui.workflow.work import Tools, Work

FORECAST_DAYS = 3660
"""Ten years: beyond, nothing that is said would be worth reading."""
DEADLINE, REMINDER, MESSAGE = "deadline", "reminder", "message"


def check_days(days: object) -> None:
    """Raise InvalidData for what is no number of days, or too many."""
    if isinstance(days, bool) or not isinstance(days, int) or not 0 <= days <= FORECAST_DAYS:
        raise InvalidData([("days", f"Attendu un nombre entier de jours, de 0 à {FORECAST_DAYS}.")])


def foreseen_for(
    tools: Tools, raw: Any, case: Case, *, now: datetime, until: datetime, outside_only: bool
) -> Iterator[Foreseen]:
    """Yield what will happen to a case between two instants, both included, in no order. Nothing is written.

    `outside_only` leaves out what is said within the service.
    """
    work = Work(tools, raw, Actor.system(), now, writing=False)
    procedure = work.procedure(case)
    for message in _shown(work.settled(tools.store.list_messages(raw, case.id), case), outside_only=outside_only):
        if message.status == QUEUED and message.not_before <= until:
            yield Foreseen(
                at=max(now, message.not_before),
                case_id=case.id,
                reference=case.reference,
                kind=MESSAGE,
                label=message.label,
                recipients=_names([message]),
            )
    situation = work.situation(procedure, case, BY_THE_SYSTEM, {})
    while (moment := _next_look(situation)) is not None and moment <= until:
        at = max(now, moment)
        work, situation = Work(tools, raw, Actor.system(), at, writing=False), replace(situation, now=at)
        dues = dues_of(situation)
        decision = seen_to(situation, dues)
        messages = _shown(
            work.settled(work.reminders(procedure, decision, dues), decision.case), outside_only=outside_only
        )
        for due in dues:
            told = [each for each in messages if due.key in {line["key"] for line in each.data[DEADLINES]}]
            yield from _of_due(due, case, at, _names(told))
        situation = replace(situation, case=decision.case)


def _next_look(situation: Situation) -> datetime | None:
    deadlines = deadlines_of(situation.procedure, situation.case, situation.calendar).values()
    return min((each.next_at for each in deadlines if each.next_at is not None), default=None)


def _of_due(due: Due, case: Case, at: datetime, names: tuple[str, ...]) -> Iterator[Foreseen]:
    passing = Foreseen(
        at=at,
        case_id=case.id,
        reference=case.reference,
        kind=DEADLINE,
        label=due.label,
        key=due.key,
        due_on=due.due_on,
    )
    if due.passed:
        yield passing
    if names:
        yield replace(passing, kind=REMINDER, recipients=names)


def _shown(messages: Iterable[Message], *, outside_only: bool) -> list[Message]:
    return [message for message in messages if message.outside or not outside_only]


def _names(messages: Iterable[Message]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(message.name or message.email or message.recipient for message in messages))

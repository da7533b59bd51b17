"""The local search as facts: who was asked, who answered what, who is overdue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from appui.states.calendar import Calendar
from appui.states.case import Case, day_of
from appui.states.deadlines import stops_of
from appui.states.durations import parse_duration
from appui.states.procedure import Procedure
from appui.states.reckoning import due_day

DEADLINE = "provider_answer"
"""Key of the rule that says how long a provider may take."""


@dataclass(frozen=True, slots=True)
class Consultation:
    """One provider asked, and the last answer it gave."""

    provider: str
    asked_on: date
    due_on: date | None
    """The explicit day given by the officer, None when the procedure's delay applies."""
    accepts: bool | None
    """None while no answer came."""
    answered_on: date | None = None


def of(case: Case) -> list[Consultation]:
    """Return the case's consultations, in the order in which providers were first asked."""
    return [
        Consultation(
            provider,
            date.fromisoformat(each["asked_on"]),
            day_of(each.get("due_on")),
            each.get("accepts"),
            day_of(each.get("answered_on")),
        )
        for provider, each in (case.data.get("consultations") or {}).items()
    ]


def asked(case: Case, providers: Iterable[str], on: date, due_on: str | None) -> dict[str, Any]:
    """Return the facts after these providers were asked by the next entry; asking again awaits a new answer."""
    known: Mapping[str, Any] = case.data.get("consultations") or {}
    new = {"asked_on": on.isoformat(), "asked_by": case.version + 1} | ({"due_on": due_on} if due_on else {})
    return {**known, **dict.fromkeys(providers, new)}


def answered(case: Case, provider: str, on: date, *, accepts: bool) -> dict[str, Any]:
    """Return the facts after the next entry's answer; the last one counts, and who was not asked is asked that day."""
    known: Mapping[str, Any] = case.data.get("consultations") or {}
    before = known.get(provider, {"asked_on": on.isoformat(), "asked_by": case.version + 1})
    answer = {"accepts": accepts, "answered_on": on.isoformat(), "answered_by": case.version + 1}
    return {**known, provider: {**before, **answer}}


def unanswered(case: Case) -> list[str]:
    """Return the providers that were asked and have not answered, in the order in which they were first asked."""
    return [each.provider for each in of(case) if each.accepts is None]


def overdue(consultation: Consultation, case: Case, procedure: Procedure, calendar: Calendar, today: date) -> bool:
    """Return whether an unanswered consultation has run out of time, suspensions not counted."""
    due = due_on(consultation, case, procedure, calendar)
    return consultation.accepts is None and due is not None and due < today


def due_on(consultation: Consultation, case: Case, procedure: Procedure, calendar: Calendar) -> date | None:
    """Return the last day for an answer; None while suspended, or when the procedure sets no delay."""
    rule = procedure.deadlines.get(DEADLINE)
    if rule is None:
        return consultation.due_on
    stops = stops_of(rule, case, procedure.final_states)
    return due_day(
        parse_duration(rule.after),
        consultation.asked_on,
        stops,
        calendar,
        until=consultation.due_on,
        roll_over=rule.roll_over,
    )


def pending(case: Case, procedure: Procedure) -> dict[str, str] | None:
    """Return what the clock of `provider_answer` needs: a named computed fact, None before any consultation.

    `asked_on` (and an explicit `due_on`) of the open consultation that runs out first; when none is open, of the one
    answered last, with its `answered_on`.
    """
    everyone = of(case)
    if not everyone:
        return None
    waiting = [each for each in everyone if each.accepts is None]
    if waiting:
        chosen = min(waiting, key=lambda each: _expected(each, procedure))
    else:
        chosen = max(everyone, key=lambda each: each.answered_on or each.asked_on)
    days = {"asked_on": chosen.asked_on, "due_on": chosen.due_on, "answered_on": chosen.answered_on}
    return {name: day.isoformat() for name, day in days.items() if day is not None}


def _expected(consultation: Consultation, procedure: Procedure) -> date:
    """Return about when an answer is due, for comparing consultations only."""
    rule = procedure.deadlines.get(DEADLINE)
    if consultation.due_on is not None or rule is None:
        return consultation.due_on or date.max
    after = parse_duration(rule.after)
    if after.in_working_days:
        return consultation.asked_on + timedelta(days=after.count * 7 // 5)
    return after.after(consultation.asked_on)

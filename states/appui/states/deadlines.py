"""Deadlines: when a case must have moved on. Pure: the case, its procedure and a calendar give every date.

Durations count from the local day of the start, which is day 0. A local day counts as stopped when the clock is
stopped at its end: by a suspension, by a state in which the rule stops, or while the case is closed before a
reopening. Working-day rules skip stopped days; the others add their number to the unstopped date, then roll over
to a working day. No delay here is a rule of law: a procedure sets them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from appui.states.calendar import ONE_DAY, Calendar
from appui.states.case import Case, Step, day_of
from appui.states.durations import Duration, parse_duration
from appui.states.moments import Handled, Timeline, handled_of, next_moment
from appui.states.procedure import DeadlineRule, Procedure
from appui.states.reckoning import Stop, due_day
from appui.states.wording import counted, day_in_words, listed, weekday_in_words

OPEN, MET, LATE, CANCELLED, STOPPED = "open", "met", "late", "cancelled", "stopped"


@dataclass(frozen=True, kw_only=True, slots=True)
class Deadline:
    """The moment by which a case must have moved on."""

    key: str
    label: str
    status: str
    """`open`, `met`, `late`, `cancelled` or `stopped`; only `at` says `late`."""
    started_on: date
    due_on: date | None
    """Local day; None while stopped."""
    due_at: datetime | None
    """First instant of the next local day, aware, UTC: late from then on."""
    derivation: str
    """In French, for people: « 10 jours ouvrés à compter du 3 mars 2026, arrêtés 12 jours »."""
    closed_on: date | None = None
    """Local day on which it was met or cancelled."""
    next_at: datetime | None = None
    """When the clocks must look at it again, aware, UTC: a reminder, or its passing. None: never, as it stands."""

    def at(self, now: datetime) -> Deadline:
        """Return the deadline as it stands at that instant: an open one may be late."""
        late = self.status == OPEN and self.due_at is not None and now >= self.due_at
        return replace(self, status=LATE) if late else self


def deadlines_of(procedure: Procedure, case: Case, calendar: Calendar) -> dict[str, Deadline]:
    """Return every deadline that the case has had, by key: the latest run of each rule."""
    final = procedure.final_states
    clocks = ((rule, _clock_of(rule, case, final)) for rule in procedure.deadlines.values())
    return {rule.key: _deadline(rule, clock, calendar) for rule, clock in clocks if clock is not None}


def changed_deadlines(procedure: Procedure, before: Case, after: Case, calendar: Calendar) -> list[Deadline]:
    """Return the deadlines that are others after an entry than before: those of `deadlines_of`, then the cancelled.

    Equal clocks give equal deadlines, so that only those whose clock is another are worked out.
    """
    if before.steps is after.steps and before.data is after.data:
        return []
    final = procedure.final_states
    changed, cancelled = [], []
    for rule in procedure.deadlines.values():
        was, will = _clock_of(rule, before, final), _clock_of(rule, after, final)
        if was == will:
            continue
        known = None if was is None else _deadline(rule, was, calendar)
        found = None if will is None else _deadline(rule, will, calendar)
        if found is not None and found != known:
            changed.append(found)
        elif found is None and known is not None:
            cancelled.append(replace(known, status=CANCELLED, next_at=None))
    return changed + cancelled


def timelines_of(procedure: Procedure, case: Case, calendar: Calendar) -> Iterator[tuple[Timeline, Handled]]:
    """Yield each open run that has a day due, with what the clocks have seen to of it."""
    for rule in procedure.deadlines.values():
        clock = _clock_of(rule, case, procedure.final_states)
        if clock is not None and clock.run.status == OPEN:
            due, *_ = _reckoned_by(rule, clock, calendar)
            if due is not None:
                yield _timeline(rule, clock, due, calendar), clock.handled


class _Run(NamedTuple):
    """One run of a clock."""

    start: date
    status: str = OPEN
    closed_on: date | None = None
    by_end: bool = False
    """Whether the step that closed it ended the case too: a reopening lets it run again."""


class _Extension(NamedTuple):
    """A later day that somebody granted to a run."""

    until: date
    granted_on: date


class _Clock(NamedTuple):
    """All that a deadline follows from, beside its rule and the calendar."""

    run: _Run
    stops: tuple[Stop, ...]
    """Those before the run was closed."""
    until: date | None
    """The explicit day that replaces the duration."""
    extension: _Extension | None
    """What replaces both."""
    handled: Handled


def _clock_of(rule: DeadlineRule, case: Case, final: frozenset[str]) -> _Clock | None:
    run = _run_of(rule, case, final)
    if run is None:
        return None
    stops, closed = stops_of(rule, case, final), run.closed_on
    if closed is not None:
        stops = [(first, min(again or closed, closed)) for first, again in stops if first < closed]
    until = day_of(case.fact(rule.until.removeprefix("data:"))) if rule.until else None
    return _Clock(run, tuple(stops), until, _extension_of(rule, case, run), handled_of(case, rule.key))


def _extension_of(rule: DeadlineRule, case: Case, run: _Run) -> _Extension | None:
    """Return the day granted to this run: an earlier run's is over with it."""
    granted = (case.data.get("extensions") or {}).get(rule.key)
    if granted is None or granted["started_on"] != run.start.isoformat():
        return None
    return _Extension(date.fromisoformat(granted["until"]), date.fromisoformat(granted["granted_on"]))


def _run_of(rule: DeadlineRule, case: Case, final: frozenset[str]) -> _Run | None:
    run = None
    if rule.start_fact:
        start = day_of(case.fact(rule.start_fact))
        if start is None:
            return None
        run = _Run(start)
    state, action = rule.start_state, rule.start_action
    for step in case.steps:
        if run is not None and (run.status == OPEN or run.by_end):
            run = _closed_or_resumed(rule, run, step, final)
            if rule.repeats and run.status == MET and not run.by_end and step.on is not None:
                run = _Run(step.on)
        if (step.state == state or step.action == action) and (run is None or (run.status != OPEN and not rule.once)):
            run = _Run(step.on) if step.on is not None else None
    if run is None:
        return None
    if rule.since and (since := day_of(case.fact(rule.since.removeprefix("data:")))) is not None:
        run = _Run(since, run.status, run.closed_on, run.by_end)
    for path in rule.met_by_facts:
        if fact := case.fact(path):
            met_on = _day_or(fact, run.start)
            # A fact may have met it before the step that would have.
            sooner = run.status == OPEN or (run.closed_on is not None and met_on < run.closed_on)
            return _Run(run.start, MET, met_on, run.by_end) if sooner else run
    return run


def _closed_or_resumed(rule: DeadlineRule, run: _Run, step: Step, final: frozenset[str]) -> _Run:
    state = step.state
    ends = state in final
    if run.status != OPEN:
        return run if state is None or ends else _Run(run.start)
    if step.action in rule.met_by or state in rule.met_by_states:
        return _Run(run.start, MET, step.on, ends)
    left = state is not None and rule.start_state not in ("", state) and state not in rule.stops_in
    return _Run(run.start, CANCELLED, step.on, ends) if ends or left else run


def _day_or(fact: object, otherwise: date) -> date:
    """Return the day that a fact is, or the other one when the fact is no day (an address, say)."""
    try:
        return date.fromisoformat(str(fact))
    except ValueError:
        return otherwise


def stops_of(rule: DeadlineRule, case: Case, final: frozenset[str]) -> list[Stop]:
    """Return when the clock of that rule stood still, oldest first; zero-day stops left out."""
    stops: list[Stop] = []
    suspended = resting = False
    since: date | None = None
    for step in case.steps:
        if step.action in ("suspend", "resume"):
            suspended = step.action == "suspend"
        if step.state is not None:
            resting = step.state in rule.stops_in or step.state in final
        day = step.on or date.min
        if (suspended or resting) and since is None:
            since = day
        elif not (suspended or resting) and since is not None:
            if day > since:
                stops.append((since, day))
            since = None
    return [*stops, (since, None)] if since is not None else stops


def _deadline(rule: DeadlineRule, clock: _Clock, calendar: Calendar) -> Deadline:
    run = clock.run
    due_on, due_at, derivation = _reckoned_by(rule, clock, calendar)
    return Deadline(
        key=rule.key,
        label=rule.label,
        status=STOPPED if due_on is None else run.status,
        started_on=run.start,
        due_on=due_on,
        due_at=due_at,
        derivation=derivation,
        closed_on=run.closed_on,
        next_at=_next_at(rule, clock, due_on, calendar) if due_on and run.status == OPEN else None,
    )


def _timeline(rule: DeadlineRule, clock: _Clock, due_on: date, calendar: Calendar) -> Timeline:
    return Timeline(rule=rule, started_on=clock.run.start, due_on=due_on, stops=clock.stops, calendar=calendar)


def _next_at(rule: DeadlineRule, clock: _Clock, due_on: date, calendar: Calendar) -> datetime | None:
    return next_moment(_timeline(rule, clock, due_on, calendar), clock.handled)


def _reckoned_by(rule: DeadlineRule, clock: _Clock, calendar: Calendar) -> tuple[date | None, datetime | None, str]:
    stops, until, granted_on = clock.stops, clock.until, None
    if clock.extension is not None:
        until, granted_on = clock.extension
        # Whoever granted the day knew of the stops before.
        stops = tuple(stop for stop in stops if stop[0] >= granted_on)
    start, roll_over = clock.run.start, rule.roll_over
    return _reckoned(rule.after, start, stops, calendar, until=until, granted_on=granted_on, roll_over=roll_over)


@lru_cache(maxsize=4096)
def _reckoned(
    duration: str,
    start: date,
    stops: tuple[Stop, ...],
    calendar: Calendar,
    *,
    until: date | None,
    granted_on: date | None,
    roll_over: bool,
) -> tuple[date | None, datetime | None, str]:
    """Return the day due, when it ends and its derivation; kept: many cases begin on the same day in the same place."""
    after = parse_duration(duration)
    due = due_day(after, start, stops, calendar, until=until, roll_over=roll_over)
    derivation = _derivation(after, start, stops, calendar, until=until, granted_on=granted_on, due=due)
    return due, None if due is None else calendar.end_of(due), derivation


def _derivation(
    after: Duration,
    start: date,
    stops: Sequence[Stop],
    calendar: Calendar,
    *,
    until: date | None,
    granted_on: date | None,
    due: date | None,
) -> str:
    words = f"date fixée au {day_in_words(until)}" if until else f"{after} à compter du {day_in_words(start)}"
    if until and granted_on:
        words = f"prolongée jusqu'au {day_in_words(until)} (décision du {day_in_words(granted_on)})"
    if due is None:
        return f"{words}, délai arrêté depuis le {day_in_words(max(stops[-1][0], start))}"
    stopped = sum(max(0, (min(again or due, due) - max(first, start)).days) for first, again in stops)
    if stopped:
        words += f", arrêté pendant {counted(stopped, 'jour', 'jours')}"
    if after.in_working_days and until is None:
        names = _holidays(start, due, calendar)
        return f"{words}, hors {listed(names)}" if names else words
    plain = due_day(after, start, stops, calendar, until=until, roll_over=False)
    if plain is not None and plain != due:
        words += (
            f", reporté au {weekday_in_words(due)} ({calendar.closure(plain) or 'jour fermé'} {day_in_words(plain)})"
        )
    return words


def _holidays(start: date, due: date, calendar: Calendar) -> list[str]:
    days: Iterable[date] = (start + ONE_DAY * count for count in range(1, (due - start).days))
    return [name for day in days if day.weekday() < 5 and (name := calendar.closure(day)) is not None]

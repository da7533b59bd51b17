"""Deadlines: when a case must have moved on. Pure: the case, its procedure and a calendar give every date.

Durations count from the local day of the start, which is day 0. A local day counts as stopped when the clock is
stopped at its end: by a suspension, by a state in which the rule stops, or while the case is closed before a
reopening. Working-day rules skip stopped days; the others add their number to the unstopped date, then roll over
to a working day. No delay here is a rule of law: a procedure sets them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from appui.states.calendar import ONE_DAY, Calendar
from appui.states.case import Case, Step, day_of
from appui.states.durations import Duration, parse_duration
from appui.states.procedure import DeadlineRule, Procedure
from appui.states.wording import counted, day_in_words, listed, weekday_in_words

OPEN, MET, LATE, CANCELLED, STOPPED = "open", "met", "late", "cancelled", "stopped"

Stop = tuple[date, date | None]
"""(first stopped day, first day that counts again); None while it lasts."""


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

    def at(self, now: datetime) -> Deadline:
        """Return the deadline as it stands at that instant: an open one may be late."""
        late = self.status == OPEN and self.due_at is not None and now >= self.due_at
        return replace(self, status=LATE) if late else self


def deadlines_of(procedure: Procedure, case: Case, calendar: Calendar) -> dict[str, Deadline]:
    """Return every deadline that the case has had, by key: the latest run of each rule."""
    runs = ((rule, _run_of(rule, case, procedure.final_states)) for rule in procedure.deadlines.values())
    return {
        rule.key: _deadline(rule, run, case, stops_of(rule, case, procedure.final_states), calendar)
        for rule, run in runs
        if run is not None
    }


def due_day(
    after: Duration,
    start: date,
    stops: Sequence[Stop],
    calendar: Calendar,
    *,
    until: date | None = None,
    roll_over: bool = True,
) -> date | None:
    """Return the local day on which a clock runs out, None when a stop that still lasts comes first.

    `stops` are in order and apart. `until`: an explicit day that replaces the duration (not before the start);
    stopped days add to it.
    """
    if after.in_working_days and until is None:
        return _nth_working_day(after.count, start, stops, calendar)
    due = max(until, start) if until else after.after(start)
    for first, again in stops:
        rolled = calendar.next_working(due) if roll_over else due
        begin = max(first, start)
        if begin > rolled or (again is not None and again <= begin):
            continue
        if again is None:
            return None
        due = due + (again - begin) if begin <= due else again
    return calendar.next_working(due) if roll_over else due


def _nth_working_day(count: int, start: date, stops: Sequence[Stop], calendar: Calendar) -> date | None:
    day = start
    while count > 0:
        day += ONE_DAY
        stop = next((stop for stop in stops if stop[0] <= day and (stop[1] is None or day < stop[1])), None)
        if stop is None:
            count -= calendar.is_working(day)
        elif stop[1] is None:
            return None
        else:
            day = stop[1] - ONE_DAY
    return day


@dataclass(frozen=True, slots=True)
class _Run:
    """One run of a clock."""

    start: date
    status: str = OPEN
    closed_on: date | None = None
    by_end: bool = False
    """Whether the step that closed it ended the case too: a reopening lets it run again."""


def _run_of(rule: DeadlineRule, case: Case, final: frozenset[str]) -> _Run | None:
    kind, _, what = rule.starts.partition(":")
    run = None
    if kind == "data":
        start = day_of(case.fact(what))
        if start is None:
            return None
        run = _Run(start)
    for step in case.steps:
        if run is not None:
            run = _closed_or_resumed(rule, run, step, final)
        if (run is None or (run.status != OPEN and not rule.once)) and _starts(kind, what, step):
            run = _Run(step.on) if step.on is not None else None
    if run is None:
        return None
    if rule.since:
        run = replace(run, start=day_of(case.fact(rule.since.removeprefix("data:"))) or run.start)
    facts = [fact for name in rule.met_by if name.startswith("data:") and (fact := case.fact(name[5:]))]
    if facts:
        met_on = _day_or(facts[0], run.start)
        # A fact may have met it before the step that would have.
        if run.status == OPEN or (run.closed_on is not None and met_on < run.closed_on):
            return replace(run, status=MET, closed_on=met_on)
    return run


def _day_or(fact: object, otherwise: date) -> date:
    """Return the day that a fact is, or the other one when the fact is no day (an address, say)."""
    try:
        return date.fromisoformat(str(fact))
    except ValueError:
        return otherwise


def _starts(kind: str, what: str, step: Step) -> bool:
    return (kind == "state" and step.state == what) or (kind == "action" and step.action == what)


def _closed_or_resumed(rule: DeadlineRule, run: _Run, step: Step, final: frozenset[str]) -> _Run:
    ends = step.state in final
    if run.status == OPEN:
        if step.action in rule.met_by or f"state:{step.state}" in rule.met_by:
            return replace(run, status=MET, closed_on=step.on, by_end=ends)
        left = rule.starts.startswith("state:") and f"state:{step.state}" != rule.starts
        if ends or (step.state is not None and left and step.state not in rule.stops_in):
            return replace(run, status=CANCELLED, closed_on=step.on, by_end=ends)
    elif run.by_end and step.state is not None and not ends:
        return _Run(run.start)
    return run


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


def _deadline(rule: DeadlineRule, run: _Run, case: Case, stops: Sequence[Stop], calendar: Calendar) -> Deadline:
    after = parse_duration(rule.after)
    until = day_of(case.fact(rule.until.removeprefix("data:"))) if rule.until else None
    if run.closed_on is not None:
        stops = [(first, min(again or run.closed_on, run.closed_on)) for first, again in stops if first < run.closed_on]
    due = due_day(after, run.start, stops, calendar, until=until, roll_over=rule.roll_over)
    return Deadline(
        key=rule.key,
        label=rule.label,
        status=STOPPED if due is None else run.status,
        started_on=run.start,
        due_on=due,
        due_at=None if due is None else calendar.end_of(due),
        derivation=_derivation(after, run.start, stops, calendar, until=until, due=due),
        closed_on=run.closed_on,
    )


def _derivation(
    after: Duration, start: date, stops: Sequence[Stop], calendar: Calendar, *, until: date | None, due: date | None
) -> str:
    words = f"date fixée au {day_in_words(until)}" if until else f"{after} à compter du {day_in_words(start)}"
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

"""Moments: when a deadline makes itself heard, reminders and the passing alike. Pure: now is always an argument.

People are reminded from the opening of a working day on. A moment that falls on a closed day waits for the next
working day, unless the deadline is over by then: it comes forward to the working day before. Nothing is due before
the clock began, or while it stands still.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from appui.states.calendar import ONE_DAY, Calendar
from appui.states.case import HANDLED, Case, day_of
from appui.states.durations import Duration, parse_duration
from appui.states.procedure import DeadlineRule
from appui.states.reckoning import Stop, due_day

START, END = "start", "end"


class Moment(NamedTuple):
    """What a reminder's `at` says."""

    anchor: str
    """`start` or `end`."""
    before: bool
    duration: Duration | None
    """None: the day of the anchor itself."""


@lru_cache(maxsize=1024)
def parse_moment(text: str) -> Moment:
    """Return the moment that the text writes: « end », « end - 2 working days ». ValueError when it is none."""
    anchor, _, rest = text.partition(" ")
    sign, _, duration = rest.partition(" ")
    if anchor not in (START, END) or (rest and sign not in ("+", "-")) or (anchor == START and sign == "-"):
        raise ValueError(text)
    return Moment(anchor, sign == "-", parse_duration(duration) if rest else None)


class Handled(NamedTuple):
    """What has been seen to, of one deadline, as the journal tells it."""

    run: date | None = None
    """First day of the run whose passing was recorded."""
    passed: date | None = None
    """The day due that was found to have passed."""
    until: datetime | None = None
    """The latest moment at which people were reminded, or should have been."""


def handled_of(case: Case, key: str) -> Handled:
    """Return what the clocks have seen to, of the deadline of that key."""
    seen = (case.data.get(HANDLED) or {}).get(key)
    if seen is None:
        return Handled()
    until = seen.get("until")
    return Handled(
        day_of(seen.get("run")), day_of(seen.get("passed")), None if until is None else datetime.fromisoformat(until)
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Timeline:
    """One open run of a deadline, and the moments that follow from it."""

    rule: DeadlineRule
    started_on: date
    due_on: date
    stops: tuple[Stop, ...]
    calendar: Calendar

    def has_passed(self, now: datetime) -> bool:
        """Return whether the day due is over."""
        return now >= self.calendar.end_of(self.due_on)

    def passing_is_due(self, handled: Handled, now: datetime) -> bool:
        """Return whether the passing is still to be recorded: once for a run, and again only for a later day."""
        return self.has_passed(now) and not self._passing_is_recorded(handled)

    def next_at(self, handled: Handled) -> datetime | None:
        """Return the first instant at which there is something to see to, it may be past; None: there is nothing."""
        since = self._since(handled)
        reminders = [] if self._is_resting else [*self._single(), *self._next_repeated(since)]
        passing = [] if self._passing_is_recorded(handled) else [self.calendar.end_of(self.due_on)]
        return min([*passing, *(each for each in reminders if each > since)], default=None)

    def reminders_due(self, handled: Handled, now: datetime) -> list[datetime]:
        """Return the moments by now at which nobody was reminded yet, oldest first."""
        if self._is_resting:
            return []
        since = self._since(handled)
        moments = {*self._single(), *self._repeated(since, now)}
        return sorted(each for each in moments if since < each <= now)

    def is_escalated(self, moment: datetime) -> bool:
        """Return whether a reminder at that moment goes further up too."""
        return self._escalates_at is not None and moment >= self._escalates_at

    @property
    def _is_resting(self) -> bool:
        """Whether the clock stands still: nobody is reminded meanwhile."""
        return bool(self.stops) and self.stops[-1][1] is None

    def _passing_is_recorded(self, handled: Handled) -> bool:
        return handled.passed is not None and handled.run == self.started_on and handled.passed >= self.due_on

    def _since(self, handled: Handled) -> datetime:
        """Return the instant after which moments count: the clock began, or went on again, or they were handled."""
        again = self.stops[-1][1] if self.stops else None
        begun = self.calendar.start_of(max(again or self.started_on, self.started_on)) - timedelta.resolution
        return begun if handled.until is None else max(begun, handled.until)

    def _single(self) -> Iterator[datetime]:
        """Yield the moments that come once, in no order; people hear of the passing at the next opening."""
        if self.rule.notice:
            yield self._opening(self.due_on + ONE_DAY)
        if self._escalates_at is not None:
            yield self._escalates_at
        for reminder in self.rule.reminders:
            day = self._day_of(parse_moment(reminder.at)) if reminder.at else None
            if day is not None:
                yield self._opening(day)

    @property
    def _escalates_at(self) -> datetime | None:
        escalation = self.rule.escalation
        if escalation is None:
            return None
        if not escalation.after:
            return self._opening(self.due_on + ONE_DAY)
        return self._opening(self._later(self.due_on, parse_duration(escalation.after)))

    def _day_of(self, moment: Moment) -> date | None:
        """Return the local day of a moment; None while the clock that leads to it stands still."""
        anchor = self.started_on if moment.anchor == START else self.due_on
        if moment.duration is None:
            return anchor
        if moment.anchor == START:
            return due_day(moment.duration, anchor, self.stops, self.calendar, roll_over=False)
        return self._sooner(anchor, moment.duration) if moment.before else self._later(anchor, moment.duration)

    def _later(self, day: date, duration: Duration) -> date:
        if not duration.in_working_days:
            return duration.after(day)
        for _ in range(duration.count):
            day = self.calendar.next_working(day + ONE_DAY)
        return day

    def _sooner(self, day: date, duration: Duration) -> date:
        if not duration.in_working_days:
            return duration.before(day)
        for _ in range(duration.count):
            day = self.calendar.previous_working(day - ONE_DAY)
        return day

    def _repeated(self, since: datetime, now: datetime) -> Iterator[datetime]:
        """Yield the moments of each « every », those after `since` and by `now`."""
        for duration in self._everies():
            number = self._number_by(duration, since) + 1
            while (moment := self._nth(duration, number)) <= now:
                yield moment
                number += 1

    def _next_repeated(self, since: datetime) -> Iterator[datetime]:
        """Yield the first moment after `since` of each « every »."""
        for duration in self._everies():
            yield self._nth(duration, self._number_by(duration, since) + 1)

    def _everies(self) -> Iterator[Duration]:
        return (parse_duration(reminder.every) for reminder in self.rule.reminders if reminder.every)

    def _number_by(self, duration: Duration, instant: datetime) -> int:
        """Return how many times it has come round by that instant, without walking through them."""
        beyond = 1
        while self._nth(duration, beyond) <= instant:
            beyond *= 2
        return bisect_right(range(1, beyond), instant, key=lambda number: self._nth(duration, number))

    def _nth(self, duration: Duration, number: int) -> datetime:
        return self._opening(duration.times(number).after(self.due_on))

    def _opening(self, day: date) -> datetime:
        working = self.calendar.next_working(day)
        if day <= self.due_on < working:
            working = self.calendar.previous_working(day)
        return self.calendar.opening_of(working)


@lru_cache(maxsize=4096)
def next_moment(timeline: Timeline, handled: Handled) -> datetime | None:
    """Return `Timeline.next_at`; kept, since many cases begin on the same day in the same place."""
    return timeline.next_at(handled)

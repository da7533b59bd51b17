"""Reckoning: durations laid on a calendar, around the days on which a clock stands still."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache

from appui.states.calendar import ONE_DAY, Calendar
from appui.states.durations import Duration

Stop = tuple[date, date | None]
"""(first stopped day, first day that counts again); None while it lasts."""


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
        return _nth_working_day(after.count, start, tuple(stops), calendar)
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


@lru_cache(maxsize=4096)
def _nth_working_day(count: int, start: date, stops: tuple[Stop, ...], calendar: Calendar) -> date | None:
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

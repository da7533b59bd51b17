"""Calendars: which local days count, and in which zone a département lives. Values only; `workflow` builds them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)


def _weekend(day: date) -> str | None:
    return ("samedi", "dimanche")[day.weekday() - 5] if day.weekday() >= 5 else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Calendar:
    """The working days and the time zone of a département."""

    zone: ZoneInfo = ZoneInfo("Europe/Paris")
    closure: Callable[[date], str | None] = _weekend
    """The French name of what closes the day (« samedi », « Toussaint »), or None on a working day."""
    opens_at: time = time(8)
    """Local time from which people are written to, on a working day."""

    def is_working(self, day: date) -> bool:
        """Return whether the services work on that local day."""
        return self.closure(day) is None

    def local_day(self, instant: datetime) -> date:
        """Return the local day on which an aware instant falls."""
        return instant.astimezone(self.zone).date()

    def start_of(self, day: date) -> datetime:
        """Return the first instant of the local day, aware, in UTC."""
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

    def end_of(self, day: date) -> datetime:
        """Return the first instant of the next local day, aware, in UTC."""
        return self.start_of(day + ONE_DAY)

    def opening_of(self, day: date) -> datetime:
        """Return the instant from which people are written to on that local day, aware, in UTC."""
        return datetime.combine(day, self.opens_at, self.zone).astimezone(UTC)

    def open_from(self, instant: datetime) -> datetime:
        """Return that instant when people may be written to then, or the next one at which they may."""
        day = self.local_day(instant)
        if self.is_working(day):
            return max(instant, self.opening_of(day))
        return self.opening_of(self.next_working(day))

    def next_working(self, day: date) -> date:
        """Return that day, or the first working day after it."""
        while not self.is_working(day):
            day += ONE_DAY
        return day

    def previous_working(self, day: date) -> date:
        """Return that day, or the last working day before it."""
        while not self.is_working(day):
            day -= ONE_DAY
        return day

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

    def is_working(self, day: date) -> bool:
        """Return whether the services work on that local day."""
        return self.closure(day) is None

    def local_day(self, instant: datetime) -> date:
        """Return the local day on which an aware instant falls."""
        return instant.astimezone(self.zone).date()

    def end_of(self, day: date) -> datetime:
        """Return the first instant of the next local day, aware, in UTC."""
        return datetime.combine(day + ONE_DAY, time(), self.zone).astimezone(UTC)

    def next_working(self, day: date) -> date:
        """Return that day, or the first working day after it."""
        while not self.is_working(day):
            day += ONE_DAY
        return day

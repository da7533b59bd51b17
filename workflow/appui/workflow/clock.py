"""The clock: the only place that reads the time of day; everybody else is given an instant."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
"""Returns the present instant, aware."""


def system_clock() -> datetime:
    """Return the present instant, aware, in UTC."""
    return datetime.now(UTC)


class ManualClock:
    """A clock that moves only when told to: for tests, demonstrations and forecasts."""

    def __init__(self, start: datetime) -> None:
        self._now = _aware(start)

    def __call__(self) -> datetime:
        """Return the instant at which it stands."""
        return self._now

    def set(self, instant: datetime) -> None:
        """Stand at that aware instant, even an earlier one."""
        self._now = _aware(instant)

    def advance(self, duration: timedelta) -> None:
        """Move by that real duration: an hour is an hour, summer time or not."""
        self._now = (self._now.astimezone(UTC) + duration).astimezone(self._now.tzinfo)


def _aware(instant: datetime) -> datetime:
    if instant.utcoffset() is None:
        raise ValueError(f"{instant.isoformat()} n'a pas de fuseau horaire : précisez-le, par exemple UTC.")
    return instant

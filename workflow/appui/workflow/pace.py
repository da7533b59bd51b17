"""The pace: how many of something may be done now, when only so many a minute may."""

from __future__ import annotations

import threading
from datetime import timedelta

from appui.workflow.clock import Clock

_MINUTE = timedelta(minutes=1)


class Pace:
    """So many a minute; what is not used adds up to one minute's worth. Threads share it; clocks may be set back."""

    def __init__(self, per_minute: int, clock: Clock) -> None:
        """Take the number, 0 for no limit."""
        self._per_minute = per_minute
        self._clock = clock
        self._left = float(per_minute)
        self._since = clock()
        self._lock = threading.Lock()

    def take(self, wanted: int) -> int:
        """Return how many of those wanted may be done now; they count as done."""
        if not self._per_minute:
            return wanted
        with self._lock:
            now = self._clock()
            earned = max((now - self._since) / _MINUTE, 0) * self._per_minute
            self._left, self._since = min(self._left + earned, self._per_minute), now
            allowed = min(wanted, int(self._left))
            self._left -= allowed
            return allowed

    def give_back(self, number: int) -> None:
        """Take back what was allowed and not done."""
        with self._lock:
            self._left = min(self._left + number, self._per_minute)

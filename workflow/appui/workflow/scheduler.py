"""The scheduler: a few fixed ticks that lead back into the engine. None ever raises: one exception would end all."""

from __future__ import annotations

import logging
from collections.abc import Callable

from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from appui.workflow.views import Event

logger = logging.getLogger(__name__)

FEED_SECONDS = 1
MAIL_SECONDS = 2
SWEEP_SECONDS = 3600
ALL = "*"


class Scheduler:
    """Ticks of one process. Nothing is kept in them: what is due is read from the base, so any process may tick."""

    def __init__(
        self,
        *,
        events: Callable[[str | None], list[Event]],
        sweep: Callable[[], object],
        deliver: Callable[[], object],
    ) -> None:
        """Take what reads the feed after a cursor, what sweeps files that nothing names, and what sends messages."""
        self._events = events
        self._sweep = sweep
        self._deliver = deliver
        self._subscriptions: list[tuple[str, Callable[[Event], None]]] = []
        self._cursor: str | None = None
        self._scheduler: BackgroundScheduler | None = None

    def start(self) -> None:
        """Start ticking; a second call changes nothing."""
        if self._scheduler is not None:
            return
        scheduler = BackgroundScheduler(
            jobstores={"default": MemoryJobStore()},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone="UTC",
        )
        ticks = ((FEED_SECONDS, self.read_feed), (MAIL_SECONDS, self._deliver), (SWEEP_SECONDS, self._sweep))
        for seconds, body in ticks:
            scheduler.add_job(_unfailing(body), "interval", seconds=seconds)
        scheduler.start()
        self._scheduler = scheduler

    def stop(self) -> None:
        """Stop ticking, once the running ticks are over."""
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=True)
            self._scheduler = None

    def subscribe(self, kind: str, function: Callable[[Event], None]) -> None:
        """Have events of a type (`*`: all) given to a function at each tick."""
        if not self._subscriptions:
            self._cursor = self._end_of_feed()
        self._subscriptions.append((kind, function))

    def read_feed(self) -> None:
        """Give what is new in the feed to the subscribers; one that fails is logged and the others go on."""
        while self._subscriptions:
            events = self._events(self._cursor)
            if not events:
                return
            for event in events:
                for kind, function in self._subscriptions:
                    if kind in (ALL, event.type):
                        _unfailing(function)(event)
                self._cursor = event.cursor

    def _end_of_feed(self) -> str | None:
        cursor = None
        while events := self._events(cursor):
            cursor = events[-1].cursor
        return cursor


def _unfailing(function: Callable[..., object]) -> Callable[..., None]:
    def call(*arguments: object) -> None:
        try:
            function(*arguments)
        except Exception:
            logger.exception("a tick failed: %s", function)

    return call

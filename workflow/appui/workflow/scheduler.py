"""The scheduler: a few fixed ticks that lead back into the engine. None ever raises: one exception would end all."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from appui.workflow.clock import system_clock
from appui.workflow.views import Event

logger = logging.getLogger(__name__)

FEED_SECONDS = 1
MAIL_SECONDS = 2
DUE_SECONDS = 5
SWEEP_SECONDS = 3600
WATCH_SECONDS = 5
CALM_SECONDS = 0.2
"""After it was woken, the scheduler lets a burst of commits go by."""
ALL = "*"


class _Beating(BackgroundScheduler):  # type: ignore[misc]  # APScheduler has no types
    """APScheduler's, which goes on saying that it runs when its thread has died."""

    def is_alive(self) -> bool:
        """Return whether its thread lives."""
        return self._thread is not None and self._thread.is_alive()


class Scheduler:
    """Ticks of one process. Nothing is kept in them: what is due is read from the base, so any process may tick."""

    def __init__(
        self,
        *,
        events: Callable[[str | None], list[Event]],
        due: Callable[[], object],
        deliver: Callable[[], object],
        sweep: Callable[[], object],
    ) -> None:
        """Take what reads the feed after a cursor, sees to due work, sends messages, and sweeps files nobody names."""
        self._events = events
        self._ticks: Sequence[tuple[str, int, Callable[[], object]]] = (
            ("feed", FEED_SECONDS, self.read_feed),
            ("due", DUE_SECONDS, due),
            ("mail", MAIL_SECONDS, deliver),
            ("sweep", SWEEP_SECONDS, sweep),
        )
        self._subscriptions: list[tuple[str, Callable[[Event], None]]] = []
        self._cursor: str | None = None
        self._scheduler: _Beating | None = None
        self._watcher: threading.Thread | None = None
        self._woken = threading.Event()
        self._stopped = threading.Event()

    def start(self) -> None:
        """Start ticking; a second call changes nothing."""
        if self._scheduler is not None:
            return
        self._scheduler = self._beating()
        self._stopped.clear()
        self._watcher = threading.Thread(target=self._keep_watch, name="appui-watch", daemon=True)
        self._watcher.start()
        self.wake()

    def stop(self) -> None:
        """Stop ticking, once the running ticks are over."""
        if self._scheduler is None:
            return
        self._stopped.set()
        self._woken.set()
        if self._watcher is not None:
            self._watcher.join()
        scheduler, self._scheduler, self._watcher = self._scheduler, None, None
        with suppress(Exception):  # its thread may have died: there is nothing to stop then
            scheduler.shutdown(wait=True)

    def wake(self) -> None:
        """Have due work looked at soon, since something was just written; costs the writer nothing."""
        self._woken.set()

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

    def watch(self) -> bool:
        """Start a scheduler again whose thread has died; return whether it was necessary."""
        if self._scheduler is None or self._scheduler.is_alive():
            return False
        logger.error("the scheduler had stopped and is started again")
        self._scheduler = self._beating()
        return True

    def _beating(self) -> _Beating:
        scheduler = _Beating(
            jobstores={"default": MemoryJobStore()},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone="UTC",
        )
        for name, seconds, body in self._ticks:
            scheduler.add_job(_unfailing(body), "interval", seconds=seconds, id=name)
        scheduler.start()
        return scheduler

    def _keep_watch(self) -> None:
        while not self._stopped.is_set():
            woken = self._woken.wait(WATCH_SECONDS)
            self._woken.clear()
            try:
                self.watch()
                if woken and self._scheduler is not None:
                    self._scheduler.modify_job("due", next_run_time=system_clock())
            except Exception:
                logger.exception("the scheduler could not be watched")
            self._stopped.wait(CALM_SECONDS)

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

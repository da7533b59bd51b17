"""Hands: work done by an engine in a thread of its own, which stops before its n-th statement until told to go on."""

import sqlite3
import threading
import time
from collections.abc import Callable
from typing import Any, Self

import psycopg
from tests.integration.boundary import heard_by

from appui.states.errors import AppuiError
from appui.workflow import Engine

LIMIT_SECONDS = 30
"""After this nobody waits any more: hands that hold each other up are found instead of awaited."""
FINISHED, HELD_UP, STUCK = "finished", "held up", "stuck"
"""What becomes of who comes while another stands still; stuck: it waits for what is no lock of the base."""
_LOOK_SECONDS = 0.002


class Hand(threading.Thread):
    """One thread, its work, and what became of it."""

    def __init__(self, work: Callable[[], Any], *, stop_before: int | None = None) -> None:
        super().__init__(daemon=True)
        self._work = work
        self._stop_before = stop_before
        self._go_on = threading.Event()
        self.still = threading.Event()
        """Set when it has stopped at its point, or has finished."""
        self.done = threading.Event()
        self.points: list[str] = []
        """What it ran, or is about to run."""
        self.connection: Any = None
        """The driver's, on which it ran the last of these."""
        self.heard: Any = None
        """What the engine returned."""
        self.answer = "no answer"
        """« done », the code of a refusal, or a traceback."""

    def run(self) -> None:
        """Do the work."""
        try:
            with heard_by(self._reach):
                self.heard = self._work()
            self.answer = "done"
        except AppuiError as error:
            self.answer = error.code
        except Exception as error:  # noqa: BLE001 - a traceback is what is looked for
            self.answer = repr(error)
        self.done.set()
        self.still.set()

    def go_on(self) -> None:
        """Let it finish."""
        self._go_on.set()

    def _reach(self, text: str, connection: Any) -> None:
        self.points.append(text)
        self.connection = connection
        if len(self.points) == self._stop_before:
            self.still.set()
            self._go_on.wait(2 * LIMIT_SECONDS)


class Observer:
    """Says of two hands whether one waits for a lock that the other holds."""

    def __init__(self, engine: Engine) -> None:
        self._path = engine.database.path
        self._session = None if self._path else psycopg.connect(engine.settings.database.url, autocommit=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of the base."""
        if self._session is not None:
            self._session.close()

    def held_up(self, first: Hand, second: Hand) -> Callable[[], bool]:
        """Return what says whether the second waits for the first, which stands still."""
        if self._session is not None:
            return lambda: self._blocks(first, second)
        # It holds the lock, or it does not: it stands still.
        holds = _is_locked(self._path)
        return lambda: holds and bool(second.points) and second.points[-1] == "BEGIN IMMEDIATE"

    def _blocks(self, first: Hand, second: Hand) -> bool:
        if self._session is None or first.connection is None or second.connection is None:
            return False
        blocker, blocked = (hand.connection.info.backend_pid for hand in (first, second))
        found = self._session.execute("SELECT %s = ANY (pg_blocking_pids(%s))", [blocker, blocked]).fetchone()
        return found is not None and bool(found[0])


def awaited(hand: Hand, held: Callable[[], bool]) -> str:
    """Wait until the hand has finished, or is held up; return which of these, or that it is stuck."""
    end = time.monotonic() + LIMIT_SECONDS
    while time.monotonic() < end:
        if hand.done.wait(_LOOK_SECONDS):
            return FINISHED
        if held():
            return HELD_UP
    return STUCK


def _is_locked(path: Any) -> bool:
    probe = sqlite3.connect(path, timeout=0, isolation_level=None)
    try:
        probe.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        return True
    finally:
        probe.close()
    return False

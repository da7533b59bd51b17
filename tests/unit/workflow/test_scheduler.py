"""The scheduler goes on ticking, whatever its ticks raise and even when its own thread dies."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from appui.states.errors import AppuiError
from appui.workflow.scheduler import Scheduler

PATIENCE = 30
RAISED = (
    AppuiError("La base ne répond pas.", code="database_unavailable"),
    sqlite3.OperationalError("disk I/O error"),
    psycopg.OperationalError("server closed the connection unexpectedly"),
    RuntimeError("a bug"),
    MemoryError(),
    OSError(28, "No space left on device"),
)


def nothing(*_: object) -> list[Any]:
    """Do nothing."""
    return []


@pytest.fixture
def make_scheduler() -> Iterator[Callable[..., Scheduler]]:
    """Return a scheduler, stopped at the end: `make_scheduler(due=function)`."""
    made = []

    def make(due):
        made.append(Scheduler(events=nothing, due=due, deliver=nothing, sweep=nothing))
        return made[-1]

    yield make
    for scheduler in made:
        scheduler.stop()


def test_ticks_go_on_after_anything_that_they_raise(make_scheduler):
    """A store that fails in every way it can, and then answers again."""
    left, done = list(RAISED), threading.Event()

    def due():
        scheduler.wake()
        if left:
            raise left.pop()
        done.set()

    scheduler = make_scheduler(due)
    scheduler.start()

    assert done.wait(PATIENCE)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # it is made to die
def test_a_scheduler_whose_thread_has_died_is_started_again(make_scheduler):
    """APScheduler would go on saying that it runs."""
    ticked, done = [], threading.Event()

    def due():
        ticked.append(threading.get_ident())
        done.set()

    def dying(*_: object) -> None:
        raise SystemExit

    scheduler = make_scheduler(due)
    scheduler.start()
    assert done.wait(PATIENCE)
    beating = scheduler._scheduler
    beating._jobstores["default"].get_due_jobs = dying
    thread = beating._thread
    beating.wakeup()
    thread.join(PATIENCE)
    done.clear()
    assert beating.running
    while scheduler._scheduler is beating:
        scheduler.watch()
    scheduler.wake()

    assert done.wait(PATIENCE)


def test_what_was_woken_ticks_before_its_time(make_scheduler):
    """A commit in this process does not wait for the next beat."""
    done = threading.Event()
    scheduler = make_scheduler(done.set)
    scheduler.start()
    assert done.wait(PATIENCE)
    done.clear()
    scheduler.wake()

    assert done.wait(4)


def test_stopping_and_starting_again_and_twice_does_no_harm(make_scheduler):
    """Hosts start what is started, and stop what never was."""
    done = threading.Event()
    scheduler = make_scheduler(done.set)
    scheduler.stop()
    scheduler.start()
    scheduler.start()
    scheduler.stop()
    done.clear()
    scheduler.start()

    assert done.wait(PATIENCE)

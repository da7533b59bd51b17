"""Dying: work done in a forked process that is killed before its n-th statement, and what it had run until then."""

import gc
import os
import signal
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.integration.boundary import announcing, heard_by

ANSWER = "the answer to the caller"
"""The last point of all: everything is done and nobody has been told."""
_WORDS = 5


@dataclass(frozen=True, slots=True)
class Life:
    """How a process went."""

    points: tuple[str, ...]
    """What it ran, each by its first words; last, what it was about to run when it was killed."""
    killed: bool
    failure: str = ""
    """The traceback of what it did wrong, when it lived."""


def live(work: Callable[[], object], *, die_before: int | None = None) -> Life:
    """Do the work in a forked process, killed (SIGKILL) before the point of that number, counted from 1."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _work_and_die(work, writing, die_before)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as told:
        *points, failure = told.read().split("\0")
    _, status = os.waitpid(child, 0)
    killed = os.waitstatus_to_exitcode(status) == -signal.SIGKILL
    return Life(tuple(points), killed, failure)


def _work_and_die(work: Callable[[], object], told: int, die_before: int | None) -> None:
    # Collecting garbage would copy all that is shared with the parent.
    gc.disable()
    points = 0

    def reach(text: str, _connection: Any) -> None:
        nonlocal points
        points += 1
        os.write(told, " ".join(text.split()[:_WORDS]).encode() + b"\0")
        if points == die_before:
            os.kill(os.getpid(), signal.SIGKILL)

    try:
        with announcing(), heard_by(reach):
            work()
        reach(ANSWER, None)
    except BaseException:  # noqa: BLE001 - whatever it is, the parent is told, and the child must not go on
        os.write(told, traceback.format_exc().encode())
    finally:
        os._exit(0)

"""Attempts: what becomes of a message after a try, and when it is tried again. Pure: chance is an argument."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from appui.notifications.message import QUEUED, REFUSED, SENT, UNKNOWN
from appui.notifications.transport import LostAnswer, PermanentFailure, TemporaryFailure

DELAYS = tuple(timedelta(minutes=each) for each in (1, 5, 30, 120, 240, 480, 720, 720, 720, 720, 480))
"""How long to wait after each failed try: three days in all, less two hours; then the message is given up."""
JITTER = 0.1
"""Each delay is longer or shorter by up to this part of it: what failed together does not come back together."""
Chance = Callable[[], float]
"""Gives a number from 0 to 1, such as `random.random`."""
_ANSWER_MAX = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Tried:
    """What is recorded of a try."""

    status: str
    answer: str
    not_before: datetime | None = None
    """When to try again, None when there is nothing left to try."""
    sent_at: datetime | None = None
    doubtful: bool = False
    """Whether this try ended without an answer."""


def delay_after(attempts: int, chance: Chance) -> timedelta | None:
    """Return how long to wait once that many tries have failed, None when the message is given up."""
    if attempts > len(DELAYS):
        return None
    return DELAYS[attempts - 1] * (1 + JITTER * (2 * chance() - 1))


def accepted(answer: str | None, *, now: datetime) -> Tried:
    """Return what becomes of a message that was taken."""
    return Tried(status=SENT, answer=_shortened(answer or "accepté"), sent_at=now)


def failed(error: Exception, *, attempts: int, doubtful: bool, now: datetime, chance: Chance) -> Tried:
    """Return what becomes of a message that was not taken, or of which nobody knows.

    `attempts`: those before this one. `doubtful`: whether one of them ended without an answer.
    """
    if isinstance(error, PermanentFailure):
        return Tried(status=REFUSED, answer=_shortened(str(error)))
    unanswered = not isinstance(error, TemporaryFailure) or isinstance(error, LostAnswer)
    said = str(error) if isinstance(error, TemporaryFailure) else f"Erreur imprévue ({type(error).__name__})."
    delay = delay_after(attempts + 1, chance)
    if delay is None:
        return Tried(
            status=REFUSED, answer=_shortened(f"Abandonné après {attempts + 1} essais. {said}"), doubtful=unanswered
        )
    return Tried(
        status=UNKNOWN if doubtful or unanswered else QUEUED,
        answer=_shortened(said),
        not_before=now + delay,
        doubtful=unanswered,
    )


def _shortened(text: str) -> str:
    """Return an answer that fits a line of a list, without what a terminal or a database would not take."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= _ANSWER_MAX else f"{line[: _ANSWER_MAX - 1]}…"

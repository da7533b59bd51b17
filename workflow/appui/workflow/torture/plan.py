"""The plan: how long a trial lasts, how many workers it has and how often they are killed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from appui.workflow.engine import Engine

_KILL_SECONDS = 1.5
"""Between two kills, on average, when the plan does not say how many there are."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mix:
    """What workers ask, in shares of their orders; the rest are actions on cases, each sent once."""

    openings: float = 0.10
    imports: float = 0.05
    """Lines of a spreadsheet, the same for all workers: they meet on them."""
    twice: float = 0.05
    """Sent by two threads at once, as a double click does."""
    host: float = 0.15
    """Carried out in a transaction of the worker's own, as a host does."""
    answers_lost: float = 0.02
    """Answered, and the answer dropped."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What is asked of a trial."""

    seed: int
    workers: int
    minutes: float
    """At most; the length of the trial when it asks for neither actions nor kills."""
    actions: int | None = None
    kills: int | None = None
    blow_seconds: float = 1.0
    """Between two blows, on average; kills are apart."""
    mix: Mix = Mix()
    engine_factory: Callable[..., Engine] = Engine
    """Makes each worker's engine, of (settings, clock=): importable by its name, since another process calls it.

    Tests hand in engines that are broken on purpose; the verdict always reads with a sound one.
    """

    def is_reached(self, *, actions: int, kills: int) -> bool:
        """Return whether the trial may end before its time; never, when nothing but time was asked for."""
        asked = self.actions is not None or self.kills is not None
        return asked and self.is_complete(actions=actions, kills=kills)

    def is_complete(self, *, actions: int, kills: int) -> bool:
        """Return whether all the actions and kills that were asked for have been done."""
        return actions >= (self.actions or 0) and kills >= (self.kills or 0)

    def kills_by(self, *, seconds: float, actions: int) -> float:
        """Return how many kills there should have been by now: they are spread over the whole trial."""
        if self.kills is None:
            return seconds / _KILL_SECONDS
        whole = seconds / (self.minutes * 60) if self.actions is None else actions / self.actions
        return self.kills * min(1.0, whole)

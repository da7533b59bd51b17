"""Workers: processes that give orders, write down what they send and what they are told, and send again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing import parent_process
from pathlib import Path
from random import Random
from typing import Any

from appui.states.errors import AppuiError
from appui.workflow.clock import Clock, system_clock
from appui.workflow.config import Settings
from appui.workflow.engine import Engine
from appui.workflow.torture.ledger import ACKNOWLEDGED, REFUSED, SENT, TROUBLED, Ledger
from appui.workflow.torture.orders import Effect, Order, carried_out, find_effect, repeatable
from appui.workflow.torture.plan import Mix
from appui.workflow.torture.walks import Walk

ANSWER_LOST = "answer_lost"
"""Code of an answer that the engine gave and that never reached who asked."""
LATER = frozenset({"busy", "database_unavailable", "disk_full"})
"""Codes by which the engine says « not now »: the same order is sent again."""
READ = "read"
_PAUSE_SECONDS = 0.05
_UNEXPECTED_MOST = 100
"""After so many errors that are none of ours, an order is given up: a fault of the program does not pass."""


@dataclass(frozen=True, slots=True)
class Signals:
    """What the supervisor changes and the workers read, in memory that no lock guards: a killed process holds none."""

    clocks: Any
    """Seconds that each worker's clock is ahead, by worker."""
    stop: Any
    """Its `value` is not 0 once the workers are to end."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Assignment:
    """All that one life of one worker is given."""

    worker: int
    life: int
    seed: int
    settings: Settings
    engine_factory: Callable[..., Engine]
    mix: Mix
    ledgers: Path
    signals: Signals
    unsettled: Order | None
    """The order over which the former life was killed."""


def work(given: Assignment) -> None:
    """Give orders until the supervisor says stop or is gone."""
    engine = _engine(given)
    if engine is None:
        return
    try:
        Worker(engine, given).run()
    finally:
        engine.stop()


def _engine(given: Assignment) -> Engine | None:
    """Return an engine, once the base lets one begin; None when the trial ends before."""
    while not _is_over(given):
        try:
            return given.engine_factory(given.settings, clock=_clock(given))
        except AppuiError as error:
            if error.code not in LATER:
                raise
        threading.Event().wait(_PAUSE_SECONDS)
    return None


class Worker:
    """One life of one worker."""

    def __init__(self, engine: Engine, given: Assignment) -> None:
        self._engine = engine
        self._given = given
        # Chance makes the trial varied; nothing secret depends on it.
        self._chance = Random(f"{given.seed}-{given.worker}-{given.life}")  # noqa: S311
        self._walk = Walk(engine, self._chance, prefix=f"{given.worker}-{given.life}", mix=given.mix)
        self._ledger = Ledger(given.ledgers, worker=given.worker, life=given.life)
        self._pause = threading.Event()

    def run(self) -> None:
        """Settle what the former life left, then give one order after another."""
        if self._given.unsettled is not None:
            self._settle(self._given.unsettled, troubled=True)
        while not self._ended():
            order = self._next()
            if order is None:
                continue
            self._ledger.write(SENT, order)
            self._settle(order)

    def _next(self) -> Order | None:
        try:
            return self._walk.next()
        except Exception as error:  # noqa: BLE001 (whatever a reader meets is written down)
            self._ledger.write(TROUBLED, self._walk.blank(READ), code=_code_of(error))
            self._pause.wait(_PAUSE_SECONDS)
            return None

    def _settle(self, order: Order, *, troubled: bool = False) -> None:
        """Send the order until it is answered for good, and write the answer down."""
        losing = not troubled and self._chance.random() < self._given.mix.answers_lost
        unexpected = 0
        while not self._ended() and unexpected < _UNEXPECTED_MOST:
            try:
                what, told = self._answer(order, troubled=troubled)
            except Exception as error:  # noqa: BLE001 (whatever a caller meets is written down)
                code = _code_of(error)
                unexpected += not isinstance(error, AppuiError)
            else:
                if not losing:
                    self._ledger.write(what, order, **told)
                    return
                losing, code = False, ANSWER_LOST
            self._ledger.write(TROUBLED, order, code=code)
            troubled = True
            self._pause.wait(_PAUSE_SECONDS)

    def _answer(self, order: Order, *, troubled: bool) -> tuple[str, dict[str, Any]]:
        """Return what a ledger says of the order's answer. Raises what is none: « not now », a fault of the program."""
        if troubled and not repeatable(order) and (effect := find_effect(self._engine, order)) is not None:
            return ACKNOWLEDGED, {"effect": effect, "found": True}
        try:
            return ACKNOWLEDGED, {"effect": self._sent(order, twice=order.twice and not troubled)}
        except AppuiError as refusal:
            if refusal.code in LATER:
                raise
            # It may be refused for having been accepted before.
            effect = find_effect(self._engine, order) if troubled else None
            if effect is not None:
                return ACKNOWLEDGED, {"effect": effect, "found": True}
            return REFUSED, {"code": refusal.code}

    def _sent(self, order: Order, *, twice: bool) -> Effect:
        if not twice:
            return carried_out(self._engine, order)
        with ThreadPoolExecutor(2) as pool:
            return _best([pool.submit(carried_out, self._engine, order) for _ in range(2)])

    def _ended(self) -> bool:
        return _is_over(self._given)


def _is_over(given: Assignment) -> bool:
    parent = parent_process()
    return bool(given.signals.stop.value) or (parent is not None and not parent.is_alive())


def _best(answers: list[Future[Effect]]) -> Effect:
    """Return the answer of two that tells most: an error of the program, an effect, « not now », a refusal."""
    errors = [error for answer in answers if (error := answer.exception()) is not None]
    effects = [answer.result() for answer in answers if answer.exception() is None]
    ours = [error for error in errors if isinstance(error, AppuiError)]
    if effects and len(ours) == len(errors):
        return max(effects, key=lambda effect: effect.version is not None)
    raise min(errors, key=lambda error: (error in ours, _code_of(error) not in LATER))


def _code_of(error: BaseException) -> str:
    return error.code if isinstance(error, AppuiError) else type(error).__name__


def _clock(given: Assignment) -> Clock:
    def now() -> datetime:
        return system_clock() + timedelta(seconds=given.signals.clocks[given.worker])

    return now

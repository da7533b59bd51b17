"""The crew: the workers of a trial, started, killed and started again over what they left."""

from __future__ import annotations

import signal
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import forkserver, get_context
from multiprocessing.connection import wait
from typing import Any

from appui.states.errors import AppuiError
from appui.workflow.db import trials
from appui.workflow.torture.bases import POSTGRESQL, TrialBase
from appui.workflow.torture.ledger import ACKNOWLEDGED, REFUSED, Reading, Record
from appui.workflow.torture.orders import Order
from appui.workflow.torture.plan import Plan
from appui.workflow.torture.workers import READ, Assignment, Signals, work

_RELAYED_ONE_IN = 2
_END_SECONDS = 60


@dataclass(slots=True)
class _Place:
    """A worker, through all its lives."""

    process: Any = None
    life: int = 0
    begun: bool = False
    """Whether this life has written a line."""
    killed: bool = False
    unsettled: Order | None = None


class Crew:
    """Worker processes, each with its ledger; `records` holds all that they have written so far."""

    def __init__(self, plan: Plan, base: TrialBase, *, relay: int | None) -> None:
        """Take the port of the relay through which one worker in two reaches its server, if there is one."""
        # A server of forks: a new process costs a fork, not the seconds that the imports take.
        self._context = get_context("forkserver")
        self._context.set_forkserver_preload(["__main__", work.__module__])
        # What a terminal interrupts is the trial, which ends its workers: they inherit that they pay no heed.
        heed = signal.signal(signal.SIGINT, signal.SIG_IGN)
        forkserver.ensure_running()
        signal.signal(signal.SIGINT, heed)
        self._plan = plan
        self._base = base
        self._relay = relay
        self._reading = Reading(base.ledgers)
        self._places = [_Place() for _ in range(plan.workers)]
        self.signals = Signals(self._context.RawArray("d", plan.workers), self._context.RawValue("b", 0))
        self.records: list[Record] = []
        self.actions = 0
        """Actions acknowledged so far that wrote an entry."""
        self.deaths = 0
        """Workers that ended by themselves, which none should."""
        self.size = plan.workers

    def start(self) -> None:
        """Start every worker."""
        for worker in range(len(self._places)):
            self._start(worker)

    def pid(self, worker: int) -> int | None:
        """Return the process of a worker, None when it has just died."""
        process = self._places[worker].process
        return process.pid if process is not None and process.is_alive() else None

    def kill(self, worker: int) -> bool:
        """Kill a worker with SIGKILL, wherever it stands; return False when it has not begun, or is dead already."""
        place = self._places[worker]
        if not place.begun or place.killed or self.pid(worker) is None:
            return False
        place.killed = True
        place.process.kill()
        return True

    def look(self, seconds: float) -> None:
        """Wait that long, or until a worker dies; read the ledgers; start again whoever is dead."""
        wait([place.process.sentinel for place in self._places if place.process is not None], timeout=seconds)
        self._read()
        for worker, place in enumerate(self._places):
            if place.process is not None and not place.process.is_alive():
                self._bury(place)
            if place.process is None and self._is_over(worker):
                place.life += 1
                self._start(worker)

    def stop(self) -> None:
        """Let every worker finish its order, then read the ledgers to their end."""
        self.signals.stop.value = 1
        for place in self._places:
            if place.process is not None:
                place.process.join(_END_SECONDS)
                if place.process.is_alive():
                    place.killed = True
                    place.process.kill()
                    place.process.join()
                self._bury(place)
        self._read()

    def _start(self, worker: int) -> None:
        place = self._places[worker]
        relayed = self._relay if worker % _RELAYED_ONE_IN == 0 else None
        given = Assignment(
            worker=worker,
            life=place.life,
            seed=self._plan.seed,
            settings=self._base.settings_of(worker, relay=relayed),
            engine_factory=self._plan.engine_factory,
            mix=self._plan.mix,
            ledgers=self._base.ledgers,
            signals=self.signals,
            unsettled=place.unsettled,
        )
        place.begun = place.killed = False
        place.process = self._context.Process(target=work, args=(given,), daemon=True)
        place.process.start()

    def _bury(self, place: _Place) -> None:
        expected = {0} if not place.killed else {0, -signal.SIGKILL}
        self.deaths += place.process.exitcode not in expected
        place.process.close()
        place.process = None

    def _is_over(self, worker: int) -> bool:
        """Return whether nothing that the dead worker had asked of a server is still running there."""
        if self._base.kind != POSTGRESQL:
            return True
        with suppress(AppuiError):
            return not trials.sessions(self._base.url, self._base.session(worker))
        return False

    def _read(self) -> None:
        more = self._reading.more()
        self.records += more
        for record in more:
            place = self._places[record.worker]
            place.unsettled = _unsettled(record, place.unsettled)
            place.begun = place.begun or record.life == place.life
            self.actions += record.wrote


def _unsettled(record: Record, before: Order | None) -> Order | None:
    """Return the order that waits for its answer once this line is written, None when none does."""
    if record.order.kind == READ:
        return before
    return None if record.what in (ACKNOWLEDGED, REFUSED) else record.order

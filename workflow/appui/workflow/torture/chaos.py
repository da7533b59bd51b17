"""Chaos: what is done to workers, servers, disks, clocks and networks while the workers work."""

from __future__ import annotations

import math
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from random import Random

from appui.states.errors import AppuiError
from appui.workflow.db import trials
from appui.workflow.torture.bases import POSTGRESQL, SQLITE, TrialBase
from appui.workflow.torture.crew import Crew
from appui.workflow.torture.relay import Relay
from appui.workflow.torture.server import SEGMENT_BYTES

_HOUR, _DAY = 3600, 86_400
_STEPS = (-_HOUR, -_HOUR, 60, _HOUR)
_LEAPS = (20 * _HOUR, 3 * _DAY)
_AHEAD_MOST = 300 * _DAY
_FULL_SECONDS = 1.0
_TOLD_LATE_SECONDS = 1.0
"""An error of a full disk may be written down once there is room again."""
_DISK_BYTES = {SQLITE: 128 << 10, POSTGRESQL: SEGMENT_BYTES}
"""How large a file may be while a disk is full: less than the base, and room enough for a ledger, or for a server's
journal, without which it would stop instead of refusing."""
KILL = "kill"


@dataclass(frozen=True, slots=True)
class FullDisk:
    """A time during which the disk of a worker was full, in seconds of the steady clock."""

    worker: int
    since: float
    until: float


class Field:
    """What blows fall on, and what has been struck so far."""

    def __init__(self, base: TrialBase, crew: Crew, relay: Relay | None, chance: Random) -> None:
        self.base = base
        self.struck: Counter[str] = Counter()
        self.full: list[FullDisk] = []
        self._crew = crew
        self._relay = relay
        self._chance = chance
        self._bag: list[str] = []
        self._to_lift: list[tuple[int, float, list[int]]] = []

    @property
    def hindered(self) -> dict[str, str]:
        """Which blows cannot fall here → why, in French."""
        reasons = {name: blow.hindrance(self.base) for name, blow in BLOWS.items()}
        return {name: reason for name, reason in reasons.items() if reason}

    def strike(self) -> None:
        """Let one blow fall: all in turn, in an order that chance has shuffled."""
        if not self._bag:
            self._bag = [name for name in BLOWS if name not in self.hindered]
            self._chance.shuffle(self._bag)
        name = self._bag.pop()
        with suppress(AppuiError):
            self.struck[name] += BLOWS[name].strike(self)

    def end(self) -> None:
        """Count the disks that are still full as full to the end."""
        self.full += [FullDisk(worker, since, math.inf) for worker, since, _ in self._to_lift]

    def kill(self) -> None:
        """Kill a worker."""
        self.struck[KILL] += self._crew.kill(self._worker())

    def lift(self) -> None:
        """Make room again on the disks that have been full for long enough."""
        now = time.monotonic()
        for worker, since, pids in [each for each in self._to_lift if each[1] + _FULL_SECONDS <= now]:
            self._to_lift.remove((worker, since, pids))
            for pid in pids:
                self._limit(pid, "unlimited")
            self.full.append(FullDisk(worker, since, time.monotonic() + _TOLD_LATE_SECONDS))

    def move_clock(self) -> bool:
        """Move the clock of one worker a little, an hour back for instance, or those of all by days, ahead."""
        clocks = self._crew.signals.clocks
        # Cases move by the day: workers who are days apart would only refuse each other's steps.
        leaps = self._chance.random() < 0.3
        step = self._chance.choice(_LEAPS if leaps else _STEPS)
        for worker in range(self._crew.size) if leaps else [self._worker()]:
            clocks[worker] = min(_AHEAD_MOST, clocks[worker] + step)
        return True

    def fill_disk(self) -> bool:
        """Let no file that a worker (or its sessions on a server of ours) writes grow any further, for a second."""
        worker = self._worker()
        if self.base.kind == SQLITE:
            pids = [pid] if (pid := self._crew.pid(worker)) is not None else []
        else:
            pids = trials.sessions(self.base.url, self.base.session(worker))
        since = time.monotonic()
        limited = [pid for pid in pids if self._limit(pid, str(_DISK_BYTES[self.base.kind]))]
        if not limited:
            return False
        self._to_lift.append((worker, since, limited))
        return True

    def end_session(self) -> bool:
        """Have the server end the sessions of one worker."""
        return trials.end_sessions(self.base.url, self.base.session(self._worker())) > 0

    def cut_answer(self) -> bool:
        """Swallow an answer of the server, soon."""
        if self._relay is not None:
            self._relay.cut_after(self._chance.randrange(8))
        return self._relay is not None

    def kill_server(self) -> bool:
        """Kill every process of our server with SIGKILL."""
        if self.base.server is not None:
            self.base.server.kill()
        return self.base.server is not None

    def restart_server(self) -> bool:
        """Restart our server under those who work."""
        if self.base.server is not None:
            self.base.server.restart()
        return self.base.server is not None

    def _worker(self) -> int:
        return self._chance.randrange(self._crew.size)

    def _limit(self, pid: int, soft: str) -> bool:
        # The command of util-linux, since only a process of the same user may limit another.
        command = shutil.which("prlimit") or "prlimit"
        user = None if self.base.server is None else self.base.server.user
        asked = [command, "--pid", str(pid), f"--fsize={soft}:"]
        return subprocess.run(asked, user=user, capture_output=True, check=False).returncode == 0  # noqa: S603 (numbers)


@dataclass(frozen=True, slots=True)
class Blow:
    """One thing that may go wrong."""

    label: str
    """In French, as a count is told."""
    strike: Callable[[Field], bool]
    """Returns whether anything was struck."""
    hindrance: Callable[[TrialBase], str]
    """Returns why it cannot fall on such a base, in French; empty when it can."""


def _always(_base: TrialBase) -> str:
    return ""


def _no_server(base: TrialBase) -> str:
    return "" if base.kind == POSTGRESQL else "SQLite n'a pas de serveur"


def _not_ours(base: TrialBase) -> str:
    return _no_server(base) or ("" if base.server else "le serveur est celui de la configuration")


def _no_limits(base: TrialBase) -> str:
    if shutil.which("prlimit") is None:
        return "la commande « prlimit » n'est pas installée"
    return "" if base.kind == SQLITE else _not_ours(base)


BLOWS: Mapping[str, Blow] = {
    "clock": Blow("horloges déplacées", Field.move_clock, _always),
    "disk": Blow("disques pleins", Field.fill_disk, _no_limits),
    "answer": Blow("réponses coupées", Field.cut_answer, _no_server),
    "session": Blow("sessions coupées", Field.end_session, _no_server),
    "server_restarted": Blow("redémarrages du serveur", Field.restart_server, _not_ours),
    "server_killed": Blow("arrêts brutaux du serveur", Field.kill_server, _not_ours),
}
"""Name → blow; a kill of a worker is none of them: the plan says how many there are."""

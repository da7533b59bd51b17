"""Rounds: every line in turn, again and again, so that a busy moment of the machine falls on all of them alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from math import ceil, inf
from time import perf_counter
from typing import Any

from bench.databases import Databases, Place
from bench.figures import Measured, OnDatabase
from bench.footprint import Sample
from bench.lines import LINES, MAILS, MANY, READ_AGAIN, Line
from bench.recording import ready_place, record
from bench.scenario import ANSWERED
from bench.subjects import ABOUT, CannotRun
from bench.subjects.bare import Bare
from bench.workers import Lap, Workers, warm_up

_MARGIN = 1.7
"""Cases prepared for each that the last round did: a round that runs out of cases tells less."""
_GUESSED_RATE = 400.0
"""Cases a second, for the round that warms up."""
_LEAST_ROUNDS = 3
"""However slow the machine is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """How much is done."""

    rounds: int
    """Counted ones at most; one before them warms up, and tells how many cases each line will need."""
    patience: float = inf
    """Seconds after which no further round begins."""
    seconds: float
    """How long a line is timed in a round."""
    many: int
    """Live cases in the crowded base."""
    lines: tuple[Line, ...] = LINES

    def legs(self) -> list[tuple[Line, int]]:
        """Return what a round is made of: what is compared lies close together, hence one number of workers first."""
        numbers = sorted({workers for line in self.lines for workers in line.workers})
        return [(line, workers) for workers in numbers for line in self.lines if workers in line.workers]


def measure(databases: Databases, plan: Plan, *, told: Callable[[str], None]) -> OnDatabase:
    """Run the rounds of a plan in fresh bases; `told` hears, in French, how far they are."""
    began, rounds = perf_counter(), 0
    place = ready_place(databases, "appui")
    sample = record(place)
    with ExitStack() as stack:
        course = _Course(databases, plan, sample, place, stack)
        for number in range(plan.rounds + 1):
            told(f"tour {number} sur {plan.rounds}" if number else "préparation")
            for line, workers in plan.legs():
                course.run(line, workers, counted=number > 0)
            rounds = number
            if rounds >= _LEAST_ROUNDS and perf_counter() - began > plan.patience:
                break
    return OnDatabase(
        rounds=rounds,
        settings=databases.settings(),
        rows=sample.written(),
        shared=sample.shared,
        measured=course.measured,
    )


def rate_of(laps: Sequence[Lap]) -> float:
    """Return the cases a second of workers that started together: from the first start to the last end."""
    return sum(lap.done for lap in laps) / (max(lap.ended for lap in laps) - min(lap.began for lap in laps))


def cpu_ms_of(laps: Sequence[Lap]) -> float:
    """Return the processor time that these workers took for a case, in milliseconds."""
    return 1000 * sum(lap.cpu for lap in laps) / sum(lap.done for lap in laps)


class _Course:
    """Bases, processes and cases in stock, while the rounds go on."""

    def __init__(self, databases: Databases, plan: Plan, sample: Sample, place: Place, stack: ExitStack) -> None:
        self._databases, self._plan, self._sample, self._stack = databases, plan, sample, stack
        self._places = {"appui": place}
        self._crews: dict[tuple[str, str], Workers] = {}
        self._stock: dict[tuple[str, str], list[Any]] = defaultdict(list)
        self._expected: dict[str, float] = {}
        self.measured: dict[str, Measured] = {}

    def run(self, line: Line, workers: int, *, counted: bool) -> None:
        """Time a line once, unless it has failed before."""
        key = line.key(workers)
        measured = self.measured.setdefault(key, Measured())
        if measured.reason:
            return
        try:
            laps = self._timed(line, workers, checked=not counted)
        except CannotRun as refusal:
            measured.reason = str(refusal)
            return
        self._expected[key] = rate_of(laps)
        if counted:
            measured.rates.append(round(rate_of(laps), 2))
            measured.cpu_ms.append(round(cpu_ms_of(laps), 4))

    def _timed(self, line: Line, workers: int, *, checked: bool) -> list[Lap]:
        crew = self._crew(line)
        shares = self._shares(line, workers, crew)
        laps = crew.run(line, shares, seconds=self._plan.seconds)
        if checked and line.name.startswith("act") and crew.check(shares[0][0]) != ANSWERED:
            raise CannotRun("what was timed left no trace in the base")
        if line.uses_up:
            used = warm_up(line) * line.together
            for share, lap in zip(shares, laps, strict=True):
                self._stock[line.subject, line.name] += share[used + lap.done :]
        return laps

    def _shares(self, line: Line, workers: int, crew: Workers) -> list[list[Any]]:
        """Return the cases of each worker, taken from those that are left, and new ones."""
        stock = self._stock[line.subject, line.name]
        each = self._needed(line, workers)
        if len(stock) < each * workers:
            stock += crew.prepare(each * workers - len(stock), line.name)
        shares = [stock[each * worker : each * (worker + 1)] for worker in range(workers)]
        if line.uses_up:
            del stock[: each * workers]
        return shares

    def _needed(self, line: Line, workers: int) -> int:
        """Return how many cases a worker is given."""
        if not line.uses_up:
            return READ_AGAIN
        expected = self._expected.get(line.key(workers), _GUESSED_RATE)
        timed = ceil(expected * self._plan.seconds * _MARGIN / workers / line.together)
        return (warm_up(line) + timed + 1) * line.together

    def _crew(self, line: Line) -> Workers:
        name = line.place or ABOUT[line.subject].place
        crew = self._crews.get((line.subject, name))
        if crew is None:
            theirs = [each for each in self._plan.lines if (each.subject, each.place) == (line.subject, line.place)]
            count = max(workers for each in theirs for workers in each.workers)
            crew = self._crews[line.subject, name] = Workers(line.subject, self._place(name), self._sample, count=count)
            self._stack.callback(crew.stop)
            crew.set_up()
        return crew

    def _place(self, name: str) -> Place:
        if name not in self._places:
            self._places[name] = self._made(name)
        return self._places[name]

    def _made(self, name: str) -> Place:
        if name == MANY:
            return self._crowded(name)
        return ready_place(self._databases, name) if name == MAILS else self._databases.place(name)

    def _crowded(self, name: str) -> Place:
        place = ready_place(self._databases, name)
        Bare(place, self._sample).prepare(self._plan.many, "act")
        return place

"""Workers: processes that each hold a subject, start together at a barrier, and tell how far they came."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from time import perf_counter, process_time
from typing import Any, TypeAlias

from bench.databases import Place
from bench.footprint import Sample
from bench.lines import Line
from bench.subjects import CannotRun, Subject, subject

_PATIENCE_SECONDS = 120
"""How long a worker waits for the others at the barrier; longer than any of them takes to connect."""
_FAREWELL_SECONDS = 10
Pipe: TypeAlias = "Connection[Any, Any]"


@dataclass(frozen=True, slots=True)
class Lap:
    """How far one worker came. Instants are of the machine's one monotonic clock."""

    began: float
    ended: float
    done: int
    """Cases."""
    cpu: float
    """Seconds for which a processor worked for this process."""


@dataclass(frozen=True, slots=True)
class Order:
    """What one worker is to do at the same time as others."""

    line: Line
    share: Sequence[Any]
    """The cases that are its own."""
    workers: int
    seconds: float


class Workers:
    """The processes of one subject in one base; the first of them also sets up and prepares.

    Whatever one of them raises is raised here as CannotRun.
    """

    def __init__(self, name: str, place: Place, sample: Sample, *, count: int) -> None:
        # Spawned, not forked: a subject must find neither the settings nor the connections of another.
        context = multiprocessing.get_context("spawn")
        self._barriers = {size: context.Barrier(size) for size in range(1, count + 1)}
        self._pipes: list[Pipe] = []
        self._processes = []
        for _ in range(count):
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, self._barriers, name, place, sample), daemon=True)
            process.start()
            theirs.close()
            self._pipes.append(ours)
            self._processes.append(process)

    def set_up(self) -> None:
        """Make the base ready."""
        self._ask("set_up")

    def prepare(self, count: int, line: str) -> list[Any]:
        """Return that many new cases for a line."""
        return list(self._ask("prepare", count, line))

    def check(self, case: Any) -> str:
        """Return the state of a case."""
        return str(self._ask("check", case))

    def run(self, line: Line, shares: Sequence[Sequence[Any]], *, seconds: float) -> list[Lap]:
        """Time a line: one worker a share of the cases, all at once, until the time is over or a share used up."""
        self._barriers[len(shares)].reset()
        pipes = self._pipes[: len(shares)]
        for pipe, share in zip(pipes, shares, strict=True):
            pipe.send(("run", Order(line, share, len(shares), seconds)))
        return [_raised(answer) for answer in [_received(pipe) for pipe in pipes]]

    def stop(self) -> None:
        """End the processes."""
        for pipe, process in zip(self._pipes, self._processes, strict=True):
            pipe.close()
            process.join(timeout=_FAREWELL_SECONDS)
            process.kill()

    def _ask(self, *question: Any) -> Any:
        self._pipes[0].send(question)
        return _raised(_received(self._pipes[0]))


def lap(doing: Callable[[Any], object], order: Order, *, start: Callable[[], object]) -> Lap:
    """Do a few calls, start, then do calls until the time is over or there are none left."""
    calls = calls_of(order.line, order.share)
    for call in islice(calls, warm_up(order.line)):
        doing(call)
    start()
    done, cpu, began = 0, process_time(), perf_counter()
    end = began + order.seconds
    for call in calls:
        doing(call)
        done += order.line.together
        if perf_counter() >= end:
            break
    return Lap(began, perf_counter(), done, process_time() - cpu)


def warm_up(line: Line) -> int:
    """Return how many calls come before the time runs: connections open, psycopg prepares statements at the sixth."""
    return 8 if line.together == 1 else 1


def calls_of(line: Line, share: Sequence[Any]) -> Iterator[Any]:
    """Yield what each call is given: a case, or as many as the line takes; without end when it uses none up."""
    if not line.uses_up:
        return cycle(share)
    if line.together == 1:
        return iter(share)
    return (share[first : first + line.together] for first in range(0, len(share), line.together))


def _received(pipe: Pipe) -> Any:
    try:
        return pipe.recv()
    except EOFError:
        return CannotRun("the process died")


def _raised(answer: Any) -> Any:
    if isinstance(answer, CannotRun):
        raise answer
    return answer


def _serve(pipe: Pipe, barriers: Mapping[int, Barrier], name: str, place: Place, sample: Sample) -> None:
    """Answer questions until the pipe is closed."""
    held: Subject | None = None
    while True:
        try:
            what, *given = pipe.recv()
        except EOFError:
            return
        try:
            held = held or subject(name, place, sample)
            pipe.send(_run(held, barriers, *given) if what == "run" else getattr(held, what)(*given))
        except CannotRun as refusal:
            pipe.send(refusal)
        except Exception as error:  # noqa: BLE001 - whatever a subject raises stands in the report
            pipe.send(CannotRun(f"{type(error).__name__}: {error}"))


def _run(held: Subject, barriers: Mapping[int, Barrier], order: Order) -> Lap:
    barrier = barriers[order.workers]
    try:
        with held.doing(order.line.name) as doing:
            return lap(doing, order, start=partial(barrier.wait, _PATIENCE_SECONDS))
    except BaseException:
        # The others must not wait for one that will not come.
        barrier.abort()
        raise

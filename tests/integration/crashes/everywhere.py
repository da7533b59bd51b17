"""Everywhere: an operation is killed at each of its points in turn, and what is left is judged."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.integration.boundary import wait_for_the_dead
from tests.integration.content import Content, content_of, differences, swept
from tests.integration.crashes.dying import Life, live
from tests.integration.operations import Operation, World

from appui.states.errors import AppuiError
from appui.workflow import Engine

NOTHING, ALL = "nothing of it", "all of it"


@dataclass(frozen=True, slots=True)
class Crashes:
    """What killing an operation at each of its points has shown."""

    points: tuple[str, ...]
    left: tuple[str, ...]
    """Point by point: nothing of it, all of it, or what else."""
    findings: tuple[str, ...]
    """What should not be, with the point; none: the promise holds."""


def crash_everywhere(engine: Engine, operation: Operation, world: World, *, url: str) -> Crashes:
    """Kill the operation before each of its statements and commits, and before its answer.

    After each death an engine with new connections finds the base as it was before, or as the operation leaves it when
    nothing happens; the journal is whole; and the same command, given again, leads to the same end.
    """
    judge = _Judge(engine, operation, world, url)
    left, findings = [], list(judge.unfit())
    for number, point in enumerate(judge.whole.points, start=1):
        state, wrong = judge.after_death(number)
        left.append(state)
        findings += [f"killed before {number} ({point}): {text}" for text in wrong]
    if ALL in left and NOTHING in left[left.index(ALL) :]:
        findings.append(f"done, then not done any more: {left}")
    return Crashes(judge.whole.points, tuple(left), tuple(findings))


class _Judge:
    """Kills one operation and looks at what is left."""

    def __init__(self, engine: Engine, operation: Operation, world: World, url: str) -> None:
        self._engine, self._operation, self._world, self._url = engine, operation, world, url
        self.whole, self._before, self._after = self._uninterrupted()

    def _uninterrupted(self) -> tuple[Life, Content, Content]:
        self._world.restored(self._engine)
        before = content_of(self._engine)
        whole = self._live(None)
        return whole, before, content_of(self._engine)

    def unfit(self) -> Iterator[str]:
        """Say why the operation shows nothing."""
        if self.whole.failure:
            yield f"fails when nothing happens: {self.whole.failure}"
        if self._before == self._after:
            yield "changes nothing"

    def after_death(self, number: int) -> tuple[str, list[str]]:
        """Kill it there; return what is left of it, and what is wrong with that."""
        self._world.restored(self._engine)
        life = self._live(number)
        swept(self._engine)
        found = content_of(self._engine)
        wrong = [fault.text for fault in self._engine.verify_journal()]
        if not life.killed or life.points != self.whole.points[:number]:
            wrong.append(f"ran otherwise than the first time: {life}")
        if found not in (self._before, self._after):
            return "something else", [*wrong, *differences(found, self._after)]
        state = ALL if found == self._after else NOTHING
        return state, [*wrong, *self._given_again(state)]

    def _given_again(self, state: str) -> Iterator[str]:
        expected = "done" if state == NOTHING else self._operation.again
        if expected is None:
            return
        heard = _answer_of(lambda: self._operation.run(self._engine, self._world))
        if heard != expected:
            yield f"given again it answers « {heard} » and not « {expected} »"
        for difference in differences(content_of(self._engine), self._after):
            yield f"given again it leads elsewhere: {difference}"

    def _live(self, number: int | None) -> Life:
        self._engine.stop()
        life = live(lambda: self._operation.run(self._engine, self._world), die_before=number)
        if self._engine.database.dialect == "postgresql":
            wait_for_the_dead(self._url)
        return life


def _answer_of(attempt: Callable[[], Any]) -> str:
    try:
        attempt()
    except AppuiError as error:
        return error.code
    except Exception as error:  # noqa: BLE001 - a traceback is what is looked for
        return repr(error)
    return "done"

"""Schedules: one operation runs up to a point, another wholly, then the first goes on; at every point in turn."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.integration.content import Content, content_of, differences
from tests.integration.interleavings.hands import LIMIT_SECONDS, STUCK, Hand, Observer, awaited
from tests.integration.operations import Operation, World

from appui.workflow import Engine

Answers = tuple[str | None, str | None]
"""What each was answered; None: it was not asked."""

LOST = frozenset({"stale_case", "busy", "action_refused"})
"""What who came second may hear: nothing of theirs is then in the base."""


@dataclass(frozen=True, slots=True)
class Interleavings:
    """What two operations have made of each other, wherever the first was interrupted."""

    points: tuple[str, ...]
    """What the first was about to run."""
    answers: tuple[Answers, ...]
    """Of the first and the second, point by point."""
    seconds: tuple[str, ...]
    """What became of the second while the first stood still, point by point: finished, or held up."""
    findings: tuple[str, ...]
    """What should not be, with the point; none: the promise holds."""


def interleave(engines: tuple[Engine, Engine], pair: tuple[Operation, Operation], world: World) -> Interleavings:
    """Interrupt the first operation before each of its statements and commits, and let the second run there.

    Whatever the point, both are answered, and the base is as if one had come after the other, or alone when the other
    was told that it came second.
    """
    points: list[str] = []
    answers: list[Answers] = []
    seconds: list[str] = []
    findings: list[str] = []
    with Observer(engines[0]) as observer:
        schedule = _Schedule(engines, pair, world, observer)
        while (met := schedule.at(len(points) + 1)) is not None:
            points.append(met.point)
            answers.append(met.answers)
            seconds.append(met.second)
            place = f"{pair[0].name} interrupted before {len(points)} ({met.point}) by {pair[1].name}"
            findings += [f"{place}: {text}" for text in met.wrong]
    return Interleavings(tuple(points), tuple(answers), tuple(seconds), tuple(findings))


@dataclass(frozen=True, slots=True)
class _Met:
    """How two operations met at one point."""

    point: str
    answers: Answers
    second: str
    wrong: tuple[str, ...]


class _Schedule:
    """Runs two operations in one base."""

    def __init__(
        self, engines: tuple[Engine, Engine], pair: tuple[Operation, Operation], world: World, observer: Observer
    ) -> None:
        self._engines, self._pair, self._world, self._observer = engines, pair, world, observer
        self._expected = list(self._in_turn())

    def at(self, number: int) -> _Met | None:
        """Interrupt the first there; None when it has not so many points."""
        self._world.restored(self._engines[0])
        first, second = self._hand(0, stop_before=number), self._hand(1)
        first.start()
        first.still.wait(LIMIT_SECONDS)
        if first.done.is_set():
            return None
        held = self._observer.held_up(first, second)
        second.start()
        fate = awaited(second, held)
        first.go_on()
        for hand in (first, second):
            hand.join(LIMIT_SECONDS)
        stuck = ("the second waits for what is no lock of the base",) if fate == STUCK else ()
        point = first.points[number - 1][:60]
        return _Met(point, (first.answer, second.answer), fate, (*stuck, *self._judged(first, second)))

    def _hand(self, place: int, *, stop_before: int | None = None) -> Hand:
        engine, operation = self._engines[place], self._pair[place]
        return Hand(lambda: operation.run(engine, self._world), stop_before=stop_before)

    def _judged(self, first: Hand, second: Hand) -> Iterator[str]:
        answers = (first.answer, second.answer)
        found = content_of(self._engines[0])
        if not any(_agrees(answers, found, known) for known in self._expected):
            yield f"answered {answers}, as in no order of the two: {self._nearest(answers, found)}"
        yield from (fault.text for fault in self._engines[0].verify_journal())
        for operation, hand in zip(self._pair, (first, second), strict=True):
            yield from operation.belied(self._engines[0], hand.heard) if hand.answer == "done" else ()

    def _nearest(self, answers: Answers, found: Content) -> str:
        told = ["; ".join(differences(found, content)) for known, content in self._expected if known == answers]
        return min(told, key=len) if told else "nobody is answered so"

    def _in_turn(self) -> Iterator[tuple[Answers, Content]]:
        """Yield what is answered and what is left when they come one after the other, and when one comes alone."""
        for turns in ((0, 1), (1, 0), (0,), (1,)):
            self._world.restored(self._engines[0])
            answers: dict[int, str] = {}
            for place in turns:
                hand = self._hand(place)
                hand.run()
                answers[place] = hand.answer
            yield (answers.get(0), answers.get(1)), content_of(self._engines[0])


def _agrees(answers: Answers, found: Content, known: tuple[Answers, Content]) -> bool:
    """Return whether this is how it ends in a known order; who is not asked in it may have been told to come again."""
    heard = all(
        answer == expected or (expected is None and answer in LOST)
        for answer, expected in zip(answers, known[0], strict=True)
    )
    return heard and found == known[1]

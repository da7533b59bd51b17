"""Goals: how fast the engine must be beside the others, and how fast we aim to be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median

from bench.figures import Figures, OnDatabase, Spread, spread
from bench.subjects import ABOUT

BARE, BEST_PEER = "bare.act.{}", "the best peer"
"""What a line is compared with."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Goal:
    """A rate compared with another, or a time that must not be exceeded."""

    what: str
    line: str
    """`Line.key`, its workers left open."""
    beside: str = ""
    """Another line, or the best of the peers. Empty: the time of one call counts, in milliseconds."""
    must: Mapping[str, float]
    """By database."""
    aim: Mapping[str, float] | None = None
    workers: tuple[int, ...] = (1,)


def _both(value: float) -> dict[str, float]:
    return {"sqlite": value, "postgresql": value}


GOALS: tuple[Goal, ...] = (
    Goal(
        what="full action ÷ bare driver",
        line="appui.act.{}",
        beside=BARE,
        must=_both(0.6),
        aim=_both(0.8),
        workers=(1, 4),
    ),
    Goal(
        what="full action ÷ best peer",
        line="appui.act.{}",
        beside=BEST_PEER,
        must=_both(2),
        aim={"sqlite": 3, "postgresql": 4},
        workers=(1, 4),
    ),
    Goal(
        what="in a host's transaction (SQLAlchemy) ÷ bare driver",
        line="appui.act_in_sqlalchemy.{}",
        beside=BARE,
        must=_both(0.4),
    ),
    Goal(
        what="in a host's transaction (driver) ÷ bare driver",
        line="appui.act_in_driver.{}",
        beside=BARE,
        must=_both(0.4),
    ),
    Goal(
        what="bulk, 100 cases a commit ÷ full action",
        line="appui.act_many.{}",
        beside="appui.act.{}",
        must={"sqlite": 2, "postgresql": 4},
        aim=_both(10),
    ),
    Goal(what="`explain`, reading included", line="appui.explain.{}", must=_both(1), aim=_both(0.3)),
    # 250 a second, and 1,000.
    Goal(what="a mail to a local sink, claimed, composed and recorded", line="appui.mail.{}", must=_both(4)),
    Goal(what="the same in windows of 8", line="appui.mail_in_windows.{}", must=_both(1)),
    Goal(
        what="`explain` among many live cases ÷ among few",
        line="appui.explain_among_many.{}",
        beside="appui.explain.{}",
        # No growth: a tenth is what the rounds of one run differ by.
        must=_both(0.9),
    ),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """A goal, held against what was measured."""

    goal: Goal
    database: str
    workers: int
    found: Spread | None
    """None when it was not measured."""
    peer: str = ""
    """The peer that was the fastest, when that is what the goal compares with."""
    reason: str = ""
    """Why it was not measured."""

    @property
    def must(self) -> float:
        """What is asked here."""
        return self.goal.must[self.database]

    @property
    def aim(self) -> float | None:
        """What we aim at here."""
        return self.goal.aim[self.database] if self.goal.aim else None

    @property
    def is_time(self) -> bool:
        """Whether it is a time, of which less is better."""
        return not self.goal.beside

    @property
    def is_reached(self) -> bool:
        """Whether the median is what it must be."""
        return self.missing is not None and self.missing <= 1

    @property
    def is_as_aimed(self) -> bool:
        """Whether the median is what we aim at."""
        return self.found is not None and self.aim is not None and self._short_of(self.aim) <= 1

    @property
    def missing(self) -> float | None:
        """How many times as fast the engine would have to be; 1 or less: it is. None when it was not measured."""
        return None if self.found is None else self._short_of(self.must)

    def _short_of(self, asked: float) -> float:
        if self.found is None:
            raise ValueError("not measured")
        # As it is shown: 0.60 is 0.6.
        found = round(self.found.median, 2)
        return found / asked if self.is_time else asked / found


def verdicts(figures: Figures) -> Iterator[Verdict]:
    """Yield every goal with each number of workers, on every database that was measured."""
    for goal in GOALS:
        for workers in goal.workers:
            for database, on in figures.databases.items():
                yield _verdict(goal, database, on, workers)


def best_peer(on: OnDatabase, workers: int) -> str:
    """Return the peer with the highest median, empty when none was measured."""
    rates = {name: on.rates(f"{name}.act.{workers}") for name, about in ABOUT.items() if about.peer}
    return max((name for name in rates if rates[name]), key=lambda name: median(rates[name]), default="")


def _verdict(goal: Goal, database: str, on: OnDatabase, workers: int) -> Verdict:
    line, other, peer = goal.line.format(workers), goal.beside.format(workers), ""
    if goal.beside == BEST_PEER:
        peer = best_peer(on, workers)
        other = f"{peer}.act.{workers}"
    found = on.ratio(line, other) if goal.beside else spread([1000 / rate for rate in on.rates(line)])
    reason = "" if found is not None else on.reason(line) or on.reason(other) or "not asked for"
    label = ABOUT[peer].label if peer else ""
    return Verdict(goal=goal, database=database, workers=workers, found=found, peer=label, reason=reason)

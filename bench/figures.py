"""Figures: what a run measured, as it is kept in JSON. Every other figure is computed from these rates."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import Any, Self

LATEST = Path(__file__).parent / "results" / "latest.json"


@dataclass(frozen=True, slots=True)
class Spread:
    """A median and how far the rounds lie from it."""

    median: float
    low: float
    """First quartile."""
    high: float
    """Third quartile."""
    least: float
    most: float


def spread(values: Sequence[float]) -> Spread | None:
    """Return the spread of these values, None when there are none."""
    if not values:
        return None
    low, middle, high = quantiles(values, n=4, method="inclusive") if len(values) > 1 else [*values] * 3
    return Spread(median=middle, low=low, high=high, least=min(values), most=max(values))


@dataclass(slots=True)
class Measured:
    """What a line did in one kind of base."""

    rates: list[float] = field(default_factory=list)
    """Cases a second, one a round, in the order of the rounds."""
    cpu_ms: list[float] = field(default_factory=list)
    """Processor time of the workers' own processes for a case, likewise; the database server's is not in it."""
    reason: str = ""
    """Why there are none, or no more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OnDatabase:
    """All that was measured on one kind of database."""

    rounds: int
    """Counted ones."""
    settings: Mapping[str, str]
    rows: Mapping[str, int]
    """How many rows one action writes, by table."""
    shared: tuple[str, ...]
    """Tables in which an action alters rows that are not of its case: only the engine does so."""
    measured: Mapping[str, Measured]
    """By `Line.key`."""

    def rates(self, key: str) -> list[float]:
        """Return the rates of a line, empty when it was not measured to the end."""
        measured = self.measured.get(key)
        return measured.rates if measured is not None and not measured.reason else []

    def cpu_ms(self, key: str) -> Spread | None:
        """Return the processor time of a line, None when it was not measured to the end."""
        return spread(self.measured[key].cpu_ms) if self.rates(key) else None

    def reason(self, key: str) -> str:
        """Return why a line was not measured, empty when it was or when nobody asked for it."""
        measured = self.measured.get(key)
        return measured.reason if measured is not None else ""

    def ratio(self, key: str, other: str) -> Spread | None:
        """Return one line by another, round by round: what slowed the machine in a round slowed both."""
        return spread([ours / theirs for ours, theirs in zip(self.rates(key), self.rates(other), strict=False)])


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """A run."""

    taken_at: str
    """ISO, UTC."""
    seconds: float
    """How long a line was timed in a round."""
    many: int
    """Live cases in the crowded base."""
    machine: Mapping[str, Any]
    before: Mapping[str, Any]
    """How busy the machine was: `load`, `fsync_ms`."""
    after: Mapping[str, Any]
    versions: Mapping[str, str]
    databases: Mapping[str, OnDatabase]

    def write(self, path: Path) -> None:
        """Keep the run."""
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return a run that was kept."""
        told = json.loads(path.read_text(encoding="utf-8"))
        databases = {
            name: OnDatabase(
                rounds=each["rounds"],
                settings=each["settings"],
                rows=each["rows"],
                shared=tuple(each["shared"]),
                measured={key: Measured(**measured) for key, measured in each["measured"].items()},
            )
            for name, each in told.pop("databases").items()
        }
        return cls(**told, databases=databases)

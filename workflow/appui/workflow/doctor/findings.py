"""Findings: what a check found, in words, and what would mend it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from appui.states.wording import counted

GOOD, WARNING, FAULT = "good", "warning", "fault"
SHOWN = 20
"""How many examples are named; the others are counted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What one check found."""

    check: str
    """Stable name of what was looked at."""
    level: str
    """`good`, `warning` (to watch, nothing is wrong yet) or `fault`."""
    text: str
    """In French."""
    remedy: str = ""
    """What to do, in French; empty when all is well."""
    details: tuple[str, ...] = ()
    """Which ones, in French; at most `SHOWN`, then how many others."""

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return self.level != FAULT


@dataclass(frozen=True, kw_only=True, slots=True)
class Repair:
    """One thing that can be put right without a loss."""

    text: str
    """What would be done, in French."""
    do: Callable[[], object]
    """Does it whole or not at all. AppuiError when that is no longer possible."""


class Examples:
    """Counts what was found, and remembers the first ones: as much memory for a million as for twenty."""

    def __init__(self) -> None:
        self.count = 0
        self._first: list[str] = []

    def add(self, text: str, *, times: int = 1) -> None:
        """Take in one more, or so many of the same."""
        self.count += times
        if len(self._first) < SHOWN:
            self._first.append(text)

    @property
    def details(self) -> tuple[str, ...]:
        """The first ones, then how many others."""
        others = self.count - len(self._first)
        return (*self._first, *([f"et {counted(others, 'autre', 'autres')}"] if others > 0 else []))


def good(check: str, text: str) -> Finding:
    """Return that all is well."""
    return Finding(check=check, level=GOOD, text=text)


def warning(check: str, text: str, remedy: str, details: Sequence[str] = ()) -> Finding:
    """Return something to watch."""
    return Finding(check=check, level=WARNING, text=text, remedy=remedy, details=tuple(details))


def fault(check: str, text: str, remedy: str, details: Sequence[str] = ()) -> Finding:
    """Return something wrong."""
    return Finding(check=check, level=FAULT, text=text, remedy=remedy, details=tuple(details))

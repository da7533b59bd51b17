"""Records: the lines of a file, before anybody knows where its table begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

LINES_MAX = 100_000
"""Lines of a table, its headers left out."""
COLUMNS_MAX = 200
HEADER_LINES = 30
"""The headers stand among so many first lines."""
RECORDS_MAX = LINES_MAX + HEADER_LINES


@dataclass(frozen=True, slots=True)
class Record:
    """What one line of a file holds."""

    line: int
    """The number that a person reads beside it; of its first line, when it goes over several."""
    cells: Sequence[str]
    """From the first column on."""
    faults: Sequence[str] = ()
    """French sentences on cells that hold nothing to be read."""
    reach: Mapping[int, int] = field(default_factory=dict)
    """Place of a cell → last line that it is merged down to."""


@dataclass(frozen=True, slots=True)
class Source:
    """The records of a file, in order, and what was decided while reading it."""

    records: Sequence[Record]
    notes: tuple[str, ...] = ()
    """French sentences."""

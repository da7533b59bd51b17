"""Headers: the names of a table's columns, looked for in the first lines of a file. Pure."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from appui.states.errors import InvalidData
from appui.states.wording import counted
from appui.workflow.importing.cells import faults_of_cell
from appui.workflow.importing.quoting import quoted
from appui.workflow.importing.records import COLUMNS_MAX, HEADER_LINES, Record

_FAULTS_MAX = 100
_NAME_MAX = 300
"""Characters that count: what is longer is no name of a column."""
_SHOWN = 20
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'"})


@dataclass(frozen=True, slots=True)
class Headers:
    """The columns of a table."""

    names: tuple[str, ...]
    """One a column, in order: the caller's name for it, else the file's; empty for a column without one."""
    line: int
    last_line: int
    """Where they end: below `line` when one of the expected is merged over several lines."""

    @property
    def width(self) -> int:
        """How many columns there are up to the last that has a name."""
        return max((place for place, name in enumerate(self.names, start=1) if name), default=0)


def fold_header(name: str) -> str:
    """Return a column's name as headers are compared: in NFC, without case, spaces once, straight apostrophes."""
    return _tidy(name).translate(_APOSTROPHES).casefold()


def find_headers(records: Sequence[Record], *, expected: Collection[str], optional: Collection[str]) -> Headers:
    """Return those of the first among the first lines that names all expected columns.

    InvalidData with every fault of that line; when there is none, of the line that names most of them.
    """
    found = closest(records, expected)
    names = _named(found.cells, {fold_header(name): name for name in (*optional, *expected)})
    faults = _faults(found.cells, names, absent=missing(found, expected))
    if faults:
        raise InvalidData([(f"ligne {found.line}", text) for text in faults[:_FAULTS_MAX]])
    ends = (found.reach.get(place, found.line) for place, name in enumerate(names) if name in expected)
    return Headers(names, line=found.line, last_line=max(ends, default=found.line))


def closest(records: Sequence[Record], expected: Collection[str]) -> Record:
    """Return the first among the first lines that lacks fewest of the expected columns; blank lines do not count."""
    first = takewhile(lambda each: each.line <= HEADER_LINES, records)
    written = (each for each in first if any(map(str.strip, each.cells)))
    return min(written, key=lambda each: len(missing(each, expected)), default=Record(1, ()))


def missing(record: Record, expected: Collection[str]) -> list[str]:
    """Return the expected columns that a line does not name."""
    there = set(map(fold_header, record.cells))
    return [name for name in expected if fold_header(name) not in there]


def _tidy(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name[:_NAME_MAX]).split())


def _named(cells: Sequence[str], known: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(known.get(fold_header(cell), _tidy(cell)) for cell in cells)


def _faults(cells: Sequence[str], names: Sequence[str], *, absent: Sequence[str]) -> list[str]:
    width = len(names)
    if width > COLUMNS_MAX:
        return [f"Le tableau compte {counted(width, 'colonne', 'colonnes')}, {COLUMNS_MAX} au plus."]
    faults = [text for cell in cells for text in faults_of_cell(cell, label="en-tête de colonne")]
    times = Counter(map(fold_header, filter(None, names)))
    twice = dict.fromkeys(name for name in names if times[fold_header(name)] > 1)
    if twice:
        faults.append(f"En-tête présent plusieurs fois : {quoted(twice)} ; chaque colonne doit avoir son nom.")
    if absent:
        there = quoted([name for name in names if name][:_SHOWN]) or "aucune"
        word = "Colonne absente" if len(absent) == 1 else "Colonnes absentes"
        faults.append(f"{word} : {quoted(absent)} ; colonnes trouvées : {there}.")
    return faults

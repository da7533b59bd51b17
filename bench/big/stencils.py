"""Stencils: the texts of a model cut once, so that each copy only fills in what is its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from bench.big.holes import DEPARTMENT, LITERALS, NEIGHBOUR, hole

_LITERAL = re.compile("|".join(map(re.escape, sorted(LITERALS, key=len, reverse=True))))
_WHOLE_CELLS = {DEPARTMENT: hole("department"), NEIGHBOUR: hole("neighbour")}


class Stencil:
    """A text with holes."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        # Filling in is the interpreter's own formatting: nothing else is as fast.
        self._text = _LITERAL.sub(lambda found: LITERALS[found[0]], text.replace("%", "%%"))

    def fill(self, values: Mapping[str, str]) -> str:
        """Return the text with these values in its holes."""
        return self._text % values


@dataclass(frozen=True, slots=True)
class Format:
    """How a row is written as one line, until a base takes it."""

    separator: str
    null: str
    escape: Callable[[str], str]

    def row(self, cells: Iterable[object]) -> Stencil:
        """Return the stencil of a row; booleans become 0 or 1."""
        return Stencil(self.separator.join(self._cell(cell) for cell in cells))

    def _cell(self, cell: object) -> str:
        if cell is None:
            return self.null
        text = str(int(cell)) if isinstance(cell, bool) else self.escape(str(cell))
        return _WHOLE_CELLS.get(text, text)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")


COPY = Format("\t", "\\N", _escaped)
"""The text format of PostgreSQL's COPY."""
CELLS = Format("\x1f", "\x00", str)
"""For SQLite: `cells_of` gives the parameters of a statement."""


def cells_of(line: str) -> list[str | None]:
    """Return the cells of a line in the format `CELLS`."""
    return [None if cell == "\x00" else cell for cell in line.split("\x1f")]

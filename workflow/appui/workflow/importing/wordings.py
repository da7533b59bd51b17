"""Wordings: the lists that people write in one cell, each of its parts known by what it stands for. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TypeVar

from appui.workflow.folding import folded

Meaning = TypeVar("Meaning")

_SEPARATORS = re.compile(r"[,;/\n]")
_AND = re.compile(r"\s(?:et|&)\s", re.IGNORECASE)
_AROUND = " \t\u00a0\u202f-–•·*."
"""What stands around a part without being of it: blanks, the dash of a list, a full stop."""
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'"})
_LONGEST = 8
"""Parts that one wording may be made of."""


def meanings(text: str, find: Callable[[str], Meaning | None]) -> Iterator[tuple[str, Meaning | None]]:
    """Yield each part of a list, and what it stands for: what `find` says of it, None when that is nothing.

    Parts are set apart by « , », « ; », « / », a line break, « et » or « & ». A wording with one of these inside is
    known as soon as `find` knows it whole.
    """
    for part, meaning in _runs(text, _SEPARATORS, find):
        finer = _runs(part, _AND, find) if meaning is None else []
        if finer and all(each is not None for _, each in finer):
            yield from finer
        else:
            yield part, meaning


def _runs(
    text: str, separator: re.Pattern[str], find: Callable[[str], Meaning | None]
) -> list[tuple[str, Meaning | None]]:
    """Return the parts of a text, the longest that stand for something first, blank ones left out."""
    cuts = [0, *(cut for found in separator.finditer(text) for cut in found.span()), len(text)]
    spans = list(zip(cuts[::2], cuts[1::2], strict=True))
    found: list[tuple[str, Meaning | None]] = []
    place = 0
    while place < len(spans):
        for stop in range(min(place + _LONGEST, len(spans)), place, -1):
            part = text[spans[place][0] : spans[stop - 1][1]].strip(_AROUND)
            meaning = find(part) if part else None
            if meaning is not None or stop == place + 1:
                break
        if part:
            found.append((part, meaning))
        place = stop
    return found


def fold_words(text: str) -> str:
    """Return what identifies a wording: without case, accents, repeated spaces and the form of its apostrophes."""
    return " ".join(folded(text.translate(_APOSTROPHES)).split())

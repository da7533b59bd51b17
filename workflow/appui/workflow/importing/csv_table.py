"""CSV tables: the records of a text in UTF-8 or Windows-1252, separated by « ; » or « , ». Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Iterator
from itertools import islice

from appui.states.errors import InvalidData
from appui.workflow.formulas import found_again
from appui.workflow.importing.headers import closest, missing
from appui.workflow.importing.records import HEADER_LINES, RECORDS_MAX, Record, Source

_DELIMITERS = ";,"
_HEAD_MAX = 100_000
"""Characters among which the headers are looked for to tell the delimiter."""


def read_csv(content: bytes, *, expected: Collection[str]) -> Source:
    """Return the records of a CSV file, cut after one too many. InvalidData when it is no text, or no such table."""
    text = _decoded(content)
    if not text.strip():
        raise InvalidData([("", "Le fichier est vide.")])
    return Source(list(islice(_records(text, _delimiter(text, expected)), RECORDS_MAX + 1)))


def _decoded(content: bytes) -> str:
    if b"\0" in content:
        text = "Ce fichier n'est pas un tableau CSV : il n'est pas fait de texte en UTF-8 ou en Windows-1252."
        raise InvalidData([("", text)])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _windows(content)


def _windows(content: bytes) -> str:
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        text = f"Le fichier n'est ni en UTF-8 ni en Windows-1252 (ligne {line}) : enregistrez-le en UTF-8."
        raise InvalidData([("", text)]) from error


def _delimiter(text: str, expected: Collection[str]) -> str:
    """Return the delimiter by which a line among the first names most of the expected columns."""
    lines = text[:_HEAD_MAX].splitlines(keepends=True)
    heads = {each: list(islice(_readable(lines, each), HEADER_LINES)) for each in _DELIMITERS}
    return min(heads, key=lambda each: len(missing(closest(heads[each], expected), expected)))


def _readable(lines: Iterable[str], delimiter: str) -> Iterator[Record]:
    try:
        yield from (Record(line, cells) for line, cells in enumerate(csv.reader(lines, delimiter=delimiter), start=1))
    except csv.Error:
        return


def _records(text: str, delimiter: str) -> Iterator[Record]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    start = 1
    try:
        for cells in reader:
            yield Record(start, list(map(found_again, cells)))
            start = reader.line_num + 1
    except csv.Error as error:
        text = (
            "cette ligne ne se lit pas : un guillemet n'est pas refermé, ou une cellule dépasse "
            f"{csv.field_size_limit()} caractères."
        )
        raise InvalidData([(f"ligne {start}", text)]) from error

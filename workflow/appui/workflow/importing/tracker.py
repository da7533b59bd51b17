"""Trackers: the lines of a service's own table, read from the bytes of a CSV file. Pure."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from appui.states.errors import InvalidData
from appui.states.fields import clean_value
from appui.states.procedure import Field
from appui.states.wording import counted, listed
from appui.workflow.documents import FORMATS
from appui.workflow.importing.mapping import FAULTS_MAX, fold_header
from appui.workflow.territories import shown

FILE_MAX_BYTES = 20 << 20
LINES_MAX = 100_000
COLUMNS_MAX = 200

_DELIMITERS = ";,"
_HEADERS_MAX = 100_000


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    line: int
    """Number of its first line in the file, the headers being line 1."""
    cells: Mapping[str, str]
    """Column → what is written there, in the order of the columns; blank cells left out."""


def read_tracker(content: bytes, *, expected: Collection[str]) -> tuple[Row, ...]:
    """Return the lines of a CSV file in UTF-8 or Windows-1252, separated by « ; » or « , »; blank lines left out.

    `expected`: the columns that it must have. InvalidData when it is no such table, or with every fault by line.
    """
    records = _records(_decoded(content), expected)
    headers = _headers(records, expected)
    if len(records) - 1 > LINES_MAX:
        raise InvalidData([("", f"Le tableau compte plus de {LINES_MAX} lignes : partagez-le en plusieurs fichiers.")])
    rows: list[Row] = []
    faults: list[tuple[str, str]] = []
    for line, record in records[1:]:
        wrong = list(_faults_of(record, headers))
        faults += [(f"ligne {line}", text) for text in wrong]
        if not wrong:
            cells = {header: cell.strip() for header, cell in zip(headers, record, strict=False) if cell.strip()}
            rows += [Row(line, cells)] if cells else []
    if faults:
        raise InvalidData(faults[:FAULTS_MAX])
    if not rows:
        raise InvalidData([("", "Le tableau n'a aucune ligne sous ses en-têtes.")])
    return tuple(rows)


def _decoded(content: bytes) -> str:
    if len(content) > FILE_MAX_BYTES:
        raise InvalidData([("", f"Le fichier dépasse {FILE_MAX_BYTES >> 20} Mio : partagez-le en plusieurs fichiers.")])
    kind = next((each.label for each in FORMATS if each.media_type[:5] != "text/" and each.recognises(content)), None)
    if kind is not None:
        text = f"Ce fichier n'est pas un tableau CSV (format reconnu : {kind})"
        raise InvalidData([("", f"{text} ; depuis un tableur, « Enregistrer sous », puis « CSV ».")])
    if b"\0" in content:
        text = "Ce fichier n'est pas un tableau CSV : il n'est pas fait de texte en UTF-8 ou en Windows-1252."
        raise InvalidData([("", text)])
    text = _utf8(content)
    if not text.strip():
        raise InvalidData([("", "Le fichier est vide.")])
    return text


def _utf8(content: bytes) -> str:
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


def _records(text: str, expected: Collection[str]) -> list[tuple[int, list[str]]]:
    """Return (number of the first line, cells) of each record, by the delimiter that finds most expected columns."""
    first = next(iter(text[:_HEADERS_MAX].splitlines()), "")
    delimiter = max(_DELIMITERS, key=lambda each: len({*map(fold_header, _split(first, each))} & {*expected}))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    found: list[tuple[int, list[str]]] = []
    start = 1
    try:
        for record in reader:
            found.append((start, record))
            start = reader.line_num + 1
            if len(found) > LINES_MAX + 1:
                return found
    except csv.Error as error:
        text = (
            "cette ligne ne se lit pas : un guillemet n'est pas refermé, ou une cellule dépasse "
            f"{csv.field_size_limit()} caractères."
        )
        raise InvalidData([(f"ligne {start}", text)]) from error
    return found


def _split(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _headers(records: Sequence[tuple[int, list[str]]], expected: Collection[str]) -> list[str]:
    first = records[0][1]
    if len(first) > COLUMNS_MAX:
        raise InvalidData([("ligne 1", f"Le tableau compte {len(first)} colonnes, {COLUMNS_MAX} au plus.")])
    headers = [fold_header(name) for name in first]
    while headers and not headers[-1]:
        headers.pop()
    faults = [text for name in headers for text in _hidden(name or "-", "en-tête de colonne")]
    twice = [name for name, times in Counter(filter(None, headers)).items() if times > 1]
    if twice:
        faults.append(f"en-tête présent plusieurs fois : {_quoted(twice)} ; chaque colonne doit avoir son nom.")
    missing = [name for name in expected if name not in headers]
    if missing:
        there = _quoted([name for name in headers if name][:20]) or "aucune"
        word = "colonne absente" if len(missing) == 1 else "colonnes absentes"
        faults.append(f"{word} : {_quoted(missing)} ; colonnes trouvées : {there}.")
    if faults:
        raise InvalidData([("ligne 1", text) for text in faults[:FAULTS_MAX]])
    return headers


def _faults_of(record: Sequence[str], headers: Sequence[str]) -> Iterator[str]:
    if any(cell.strip() for cell in record[len(headers) :]):
        yield (
            f"{counted(len(record), 'cellule', 'cellules')} pour {counted(len(headers), 'colonne', 'colonnes')} : "
            "un séparateur de trop, ou un texte à mettre entre guillemets."
        )
        return
    if any(cell.strip() for cell in record) and len(record) < len(headers):
        yield f"{counted(len(record), 'cellule', 'cellules')} seulement pour {len(headers)} colonnes."
        return
    for header, cell in zip(headers, record, strict=False):
        if cell.strip() and not header:
            yield f"du texte sous une colonne sans nom : « {shown(cell.strip())} »."
        yield from _hidden(cell, header)


def _hidden(cell: str, header: str) -> list[str]:
    """Return why a cell cannot be kept: too long, or hiding characters that nobody sees."""
    try:
        clean_value(Field(name="cell", type="paragraph", label=shown(header)), cell, path="", today=date.max)
    except InvalidData as invalid:
        return [text for _, text in invalid.errors]
    return []


def _quoted(names: Sequence[str]) -> str:
    return listed([f"« {shown(name)} »" for name in names])

"""XLSX tables: the records of the one sheet of a workbook that holds the table."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice, takewhile

from openpyxl.utils import get_column_letter

from appui.states.errors import InvalidData
from appui.workflow.importing.headers import closest, fold_header, missing
from appui.workflow.importing.quoting import first_listed, quoted
from appui.workflow.importing.records import COLUMNS_MAX, HEADER_LINES, RECORDS_MAX, Record, Source
from appui.workflow.importing.xlsx_archive import HEAVY, told_if_broken
from appui.workflow.importing.xlsx_workbook import Merged, Rows, Sheet, SheetRow, Workbook
from appui.workflow.territories import shown

TEXT_MAX = 64 << 20
"""Characters of a sheet's cells in all: one text may be shared by a million of them."""

_LAST_COLUMN = get_column_letter(COLUMNS_MAX)


def read_xlsx(content: bytes, *, expected: Collection[str], sheet: str | None) -> Source:
    """Return the records of a sheet, cut after one too many: the one named, else the only one with the columns.

    A merged range says its text once in each of its rows. InvalidData for a file or a choice that gives no sheet.
    """
    with told_if_broken(), warnings.catch_warnings():
        # Openpyxl warns of what it leaves aside; nothing of that is a cell.
        warnings.simplefilter("ignore")
        book = Workbook(content)
        return _only(book, expected) if sheet is None else _source(book, _named(book.sheets, sheet))


def _named(sheets: Sequence[Sheet], name: str) -> Sheet:
    found = next((each for each in sheets if fold_header(each.name) == fold_header(name)), None)
    if found is None:
        there = quoted([each.name for each in sheets])
        raise InvalidData([("", f"Le classeur n'a pas de feuille « {shown(name)} » ; ses feuilles : {there}.")])
    return found


def _only(book: Workbook, expected: Collection[str]) -> Source:
    """Return the only visible sheet that has text, else the only one that has the expected columns."""
    heads = {each: _head(book.rows(each)) for each in book.sheets if not each.hidden}
    written = [each for each, texts in heads.items() if texts]
    if not written:
        raise InvalidData([("", "Le classeur est vide : aucune de ses feuilles visibles ne porte de texte.")])
    if len(written) == 1:
        return _source(book, written[0])
    possible = (each for each in written if all(fold_header(name) in heads[each] for name in expected))
    sources = {each: _source(book, each) for each in possible}
    fit = [each for each, source in sources.items() if not missing(closest(source.records, expected), expected)]
    if len(fit) == 1:
        return sources[fit[0]]
    names = quoted(each.name for each in fit or written)
    if fit:
        what = "ont les colonnes attendues" if expected else "portent du texte"
        raise InvalidData([("", f"Plusieurs feuilles {what}, {names} : nommez celle à lire.")])
    text = f"Aucune des feuilles {names} n'a toutes les colonnes attendues, {quoted(expected)}"
    raise InvalidData([("", f"{text} ; nommez celle à lire pour savoir ce qui y manque.")])


def _head(rows: Iterable[SheetRow]) -> set[str]:
    first = takewhile(lambda row: row.line <= HEADER_LINES, rows)
    return {fold_header(text) for row in first for column, text in row.texts.items() if column <= COLUMNS_MAX}


def _source(book: Workbook, sheet: Sheet) -> Source:
    reader = book.rows(sheet)
    rows = list(islice((row for row in reader if row.texts or row.faults), RECORDS_MAX + 1))
    rows.sort(key=lambda row: row.line)
    columns = sorted({column for row in rows for column in row.texts})
    if columns and columns[-1] > COLUMNS_MAX:
        cell = f"{get_column_letter(columns[-1])}{next(row.line for row in rows if columns[-1] in row.texts)}"
        text = f"La feuille « {shown(sheet.name)} » porte du texte jusqu'à la cellule {cell}"
        raise InvalidData([("", f"{text} : {COLUMNS_MAX} colonnes au plus, c'est-à-dire jusqu'à {_LAST_COLUMN}.")])
    records = list(_records(rows, reader.merged, width=max(columns, default=0)))
    return Source(records, notes=tuple(_notes(book, sheet, reader, rows)))


def _records(rows: Iterable[SheetRow], merged: Iterable[Merged], *, width: int) -> Iterator[Record]:
    """Yield the rows as one sees them: behind a merged range nothing, but its text again in the rows below its first.

    A row that has no text of its own is blank.
    """
    waiting = sorted(merged, key=lambda each: each.top, reverse=True)
    cover: dict[int, tuple[Merged, str]] = {}
    left = TEXT_MAX
    for row in rows:
        while waiting and waiting[-1].top <= row.line:
            each = waiting.pop()
            text = row.texts.get(each.left, "") if each.top == row.line else ""
            cover |= dict.fromkeys(range(each.left, min(each.right, width) + 1), (each, text))
        cover = {column: (each, text) for column, (each, text) in cover.items() if each.bottom >= row.line}
        heads = {column: each for column, (each, _) in cover.items() if column == each.left}
        own = {
            column: text
            for column, text in row.texts.items()
            if column not in cover or (column in heads and heads[column].top == row.line)
        }
        if own or row.faults:
            texts = {column: cover[column][1] for column in heads} | own
            cells = [texts.get(column, "") for column in range(1, width + 1)]
            reach = {column - 1: each.bottom for column, each in heads.items() if each.top == row.line}
            left -= sum(map(len, cells))
            if left < 0:
                raise InvalidData([("", HEAVY)])
            yield Record(row.line, cells, row.faults, reach)


def _notes(book: Workbook, sheet: Sheet, reader: Rows, rows: Sequence[SheetRow]) -> Iterator[str]:
    others = [f"« {shown(each.name)} »{' (masquée)' * each.hidden}" for each in book.sheets if each != sheet]
    if others:
        yield f"Feuille lue : « {shown(sheet.name)} » ; non lues : {first_listed(others)}."
    lines = [str(row.line) for row in rows if row.hidden]
    if lines:
        yield f"Lignes masquées, lues comme les autres : {first_listed(lines)}."
    written = sorted({column for row in rows for column in row.texts})
    columns = [column for column in written if any(column in each for each in reader.hidden_columns)]
    if columns:
        yield f"Colonnes masquées, lues comme les autres : {first_listed([*map(get_column_letter, columns)])}."
    tall = [f"{each.top} à {each.bottom}" for each in reader.merged if each.top < each.bottom]
    if tall:
        yield f"Cellules fusionnées, dont le texte vaut pour chacune de leurs lignes : {first_listed(tall)}."

"""Sheets: tables as plain values, and the files that spreadsheets open. No text in them can act as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import xlsxwriter

from appui.states.wording import NBSP, euros, percent
from appui.workflow.formulas import inert

TEXT, NUMBER, EUROS, SHARE, DAY = "text", "number", "euros", "share", "day"
Cell = str | int | float | date | None

_XLSX_FORMATS = {
    TEXT: {"text_wrap": True, "valign": "top"},
    NUMBER: {"num_format": "#,##0.##", "valign": "top"},
    EUROS: {"num_format": '#,##0.00 "€"', "valign": "top"},
    SHARE: {"num_format": "0.0%", "valign": "top"},
    DAY: {"num_format": "dd/mm/yyyy", "valign": "top"},
}
_CELL_MAX = 32_767
"""What a cell of a workbook holds."""
_WIDEST = 60


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its title and what it holds."""

    title: str
    kind: str = TEXT
    """`text`, `number`, `euros` (in cents), `share` (between 0 and 1) or `day`."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table with a title; None is a blank cell."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


def shown(cell: Cell, kind: str) -> str:
    """Return a cell as a person reads it, empty for None: « 3 000,01 € », « 91,2 % », « 14/09/2021 »."""
    match kind, cell:
        case _, None:
            return ""
        case "euros", int():
            return euros(cell)
        case "share", int() | float():
            return percent(cell)
        case "number", int() | float():
            return f"{cell:g}".replace(".", ",") if isinstance(cell, float) else f"{cell:,}".replace(",", NBSP)
        case _, date():
            return f"{cell:%d/%m/%Y}"
        case _:
            return str(cell)


def to_csv(sheet: Sheet) -> bytes:
    """Return the sheet as French spreadsheets open it: UTF-8 with its mark, « ; », decimal commas."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow([inert(column.title) for column in sheet.columns])
    kinds = [column.kind for column in sheet.columns]
    writer.writerows([_csv_cell(cell, kind) for cell, kind in zip(row, kinds, strict=True)] for row in sheet.rows)
    return text.getvalue().encode("utf-8-sig")


def to_xlsx(sheets: Sequence[Sheet]) -> bytes:
    """Return a workbook, a tab each; titles are frozen and filtered, and no text is a formula or a link."""
    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(content, options) as book:
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        formats = {kind: book.add_format(values) for kind, values in _XLSX_FORMATS.items()}
        for sheet in sheets:
            tab = book.add_worksheet(sheet.title)
            for place, column in enumerate(sheet.columns):
                tab.write_string(0, place, column.title[:_CELL_MAX], head)
                tab.set_column(place, place, _width(sheet, place))
            for number, row in enumerate(sheet.rows, start=1):
                for place, (cell, column) in enumerate(zip(row, sheet.columns, strict=True)):
                    if cell is not None:
                        tab.write(number, place, _in_workbook(cell, column.kind), formats[column.kind])
            tab.freeze_panes(1, 0)
            if sheet.rows:
                tab.autofilter(0, 0, len(sheet.rows), len(sheet.columns) - 1)
    return content.getvalue()


def _in_workbook(cell: Cell, kind: str) -> Cell:
    if isinstance(cell, str):
        return cell[:_CELL_MAX]
    return cell / 100 if kind == EUROS and isinstance(cell, int) else cell


def _csv_cell(cell: Cell, kind: str) -> str:
    if cell is None:
        return ""
    if kind == EUROS and isinstance(cell, int):
        return f"{cell / 100:.2f}".replace(".", ",")
    if isinstance(cell, int | float):
        return f"{cell:.6g}".replace(".", ",") if isinstance(cell, float) else str(cell)
    return f"{cell:%d/%m/%Y}" if isinstance(cell, date) else inert(cell)


def _width(sheet: Sheet, place: int) -> int:
    kind = sheet.columns[place].kind
    texts: Iterable[str] = (shown(row[place], kind) for row in sheet.rows[:200])
    longest = max((len(line) for text in (sheet.columns[place].title, *texts) for line in text.split("\n")), default=8)
    return min(longest + 2, _WIDEST)

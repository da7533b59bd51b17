"""Workbooks: the sheets of an XLSX file and their rows, as openpyxl reads them from a checked archive."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.numbers import BUILTIN_FORMATS, FORMAT_GENERAL, is_date_format, is_timedelta_format
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.utils.escape import unescape
from openpyxl.worksheet._reader import COL_TAG, FORMULA_TAG, ROW_TAG, VALUE_TAG, WorkSheetParser
from openpyxl.xml.constants import ARC_STYLE, SHEET_MAIN_NS
from openpyxl.xml.functions import fromstring, iterparse

from appui.workflow.importing.cells import tidy_cell
from appui.workflow.importing.quoting import first_listed
from appui.workflow.importing.shown_values import shown_value
from appui.workflow.importing.xlsx_archive import CheckedArchive

ROWS_MAX = 1_048_576
"""Rows of a sheet, in every spreadsheet."""
FORMAT_MAX = 255
"""Characters of a format of numbers, in every spreadsheet."""

_SHEET = f"{{{SHEET_MAIN_NS}}}"
_MERGE_TAG = f"{_SHEET}mergeCell"
_TRUE = frozenset({"1", "true"})
_UNCOMPUTED = "uncomputed"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as the list of sheets names it."""

    name: str
    hidden: bool
    part: str
    """Name within the archive."""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """What a sheet writes in one row, by number of the column from 1 on; cells without text are left out."""

    line: int
    hidden: bool
    texts: Mapping[int, str]
    faults: Sequence[str]


@dataclass(frozen=True, slots=True)
class Merged:
    """A merged range, its bounds included."""

    left: int
    top: int
    right: int
    bottom: int


class Workbook:
    """An XLSX file. InvalidData, or whatever openpyxl raises, for one that cannot be read."""

    def __init__(self, content: bytes) -> None:
        # The steps of openpyxl's load_workbook that a table needs: properties, themes and links are often faulty.
        self._reader = ExcelReader(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        self._reader.archive = CheckedArchive(content)
        self._reader.read_manifest()
        self._reader.read_workbook()
        self._reader.read_strings()
        # Once and for all: a long text may be shared by a million cells.
        self._strings = [tidy_cell(unescape(each)) for each in self._reader.shared_strings]
        self._formats = _formats(self._reader.archive)
        self.sheets = tuple(
            Sheet(sheet.name, hidden=sheet.state != "visible", part=relation.target)
            for sheet, relation in self._reader.parser.find_sheets()
            if relation.Type.endswith("/worksheet")
        )

    def rows(self, sheet: Sheet) -> Rows:
        """Return what reads the rows of a sheet, once."""
        part = self._reader.archive.open(sheet.part)
        return Rows(part, self._strings, formats=self._formats, epoch=self._reader.wb.epoch)


class Rows(WorkSheetParser):
    """The rows of a sheet in the file's order; once they are all read, its merged ranges and hidden columns.

    Openpyxl's own sheets hold every cell in memory, and twice to know formulas, or else tell neither what is merged
    nor what is hidden. Hence its parser of rows, though it is no public name.
    """

    def __init__(self, part: IO[bytes], strings: Sequence[str], *, formats: Mapping[int, str], epoch: datetime) -> None:
        super().__init__(
            part,
            strings,
            data_only=True,
            epoch=epoch,
            date_formats={style for style, code in formats.items() if is_date_format(code)},
            timedelta_formats={style for style, code in formats.items() if is_timedelta_format(code)},
        )
        self._formats = formats
        self.merged: list[Merged] = []
        self.hidden_columns: list[range] = []

    def __iter__(self) -> Iterator[SheetRow]:
        for _, element in iterparse(self.source):
            if element.tag == ROW_TAG:
                line, cells = self.parse_row(element)
                yield self._row(line, cells, hidden=element.get("hidden") in _TRUE)
                self.row_dimensions.clear()
                element.clear()
            elif element.tag == COL_TAG and element.get("hidden") in _TRUE:
                self.hidden_columns.append(range(int(element.attrib["min"]), int(element.attrib["max"]) + 1))
            elif element.tag == _MERGE_TAG:
                self.merged.append(Merged(*range_boundaries(element.attrib["ref"])))

    def parse_cell(self, element: Any) -> dict[str, Any]:
        """Return a cell as openpyxl does, with a mark on a formula whose value the file does not keep."""
        cell = super().parse_cell(element)
        if cell["value"] is None and element.find(FORMULA_TAG) is not None:
            # A formula that gives an empty text has an empty value too, and says that it is a text.
            kept = element.find(VALUE_TAG) is not None and element.get("t") == "str"
            cell["data_type"] = "s" if kept else _UNCOMPUTED
        return cell

    def _row(self, line: int, cells: Sequence[Mapping[str, Any]], *, hidden: bool) -> SheetRow:
        if not 1 <= line <= ROWS_MAX:
            raise ValueError(line)
        texts = {each["column"]: self._text(each) for each in cells if each["value"] is not None}
        written = {column: text for column, text in texts.items() if text}
        missing = [f"{get_column_letter(each['column'])}{line}" for each in cells if each["data_type"] == _UNCOMPUTED]
        where = f"Formule sans valeur dans le fichier, en {first_listed(missing)}"
        faults = [f"{where} : ouvrez-le dans un tableur et enregistrez-le."] if missing else []
        return SheetRow(line, hidden=hidden, texts=written, faults=faults)

    def _text(self, cell: Mapping[str, Any]) -> str:
        number_format = self._formats.get(cell["style_id"], FORMAT_GENERAL)
        return tidy_cell(shown_value(cell["value"], number_format=number_format))


def _formats(archive: CheckedArchive) -> dict[int, str]:
    """Return how each style shows numbers; the rest of a style is often faulty, and no matter here."""
    if ARC_STYLE not in archive.namelist():
        return {}
    root = fromstring(archive.read(ARC_STYLE))
    own = root.iterfind(f"{_SHEET}numFmts/{_SHEET}numFmt")
    codes = BUILTIN_FORMATS | {int(each.attrib["numFmtId"]): each.attrib["formatCode"][:FORMAT_MAX] for each in own}
    styles = root.iterfind(f"{_SHEET}cellXfs/{_SHEET}xf")
    return {place: codes.get(int(style.get("numFmtId", 0)), FORMAT_GENERAL) for place, style in enumerate(styles)}

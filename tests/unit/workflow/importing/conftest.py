"""Files as services keep them, made in memory."""

import csv
import io
import zipfile

import pytest
import xlsxwriter
from openpyxl import Workbook

SHEET = "xl/worksheets/sheet1.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def csv_of(rows):
    """Return a CSV file of these rows."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";").writerows(rows)
    return text.getvalue().encode()


def xlsx_of(rows):
    """Return a workbook whose only sheet has these rows."""
    book = Workbook()
    for line, row in enumerate(rows, start=1):
        for column, value in enumerate(row, start=1):
            book.active.cell(line, column, value or None)
    return saved(book)


def saved(book):
    """Return the bytes of an openpyxl workbook."""
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def replaced(content, parts):
    """Return a workbook with other parts: name → its pieces."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as before,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as after,
    ):
        for name in (each for each in before.namelist() if each not in parts):
            after.writestr(name, before.read(name))
        for name, pieces in parts.items():
            with after.open(name, "w") as part:
                for piece in pieces:
                    part.write(piece.encode() if isinstance(piece, str) else piece)
    return buffer.getvalue()


@pytest.fixture(params=[csv_of, xlsx_of], ids=["CSV", "XLSX"])
def make_file(request):
    """Return what makes a file of rows of texts: what is asked of tables holds for both kinds."""
    return request.param


@pytest.fixture
def save():
    """Return what gives the bytes of an openpyxl workbook."""
    return saved


@pytest.fixture
def with_parts():
    """Return what makes a small workbook with other parts, name → its pieces."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Demandeur", "Suite"])
        sheet.write_row(1, 0, ["Niort", "Signée"])
    return lambda parts: replaced(buffer.getvalue(), parts)


@pytest.fixture
def with_sheet(with_parts):
    """Return what makes a workbook whose sheet is made of these pieces of XML."""

    def make(*pieces):
        return with_parts({SHEET: [f'<worksheet xmlns="{MAIN}"><sheetData>', *pieces, "</sheetData></worksheet>"]})

    return make

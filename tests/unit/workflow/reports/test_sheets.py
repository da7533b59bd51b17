"""Files that people open in a spreadsheet: read again by another program, whole, and with nothing that acts."""

import csv
import io
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from appui.workflow.formulas import found_again, inert
from appui.workflow.reports.sheets import (
    DAY,
    EUROS,
    NUMBER,
    SHARE,
    Column,
    Sheet,
    shown,
    to_csv,
    to_xlsx,
)

COLUMNS = (
    Column("Demandeur"),
    Column("Nombre", NUMBER),
    Column("Montant", EUROS),
    Column("Part", SHARE),
    Column("Reçue le", DAY),
)
ROWS = (("Échiré", 12, 300_001, 0.5, date(2021, 9, 14)), ("Niort", None, None, None, None))
SHEET = Sheet("Demandes", COLUMNS, ROWS)
HOSTILE = ("=1+1", "+33 5", "-2", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x","y")', "=cmd|' /C calc'!A0")
TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20)


def rows_of(content):
    """Return the cells of a CSV file, as the standard reader finds them."""
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def cells_of(content, tab=0):
    """Return the cells of a tab, as openpyxl finds them."""
    return [list(row) for row in load_workbook(io.BytesIO(content)).worksheets[tab].iter_rows(values_only=True)]


def test_a_csv_file_opens_in_a_french_spreadsheet():
    """With its mark, semicolons, decimal commas and French days."""
    content = to_csv(SHEET)

    assert content.startswith(b"\xef\xbb\xbf")
    assert rows_of(content) == [
        ["Demandeur", "Nombre", "Montant", "Part", "Reçue le"],
        ["Échiré", "12", "3000,01", "0,5", "14/09/2021"],
        ["Niort", "", "", "", ""],
    ]


def test_a_workbook_holds_numbers_as_numbers_and_days_as_days():
    """A sum can be made of them."""
    content = to_xlsx([SHEET])

    assert cells_of(content) == [
        ["Demandeur", "Nombre", "Montant", "Part", "Reçue le"],
        ["Échiré", 12, 3000.01, 0.5, datetime(2021, 9, 14)],  # noqa: DTZ001 - a cell knows no zone
        ["Niort", None, None, None, None],
    ]


def test_a_workbook_has_a_tab_for_each_table():
    """Under the name of the table."""
    book = load_workbook(io.BytesIO(to_xlsx([SHEET, Sheet("Vide", (Column("Rien"),), ())])))

    assert book.sheetnames == ["Demandes", "Vide"]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_that_looks_like_a_formula_is_inert_in_both_files(text):
    """A title that somebody sent in is never run by who opens the register."""
    sheet = Sheet("Titres", (Column(text),), ((text,),))
    book = load_workbook(io.BytesIO(to_xlsx([sheet])))
    cells = [cell for row in book.worksheets[0].iter_rows() for cell in row]

    assert [(cell.value, cell.data_type) for cell in cells] == [(text, "s")] * 2
    assert {cell.hyperlink for cell in cells} == {None}
    assert rows_of(to_csv(sheet)) == [[f"'{text}"], [f"'{text}"]]


@given(st.builds(str.__add__, st.sampled_from(["", "'", "=", "'=", "''+", "-"]), TEXT))
def test_what_was_made_inert_is_found_again(text):
    """A sheet that goes out comes back in as it was; nothing that could act ever goes out."""
    assert found_again(inert(text)) == text
    assert not inert(text).startswith(("=", "+", "-", "@", "\t", "\r"))


@given(st.lists(st.tuples(TEXT, TEXT), max_size=5))
def test_any_text_is_read_again_by_another_program(rows):
    """Quotes, semicolons, line separators, emoji and right-to-left marks included."""
    sheet = Sheet("Textes", (Column("a"), Column("b")), tuple(rows))

    assert [[found_again(cell) for cell in row] for row in rows_of(to_csv(sheet))[1:]] == [list(row) for row in rows]
    assert [[cell or "" for cell in row] for row in cells_of(to_xlsx([sheet]))[1:]] == [list(row) for row in rows]


@pytest.mark.parametrize(
    ("cell", "kind", "text"),
    [
        (300_001, EUROS, "3\u202f000,01\xa0€"),
        (0.912, SHARE, "91,2\xa0%"),
        (1, SHARE, "100,0\xa0%"),
        (12_345, NUMBER, "12\xa0345"),
        (2.5, NUMBER, "2,5"),
        (3.0, NUMBER, "3"),
        (date(2021, 9, 14), DAY, "14/09/2021"),
        (None, EUROS, ""),
        ("Échiré", "text", "Échiré"),
    ],
)
def test_cells_are_shown_as_french_readers_expect_them(cell, kind, text):
    """Thousands apart, decimal commas, the unit behind."""
    assert shown(cell, kind) == text

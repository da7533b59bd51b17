"""What was made to harm gets one sentence, soon, and takes no more memory than a large table."""

import io
import tracemalloc
import zipfile
from datetime import date

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from appui.states.errors import InvalidData
from appui.workflow.importing.records import COLUMNS_MAX, LINES_MAX
from appui.workflow.importing.tables import read_table
from appui.workflow.importing.xlsx_archive import CheckedArchive, Limits

MIB = 1 << 20
MEMORY_MAX = 64 * MIB
"""Half of what a table of 100,000 lines and 10 columns takes."""
SHEET = "xl/worksheets/sheet1.xml"
STYLES = "xl/styles.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
ENTITIES = ['<!ENTITY a0 "ha">', *(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))]
BOMB = f"<!DOCTYPE x [{''.join(ENTITIES)}]><x>&a9;</x>"
HEADERS = "<row><c t='inlineStr'><is><t>Demandeur</t></is></c></row>"
HEAVY = "trop lourd"


def fault_of(content, **options):
    """Return the one sentence on a file that cannot be taken."""
    with pytest.raises(InvalidData) as refusal:
        read_table(content, expected=["Demandeur"], **options)
    [(_, sentence)] = refusal.value.errors
    return sentence


def table_or_faults(content):
    """Return the table of a file, or what is said of it."""
    try:
        return read_table(content, expected=["Demandeur"])
    except InvalidData as refusal:
        return refusal.errors


def zipped(parts):
    """Return a zip of these parts: name → content."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def small():
    """The parts of a small workbook with a day and a merged range: name → content."""
    book = Workbook()
    for line in (["Demandeur", "Reçue le"], ["Niort", date(2021, 9, 14)], [None, 0.5]):
        book.active.append(line)
    book.active.merge_cells("A2:A3")
    buffer = io.BytesIO()
    book.save(buffer)
    with zipfile.ZipFile(buffer) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def memory():
    """Return the most bytes that Python has held at once since this was last asked."""

    def peak():
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        return most

    tracemalloc.start()
    yield peak
    tracemalloc.stop()


def sheet(*pieces):
    """Return a part with the rows of a sheet."""
    return {SHEET: [f'<worksheet xmlns="{MAIN}"><sheetData>', *pieces, "</sheetData></worksheet>"]}


def many(piece, mebibytes):
    """Return that many MiB of the same piece of XML."""
    return [piece * (MIB // len(piece))] * mebibytes


BOMBS = {
    "300 MiB of rows": sheet(HEADERS, *[f"<row x='{'x' * 1000}'/>" * (MIB // 1000)] * 300),
    "300 MiB in a picture": {"xl/media/image1.png": many("x", 300)},
    "cells in one row": sheet("<row>", *many("<c/>", 20), "</row>"),
    "elements outside rows": sheet(HEADERS, *many("<x/>", 20)),
    "comments": sheet(HEADERS, *many("<!-- -->", 20)),
    "instructions": sheet(HEADERS, *many("<?x x?>", 20)),
    "sections": sheet(HEADERS, *many("<![CDATA[]]>", 20)),
    "one text": sheet(HEADERS, "<row><c t='inlineStr'><is><t>", *many("x", 20), "</t></is></c></row>"),
    "one attribute": sheet(HEADERS, "<row r='", *many("1", 20), "'/>"),
    "pieces of one shared text": {
        "xl/sharedStrings.xml": [f'<sst xmlns="{MAIN}"><si>', *many("<r/>", 20), "</si></sst>"]
    },
    "styles": {STYLES: [f'<styleSheet xmlns="{MAIN}"><cellXfs>', *many("<xf/>", 10), "</cellXfs></styleSheet>"]},
    "styles in one piece": {
        STYLES: [f'<styleSheet xmlns="{MAIN}">', *many(" <x y=''/>" + " " * 999, 20), "</styleSheet>"]
    },
}
"""What is swollen → the parts of the workbook."""


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_told_within_bounded_memory(with_parts, memory, bomb):
    """Whatever is swollen in a small file, reading stops at a limit."""
    content = with_parts(BOMBS[bomb])
    memory()

    assert HEAVY in fault_of(content)
    assert memory() < MEMORY_MAX


@pytest.mark.parametrize(
    ("limit", "parts"),
    [
        ({"entries": 99}, sheet("<row/>" * 100)),
        ({"entries": 99}, {SHEET: [f'<sst xmlns="{MAIN}">', "<si/>" * 100, "</sst>"]}),
        ({"burst": 99}, sheet("<row>", "<c/>" * 100, "</row>")),
        ({"markup": 99}, sheet("<row><c/></row>" * 50)),
        ({"unpacked": 99}, sheet("<row/>")),
        ({"run": 99}, sheet("<row>", "x" * 100, "</row>")),
        ({"whole": 99}, sheet()),
        ({"parts": 9}, {f"xl/{number}.xml": ["<x/>"] for number in range(10)}),
    ],
    ids=["rows", "shared texts", "burst", "markup", "unpacked", "run", "whole", "parts"],
)
def test_each_limit_stops_the_reading(with_parts, limit, parts):
    """One more than the limit is one too many."""
    with pytest.raises(InvalidData, match=HEAVY):
        CheckedArchive(with_parts(parts), limits=Limits(**limit)).read(SHEET)


def test_a_part_read_again_counts_again(with_parts):
    """A hundred sheets may be one and the same part."""
    archive = CheckedArchive(with_parts({}), limits=Limits(markup=100))

    with pytest.raises(InvalidData, match=HEAVY):
        assert not [archive.read(SHEET) for _ in range(100)]


def test_sizes_that_the_zip_declares_are_not_believed(with_parts):
    """A part that says that it is small is measured all the same."""
    content = with_parts(sheet(HEADERS, *many("<x/>", 20)))
    real = zipfile.ZipFile(io.BytesIO(content)).getinfo(SHEET).file_size.to_bytes(4, "little")

    assert "abîmé ou incomplet" in fault_of(content.replace(real, (500).to_bytes(4, "little")))


@pytest.mark.parametrize("part", [SHEET, STYLES, "xl/workbook.xml", "xl/sharedStrings.xml", "[Content_Types].xml"])
def test_an_entity_bomb_is_told(with_parts, part):
    """No part of a workbook may declare what its text stands for."""
    assert "DOCTYPE" in fault_of(with_parts({part: [BOMB]}))


def test_openpyxl_refuses_entities_by_itself(with_parts):
    """With defusedxml beside it, a second lock behind ours."""
    with pytest.raises(ValueError, match="could not read workbook") as refusal:
        openpyxl.load_workbook(io.BytesIO(with_parts({"xl/workbook.xml": [BOMB]})))

    assert type(refusal.value.__cause__).__name__ == "EntitiesForbidden"


def test_a_cell_at_the_end_of_the_sheet_is_told_without_reading_a_million_rows(save, memory):
    """Somebody's finger slipped: the cell is named."""
    book = Workbook()
    book.active["A1"] = "Demandeur"
    book.active["XFD1048576"] = "x"
    content = save(book)
    memory()

    assert "jusqu'à la cellule XFD1048576 : 200 colonnes au plus" in fault_of(content)
    assert memory() < MEMORY_MAX


def test_a_cell_in_the_last_row_is_a_line_like_any_other(save, memory):
    """A million blank rows lie between, and none is kept."""
    book = Workbook()
    book.active["A1"] = "Demandeur"
    book.active["A1048576"] = "Niort"
    content = save(book)
    memory()
    [row] = read_table(content, expected=["Demandeur"]).rows

    assert row.line == 1_048_576
    assert memory() < MEMORY_MAX


def test_a_merged_range_over_the_whole_sheet_is_not_unfolded(with_parts, memory):
    """Seventeen billion cells, in one line of the file."""
    cells = "</sheetData><mergeCells><mergeCell ref='A1:XFD1048576'/></mergeCells><sheetData>"
    content = with_parts(sheet(HEADERS, cells))
    memory()

    assert "aucune ligne" in fault_of(content)
    assert memory() < MEMORY_MAX


def test_columns_hidden_without_end_are_not_counted_one_by_one(with_parts):
    """A file may say that the first thousand billion columns are hidden."""
    columns = f"<cols><col min='1' max='{10**12}' hidden='1'/></cols>"
    content = with_parts(
        {SHEET: [f'<worksheet xmlns="{MAIN}">{columns}<sheetData>{HEADERS}{HEADERS}</sheetData></worksheet>']}
    )

    assert read_table(content, expected=["Demandeur"]).notes == ("Colonnes masquées, lues comme les autres : A.",)


def test_merged_ranges_by_the_hundred_thousand_are_told(with_parts):
    """They are no table."""
    ranges = "<mergeCell ref='A1:XFD1048576'/>" * 1000

    assert HEAVY in fault_of(with_parts(sheet(HEADERS, "</sheetData><mergeCells>", *[ranges] * 201, "</mergeCells>")))


@pytest.fixture
def make_shared(with_parts):
    """Return what makes a workbook whose lines all share one text."""

    def make(text, *, lines):
        texts = f'<sst xmlns="{MAIN}"><si><t>Demandeur</t></si><si><t>{text}</t></si></sst>'
        rows = "<row><c t='s'><v>1</v></c></row>" * lines
        return with_parts({"xl/sharedStrings.xml": [texts]} | sheet("<row><c t='s'><v>0</v></c></row>", rows))

    return make


def test_a_long_text_shared_by_many_cells_is_kept_once(make_shared, memory):
    """A few bytes a cell in the file, and in memory."""
    content = make_shared("€" * 19_000 + "\r\n ", lines=3000)
    memory()

    assert len(read_table(content, expected=["Demandeur"]).rows) == 3000
    assert memory() < MEMORY_MAX


def test_a_long_text_shared_by_too_many_cells_is_told(make_shared):
    """Each of them would have to be read through."""
    assert HEAVY in fault_of(make_shared("x" * 30_000, lines=3000))


def test_too_many_columns_are_told(with_parts):
    """Seventeen thousand: more than a spreadsheet has."""
    cells = "<c t='inlineStr'><is><t>Demandeur</t></is></c>" * 17_000

    assert f"{COLUMNS_MAX} colonnes au plus" in fault_of(with_parts(sheet(f"<row>{cells}</row>")))


def test_too_many_lines_are_told(with_parts):
    """Two hundred thousand."""
    rows = "<row><c t='inlineStr'><is><t>Niort</t></is></c></row>" * 1000

    assert f"plus de {LINES_MAX} lignes" in fault_of(with_parts(sheet(HEADERS, *[rows] * 200)))


def test_links_to_other_workbooks_are_not_followed(with_parts):
    """Neither read nor asked for."""
    rels = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    book = (
        f'<workbook xmlns="{MAIN}" xmlns:r="{rels}"><sheets><sheet name="Suivi" sheetId="1" r:id="rId1"/></sheets>'
        '<externalReferences><externalReference r:id="rId9"/></externalReferences></workbook>'
    )

    assert read_table(with_parts({"xl/workbook.xml": [book]}), expected=["Demandeur"]).rows


def test_the_strict_form_of_workbooks_is_told(with_parts):
    """A spreadsheet offers two forms of .xlsx; the rarer one is named."""
    strict = '<workbook xmlns="http://purl.oclc.org/ooxml/spreadsheetml/main"/>'

    assert "Strict Open XML" in fault_of(with_parts({"xl/workbook.xml": [strict]}))


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.99])
def test_a_truncated_workbook_is_told(with_parts, kept):
    """A download that stopped."""
    content = with_parts({})

    assert "abîmé ou incomplet" in fault_of(content[: int(len(content) * kept)])


@pytest.mark.parametrize(
    "parts",
    [
        {SHEET: ["<worksheet>"]},
        sheet("<row><c t='s'><v>99</v></c></row>"),
        sheet("<row><c><v>douze</v></c></row>"),
        sheet("<row r='0'><c><v>1</v></c></row>"),
        sheet("<row><c r='99'><v>1</v></c></row>"),
        {"xl/workbook.xml": ["<workbook/>"]},
    ],
    ids=["cut", "unknown text", "no number", "row 0", "no column", "no sheet"],
)
def test_a_workbook_that_contradicts_itself_gets_a_sentence(with_parts, parts):
    """Whatever openpyxl stumbles over."""
    assert fault_of(with_parts(parts))


@given(st.data())
def test_a_damaged_workbook_gives_a_table_or_a_sentence(small, data):
    """Nothing that is sent ends in a traceback."""
    name = data.draw(st.sampled_from(sorted(small)))
    part = bytearray(small[name])
    for _ in range(data.draw(st.integers(1, 4))):
        part[data.draw(st.integers(0, len(part) - 1))] = data.draw(st.integers(32, 126))

    assert table_or_faults(zipped(small | {name: bytes(part)}))


@given(st.data())
def test_a_damaged_archive_gives_a_table_or_a_sentence(small, data):
    """Nor does what a bad disk makes of a file."""
    content = bytearray(zipped(small))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))

    assert table_or_faults(bytes(content))

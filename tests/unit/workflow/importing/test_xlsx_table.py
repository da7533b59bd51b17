"""A workbook is read as whoever opens it sees it."""

import io
import zipfile
from datetime import date, datetime, time

import pytest
import xlsxwriter
from openpyxl import Workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from appui.states.errors import InvalidData
from appui.workflow.importing.tables import read_table

EXPECTED = ("Demandeur", "Suite")
DAY = date(2021, 9, 14)


def inline(text):
    """Return a cell of text, in XML."""
    return f"<c t='inlineStr'><is><t>{text}</t></is></c>"


HEADERS = f"<row>{''.join(map(inline, EXPECTED))}</row>"


def table(content, **options):
    """Return the table of a workbook."""
    return read_table(content, **{"expected": EXPECTED, **options})


def fault_of(content, **options):
    """Return the one sentence on a workbook that cannot be taken."""
    with pytest.raises(InvalidData) as refusal:
        table(content, **options)
    [(_, sentence)] = refusal.value.errors
    return sentence


@pytest.fixture
def book():
    """A workbook with the headers of a tracker."""
    book = Workbook()
    book.active.title = "Suivi"
    book.active.append(EXPECTED)
    return book


@pytest.fixture
def written():
    """Return what makes a workbook with XlsxWriter, by a function that fills its sheet."""

    def make(fill):
        buffer = io.BytesIO()
        with xlsxwriter.Workbook(buffer) as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, EXPECTED)
            fill(sheet)
        return buffer.getvalue()

    return make


def applicants(found):
    """Return (line, applicant) of each row."""
    return [(row.line, row.cells.get("Demandeur")) for row in found.rows]


def test_a_merged_commune_names_each_of_its_requests(book, save):
    """One cell over three requests is the applicant of all three."""
    for line in (["Niort", "Signée"], [None, "Perdue"], [None, "Autre"], ["Thouars", "Signée"]):
        book.active.append(line)
    book.active.merge_cells("A2:A4")
    found = table(save(book))

    assert applicants(found) == [(2, "Niort"), (3, "Niort"), (4, "Niort"), (5, "Thouars")]
    assert found.notes == ("Cellules fusionnées, dont le texte vaut pour chacune de leurs lignes : 2 à 4.",)


def test_a_line_that_a_merged_cell_merely_crosses_is_blank(book, save):
    """The commune's cell is taller than its requests: nobody asked a third time."""
    book.active.append(["Niort", "Signée"])
    book.active.append([None, "Perdue"])
    book.active.merge_cells("A2:A4")

    assert [line for line, _ in applicants(table(save(book)))] == [2, 3]


def test_what_a_merged_cell_covers_is_not_read(book, save):
    """Merging may leave texts behind that nobody sees."""
    for line in (["Niort", "Signée"], ["Ancienne", "Perdue"], ["Oubliée", None]):
        book.active.append(line)
    book.active.merged_cells.add("A2:A4")

    assert applicants(table(save(book))) == [(2, "Niort"), (3, "Niort")]


def test_merged_titles_do_no_harm(save):
    """A title over all columns is no header."""
    book = Workbook()
    for line in (["Suivi des demandes"], [], EXPECTED, ["Niort", "Signée"]):
        book.active.append(line)
    book.active.merge_cells("A1:F2")

    assert applicants(table(save(book))) == [(4, "Niort")]


def test_headers_merged_over_two_lines_end_at_the_second(save):
    """The lower line holds the finer headers of some other column."""
    book = Workbook()
    for line in ([*EXPECTED, "Montants", None], [None, None, "prévu", "payé"], ["Niort", "Signée", 1, 2]):
        book.active.append(line)
    for merged in ("A1:A2", "B1:B2", "C1:D1"):
        book.active.merge_cells(merged)
    content = save(book)

    assert applicants(table(content, expected=[*EXPECTED, "payé"])) == [(3, "Niort")]
    assert [line for line, _ in table(content).faults] == [3]


def test_the_only_sheet_with_the_columns_is_read(book, save):
    """Lists of choices and summaries stand in other sheets."""
    book.active.append(["Niort", "Signée"])
    book.create_sheet("Bilan").append(["Demandeur", "Nombre"])
    book.create_sheet("Listes").append(EXPECTED)
    book["Listes"].sheet_state = "hidden"
    found = table(save(book))

    assert applicants(found) == [(2, "Niort")]
    assert found.notes == ("Feuille lue : « Suivi » ; non lues : « Bilan » et « Listes » (masquée).",)


@pytest.fixture
def two_sheets(book, save):
    """A workbook with a year a sheet, and a hidden one."""
    book.active.append(["Niort", "Signée"])
    for name in ("Suivi 2022", "Archives"):
        book.create_sheet(name).append(EXPECTED)
        book[name].append([name, "Signée"])
    book["Archives"].sheet_state = "veryHidden"
    return save(book)


def test_several_sheets_that_fit_are_named(two_sheets):
    """Nobody guesses which year is meant."""
    assert "« Suivi » et « Suivi 2022 » : nommez celle à lire" in fault_of(two_sheets)


@pytest.mark.parametrize("name", ["Suivi 2022", "suivi 2022", "Archives"])
def test_the_sheet_that_one_names_is_read(two_sheets, name):
    """Even a hidden one: whoever names it knows of it."""
    [(_, applicant)] = applicants(table(two_sheets, sheet=name))

    assert applicant.casefold() == name.casefold()


def test_a_sheet_that_does_not_exist_is_told_those_that_do(two_sheets):
    """The sentence says what to choose from."""
    assert "ses feuilles : « Suivi », « Suivi 2022 » et « Archives »" in fault_of(two_sheets, sheet="2023")


def test_no_sheet_that_fits_is_told_what_was_looked_for(two_sheets):
    """The columns expected are named, and so are the sheets."""
    told = fault_of(two_sheets, expected=["Commune"])

    assert "« Suivi » et « Suivi 2022 »" in told
    assert "« Commune »" in told


def test_one_sheet_with_text_is_told_what_it_lacks(book, save):
    """Beside the empty sheets that a spreadsheet adds by itself."""
    book.create_sheet("Feuil2")

    assert "Colonne absente : « Commune »" in fault_of(save(book), expected=["Commune"])


@pytest.mark.parametrize("hidden", [False, True])
def test_an_empty_workbook_gets_a_sentence(book, save, hidden):
    """It has no text, or only where nobody looks."""
    if hidden:
        book.active.sheet_state = "hidden"
        book.create_sheet("Feuil1")
    else:
        book.active.delete_rows(1)

    assert "Le classeur est vide" in fault_of(save(book))


def test_hidden_rows_and_columns_are_read_and_told(book, save):
    """A filter left on must not lose requests."""
    for line in (["Niort", "Signée"], ["Thouars", "Signée"]):
        book.active.append(line)
    book.active.row_dimensions[3].hidden = True
    for column in "BF":
        book.active.column_dimensions[column].hidden = True
    found = table(save(book))

    assert applicants(found) == [(2, "Niort"), (3, "Thouars")]
    assert found.notes == (
        "Lignes masquées, lues comme les autres : 3.",
        "Colonnes masquées, lues comme les autres : B.",
    )


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (3500.0, "General", "3500"),
        (0.5, "0%", "50\u00a0%"),
        (1004, "00000", "01004"),
        (True, "General", "VRAI"),
        (datetime.combine(DAY, time()), "dd/mm/yyyy", "14/09/2021"),
        (datetime.combine(DAY, time()), "mmm-yy", "14/09/2021"),
        (DAY, "[$-40C]d mmmm yyyy", "14/09/2021"),
        (datetime.combine(DAY, time(10, 30)), "dd/mm/yyyy hh:mm", "14/09/2021 10:30"),
        (time(9, 5), "hh:mm", "09:05"),
        ("14 sept. 2021", "dd/mm/yyyy", "14 sept. 2021"),
        ("ligne 1\nligne 2", "General", "ligne 1\nligne 2"),
        ("A_x000D_\nB", "General", "A\nB"),
        (CellRichText("Appui ", TextBlock(InlineFont(b=True), "urgent")), "General", "Appui urgent"),
    ],
)
def test_values_are_read_as_they_are_shown(book, save, value, number_format, text):
    """Numbers, days and texts, whatever their make-up."""
    book.active.append(["Niort", value])
    book.active["B2"].number_format = number_format

    assert table(save(book)).rows[0].cells["Suite"] == text


def test_days_of_the_other_calendar_are_the_same_days(book, save):
    """Old workbooks of the Macintosh count from 1904."""
    book.epoch = CALENDAR_MAC_1904
    book.active.append(["Niort", datetime.combine(DAY, time())])

    assert table(save(book)).rows[0].cells["Suite"] == "14/09/2021"


def test_line_breaks_in_headers_do_not_count(save):
    """Headers are often broken to keep columns narrow."""
    book = Workbook()
    book.active.append(["Demandeur", "Suite\ndonnée"])
    book.active.append(["Niort", "Signée"])

    assert table(save(book), expected=["Suite donnée"]).rows[0].cells["Suite donnée"] == "Signée"


def test_shared_texts_of_another_writer_are_read(written):
    """XlsxWriter keeps texts in a part of their own, as spreadsheets do."""
    assert applicants(table(written(lambda sheet: sheet.write_row(1, 0, ["Niort", "Signée"])))) == [(2, "Niort")]


@pytest.mark.parametrize(("value", "kept"), [("Signée", "Signée"), (12.5, "12,5"), (0, "0")])
def test_a_formula_stands_for_the_value_that_the_file_keeps(written, value, kept):
    """What was computed when the workbook was last saved."""

    def fill(sheet):
        sheet.write(1, 0, "Niort")
        sheet.write_formula(1, 1, '=IF(A1="","",A1)', None, value)

    [row] = table(written(fill)).rows

    assert row.cells["Suite"] == kept


def test_a_formula_that_gives_an_empty_text_is_a_blank_cell(with_sheet):
    """=IF(A1="";"";A1) shows nothing, and that is its value."""
    formula = '<c t="str"><f>IF(A9="","",A9)</f><v></v></c>'
    found = table(with_sheet(HEADERS, f"<row>{inline('Niort')}{formula}</row>"))

    assert [dict(row.cells) for row in found.rows] == [{"Demandeur": "Niort"}]


def test_a_formula_without_a_value_is_a_fault_of_its_line(book, save):
    """A program wrote it, no spreadsheet has computed it yet."""
    for line in (["Niort", "=A1"], ["Thouars", "Signée"]):
        book.active.append(line)
    found = table(save(book))

    assert found.faults == (
        (2, "Formule sans valeur dans le fichier, en B2 : ouvrez-le dans un tableur et enregistrez-le."),
    )
    assert applicants(found) == [(3, "Thouars")]


def test_a_total_that_nobody_computed_is_still_a_total(book, save):
    """What is left out needs no value."""
    for line in (["Niort", "Signée"], ["Total", None, "=SUM(C2:C2)"]):
        book.active.append(line)

    assert not table(save(book), blank_in_totals=["Suite"]).faults


@pytest.mark.parametrize("error", ["#REF!", "#N/A", "#DIV/0!"])
def test_an_error_is_a_fault_of_its_line(written, error):
    """What shows #REF! says nothing any more."""
    found = table(written(lambda sheet: sheet.write_formula(1, 1, "=A1", None, error)))

    assert found.faults == ((2, f"« Suite » affiche {error} : corrigez la formule, ou videz la cellule."),)


def test_a_hidden_character_is_a_fault_of_its_line(book, save):
    """A text that reads backwards deceives whoever reads it."""
    book.active.append(["Niort", "\u202eeéngiS"])
    [(line, sentence)] = table(save(book)).faults

    assert line == 2
    assert "U+202E" in sentence


def test_readings_of_characters_are_left_aside(with_sheet):
    """Some spreadsheets keep how a text is pronounced beside it."""
    text = "<is><t>Niort</t><rPh sb='0' eb='1'><t>nioʁ</t></rPh><phoneticPr fontId='1'/></is>"
    content = with_sheet(HEADERS, f"<row><c t='inlineStr'>{text}</c></row>")

    assert applicants(table(content)) == [(2, "Niort")]


@pytest.mark.parametrize(
    ("part", "xml"),
    [
        ("docProps/core.xml", "<coreProperties><created>hier</created></coreProperties>"),
        ("xl/theme/theme1.xml", "pas de thème"),
        (
            "xl/styles.xml",
            '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
            '<fonts><font><sz val="grand"/></font></fonts><fills><fill/></fills></styleSheet>',
        ),
    ],
    ids=["properties", "theme", "styles"],
)
def test_faults_of_dress_do_not_stop_a_workbook(with_parts, part, xml):
    """Programs that write workbooks often get these wrong; spreadsheets open them all the same."""
    assert applicants(table(with_parts({part: [xml]}))) == [(2, "Niort")]


def test_macros_do_not_stop_a_workbook(with_parts):
    """A workbook with macros holds the same table; nobody runs them."""
    with zipfile.ZipFile(io.BytesIO(with_parts({}))) as archive:
        types = archive.read("[Content_Types].xml").decode()
    office = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main"
    content = with_parts(
        {"[Content_Types].xml": [types.replace(office, "application/vnd.ms-excel.sheet.macroEnabled.main")]}
    )

    assert applicants(table(content)) == [(2, "Niort")]

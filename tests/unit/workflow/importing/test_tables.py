"""A table is read as the service keeps it; what is no such table gets sentences that say where and why."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from appui.states.errors import InvalidData
from appui.workflow.importing.records import COLUMNS_MAX, LINES_MAX
from appui.workflow.importing.tables import FILE_MAX_BYTES, headers_of, read_table

EXPECTED = ("Demandeur", "Suite")
HEADERS = "Demandeur;Suite\n"


def table(content, **options):
    """Return the table of a file."""
    return read_table(content, **{"expected": EXPECTED, **options})


def rows(text, *, encoding="utf-8"):
    """Return the lines of a CSV text."""
    return table(text.encode(encoding)).rows


def plain(sentence):
    """Return a sentence with ordinary spaces."""
    return sentence.replace("\u00a0", " ")


def faults_of(content, **options):
    """Return what is said of a file that cannot be taken at all."""
    with pytest.raises(InvalidData) as refusal:
        table(content if isinstance(content, bytes) else content.encode(), **options)
    return [plain(f"{path} : {sentence}" if path else sentence) for path, sentence in refusal.value.errors]


def table_or_faults(content):
    """Return the table of a file, or what is said of it."""
    try:
        return table(content)
    except InvalidData as refusal:
        return refusal.errors


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", ","])
def test_encodings_and_delimiters_of_spreadsheets_are_read_alike(encoding, delimiter):
    """Excel and LibreOffice save the same table in several ways."""
    text = f"Demandeur{delimiter}Suite\nÉchiré{delimiter}Signée\n"

    assert dict(rows(text, encoding=encoding)[0].cells) == {"Demandeur": "Échiré", "Suite": "Signée"}


def test_a_comma_in_a_cell_does_not_cut_it_when_semicolons_separate():
    """« Évaluation engagée, ingénierie gratuite » is one cell."""
    assert rows(f"{HEADERS}Niort;Engagée, gratuite\n")[0].cells["Suite"] == "Engagée, gratuite"


def test_each_line_keeps_its_number_in_the_file():
    """Whoever corrects the file finds the line, even after one that goes over several."""
    found = rows(f'{HEADERS}"Échiré\nmairie";Signée\n;\n\nAubigny;Signée\n')

    assert [row.line for row in found] == [2, 6]


def test_blank_cells_and_lines_are_left_out(make_file):
    """What is not said is not kept as if it were."""
    found = table(make_file([EXPECTED, ["Niort", " "], ["", ""], ["Aubigny", "Signée"]])).rows

    assert [(row.line, *row.cells) for row in found] == [(2, "Demandeur"), (4, *EXPECTED)]


def test_empty_columns_at_the_end_do_not_matter():
    """Spreadsheets often add some."""
    assert len(rows("Demandeur;Suite;;\nNiort;Signée;;\n")) == 1


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "vide"),
        ("\ufeff".encode(), "vide"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image PNG"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "image JPEG"),
        (b"%PDF-1.7 rien", "PDF"),
        (b"Demandeur;\0Suite", "pas un tableau CSV"),
        (HEADERS.encode("utf-16"), "pas un tableau CSV"),
        (HEADERS.encode() + b"\x81\x8d;x\n", "ni en UTF-8 ni en Windows-1252 (ligne 2)"),
        (HEADERS.encode(), "aucune ligne"),
        (b"x" * (FILE_MAX_BYTES + 1), "20 Mio"),
        (HEADERS.encode() + b";\n" * (LINES_MAX + 1), f"plus de {LINES_MAX} lignes"),
        (b"Demandeur" + b";" * COLUMNS_MAX, f"{COLUMNS_MAX} au plus"),
        ("Demandeur;Suite;Suite\nx;y;z\n", "En-tête présent plusieurs fois : « Suite »"),
        ("Demandeur;Objet\nx;y\n", "Colonne absente : « Suite » ; colonnes trouvées : « Demandeur » et « Objet »"),
        ("Demandeur;Su\x07ite\nx;y\n", "caractère invisible (U+0007)"),
    ],
    ids=[
        "empty",
        "byte order mark",
        "PNG",
        "JPEG",
        "PDF",
        "NUL",
        "UTF-16",
        "other encoding",
        "headers only",
        "too large",
        "too many lines",
        "too many columns",
        "header twice",
        "missing column",
        "hidden in header",
    ],
)
def test_what_is_no_table_gets_a_sentence(content, part):
    """The sentence names what was found, and what would be right."""
    assert any(part in fault for fault in faults_of(content))


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("Niort;Signée;trop", "3 cellules pour 2 colonnes"),
        ("Niort", "1 cellule seulement"),
        (f"Niort;{'x' * 20_001}", "20001 caractères"),
        ("Niort;Sign\x1bée", "caractère invisible (U+001B)"),
        ("Niort;\u202eeéngiS", "caractère invisible (U+202E)"),
        ("Niort;#N/A", "« Suite » affiche #N/A"),
        ("Niort;#VALEUR!", "« Suite » affiche #VALEUR!"),
    ],
    ids=["too many cells", "too few cells", "long cell", "escape", "reversed text", "error", "error in French"],
)
def test_a_faulty_line_is_told_and_does_not_stop_the_others(line, part):
    """The sentence says which line to correct; a caller may take the rest."""
    found = table(f"{HEADERS}Échiré;Signée\n{line}\nAubigny;Signée\n".encode())
    [(number, sentence)] = found.faults

    assert number == 3
    assert part in plain(sentence)
    assert [row.line for row in found.rows] == [2, 4]


@pytest.mark.parametrize(
    ("line", "part"),
    [('"Niort;Signée', "guillemet"), (f"Niort;{'x' * 10_000_000}", "cellule dépasse")],
    ids=["open quote", "10 MB cell"],
)
def test_a_line_that_swallows_the_others_stops_the_file(line, part):
    """Nobody knows where the next one would begin."""
    [fault] = faults_of(f"{HEADERS}Échiré;Signée\n{line}\n")

    assert fault.startswith("ligne 3 : ")
    assert part in fault


def test_text_under_a_nameless_column_is_a_fault(make_file):
    """It would be lost without a word."""
    assert table(make_file([["Demandeur", "", "Suite"], ["Niort", "urgent", "Signée"]])).faults == (
        (2, "Du texte sous une colonne sans nom : « urgent »."),
    )


def test_headers_are_found_under_titles(make_file):
    """A title, a day and a blank line often stand above the table."""
    found = table(make_file([["Suivi des demandes"], ["", "au 14/09/2021"], [], EXPECTED, ["Niort", "Signée"]]))

    assert [(row.line, dict(row.cells)) for row in found.rows] == [(5, {"Demandeur": "Niort", "Suite": "Signée"})]
    assert found.notes == ("Les en-têtes sont à la ligne 4 : ce qui est écrit au-dessus n'est pas lu.",)


def test_headers_below_the_first_lines_are_not_looked_for(make_file):
    """A file without headers does not take some line far down for them."""
    assert "colonnes trouvées : « Titre »" in faults_of(make_file([["Titre"], *[[]] * 29, EXPECTED, ["Niort", "x"]]))[0]


def test_the_line_that_lacks_the_fewest_columns_is_the_one_told(make_file):
    """Whoever misspelt one header is told that one."""
    assert faults_of(make_file([["Suivi"], ["Demandeur", "Suites"], ["Niort", "Signée"]])) == [
        "ligne 2 : Colonne absente : « Suite » ; colonnes trouvées : « Demandeur » et « Suites »."
    ]


def test_case_spaces_and_apostrophes_of_headers_do_not_count(make_file):
    """The caller's name stands for the column, whatever its letters are in the file."""
    content = make_file([["DEMANDEUR ", "Date\nd’envoi"], ["Niort", "14/09/2021"]])
    found = table(content, expected=["Demandeur", "date d'envoi"])

    assert found.headers == ("Demandeur", "date d'envoi")
    assert dict(found.rows[0].cells) == {"Demandeur": "Niort", "date d'envoi": "14/09/2021"}


def test_headers_that_differ_by_case_alone_are_the_same_twice(make_file):
    """Nobody could tell which one is meant."""
    [fault] = faults_of(make_file([["Demandeur", "Suite", "SUITE"], ["x", "y", "z"]]))

    assert "En-tête présent plusieurs fois : « Suite »" in fault


def test_other_columns_are_kept_and_named(make_file):
    """What the service writes beside is not lost, and one learns that it had no use."""
    content = make_file([["Demandeur", "Suite", "Visa", "Montant"], ["Niort", "Signée", "vu", "12"]])
    found = table(content, optional=["Montant"])

    assert found.rows[0].cells["Visa"] == "vu"
    assert (found.extra, found.notes) == (("Visa",), ())


def test_headers_are_found_when_nobody_knows_which_of_many_there_will_be(make_file):
    """Below a title, under the names of the file: enough of them are usual ones."""
    content = make_file([["Plaquette", ""], ["Structure", "Site web"], ["Agence", "x"]])

    assert headers_of(content, among=["Nom", "Structure", "Nature"]) == ("Structure", "Site web")
    assert headers_of(content, among=["Nature"]) == ("Plaquette",)


def test_headers_of_a_workbook_with_several_sheets_are_those_of_the_one_named(save):
    """Nobody guesses which of two is meant."""
    book = Workbook()
    book.active.title = "Notice"
    book["Notice"].append(["Lisez-moi"])
    book.create_sheet("Fiches").append(["Nom", "Nature"])
    content = save(book)

    assert headers_of(content, among=["Nom"], sheet="Fiches") == ("Nom", "Nature")
    with pytest.raises(InvalidData, match="Plusieurs feuilles portent du texte, « Notice » et « Fiches » : nommez"):
        headers_of(content, among=["Nom"])


@pytest.mark.parametrize(
    "first", ["Total", "TOTAL GÉNÉRAL", "Sous-total", "Total des demandes :", "Ensemble", "Totaux", "Total CC et agglo"]
)
def test_totals_are_left_out_and_told(make_file, first):
    """A line that sums up the others is no request."""
    content = make_file([["Demandeur", "Suite", "Nombre"], ["Niort", "Signée", "2"], [first, "", "2"]])
    found = table(content, optional=["Nombre"], blank_in_totals=["Suite"])

    assert [row.line for row in found.rows] == [2]
    assert found.notes == (f"Totaux, laissés de côté : ligne 3 (« {first} »).",)


@pytest.mark.parametrize(
    ("line", "blank"),
    [
        (["Total", "Signée"], ["Suite"]),
        (["Total", ""], []),
        (["Totalement", ""], ["Suite"]),
        (["Niort", ""], ["Suite"]),
    ],
    ids=["something said", "no column to tell it", "another word", "another line"],
)
def test_what_may_be_a_request_is_no_total(make_file, line, blank):
    """Nothing is left out on its first word alone."""
    assert len(table(make_file([EXPECTED, line]), blank_in_totals=blank).rows) == 1


def test_a_sheet_cannot_be_asked_of_a_text():
    """It has none: whoever names one holds another file."""
    assert "n'a pas de feuille" in faults_of(f"{HEADERS}Niort;Signée\n", sheet="Suivi")[0]


@given(st.binary(max_size=300))
def test_any_bytes_give_lines_or_sentences(content):
    """Nothing that is sent ends in a traceback."""
    assert table_or_faults(content)


@given(st.text(max_size=100))
def test_any_cells_give_lines_or_sentences(text):
    """Whatever stands under good headers is read, or refused in words."""
    assert table_or_faults(f"{HEADERS}{text}".encode("utf-8", "surrogatepass"))

"""A tracker is read as the service keeps it; what is no such table gets sentences that say where and why."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appui.states.errors import InvalidData
from appui.workflow.importing.tracker import COLUMNS_MAX, FILE_MAX_BYTES, LINES_MAX, read_tracker

EXPECTED = ("Demandeur", "Suite")
HEADERS = "Demandeur;Suite\n"


def read(text, *, encoding="utf-8"):
    """Return the lines of a tracker."""
    content = text if isinstance(text, bytes) else text.encode(encoding)
    return read_tracker(content, expected=EXPECTED)


def faults_of(text):
    """Return what is said of a file that cannot be taken."""
    with pytest.raises(InvalidData) as refusal:
        read(text)
    said = [f"{path} : {sentence}" if path else sentence for path, sentence in refusal.value.errors]
    return [sentence.replace("\u00a0", " ") for sentence in said]


def read_or_faults(content):
    """Return the lines of a file, or what is said of it."""
    try:
        return read(content)
    except InvalidData as refusal:
        return refusal.errors


def workbook():
    """Return the least file that is an Excel workbook."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("[Content_Types].xml", f'<Types><Override ContentType="{kind}"/></Types>')
    return buffer.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", ","])
def test_encodings_and_delimiters_of_spreadsheets_are_read_alike(encoding, delimiter):
    """Excel and LibreOffice save the same table in several ways."""
    text = f"Demandeur{delimiter}Suite\nÉchiré{delimiter}Signée\n"

    assert dict(read(text, encoding=encoding)[0].cells) == {"Demandeur": "Échiré", "Suite": "Signée"}


def test_a_comma_in_a_cell_does_not_cut_it_when_semicolons_separate():
    """« Évaluation engagée, ingénierie gratuite » is one cell."""
    assert read(f"{HEADERS}Niort;Engagée, gratuite\n")[0].cells["Suite"] == "Engagée, gratuite"


def test_each_line_keeps_its_number_in_the_file():
    """Whoever corrects the file finds the line, even after one that goes over several."""
    rows = read(f'{HEADERS}"Échiré\nmairie";Signée\n;\n\nAubigny;Signée\n')

    assert [row.line for row in rows] == [2, 6]


def test_blank_cells_are_left_out():
    """What is not said is not kept as if it were."""
    assert "Suite" not in read(f"{HEADERS}Niort; \n")[0].cells


def test_empty_columns_at_the_end_do_not_matter():
    """Spreadsheets often add some."""
    assert len(read("Demandeur;Suite;;\nNiort;Signée;;\n")) == 1


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "vide"),
        ("\ufeff".encode(), "vide"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image PNG"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "image JPEG"),
        (workbook(), "Excel"),
        (b"%PDF-1.7 rien", "PDF"),
        (b"Demandeur;\0Suite", "pas un tableau CSV"),
        (HEADERS.encode("utf-16"), "pas un tableau CSV"),
        (HEADERS.encode() + b"\x81\x8d;x\n", "ni en UTF-8 ni en Windows-1252 (ligne 2)"),
        (HEADERS.encode(), "aucune ligne"),
        (b"x" * (FILE_MAX_BYTES + 1), "20 Mio"),
        (HEADERS.encode() + b";\n" * (LINES_MAX + 1), f"plus de {LINES_MAX} lignes"),
        (b"Demandeur" + b";" * COLUMNS_MAX, f"{COLUMNS_MAX} au plus"),
        ("Demandeur;Suite;Suite\nx;y;z\n", "en-tête présent plusieurs fois : « Suite »"),
        ("Demandeur;Objet\nx;y\n", "colonne absente : « Suite » ; colonnes trouvées : « Demandeur » et « Objet »"),
        ("Demandeur;Su\x07ite\nx;y\n", "caractère invisible (U+0007)"),
    ],
    ids=[
        "empty",
        "byte order mark",
        "PNG",
        "JPEG",
        "workbook",
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
def test_what_is_no_tracker_gets_a_sentence(content, part):
    """The sentence names what was found, and what would be right."""
    assert any(part in fault for fault in faults_of(content))


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("Niort;Signée;trop", "3 cellules pour 2 colonnes"),
        ("Niort", "1 cellule seulement"),
        ('"Niort;Signée', "guillemet"),
        (f"Niort;{'x' * 10_000_000}", "cellule dépasse"),
        (f"Niort;{'x' * 20_001}", "20001 caractères"),
        ("Niort;Sign\x1bée", "caractère invisible (U+001B)"),
        ("Niort;\u202eeéngiS", "caractère invisible (U+202E)"),
    ],
    ids=["too many cells", "too few cells", "open quote", "10 MB cell", "long cell", "escape", "reversed text"],
)
def test_a_faulty_line_is_named(line, part):
    """The sentence says which line to correct."""
    fault = next(fault for fault in faults_of(f"{HEADERS}Échiré;Signée\n{line}\n") if part in fault)

    assert fault.startswith("ligne 3 : ")


def test_text_under_a_nameless_column_is_a_fault():
    """It would be lost without a word."""
    assert faults_of("Demandeur;;Suite\nNiort;urgent;Signée\n") == [
        "ligne 2 : du texte sous une colonne sans nom : « urgent »."
    ]


@given(st.binary(max_size=300))
def test_any_bytes_give_lines_or_sentences(content):
    """Nothing that is sent ends in a traceback."""
    assert read_or_faults(content)


@given(st.text(max_size=100))
def test_any_cells_give_lines_or_sentences(text):
    """Whatever stands under good headers is read, or refused in words."""
    assert read_or_faults(f"{HEADERS}{text}".encode("utf-8", "surrogatepass"))

"""Refused lines are left in a file that is corrected and imported again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appui.workflow.importing.refusals import Refused, refusals_file, without_refusals
from appui.workflow.importing.tables import Row, Table, read_table

HEADERS = ("Nom", "Téléphone")


def again(content, *, expected=HEADERS):
    """Return the table that a file of refusals gives when it is imported again."""
    return without_refusals(read_table(content, expected=expected))


def test_a_refused_line_stands_under_its_own_headers_with_its_number_and_the_reason():
    """As a French spreadsheet opens it."""
    content = refusals_file(HEADERS, [Refused(7, {"Nom": "Agence; (fictive)"}, "Sans téléphone.")])

    assert content.decode("utf-8") == ('\ufeffNom;Téléphone;Ligne;Motif\r\n"Agence; (fictive)";;7;Sans téléphone.\r\n')


@pytest.mark.parametrize("text", ["+33 5 00 00 00 01", "=1+1", "@a", "-1", "'=1", "d'ici"])
def test_what_looks_like_a_formula_is_inert_and_given_back(text):
    """A telephone that begins with « + » does nothing in a spreadsheet, and is itself again when imported."""
    content = refusals_file(HEADERS, [Refused(2, {"Nom": "A", "Téléphone": text}, "x")])

    assert f";{text};" not in content.decode() or text == "d'ici"
    assert again(content).rows == (Row(2, {"Nom": "A", "Téléphone": text}),)


def test_a_file_of_refusals_imported_again_loses_its_two_columns():
    """Nor does it keep them from one correction to the next."""
    once = again(refusals_file(HEADERS, [Refused(7, {"Nom": "A"}, "Sans téléphone.")]))
    twice = again(refusals_file(once.headers, [Refused(2, once.rows[0].cells, "Encore.")]))

    assert once.headers == twice.headers == HEADERS
    assert once.extra == ()
    assert twice.rows == (Row(2, {"Nom": "A"}),)


def test_a_line_that_could_not_be_read_leaves_only_its_reason():
    """It is corrected in the first file; here it says nothing when imported again."""
    content = refusals_file(HEADERS, [Refused(3, {}, "Illisible."), Refused(4, {"Nom": "B"}, "x")])

    assert [row.cells for row in again(content).rows] == [{"Nom": "B"}]


def test_columns_of_ones_own_that_bear_the_same_names_are_kept():
    """A tracker may well have a « motif » of its own."""
    headers = ("Nom", "motif", "Ligne")
    content = refusals_file(headers, [Refused(7, {"Nom": "A", "motif": "le mien", "Ligne": "12"}, "Non.")])
    found = again(content, expected=headers)

    assert content.decode("utf-8-sig").startswith("Nom;motif;Ligne;Ligne de l'import;Motif de l'import\r\n")
    assert found.headers == headers
    assert found.rows[0].cells == {"Nom": "A", "motif": "le mien", "Ligne": "12"}


@pytest.mark.parametrize("headers", [("Nom", "Motif"), ("Nom", "Ligne"), ("Motif", "Ligne"), ("Ligne", "Motif", "Nom")])
def test_any_other_table_is_left_as_it_is(headers):
    """Only a file that ends with both columns is one of refusals."""
    table = Table(headers, (Row(2, dict.fromkeys(headers, "'=1")),), ())

    assert without_refusals(table) is table


@given(st.text(alphabet=st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), min_size=1))
def test_any_text_comes_back(text):
    """Whatever stands in a cell is the same after the round."""
    table = again(refusals_file(HEADERS, [Refused(2, {"Nom": "x", "Téléphone": text.strip()}, "Non.")]))

    assert table.rows[0].cells.get("Téléphone", "") == text.strip()

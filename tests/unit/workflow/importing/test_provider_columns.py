"""The columns of a catalogue are known by the headers that people write."""

import pytest

from appui.states.errors import InvalidData
from appui.workflow.importing.provider_columns import COLUMNS, FIELD_LABELS, recognised
from appui.workflow.providers import LABELS


@pytest.mark.parametrize(
    ("header", "field"),
    [(header, field) for field, headers in COLUMNS.items() for header in headers if field not in ("name", "kind")]
    + [
        ("THEMATIQUES", "themes"),
        ("Thématique", "themes"),
        ("Thématiques (une ou plusieurs)", "themes"),
        ("Domaine d’intervention", "themes"),
        ("  tél  ", "phone"),
        ("E-MAIL", "email"),
        ("Modalité", "conditions"),
    ],
)
def test_a_column_is_known_whatever_its_case_accents_and_number(header, field):
    """« Thématique », « THEMATIQUES » and « Thématiques (une ou plusieurs) » say the same."""
    assert recognised(["Nom", "Nature", header]) == {"name": "Nom", "kind": "Nature", field: header}


@pytest.mark.parametrize("field", ["name", "kind"])
def test_the_name_and_the_nature_too_have_several_names(field):
    """Structure or organisation, type or status."""
    others = {"name": "Nom", "kind": "Nature"}
    for header in COLUMNS[field]:
        found = {**others, field: header}

        assert recognised(list(found.values())) == found


def test_columns_that_say_nothing_of_a_sheet_are_left_out():
    """A website has no place in the catalogue."""
    assert "Site web" not in recognised(["Nom", "Nature", "Site web"]).values()


def test_two_columns_for_the_same_are_told():
    """Nobody guesses which one is right."""
    with pytest.raises(InvalidData) as refusal:
        recognised(["Nom", "Structure", "Type", "Mail", "Courriel"])

    assert [text for _, text in refusal.value.errors] == [
        "Deux colonnes disent le nom : « Nom » et « Structure » ; gardez-en une, ou dites laquelle est la bonne "
        "par une correspondance (--mapping).",
        "Deux colonnes disent le courriel : « Mail » et « Courriel » ; gardez-en une, ou dites laquelle est la bonne "
        "par une correspondance (--mapping).",
    ]


def test_a_file_without_name_or_nature_is_told_what_would_be_right():
    """The sentence says which headers were looked for, and which were found."""
    with pytest.raises(InvalidData) as refusal:
        recognised(["Raison sociale", "Ville"])

    [(_, name), (_, kind)] = refusal.value.errors
    assert name == (
        "Aucune colonne ne dit le nom : attendu « Nom », « Structure » ou « Organisme », ou une correspondance "
        "(--mapping) ; colonnes trouvées : « Raison sociale » et « Ville »."
    )
    assert "Aucune colonne ne dit la nature" in kind


def test_everything_that_a_sheet_says_has_headers_and_a_name():
    """What is added to a sheet is added here too."""
    assert COLUMNS.keys() == FIELD_LABELS.keys() == {"id", *LABELS}

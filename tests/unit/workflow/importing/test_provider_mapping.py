"""A small file says how a service's own catalogue is to be read; whatever is wrong with it is said at once."""

import pytest

from appui.states.errors import InvalidData
from appui.workflow.importing.mapping_file import FILE_MAX_BYTES
from appui.workflow.importing.provider_mapping import parse_provider_mapping

THEMES = {"mobility": "Mobilité", "tourism": "Tourisme"}
WHOLE = """
source = "Plaquette (fictive)"
[columns]
name = "Raison sociale"
kind = "Famille"
phone = "Standard"
[themes]
"Se déplacer" = "mobility"
[territories]
"Le Bocage" = "epci:200040244"
"""


def parse(text):
    """Return the mapping of a text."""
    return parse_provider_mapping(text if isinstance(text, bytes) else text.encode(), themes=THEMES)


def faults_of(text):
    """Return what is said of a mapping that cannot be taken."""
    with pytest.raises(InvalidData) as refusal:
        parse(text)
    return dict(refusal.value.errors)


def test_a_mapping_names_columns_and_words():
    """The service's own headers and words, with what they mean here."""
    mapping = parse(WHOLE)

    assert mapping.source == "Plaquette (fictive)"
    assert mapping.columns == {"name": "Raison sociale", "kind": "Famille", "phone": "Standard"}
    assert mapping.themes == {"se deplacer": "mobility"}
    assert mapping.territories == {"le bocage": "epci:200040244"}


def test_words_may_be_left_out():
    """A service that writes our words says only its columns."""
    mapping = parse(WHOLE.partition("[themes]")[0])

    assert (mapping.themes, mapping.territories) == ({}, {})


@pytest.mark.parametrize(
    ("text", "path", "part"),
    [
        (WHOLE.replace("source", "sourc"), "sourc", "vouliez-vous dire « source » ?"),
        (WHOLE.replace("source =", "x ="), "source", "clé obligatoire absente."),
        (WHOLE.replace("phone", "telephone"), "columns.telephone", "vouliez-vous dire « phone » ?"),
        (WHOLE.replace('kind = "Famille"', ""), "columns.kind", "clé obligatoire absente."),
        (WHOLE.replace('"Famille"', '""'), "columns.kind", "Champ obligatoire"),
        (WHOLE.replace('"Famille"', "7"), "columns.kind", "attend un texte"),
        (WHOLE.replace("[columns]", "[colonnes]"), "columns", "attendu une table champ = colonne"),
        (WHOLE.replace('"mobility"', '"mobilty"'), "themes.Se déplacer", "« Mobilité » (mobility)"),
        (WHOLE.replace('"epci:200040244"', '"79"'), "territories.Le Bocage", "« department:79 »"),
        (
            WHOLE.replace("[territories]", '"SE  DÉPLACER" = "tourism"\n[territories]'),
            "themes.SE  DÉPLACER",
            "cette formulation est donnée deux fois.",
        ),
        ('source = "x"\nthemes = 1\n[columns]\nname = "a"\nkind = "b"', "themes", "attendu une table [themes]"),
        ("source = \nx", "", "n'est pas du TOML valide (ligne 1, colonne 10)"),
        (b'source = "\xff"', "", "n'est pas en UTF-8 (ligne 1)"),
        (b"#" * (FILE_MAX_BYTES + 1), "", "trop grand"),
    ],
)
def test_each_fault_is_named_at_its_key(text, path, part):
    """Whoever writes the mapping knows where to look."""
    assert part in faults_of(text)[path]


def test_every_fault_is_named_at_once():
    """It is corrected in one go."""
    text = WHOLE.replace("source =", "x =").replace("phone", "fone").replace('"mobility"', '"x"')

    assert set(faults_of(text)) == {"x", "source", "columns.fone", "themes.Se déplacer"}

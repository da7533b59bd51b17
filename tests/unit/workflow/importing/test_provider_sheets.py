"""The lines of a catalogue's file become sheets, or are refused with every reason."""

import pytest

from appui.workflow.importing.provider_columns import COLUMNS
from appui.workflow.importing.provider_mapping import ProviderMapping
from appui.workflow.importing.provider_sheets import Terms, read_sheets, slug
from appui.workflow.importing.tables import Row
from appui.workflow.providers import LABELS, Provider

THEMES = {
    "mobility": "Mobilité",
    "access_to_services": "Accès aux équipements, à la santé, au numérique",
    "culture": "Offre culturelle",
}
WHOLE = {
    "id": "agence",
    "name": "Agence (fictive)",
    "kind": "agence",
    "themes": "Mobilité",
    "territories": "Deux-Sèvres",
    "contact": "Accueil",
    "email": "agence@exemple.invalid",
    "phone": "05 00 00 00 01",
    "conditions": "Gratuite\npour les communes",
}


def read(*lines, columns=tuple(COLUMNS), mapping=None):
    """Return what lines say, the first being line 2; each is given by what a sheet says."""
    terms = Terms({field: field for field in columns}, mapping or ProviderMapping(), THEMES, "79")
    rows = (Row(number, {name: text for name, text in line.items() if text}) for number, line in enumerate(lines, 2))
    return read_sheets(rows, terms)


def provider_of(**changes):
    """Return the provider that a sound line tells."""
    [found] = read({**WHOLE, **changes})

    assert found.faults == ()

    return found.sheet.provider


def faults_of(**changes):
    """Return why a line is refused."""
    [found] = read({**WHOLE, **changes})
    return list(found.faults)


def test_a_line_becomes_a_sheet():
    """Everything that it says, as it is kept."""
    [found] = read(WHOLE)

    assert found.sheet.provider == Provider(
        "agence", "Agence (fictive)", "agence", ("mobility",), ("department:79",), "agence@exemple.invalid",
        "Accueil", "05 00 00 00 01", "Gratuite\npour les communes",
    )  # fmt: skip
    assert (found.sheet.said, found.sheet.named, found.note) == (frozenset(LABELS), True, "")


def test_a_column_that_is_not_there_says_nothing():
    """What the file does not speak of is not said to be empty."""
    [found] = read(WHOLE, columns=("name", "kind", "phone"))

    assert found.sheet.said == {"name", "kind", "phone"}
    assert found.sheet.provider.id == "agence-fictive"
    assert not found.sheet.named


def test_blank_themes_and_territory_are_understood_and_said():
    """All themes, and the département of the file: whoever imports is told so."""
    [found] = read({**WHOLE, "themes": "", "territories": ""})

    assert (found.sheet.provider.themes, found.sheet.provider.territories) == ((), ("department:79",))
    assert found.note == "toutes thématiques, faute d'être précisées, territoire par défaut : Deux-Sèvres"


@pytest.mark.parametrize(
    ("written", "themes"),
    [
        ("mobility", ("mobility",)),
        ("MOBILITE", ("mobility",)),
        ("Accès aux équipements, à la santé, au numérique ; Offre culturelle", ("access_to_services", "culture")),
        ("mobilité / Offre culturelle\nmobilité", ("mobility", "culture")),
        ("Toutes", ()),
        ("Toutes les thématiques", ()),
        ("Mobilité, toutes", ()),
    ],
)
def test_themes_are_known_by_identifier_or_label(written, themes):
    """Folded, several to a cell, « toutes » for all of them."""
    assert provider_of(themes=written).themes == themes


def test_an_unknown_theme_is_refused_with_the_nearest():
    """« Numérique » is a part of one of ours, and « pêche » of none."""
    [near, far] = faults_of(themes="Numérique, mobilité, pêche")

    assert near.startswith("Thématique inconnue : « Numérique » ; vouliez-vous dire « Accès aux équipements")
    assert far.startswith("Thématique inconnue : « pêche » ; attendu ")


@pytest.mark.parametrize(
    ("written", "territories"),
    [
        ("CC du Thouarsais et Niort", ("epci:247900798", "commune:79191")),
        ("Deux-Sèvres, Vienne", ("department:79", "department:86")),
        ("79 / 86", ("department:79", "department:86")),
        ("arrondissement de Bressuire ; Nouvelle-Aquitaine", ("arrondissement:791", "region:75")),
        ("France entière", ("nation",)),
    ],
)
def test_territories_are_known_as_people_write_them(written, territories):
    """Several to a cell, those of the département first."""
    assert provider_of(territories=written).territories == territories


def test_a_territory_that_is_unknown_or_unsure_is_refused():
    """Neither a village of nowhere nor one of two places is guessed."""
    [unknown, unsure] = faults_of(territories="Trifouillis, La Réunion")

    assert unknown.startswith("Territoire inconnu : « Trifouillis »")
    assert "« La Réunion » peut être" in unsure


def test_a_mapping_gives_other_words_their_meaning():
    """« Se déplacer » is a theme there, « Le Bocage » an EPCI."""
    mapping = ProviderMapping(themes={"se deplacer": "mobility"}, territories={"le bocage": "epci:200040244"})
    [found] = read({**WHOLE, "themes": "Se déplacer, Offre culturelle", "territories": "le BOCAGE"}, mapping=mapping)

    assert found.sheet.provider.themes == ("mobility", "culture")
    assert found.sheet.provider.territories == ("epci:200040244",)


def test_every_reason_of_a_refusal_is_told():
    """The line is corrected in one go."""
    faults = faults_of(kind="", themes="pêche", territories="zut", email="x", phone="appelez")

    assert [each.split(":", maxsplit=1)[0].strip() for each in faults] == [
        "Thématique inconnue", "Territoire inconnu", "Champ obligatoire", "« Courriel » ne peut pas être « x »",
        "« Téléphone » ne peut pas être « appelez »",
    ]  # fmt: skip


def test_hard_spaces_in_a_number_and_lines_in_a_contact_are_tidied():
    """Spreadsheets and letters are full of them."""
    found = provider_of(phone="05\u00a000\u202f00 00\n01", contact="Mme Accueil\n bureau 2 ", name="Agence\u00a0 B")

    assert (found.phone, found.contact, found.name) == ("05 00 00 00 01", "Mme Accueil, bureau 2", "Agence B")


@pytest.mark.parametrize(
    ("name", "identifier"),
    [
        ("CAUE des Deux-Sèvres", "caue-des-deux-sevres"),
        ("  L’Œuvre & Cie (79) ", "l-oeuvre-cie-79"),
        ("★", ""),
        ("A" * 300, "a" * 100),
        ("a" * 99 + " b", "a" * 99),
    ],
)
def test_a_name_makes_a_stable_identifier(name, identifier):
    """Plain letters and digits, the same at every import."""
    assert slug(name) == identifier


def test_a_name_without_letters_needs_an_identifier():
    """Nothing can be made of a star."""
    assert faults_of(id="", name="★") == [
        "Aucun identifiant ne peut être tiré de ce nom : donnez-en un dans une colonne « Identifiant »."
    ]


def test_a_line_without_a_name_is_told_once():
    """The identifier that would be made of it is not missed as well."""
    assert faults_of(id="", name="") == ["Champ obligatoire : « Nom »."]


def test_the_same_name_twice_refuses_both():
    """Nobody can tell which line is which."""
    first, second, third = read(
        {**WHOLE, "id": ""}, {**WHOLE, "id": "", "name": "AGENCE (fictive)"}, {**WHOLE, "id": "", "name": "Autre"}
    )

    assert first.faults == (
        "Même nom que la ligne 3 : donnez à chacun son identifiant, dans une colonne « Identifiant ».",
    )
    assert second.faults == (
        "Même nom que la ligne 2 : donnez à chacun son identifiant, dans une colonne « Identifiant ».",
    )
    assert third.faults == ()


def test_the_same_name_twice_is_two_bodies_when_both_have_identifiers():
    """Two « Agence » that are known apart."""
    assert [each.faults for each in read(WHOLE, {**WHOLE, "id": "autre"})] == [(), ()]


@pytest.mark.parametrize("identifier", ["agence", "AGENCE"])
def test_the_same_identifier_twice_refuses_both(identifier):
    """Whatever its case: two identifiers that differ by a capital are a slip."""
    first, second = read(WHOLE, {**WHOLE, "id": identifier, "name": "Autre"})

    assert "est aussi celui de la ligne 3" in first.faults[0]
    assert "est aussi celui de la ligne 2" in second.faults[0]


def test_two_names_that_make_the_same_identifier_are_told():
    """« CAUE 79 » and « CAUE-79 » would be one."""
    first, second = read({**WHOLE, "id": "", "name": "CAUE 79"}, {**WHOLE, "id": "", "name": "CAUE-79"})

    assert first.faults[0].startswith("L'identifiant « caue-79 » est aussi celui de la ligne 3")
    assert second.faults[0].startswith("L'identifiant « caue-79 » est aussi celui de la ligne 2")

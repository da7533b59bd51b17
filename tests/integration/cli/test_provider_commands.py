"""The catalogue of providers on the command line: who can help, how to reach them, on which terms."""

import pytest

FIELDS = {"id", "name", "kind", "themes", "territories", "email", "contact", "phone", "conditions"}


@pytest.fixture
def catalogue(house):
    """A base with a few fictive providers."""
    house.done(
        "provider", "add", "atelier", "Atelier (fictif)", "bureau", "--theme", "culture",
        "--territory", "commune:79049", "--contact", "Mme Atelier", "--email", "atelier@exemple.invalid",
        "--phone", "05 00 00 00 02", "--conditions", "Gratuit\npour les communes",
    )  # fmt: skip
    house.done("provider", "add", "operateur", "Opérateur (fictif)", "opérateur", "--territory", "nation")
    return house


def test_the_list_says_how_to_reach_them(catalogue):
    """Whoever looks for help wants a name, an address and a number."""
    page = catalogue.done("provider", "list")

    for part in ("Mme Atelier", "atelier@exemple.invalid", "05 00 00 00 02", "Bressuire (commune)", "Offre culturelle"):
        assert part in page
    assert "toutes thématiques" in page


def test_the_nearest_come_first_in_a_territory(catalogue):
    """The commune's own workshop, the département's CAUE, then the national operator."""
    found = catalogue.read("provider", "list", "--theme", "culture", "--territory", "commune:79049")

    assert [each["id"] for each in found] == ["atelier", "caue79", "operateur"]


def test_words_are_looked_for(catalogue):
    """« gratuit » stands in the conditions of one."""
    assert [each["id"] for each in catalogue.read("provider", "list", "--text", "GRATUIT")] == ["atelier"]
    assert "Aucun prestataire ne convient." in catalogue.done("provider", "list", "--text", "introuvable")


def test_an_empty_catalogue_says_how_to_fill_it(empty_house):
    """The first to look is told what to do."""
    assert "« appui provider add »" in empty_house.done("provider", "list")


def test_a_sheet_is_shown_whole(catalogue):
    """Each thing that the sheet says, and what it does not say."""
    page = catalogue.done("provider", "show", "atelier")

    for line in ("Atelier (fictif)", "Mme Atelier", "Gratuit\n", "pour les communes", "Offre culturelle"):
        assert line in page
    assert "non précisé" in catalogue.done("provider", "show", "operateur")


def test_sheets_are_given_as_json(catalogue):
    """Other programs read the catalogue."""
    [first, *_] = catalogue.read("provider", "list")
    shown = catalogue.read("provider", "show", "atelier")

    assert set(first) == set(shown) == FIELDS
    assert shown["territories"] == ["commune:79049"]
    assert shown["conditions"] == "Gratuit\npour les communes"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["list", "--theme", "mobilty"], "« Mobilité » (mobility)"),
        (["list", "--territory", "79"], "« department:79 » (Deux-Sèvres)"),
        (["show", "atelie"], "vouliez-vous dire « atelier » ?"),
        (["show", "\x1b[31m"], "« appui provider list » donne les identifiants."),
        (["add", "x", "X", "bureau", "--theme", "peche"], "Thématique inconnue : « peche »"),
        (["add", "x", "X", "bureau", "--territory", "departement:79"], "« department:79 » (Deux-Sèvres)"),
        (["add", "x", "X", "bureau", "--phone", "appelez-nous"], "« Téléphone » ne peut pas être"),
        (["add", "x", "X", "bureau", "--contact", "\x1b[31mrouge"], "« Contact » contient un caractère invisible"),
        (["add", "x", "X", "bureau", "--conditions", "y" * 20_001], "« Conditions » compte"),
    ],
    ids=lambda words: " ".join(words)[:40] if isinstance(words, list) else None,
)
def test_what_cannot_be_is_told_and_changes_nothing(catalogue, words, sentence):
    """One French sentence, with what may have been meant."""
    before = catalogue.read("provider", "list")
    result = catalogue.run("provider", *words)

    assert (result.exit_code, result.stdout) == (1, "")
    assert sentence in " ".join(result.stderr.split())
    assert "\x1b" not in result.stderr
    assert catalogue.read("provider", "list") == before

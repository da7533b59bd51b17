"""What people write for a territory is understood, and never guessed when several fit."""

import pytest

from appui.workflow.territory_names import near_territories, territories_called, why_not_territory


@pytest.mark.parametrize(
    ("written", "territory"),
    [
        ("Deux-Sèvres", "department:79"),
        ("DEUX SEVRES", "department:79"),
        ("79", "department:79"),
        ("Deux-Sèvres (79)", "department:79"),
        ("le département", "department:79"),
        ("département de la Vienne", "department:86"),
        ("2a", "department:2A"),
        ("CC du Thouarsais", "epci:247900798"),
        ("communauté de communes du Thouarsais", "epci:247900798"),
        ("200041317", "epci:200041317"),
        ("Niort", "commune:79191"),
        ("Bressuire", "commune:79049"),
        ("arrondissement de Bressuire", "arrondissement:791"),
        ("arrondissement de Poitiers", "arrondissement:863"),
        ("Nouvelle-Aquitaine", "region:75"),
        ("région Bretagne", "region:53"),
        ("la région", "region:75"),
        ("France entière", "nation"),
        ("National", "nation"),
        ("commune:79049", "commune:79049"),
        ("nation", "nation"),
    ],
)
def test_a_territory_is_known_as_people_write_it(written, territory):
    """Seen from Deux-Sèvres."""
    assert territories_called(written, department="79") == [territory]


@pytest.mark.parametrize(
    ("written", "department", "territory"),
    [
        ("Vienne", "38", "commune:38544"),
        ("Vienne", "79", "department:86"),
        ("Paris", "75", "department:75"),
        ("Guadeloupe", "971", "department:971"),
        ("arrondissement de Saint-Denis", "974", "arrondissement:9741"),
    ],
)
def test_what_lies_in_the_departement_comes_first(written, department, territory):
    """« Vienne » is a town to Isère and a département to all others."""
    assert territories_called(written, department=department) == [territory]


def test_a_name_that_several_bear_is_not_guessed():
    """La Réunion is a region and a département: whoever means one of them says which."""
    assert territories_called("La Réunion", department="79") == ["region:04", "department:974"]
    assert why_not_territory("La Réunion", department="79") == (
        "« La Réunion » peut être « region:04 » (région La Réunion) ou « department:974 » (La Réunion) : "
        "écrivez l'identifiant du bon."
    )


@pytest.mark.parametrize("written", ["79000", "79191", "Poitiers", "arrondissement", "", " ", "\0", "x" * 300, "zz"])
def test_what_stands_for_no_territory_is_not_taken_for_one(written):
    """A postcode is no commune, and a commune of elsewhere is known by its code: too many share their names."""
    assert territories_called(written, department="79") == []
    assert why_not_territory(written, department="79").startswith("Territoire inconnu : « ")


@pytest.mark.parametrize(
    ("written", "near"),
    [
        ("79", ["department:79"]),
        ("75", ["department:75", "region:75"]),
        ("79049", ["commune:79049"]),
        ("departement:79", ["department:79"]),
        ("région:75", ["region:75"]),
        ("Department:2a", ["department:2A"]),
        ("Deux-Sèvres", ["department:79"]),
        ("Nouvel Aquitaine", ["region:75"]),
        ("commune:79000", []),
        ("x:xxxxxxxx", []),
        ("", []),
        (None, []),
        ("9" * 10_000, []),
    ],
)
def test_an_identifier_that_is_none_is_told_with_what_it_may_mean(written, near):
    """On a command line, where only identifiers are taken."""
    assert near_territories(written) == near


@pytest.mark.parametrize(
    ("written", "department", "nearest"),
    [
        ("Thouarsais", "79", "epci:247900798"),
        ("Bressuir", "79", "commune:79049"),
        ("Poitiers", "79", "commune:86194"),
        ("Niort", None, "commune:79191"),
    ],
)
def test_a_name_that_is_not_sure_is_told_with_what_it_may_mean(written, department, nearest):
    """Mistyped, shortened, or of another département: whoever wrote it finds the right one in the sentence."""
    assert near_territories(written, department=department)[0] == nearest

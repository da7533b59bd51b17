"""Which providers fit a need, and what differs between two sheets."""

import pytest

from appui.workflow.providers import LABELS, Provider, SheetDifference, differences, fitting

NATIONAL = Provider("operateur", "Opérateur (fictif)", "opérateur", ("mobility",), ("nation",))
REGIONAL = Provider("pole", "Pôle (fictif)", "association", (), ("region:75",))
DEPARTMENTAL = Provider("agence", "Agence (fictive)", "agence", ("mobility", "tourism"), ("department:79",))
OF_AN_EPCI = Provider("regie", "Régie (fictive)", "régie", ("tourism",), ("epci:200040244",))
OF_A_COMMUNE = Provider("atelier", "Atelier (fictif)", "bureau", ("culture",), ("commune:79049", "nation"))
NOWHERE = Provider("ailleurs", "Sans territoire (fictif)", "bureau")
ALL = (NATIONAL, DEPARTMENTAL, REGIONAL, OF_A_COMMUNE, OF_AN_EPCI, NOWHERE)
AROUND = ("commune:79049", "epci:200040244", "arrondissement:791", "department:79", "region:75", "nation")


def test_the_nearest_come_first():
    """A commune's own workshop is asked before a national operator."""
    assert fitting(reversed(ALL), around=AROUND) == [OF_A_COMMUNE, OF_AN_EPCI, DEPARTMENTAL, REGIONAL, NATIONAL]


def test_who_works_in_one_commune_does_not_fit_its_departement():
    """A need of the whole département asks for more than one commune's workshop."""
    around = ("department:79", "region:75")

    assert fitting(ALL, around=around) == [DEPARTMENTAL, REGIONAL]


def test_equally_near_providers_come_by_name():
    """Accents and capitals do not send a name to the end of the list."""
    names = ["Zone", "école", "Agence", "Eau"]
    providers = [Provider(name, name, "bureau", (), ("department:79",)) for name in names]

    assert [each.name for each in fitting(providers, around=AROUND)] == ["Agence", "Eau", "école", "Zone"]


def test_who_works_nobody_knows_where_is_found_anywhere_and_in_no_territory():
    """A sheet without a territory promises nothing to a commune."""
    assert NOWHERE in fitting(ALL)
    assert NOWHERE not in fitting(ALL, around=AROUND)


def test_one_of_the_themes_is_enough():
    """A case has several themes; who deals with one of them can help."""
    assert fitting(ALL, themes=["tourism", "culture"], around=AROUND) == [
        OF_A_COMMUNE,
        OF_AN_EPCI,
        DEPARTMENTAL,
        REGIONAL,
    ]


def test_a_provider_without_themes_deals_with_all():
    """« Toutes thématiques » is no theme to be looked for."""
    assert fitting(ALL, themes=["ecological_transition"]) == [REGIONAL, NOWHERE]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ECOLE", ["x"]),
        ("gratuité  communes", ["x"]),
        ("bureau école", ["x"]),
        ("payant", []),
        ("  ", ["x", "y"]),
    ],
)
def test_words_are_looked_for_in_name_kind_and_conditions(text, found):
    """Every word, in any order, without accents or capitals."""
    school = Provider("x", "École du bois", "Bureau", conditions="Gratuite pour les communes :\nGRATUITÉ totale.")
    other = Provider("y", "Y", "Bureau", contact="École", email="ecole@exemple.invalid")

    assert [each.id for each in fitting([school, other], text=text)] == found


def test_each_thing_that_a_sheet_says_is_compared():
    """A change of telephone is seen as well as a change of name."""
    before = Provider("x", "A", "K", ("mobility",), ("nation",), "a@b.fr", "C", "05 00 00 00 01", "D")
    after = Provider("x", "a", "k", ("tourism",), ("region:75",), "c@d.fr", "c", "05 00 00 00 02", "d")

    assert [each.field for each in differences(before, after)] == list(LABELS)
    assert SheetDifference("phone", "05 00 00 00 01", "05 00 00 00 02") in differences(before, after)
    assert not list(differences(before, before))


def test_the_order_of_themes_and_territories_says_nothing():
    """« Mobilité, tourisme » and « Tourisme, mobilité » are the same sheet."""
    one = Provider("x", "A", "K", ("mobility", "tourism"), ("nation", "department:79"))
    other = Provider("x", "A", "K", ("tourism", "mobility"), ("department:79", "nation"))

    assert not list(differences(one, other))

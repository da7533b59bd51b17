"""Whoever a text surely names is accepted; anybody else is shown, the likeliest first, and left to choose from."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appui.workflow.territories import LookUp, register

HOSTILE = [
    pytest.param("", id="empty"),
    pytest.param(" \t\n", id="blank"),
    pytest.param("\0", id="NUL"),
    pytest.param("Échiré\0", id="name and NUL"),
    pytest.param("79109\0", id="code and NUL"),
    pytest.param("\u200fÉchiré", id="right to left"),
    pytest.param("Échiré\u202e", id="override"),
    pytest.param("\ud800", id="lone surrogate"),
    pytest.param("e" * 10_000, id="10,000 letters"),
    pytest.param("Échiré" + " " * 10_000, id="10,000 spaces"),
    pytest.param("７９１０９", id="wide digits"),
    pytest.param("...", id="dots"),
    pytest.param("'; --", id="marks"),
    *(
        pytest.param(value, id=type(value).__name__)
        for value in (None, 79109, 7.9, True, b"79109", ["79109"], {}, object())
    ),
]


def accepted(text, department=None):
    """Return the code of who is accepted, None when nobody is."""
    found = register().look_up(text, department=department).accepted
    return None if found is None else found.code


def names(text, department=None, limit=10):
    """Return the names of the candidates."""
    return [each.name for each in register().look_up(text, department=department, limit=limit).candidates]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("79109", "79109"),
        (" 79 109 ", "79109"),
        ("2a004", "2A004"),
        ("217901099", "79109"),
        ("217 901 099", "79109"),
        ("247900798", "247900798"),
        ("217 901 099 00010", "79109"),
        ("21790109900010", "79109"),
    ],
)
def test_a_code_names_who_has_it(written, code):
    """INSEE code, SIREN, or SIRET: its first nine digits are the SIREN."""
    assert accepted(written) == code
    assert accepted(written, register().get(code).department) == code


@pytest.mark.parametrize("written", ["217901098", "79410", "2C004", "217901098 00010", "7910", "21790109900010 0"])
def test_a_wrong_code_names_nobody(written):
    """A slip in a key, a postal code, one figure too few: no code is guessed."""
    assert register().look_up(written) == LookUp()


def test_a_siret_whose_key_is_wrong_is_only_a_candidate():
    """The SIREN in it is that of Échiré, but a figure of the rest is wrong."""
    found = register().look_up("21790109900018")

    assert found.accepted is None
    assert [each.code for each in found.candidates] == ["79109"]


def test_a_code_of_elsewhere_is_only_a_candidate():
    """In Deux-Sèvres, the code of La Rochelle is a slip, or a case for another desk."""
    found = register().look_up("17300", department="79")

    assert found.accepted is None
    assert [each.name for each in found.candidates] == ["La Rochelle"]


@pytest.mark.parametrize("department", ["21", "71"])
def test_a_grouping_over_several_departements_is_at_home_in_each(department):
    """CA Beaune, Côte et Sud spans the Côte-d'Or and the Saône-et-Loire."""
    written = "agglo Beaune, Côte et Sud - Communauté Beaune-Chagny-Nolay"

    assert accepted("200006682", department) == "200006682"
    assert accepted(written, department) == "200006682"
    assert accepted(f"{written} ({department})") == "200006682"
    assert accepted(f"{written} (21)", "71") == "200006682"


@pytest.mark.parametrize(
    "written",
    [
        "Echiré (79)",
        "ÉCHIRÉ (Deux-Sèvres)",
        "échiré [79]",
        "Échiré (dépt 79)",
        "Échiré (département des Deux-Sèvres)",
        "Échiré (79, Deux-Sèvres)",
        "Échiré - 79",
        "Mairie d'Échiré 79",
    ],
)
def test_a_name_may_come_with_its_departement(written):
    """It is how one tells namesakes apart."""
    assert accepted(written) == accepted(written, "79") == "79109"


@pytest.mark.parametrize(
    ("written", "code"), [("Saint-Denis (93)", "93066"), ("saint denis 974", "97411"), ("Ville 60", "60676")]
)
def test_the_departement_in_the_text_tells_namesakes_apart(written, code):
    """Several communes are called Saint-Denis, one in each of these."""
    assert accepted(written) == code


def test_a_number_that_belongs_to_the_name_is_no_departement():
    """CC Val 81 lies in the Tarn, which is the 81st, and is called so; CC Bresse Revermont 71 too."""
    assert register().look_up("CC Val 81").accepted.name == "CC Val 81"
    assert register().look_up("CC Bresse Revermont 71", department="71").accepted.name == "CC Bresse Revermont 71"


@pytest.mark.parametrize(
    ("written", "department"),
    [("La Rochelle", "79"), ("La Rochelle (17)", "79"), ("Échiré (17)", "79"), ("Échiré (17)", None)],
)
def test_a_name_of_elsewhere_is_never_accepted(written, department):
    """Text and desk must agree on the département; who bears the name is shown all the same."""
    found = register().look_up(written, department=department)

    assert found.accepted is None
    assert found.candidates[0].name == written.partition(" (")[0]


@pytest.mark.parametrize(
    ("written", "department", "code"),
    [
        ("La Vergne", "17", "17465"),
        ("Vergne (La)", "17", "17465"),
        ("Vergné", "17", "17464"),
        ("vergné", None, "17464"),
        ("Vergne", "17", None),
        ("VERGNE", "17", None),
        ("la Vergné", "17", None),
        ("mairie de La Vergne", "17", "17465"),
        ("Château-Chinon (Ville)", "58", "58062"),
        ("chateau chinon ville", None, "58062"),
        ("Château-Chinon (Campagne)", "58", "58063"),
        ("Château-Chinon", "58", None),
        ("ville de Château-Chinon", "58", None),
        ("Bors (Canton de Charente-Sud)", "16", "16053"),
        ("Bors", "16", None),
        ("Castillon (Canton de Lembeye)", None, "64182"),
        ("Castillon", "64", None),
        ("Castillon", "06", "06036"),
        ("Castillon", None, None),
    ],
)
def test_of_namesakes_the_one_who_cannot_be_another_is_accepted(written, department, code):
    """« La Vergne » cannot come from « Vergné » by haste; « Vergne » can come from both, « Château-Chinon » too."""
    assert accepted(written, department) == code


def test_namesakes_are_the_first_candidates():
    """The desk chooses between them."""
    assert names("Vergne", "17")[:2] == ["Vergné", "La Vergne"]
    assert names("Bors", "16")[:2] == ["Bors (Canton de Tude-et-Lavalette)", "Bors (Canton de Charente-Sud)"]


def test_nobody_can_tell_groupings_of_one_name_apart():
    """There are two CC des Quatre Rivières, and « 2 Vallées » is « Deux Vallées »: only the département tells."""
    assert accepted("CC des 2 Vallées") is None
    assert accepted("CC des 2 Vallées", "91") == "249100157"
    assert accepted("CC des Quatre Rivières") is None
    assert accepted("CC des Quatre Rivières", "70") == "247000623"


@pytest.mark.parametrize(
    ("written", "department", "code"),
    [
        ("Ville-Langy", None, "58311"),
        ("Ville de Langy", None, "03137"),
        ("Ville Langy", "03", None),
        ("Mairé-Levescault", "79", "79163"),
    ],
)
def test_a_name_that_begins_like_a_mairie_is_read_whole(written, department, code):
    """Ville-Langy is in the Nièvre, Langy in the Allier."""
    assert accepted(written, department) == code


@pytest.mark.parametrize(
    ("written", "first"),
    [
        ("Échir", "Échiré"),
        ("Ehciré", "Échiré"),
        ("Échiree", "Échiré"),
        ("Thouarsais", "CC du Thouarsais"),
        ("CC Thouarsai", "CC du Thouarsais"),
        ("Comunauté de comunes du Thouarsais", "CC du Thouarsais"),
        ("CC du Niortais", "CA du Niortais"),
        ("Saint-Max", "Saint-Maxire"),
        ("Coulonges", "Coulonges-sur-l'Autize"),
        ("Saint Maixent", "Saint-Maixent-l'École"),
        ("Saint-Héray", "La Mothe-Saint-Héray"),
        ("Mothe Héray", "La Mothe-Saint-Héray"),
        ("mairie annexe de Niort centre", "Niort"),
        ("Mairie d'Échirré", "Échiré"),
        ("Saint-Pardoux Soutier (79)", "Saint-Pardoux-Soutiers"),
    ],
)
def test_a_near_name_is_a_candidate_and_no_more(written, first):
    """A slip, a shortened name, a name being typed, a CC without its CC: the likeliest is shown, nobody accepted."""
    assert accepted(written, "79") is None
    assert first in names(written, "79")[:3]


def test_what_is_typed_may_go_on_even_when_it_is_a_whole_name():
    """« Saint-Max » is a commune of Meurthe-et-Moselle, and the beginning of others."""
    found = register().look_up("Saint-Max")

    assert found.accepted.code == "54482"
    assert {"Saint-Maximin-la-Sainte-Baume", "Saint-Maxire"} < {each.name for each in found.candidates}


def test_who_is_accepted_comes_first_then_the_departement_then_elsewhere():
    """The order in which a desk reads."""
    shown = register().look_up("Saint-Remy-des-Monts", department="79").candidates

    assert names("Saint-Rémy-des-Monts")[:2] == ["Saint-Rémy-des-Monts", "Saint-Rémy"]
    assert [(each.name, each.department) for each in shown] == [("Saint-Rémy", "79"), ("Saint-Rémy-des-Monts", "72")]


@pytest.mark.parametrize("written", ["(79)", "Mairie de", "CC", "la", "'; drop table--", "Mairie", "agglo agglo"])
def test_what_is_no_name_is_not_accepted(written):
    """Only what stands around a name, or what a program would like to try."""
    assert accepted(written) is None
    assert accepted(written, "79") is None


def test_near_names_of_elsewhere_are_for_those_who_have_none_at_home():
    """« La Rochele » resembles nothing in Deux-Sèvres."""
    assert names("La Rochele", "79")[0] == "La Rochelle"
    assert {each.department for each in register().look_up("Échir", department="79").candidates} == {"79"}


@pytest.mark.parametrize("limit", [-1, 0, 1, 3])
def test_there_are_never_more_candidates_than_asked_for(limit):
    """A list on the telephone is short; whoever is accepted stays so."""
    found = register().look_up("Saint-Rémy", limit=limit)

    assert len(found.candidates) == max(limit, 0)
    assert register().look_up("79109", limit=limit).accepted.code == "79109"
    assert len(register().look_up("79109", limit=limit).candidates) == min(max(limit, 0), 1)


@pytest.mark.parametrize(
    "written", ["PETR de Gâtine", "Syndicat des eaux de la Gâtine", "Les amis du lavoir", "Département"]
)
def test_who_stands_in_no_register_is_not_accepted(written):
    """They are taken by hand."""
    assert accepted(written) is None
    assert accepted(written, "79") is None


@pytest.mark.parametrize("department", [None, "79"])
@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_names_nobody(text, department):
    """Hidden characters, endless texts, other things than texts."""
    assert register().look_up(text, department=department) == LookUp()


@pytest.mark.parametrize("department", ["99", "", "79\0", "2a", 79, ["79"]], ids=ascii)
def test_nobody_is_found_in_an_unknown_departement(department):
    """A wrong département is no reason to look elsewhere."""
    assert register().look_up("Échiré", department=department) == LookUp()
    assert register().look_up("79109", department=department) == LookUp()


@settings(max_examples=150, deadline=None)
@given(
    text=st.text(max_size=200), department=st.sampled_from([None, "79", "17", "2A", "974"]), limit=st.integers(0, 12)
)
def test_any_text_is_answered(text, department, limit):
    """No exception, no more than the limit, the accepted first, those of the département before the others."""
    found = register().look_up(text, department=department, limit=limit)
    homes = [each.department == department for each in found.candidates]

    assert len(found.candidates) <= limit
    assert found.accepted is None or found.candidates[:1] in ((), (found.accepted,))
    assert department is None or homes == sorted(homes, reverse=True)
    assert len(set(found.candidates)) == len(found.candidates)


LONG = [
    "x" * 200, "é" * 200, "saint " * 33, "a " * 100, "s/" * 100, "mairie " * 28, "agglo com " * 20, "( " * 99 + "x",
    "saint pierre sur la ville de " * 6, "e", "Saint", "Mairie d'Échirré", "CC du Pays de la Vallée des Monts",
]  # fmt: skip


@pytest.mark.parametrize("text", LONG, ids=lambda text: text[:12])
def test_an_answer_comes_in_time(text):
    """Under 80 ms of work over France, whatever is typed; under 5 ms in a département that has near names."""
    assert _least_cost(lambda: register().look_up(text)) < 0.080
    assert _least_cost(lambda: _look_up_at_home(text, "59")) < 0.005


def _look_up_at_home(text, department):
    gazetteer = register()._gazetteer
    gazetteer.bearers(text, department=department)
    gazetteer._index(department).near(gazetteer._asked(text).said[-1], limit=10)


def _least_cost(ask):
    ask()
    costs = []
    for _ in range(5):
        begun = time.process_time()
        ask()
        costs.append(time.process_time() - begun)
    return min(costs)

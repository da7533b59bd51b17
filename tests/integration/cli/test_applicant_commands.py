"""Applicants from the command line: found by name or code, told when they are sure, and never guessed."""

import json

import pytest

REQUEST = json.dumps({"need": "Halle", "themes": ["culture"], "channel": "email",
                      "contact": {"name": "Maire", "email": "maire@echire.example"}})  # fmt: skip
KEYS = {
    "name", "kind", "department", "code", "siren", "population", "population_year", "population_source", "region",
    "arrondissement", "epci",
}  # fmt: skip


def open_for(house, applicant, *options):
    """Open a request in that applicant's name."""
    return house.run(
        "case", "open", "engineering_request", applicant, "Halle", "--as", "m.agent", "--data", REQUEST, *options
    )


def test_whoever_is_meant_is_told_with_what_is_known_of_them(house):
    """Code, name, kind, département, inhabitants with their year and source, and whether it is sure."""
    page = house.done("applicant", "find", "com com du Thouarsais")

    for said in ("247900798", "CC du Thouarsais", "communauté de communes, Deux-Sèvres (79)", "35\u202f369",
                 "DGCL, millésime 2026", "désigne sûrement CC du Thouarsais (247900798)"):  # fmt: skip
        assert said in page


def test_when_nobody_is_sure_the_likeliest_are_shown(house):
    """Whoever searched takes the code of the right line, or registers by hand."""
    page = house.done("applicant", "find", "Echir", "--department", "79")

    assert "79109" in page
    assert "ne désigne sûrement personne" in page
    assert "--by-hand" in page


def test_who_resembles_nobody_is_registered_by_hand(house):
    """A PETR stands in no register: the page says how to go on."""
    page = house.done("applicant", "find", "PETR de Gâtine", "--department", "79")

    assert "ne ressemble à aucun nom ni code du registre 2026" in page
    assert "--by-hand" in page


def test_a_population_that_nobody_counted_is_said_to_be_unknown(house):
    """The archipelago of Kerguelen has no figure."""
    assert "inconnus" in house.done("applicant", "find", "98412")


def test_the_department_comes_first_and_the_list_ends_where_asked(house):
    """A desk looks among its own."""
    found = house.read("applicant", "find", "Saint-Rémy", "--department", "79", "--limit", "1")

    assert [each["code"] for each in found["candidates"]] == ["79293"]


def test_what_is_found_is_given_as_json(house):
    """Other programs see who is accepted and who may be meant."""
    sure = house.read("applicant", "find", "Échiré")
    unsure = house.read("applicant", "find", "Vergne", "--department", "17")

    assert set(sure["accepted"]) == KEYS
    assert sure["candidates"][0] == sure["accepted"]
    assert (unsure["accepted"], [each["code"] for each in unsure["candidates"][:2]]) == (None, ["17464", "17465"])


@pytest.mark.parametrize("text", ["", "\u200f", "x" * 300, "\x1b[31m"])
def test_a_text_that_is_no_name_gets_a_sentence(house, text):
    """Nothing is found, nothing breaks."""
    page = house.done("applicant", "find", "--", text)

    assert "ne ressemble à aucun nom" in page
    assert "\x1b" not in page


def test_an_unknown_department_is_refused(house):
    """The sentence says what a code looks like."""
    result = house.run("applicant", "find", "Échiré", "--department", "99")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "2A ou 971" in result.stderr


@pytest.mark.parametrize(
    ("written", "options", "code"),
    [
        ("Mairie d'Echiré", ["--department", "79"], "79109"),
        ("Échiré (79)", [], "79109"),
        ("agglo du Bocage Bressuirais", [], "200040244"),
        ("217 901 099", [], "79109"),
        ("21790109900010", [], "79109"),
    ],
)
def test_a_request_is_opened_for_who_is_surely_named(house, written, options, code):
    """The desk types what stands on the letter."""
    result = open_for(house, written, *options, "--json")

    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["applicant"]["code"] == code


@pytest.mark.parametrize(
    ("written", "options", "said"),
    [
        ("Vergne", ["--department", "17"],
         "est-ce Vergné (17464, Charente-Maritime) ou La Vergne (17465, Charente-Maritime) ?"),
        ("Echir", ["--department", "79"], "est-ce Échiré (79109, Deux-Sèvres) ?"),
        ("La Rochelle", ["--department", "79"], "La Rochelle (17300, Charente-Maritime)"),
        ("PETR de Gâtine", [], "donnez un code INSEE ou un SIREN, ou --by-hand"),
        ("Échiré", ["--department", "99"], "n'est pas un département connu"),
        ("79410", [], "n'est pas le code postal"),
        ("217901098", [], "clé de contrôle"),
        ("17300", ["--department", "79"], "n'est pas dans ce département"),
        ("\u200f", [], "ne désigne sûrement personne"),
    ],
)  # fmt: skip
def test_a_request_is_not_opened_for_who_is_not_sure(house, written, options, said):
    """The sentence gives the choices, each with its code."""
    before = house.read("case", "list")["items"]
    result = open_for(house, written, *options)

    assert (result.exit_code, result.stdout) == (1, "")
    assert said in " ".join(result.stderr.split())
    assert house.read("case", "list")["items"] == before

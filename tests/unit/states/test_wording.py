"""Days, amounts and lists as French readers expect them."""

from datetime import UTC, date, datetime

import pytest

from appui.states.wording import (
    NBSP,
    counted,
    day_in_words,
    euros,
    filled,
    in_thousands,
    listed,
    moment_in_words,
    of,
    percent,
    typographic,
    weekday_in_words,
)


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 3, 1), f"1er{NBSP}mars 2026"),
        (date(2026, 8, 31), f"31{NBSP}août 2026"),
        (date(2028, 2, 29), f"29{NBSP}février 2028"),
        (date(2026, 12, 21), f"21{NBSP}décembre 2026"),
    ],
)
def test_days_are_written_out(day, words):
    """The first of a month is « 1er »."""
    assert day_in_words(day) == words


def test_the_day_of_the_week_comes_first():
    """As in a letter."""
    assert weekday_in_words(date(2026, 3, 3)) == f"mardi 3{NBSP}mars 2026"
    assert weekday_in_words(date(2026, 3, 1)) == f"dimanche 1er{NBSP}mars 2026"


@pytest.mark.parametrize(
    ("cents", "words"),
    [
        (0, "0,00"),
        (5, "0,05"),
        (100, "1,00"),
        (300_001, "3\u202f000,01"),
        (123_456_789, "1\u202f234\u202f567,89"),
        (-150, "-1,50"),
    ],
)
def test_amounts_are_in_euros_and_cents(cents, words):
    """Thousands are apart, the comma is decimal, the sign stays on the line."""
    assert euros(cents) == f"{words}{NBSP}€"


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0"), (999, "999"), (35369, "35\u202f369"), (7_115_576, "7\u202f115\u202f576")]
)
def test_thousands_are_set_apart(number, words):
    """Inhabitants and euros alike, and the line never breaks there."""
    assert in_thousands(number) == words


@pytest.mark.parametrize(("share", "words"), [(0.912, "91,2"), (1.0, "100,0"), (0.0, "0,0"), (0.9, "90,0")])
def test_shares_are_percentages_with_a_comma(share, words):
    """One decimal."""
    assert percent(share) == f"{words}{NBSP}%"


@pytest.mark.parametrize(
    ("words", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a et b"), (["a", "b", "c"], "a, b et c")]
)
def test_lists_end_with_a_word(words, text):
    """No comma before « et »."""
    assert listed(words) == text
    assert listed(words, last="ou") == text.replace(" et ", " ou ")


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 jour"), (1, "1 jour"), (-1, "-1 jour"), (2, "2 jours"), (12, "12 jours")]
)
def test_nothing_and_one_are_singular(count, text):
    """« 0 jour », as French has it."""
    assert counted(count, "jour", "jours") == text.replace(" ", NBSP)


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ((3, 14, 30), None, "mardi 3~mars 2026 à 14~h~30"),
        ((3, 9, 0), None, "mardi 3~mars 2026 à 9~h"),
        ((3, 9, 5), (3, 11, 0), "mardi 3~mars 2026 de 9~h~05 à 11~h"),
        ((1, 18, 0), (2, 9, 0), "du dimanche 1er~mars 2026 à 18~h au lundi 2~mars 2026 à 9~h"),
    ],
)
def test_moments_are_said_as_one_invites(start, end, words):
    """« mardi 3 mars 2026 à 14 h 30 », its hour on one line."""
    first, last = (None if each is None else datetime(2026, 3, *each, tzinfo=UTC) for each in (start, end))

    assert moment_in_words(first, last) == words.replace("~", NBSP)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Échiré", "d'Échiré"),
        ("Niort", "de Niort"),
        ("Yversay", "d'Yversay"),
        ("Le Bourg", "du Bourg"),
        ("Les Forges", "des Forges"),
        ("La Crèche", "de La Crèche"),
        ("L'Absie", "de L'Absie"),
        ("CC du Thouarsais", "de la CC du Thouarsais"),
        ("Communauté de communes d'Essai", "de la Communauté de communes d'Essai"),
        ("PETR d'Essai", "du PETR d'Essai"),
        ("Œuilly", "d'Œuilly"),
        ("", "de "),
    ],
)
def test_de_before_a_name_is_said_as_people_say_it(name, words):
    """« la demande d'Échiré », not « de Échiré »."""
    assert of(name) == words


def test_signs_are_not_parted_from_their_words():
    """Neither a guillemet nor a question mark begins a line; what is right already stays."""
    assert typographic("« Oui » : 3 € ; non ?") == "«~Oui~»~: 3~€~; non~?".replace("~", NBSP)
    assert typographic("«Oui» https://a.fr 12:30") == f"«{NBSP}Oui» https://a.fr 12:30"
    assert typographic(typographic("« Oui » ?")) == typographic("« Oui » ?")


def test_a_public_sentence_leaves_out_what_nobody_knows():
    """« avant le » nothing is not said; a placeholder for later stays."""
    sentence = "Votre demande est arrivée ; {{ contact }} vous répondra avant le {{ due_on }}."

    assert filled(sentence, {"contact": "Mme A.", "due_on": "3 mars"}).endswith("Mme A. vous répondra avant le 3 mars.")
    assert filled(sentence, {"due_on": None}) == "Votre demande est arrivée."
    assert filled(sentence, {"due_on": "3 mars"}).endswith("{{ contact }} vous répondra avant le 3 mars.")
    assert filled("Répondez avant le {{ due_on }}.", {"due_on": None}) == ""

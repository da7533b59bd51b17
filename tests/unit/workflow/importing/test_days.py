"""A day is read as people write it; what leaves a doubt gets a sentence, and no day."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appui.states.errors import InvalidData
from appui.states.wording import day_in_words, weekday_in_words
from appui.workflow.importing.days import read_day


def fault_of(text):
    """Return what is said of a text that is no day."""
    with pytest.raises(InvalidData) as refusal:
        read_day(text)
    [(_, sentence)] = refusal.value.errors
    return sentence.replace("\u00a0", " ")


@pytest.mark.parametrize(
    "text",
    [
        "14/09/2021",
        "14-09-2021",
        "14.9.21",
        "14 09 2021",
        "2021-09-14",
        "2021/9/14",
        "14 septembre 2021",
        "14 Sept. 2021",
        "14-sept-21",
        "le 14 septembre 2021",
        "mardi 14 sept. 2021",
        "MARDI 14 SEPTEMBRE 2021",
        "mar. 14/09/2021",
        " 14 / 09 / 2021 ",
        "14\u00a0septembre\u00a02021",
        "14/09/2021 10:30",
        "14/09/2021 à 14h30",
        "14/09/2021, 14 h",
        "2021-09-14T10:30:00",
        "14 septembre 2021 14:30:05",
    ],
)
def test_a_day_is_read_as_people_write_it(text):
    """All of these are the fourteenth of September 2021."""
    assert read_day(text) == date(2021, 9, 14)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1er mars 2021", date(2021, 3, 1)),
        ("3 août 2020", date(2020, 8, 3)),
        ("3 aout 2020", date(2020, 8, 3)),
        ("15 févr. 2020", date(2020, 2, 15)),
        ("15 fév. 2020", date(2020, 2, 15)),
        ("29/02/2020", date(2020, 2, 29)),
        ("1/2/68", date(2068, 2, 1)),
        ("1/2/69", date(1969, 2, 1)),
    ],
)
def test_months_accents_and_short_years_are_read(text, day):
    """With or without accents, in full or cut short."""
    assert read_day(text) == day


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("nov. 2019", "est un mois, pas un jour : écrivez aussi le jour"),
        ("novembre 2019", "est un mois"),
        ("11/2019", "est un mois"),
        ("2020", "est une année"),
        ("31/02/2021", "n'existe pas : février 2021 compte 28 jours"),
        ("31 septembre 2021", "n'existe pas : septembre 2021 compte 30 jours"),
        ("0/09/2021", "n'existe pas : septembre 2021 compte 30 jours"),
        ("14/09", "ne dit pas l'année"),
        ("14 sept.", "ne dit pas l'année"),
        ("09/14/2021", "faute de mois 14 : écrivez le jour avant le mois"),
        ("14/09/0021", "attendu une année de 1900 à 2200"),
        ("lundi 14 septembre 2021", "ce jour est le mardi 14 septembre 2021"),
        ("44453", "numéro de jour de tableur : donnez à la cellule un format de date"),
        ("44453,5", "numéro de jour de tableur"),
        ("?", "n'est pas un jour"),
        ("fin 2020", "n'est pas un jour"),
        ("14 jui 2021", "n'est pas un jour"),
        ("14-15 septembre 2021", "n'est pas un jour"),
        ("14-09/2021", "n'est pas un jour"),
        ("vers le 14/09/2021", "n'est pas un jour"),
        ("14092021", "n'est pas un jour"),
        ("", "n'est pas un jour"),
        ("14/09/2021" + " " * 200 + "et 15/09/2021", "n'est pas un jour"),
    ],
)
def test_what_leaves_a_doubt_gets_a_sentence(text, part):
    """The sentence quotes what is written and says what would be right."""
    assert part in fault_of(text)


@given(st.dates(date(1900, 1, 1), date(2200, 12, 31)))
def test_our_own_days_are_read_back(day):
    """What the service's mails write can be read again."""
    forms = (f"{day:%d/%m/%Y}", day.isoformat(), day_in_words(day), weekday_in_words(day))

    assert {read_day(form) for form in forms} == {day}


@given(st.text(alphabet="0123456789/-. erlmnovjuiàéh:", max_size=30) | st.text(max_size=60))
def test_any_text_gives_a_day_or_a_sentence(text):
    """Nothing that is written ends in a traceback."""
    try:
        told = read_day(text)
    except InvalidData as refusal:
        told = refusal.errors

    assert told

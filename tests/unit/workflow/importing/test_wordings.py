"""A cell holds a list as people write it; each part is known by what it stands for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appui.workflow.importing.wordings import fold_words, meanings

KNOWN = {
    "mobilité": "A",
    "tourisme": "B",
    "accès aux équipements, à la santé, au numérique": "C",
    "transitions énergétique et écologique": "D",
}


def read(text):
    """Return the parts of a text with what they stand for."""
    return list(meanings(text, lambda part: KNOWN.get(part.lower())))


@pytest.mark.parametrize(
    "text",
    [
        "Mobilité, Tourisme",
        "Mobilité ; tourisme",
        "mobilité/tourisme",
        "Mobilité\nTourisme",
        "Mobilité et tourisme",
        "Mobilité & tourisme",
        "- Mobilité\n- Tourisme",
        "• Mobilité\n• Tourisme.",
        " , mobilité,, tourisme ;",
    ],
)
def test_parts_are_set_apart_in_every_usual_way(text):
    """Commas, semicolons, slashes, line breaks, « et », or the dashes of a list."""
    assert [meaning for _, meaning in read(text)] == ["A", "B"]


def test_a_wording_that_holds_a_separator_is_known_whole():
    """« Accès aux équipements, à la santé, au numérique » is one theme, and so is « … et écologique »."""
    text = "Accès aux équipements, à la santé, au numérique, Mobilité et transitions énergétique et écologique"

    assert [meaning for _, meaning in read(text)] == ["C", "A", "D"]


def test_a_part_that_stands_for_nothing_is_given_as_written():
    """The sentence quotes it whole, « et » included."""
    assert read("Mobilité, Eau et forêts") == [("Mobilité", "A"), ("Eau et forêts", None)]


@pytest.mark.parametrize("text", ["", " ", ",", ";/\n", "-"])
def test_nothing_written_is_no_part(text):
    """A blank cell says nothing."""
    assert read(text) == []


@given(st.text(alphabet="mobilté,;/\n et&", max_size=60))
def test_any_text_is_read_and_loses_no_word(text):
    """What is not known is told, never dropped."""
    letters = "".join(part for part, _ in meanings(text, {"mobilité": 1}.get))

    for separator in (" et ", "&", *",;/\n \t"):
        letters, text = letters.replace(separator, ""), text.replace(separator, "")
    assert set(text) - set("et") <= set(letters)


@pytest.mark.parametrize("text", ["L’offre culturelle", "  l'OFFRE  culturelle", "l'offre culturèlle"])
def test_case_accents_spaces_and_curls_of_a_wording_do_not_count(text):
    """People type the same words in several ways."""
    assert fold_words(text) == "l'offre culturelle"

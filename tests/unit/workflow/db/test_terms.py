"""The words by which cases are found, whoever writes them and however."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appui.workflow.db.terms import EMPTY, kept, search_text, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Réhabilitation de l'École", ["rehabilitation", "de", "l", "ecole"]),
        ("Maîtrise d'œuvre", ["maitrise", "d", "oeuvre"]),
        ("Saint-Étienne_la 3e", ["saint", "etienne", "la", "3e"]),
        ("« ? »", []),
    ],
)
def test_a_word_is_made_of_letters_and_digits_without_accents(text, words):
    """Case, accents, ligatures and punctuation do not count."""
    assert words_of(text) == words


@given(st.text())
def test_words_are_their_own_words(text):
    """What was folded once is not folded further: what is kept is what is looked for."""
    words = words_of(text)

    assert words_of(" ".join(words)) == words


@given(st.text(), st.text())
def test_every_word_begins_after_a_space_in_the_text_that_is_searched(title, applicant):
    """So that looking for a space and a beginning finds beginnings, and nothing within a word."""
    assert search_text(title, applicant).split() == words_of(title) + words_of(applicant)


def test_beginnings_of_empty_words_are_not_looked_up():
    """« d » begins « de », for which no term is kept: cases whose title has it would be missed."""
    assert kept(["d", "ecole", "po", "pour", "pourtour"]) == ["ecole", "pourtour"]
    assert "pour" in EMPTY

"""Terms: the words by which a case is found, whatever their capitals, accents and ligatures. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from appui.states.case import Case
from appui.workflow.folding import folded

_WORD = re.compile(r"[^\W_]+")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})
EMPTY = frozenset("a au aux d de des du en et l la le les pour sur un une".split())
"""Words that are in most titles: nothing is found by them alone, and no term is kept for them."""


def words_of(text: str) -> list[str]:
    """Return the words of a text in order, folded; a word is made of letters and digits."""
    return _WORD.findall(folded(text).translate(_LIGATURES))


def search_text(title: str, applicant: str) -> str:
    """Return the words in which a text is searched, a space before each."""
    return "".join(f" {word}" for word in (*words_of(title), *words_of(applicant)))


def terms_of(case: Case) -> frozenset[str]:
    """Return the terms of a case: the words of its title and its applicant's name, its themes, its procedure."""
    themes = case.data.get("themes")
    # A host's procedure may keep something else under that name.
    listed = tuple(each for each in themes if isinstance(each, str)) if isinstance(themes, list) else ()
    return _terms(case.title, case.applicant.name, listed, case.procedure)


@lru_cache(maxsize=4096)
def _terms(title: str, applicant: str, themes: tuple[str, ...], procedure: str) -> frozenset[str]:
    """Return what `terms_of` says; kept, for an action compares those of the case before and after."""
    words = {*words_of(title), *words_of(applicant)} - EMPTY
    return frozenset({*words, *(named("theme", each) for each in themes), named("procedure", procedure)})


def named(kind: str, name: str) -> str:
    """Return the term of a theme or a procedure: no word, which has no colon."""
    return f"{kind}:{name}"


def kept(words: Sequence[str]) -> list[str]:
    """Return those of the beginnings of words for which every case that has one has a term."""
    return [word for word in words if not any(empty.startswith(word) for empty in EMPTY)]

"""Themes are those that procedures offer, and what is written otherwise is told with the nearest."""

from dataclasses import replace

import pytest

from appui.states.effects import BUILT_IN
from appui.states.library import shipped
from appui.states.procedure import Field
from appui.workflow.themes import nearest_themes, themes_of, unknown_theme

LIBRARY = shipped(BUILT_IN)
THEMES = themes_of(LIBRARY)


def test_the_themes_are_those_that_the_procedure_offers():
    """Nobody keeps a second list beside the procedure's."""
    assert list(THEMES) == [
        "territory_project",
        "citizen_participation",
        "mobility",
        "tourism",
        "culture",
        "access_to_services",
        "ecological_transition",
    ]
    assert THEMES["mobility"] == "Mobilité"


def test_a_host_has_its_own_themes_by_its_own_procedure():
    """A service that also helps with harbours says so in its procedure, and its providers may deal with them."""
    harbour = (("harbour", "Ports"), ("mobility", "Mobilités douces"))
    field = Field(name="themes", type="choice", label="Thématiques", many=True, options=harbour)
    procedure = LIBRARY.get("engineering_request", 1)
    opening = replace(procedure.actions["open"], fields=(field,))
    own = replace(procedure, key="ports", actions={"open": opening})

    assert themes_of([*LIBRARY, own]) == {**THEMES, "harbour": "Ports", "mobility": "Mobilités douces"}


def test_the_latest_version_says_what_a_theme_is_called():
    """Whatever the order in which versions are known; a theme that it no longer offers keeps its last name."""
    first = LIBRARY.get("engineering_request", 1)
    opening = first.actions["open"]
    field = Field(name="themes", type="choice", label="Thématiques", many=True, options=(("mobility", "Se déplacer"),))
    later = replace(first, version=9, actions={"open": replace(opening, fields=(field,))})

    assert themes_of([later, first]) == themes_of([first, later]) == {**THEMES, "mobility": "Se déplacer"}


@pytest.mark.parametrize(
    ("written", "theme"),
    [
        ("mobilités durables", "mobility"),
        ("Numérique", "access_to_services"),
        ("énergie", "ecological_transition"),
        ("participation citoyenne", "citizen_participation"),
        ("mobilty", "mobility"),
        ("projets de territoires", "territory_project"),
    ],
)
def test_the_nearest_themes_are_proposed(written, theme):
    """Whoever writes in their own words is shown ours."""
    assert nearest_themes(written, THEMES)[0] == theme
    assert f"« {THEMES[theme]} » ({theme})" in unknown_theme(written, THEMES)


@pytest.mark.parametrize("written", ["zzz", "", None, 7, "x" * 100_000, "\ud800\0"])
def test_what_is_near_nothing_is_told_with_all_themes(written):
    """A list to choose from is better than a guess."""
    sentence = unknown_theme(written, THEMES)

    assert all(f"({theme})" in sentence for theme in THEMES)
    assert len(sentence) < 600


def test_without_any_theme_the_sentence_says_so():
    """A host whose procedures have no themes is told that none will do."""
    assert unknown_theme("mobility", {}) == "Thématique inconnue : « mobility » ; aucune procédure n'en propose."

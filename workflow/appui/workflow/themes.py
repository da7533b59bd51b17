"""Themes: those that procedures offer, by identifier and French label. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rapidfuzz import fuzz, process

from appui.states.procedure import Procedure
from appui.states.wording import listed, shown
from appui.workflow.folding import folded

FIELD = "themes"
_NEAR = 65
"""Of 100: under it, two wordings have nothing in common but chance."""
_SHOWN = 2


def themes_of(procedures: Iterable[Procedure]) -> dict[str, str]:
    """Return identifier → label of every theme that an action of a procedure offers; the latest version names it."""
    fields = (
        field
        for procedure in sorted(procedures, key=lambda each: (each.key, each.version))
        for action in procedure.actions.values()
        for field in action.fields
        if field.name == FIELD and field.type == "choice"
    )
    return {theme: label for field in fields for theme, label in field.options}


def unknown_theme(text: object, themes: Mapping[str, str]) -> str:
    """Return the French sentence that refuses a theme, with the nearest ones; with all of them when none is near."""
    near = nearest_themes(text, themes) if isinstance(text, str) else []
    named = listed([f"« {themes[theme]} » ({theme})" for theme in near or themes], last="ou")
    asked = f"Thématique inconnue : « {shown(text)} »"
    if not themes:
        return f"{asked} ; aucune procédure n'en propose."
    return f"{asked} ; vouliez-vous dire {named} ?" if near else f"{asked} ; attendu {named}."


def nearest_themes(text: str, themes: Mapping[str, str]) -> list[str]:
    """Return the themes whose label or identifier is written much like the text, the nearest first."""
    asked = folded(text[:200])
    scores: dict[str, float] = {}
    for words in (themes.keys(), themes.values()):
        among = dict(zip(themes, map(folded, words), strict=True))
        for _, score, theme in process.extract(asked, among, scorer=fuzz.WRatio, score_cutoff=_NEAR, limit=None):
            scores[theme] = max(score, scores.get(theme, 0))
    return sorted(scores, key=lambda theme: -scores[theme])[:_SHOWN]

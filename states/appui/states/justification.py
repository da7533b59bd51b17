"""The national justification: when the territorial delegate may turn to the national agency (feuille de route 2020)."""

from __future__ import annotations

from collections.abc import Collection

GROUNDS: dict[str, str] = {
    "fragility": "fragilité de la collectivité",
    "local_shortage": "insuffisance de la ressource locale mobilisable",
    "innovative": "caractère innovant du projet",
    "complex": "projet particulièrement complexe",
    "rare_engineering": "ingénierie rare",
    "national_scope": "projet d'envergure nationale",
}
"""Ground → French label."""

READINGS = ("or", "and")


def is_justified(grounds: Collection[str], *, reading: str) -> bool:
    """Return whether the grounds justify a national referral.

    The text asks for fragility and « l'insuffisance de ressource locale mobilisable et/ou le caractère innovant ou
    particulièrement complexe ». Reading `or`: fragility with any of the three. Reading `and`: fragility with a local
    shortage and with one of the two others. Rare engineering or a national scope justify in both.
    """
    given = set(grounds)
    if given & {"rare_engineering", "national_scope"}:
        return True
    special = bool(given & {"innovative", "complex"})
    shortage = "local_shortage" in given
    return "fragility" in given and ((shortage and special) if reading == "and" else (shortage or special))

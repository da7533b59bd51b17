"""Titles: what requests are about, in words as varied as those of real ones, about nothing real."""

from __future__ import annotations

from random import Random

_SUBJECTS = (
    "Réhabilitation", "Étude de faisabilité", "Schéma directeur", "Reconversion", "Mise en accessibilité",
    "Rénovation énergétique", "Programme", "Diagnostic", "Projet", "Aménagement", "Extension", "Avenir",
)  # fmt: skip
_THINGS = (
    "de la friche industrielle", "de l'ancienne école", "du centre-bourg", "de la salle des fêtes", "de la médiathèque",
    "de la maison de santé", "du camping", "de la liaison cyclable", "du marché couvert", "de la cantine",
    "des logements vacants", "du gymnase", "de la gare", "de l'église", "du réseau de chaleur", "de la crèche",
)  # fmt: skip
_SYLLABLES = "bal cor dra fen gim hul jor kel lum mor nav pol quer rus tam ver zab zil".split()


def title(rng: Random) -> str:
    """Return a title; four in ten name a place, by a word that is seldom the same."""
    words = f"{rng.choice(_SUBJECTS)} {rng.choice(_THINGS)}"
    if rng.random() < 0.6:
        return words
    return f"{words}, lieu-dit {''.join(rng.choices(_SYLLABLES, k=3)).capitalize()}"

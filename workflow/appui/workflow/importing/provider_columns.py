"""Provider columns: which column of a catalogue's file says what, by the headers that people write. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from appui.states.errors import InvalidData
from appui.states.wording import listed, shown
from appui.workflow.folding import folded

REQUIRED = ("name", "kind")

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "id": ("Identifiant", "ID"),
    "name": (
        "Nom", "Structure", "Organisme", "Prestataire", "Acteur", "Dénomination", "Intitulé",
        "Nom de la structure", "Nom de l'organisme", "Nom du prestataire",
    ),
    "kind": (
        "Nature", "Type", "Statut", "Catégorie", "Type de structure", "Type d'organisme", "Type d'acteur",
        "Nature de la structure", "Nature de l'organisme", "Statut juridique",
    ),
    "themes": (
        "Thématiques", "Thèmes", "Domaines", "Thématiques d'intervention", "Domaines d'intervention",
        "Domaines de compétence", "Champs d'intervention",
    ),
    "territories": (
        "Territoire", "Périmètre", "Territoire couvert", "Territoire d'intervention", "Périmètre d'intervention",
        "Périmètre géographique", "Zone d'intervention", "Secteur d'intervention",
    ),
    "contact": ("Contact", "Nom du contact", "Personne à contacter", "Interlocuteur", "Référent"),
    "email": (
        "Courriel", "Mail", "E-mail", "Mél", "Adresse mail", "Adresse électronique", "Adresse de courriel",
        "Courriel du contact", "Mail du contact",
    ),
    "phone": ("Téléphone", "Tél.", "Numéro de téléphone", "N° de téléphone", "Téléphone du contact"),
    "conditions": (
        "Conditions", "Modalités", "Conditions d'intervention", "Modalités d'intervention", "Conditions d'accès",
        "Modalités d'accès",
    ),
}  # fmt: skip
"""What a sheet says → the headers under which people write it, the most usual first."""
ALL_HEADERS = tuple(header for headers in COLUMNS.values() for header in headers)

FIELD_LABELS = {
    "id": "l'identifiant",
    "name": "le nom",
    "kind": "la nature",
    "themes": "les thématiques",
    "territories": "les territoires",
    "contact": "le contact",
    "email": "le courriel",
    "phone": "le téléphone",
    "conditions": "les conditions",
}
_WORD = re.compile(r"[a-z0-9]+")
_ASIDE = re.compile(r"\(.*?\)")
_ARTICLES = frozenset("le la les l de du des d a".split())


def recognised(headers: Sequence[str]) -> dict[str, str]:
    """Return what a sheet says → its column, among those of a file.

    InvalidData when two columns say the same, or when none says the name or the kind.
    """
    found: dict[str, str] = {}
    faults: list[tuple[str, str]] = []
    for header in headers:
        field = _FIELDS.get(_folded(header))
        if field is None:
            continue
        if field in found:
            faults.append(("", f"Deux colonnes disent {FIELD_LABELS[field]} : {_either(found[field], header)}."))
        else:
            found[field] = header
    faults += (("", _missing(field, headers)) for field in REQUIRED if field not in found)
    if faults:
        raise InvalidData(faults)
    return found


def _folded(header: str) -> str:
    """Return what identifies a header: its words without accents, articles, plurals and what stands in brackets."""
    words = _WORD.findall(folded(_ASIDE.sub(" ", header)))
    return " ".join(word.rstrip("s") for word in words if word not in _ARTICLES)


_FIELDS = {_folded(header): field for field, headers in COLUMNS.items() for header in headers}


def _either(one: str, other: str) -> str:
    return (
        f"« {shown(one)} » et « {shown(other)} » ; gardez-en une, ou dites laquelle est la bonne "
        "par une correspondance (--mapping)"
    )


def _missing(field: str, headers: Sequence[str]) -> str:
    usual = listed([f"« {header} »" for header in COLUMNS[field][:3]], last="ou")
    there = listed([f"« {shown(header)} »" for header in headers[:20] if header]) or "aucune"
    return (
        f"Aucune colonne ne dit {FIELD_LABELS[field]} : attendu {usual}, ou une correspondance (--mapping) ; "
        f"colonnes trouvées : {there}."
    )

"""Provider sheets: what the lines of a catalogue's file say, as values, or why they cannot be taken. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from appui.states.errors import InvalidData
from appui.states.wording import shown
from appui.workflow.catalogue import cleaned
from appui.workflow.folding import folded
from appui.workflow.importing.provider_mapping import ProviderMapping
from appui.workflow.importing.tables import Row
from appui.workflow.importing.wordings import fold_words, meanings
from appui.workflow.providers import Provider
from appui.workflow.revisions import ProviderSheet
from appui.workflow.territories import register
from appui.workflow.territory_names import territories_called, why_not_territory
from appui.workflow.themes import unknown_theme

_ALL_THEMES = frozenset(
    {"toutes", "tous", "toutes thematiques", "toutes les thematiques", "tous themes", "tous les themes"}
)
_BETWEEN = re.compile(r"[^a-z0-9]+")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})
_SLUG_MAX = 100
_IN_COLUMN = "dans une colonne « Identifiant »"


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms in which a file is to be read."""

    columns: Mapping[str, str]
    """What a sheet says → its column."""
    mapping: ProviderMapping
    themes: Mapping[str, str]
    """Identifier → label of those that may be said."""
    department: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadSheet:
    """What one line says."""

    row: Row
    sheet: ProviderSheet
    faults: tuple[str, ...] = ()
    """Why it cannot be taken; French sentences."""
    note: str = ""
    """What was understood without being written; French, often empty."""


def read_sheets(rows: Iterable[Row], terms: Terms) -> list[ReadSheet]:
    """Return what each line says, in their order. Lines that cannot be told from each other are all refused."""
    return _told_apart([_read(row, terms) for row in rows])


def slug(name: str) -> str:
    """Return the identifier that a name makes: « CAUE des Deux-Sèvres » is `caue-des-deux-sevres`; empty if none."""
    return _BETWEEN.sub("-", folded(name).translate(_LIGATURES)).strip("-")[:_SLUG_MAX].rstrip("-")


def _read(row: Row, terms: Terms) -> ReadSheet:
    said = {field: row.cells.get(column, "") for field, column in terms.columns.items()}
    name = " ".join(said["name"].split())
    themes, unknown_themes = _themes(said.get("themes", ""), terms)
    territories, unknown_territories = _territories(said.get("territories", ""), terms)
    provider = Provider(
        id=said.get("id") or slug(name),
        name=name,
        kind=" ".join(said["kind"].split()),
        themes=themes,
        territories=territories or (f"department:{terms.department}",),
        email=said.get("email"),
        contact=", ".join(filter(None, map(str.strip, said.get("contact", "").splitlines()))),
        phone=" ".join(said.get("phone", "").split()),
        conditions=said.get("conditions"),
    )
    faults = [*unknown_themes, *unknown_territories]
    try:
        provider = cleaned(provider, themes=terms.themes)
    except InvalidData as invalid:
        faults += (text for path, text in invalid.errors if path != "id" or provider.id)
    if name and not provider.id:
        faults.append(f"Aucun identifiant ne peut être tiré de ce nom : donnez-en un {_IN_COLUMN}.")
    sheet = ProviderSheet(provider, said=frozenset(said.keys() - {"id"}), named=bool(said.get("id")))
    return ReadSheet(row=row, sheet=sheet, faults=tuple(faults), note=_note(said, terms))


def _themes(text: str, terms: Terms) -> tuple[tuple[str, ...], list[str]]:
    """Return the themes that a cell names (none: all of them), and a sentence for each wording that names none."""
    known = {fold_words(label): theme for theme, label in terms.themes.items()}
    known |= {fold_words(theme): theme for theme in terms.themes} | dict(terms.mapping.themes)

    def find(part: str) -> str | None:
        folded_part = fold_words(part)
        return "" if folded_part in _ALL_THEMES else known.get(folded_part)

    found = list(meanings(text, find))
    faults = [unknown_theme(part, terms.themes) for part, theme in found if theme is None]
    themes = tuple(theme for _, theme in found if theme is not None)
    return (() if "" in themes else themes), faults


def _territories(text: str, terms: Terms) -> tuple[tuple[str, ...], list[str]]:
    """Return the territories that a cell names, and a sentence for each wording that names none, or several."""

    def find(part: str) -> Sequence[str] | None:
        mapped = terms.mapping.territories.get(fold_words(part))
        return [mapped] if mapped else territories_called(part, department=terms.department) or None

    found = list(meanings(text, find))
    faults = [
        why_not_territory(part, department=terms.department) for part, meant in found if meant is None or len(meant) > 1
    ]
    return tuple(territory for _, meant in found for territory in meant or ()), faults


def _note(said: Mapping[str, str], terms: Terms) -> str:
    here = register().department(terms.department).name
    notes = {"themes": "toutes thématiques, faute d'être précisées", "territories": f"territoire par défaut : {here}"}
    return ", ".join(note for field, note in notes.items() if not said.get(field))


def _told_apart(read: Sequence[ReadSheet]) -> list[ReadSheet]:
    by_name, by_id = defaultdict(list), defaultdict(list)
    for each in read:
        by_name[folded(each.sheet.provider.name)].append(each)
        by_id[each.sheet.provider.id.casefold()].append(each)
    return [replace(each, faults=(*each.faults, *_confusions(each, by_name, by_id))) for each in read]


def _confusions(
    each: ReadSheet, by_name: Mapping[str, Sequence[ReadSheet]], by_id: Mapping[str, Sequence[ReadSheet]]
) -> list[str]:
    provider = each.sheet.provider
    if not provider.name:
        return []
    namesakes = [other for other in by_name[folded(provider.name)] if other is not each]
    if namesakes and not each.sheet.named:
        return [f"Même nom que la ligne {namesakes[0].row.line} : donnez à chacun son identifiant, {_IN_COLUMN}."]
    doubles = [other for other in by_id[provider.id.casefold()] if other is not each]
    if provider.id and doubles:
        where = f"L'identifiant « {shown(provider.id)} » est aussi celui de la ligne {doubles[0].row.line}"
        return [f"{where} : donnez à chacun le sien, {_IN_COLUMN}."]
    return []

"""Provider mappings: how the columns and words of a service's own catalogue are to be read. Pure: bytes to a value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from appui.workflow.importing.mapping_file import KeyReader, read_toml
from appui.workflow.importing.provider_columns import COLUMNS, REQUIRED
from appui.workflow.importing.wordings import fold_words
from appui.workflow.territories import register, unknown_territory
from appui.workflow.territory_names import near_territories
from appui.workflow.themes import unknown_theme

_KEYS = ("source", "columns", "themes", "territories")


@dataclass(frozen=True, kw_only=True, slots=True)
class ProviderMapping:
    """How one catalogue is to be read; without anything, by the headers and the words that people use."""

    source: str = ""
    """The declared name of the file."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """What a sheet says → name of its column; empty: they are recognised."""
    themes: Mapping[str, str] = field(default_factory=dict)
    """Wording, folded → theme."""
    territories: Mapping[str, str] = field(default_factory=dict)
    """Wording, folded → territory."""


def parse_provider_mapping(content: bytes, *, themes: Mapping[str, str]) -> ProviderMapping:
    """Return the mapping of a TOML file. InvalidData names every fault at once, each with the path of its key.

    `themes`: those that a wording may stand for, identifier → label.
    """
    table = read_toml(content)
    reader = KeyReader()
    reader.check_keys(table, _KEYS, "")
    mapping = ProviderMapping(
        source=reader.text(table, "source", "source"),
        columns=_columns(reader, table.get("columns")),
        themes=_wordings(
            reader, table, "themes", lambda theme: "" if theme in themes else unknown_theme(theme, themes)
        ),
        territories=_wordings(reader, table, "territories", _fault_of_territory),
    )
    reader.check()
    return mapping


def _columns(reader: KeyReader, table: object) -> dict[str, str]:
    if not isinstance(table, dict):
        reader.faults.append(("columns", 'attendu une table champ = colonne, par exemple name = "Structure".'))
        return {}
    reader.check_keys(table, COLUMNS, "columns.")
    wanted = [field for field in COLUMNS if field in table or field in REQUIRED]
    return {field: reader.text(table, field, f"columns.{field}") for field in wanted}


def _wordings(reader: KeyReader, table: Mapping[str, Any], key: str, fault_of: Callable[[str], str]) -> dict[str, str]:
    given = table.get(key, {})
    if not isinstance(given, dict):
        reader.faults.append((key, f'attendu une table [{key}], une formulation par ligne : "Formulation" = "…".'))
        return {}
    found: dict[str, str] = {}
    for wording in given:
        path = f"{key}.{wording[:60]}"
        meant = reader.text(given, wording, path)
        fault = fault_of(meant) if meant else ""
        if fold_words(wording) in found:
            fault = "cette formulation est donnée deux fois."
        if fault:
            reader.faults.append((path, fault))
        found[fold_words(wording)] = meant
    return found


def _fault_of_territory(territory: str) -> str:
    exists = register().territory_exists(territory)
    return "" if exists else unknown_territory(territory, near=near_territories(territory))

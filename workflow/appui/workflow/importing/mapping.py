"""Mappings: how the columns and the words of a service's own tracker are to be read. Pure: bytes to a value."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from appui.states.opening import ROUTES
from appui.workflow.importing.headers import fold_header
from appui.workflow.importing.mapping_file import KeyReader, read_toml

FIELDS = (
    "applicant", "title", "programme", "outcome", "provider", "coverage", "remarks", "need", "received_on",
    "routed_on", "reference",
)  # fmt: skip
"""What a column may hold. Coverage and remarks are kept as words only: no fact of a case says the same.

`reference` is that of a case: a sheet that came out of appui has it, a tracker that never did may lack the column.
"""
OPTIONAL_FIELDS = ("reference",)
"""Fields whose column may be missing from a file."""

_REQUIRED_FIELDS = ("applicant", "outcome")
_KEYS = ("source", "caveat", "department", "sheet", "columns", "outcomes")
_OUTCOME_KEYS = ("wordings", "providers", "state", "route", "presumed")
_TYPOGRAPHY = str.maketrans({"’": "'", "‘": "'", "ʼ": "'"})


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownOutcome:
    """Where a request stands when the tracker says one of these wordings."""

    wordings: tuple[str, ...]
    providers: tuple[str, ...] = ()
    """With one of these providers beside it; empty: whoever stands there."""
    state: str
    route: str | None = None
    presumed: tuple[str, ...] = ()
    """Facts that the wording implies without the tracker holding them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TrackerMapping:
    """How one tracker is to be read."""

    source: str
    """The declared name of the file: with it, a line is known again at the next import."""
    caveat: str = ""
    """What must be said with every figure that counts its lines."""
    department: str | None = None
    """Code of the tracker's département, when the mapping says it."""
    sheet: str | None = None
    """The tab of a workbook, when the mapping says it."""
    columns: Mapping[str, str]
    """Field → name of its column, written in one way for all the fields that share it."""
    outcomes: tuple[KnownOutcome, ...]

    def find_outcome(self, wording: str, provider: str) -> KnownOutcome | None:
        """Return what the wording means beside that provider; an outcome that names the provider comes first."""
        said, beside = fold_wording(wording), fold_wording(provider)
        possible = [each for each in self.outcomes if said in map(fold_wording, each.wordings)]
        named = (each for each in possible if beside in map(fold_wording, each.providers))
        return next(named, next((each for each in possible if not each.providers), None))

    def wording_of(self, state: str, route: str | None) -> str | None:
        """Return the first wording that stands for a state and a route, whoever is beside it; None when none does."""
        meant = (each for each in self.outcomes if (each.state, each.route) == (state, route))
        return next((each.wordings[0] for each in meant), None)

    def nearest_wordings(self, wording: str) -> list[str]:
        """Return the wordings that look like one that is unknown, the nearest first; at most three."""
        known = {fold_wording(each): each for outcome in self.outcomes for each in outcome.wordings}
        return [known[each] for each in difflib.get_close_matches(fold_wording(wording), known, n=3)]


def fold_wording(text: str) -> str:
    """Return what identifies a wording: without case, repeated spaces and the form of its apostrophes."""
    return " ".join(unicodedata.normalize("NFC", text).translate(_TYPOGRAPHY).casefold().split())


def parse_mapping(content: bytes, *, states: Collection[str], facts: Collection[str]) -> TrackerMapping:
    """Return the mapping of a TOML file. InvalidData names every fault at once, each with the path of its key.

    `states` and `facts` are those that an outcome may name.
    """
    table = read_toml(content)
    reader = KeyReader()
    reader.check_keys(table, _KEYS, "")
    source = reader.text(table, "source", "source")
    columns = _columns(reader, table.get("columns"))
    outcomes = _outcomes(reader, table.get("outcomes"), states=states, facts=facts)
    said = {key: reader.text(table, key, key) for key in ("caveat", "department", "sheet") if key in table}
    reader.faults += _said_twice(outcomes)
    reader.check()
    return TrackerMapping(source=source, columns=columns, outcomes=tuple(outcomes), **said)


def _columns(reader: KeyReader, table: object) -> dict[str, str]:
    if not isinstance(table, dict):
        reader.faults.append(("columns", 'attendu une table champ = colonne, par exemple applicant = "Demandeur".'))
        return {}
    reader.check_keys(table, FIELDS, "columns.")
    wanted = [field for field in FIELDS if field in table or field in _REQUIRED_FIELDS]
    names = {field: reader.text(table, field, f"columns.{field}") for field in wanted}
    same = {fold_header(name): name for name in names.values()}
    return {field: same[fold_header(name)] for field, name in names.items()}


def _outcomes(
    reader: KeyReader, tables: object, *, states: Collection[str], facts: Collection[str]
) -> list[KnownOutcome]:
    if not isinstance(tables, list) or not tables:
        reader.faults.append(("outcomes", "attendu au moins une table [[outcomes]]."))
        return []
    found = []
    for place, table in enumerate(tables):
        path = f"outcomes[{place}]"
        if isinstance(table, dict):
            found.append(_outcome(reader, table, path, states=states, facts=facts))
        else:
            reader.faults.append((path, "attendu une table [[outcomes]]."))
    return found


def _outcome(
    reader: KeyReader, table: Mapping[str, Any], path: str, *, states: Collection[str], facts: Collection[str]
) -> KnownOutcome:
    reader.check_keys(table, _OUTCOME_KEYS, f"{path}.")
    if not table.get("wordings"):
        reader.faults.append((f"{path}.wordings", "il faut au moins une formulation du tableau."))
    outcome = KnownOutcome(
        wordings=reader.texts(table, "wordings", f"{path}.wordings"),
        providers=reader.texts(table, "providers", f"{path}.providers"),
        state=reader.text(table, "state", f"{path}.state"),
        route=reader.text(table, "route", f"{path}.route") if "route" in table else None,
        presumed=reader.texts(table, "presumed", f"{path}.presumed"),
    )
    reader.one_of([outcome.state], states, f"{path}.state")
    reader.one_of([outcome.route or ""], ROUTES, f"{path}.route")
    reader.one_of(outcome.presumed, facts, f"{path}.presumed")
    return outcome


def _said_twice(outcomes: Iterable[KnownOutcome]) -> list[tuple[str, str]]:
    seen: set[tuple[str, str]] = set()
    faults = []
    for place, outcome in enumerate(outcomes):
        for wording in outcome.wordings:
            for provider in outcome.providers or ("",):
                pair = (fold_wording(wording), fold_wording(provider))
                if pair in seen:
                    beside = f" avec « {provider} »" if provider else ""
                    faults.append((f"outcomes[{place}].wordings", f"« {wording} »{beside} est donné deux fois."))
                seen.add(pair)
    return faults

"""Mappings: how the columns and the words of a service's own tracker are to be read. Pure: bytes to a value."""

from __future__ import annotations

import difflib
import re
import tomllib
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from appui.states.errors import InvalidData
from appui.states.fields import clean_text
from appui.states.opening import ROUTES
from appui.states.wording import listed
from appui.workflow.importing.headers import fold_header

FILE_MAX_BYTES = 1 << 20
FAULTS_MAX = 100

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
    table = _read(content)
    reader = _Reader()
    reader.check_keys(table, _KEYS, "")
    source = reader.text(table, "source", "source")
    columns = _columns(reader, table.get("columns"))
    outcomes = _outcomes(reader, table.get("outcomes"), states=states, facts=facts)
    said = {key: reader.text(table, key, key) for key in ("caveat", "department", "sheet") if key in table}
    reader.faults += _said_twice(outcomes)
    if reader.faults:
        raise InvalidData(reader.faults[:FAULTS_MAX])
    return TrackerMapping(source=source, columns=columns, outcomes=tuple(outcomes), **said)


class _Reader:
    """Reads plain data key by key and gathers the faults."""

    def __init__(self) -> None:
        self.faults: list[tuple[str, str]] = []

    def check_keys(self, table: Mapping[str, Any], known: Collection[str], prefix: str) -> None:
        for key in table:
            if key not in known:
                self.faults.append((prefix + key[:60], _unknown_key(key, known)))

    def text(self, table: Mapping[str, Any], key: str, path: str) -> str:
        if key not in table:
            self.faults.append((path, "clé obligatoire absente."))
            return ""
        return self._text(table[key], path)

    def texts(self, table: Mapping[str, Any], key: str, path: str) -> tuple[str, ...]:
        values = table.get(key, [])
        if not isinstance(values, list):
            self.faults.append((path, 'attendu une liste de textes, par exemple ["Convention signée"].'))
            return ()
        return tuple(self._text(value, f"{path}[{place}]") for place, value in enumerate(values))

    def one_of(self, values: Iterable[str], known: Collection[str], path: str) -> None:
        for value in values:
            if value and value not in known:
                near = difflib.get_close_matches(value, known, n=1)
                self.faults.append((path, f"« {value} » n'est pas connu ici ; {_help(near, known)}"))

    def _text(self, value: object, path: str) -> str:
        try:
            return clean_text(value, label=path.rpartition(".")[2], path=path)
        except InvalidData as invalid:
            self.faults += invalid.errors
            return ""


def _read(content: bytes) -> dict[str, Any]:
    if len(content) > FILE_MAX_BYTES:
        raise InvalidData([("", "Le fichier de correspondance est trop grand : 1 Mio au plus.")])
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        text = f"Le fichier de correspondance n'est pas en UTF-8 (ligne {line}) : enregistrez-le en UTF-8."
        raise InvalidData([("", text)]) from error
    except (ValueError, RecursionError) as error:
        place = re.search(r"line (\d+), column (\d+)", str(error))
        where = "" if place is None else f" (ligne {place[1]}, colonne {place[2]})"
        text = f"Le fichier de correspondance n'est pas du TOML valide{where} : vérifiez guillemets, crochets et clés."
        raise InvalidData([("", text)]) from error


def _columns(reader: _Reader, table: object) -> dict[str, str]:
    if not isinstance(table, dict):
        reader.faults.append(("columns", 'attendu une table champ = colonne, par exemple applicant = "Demandeur".'))
        return {}
    reader.check_keys(table, FIELDS, "columns.")
    wanted = [field for field in FIELDS if field in table or field in _REQUIRED_FIELDS]
    names = {field: reader.text(table, field, f"columns.{field}") for field in wanted}
    same = {fold_header(name): name for name in names.values()}
    return {field: same[fold_header(name)] for field, name in names.items()}


def _outcomes(
    reader: _Reader, tables: object, *, states: Collection[str], facts: Collection[str]
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
    reader: _Reader, table: Mapping[str, Any], path: str, *, states: Collection[str], facts: Collection[str]
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


def _unknown_key(key: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    return f"clé inconnue ; {_help(near, known)}"


def _help(near: Sequence[str], known: Collection[str]) -> str:
    return f"vouliez-vous dire « {near[0]} » ?" if near else f"attendu {listed(list(known), last='ou')}."

"""The journal: an append-only chain of hashes for each case, and what verifies it. Pure; `db` keeps the rows.

Each hash covers the entry and the hash before it. What may name a person is covered through a salted commitment, so
that a person can be forgotten (value and salt erased) and the chain still verifies. The head of each chain is kept
apart from the entries, so that a cut-off end is found too.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson

from appui.states.case import Case, Entry, fold
from appui.states.procedure import Procedure
from appui.states.values import changed

GENESIS = "0" * 64
"""What the first entry of a chain names as the hash before it."""
ACTOR_NAME = "actor_name"
ALWAYS_PERSONAL = frozenset({"applicant", "title", "value", "words"})
"""Data of openings, corrections and imports, whose content no field declares."""

_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_PLAIN = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_SUBCLASS
_UNSURE = re.compile(rb'(?:^|[\[,]|(?<!"on_behalf_of)":)(?:-?[0-9]+[.e]|null)')
"""A fraction, which orjson writes in its own way, or a null that may have been no number."""


@dataclass(frozen=True, slots=True)
class SealedEntry:
    """An entry with its place in the chain."""

    entry: Entry
    commitments: Mapping[str, str]
    """Name of what may be personal → hash of its salt and value."""
    salts: Mapping[str, str]
    """Name → salt, in hexadecimal; erased with the value when a person is forgotten."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with a chain."""

    case_id: str
    seq: int | None
    text: str
    """In French."""


def personal_names(procedure: Procedure, action: str) -> frozenset[str]:
    """Return the data of that action that may name a person."""
    declared = procedure.actions.get("open" if action == "import" else action)
    fields = declared.fields if declared is not None else ()
    return ALWAYS_PERSONAL | {field.name for field in fields if field.personal}


def seal(entry: Entry, *, personal: Collection[str], new_salt: Callable[[], str]) -> SealedEntry:
    """Return the entry chained to the `previous_hash` that it names. `new_salt` gives 128 random bits in hex."""
    previous_hash = entry.previous_hash or GENESIS
    values = {f"data.{name}": entry.data[name] for name in sorted(personal) if name in entry.data}
    values[ACTOR_NAME] = entry.actor_name
    salts = {name: new_salt() for name in values}
    commitments = {name: commitment(salts[name], value) for name, value in values.items()}
    return SealedEntry(
        changed(entry, hash=_hash_of(entry, commitments, previous_hash), previous_hash=previous_hash),
        commitments,
        salts,
    )


def verify_chain(case_id: str, entries: Sequence[SealedEntry], head: tuple[int, str] | None) -> list[Fault]:
    """Return what is wrong with one chain; empty when nothing is. `entries` by number; `head` is what is kept apart."""
    faults: list[Fault] = []
    previous = GENESIS
    for place, sealed in enumerate(entries, start=1):
        entry = sealed.entry
        if entry.seq != place:
            text = f"L'entrée n° {place} manque." if entry.seq > place else f"L'entrée n° {entry.seq} est de trop."
            return [*faults, Fault(case_id, place, text)]
        faults += [Fault(case_id, place, text) for text in _faults_of(sealed, previous)]
        previous = entry.hash
    if head is None:
        return [*faults, Fault(case_id, None, "La tête de la chaîne manque.")]
    found = (entries[-1].entry.seq, entries[-1].entry.hash) if entries else (0, GENESIS)
    if head != found:
        text = f"La chaîne finit à l'entrée n° {found[0]}, sa tête gardée à part dit n° {head[0]}."
        faults.append(Fault(case_id, head[0], text if head[0] != found[0] else "La tête gardée à part est autre."))
    return faults


def verify_case(case_id: str, case: Case | None, entries: Sequence[SealedEntry]) -> list[Fault]:
    """Return what of a case is not what its journal tells; its chain has been verified before."""
    if case is None:
        return [Fault(case_id, None, "Le dossier manque, son journal est là.")]
    last = entries[-1].entry
    if (case.version, case.head) != (last.seq, last.hash):
        return [Fault(case_id, last.seq, f"Le dossier dit {case.version} entrées, son journal {last.seq}.")]
    try:
        told = fold([sealed.entry for sealed in entries])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return [Fault(case_id, None, f"Le journal ne raconte plus de dossier ({type(error).__name__}).")]
    return [] if told == case else [Fault(case_id, last.seq, "Le dossier n'est pas ce que raconte son journal.")]


def _faults_of(sealed: SealedEntry, previous: str) -> list[str]:
    entry = sealed.entry
    faults = []
    if entry.previous_hash != previous:
        faults.append(f"L'entrée n° {entry.seq} ne suit pas la précédente.")
    if entry.hash != _hash_of(entry, sealed.commitments, entry.previous_hash):
        faults.append(f"L'entrée n° {entry.seq} a été modifiée.")
    for name, expected in sealed.commitments.items():
        salt = sealed.salts.get(name)
        if salt is not None and _commitment_or_none(salt, _value_of(entry, name)) != expected:
            faults.append(f"Dans l'entrée n° {entry.seq}, « {name} » a été modifié.")
        if salt is None and _value_of(entry, name) is not None:
            faults.append(f"Dans l'entrée n° {entry.seq}, le sel de « {name} » manque.")
    return faults


def _value_of(entry: Entry, name: str) -> Any:
    return entry.actor_name if name == ACTOR_NAME else entry.data.get(name.removeprefix("data."))


def commitment(salt: str, value: Any) -> str:
    """Return the commitment to a value: nobody without the salt can guess it back."""
    return hashlib.sha256(bytes.fromhex(salt) + canonical(value).encode()).hexdigest()


def _commitment_or_none(salt: str, value: Any) -> str | None:
    try:
        return commitment(salt, value)
    except (TypeError, ValueError):
        return None


def canonical(value: Any) -> str:
    """Return the one text of plain data: keys sorted, no spaces, so that equal data have equal hashes."""
    try:
        text = orjson.dumps(value, option=_PLAIN | orjson.OPT_SORT_KEYS)
    except TypeError:
        return _ENCODER.encode(value)
    return _ENCODER.encode(value) if _UNSURE.search(text) else text.decode()


def _hash_of(entry: Entry, commitments: Mapping[str, str], previous_hash: str) -> str:
    return hashlib.sha256(covered_text(entry, commitments, previous_hash).encode()).hexdigest()


def covered_text(entry: Entry, commitments: Mapping[str, str], previous_hash: str) -> str:
    """Return the text whose SHA-256 is the hash of an entry."""
    public = {name: value for name, value in entry.data.items() if f"data.{name}" not in commitments}
    content = {
        "case_id": entry.case_id,
        "seq": entry.seq,
        "recorded_at": instant(entry.recorded_at),
        "effective_on": entry.effective_on.isoformat(),
        "actor_id": entry.actor_id,
        "on_behalf_of": entry.on_behalf_of,
        "action": entry.action,
        "data": public,
        "events": [event.to_json() for event in entry.events],
        "commitments": dict(commitments),
        "previous_hash": previous_hash,
    }
    return canonical(content)


@lru_cache(maxsize=1024)
def instant(moment: datetime) -> str:
    """Return an aware instant as the one text that hashes use: UTC, microseconds."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")

"""Presses: from the model of a case, as many copies as wanted, each with a journal that verifies."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from random import Random
from typing import Any

from appui.states.events import RouteTaken
from appui.workflow.db.rows import deadline_parameters, entry_parameters, json_text, message_parameters, row_parameters
from appui.workflow.db.tables import METADATA
from appui.workflow.db.terms import named
from appui.workflow.journal import (
    ACTOR_NAME,
    GENESIS,
    SealedEntry,
    canonical,
    covered_text,
    instant,
    personal_names,
)
from bench.big.holes import CASE_ID, hole
from bench.big.lives import Model
from bench.big.stencils import Format, Stencil

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
"""The content of every document: kept once, whatever the number of cases."""

COLUMNS: Mapping[str, tuple[str, ...]] = {
    name: tuple(
        column.name
        for column in METADATA.tables[name].columns
        if column.server_default is None and column.name not in ("position", "xid")
    )
    for name in (
        "appui_case", "appui_entry", "appui_chain_head", "appui_deadline", "appui_message", "appui_document",
        "appui_share", "appui_consultation", "appui_term", "appui_import_line",
    )
}  # fmt: skip
"""Table → columns of the lines pressed for it; the base itself places entries in the feed, and begins counts."""

Line = tuple[str, str]
"""(table, row)."""


class Press:
    """What makes copies of one model."""

    def __init__(self, model: Model, format_: Format) -> None:
        self.model = model
        self._entries = [_EntryPress(model, number, format_) for number in range(len(model.entries))]
        rows = [*_rows_of(model)]
        self._rows = [(table, format_.row(values.get(name) for name in COLUMNS[table])) for table, values in rows]
        self._ids = [f"message{number}" for number in range(len(model.messages))]
        self._ids += [f"document{number}" for number in range(1, len(model.documents) + 1)]
        self._term = format_.row((CASE_ID, hole("term")))
        self._digest = Stencil(_digested(model)) if model.imported else None

    def copy(self, values: dict[str, str], words: Iterable[str], rng: Random) -> tuple[list[Line], list[Line]]:
        """Return the rows of one copy: its entries as (instant, row), and all others by their table.

        `values` name the holes of people and places; identifiers and hashes are added. It is found by `words`.
        """
        chance = rng.randbytes(16 * len(self._ids)).hex()
        for place, name in enumerate(self._ids):
            values[name] = uuid_of(chance[32 * place : 32 * place + 32])
        if self._digest is not None:
            values["digest"] = _sha256(self._digest.fill(values))
        entries = [entry.copy(values, rng) for entry in self._entries]
        rows = [(table, row.fill(values)) for table, row in self._rows]
        rows += [("appui_term", self._term.fill(values | {"term": word})) for word in words]
        return entries, rows


class _EntryPress:
    """What makes copies of one entry, given the hash of the one before."""

    def __init__(self, model: Model, number: int, format_: Format) -> None:
        entry = model.entries[number]
        personal = personal_names(model.procedure, entry.action)
        values = {f"data.{name}": entry.data[name] for name in sorted(personal) if name in entry.data}
        values[ACTOR_NAME] = entry.actor_name
        commitments = {name: hole(f"commitment{place}") for place, name in enumerate(values)}
        salts = {name: hole(f"salt{place}") for place, name in enumerate(values)}
        previous = entry.previous_hash or GENESIS
        sealed = SealedEntry(replace(entry, previous_hash=previous), commitments, salts)
        cells = entry_parameters(sealed) | {"case_id": entry.case_id}
        cells["data"] = cells.pop("entry_data")
        self._row = format_.row(cells[name] for name in COLUMNS["appui_entry"])
        self._covered = Stencil(covered_text(entry, commitments, previous))
        self._values = [Stencil(canonical(value)) for value in values.values()]
        self._names = [(f"salt{place}", f"commitment{place}") for place in range(len(values))]
        self._hash = f"hash{entry.seq}"
        self._instant = instant(entry.recorded_at)

    def copy(self, values: dict[str, str], rng: Random) -> Line:
        chance = rng.randbytes(16 * len(self._values))
        for place, ((salt_name, commitment_name), value) in enumerate(zip(self._names, self._values, strict=True)):
            salt = chance[16 * place : 16 * place + 16]
            values[salt_name] = salt.hex()
            values[commitment_name] = hashlib.sha256(salt + value.fill(values).encode()).hexdigest()
        values[self._hash] = _sha256(self._covered.fill(values))
        return self._instant, self._row.fill(values)


def uuid_of(digits: str) -> str:
    """Return the random identifier (UUID, version 4) that 32 hexadecimal digits make."""
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def _rows_of(model: Model) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield every row of a model but those of its journal: (table, column → value)."""
    case, last = model.case, model.entries[-1]
    yield "appui_case", row_parameters(case) | {"search": hole("search")}
    yield "appui_chain_head", {"case_id": CASE_ID, "seq": last.seq, "hash": last.hash}
    for deadline in model.deadlines:
        yield "appui_deadline", deadline_parameters(CASE_ID, deadline)
    for number, message in enumerate(model.messages):
        told = message_parameters(replace(message, id=hole(f"message{number}")))
        yield "appui_message", told | {"data": json_text(told["data"])}
    for document, added_at in model.documents:
        yield (
            "appui_document",
            {
                "id": document,
                "case_id": CASE_ID,
                "sha256": hashlib.sha256(PDF).hexdigest(),
                "name": "piece.pdf",
                "media_type": "application/pdf",
                "size": len(PDF),
                "added_at": instant(added_at),
                "added_by": hole("agent"),
            },
        )
    for theme in case.data.get("themes") or ():
        yield "appui_term", {"term": named("theme", theme), "case_id": CASE_ID}
    yield "appui_term", {"term": named("procedure", case.procedure), "case_id": CASE_ID}
    for department in case.shared_with:
        yield "appui_share", {"case_id": CASE_ID, "department": department}
    for provider in case.data.get("consultations") or ():
        yield "appui_consultation", {"case_id": CASE_ID, "provider": provider}
    if model.imported:
        yield (
            "appui_import_line",
            {
                "source": hole("source"),
                "line_key": CASE_ID,
                "case_id": CASE_ID,
                "digest": hole("digest"),
                "department": case.department,
                "imported_at": instant(case.opened_at),
            },
        )


def _digested(model: Model) -> str:
    """Return what an import remembers of its line, to know it again."""
    taken_in = model.entries[0]
    told, state = taken_in.data, model.case.visits[0].state
    route = next((event.route for event in taken_in.events if isinstance(event, RouteTaken)), None)
    return canonical([told["words"], state, route, told["routed_on"], sorted(told["presumed"])])


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

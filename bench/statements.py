"""Statements: hand-written SQL that writes a footprint for another case, as the bare driver takes it."""

# ruff: noqa: S608 - names come from the base's own catalogue, values are always parameters

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from bench.footprint import CASE_TABLE, Change, Sample
from bench.tables import Table


@dataclass(frozen=True, slots=True)
class Target:
    """The case to write for."""

    id: str
    reference: str = ""
    version: Any = None
    """As it was read, for the check that nobody else wrote meanwhile."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement and its parameters: those that never change, and those that follow from the case."""

    text: str
    constants: tuple[Any, ...]
    varying: tuple[tuple[int, Callable[[Target], Any]], ...]

    def parameters(self, target: Target) -> list[Any]:
        """Return the parameters for a case."""
        values = list(self.constants)
        for position, value in self.varying:
            values[position] = value(target)
        return values


def whole(sample: Sample, changes: Sequence[Change]) -> Statement:
    """Return one PostgreSQL statement that writes everything from the changed case: no case, nothing written."""
    draft = _Draft(sample, "%s")
    first, *others = changes
    parts = [f"changed AS ({draft.insert([first]) if first.new else draft.update(first)} RETURNING id)"]
    for (_, new), group in groupby(others, key=lambda change: (change.table.name, change.new)):
        # Several new rows of a table are one insert; an altered row is an update of its own.
        together = list(group)
        texts = (
            [draft.insert(together, source="changed")]
            if new
            else [draft.update(change, source="changed") for change in together]
        )
        parts += [f"part{len(parts) + rank} AS ({text})" for rank, text in enumerate(texts)]
    return draft.done(f"WITH {', '.join(parts)} SELECT count(*) FROM changed")


def in_turn(sample: Sample, changes: Sequence[Change]) -> list[Statement]:
    """Return SQLite statements, the case's own first: when it touches no row, the others must not be run."""
    statements = []
    for change in changes:
        draft = _Draft(sample, "?")
        statements.append(draft.done(draft.insert([change]) if change.new else draft.update(change)))
    return statements


class _Draft:
    """A statement in the making: texts come out in the order in which their parameters are taken."""

    def __init__(self, sample: Sample, mark: str) -> None:
        self._sample, self._mark = sample, mark
        self._values: list[Any] = []
        self._varying: list[tuple[int, Callable[[Target], Any]]] = []

    def done(self, text: str) -> Statement:
        return Statement(text, tuple(self._values), tuple(self._varying))

    def insert(self, changes: Sequence[Change], *, source: str = "") -> str:
        table = changes[0].table
        columns = [column for column in table.columns if column not in table.given]
        rows = ", ".join(f"({', '.join(self._new(change, column) for column in columns)})" for change in changes)
        values = f"SELECT each.* FROM {source}, (VALUES {rows}) AS each" if source else f"VALUES {rows}"
        return f"INSERT INTO {table.name} ({', '.join(columns)}) {values}"

    def update(self, change: Change, *, source: str = "") -> str:
        table = change.table
        values = ", ".join(f"{name} = {self._taken(table, name, value)}" for name, value in change.values.items())
        where = [f"{table.name}.{name} = {self._taken(table, name, value)}" for name, value in change.key.items()]
        if table.name == CASE_TABLE:
            where.append(f"version = {self._following(table, 'version', lambda target: target.version)}")
        return f"UPDATE {table.name} SET {values}{f' FROM {source}' if source else ''} WHERE {' AND '.join(where)}"

    def _new(self, change: Change, column: str) -> str:
        table, value = change.table, change.values[column]
        if column in table.numbered:
            within = [f"{name} = {self._taken(table, name, change.values[name])}" for name in table.numbered[column]]
            return f"(SELECT coalesce(max({column}), 0) + 1 FROM {table.name} WHERE {' AND '.join(within) or 'true'})"
        if table.key == (column,) and value != self._sample.case_id:
            return self._following(table, column, lambda _: str(uuid.uuid4()))
        return self._taken(table, column, value)

    def _taken(self, table: Table, column: str, value: Any) -> str:
        """Take a value of the sample: the same for the other cases, but for what names the case."""
        case_id, reference = self._sample.case_id, self._sample.reference
        if value == case_id:
            return self._following(table, column, lambda target: target.id)
        if isinstance(value, str) and (case_id in value or reference in value):
            return self._following(
                table, column, lambda target: value.replace(case_id, target.id).replace(reference, target.reference)
            )
        self._values.append(value)
        return self._typed(table, column)

    def _following(self, table: Table, column: str, value: Callable[[Target], Any]) -> str:
        self._varying.append((len(self._values), value))
        self._values.append(None)
        return self._typed(table, column)

    def _typed(self, table: Table, column: str) -> str:
        """Return the mark of a parameter. PostgreSQL is told its type, since all of them come as text."""
        return self._mark if self._mark == "?" else f"{self._mark}::{table.types[column]}"

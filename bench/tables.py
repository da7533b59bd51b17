"""Tables: what a base holds, by its own catalogue, so that the bench follows the engine when its tables change."""

# ruff: noqa: S608 - names come from the base's own catalogue, values are always parameters

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bench.databases import Place

Row = Mapping[str, Any]
"""Column → value: as SQLite has it, or as text from PostgreSQL."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A table as it stands in a base."""

    name: str
    types: Mapping[str, str]
    """Column → type, by the base's own name of it."""
    key: tuple[str, ...]
    """Primary key."""
    given: frozenset[str]
    """Columns that the base fills in by itself."""
    numbered: Mapping[str, tuple[str, ...]]
    """Column that must take the next number → the columns within which it must differ."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(self.types)


def tables_of(place: Place, raw: Any) -> list[Table]:
    """Return the tables of appui."""
    return (_sqlite if place.dialect == "sqlite" else _postgresql)(raw)


def rows_of(place: Place, raw: Any, table: Table) -> dict[tuple[Any, ...], Row]:
    """Return every row by its primary key."""
    cast = "" if place.dialect == "sqlite" else "::text"
    asked = ", ".join(f"{column}{cast}" for column in table.columns)
    found = (
        dict(zip(table.columns, row, strict=True))
        for row in raw.execute(f"SELECT {asked} FROM {table.name}").fetchall()
    )
    return {tuple(row[column] for column in table.key): row for row in found}


def _sqlite(raw: Any) -> list[Table]:
    names = raw.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'appui\\_%' ESCAPE '\\'")
    return [_sqlite_table(raw, name) for (name,) in names.fetchall()]


def _sqlite_table(raw: Any, name: str) -> Table:
    columns = raw.execute("SELECT name, type, pk FROM pragma_table_info(?) ORDER BY cid", (name,)).fetchall()
    key = tuple(column for column, _, rank in sorted(columns, key=lambda each: each[2]) if rank)
    types = {column: kind for column, kind, _ in columns}
    indexes = raw.execute(
        "SELECT name FROM pragma_index_list(?) WHERE \"unique\" AND origin <> 'pk'", (name,)
    ).fetchall()
    unique = [
        tuple(column for (column,) in raw.execute("SELECT name FROM pragma_index_info(?) ORDER BY seqno", index))
        for index in indexes
    ]
    # An INTEGER PRIMARY KEY is the row's own number, which SQLite gives.
    given = frozenset(key) if len(key) == 1 and types[key[0]] == "INTEGER" else frozenset()
    return Table(name=name, types=types, key=key, given=given, numbered=_numbered(unique, types, given))


def _postgresql(raw: Any) -> list[Table]:
    names = raw.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE 'appui\\_%'").fetchall()
    return [_postgresql_table(raw, name) for (name,) in names]


def _postgresql_table(raw: Any, name: str) -> Table:
    columns = raw.execute(
        """SELECT attname, format_type(atttypid, atttypmod), attidentity <> '' FROM pg_attribute
        WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum""",
        (name,),
    ).fetchall()
    indexes = raw.execute(
        """SELECT indisprimary, array(
            SELECT attname FROM unnest(indkey::smallint[]) WITH ORDINALITY AS each (attnum, rank)
            JOIN pg_attribute USING (attnum) WHERE attrelid = indrelid ORDER BY rank)::text[]
        FROM pg_index WHERE indisunique AND indrelid = %s::regclass""",
        (name,),
    ).fetchall()
    [key] = [tuple(names) for primary, names in indexes if primary]
    types = {column: kind for column, kind, _ in columns}
    given = frozenset(column for column, _, identity in columns if identity)
    unique = [tuple(names) for primary, names in indexes if not primary]
    return Table(name=name, types=types, key=key, given=given, numbered=_numbered(unique, types, given))


def _numbered(
    unique: list[tuple[str, ...]], types: Mapping[str, str], given: frozenset[str]
) -> dict[str, tuple[str, ...]]:
    """Return the whole numbers that a unique index asks to be new, unless the base itself gives one of its columns."""
    ours = [columns for columns in unique if not given.intersection(columns)]
    return {columns[-1]: columns[:-1] for columns in ours if "INT" in types[columns[-1]].upper()}

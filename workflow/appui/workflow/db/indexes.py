"""Indexes: those that a base has, compared with those of the tables, and put right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Index, inspect, text
from sqlalchemy.schema import CreateIndex, DropIndex

from appui.workflow.db.tables import METADATA

_Shape = tuple[list[str], bool, bool]
"""Columns, unique, of some rows only: databases write their conditions each in its own way."""


@dataclass(frozen=True, slots=True)
class WrongIndex:
    """An index that is not as the tables ask."""

    name: str
    there: bool
    """Whether something stands under that name: on other columns, or left unfinished."""


def wrong_indexes(connection: Connection, *, schema: str | None) -> list[WrongIndex]:
    """Return the indexes that are missing or otherwise than the tables ask, by name."""
    return [WrongIndex(str(index.name), there) for index, there in _wrong(connection, schema)]


def mend_index(connection: Connection, name: str, *, schema: str | None) -> None:
    """Create the index of that name anew, in the connection's transaction; who writes to its table waits meanwhile."""
    if schema is not None:
        connection = connection.execution_options(schema_translate_map={None: schema})
    for index, there in _wrong(connection, schema):
        if index.name == name:
            if there:
                connection.execute(DropIndex(index))
            connection.execute(CreateIndex(index))


def _wrong(connection: Connection, schema: str | None) -> Iterator[tuple[Index, bool]]:
    inspector = inspect(connection)
    unfinished = _unfinished(connection)
    for table in METADATA.sorted_tables:
        found = {each["name"]: each for each in inspector.get_indexes(table.name, schema=schema)}
        for index in sorted(table.indexes, key=lambda each: str(each.name)):
            known = found.get(str(index.name))
            if known is None:
                yield index, False
            elif _shape_of_asked(index, connection.dialect.name) != _shape_of_found(known) or index.name in unfinished:
                yield index, True


def _shape_of_asked(index: Index, dialect: str) -> _Shape:
    partial = index.dialect_options[dialect]["where"] is not None
    return [column.name for column in index.columns], bool(index.unique), partial


def _shape_of_found(known: Mapping[str, Any]) -> _Shape:
    partial = any(name.endswith("_where") for name in known.get("dialect_options") or ())
    return known["column_names"], bool(known["unique"]), partial


def _unfinished(connection: Connection) -> set[str]:
    """Return the indexes that PostgreSQL keeps but does not use: their creation was interrupted."""
    if connection.dialect.name != "postgresql":
        return set()
    known = "SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE NOT indisvalid"
    return set(connection.execute(text(known)).scalars())

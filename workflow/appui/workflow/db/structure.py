"""Structure: the tables, columns and constraints that a base lacks, compared with those of the program."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Connection,
    Constraint,
    ForeignKeyConstraint,
    Inspector,
    Table,
    UniqueConstraint,
    inspect,
)

from appui.workflow.db.tables import METADATA

_Key = Any


def missing_parts(connection: Connection, *, schema: str | None) -> list[str]:
    """Return what the base lacks, in French: « table appui_share », « colonne appui_case.title »."""
    inspector = inspect(connection)
    there = set(inspector.get_table_names(schema=schema))
    found: list[str] = []
    for table in METADATA.sorted_tables:
        if table.name not in there:
            found.append(f"table {table.name}")
        else:
            found += _missing_of(inspector, table, schema)
    return found


def _missing_of(inspector: Inspector, table: Table, schema: str | None) -> Iterator[str]:
    columns = {each["name"] for each in inspector.get_columns(table.name, schema=schema)}
    yield from (f"colonne {table.name}.{column.name}" for column in table.columns if column.name not in columns)
    key = inspector.get_pk_constraint(table.name, schema=schema)["constrained_columns"]
    if key != [column.name for column in table.primary_key.columns]:
        yield f"clé primaire de {table.name}"
    known = {kind: {key_of(each) for each in asked(inspector, table.name, schema)}
        for kind, (asked, key_of, _) in _CONSTRAINTS.items()}  # fmt: skip
    for constraint in sorted(table.constraints, key=lambda each: str(each.name)):
        for kind, (_, _, wanted) in _CONSTRAINTS.items():
            if isinstance(constraint, kind) and wanted(constraint) not in known[kind]:
                yield f"contrainte {constraint.name}"


def _columns_of(constraint: Any) -> tuple[str, ...]:
    return tuple(column.name for column in constraint.columns)


_CONSTRAINTS: Mapping[
    type[Constraint],
    tuple[Callable[[Inspector, str, str | None], Any], Callable[[Any], _Key], Callable[[Any], _Key]],
] = {
    UniqueConstraint: (
        lambda inspector, name, schema: inspector.get_unique_constraints(name, schema=schema),
        lambda found: tuple(found["column_names"]),
        _columns_of,
    ),
    CheckConstraint: (
        lambda inspector, name, schema: inspector.get_check_constraints(name, schema=schema),
        lambda found: found["name"],
        lambda wanted: wanted.name,
    ),
    ForeignKeyConstraint: (
        lambda inspector, name, schema: inspector.get_foreign_keys(name, schema=schema),
        lambda found: (tuple(found["constrained_columns"]), found["referred_table"]),
        lambda wanted: (_columns_of(wanted), wanted.referred_table.name),
    ),
}
"""Kind → how a base is asked for those of a table, by what one of them is known, by what one that is wanted is."""

"""Statistics: what a base must know of its tables to choose its indexes well."""

from __future__ import annotations

from sqlalchemy import Connection, text

from appui.workflow.db.tables import METADATA

_LOOKED_AT = 1000
"""Rows of each index that SQLite looks at: enough to choose, and done in a second whatever the size."""


def analyze(connection: Connection, *, schema: str | None) -> None:
    """Look at what the tables hold. Harmless at any time; on SQLite the transaction must hold the write lock."""
    prefix = "" if schema is None else f'"{schema}".'
    if connection.dialect.name == "sqlite":
        connection.execute(text(f"PRAGMA analysis_limit = {_LOOKED_AT}"))
    for name in METADATA.tables:
        connection.execute(text(f"ANALYZE {prefix}{name}"))

"""Sizes: what a big base takes on the disk."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg

_POSTGRESQL = """
    SELECT relname, pg_table_size(oid), pg_indexes_size(oid) FROM pg_class
    WHERE relkind = 'r' AND starts_with(relname, 'appui') ORDER BY pg_total_relation_size(oid) DESC"""


def sizes(url: str) -> list[tuple[str, int, int]]:
    """Return (table, bytes of its rows, bytes of its indexes), the largest first; for SQLite the file alone."""
    if url.startswith("sqlite:///"):
        path = Path(url.removeprefix("sqlite:///"))
        with closing(sqlite3.connect(path)) as raw:
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return [(path.name, path.stat().st_size, 0)]
    with psycopg.connect(url) as raw_postgresql:
        return [(str(name), int(rows), int(indexes)) for name, rows, indexes in raw_postgresql.execute(_POSTGRESQL)]

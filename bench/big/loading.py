"""Loading: rows into a base by the fastest way that it has, its indexes taken off before and put back after."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import psycopg

from appui.workflow.db.tables import METADATA
from bench.big.presses import COLUMNS
from bench.big.stencils import CELLS, COPY, Format, cells_of

Rows = Mapping[str, Sequence[str]]
"""Table → lines in the format of the loader; entries in the order in which they were recorded."""

_CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE contype IN ('p', 'u', 'f') AND (conrelid::regclass::text = ANY(%(tables)s)
        OR confrelid::regclass::text = ANY(%(tables)s))
    ORDER BY contype = 'f', conrelid::regclass::text, conname"""
"""Keys first, then what refers to them, from other tables too."""
_INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s) ORDER BY indexname"


class Loader(Protocol):
    """What takes rows in."""

    format: Format

    def load(self, rows: Rows) -> None:
        """Take these rows in, all of them in one transaction."""


@contextmanager
def postgresql(url: str, *, memory: str = "1GB") -> Iterator[Loader]:
    """Give a loader of a PostgreSQL base that has its tables; at the end it is indexed, vacuumed and analysed."""
    with psycopg.connect(url, autocommit=True) as raw:
        taken_off = _take_off(raw)
        raw.execute("ALTER TABLE appui_entry ALTER xid SET DEFAULT pg_current_xact_id()::text::bigint")
        yield _Copying(raw)
        raw.execute("ALTER TABLE appui_entry ALTER xid DROP DEFAULT")
        raw.execute(f"SET maintenance_work_mem = '{memory}'")
        for statement in taken_off:
            raw.execute(statement)
        raw.execute(f"VACUUM (ANALYZE) {', '.join(METADATA.tables)}")


def _take_off(raw: psycopg.Connection[Any]) -> list[str]:
    """Drop the constraints and indexes of the tables that are loaded; return the statements that put them back."""
    keys = raw.execute(_CONSTRAINTS, {"tables": list(COLUMNS)}).fetchall()
    for table, name, _ in reversed(keys):
        raw.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    indexes = raw.execute(_INDEXES, (list(COLUMNS),)).fetchall()
    for name, _ in indexes:
        raw.execute(f"DROP INDEX {name}")
    back = [f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}" for table, name, definition in keys]
    return [*back, *(definition for _, definition in indexes)]


@contextmanager
def sqlite(path: Path) -> Iterator[Loader]:
    """Give a loader of an SQLite base that has its tables; at the end it is indexed and analysed, and durable again."""
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as raw:
        raw.execute("PRAGMA journal_mode = OFF")
        raw.execute("PRAGMA synchronous = OFF")
        raw.execute("PRAGMA cache_size = -2000000")
        indexes = raw.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND name LIKE 'appui%'"
        ).fetchall()
        for name, _ in indexes:
            raw.execute(f"DROP INDEX {name}")
        yield _Inserting(raw)
        for _, text in indexes:
            raw.execute(text)
        raw.execute("ANALYZE")
        raw.execute("PRAGMA journal_mode = WAL")


class _Copying:
    """PostgreSQL, by COPY."""

    format = COPY

    def __init__(self, raw: psycopg.Connection) -> None:
        self._raw = raw

    def load(self, rows: Rows) -> None:
        with self._raw.transaction():
            for table, lines in rows.items():
                columns = ", ".join(f'"{name}"' for name in COLUMNS[table])
                with self._raw.cursor().copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                    for start in range(0, len(lines), 500):
                        copy.write("\n".join(lines[start : start + 500]) + "\n")


class _Inserting:
    """SQLite, by one prepared statement a table."""

    format = CELLS

    def __init__(self, raw: sqlite3.Connection) -> None:
        self._raw = raw
        self._positions = count(1)

    def load(self, rows: Rows) -> None:
        self._raw.execute("BEGIN")
        for table, lines in rows.items():
            names, marks = [f'"{name}"' for name in COLUMNS[table]], "?" * len(COLUMNS[table])
            given: Iterator[Sequence[Any]] = map(cells_of, lines)
            if table == "appui_entry":
                names, marks = [*names, "position", "xid"], f"{marks}??"
                given = ((*cells, next(self._positions), 0) for cells in given)
            text = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(marks)})"  # noqa: S608 (our own names)
            self._raw.executemany(text, given)
        self._raw.execute("COMMIT")


def loader(url: str) -> AbstractContextManager[Loader]:
    """Return what loads the base at that address."""
    if url.startswith("sqlite:///"):
        return sqlite(Path(url.removeprefix("sqlite:///")))
    return postgresql(url)

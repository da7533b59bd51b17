"""The database: connections to SQLite or PostgreSQL, and the transactions in which the store works."""

from __future__ import annotations

import os
import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Engine, create_engine, event, exc
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import PoolProxiedConnection, QueuePool

from appui.states.errors import InvalidConfig
from appui.workflow.db import upgrading
from appui.workflow.db.dialects import DialectName
from appui.workflow.db.failures import busy, is_locked, translated
from appui.workflow.db.joining import joined

_DRIVERS: dict[str, DialectName] = {
    "sqlite": "sqlite",
    "sqlite+pysqlite": "sqlite",
    "postgresql": "postgresql",
    "postgresql+psycopg": "postgresql",
}
_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_PAUSE_SECONDS = 0.01
_NEVER = threading.Event()
"""What is never set: to wait for it is to pause."""
_IMMEDIATE = "appui_immediate"


@dataclass(slots=True)
class _Process:
    """What one process holds: neither connections nor locks survive a fork."""

    pid: int
    engine: Engine
    idle: list[tuple[PoolProxiedConnection, Any]] = field(default_factory=list)
    """Connections that stay out of the pool between two uses, each with the driver's own: taking one has its price."""
    writer: threading.Lock = field(default_factory=threading.Lock)
    """SQLite has one writer; threads queue here, where waiting costs nothing."""
    probing: threading.Lock = field(default_factory=threading.Lock)
    probe: sqlite3.Connection | None = None


_INHERITED: list[_Process] = []
"""What a forked process got from its parent, kept so that it is never closed: the parent still uses it."""


class Database:
    """One base. Connections are opened when first needed, and again in a process that was forked.

    Unless said otherwise errors are AppuiError: `busy` after `busy_timeout_seconds`, `database_unavailable`,
    `no_tables` before `upgrade`.
    """

    def __init__(
        self, url: str, *, schema: str | None = None, pool_size: int = 4, busy_timeout_seconds: float = 30
    ) -> None:
        """Take the address of an SQLite file or of a PostgreSQL base; InvalidConfig for any other."""
        self._url = _url_of(url)
        self.dialect: DialectName = _DRIVERS[self._url.drivername]
        self.schema = _schema_of(schema, self.dialect)
        self.path = _path_of(self._url) if self.dialect == "sqlite" else None
        """The file of an SQLite base, absolute; None for PostgreSQL."""
        self._pool_size = pool_size
        self._timeout = busy_timeout_seconds
        self._process: _Process | None = None
        self._starting = threading.Lock()

    def upgrade(self) -> None:
        """Bring the tables to the present revision; harmless when they are, and when several processes do it.

        An SQLite base is created with its folder, and copied beside itself before it changes. AppuiError
        `newer_database` when a newer version of the program has already changed it.
        """
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.begin() as connection:
            upgrading.upgrade(connection, schema=self.schema, path=self.path)

    def is_current(self) -> bool:
        """Return whether the tables are those that this version of the program expects."""
        if self.path is not None and not self.path.exists():
            return False
        with self.sa_reading() as connection:
            return upgrading.is_current(connection, schema=self.schema)

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        """Give a driver's connection in a write transaction, committed at the end, rolled back on an exception."""
        with translated(), self._writing(), self._checked_out() as raw:
            self._begin(raw)
            try:
                yield raw
                self._commit(raw)
            except BaseException:
                with suppress(Exception):
                    raw.rollback()
                raise

    @contextmanager
    def autocommit(self) -> Iterator[Any]:
        """Give a driver's connection on which each statement is its own transaction: for PostgreSQL's hot path.

        On SQLite it is a connection to read with.
        """
        with translated(), self._checked_out() as raw:
            yield raw

    @contextmanager
    def reading(self) -> Iterator[Any]:
        """Give a driver's connection whose reads all see the same instant; nothing is written."""
        with translated(), self._checked_out() as raw:
            snapshot = "" if self.dialect == "sqlite" else "ISOLATION LEVEL REPEATABLE READ READ ONLY"
            raw.execute(f"BEGIN {snapshot}")
            try:
                yield raw
            finally:
                with suppress(Exception):
                    raw.rollback()

    @contextmanager
    def sa_reading(self) -> Iterator[Connection]:
        """Give an SQLAlchemy connection whose reads of our tables all see the same instant."""
        with translated(), self._here.engine.connect() as connection:
            options: dict[str, Any] = {}
            if self.dialect == "postgresql":
                options["isolation_level"] = "REPEATABLE READ"
            if self.schema is not None:
                options["schema_translate_map"] = {None: self.schema}
            yield connection.execution_options(**options)

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Give a host an SQLAlchemy connection in a transaction that our engine accepts; committed at the end."""
        options: dict[str, Any] = {_IMMEDIATE: True}
        if self.dialect == "postgresql":
            options = {"isolation_level": "READ COMMITTED"}
        with (
            translated(),
            self._writing(),
            self._here.engine.connect().execution_options(**options) as connection,
            connection.begin(),
        ):
            yield connection

    def joined(self, connection: Any, *, expected_version: int = 0) -> AbstractContextManager[Any]:
        """Give the driver's connection of a host's transaction, in a savepoint; the host commits, or not.

        `connection` is an SQLAlchemy connection, or one of psycopg or sqlite3. On an exception the savepoint is
        rolled back and the host's transaction lives. AppuiError: `foreign_connection`, `no_transaction`,
        `no_write_lock` (SQLite, begun without IMMEDIATE). StaleCase, with `expected_version`, when another
        transaction came first.
        """
        return joined(
            connection,
            dialect=self.dialect,
            path=self.path,
            lock_is_free=self._lock_is_free,
            base=self._url.database if self.path is None else None,
            expected_version=expected_version,
        )

    def dispose(self) -> None:
        """Close every idle connection of this process; the database can be used again afterwards."""
        process, self._process = self._process, None
        if process is None or process.pid != os.getpid():
            return
        if process.probe is not None:
            process.probe.close()
        self._let_go(process)

    @property
    def _here(self) -> _Process:
        process = self._process
        if process is not None and process.pid == os.getpid():
            return process
        if process is not None:
            # Another of the parent's threads may have held this lock when it forked.
            _INHERITED.append(process)
            self._process, self._starting = None, threading.Lock()
        with self._starting:
            if self._process is None:
                self._process = _Process(os.getpid(), self._engine())
            return self._process

    def _engine(self) -> Engine:
        sizes: dict[str, Any] = {
            "pool_size": self._pool_size,
            "max_overflow": self._pool_size,
            "pool_timeout": self._timeout,
        }
        if self.path is None:
            # Set when the engine is created: an isolation level asked for later does not reach raw connections.
            return create_engine(self._url, isolation_level="AUTOCOMMIT", **sizes)
        engine = create_engine("sqlite://", creator=self._open_file, poolclass=QueuePool, **sizes)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    def _open_file(self) -> sqlite3.Connection:
        raw = sqlite3.connect(
            cast("Path", self.path),
            timeout=self._timeout,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )
        # Two processes that meet while the journal's mode is set are not made to wait by SQLite itself.
        self._patiently(lambda: _prepare(raw))
        return raw

    def _patiently(self, attempt: Any) -> None:
        end = time.monotonic() + self._timeout
        while True:
            try:
                attempt()
            except sqlite3.OperationalError as error:
                if not is_locked(error) or time.monotonic() >= end:
                    raise
                _NEVER.wait(_PAUSE_SECONDS)
            else:
                return

    @contextmanager
    def _checked_out(self) -> Iterator[Any]:
        here = self._here
        taken, raw = self._taken(here)
        try:
            yield raw
        finally:
            if self.dialect == "postgresql" and raw.closed:
                # The server went away: its other connections are as dead as this one.
                taken.invalidate()
                self._let_go(here)
            elif self._in_transaction(raw) or len(here.idle) >= self._pool_size:
                taken.close()
            else:
                here.idle.append((taken, raw))

    @staticmethod
    def _taken(here: _Process) -> tuple[PoolProxiedConnection, Any]:
        try:
            return here.idle.pop()
        except IndexError:
            taken = here.engine.raw_connection()
            return taken, cast("Any", taken.driver_connection)

    @staticmethod
    def _let_go(here: _Process) -> None:
        """Close every connection that nobody uses."""
        while here.idle:
            with suppress(IndexError):
                here.idle.pop()[0].close()
        here.engine.dispose()

    def _in_transaction(self, raw: Any) -> bool:
        if self.dialect == "sqlite":
            return bool(raw.in_transaction)
        return bool(raw.info.transaction_status != TransactionStatus.IDLE)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        if self.dialect == "postgresql":
            yield
            return
        writer = self._here.writer
        if not writer.acquire(timeout=self._timeout):
            raise busy()
        try:
            yield
        finally:
            writer.release()

    def _begin(self, raw: Any) -> None:
        if self.dialect == "sqlite":
            self._patiently(lambda: raw.execute("BEGIN IMMEDIATE"))
        else:
            raw.execute("BEGIN")
            raw.execute(f"SET LOCAL lock_timeout = {int(self._timeout * 1000)}")

    def _commit(self, raw: Any) -> None:
        # A statement that failed may have ended the transaction: to commit it would silently keep nothing.
        alive = raw.in_transaction if self.dialect == "sqlite" else _is_alive(raw)
        if not alive:
            raise RuntimeError("a statement of this transaction failed: it cannot be committed")
        raw.commit()

    def _lock_is_free(self) -> bool:
        here = self._here
        with translated(), here.probing:
            if here.probe is None:
                here.probe = sqlite3.connect(
                    cast("Path", self.path), timeout=0, isolation_level=None, check_same_thread=False
                )
            try:
                here.probe.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if is_locked(error):
                    return False
                raise
            here.probe.execute("ROLLBACK")
            return True


def _url_of(text: str) -> URL:
    refused = "La base est un fichier SQLite (sqlite:///chemin/du/fichier.db) ou PostgreSQL (postgresql://serveur/base)"
    try:
        url = make_url(text)
    except (exc.ArgumentError, ValueError) as error:
        raise InvalidConfig(f"{refused} : cette adresse ne se lit pas.") from error
    if url.drivername not in _DRIVERS:
        raise InvalidConfig(f"{refused}, pas « {url.drivername} ».")
    if _DRIVERS[url.drivername] == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if not url.database or url.database == ":memory:" or url.database.startswith("file:") or url.query:
        raise InvalidConfig(f"{refused} : il faut ici le chemin d'un fichier, sans paramètre.")
    return url


def _path_of(url: URL) -> Path:
    return Path(cast("str", url.database)).absolute()


def _schema_of(schema: str | None, dialect: DialectName) -> str | None:
    if not schema:
        return None
    if dialect == "sqlite":
        raise InvalidConfig("SQLite n'a pas de schémas : laissez « schema » vide.")
    if not _SCHEMA.fullmatch(schema):
        raise InvalidConfig(f"Le schéma « {schema[:63]} » ne convient pas : lettres minuscules, chiffres et _.")
    return schema


def _prepare(raw: sqlite3.Connection) -> None:
    if raw.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        raw.execute("PRAGMA journal_mode = WAL")
    raw.execute("PRAGMA synchronous = FULL")
    raw.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(connection: Connection) -> None:
    # The driver would begin later, and without the lock.
    immediate = connection.get_execution_options().get(_IMMEDIATE)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _is_alive(raw: Any) -> bool:
    return bool(raw.info.transaction_status == TransactionStatus.INTRANS)

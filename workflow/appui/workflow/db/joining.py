"""Joining: work inside a transaction that belongs to a host, in a savepoint, without ever ending it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection

from appui.states.errors import AppuiError, StaleCase
from appui.workflow.db.dialects import DialectName
from appui.workflow.db.failures import is_conflict, is_locked, translated

_SAVEPOINT = "appui_joined"


@contextmanager
def joined(
    connection: Any,
    *,
    dialect: DialectName,
    path: Path | None,
    lock_is_free: Callable[[], bool],
    base: str | None,
    expected_version: int,
) -> Iterator[Any]:
    """Give the driver's connection inside a savepoint. See `Database.joined`."""
    raw = _driver_connection(connection)
    if dialect == "sqlite":
        inside = _joined_sqlite(connection, raw, path, lock_is_free)
    else:
        inside = _joined_postgresql(connection, raw, base, expected_version)
    with translated(), inside as ours:
        yield ours


def _driver_connection(connection: Any) -> Any:
    if not isinstance(connection, Connection):
        return connection
    if connection.closed:
        raise _no_transaction("la connexion est fermée")
    return connection.connection.driver_connection


@contextmanager
def _joined_sqlite(connection: Any, raw: Any, path: Path | None, lock_is_free: Callable[[], bool]) -> Iterator[Any]:
    if not isinstance(raw, sqlite3.Connection):
        raise _foreign(raw, "sqlite3")
    if not _in_transaction(raw):
        # SQLAlchemy's own beginning is a promise: the driver would begin at the first write, without the lock.
        raise _no_write_lock() if _says_in_transaction(connection) else _no_transaction("elle n'est pas commencée")
    text_factory, raw.text_factory = raw.text_factory, str
    try:
        _check_file(raw, path)
        if lock_is_free():
            raise _no_write_lock()
        with _savepoint(raw):
            yield raw
    except sqlite3.OperationalError as error:
        if is_locked(error):
            raise _no_write_lock() from error
        raise
    finally:
        raw.text_factory = text_factory


@contextmanager
def _joined_postgresql(connection: Any, raw: Any, base: str | None, expected_version: int) -> Iterator[Any]:
    if not isinstance(raw, psycopg.Connection):
        raise _foreign(raw, "psycopg (version 3)")
    if base is not None and raw.info.dbname != base:
        raise AppuiError(
            f"Cette connexion ouvre la base « {raw.info.dbname} », celle d'appui est « {base} » : donnez-en une de "
            "la même base.",
            code="foreign_connection",
        )
    status = raw.info.transaction_status
    if status == TransactionStatus.INERROR:
        raise _no_transaction("une de ses requêtes a échoué, annulez-la d'abord")
    # psycopg begins at the first statement: what SQLAlchemy has begun is one as long as it does not autocommit.
    promised = _says_in_transaction(connection) and not raw.autocommit
    if status != TransactionStatus.INTRANS and not (status == TransactionStatus.IDLE and promised):
        raise _no_transaction("elle n'est pas commencée")
    try:
        with _savepoint(raw):
            yield raw
    except psycopg.Error as error:
        if is_conflict(error):
            raise StaleCase(expected=expected_version, found=None) from error
        raise


@contextmanager
def _savepoint(raw: Any) -> Iterator[None]:
    _execute(raw, f"SAVEPOINT {_SAVEPOINT}")
    try:
        yield
        _execute(raw, f"RELEASE SAVEPOINT {_SAVEPOINT}")
    except BaseException:
        # If even that fails, the host's connection is lost and the first error says why.
        with suppress(sqlite3.Error, psycopg.Error):
            _execute(raw, f"ROLLBACK TO SAVEPOINT {_SAVEPOINT}")
            _execute(raw, f"RELEASE SAVEPOINT {_SAVEPOINT}")
        raise


def _execute(raw: Any, text: str) -> None:
    if isinstance(raw, sqlite3.Connection):
        raw.cursor(sqlite3.Cursor).execute(text)
    else:
        psycopg.Cursor(raw).execute(text)


def _in_transaction(raw: sqlite3.Connection) -> bool:
    try:
        return raw.in_transaction
    except sqlite3.ProgrammingError as error:
        raise _no_transaction("la connexion est fermée, ou appartient à un autre fil") from error


def _says_in_transaction(connection: Any) -> bool:
    return isinstance(connection, Connection) and connection.in_transaction()


def _check_file(raw: sqlite3.Connection, path: Path | None) -> None:
    cursor = raw.cursor(sqlite3.Cursor)
    cursor.row_factory = None
    files = [row[2] for row in cursor.execute("PRAGMA database_list") if row[1] == "main"]
    if path is None or not files[0] or not path.exists() or not path.samefile(files[0]):
        raise AppuiError(
            "Cette connexion ouvre un autre fichier que la base d'appui : donnez-en une du même fichier.",
            code="foreign_connection",
        )


def _foreign(raw: Any, expected: str) -> AppuiError:
    return AppuiError(
        f"Cette connexion ({type(raw).__module__}.{type(raw).__name__}) n'est pas celle de la base : il faut une "
        f"connexion {expected}, ou une connexion SQLAlchemy qui l'emploie.",
        code="foreign_connection",
    )


def _no_transaction(why: str) -> AppuiError:
    return AppuiError(
        f"Cette connexion n'est pas dans une transaction : {why}. Commencez-la, puis recommencez.",
        code="no_transaction",
    )


def _no_write_lock() -> AppuiError:
    return AppuiError(
        "Cette transaction SQLite n'a pas le droit d'écrire : commencez-la par BEGIN IMMEDIATE, "
        "comme le fait engine.begin().",
        code="no_write_lock",
    )

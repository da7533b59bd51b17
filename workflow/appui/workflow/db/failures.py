"""Failures: what the drivers raise, told apart, and what a person is told instead."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy import exc

from appui.states.errors import AppuiError

_SQLITE_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_SQLITE_FULL = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR})
_SQLITE_AWAY = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOTADB})
_POSTGRESQL_FULL = ("53100", "58030")
"""disk_full, io_error."""


def busy() -> AppuiError:
    """Return the error of who has waited long enough."""
    return AppuiError("La base est occupée par d'autres enregistrements : réessayez dans un instant.", code="busy")


def is_locked(error: BaseException) -> bool:
    """Return whether SQLite refused because somebody else writes (or has written since the snapshot)."""
    # The low byte is the family; the rest says which of its cases: SQLITE_BUSY_SNAPSHOT…
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF in _SQLITE_BUSY


def is_conflict(error: BaseException) -> bool:
    """Return whether PostgreSQL refused because of somebody else's transaction (40001, 40P01)."""
    return isinstance(error, psycopg.errors.SerializationFailure | psycopg.errors.DeadlockDetected)


def is_tired(error: BaseException) -> bool:
    """Return whether PostgreSQL gave up waiting for a lock that somebody else holds."""
    return isinstance(error, psycopg.errors.LockNotAvailable)


@contextmanager
def translated() -> Iterator[None]:
    """Turn a base that cannot answer into an AppuiError: `busy`, `database_unavailable`, `disk_full` and others."""
    try:
        yield
    except exc.TimeoutError as error:
        raise busy() from error
    except (sqlite3.Error, psycopg.Error, exc.DBAPIError) as error:
        cause = error.orig if isinstance(error, exc.DBAPIError) else error
        known = _known(cause) if cause is not None else None
        if known is None:
            raise
        raise known from error


def _known(error: BaseException) -> AppuiError | None:
    if is_locked(error) or is_conflict(error) or is_tired(error):
        return busy()
    if _lacks_tables(error):
        return AppuiError("La base n'a pas les tables d'appui : lancez « appui db upgrade ».", code="no_tables")
    if _family_of(error) == sqlite3.SQLITE_CORRUPT:
        return AppuiError(
            "Le fichier de la base est abîmé : reprenez une sauvegarde, et vérifiez le disque.",
            code="damaged_database",
        )
    if _is_full(error):
        return AppuiError(
            "Le disque de la base est plein, ou refuse d'écrire : faites de la place, puis relisez le dossier avant de "
            "recommencer.",
            code="disk_full",
        )
    if _is_away(error):
        return AppuiError(
            "La base de données ne répond pas : vérifiez son adresse et qu'elle fonctionne.",
            code="database_unavailable",
        )
    return None


def _lacks_tables(error: BaseException) -> bool:
    if isinstance(error, psycopg.errors.UndefinedTable | psycopg.errors.InvalidSchemaName):
        return True
    return isinstance(error, sqlite3.OperationalError) and str(error).startswith("no such table: appui_")


def _is_full(error: BaseException) -> bool:
    if isinstance(error, psycopg.Error):
        return error.sqlstate in _POSTGRESQL_FULL
    return _family_of(error) in _SQLITE_FULL


def _is_away(error: BaseException) -> bool:
    if isinstance(error, psycopg.OperationalError):
        # Without a code from the server: there was no server to give one, or it is going away (57P…).
        return error.sqlstate is None or error.sqlstate.startswith(("08", "57P"))
    return _family_of(error) in _SQLITE_AWAY


def _family_of(error: BaseException) -> int | None:
    """Return SQLite's code without its details; None for what it did not raise."""
    code = getattr(error, "sqlite_errorcode", 0) if isinstance(error, sqlite3.Error) else 0
    return code & 0xFF or None

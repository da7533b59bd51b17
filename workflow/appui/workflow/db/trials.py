"""Trials: a PostgreSQL schema made for one trial and dropped after it, and the sessions that the trial may end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Connection, create_engine, exc, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from appui.states.errors import AppuiError
from appui.workflow.db.database import Database
from appui.workflow.db.failures import translated

_LOCAL = "127.0.0.1"


def create_schema(url: str, schema: str) -> None:
    """Create a schema that holds our tables and nothing else. AppuiError `no_trial_schema` when it cannot be."""
    database = Database(url, schema=schema)
    try:
        database.upgrade()
    except exc.DBAPIError as error:
        if not isinstance(error.orig, InsufficientPrivilege):
            raise
        raise AppuiError(
            "Ce compte PostgreSQL n'a pas le droit de créer un schéma dans la base : donnez-le-lui (GRANT CREATE ON "
            "DATABASE …), ou faites l'épreuve avec « --base sqlite ».",
            code="no_trial_schema",
        ) from error
    finally:
        database.dispose()


def drop_schema(url: str, schema: str) -> None:
    """Drop the schema of a trial with all that it holds."""
    with _connected(url) as connection:
        connection.execute(text(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE'))


def named(url: str, name: str) -> str:
    """Return the address under which a session is known by that name."""
    return make_url(url).update_query_dict({"application_name": name}).render_as_string(hide_password=False)


def through(url: str, port: int) -> str:
    """Return the address by which the same base is reached through that port of this machine."""
    found = make_url(url)
    if found.host is None:
        reached = found.difference_update_query(["host", "port"]).set(host=_LOCAL, port=port)
    else:
        # The name stays, so that a certificate is still asked for the server's own.
        reached = found.set(port=port).update_query_dict({"hostaddr": _LOCAL})
    return reached.render_as_string(hide_password=False)


def server_of(url: str) -> tuple[str, int]:
    """Return where the server listens: (host or folder of its socket, port)."""
    with _connected(url) as connection:
        info = connection.connection.driver_connection.info  # type: ignore[union-attr] # SQLAlchemy types no driver
        return info.hostaddr or info.host, int(info.port)


def sessions(url: str, prefix: str) -> list[int]:
    """Return the server's process numbers of the sessions whose name begins so."""
    asked = text("SELECT pid FROM pg_stat_activity WHERE starts_with(application_name, :prefix)")
    with _connected(url) as connection:
        return list(connection.execute(asked, {"prefix": prefix}).scalars())


def end_sessions(url: str, prefix: str) -> int:
    """End the sessions whose name begins so, and return how many there were: they are gone, with what they did."""
    asked = text(
        "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE starts_with(application_name, :name)"
    )
    with _connected(url) as connection:
        return int(connection.execute(asked, {"name": prefix}).scalar_one())


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), poolclass=NullPool)
    with translated(), engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield connection

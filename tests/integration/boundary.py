"""The boundary of the drivers: each statement and commit is told to a listener before it runs, on both bases.

Nothing of ours is patched. SQLAlchemy's events give the connections that a pool hands out: sqlite3 has a callback for
each statement, psycopg leads every exchange with the server through `Connection.wait`.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import Engine, event
from sqlalchemy.pool import Pool

Listener = Callable[[str, Any], None]
"""Given the statement and the driver's connection, in the thread that is about to run it."""

_ENDS = {"_commit_gen": "COMMIT", "_rollback_gen": "ROLLBACK"}
_here = threading.local()
_PRESENCE = 7_902_026
"""An advisory lock that each session on PostgreSQL shares: who gets it alone knows that none is left."""


@contextmanager
def announcing() -> Iterator[None]:
    """Make the connections that are opened meanwhile announce what they run."""
    event.listen(Engine, "do_connect", _connected)
    event.listen(Pool, "checkout", _checked_out)
    try:
        yield
    finally:
        event.remove(Pool, "checkout", _checked_out)
        event.remove(Engine, "do_connect", _connected)


@contextmanager
def heard_by(listener: Listener) -> Iterator[None]:
    """Tell a listener what this thread is about to run."""
    _here.listener = listener
    try:
        yield
    finally:
        _here.listener = None


def wait_for_the_dead(url: str) -> None:
    """Return once PostgreSQL has ended every session that announced, rolled back what it had begun included."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_PRESENCE])


def _announce(text: str, connection: Any) -> None:
    listener: Listener | None = getattr(_here, "listener", None)
    if listener is not None:
        listener(" ".join(text.split()), connection)


class _Announcing(psycopg.Connection[Any]):
    """A connection to PostgreSQL that announces each exchange, once it is set up."""

    announces = False

    def wait(self, gen: Any, *arguments: Any, **options: Any) -> Any:
        """Run an exchange to its end."""
        text = self._text_of(gen) if self.announces else None
        if text is not None:
            _announce(text, self)
        return super().wait(gen, *arguments, **options)

    def _text_of(self, gen: Any) -> str | None:
        if gen.__name__ in _ENDS:
            # Without a transaction the driver has nothing to tell the server.
            idle = self.info.transaction_status == TransactionStatus.IDLE
            return None if idle else _ENDS[gen.__name__]
        query = gen.gi_frame.f_locals.get("query")
        return None if query is None else str(query)


def _connected(_dialect: Any, _record: Any, arguments: Any, options: Any) -> psycopg.Connection[Any]:
    connection = _Announcing.connect(*arguments, **options)
    connection.autocommit = True
    connection.execute("SELECT pg_advisory_lock_shared(%s)", [_PRESENCE])
    return connection


def _checked_out(connection: Any, _record: Any, _proxy: Any) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.set_trace_callback(lambda text: _announce(text, connection))
    elif isinstance(connection, _Announcing):
        connection.announces = True

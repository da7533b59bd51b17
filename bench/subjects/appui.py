"""Our engine, through its public contract and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import timedelta
from functools import partial
from itertools import count

import sqlalchemy
from sqlalchemy import event

from appui.workflow import Engine
from bench import sink
from bench.contract import DESK, OFFICER, OPENING, answer, engine_on
from bench.databases import Place
from bench.footprint import Sample
from bench.lines import MAILS_TOGETHER
from bench.scenario import ACTED_AT, BUSY_TIMEOUT_SECONDS, OPENED_AT
from bench.subjects import CannotRun, Doing

_TOGETHER = 500
"""Cases opened in one commit while nobody looks at the time."""


class Appui:
    """`appui.workflow`, with a connection pool of its own or inside a host's transaction."""

    def __init__(self, place: Place, sample: Sample) -> None:  # noqa: ARG002 (every subject is made alike)
        self._place = place

    def set_up(self) -> None:
        """Leave the base as it was made ready for the sample."""

    def prepare(self, count: int, line: str) -> Sequence[str]:  # noqa: ARG002 (all lines begin alike)
        """Open that many cases."""
        engine = engine_on(self._place.url, now=OPENED_AT)
        ids: list[str] = []
        while len(ids) < count:
            with engine.begin() as connection:
                ids += [
                    engine.open(OPENING, actor=OFFICER, connection=connection).id
                    for _ in range(min(_TOGETHER, count - len(ids)))
                ]
        engine.stop()
        return ids

    @contextmanager
    def doing(self, line: str) -> Iterator[Doing]:
        """Give what the line times."""
        engine = engine_on(self._place.url)
        try:
            with _DOINGS[line](engine, self._place) as doing:
                yield doing
        finally:
            engine.stop()

    def check(self, case: str) -> str:
        """Return the state of the case, once its journal was found whole."""
        engine = engine_on(self._place.url)
        faults = engine.verify_journal(case)
        state = engine.get(case, actor=OFFICER).state
        engine.stop()
        if faults:
            raise RuntimeError(f"the journal of {case} is not whole: {faults}")
        return state


@contextmanager
def _acting(engine: Engine, _: Place) -> Iterator[Doing]:
    yield lambda case: engine.act(answer(case), actor=OFFICER)


@contextmanager
def _acting_in_sqlalchemy(engine: Engine, place: Place) -> Iterator[Doing]:
    host = _host(place)

    def act(case: str) -> None:
        with host.begin() as connection:
            engine.act(answer(case), actor=OFFICER, connection=connection)

    yield act
    host.dispose()


@contextmanager
def _acting_in_driver(engine: Engine, place: Place) -> Iterator[Doing]:
    beginning = "BEGIN IMMEDIATE" if place.dialect == "sqlite" else "BEGIN"
    with closing(place.connect()) as raw:

        def act(case: str) -> None:
            raw.execute(beginning)
            engine.act(answer(case), actor=OFFICER, connection=raw)
            raw.execute("COMMIT")

        yield act


@contextmanager
def _acting_on_many(engine: Engine, _: Place) -> Iterator[Doing]:
    yield lambda cases: engine.act_many([answer(case) for case in cases], actor=OFFICER)


@contextmanager
def _explaining(engine: Engine, _: Place) -> Iterator[Doing]:
    yield lambda case: engine.explain(case, actor=OFFICER)


@contextmanager
def _getting(engine: Engine, _: Place) -> Iterator[Doing]:
    yield lambda case: engine.get(case, actor=OFFICER)


@contextmanager
def _opening(engine: Engine, _: Place) -> Iterator[Doing]:
    yield lambda _: engine.open(OPENING, actor=OFFICER)


@contextmanager
def _mailing(engine: Engine, place: Place, **how: int) -> Iterator[Doing]:
    """Give what sends as many messages as it is given cases: each has two, that were due long ago."""
    engine.people.add(DESK)
    minutes, minute = count(), 0
    with sink.running() as port:
        server = {"host": "127.0.0.1", "port": port, "security": "none", "sender": "appui@exemple.invalid"}
        sending = engine_on(
            place.url,
            clock=lambda: ACTED_AT + timedelta(minutes=minute),
            mail={**server, "per_minute": MAILS_TOGETHER, **how},
        )

        def send(_: Sequence[str]) -> None:
            # A minute's allowance each time: what is sent is counted by the engine itself.
            nonlocal minute
            minute = next(minutes)
            if not sending.deliver_due():
                raise CannotRun("there was nothing left to send")

        yield send
        sending.stop()


_DOINGS: dict[str, Callable[[Engine, Place], AbstractContextManager[Doing]]] = {
    "act": _acting,
    "act_in_sqlalchemy": _acting_in_sqlalchemy,
    "act_in_driver": _acting_in_driver,
    "act_many": _acting_on_many,
    "explain": _explaining,
    "explain_among_many": _explaining,
    "get": _getting,
    "open": _opening,
    "mail": _mailing,
    "mail_in_windows": partial(_mailing, window=8, connections=4),
}


def _host(place: Place) -> sqlalchemy.Engine:
    """Return a host's own SQLAlchemy engine; on SQLite it begins with the write lock, as the engine asks."""
    if place.dialect == "postgresql":
        return sqlalchemy.create_engine(place.url.replace("postgresql://", "postgresql+psycopg://"))
    host = sqlalchemy.create_engine(place.url, connect_args={"timeout": BUSY_TIMEOUT_SECONDS, "isolation_level": None})
    event.listen(host, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return host

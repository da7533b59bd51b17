"""Our engine, through its public contract and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

import sqlalchemy
from sqlalchemy import event

from appui.workflow import Engine
from bench.contract import OFFICER, OPENING, answer, engine_on
from bench.databases import Place
from bench.footprint import Sample
from bench.scenario import BUSY_TIMEOUT_SECONDS, OPENED_AT
from bench.subjects import Doing

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


_DOINGS = {
    "act": _acting,
    "act_in_sqlalchemy": _acting_in_sqlalchemy,
    "act_in_driver": _acting_in_driver,
    "act_many": _acting_on_many,
    "explain": _explaining,
    "explain_among_many": _explaining,
    "get": _getting,
    "open": _opening,
}


def _host(place: Place) -> sqlalchemy.Engine:
    """Return a host's own SQLAlchemy engine; on SQLite it begins with the write lock, as the engine asks."""
    if place.dialect == "postgresql":
        return sqlalchemy.create_engine(place.url.replace("postgresql://", "postgresql+psycopg://"))
    host = sqlalchemy.create_engine(place.url, connect_args={"timeout": BUSY_TIMEOUT_SECONDS, "isolation_level": None})
    event.listen(host, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return host

"""DBOS Transact: a durable workflow of one transaction step, its checkpoints in the same base as the case."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from dbos import DBOS, SQLAlchemyDatasource
from sqlalchemy import text

from bench import peer_rows
from bench.databases import Place
from bench.footprint import Sample
from bench.scenario import ANSWERED, RECEIVED
from bench.subjects import Doing


class Dbos:
    """Case, history, deadline and messages in one transaction with DBOS's own record of the step."""

    def __init__(self, place: Place, sample: Sample) -> None:
        self._place = place
        self._payload = peer_rows.payload_of(sample)

    def set_up(self) -> None:
        """Create the tables, ours and DBOS's."""
        peer_rows.create(self._place)
        with self.doing("act"):
            pass

    def prepare(self, count: int, line: str) -> Sequence[str]:  # noqa: ARG002 (a peer has one line)
        """Write that many received cases."""
        return peer_rows.prepare(self._place, self._payload, count)

    @contextmanager
    def doing(self, line: str) -> Iterator[Doing]:  # noqa: ARG002 (a peer has one line)
        """Give the action, with DBOS launched as its own tutorial does."""
        # An executor of one's own: another process must not take this one's workflows for left over.
        DBOS(
            config={
                "name": "appui-bench",
                "system_database_url": self._place.url,
                "executor_id": str(os.getpid()),
                "log_level": "ERROR",
            }
        )
        datasource = SQLAlchemyDatasource.create(self._place.url)
        act = self._workflow(datasource)
        DBOS.launch()
        try:
            yield act
        finally:
            DBOS.destroy(destroy_registry=True)
            datasource.engine.dispose()

    def check(self, case: str) -> str:
        """Return the state of the case."""
        return peer_rows.state_of(self._place, case)

    def _workflow(self, datasource: Any) -> Doing:
        dialect = self._place.dialect
        reading, writing = text(peer_rows.READ), [text(each) for each in peer_rows.writing(dialect, self._payload)]
        # What the rows are checked by, their version, asks for no more isolation than this.
        options = {"isolation_level": "READ COMMITTED"} if dialect == "postgresql" else {}

        @datasource.transaction(name="answer", **options)
        def answer(case_id: str) -> str:
            session = datasource.sql_session()
            state, version, data, _ = session.execute(reading, {"id": case_id}).one()
            if state != RECEIVED or json.loads(data)["works_design"]:
                raise RuntimeError("the guard refuses")
            given = self._payload.action(case_id, version=version)
            first, *others = writing
            done = session.execute(first, given)
            peer_rows.check_written(done.rowcount if others else done.scalar_one())
            for statement in others:
                session.execute(statement, given)
            return ANSWERED

        @DBOS.workflow(name="answer_request")
        def answer_request(case_id: str) -> str:
            return str(answer(case_id))

        doing: Doing = answer_request
        return doing

"""django-viewflow: a process whose tasks are done from code, in its own transaction and under its own lock."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from bench import peer_rows
from bench.databases import Place
from bench.footprint import Sample
from bench.subjects import Doing, django_site


class Viewflow:
    """A `Flow` of handles: the process is the case, the finished task its line of history."""

    def __init__(self, place: Place, sample: Sample) -> None:
        self._payload = peer_rows.payload_of(sample)
        django_site.configure(place, installed=("viewflow", "viewflow.workflow"))

    def set_up(self) -> None:
        """Create the tables."""
        _models()
        django_site.create_tables()

    def prepare(self, count: int, line: str) -> Sequence[int]:  # noqa: ARG002 (a peer has one line)
        """Start that many processes, in one commit."""
        from django.db import transaction

        flows, rows = _models()
        data = json.loads(self._payload.opened_data)
        with transaction.atomic():
            ids = [flows.RequestFlow.start.run(data=data).pk for _ in range(count)]
            rows.open_deadlines(self._payload, [str(each) for each in ids])
        return ids

    @contextmanager
    def doing(self, line: str) -> Iterator[Doing]:  # noqa: ARG002 (a peer has one line)
        """Give the action."""
        from django.db import connection
        from viewflow.workflow.models import Task

        flows, _ = _models()
        node = flows.RequestFlow.answer_locally
        payload = self._payload
        given = {"payload": payload, "data": json.loads(payload.data), "entry": json.loads(payload.entry)}

        def act(case: int) -> None:
            node.run(Task.objects.select_related("process").get(process_id=case, flow_task=node), **given)

        yield act
        connection.close()

    def check(self, case: int) -> str:
        """Return the state of the case."""
        from viewflow.workflow.models import Process

        return str(Process.objects.get(pk=case).data["state"])


def _models() -> tuple[Any, Any]:
    from bench.subjects import django_rows, viewflow_case

    return viewflow_case, django_rows

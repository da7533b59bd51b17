"""The flow of viewflow. Imported once Django is configured."""

from __future__ import annotations

from typing import Any

from django.db import connection
from viewflow import this
from viewflow.workflow import flow, lock

from bench.peer_rows import Payload
from bench.scenario import ANSWERED, RECEIVED
from bench.subjects import django_rows


class RequestFlow(flow.Flow):
    """Request: received, answered, completed. Its tasks are the history, each with its data."""

    # What its documentation recommends for PostgreSQL; an SQLite transaction begun with IMMEDIATE is alone anyway.
    lock_impl = lock.SelectForUpdateLock() if connection.vendor == "postgresql" else lock.NoLock()

    start = flow.StartHandle(this.receive).Next(this.answer_locally)
    answer_locally = flow.Handle(this.answer).Next(this.complete)
    complete = flow.Handle().Next(this.end)
    end = flow.End()

    def receive(self, activation: Any, data: Any) -> Any:
        """Open a case."""
        activation.process.data = {**data, "state": RECEIVED}
        return activation.process

    def answer(self, activation: Any, *, payload: Payload, data: Any, entry: Any) -> None:
        """Answer the request, if the guard permits."""
        process = activation.process
        if process.data["works_design"]:
            raise RuntimeError("the guard refuses")
        activation.task.data = entry
        process.data = {**data, "state": ANSWERED}
        process.save(update_fields=["data"])
        django_rows.write_beside(payload, str(process.pk))

"""What both Django peers write beside the case: a deadline and queued messages. Imported once Django is configured."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import models

from bench.peer_rows import Payload


class Deadline(models.Model):
    """A deadline of a case."""

    case_id = models.TextField()
    key = models.TextField()
    status = models.TextField()
    due_at = models.TextField(null=True)
    derivation = models.TextField()
    closed_on = models.TextField(null=True)

    class Meta:
        """One a key; the open ones are found by their day."""

        constraints = (models.UniqueConstraint("case_id", "key", name="bench_deadline_key"),)
        indexes = (models.Index("due_at", condition=models.Q(status="open"), name="bench_deadline_open"),)


class Message(models.Model):
    """A queued message."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    case_id = models.TextField()
    seq = models.IntegerField()
    notice = models.TextField()
    recipient = models.TextField()
    email = models.TextField(null=True)
    status = models.TextField()
    not_before = models.TextField()
    data = models.TextField()

    class Meta:
        """Found by status."""

        indexes = (models.Index("status", "not_before", name="bench_message_status"),)


def open_deadlines(payload: Payload, case_ids: list[str]) -> None:
    """Write the deadline of cases that were just opened."""
    Deadline.objects.bulk_create(Deadline(case_id=case_id, **payload.deadline) for case_id in case_ids)


def write_beside(payload: Payload, case_id: str) -> None:
    """Meet the deadline and queue the messages of an action: two statements."""
    deadline: Mapping[str, Any] = payload.met
    Deadline.objects.filter(case_id=case_id, key=payload.deadline["key"]).update(**deadline)
    Message.objects.bulk_create(Message(case_id=case_id, seq=2, **message) for message in payload.messages)

"""The models of django-fsm-2: a case with a protected state, and its history. Imported once Django is configured."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django_fsm import ConcurrentTransitionMixin, FSMField, transition

from bench.scenario import ANSWERED, RECEIVED


def is_not_works_design(case: Any) -> bool:
    """Return what the guard of the timed action asks."""
    return not case.data["works_design"]


class Case(ConcurrentTransitionMixin, models.Model):
    """A request. Saving it fails when somebody else has changed its state meanwhile."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    reference = models.TextField()
    state = FSMField(default=RECEIVED, protected=True)
    version = models.IntegerField(default=1)
    data = models.JSONField()
    updated_at = models.TextField()

    class Meta:
        """Found by state."""

        indexes = (models.Index("state", "updated_at", name="bench_case_state"),)

    @transition(field=state, source=RECEIVED, target=ANSWERED, conditions=[is_not_works_design])
    def answer_locally(self, data: Any) -> None:
        """Answer the request."""
        self.data = data
        self.version += 1


class Entry(models.Model):
    """A line of a case's history."""

    case_id = models.TextField()
    seq = models.IntegerField()
    recorded_at = models.TextField()
    actor = models.TextField()
    action = models.TextField()
    data = models.TextField()

    class Meta:
        """In order."""

        constraints = (models.UniqueConstraint("case_id", "seq", name="bench_entry_seq"),)

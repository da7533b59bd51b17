"""django-fsm-2: a model with a protected state field, its transition saved with the other rows in one transaction."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from bench import peer_rows
from bench.databases import Place
from bench.footprint import Sample
from bench.scenario import ACTED_AT, ACTION, OFFICER
from bench.subjects import Doing, django_site


class DjangoFsm:
    """In `transaction.atomic`: read, transition with its condition, save if nobody else did, write the rest."""

    def __init__(self, place: Place, sample: Sample) -> None:
        self._payload = peer_rows.payload_of(sample)
        django_site.configure(place)

    def set_up(self) -> None:
        """Create the tables."""
        _models()
        django_site.create_tables()

    def prepare(self, count: int, line: str) -> Sequence[str]:  # noqa: ARG002 (a peer has one line)
        """Write that many received cases, with their deadline, in one commit."""
        from django.db import transaction

        cases, rows = _models()
        data, at = json.loads(self._payload.opened_data), ACTED_AT.isoformat()
        with transaction.atomic():
            new = cases.Case.objects.bulk_create(
                [cases.Case(reference=f"79-2026-{rank:06}", data=data, updated_at=at) for rank in range(count)]
            )
            ids = [str(case.id) for case in new]
            rows.open_deadlines(self._payload, ids)
        return ids

    @contextmanager
    def doing(self, line: str) -> Iterator[Doing]:  # noqa: ARG002 (a peer has one line)
        """Give the action."""
        from django.db import connection, transaction

        cases, rows = _models()
        payload, at = self._payload, ACTED_AT.isoformat()
        data = json.loads(payload.data)

        def act(case_id: str) -> None:
            with transaction.atomic():
                case = cases.Case.objects.get(pk=case_id)
                case.answer_locally(data)
                case.updated_at = at
                case.save()
                cases.Entry(
                    case_id=case_id, seq=case.version, recorded_at=at, actor=OFFICER, action=ACTION, data=payload.entry
                ).save(force_insert=True)
                rows.write_beside(payload, case_id)

        yield act
        connection.close()

    def check(self, case: str) -> str:
        """Return the state of the case."""
        cases, _ = _models()
        return str(cases.Case.objects.get(pk=case).state)


def _models() -> tuple[Any, Any]:
    from bench.subjects import django_fsm_case, django_rows

    return django_fsm_case, django_rows

"""Cases to keep: values as the machine makes them."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from appui.notifications.message import Message
from appui.states.applicant import Applicant
from appui.states.case import Case, Entry, Step
from appui.states.deadlines import Deadline
from appui.states.events import CaseEvent, CaseOpened, StateEntered, Undone
from appui.workflow.db.database import Database
from appui.workflow.db.store import Store
from appui.workflow.journal import SealedEntry, seal

NOON = datetime(2026, 3, 3, 12, 0, 0, 123456, tzinfo=UTC)
DAY = date(2026, 3, 3)
BRESSUIRE = Applicant(
    name="Bressuire",
    kind="commune",
    department="79",
    code="79049",
    population=19_300,
    arrondissement="791",
    epci="200040244",
)


@dataclass(frozen=True)
class Keeper:
    """Writes cases the way the engine does."""

    store: Store
    numbers: Any

    def open(self, raw: Any, **changes: Any) -> Case:
        """Keep a new case and return it."""
        number = next(self.numbers)
        case = Case(
            **{
                "id": f"00000000-0000-4000-8000-{number:012}",
                "reference": f"79-2026-{number:04}",
                "procedure": "engineering_request",
                "procedure_version": 1,
                "state": "received",
                "version": 1,
                "applicant": BRESSUIRE,
                "title": "Réhabilitation de l'école",
                "data": {"received_on": "2026-03-02", "themes": ["housing", "mobility"], "note": '« é » 💧 \\ " \n'},
                "steps": (Step(1, "open", DAY, "received"),),
                "opened_at": NOON,
                "updated_at": NOON + timedelta(seconds=number),
                **changes,
            }
        )
        opened = CaseOpened(case.reference, case.procedure, 1, case.department)
        sealed = self.sealed(case, "open", (opened, StateEntered("received", "2026-03-03")))
        case = replace(case, head=sealed.entry.hash)
        assert self.store.write(raw, sealed, case, [], [], expected_version=0)
        return case

    def act(
        self,
        raw: Any,
        case: Case,
        *,
        action: str = "comment",
        events: tuple[CaseEvent, ...] = (),
        deadlines: tuple[Deadline, ...] = (),
        messages: tuple[Message, ...] = (),
        actor_id: str = "m.agent",
        before: Case | None = None,
        **changes: Any,
    ) -> Case | None:
        """Keep one more action on the case as it was read; None when somebody was faster. `before`: as for `write`."""
        after = replace(case, version=case.version + 1, **changes)
        sealed = self.sealed(after, action, events, actor_id=actor_id)
        after = replace(after, head=sealed.entry.hash)
        kept = self.store.write(raw, sealed, after, deadlines, messages, expected_version=case.version, before=before)
        return after if kept else None

    def undo(self, raw: Any, case: Case, seq: int) -> Case | None:
        """Keep the taking back of that entry."""
        return self.act(raw, case, action="undo", events=(Undone(seq),))

    def sealed(
        self, case: Case, action: str, events: tuple[CaseEvent, ...], *, actor_id: str = "m.agent"
    ) -> SealedEntry:
        """Return the line of the journal that leads to the case."""
        entry = Entry(
            case_id=case.id,
            seq=case.version,
            recorded_at=case.updated_at,
            effective_on=DAY,
            actor_id=actor_id,
            actor_name="Camille Agent",
            on_behalf_of=None,
            action=action,
            data={"words": "Vu avec le maire", "rate": "0.50", "huge": 1e22, "tiny": -0.0},
            events=events,
            previous_hash=case.head,
        )
        return seal(entry, personal={"words"}, new_salt=lambda: "ab" * 16)


@pytest.fixture
def keeper(store: Store) -> Keeper:
    """Writes cases into `database`."""
    return Keeper(store, itertools.count(1))


@pytest.fixture
def make_keeper() -> Callable[[Database], Keeper]:
    """Return what writes cases into a base of the test's own."""
    return lambda database: Keeper(Store(database.dialect, database.schema), itertools.count(1))


@pytest.fixture
def make_message() -> Callable[..., Message]:
    """Return a message, told apart by its number."""

    def make(case: Case, seq: int, number: int, **changes: Any) -> Message:
        values = {
            "id": f"message-{case.id}-{number}",
            "case_id": case.id,
            "seq": seq,
            "notice": "received",
            "label": f"Accusé de réception {number}",
            "recipient": "applicant",
            "name": None,
            "email": None,
            "outside": True,
            "visit": 1,
            "not_before": NOON,
            "data": {"reference": case.reference, "words": ["é", 1, None]},
        }
        return Message(**{**values, **changes})

    return make


@pytest.fixture
def make_deadline() -> Callable[..., Deadline]:
    """Return a deadline, by key."""

    def make(key: str, **changes: Any) -> Deadline:
        values = {
            "key": key,
            "label": "Première réponse",
            "status": "open",
            "started_on": DAY,
            "due_on": date(2026, 3, 17),
            "due_at": datetime(2026, 3, 17, 23, tzinfo=UTC),
            "derivation": "10 jours ouvrés à compter du 3 mars 2026",
        }
        return Deadline(**{**values, **changes})

    return make

"""Rows: what a row holds as a value, and a value as the parameters of a statement. Texts in, texts out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import orjson

from appui.notifications.message import Message
from appui.states.applicant import Applicant
from appui.states.case import Case, Entry, Step
from appui.states.deadlines import Deadline
from appui.states.envelope import reserved_cents
from appui.states.events import event_from_json
from appui.workflow.db.terms import search_text
from appui.workflow.journal import SealedEntry, instant

Row = Sequence[Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedEntry:
    """A line of some journal at its place in the feed."""

    cursor: tuple[int, int]
    """Where to read on from."""
    reference: str
    procedure: str
    department: str
    entry: Entry


@dataclass(frozen=True, kw_only=True, slots=True)
class AttachedDocument:
    """A file attached to a case."""

    id: str
    case_id: str
    sha256: str
    name: str
    media_type: str
    size: int
    """In bytes."""
    added_at: datetime
    added_by: str


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptProcedure:
    """A version of a procedure as it is kept for the cases that follow it."""

    key: str
    version: int
    content_hash: str
    content: Mapping[str, Any]
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class DoneKey:
    """A key under which an action was done."""

    actor_id: str
    key: str
    case_id: str
    seq: int
    digest: str
    """Hash of what was asked."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportLine:
    """A line of a file that became a case."""

    source: str
    line_key: str
    case_id: str
    digest: str
    """Hash of what the line says and of how it is read."""
    imported_at: datetime
    department: str
    line: int | None = None
    """Where it stood in the file, the last time."""


def json_text(value: Any) -> str:
    """Return plain data, whose whole numbers have at most 64 bits, as JSON text; a date becomes its ISO text."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # keys that are no texts: hosts' functions may give such facts
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def instant_or_none(moment: datetime | None) -> str | None:
    """Return an aware instant as text."""
    return None if moment is None else instant(moment)


@lru_cache(maxsize=4096)
def iso_or_none(day: date | None) -> str | None:
    """Return a day as text."""
    return None if day is None else day.isoformat()


def read_instant(text: str) -> datetime:
    """Return an instant, aware, UTC: `journal.instant` wrote it, or PostgreSQL in that form."""
    return datetime.fromisoformat(text)


def read_instant_or_none(text: str | None) -> datetime | None:
    """Return an instant, aware, UTC, or None."""
    return None if text is None else read_instant(text)


def read_day_or_none(text: str | None) -> date | None:
    """Return a day, or None."""
    return None if text is None else date.fromisoformat(text)


CASE_COLUMNS: tuple[tuple[str, str, Callable[[Any], Any] | None], ...] = (
    ("id", "id", None),
    ("reference", "reference", None),
    ("procedure", "procedure", None),
    ("procedure_version", "procedure_version", None),
    ("state", "state", None),
    ("version", "version", None),
    ("applicant", "$json(applicant)", orjson.loads),
    ("title", "title", None),
    ("route", "route", None),
    ("routed_by", "routed_by", None),
    ("suspended_since", "$day(suspended_since)", read_day_or_none),
    ("ended_at", "$instant(ended_at)", read_instant_or_none),
    ("assignee", "assignee", None),
    ("data", "$json(data)", orjson.loads),
    ("steps", "$json(steps)", orjson.loads),
    ("presumed", "$json(presumed)", orjson.loads),
    ("shared_with", "$json(shared_with)", orjson.loads),
    ("opened_at", "$instant(opened_at)", read_instant),
    ("updated_at", "$instant(updated_at)", read_instant),
    ("head", "head", None),
)
"""(column, how it is asked for, what reads the text that comes; None: it is taken as it is)."""
_CASE_NAMES = tuple(name for name, _, _ in CASE_COLUMNS)
_CASE_TEXTS = tuple((name, read) for name, _, read in CASE_COLUMNS if read is not None)


def case_of_texts(row: Row) -> Case:
    """Return the case in a row of `CASE_COLUMNS` asked for as text."""
    values = dict(zip(_CASE_NAMES, row, strict=True))
    for name, read in _CASE_TEXTS:
        values[name] = read(values[name])
    return case_of(values)


def case_of(values: Mapping[str, Any]) -> Case:
    """Return the case that these column values make."""
    made = {
        "applicant": Applicant(**values["applicant"]),
        "steps": tuple(Step(seq, action, read_day_or_none(day), state) for seq, action, day, state in values["steps"]),
        "presumed": tuple(values["presumed"]),
        "shared_with": tuple(values["shared_with"]),
    }
    return Case(**{**values, **made})


_APPLICANT_FIELDS = tuple(field.name for field in fields(Applicant))


def case_parameters(case: Case) -> dict[str, Any]:
    """Return what any action may change in the row of a case, by column."""
    return {
        "id": case.id,
        "state": case.state,
        "version": case.version,
        "received_on": iso_or_none(case.received_on),
        "route": case.route,
        "routed_by": case.routed_by,
        "routed_on": iso_or_none(case.routed_on),
        "suspended_since": iso_or_none(case.suspended_since),
        "ended_at": instant_or_none(case.ended_at),
        "assignee": case.assignee,
        "data": json_text(case.data),
        "steps": json_text([(step.seq, step.action, step.on, step.state) for step in case.steps]),
        "presumed": json_text(case.presumed),
        "shared_with": json_text(case.shared_with),
        "updated_at": instant(case.updated_at),
        "head": case.head,
        "counted_on": iso_or_none(case.counted_on),
        "reserved_cents": reserved_cents(case),
        "committed_cents": case.fact("commitment.amount_cents"),
        "committed_on": case.fact("commitment.committed_on"),
    }


def identity_parameters(case: Case) -> dict[str, Any]:
    """Return who asks for what: a correction alone changes it."""
    applicant = case.applicant
    return {
        "department": case.department,
        "arrondissement": applicant.arrondissement,
        "epci": applicant.epci,
        "applicant_code": applicant.code or applicant.siren,
        "applicant": json_text({name: getattr(applicant, name) for name in _APPLICANT_FIELDS}),
        "applicant_name": applicant.name,
        "title": case.title,
        "search": search_text(case.title, applicant.name),
    }


def opening_parameters(case: Case) -> dict[str, Any]:
    """Return what the opening says once and for all."""
    return {
        "reference": case.reference,
        "procedure": case.procedure,
        "procedure_version": case.procedure_version,
        "opened_at": instant(case.opened_at),
    }


def row_parameters(case: Case) -> dict[str, Any]:
    """Return what the whole row of a case holds, by column."""
    return case_parameters(case) | identity_parameters(case) | opening_parameters(case)


ENTRY_COLUMNS = """seq, $instant(recorded_at), $day(effective_on), actor_id, actor_name, on_behalf_of, action,
    $json(entry.data), $json(events), $json(commitments), $json(salts), hash, previous_hash, entry.case_id"""
"""To be asked for from `appui_entry AS entry`."""


def entry_of(row: Row) -> SealedEntry:
    """Return the line in a row of `ENTRY_COLUMNS`."""
    seq, recorded_at, effective_on, actor_id, actor_name, on_behalf_of, action = row[:7]
    data, events, commitments, salts = (orjson.loads(text) for text in row[7:11])
    entry = Entry(
        case_id=row[13],
        seq=seq,
        recorded_at=read_instant(recorded_at),
        effective_on=date.fromisoformat(effective_on),
        actor_id=actor_id,
        actor_name=actor_name,
        on_behalf_of=on_behalf_of,
        action=action,
        data=data,
        events=tuple(event_from_json(event) for event in events),
        hash=row[11],
        previous_hash=row[12],
    )
    return SealedEntry(entry, commitments, salts)


def entry_parameters(sealed: SealedEntry) -> dict[str, Any]:
    """Return what the row of a line holds; names that a case has too are prefixed."""
    entry = sealed.entry
    return {
        "seq": entry.seq,
        "recorded_at": instant(entry.recorded_at),
        "effective_on": iso_or_none(entry.effective_on),
        "actor_id": entry.actor_id,
        "actor_name": entry.actor_name,
        "on_behalf_of": entry.on_behalf_of,
        "action": entry.action,
        "entry_data": json_text(entry.data),
        "events": json_text([event.to_json() for event in entry.events]),
        "commitments": json_text(dict(sealed.commitments)),
        "salts": json_text(dict(sealed.salts)),
        "hash": entry.hash,
        "previous_hash": entry.previous_hash,
    }


DEADLINE_COLUMNS = """key, label, status, $day(started_on), $day(due_on), $instant(due_at), derivation,
    $day(closed_on), $instant(next_at)"""


def deadline_of(row: Row) -> Deadline:
    """Return the deadline in a row of `DEADLINE_COLUMNS`."""
    return Deadline(
        key=row[0],
        label=row[1],
        status=row[2],
        started_on=date.fromisoformat(row[3]),
        due_on=read_day_or_none(row[4]),
        due_at=read_instant_or_none(row[5]),
        derivation=row[6],
        closed_on=read_day_or_none(row[7]),
        next_at=read_instant_or_none(row[8]),
    )


def deadline_parameters(case_id: str, deadline: Deadline) -> dict[str, Any]:
    """Return what the row of a deadline holds."""
    return {
        "case_id": case_id,
        "key": deadline.key,
        "label": deadline.label,
        "status": deadline.status,
        "started_on": iso_or_none(deadline.started_on),
        "due_on": iso_or_none(deadline.due_on),
        "due_at": instant_or_none(deadline.due_at),
        "derivation": deadline.derivation,
        "closed_on": iso_or_none(deadline.closed_on),
        "next_at": instant_or_none(deadline.next_at),
    }


MESSAGE_COLUMNS = """id, case_id, seq, notice, label, recipient, name, email, outside, visit, $instant(not_before),
    status, $json(data), attempts, $instant(sent_at), answer, doubtful"""


def message_of(row: Row) -> Message:
    """Return the message in a row of `MESSAGE_COLUMNS`."""
    return Message(
        id=row[0],
        case_id=row[1],
        seq=row[2],
        notice=row[3],
        label=row[4],
        recipient=row[5],
        name=row[6],
        email=row[7],
        outside=bool(row[8]),
        visit=row[9],
        not_before=read_instant(row[10]),
        status=row[11],
        data=orjson.loads(row[12]),
        attempts=row[13],
        sent_at=read_instant_or_none(row[14]),
        answer=row[15],
        doubtful=bool(row[16]),
    )


def message_parameters(message: Message) -> dict[str, Any]:
    """Return what the row of a message holds, `data` still as plain data."""
    return {
        "id": message.id,
        "case_id": message.case_id,
        "seq": message.seq,
        "notice": message.notice,
        "label": message.label,
        "recipient": message.recipient,
        "name": message.name,
        "email": message.email,
        "outside": message.outside,
        "visit": message.visit,
        "not_before": instant(message.not_before),
        "status": message.status,
        "data": message.data,
    }

"""Peer rows: what a peer writes for one action beside its own bookkeeping, of the sizes that the engine writes.

Four plain tables: the case, its history, its deadlines, its queued messages. They have fewer columns and fewer indexes
than the engine's, no chain of hashes and no projection: whatever differs is in the peers' favour.
"""

# ruff: noqa: S608 - texts are put together from constants of this module, values are always parameters

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from bench.databases import Dialect, Place
from bench.footprint import Change, Sample
from bench.scenario import ACTED_AT, ACTION, ANSWERED, OFFICER, RECEIVED, REQUEST

_TABLES = """
CREATE TABLE peer_case (
    id text PRIMARY KEY, reference text NOT NULL, state text NOT NULL, version integer NOT NULL, data text NOT NULL,
    workflow text, updated_at text NOT NULL);
CREATE INDEX peer_case_by_state ON peer_case (state, updated_at);
CREATE TABLE peer_entry (
    case_id text NOT NULL, seq integer NOT NULL, recorded_at text NOT NULL, actor text NOT NULL, action text NOT NULL,
    data text NOT NULL, PRIMARY KEY (case_id, seq));
CREATE TABLE peer_deadline (
    case_id text NOT NULL, key text NOT NULL, status text NOT NULL, due_at text, derivation text NOT NULL,
    closed_on text, PRIMARY KEY (case_id, key));
CREATE INDEX peer_deadline_open ON peer_deadline (due_at) WHERE status = 'open';
CREATE TABLE peer_message (
    id text PRIMARY KEY, case_id text NOT NULL, seq integer NOT NULL, notice text NOT NULL, recipient text NOT NULL,
    email text, status text NOT NULL, not_before text NOT NULL, data text NOT NULL);
CREATE INDEX peer_message_by_status ON peer_message (status, not_before);
"""
READ = "SELECT state, version, data, workflow FROM peer_case WHERE id = :id"
_CASE = """UPDATE peer_case SET state = :state, version = version + 1, data = :data, workflow = :workflow,
    updated_at = :at WHERE id = :id AND version = :version"""
_ENTRY = "INSERT INTO peer_entry (case_id, seq, recorded_at, actor, action, data)"
_ENTRY_VALUES = ":id, :seq, :at, :actor, :action, :entry"
_DEADLINE = "UPDATE peer_deadline SET status = :deadline_status, closed_on = :deadline_closed_on"
_MESSAGE = "INSERT INTO peer_message (id, case_id, seq, notice, recipient, email, status, not_before, data)"
_MESSAGE_VALUES = (
    ":message{0}_id, :id, :seq, :message{0}_notice, :message{0}_recipient, :message{0}_email, :message{0}_status, "
    ":message{0}_not_before, :message{0}_data"
)


@dataclass(frozen=True, slots=True)
class Payload:
    """The values of one action, the same for every case but for identifiers."""

    opened_data: str
    data: str
    """Of the case, as JSON: every column that the action altered, state and version left out."""
    entry: str
    """Of the history, as JSON: every column of the engine's entry."""
    deadline: Mapping[str, Any]
    met: Mapping[str, Any]
    """What the action changes of the deadline."""
    messages: tuple[Mapping[str, Any], ...]

    def action(self, case_id: str, *, version: int, workflow: str | None = None) -> dict[str, Any]:
        """Return the parameters of an action's statements. `workflow` is what an engine keeps of its own."""
        given = {
            "id": case_id,
            "version": version,
            "state": ANSWERED,
            "data": self.data,
            "workflow": workflow,
            "at": ACTED_AT.isoformat(),
            "seq": version + 1,
            "actor": OFFICER,
            "action": ACTION,
            "entry": self.entry,
            "deadline_key": self.deadline["key"],
            "deadline_status": self.met["status"],
            "deadline_closed_on": self.met["closed_on"],
        }
        for rank, message in enumerate(self.messages):
            given |= {f"message{rank}_{name}": value for name, value in message.items()}
            given[f"message{rank}_id"] = str(uuid.uuid4())
        return given


def payload_of(sample: Sample) -> Payload:
    """Return what the peers write, from what the engine wrote."""
    [case], [entry] = sample.rows("appui_case"), sample.rows("appui_entry")
    met = next(change for change in sample.action if change.table.name == "appui_deadline")
    opened = next(change.values for change in sample.opening if change.table.name == "appui_case")
    deadline = _opened_as(met, sample.opening)
    altered = {name: value for name, value in case.items() if name not in {"state", "version"}}
    wanted = ("notice", "recipient", "email", "status", "not_before", "data")
    kept = {"applicant": opened["applicant"], "title": opened["title"], "works_design": REQUEST["works_design"]}
    return Payload(
        opened_data=_json({**{name: opened[name] for name in altered}, **kept}),
        data=_json({**altered, **kept}),
        entry=_json(entry),
        deadline={name: deadline[name] for name in ("key", "status", "due_at", "derivation")},
        met=met.values,
        messages=tuple({name: message[name] for name in wanted} for message in sample.rows("appui_message")),
    )


def create(place: Place) -> None:
    """Create the tables."""
    with closing(place.connect()) as raw:
        for statement in filter(str.strip, _TABLES.split(";")):
            raw.execute(statement)


def prepare(place: Place, payload: Payload, count: int, *, workflow: str | None = None) -> Sequence[str]:
    """Write that many received cases with their deadline, in one commit; return their identifiers."""
    ids = [str(uuid.uuid4()) for _ in range(count)]
    at = ACTED_AT.isoformat()
    deadline = payload.deadline
    with closing(place.connect()) as raw, closing(raw.cursor()) as cursor:
        cursor.execute("BEGIN")
        cursor.executemany(
            marked("INSERT INTO peer_case VALUES (:id, :reference, :state, 1, :data, :workflow, :at)", place.dialect),
            [
                {
                    "id": case_id,
                    "reference": case_id[:12],
                    "state": RECEIVED,
                    "data": payload.opened_data,
                    "workflow": workflow,
                    "at": at,
                }
                for case_id in ids
            ],
        )
        cursor.executemany(
            marked("INSERT INTO peer_entry VALUES (:id, 1, :at, :actor, 'open', :entry)", place.dialect),
            [{"id": case_id, "at": at, "actor": OFFICER, "entry": payload.entry} for case_id in ids],
        )
        cursor.executemany(
            marked("INSERT INTO peer_deadline VALUES (:id, :key, :status, :due_at, :derivation, NULL)", place.dialect),
            [{"id": case_id, **deadline} for case_id in ids],
        )
        cursor.execute("COMMIT")
    return ids


def writing(dialect: Dialect, payload: Payload) -> list[str]:
    """Return the statements of an action, parameters as `:name`: one for PostgreSQL, on SQLite the case's first."""
    count = len(payload.messages)
    if dialect == "sqlite":
        messages = ", ".join(f"({_MESSAGE_VALUES.format(rank)})" for rank in range(count))
        return [
            _CASE,
            f"{_ENTRY} VALUES ({_ENTRY_VALUES})",
            f"{_DEADLINE} WHERE case_id = :id AND key = :deadline_key",
            f"{_MESSAGE} VALUES {messages}",
        ]
    messages = " UNION ALL ".join(f"SELECT {_MESSAGE_VALUES.format(rank)} FROM changed" for rank in range(count))
    return [
        f"""WITH changed AS ({_CASE} RETURNING id),
        entry AS ({_ENTRY} SELECT {_ENTRY_VALUES} FROM changed),
        deadline AS ({_DEADLINE} FROM changed WHERE case_id = changed.id AND key = :deadline_key),
        messages AS ({_MESSAGE} {messages})
        SELECT count(*) FROM changed"""
    ]


def marked(text: str, dialect: Dialect) -> str:
    """Return a statement with parameters as the driver takes them."""
    return text if dialect == "sqlite" else re.sub(r"(?<!:):([a-z]\w*)", r"%(\1)s", text)


def check_written(count: int) -> None:
    """Raise when the case was not there at the version that was read."""
    if count != 1:
        raise RuntimeError("the case is not there, or somebody else wrote it first")


def state_of(place: Place, case_id: str) -> str:
    """Return the state of a case."""
    with closing(place.connect()) as raw:
        return str(raw.execute(marked(READ, place.dialect), {"id": case_id}).fetchone()[0])


def _opened_as(change: Change, opening: Sequence[Change]) -> Mapping[str, Any]:
    return next(each.values for each in opening if (each.table.name, each.key) == (change.table.name, change.key))


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

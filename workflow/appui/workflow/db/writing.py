"""Writing: accepted actions put into the base, each whole, or not at all when somebody was faster."""

# ruff: noqa: S608 - texts are put together from constants of this package, values are always parameters

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from appui.notifications.message import Message
from appui.states.case import Case
from appui.states.deadlines import Deadline
from appui.workflow.db.dialects import LINES, Spoken
from appui.workflow.db.projections import PARTS, PARTS_OF_CHANGED, projected, projection_parameters
from appui.workflow.db.rows import (
    case_parameters,
    deadline_parameters,
    entry_parameters,
    identity_parameters,
    json_text,
    message_parameters,
    opening_parameters,
    row_parameters,
)
from appui.workflow.journal import SealedEntry

_INSERT_CASE = """
    INSERT INTO appui_case (
        id, reference, procedure, procedure_version, state, version, department, arrondissement, epci, applicant_code,
        applicant, applicant_name, title, search, received_on, route, routed_by, routed_on, suspended_since, ended_at,
        assignee, data, steps, presumed, shared_with, opened_at, updated_at, head, counted_on, reserved_cents,
        committed_cents, committed_on
    ) {rows} ON CONFLICT (id) DO NOTHING"""

_CASE_VALUES = """
        :id, :reference, :procedure, :procedure_version, :state, :version, :department, :arrondissement, :epci,
        :applicant_code, $as_json(:applicant), :applicant_name, :title, :search, $as_day(:received_on), :route,
        :routed_by, $as_day(:routed_on), $as_day(:suspended_since), $as_instant(:ended_at), :assignee,
        $as_exact(:data), $as_json(:steps), $as_json(:presumed), $as_json(:shared_with), $as_instant(:opened_at),
        $as_instant(:updated_at), :head, $as_day(:counted_on), :reserved_cents, :committed_cents,
        $as_day(:committed_on)"""

_IDENTITY = """
        department = :department, arrondissement = :arrondissement, epci = :epci, applicant_code = :applicant_code,
        applicant = $as_json(:applicant), applicant_name = :applicant_name, title = :title, search = :search,"""

_UPDATE_CASE = """
    UPDATE appui_case SET{identity}
        state = :state, version = :version, received_on = $as_day(:received_on), route = :route,
        routed_by = :routed_by, routed_on = $as_day(:routed_on), suspended_since = $as_day(:suspended_since),
        ended_at = $as_instant(:ended_at), assignee = :assignee, data = $as_exact(:data), steps = $as_json(:steps),
        presumed = $as_json(:presumed), shared_with = $as_json(:shared_with), updated_at = $as_instant(:updated_at),
        head = :head, counted_on = $as_day(:counted_on), reserved_cents = :reserved_cents,
        committed_cents = :committed_cents, committed_on = $as_day(:committed_on)
    {rows}
    WHERE appui_case.id = :id AND appui_case.version = :expected_version"""

_REOPEN_CASE = """
    UPDATE appui_case SET
        reference = :reference, procedure = :procedure, procedure_version = :procedure_version,
        opened_at = $as_instant(:opened_at)
    WHERE id = :id"""
"""What no action changes, and only a rebuilding puts right."""

_NAMESAKE = "SELECT 1 FROM appui_case WHERE reference = :reference AND id <> :id"

_CANCEL_OTHER_DEADLINES = """
    UPDATE appui_deadline SET status = 'cancelled', next_at = NULL, claimable_at = NULL
    WHERE case_id = :id AND status <> 'cancelled' AND key NOT IN $each(:keys)"""

NEW, CORRECTED, MOVED = "new", "corrected", "moved"
"""What becomes of a case: it opens, it may be about something else than was said, or it moves on."""

_CHANGES = {
    NEW: _INSERT_CASE.format(rows=f"VALUES ({_CASE_VALUES})"),
    CORRECTED: _UPDATE_CASE.format(identity=_IDENTITY, rows=""),
    MOVED: _UPDATE_CASE.format(identity="", rows=""),
}
_CHANGES_TOGETHER = {
    NEW: _INSERT_CASE.format(rows=f"SELECT {_CASE_VALUES} FROM {LINES}"),
    CORRECTED: _UPDATE_CASE.format(identity=_IDENTITY, rows=f"FROM {LINES}"),
    MOVED: _UPDATE_CASE.format(identity="", rows=f"FROM {LINES}"),
}
"""The same for PostgreSQL, from as many lines as there are cases."""
_PARAMETERS: dict[str, tuple[Callable[[Case], dict[str, Any]], ...]] = {
    NEW: (case_parameters, identity_parameters, opening_parameters),
    CORRECTED: (case_parameters, identity_parameters),
    MOVED: (case_parameters,),
}

_ENTRY_COLUMNS = """case_id, seq, recorded_at, effective_on, actor_id, actor_name, on_behalf_of, action, data, events,
        commitments, salts, hash, previous_hash"""

_ENTRY_VALUES = """:seq, $as_instant(:recorded_at), $as_day(:effective_on), :actor_id, :actor_name, :on_behalf_of,
        :action, $as_exact(:entry_data), $as_exact(:events), $as_exact(:commitments), $as_exact(:salts), :hash,
        :previous_hash"""

_DEADLINE_COLUMNS = """case_id, key, label, status, started_on, due_on, due_at, derivation, closed_on, next_at,
        claimable_at"""

_DEADLINE_CONFLICT = """
    ON CONFLICT (case_id, key) DO UPDATE SET
        label = excluded.label, status = excluded.status, started_on = excluded.started_on, due_on = excluded.due_on,
        due_at = excluded.due_at, derivation = excluded.derivation, closed_on = excluded.closed_on,
        next_at = excluded.next_at, claimable_at = excluded.next_at, attempt = 0"""

_MESSAGE_COLUMNS = """id, case_id, seq, notice, label, recipient, name, email, outside, visit, not_before, status,
        data"""

_HEAD_CONFLICT = "ON CONFLICT (case_id) DO UPDATE SET seq = excluded.seq, hash = excluded.hash"

_SQLITE_ENTRY = f"""
    INSERT INTO appui_entry ({_ENTRY_COLUMNS}, position, xid)
    VALUES (:id, {_ENTRY_VALUES}, (SELECT coalesce(max(position), 0) + 1 FROM appui_entry WHERE xid = 0), 0)"""

_SQLITE_HEAD = f"INSERT INTO appui_chain_head (case_id, seq, hash) VALUES (:id, :seq, :hash) {_HEAD_CONFLICT}"

_DEADLINE_LINE = f"""
    INSERT INTO appui_deadline ({_DEADLINE_COLUMNS})
    VALUES (:case_id, :key, :label, :status, :started_on, :due_on, :due_at, :derivation, :closed_on,
        :next_at, :next_at)
    {_DEADLINE_CONFLICT}"""

_SQLITE_MESSAGE = f"""
    INSERT INTO appui_message ({_MESSAGE_COLUMNS})
    VALUES (:id, :case_id, :seq, :notice, :label, :recipient, :name, :email, :outside, :visit, :not_before, :status,
        :data)"""

_POSTGRESQL_PARTS = {
    "line": f"""
    INSERT INTO appui_entry ({_ENTRY_COLUMNS}, xid)
    SELECT changed.id, {_ENTRY_VALUES}, pg_current_xact_id()::text::bigint FROM changed""",
    "head": f"""
    INSERT INTO appui_chain_head (case_id, seq, hash) SELECT changed.id, :seq, :hash FROM changed {_HEAD_CONFLICT}""",
    "deadlines": f"""
    INSERT INTO appui_deadline ({_DEADLINE_COLUMNS})
    SELECT changed.id, each.*, each.next_at FROM changed, jsonb_to_recordset(:deadlines::jsonb) AS each (
        key text, label text, status text, started_on date, due_on date, due_at timestamptz, derivation text,
        closed_on date, next_at timestamptz
    ) {_DEADLINE_CONFLICT}""",
    "messages": f"""
    INSERT INTO appui_message ({_MESSAGE_COLUMNS})
    SELECT each.id, changed.id, each.seq, each.notice, each.label, each.recipient, each.name, each.email,
        each.outside, each.visit, each.not_before, each.status, each.data
    FROM changed, jsonb_to_recordset(:messages::jsonb) AS each (
        id text, seq int, notice text, label text, recipient text, name text, email text, outside boolean, visit int,
        not_before timestamptz, status text, data json
    )""",
    **PARTS_OF_CHANGED,
}


@cache
def _whole(change: str, parts: tuple[str, ...]) -> str:
    """Return one statement in which everything is written from the changed case: no case, nothing written."""
    named = {"changed": f"{_CHANGES[change]} RETURNING id", **{part: _POSTGRESQL_PARTS[part] for part in parts}}
    parts_in_order = ", ".join(f"{name} AS ({text})" for name, text in named.items())
    return f"WITH {parts_in_order} SELECT count(*) FROM changed"


class Overtaken(Exception):
    """Somebody else was faster, and a whole transaction is to be begun again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
    """An accepted action, as the parameters of statements."""

    change: str
    given: dict[str, Any]
    """Of the case and of the journal's line."""
    deadlines: Sequence[dict[str, Any]]
    messages: Sequence[dict[str, Any]]
    """`data` still as plain data."""
    projections: Sequence[str]
    """Which of their rows change."""

    @property
    def in_one(self) -> dict[str, Any]:
        """Every parameter, deadlines and messages as JSON: for statements that write from the changed case."""
        return self.given | {name: json_text(each) for name, each in self._lists.items() if each}

    @property
    def parts(self) -> tuple[str, ...]:
        """What is written beside the case."""
        return ("line", "head", *(name for name, each in self._lists.items() if each), *self.projections)

    @property
    def message_lines(self) -> list[dict[str, Any]]:
        """The parameters of each message."""
        return [each | {"data": json_text(each["data"])} for each in self.messages]

    @property
    def _lists(self) -> dict[str, Sequence[dict[str, Any]]]:
        return {"deadlines": self.deadlines, "messages": self.messages}


class Writing(Spoken):
    """What puts accepted actions into the base."""

    def write(
        self,
        raw: Any,
        sealed: SealedEntry,
        case: Case,
        deadlines: Sequence[Deadline],
        messages: Sequence[Message],
        *,
        expected_version: int,
        before: Case | None = None,
    ) -> bool:
        """Write the case as it is after an action, the journal's line, the changed deadlines and the messages.

        `expected_version` is the version that the action was decided on, 0 for a new case. Returns False, with
        nothing written, when the case has another version by now (or, for a new one, is already there).
        `before`, the case at that version, spares what did not change. `deadlines` hold a key at most once.
        """
        action = prepared(sealed, case, deadlines, messages, expected_version=expected_version, before=before)
        if self.dialect == "sqlite":
            return self._write_in_steps(raw, action)
        row = self.one(raw, _whole(action.change, action.parts), action.in_one)
        return row is not None and row[0] == 1

    def rewrite(self, raw: Any, case: Case, deadlines: Sequence[Deadline] | None, *, found_version: int | None) -> bool:
        """Put a case into the base as its journal tells it, with these deadlines and what is kept for lists.

        The other deadlines are cancelled; None leaves them all as they are.
        `found_version` is that of its row, which the transaction has locked; None when there is none. Nothing is
        written to its journal, and nothing at all (False) when another case bears its reference.
        """
        if self.one(raw, _NAMESAKE, {"id": case.id, "reference": case.reference}) is not None:
            return False
        given = row_parameters(case) | {"expected_version": found_version}
        if found_version is None:
            self.run(raw, _CHANGES[NEW], given)
        else:
            self.run(raw, _CHANGES[CORRECTED], given)
            self.run(raw, _REOPEN_CASE, given)
        if deadlines is not None:
            keys = json_text([deadline.key for deadline in deadlines])
            self.run(raw, _CANCEL_OTHER_DEADLINES, {"id": case.id, "keys": keys})
            self.run_each(raw, _DEADLINE_LINE, [deadline_parameters(case.id, deadline) for deadline in deadlines])
        for text in PARTS.values():
            self.run(raw, text, {"id": case.id} | projection_parameters(case))
        return True

    def write_together(self, raw: Any, actions: Sequence[Prepared]) -> None:
        """Write actions on as many different cases, a statement for each kind of row, in the caller's transaction.

        Overtaken when one of the cases has another version by now: the transaction is then to be rolled back.
        """
        changes = _CHANGES if self.dialect == "sqlite" else _CHANGES_TOGETHER
        for change, text in changes.items():
            given = [each.given for each in actions if each.change == change]
            if self.run_together(raw, text, given) != len(given):
                raise Overtaken
        if self.dialect == "sqlite":
            self._write_steps_together(raw, actions)
            return
        whole = [(each.parts, each.in_one) for each in actions]
        for name, text in _POSTGRESQL_PARTS.items():
            self.run_together(raw, text, [given for parts, given in whole if name in parts])

    def _write_in_steps(self, raw: Any, action: Prepared) -> bool:
        if self.run(raw, _CHANGES[action.change], action.given) == 0:
            return False
        self.run(raw, _SQLITE_ENTRY, action.given)
        self.run(raw, _SQLITE_HEAD, action.given)
        self.run_each(raw, _DEADLINE_LINE, action.deadlines)
        self.run_each(raw, _SQLITE_MESSAGE, action.message_lines)
        for name in action.projections:
            self.run(raw, PARTS[name], action.given)
        return True

    def _write_steps_together(self, raw: Any, actions: Iterable[Prepared]) -> None:
        given = [each.given for each in actions]
        self.run_each(raw, _SQLITE_ENTRY, given)
        self.run_each(raw, _SQLITE_HEAD, given)
        self.run_each(raw, _DEADLINE_LINE, [line for each in actions for line in each.deadlines])
        self.run_each(raw, _SQLITE_MESSAGE, [line for each in actions for line in each.message_lines])
        for name, text in PARTS.items():
            self.run_each(raw, text, [each.given for each in actions if name in each.projections])


def prepared(
    sealed: SealedEntry,
    case: Case,
    deadlines: Sequence[Deadline],
    messages: Sequence[Message],
    *,
    expected_version: int,
    before: Case | None,
) -> Prepared:
    """Return an accepted action as the parameters of statements. See `Writing.write`."""
    change = NEW if expected_version == 0 else _change_of(case, before)
    given = entry_parameters(sealed) | {"expected_version": expected_version}
    for parameters in _PARAMETERS[change]:
        given |= parameters(case)
    projections = _projections(case, before, new=change == NEW)
    if projections:
        given |= projection_parameters(case)
    return Prepared(
        change=change,
        given=given,
        deadlines=[deadline_parameters(case.id, deadline) for deadline in deadlines],
        messages=[message_parameters(message) for message in messages],
        projections=projections,
    )


def _change_of(case: Case, before: Case | None) -> str:
    same = before is not None and (case.applicant, case.title) == (before.applicant, before.title)
    return MOVED if same else CORRECTED


def _projections(case: Case, before: Case | None, *, new: bool) -> tuple[str, ...]:
    """Return which rows of the projections are to be removed, and which to be added, to be what the case says."""
    if before is None and not new:
        return tuple(PARTS)
    was, now = projected(before), projected(case)
    return (*(f"un{name}" for name in now if was[name] - now[name]), *(name for name in now if now[name] - was[name]))

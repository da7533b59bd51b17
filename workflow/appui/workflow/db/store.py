"""The store: every query on cases, journals, deadlines and messages by its name. It neither begins nor commits."""

# ruff: noqa: S608 - texts are put together from constants of this package, values are always parameters

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from appui.notifications.message import CANCELLED, NOT_DEPARTED, QUEUED, REFUSED, Message
from appui.states.deadlines import Deadline
from appui.states.local_share import NOT_ROUTED, PLACES
from appui.workflow.db.agenda_store import AgendaStore
from appui.workflow.db.due_store import DueStore
from appui.workflow.db.inspection_store import InspectionStore
from appui.workflow.db.keys_store import KeysStore
from appui.workflow.db.loading import Loading
from appui.workflow.db.people_store import PeopleStore
from appui.workflow.db.providers_store import ProvidersStore
from appui.workflow.db.records_store import RecordsStore
from appui.workflow.db.rows import (
    DEADLINE_COLUMNS,
    ENTRY_COLUMNS,
    MESSAGE_COLUMNS,
    FeedEntry,
    deadline_of,
    entry_of,
    instant_or_none,
    iso_or_none,
    json_text,
    message_of,
)
from appui.workflow.db.surroundings_store import SurroundingsStore
from appui.workflow.db.writing import Writing
from appui.workflow.journal import SealedEntry


def reference_of(department: str, year: int, number: int) -> str:
    """Return « 79-2026-0001 »."""
    return f"{department}-{year}-{number:04}"


class Store(
    Loading,
    Writing,
    KeysStore,
    PeopleStore,
    ProvidersStore,
    RecordsStore,
    AgendaStore,
    DueStore,
    InspectionStore,
    SurroundingsStore,
):
    """What the application asks of the base. The raw connection of the driver always comes first."""

    def next_reference(self, raw: Any, department: str, year: int) -> str:
        """Return the next reference of that département and year, « 79-2026-0001 ».

        It is given back, without a gap, if the transaction is rolled back; until its end the others wait.
        """
        row = self.one(
            raw,
            """INSERT INTO appui_counter AS counter (department, year, last) VALUES (:department, :year, 1)
            ON CONFLICT (department, year) DO UPDATE SET last = counter.last + 1 RETURNING last""",
            {"department": department, "year": year},
        )
        if row is None:
            raise RuntimeError(f"no number was given for {department} in {year}")
        return reference_of(department, year, row[0])

    def last_number(self, raw: Any, department: str, year: int) -> int:
        """Return the last number that was given there in that year, 0 for none; until the end the others wait."""
        row = self.one(
            raw,
            """INSERT INTO appui_counter AS counter (department, year, last) VALUES (:department, :year, 0)
            ON CONFLICT (department, year) DO UPDATE SET last = counter.last RETURNING last""",
            {"department": department, "year": year},
        )
        return 0 if row is None else int(row[0])

    def set_last_number(self, raw: Any, department: str, year: int, last: int) -> None:
        """Remember the last number that was given; 0 leaves no trace that one was asked for."""
        where = {"department": department, "year": year, "last": last}
        text = "UPDATE appui_counter SET last = :last WHERE department = :department AND year = :year"
        if last == 0:
            text = "DELETE FROM appui_counter WHERE department = :department AND year = :year AND last = :last"
        self.run(raw, text, where)

    def recall_messages(self, raw: Any, case_id: str, seq: int) -> list[str]:
        """Cancel what that entry has queued; return the labels of those of its messages that have already left."""
        which = {"case_id": case_id, "seq": seq, "queued": QUEUED, "refused": REFUSED, "cancelled": CANCELLED}
        rows = self.all(
            raw,
            """SELECT status, label, doubtful FROM appui_message WHERE case_id = :case_id AND seq = :seq
            ORDER BY id $locked()""",
            which,
        )
        self.run(
            raw,
            """UPDATE appui_message SET status = :cancelled
            WHERE case_id = :case_id AND seq = :seq AND status IN (:queued, :refused) AND NOT doubtful""",
            which,
        )
        return [label for status, label, doubtful in rows if doubtful or status not in NOT_DEPARTED]

    def list_entries(
        self, raw: Any, case_id: str, *, as_of: date | None = None, recorded_as_of: datetime | None = None
    ) -> list[SealedEntry]:
        """Return the lines of a journal by number: those effective by that local day, recorded by that instant."""
        rows = self.all(
            raw,
            f"""SELECT {ENTRY_COLUMNS} FROM appui_entry AS entry WHERE case_id = :case_id
            AND ($as_day(:as_of) IS NULL OR effective_on <= $as_day(:as_of))
            AND ($as_instant(:recorded_as_of) IS NULL OR recorded_at <= $as_instant(:recorded_as_of))
            ORDER BY seq""",
            {
                "case_id": case_id,
                "as_of": iso_or_none(as_of),
                "recorded_as_of": instant_or_none(recorded_as_of),
            },
        )
        return [entry_of(row) for row in rows]

    def list_deadlines(self, raw: Any, case_id: str) -> list[Deadline]:
        """Return the deadlines of a case, the next one first, those without a date last."""
        rows = self.all(
            raw,
            f"""SELECT {DEADLINE_COLUMNS} FROM appui_deadline WHERE case_id = :id
            ORDER BY due_at IS NULL, due_at, key""",
            {"id": case_id},
        )
        return [deadline_of(row) for row in rows]

    def list_messages(self, raw: Any, case_id: str) -> list[Message]:
        """Return the messages of a case, in the order of the actions that gave rise to them."""
        rows = self.all(
            raw,
            f"SELECT {MESSAGE_COLUMNS} FROM appui_message WHERE case_id = :id ORDER BY seq, id",
            {"id": case_id},
        )
        return [message_of(row) for row in rows]

    def find_message(self, raw: Any, message_id: str) -> Message | None:
        """Return that message, or None."""
        row = self.one(raw, f"SELECT {MESSAGE_COLUMNS} FROM appui_message WHERE id = :id", {"id": message_id})
        return None if row is None else message_of(row)

    def list_outgoing(
        self, raw: Any, *, statuses: Collection[str], case_id: str | None, limit: int
    ) -> list[tuple[str, Message]]:
        """Return (reference of the case, message) for the messages of those statuses, the longest due first."""
        rows = self.all(
            raw,
            f"""SELECT (SELECT reference FROM appui_case WHERE appui_case.id = appui_message.case_id), {MESSAGE_COLUMNS}
            FROM appui_message
            WHERE status $in(:statuses) AND ($as_text(:case_id) IS NULL OR case_id = $as_text(:case_id))
            ORDER BY not_before, id LIMIT :limit""",
            {"statuses": json_text(sorted(statuses)), "case_id": case_id, "limit": limit},
        )
        return [(row[0], message_of(row[1:])) for row in rows]

    def list_feed(self, raw: Any, after: tuple[int, int] | None, limit: int) -> list[FeedEntry]:
        """Return the lines of all journals in an order that never changes, from the one that follows `after`.

        Nothing is missed: a line appears once no running transaction can add one before it.
        """
        final = (
            "xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint" if self.dialect == "postgresql" else "true"
        )
        xid, position = after or (-1, -1)
        rows = self.all(
            raw,
            f"""SELECT {ENTRY_COLUMNS}, xid, position, reference, procedure, department
            FROM appui_entry AS entry JOIN appui_case ON appui_case.id = entry.case_id
            WHERE (xid, position) > (:xid, :position) AND {final}
            ORDER BY xid, position LIMIT :limit""",
            {"xid": xid, "position": position, "limit": limit},
        )
        return [
            FeedEntry(
                cursor=(row[-5], row[-4]),
                reference=row[-3],
                procedure=row[-2],
                department=row[-1],
                entry=entry_of(row[:-5]).entry,
            )
            for row in rows
        ]

    def committed_cents(self, raw: Any, department: str, year: int) -> int:
        """Return what the département's cases have committed in that civil year, in cents."""
        row = self.one(
            raw,
            """SELECT CAST(coalesce(sum(committed_cents), 0) AS bigint) FROM appui_case
            WHERE department = :department AND committed_on BETWEEN $as_day(:first) AND $as_day(:last)""",
            {"department": department, "first": f"{year:04}-01-01", "last": f"{year:04}-12-31"},
        )
        return 0 if row is None else int(row[0])

    def place_counts(self, raw: Any, department: str, procedure: str, first: date, last: date) -> dict[str, int]:
        """Return how many of the département's cases count in each place of the local share between two local days.

        The rule is `local_share.place_of`.
        """
        rows = self.all(
            raw,
            f"""SELECT route, count(*) FROM appui_case
            WHERE department = :department AND procedure = :procedure AND route IS NOT NULL
            AND counted_on BETWEEN $as_day(:first) AND $as_day(:last) GROUP BY route
            UNION ALL SELECT '{NOT_ROUTED}', count(*) FROM appui_case
            WHERE department = :department AND procedure = :procedure AND route IS NULL AND ended_at IS NULL
            AND counted_on <= $as_day(:last)""",
            {"department": department, "procedure": procedure, "first": first.isoformat(), "last": last.isoformat()},
        )
        return dict.fromkeys(PLACES, 0) | dict(rows)

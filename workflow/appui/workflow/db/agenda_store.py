"""The store of agendas: open cases by urgency, people's own notes on them, and the keys of their calendar feeds."""

# ruff: noqa: S608 - texts are put together from constants of this package, values are always parameters

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

from appui.states.case import Case
from appui.states.deadlines import OPEN, Deadline
from appui.workflow.agenda.items import Note
from appui.workflow.db.dialects import Spoken
from appui.workflow.db.queries import CASE_ROW, branches_of
from appui.workflow.db.rows import DEADLINE_COLUMNS, case_of, deadline_of, json_text
from appui.workflow.db.tables import CASES, DEADLINES
from appui.workflow.journal import instant
from appui.workflow.scope import Scope


def list_open_cases(
    connection: Connection, scope: Scope, *, people: Collection[str] | None, limit: int
) -> tuple[list[Case], bool]:
    """Return the open cases in scope that these people follow, or nobody, the soonest due first; and whether all came.

    `people` None: whoever follows them.
    """
    branches = branches_of(scope)
    if not branches:
        return [], True
    soonest = (
        select(func.min(DEADLINES.c.due_at))
        .where(DEADLINES.c.case_id == CASES.c.id, DEADLINES.c.status == OPEN)
        .scalar_subquery()
    )
    wanted = [CASES.c.ended_at.is_(None), or_(*branches)]
    if people is not None:
        wanted.append(or_(CASES.c.assignee.is_(None), CASES.c.assignee.in_(sorted(people))))
    page = (
        select(*CASE_ROW)
        .where(and_(*wanted))
        .order_by(soonest.is_(None), soonest, CASES.c.updated_at, CASES.c.id)
        .limit(limit + 1)
    )
    cases = [case_of(row._asdict()) for row in connection.execute(page)]
    return cases[:limit], len(cases) <= limit


class AgendaStore(Spoken):
    """What is asked and kept for agendas."""

    def deadlines_of_cases(self, raw: Any, case_ids: Collection[str]) -> dict[str, list[Deadline]]:
        """Return the open deadlines of these cases, by case."""
        rows = self.all(
            raw,
            f"""SELECT {DEADLINE_COLUMNS}, case_id FROM appui_deadline
            WHERE case_id $in(:ids) AND status = '{OPEN}' ORDER BY case_id, key""",
            {"ids": json_text(sorted(case_ids))},
        )
        found: dict[str, list[Deadline]] = defaultdict(list)
        for row in rows:
            found[row[-1]].append(deadline_of(row[:-1]))
        return found

    def list_notes(self, raw: Any, person_id: str) -> list[Note]:
        """Return the person's own notes on open cases, the first to come back first."""
        rows = self.all(
            raw,
            """SELECT note.case_id, $day(note.until), note.text, note.version FROM appui_note AS note
            JOIN appui_case ON appui_case.id = note.case_id AND appui_case.ended_at IS NULL
            WHERE note.person_id = :person_id ORDER BY note.until, note.case_id""",
            {"person_id": person_id},
        )
        return [Note(case_id=row[0], until=date.fromisoformat(row[1]), text=row[2], version=row[3]) for row in rows]

    def put_note(self, raw: Any, person_id: str, note: Note) -> None:
        """Keep a person's note on a case; they have one a case, the last."""
        self.run(
            raw,
            """INSERT INTO appui_note (person_id, case_id, until, text, version)
            VALUES (:person_id, :case_id, $as_day(:until), :text, :version)
            ON CONFLICT (person_id, case_id) DO UPDATE SET
                until = excluded.until, text = excluded.text, version = excluded.version""",
            {
                "person_id": person_id,
                "case_id": note.case_id,
                "until": note.until.isoformat(),
                "text": note.text,
                "version": note.version,
            },
        )

    def remove_note(self, raw: Any, person_id: str, case_id: str) -> bool:
        """Forget a person's note on a case; return whether there was one."""
        text = "DELETE FROM appui_note WHERE person_id = :person_id AND case_id = :case_id"
        return self.run(raw, text, {"person_id": person_id, "case_id": case_id}) == 1

    def put_feed(self, raw: Any, person_id: str, digest: str, *, at: datetime) -> None:
        """Keep the hash of the key to a person's calendar; a former key opens nothing any more."""
        self.run(
            raw,
            """INSERT INTO appui_calendar_feed (person_id, digest, given_at)
            VALUES (:person_id, :digest, $as_instant(:given_at))
            ON CONFLICT (person_id) DO UPDATE SET digest = excluded.digest, given_at = excluded.given_at""",
            {"person_id": person_id, "digest": digest, "given_at": instant(at)},
        )

    def remove_feed(self, raw: Any, person_id: str) -> bool:
        """Forget the key to a person's calendar; return whether there was one."""
        return self.run(raw, "DELETE FROM appui_calendar_feed WHERE person_id = :id", {"id": person_id}) == 1

    def owner_of_feed(self, raw: Any, digest: str) -> str | None:
        """Return whose calendar the key of that hash opens."""
        row = self.one(raw, "SELECT person_id FROM appui_calendar_feed WHERE digest = :digest", {"digest": digest})
        return None if row is None else str(row[0])

"""Queries on due work: deadlines are claimed for a time, seen to, and given back with the next instant to look."""

# ruff: noqa: S608 - texts are put together from constants of this package, values are always parameters

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from appui.notifications.message import QUEUED
from appui.workflow.db.dialects import DialectName, Spoken
from appui.workflow.db.rows import instant_or_none, read_instant
from appui.workflow.db.tables import FAILING

_CHOSEN: dict[DialectName, str] = {
    "sqlite": """rowid IN (SELECT rowid FROM appui_deadline
        WHERE claimable_at <= :now ORDER BY claimable_at LIMIT {limit})""",
    "postgresql": """ctid = ANY (ARRAY(SELECT ctid FROM appui_deadline
        WHERE claimable_at <= $as_instant(:now) ORDER BY claimable_at LIMIT {limit} FOR UPDATE SKIP LOCKED))""",
}
"""Which rows are claimed. A limit in the text lets PostgreSQL know that there are few; others' rows are passed over."""

_HELD = "case_id = :case_id AND key = :key AND attempt = :attempt AND claimable_at = $as_instant(:until)"


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """A deadline that one process may see to, for a time."""

    case_id: str
    key: str
    attempt: int
    """How often it was claimed since it was last seen to, this time included."""
    until: datetime
    """End of the lease, aware, UTC: from then on anybody may claim it."""

    @property
    def parameters(self) -> dict[str, Any]:
        """Return what tells this claim from any other."""
        until = instant_or_none(self.until)
        return {"case_id": self.case_id, "key": self.key, "attempt": self.attempt, "until": until}


@dataclass(frozen=True, kw_only=True, slots=True)
class Failing:
    """A deadline that was claimed again and again, and never seen to."""

    case_id: str
    reference: str
    key: str
    attempt: int
    claimable_at: datetime
    """When it is tried again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Heartbeat:
    """A process that ticks."""

    id: str
    place: str
    started_at: datetime
    ticked_at: datetime
    failure: str | None = None


class DueStore(Spoken):
    """What is asked about due work. It neither begins nor commits."""

    def claim_due(self, raw: Any, *, now: datetime, until: datetime, limit: int) -> list[Claim]:
        """Claim at most that many deadlines that are due, the longest due first, until the end of a lease.

        What another process has claimed, or is claiming, is left to it.
        """
        rows = self.all(
            raw,
            f"""UPDATE appui_deadline SET claimable_at = $as_instant(:until), attempt = attempt + 1
            WHERE {_CHOSEN[self.dialect].format(limit=int(limit))}
            RETURNING case_id, key, attempt, $instant(claimable_at), $instant(next_at)""",
            {"now": instant_or_none(now), "until": instant_or_none(until)},
        )
        oldest_first = sorted(rows, key=lambda row: (row[4] or "", row[0], row[1]))
        return [
            Claim(case_id=case_id, key=key, attempt=attempt, until=read_instant(end))
            for case_id, key, attempt, end, _ in oldest_first
        ]

    def still_held(self, raw: Any, claims: Iterable[Claim]) -> list[str]:
        """Return the keys of those claims of one case that nobody has taken over; they stay ours to the end."""
        text = f"SELECT key FROM appui_deadline WHERE {_HELD} $locked()"
        return [claim.key for claim in claims if self.one(raw, text, claim.parameters) is not None]

    def give_back(self, raw: Any, case_id: str, key: str, next_at: datetime | None) -> None:
        """Say when to look at the deadline again (None: never); it was seen to."""
        self.run(
            raw,
            """UPDATE appui_deadline
            SET next_at = $as_instant(:next_at), claimable_at = $as_instant(:next_at), attempt = 0
            WHERE case_id = :case_id AND key = :key""",
            {"case_id": case_id, "key": key, "next_at": instant_or_none(next_at)},
        )

    def put_off(self, raw: Any, claims: Sequence[Claim], at: datetime) -> None:
        """Let claims that failed rest until then, unless somebody has taken them over."""
        text = f"UPDATE appui_deadline SET claimable_at = $as_instant(:at) WHERE {_HELD}"
        self.run_each(raw, text, [{**claim.parameters, "at": instant_or_none(at)} for claim in claims])

    def beat(self, raw: Any, heartbeat: Heartbeat, *, forget_before: datetime) -> None:
        """Keep when a process last ticked, and forget those that have not since the other instant."""
        self.run(
            raw,
            """INSERT INTO appui_heartbeat (id, place, started_at, ticked_at, failure)
            VALUES (:id, :place, $as_instant(:started_at), $as_instant(:ticked_at), :failure)
            ON CONFLICT (id) DO UPDATE SET ticked_at = excluded.ticked_at, failure = excluded.failure""",
            {
                "id": heartbeat.id,
                "place": heartbeat.place,
                "started_at": instant_or_none(heartbeat.started_at),
                "ticked_at": instant_or_none(heartbeat.ticked_at),
                "failure": heartbeat.failure,
            },
        )
        self.run(
            raw,
            "DELETE FROM appui_heartbeat WHERE ticked_at < $as_instant(:before)",
            {"before": instant_or_none(forget_before)},
        )

    def list_heartbeats(self, raw: Any) -> list[Heartbeat]:
        """Return the processes that tick, or did until lately, the last to tick first."""
        rows = self.all(
            raw,
            """SELECT id, place, $instant(started_at), $instant(ticked_at), failure FROM appui_heartbeat
            ORDER BY ticked_at DESC, id""",
            {},
        )
        return [
            Heartbeat(
                id=key,
                place=place,
                started_at=read_instant(started_at),
                ticked_at=read_instant(ticked_at),
                failure=failure,
            )
            for key, place, started_at, ticked_at, failure in rows
        ]

    def list_cases_ahead(self, raw: Any, until: datetime, department: str | None) -> list[str]:
        """Return the cases that have a deadline to look at, or a queued message that may leave, by that instant."""
        rows = self.all(
            raw,
            """SELECT case_id FROM (
                SELECT case_id FROM appui_deadline WHERE claimable_at IS NOT NULL AND next_at <= $as_instant(:until)
                UNION SELECT case_id FROM appui_message
                WHERE status = :queued AND not_before <= $as_instant(:until)
            ) AS ahead JOIN appui_case ON appui_case.id = ahead.case_id
            WHERE $as_text(:department) IS NULL OR department = $as_text(:department)
            ORDER BY case_id""",
            {"until": instant_or_none(until), "queued": QUEUED, "department": department},
        )
        return [row[0] for row in rows]

    def oldest_due(self, raw: Any, now: datetime) -> datetime | None:
        """Return since when the oldest due work that nobody has claimed waits, None when none does."""
        row = self.one(
            raw,
            """SELECT $instant(claimable_at) FROM appui_deadline WHERE claimable_at <= $as_instant(:now)
            ORDER BY claimable_at LIMIT 1""",
            {"now": instant_or_none(now)},
        )
        return None if row is None else read_instant(row[0])

    def list_failing(self, raw: Any, *, limit: int) -> list[Failing]:
        """Return the deadlines that were claimed again and again without being seen to, the worst first."""
        rows = self.all(
            raw,
            f"""SELECT case_id, reference, key, attempt, $instant(claimable_at)
            FROM appui_deadline JOIN appui_case ON appui_case.id = case_id
            WHERE {FAILING} AND claimable_at IS NOT NULL
            ORDER BY attempt DESC, case_id, key LIMIT :limit""",
            {"limit": limit},
        )
        return [
            Failing(case_id=case_id, reference=reference, key=key, attempt=attempt, claimable_at=read_instant(at))
            for case_id, reference, key, attempt, at in rows
        ]

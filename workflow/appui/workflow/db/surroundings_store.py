"""Queries of who looks a base over: its files, its people, its clock, and how its server is set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from appui.workflow.db.dialects import Spoken
from appui.workflow.db.people_store import USABLE
from appui.workflow.db.rows import instant_or_none, iso_or_none, read_instant_or_none

_BIG = 10_000
"""Rows from which on a planner that guesses does harm."""
_WITHOUT_STATISTICS = {
    # A case has a row in `appui_case` whatever else it has: its count says how big the base is.
    "sqlite": """SELECT 'appui_case' WHERE (SELECT count(*) FROM (SELECT 1 FROM appui_case LIMIT :least)) >= :least
        AND NOT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1')""",
    "postgresql": """SELECT relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE starts_with(relname, 'appui') AND relkind = 'r'
        AND nspname = coalesce($as_text(:schema), current_schema())
        AND pg_relation_size(pg_class.oid) >= 100 * :least
        AND NOT EXISTS (SELECT 1 FROM pg_stats WHERE schemaname = nspname AND tablename = relname)""",
}
_UNTENDED = """SELECT relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE starts_with(relname, 'appui') AND nspname = coalesce($as_text(:schema), current_schema())
    AND 'autovacuum_enabled=false' = ANY (reloptions) ORDER BY relname"""
_IDLE = """SELECT pid, coalesce(nullif(application_name, ''), 'sans nom'), $instant(xact_start) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND starts_with(state, 'idle in transaction')
    AND xact_start <= clock_timestamp() - make_interval(secs => :seconds) ORDER BY xact_start"""

_SETTINGS: Mapping[str, tuple[str, Mapping[str, tuple[str, ...]]]] = {
    "sqlite": ("PRAGMA", {"journal_mode": ("wal",), "synchronous": ("2", "3"), "foreign_keys": ("1",)}),
    "postgresql": (
        "SHOW",
        {
            "server_encoding": ("UTF8",),
            "autovacuum": ("on",),
            "synchronous_commit": ("on", "local", "remote_write", "remote_apply"),
        },
    ),
}
"""Dialect → how a setting is asked for, and the values with which writings are safe, the usual one first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenGroup:
    """Open cases that the same people can act on in the same way."""

    procedure: str
    procedure_version: int
    state: str
    suspended: bool
    arrondissement: str | None
    epci: str | None
    applicant_code: str | None
    reference: str
    """Of one of them."""
    count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class AwayAssignee:
    """Somebody who answers for open cases and can do nothing, nobody standing in."""

    name: str
    closed: bool
    """Whether the account is closed; away otherwise."""
    reference: str
    """Of one of the cases."""
    count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class CitedFile:
    """A content that documents name, with one of these documents."""

    sha256: str
    size: int
    name: str
    reference: str
    """Of its case."""


class SurroundingsStore(Spoken):
    """What is asked about the base itself and what surrounds it."""

    def list_cited_files(self, raw: Any, after: str | None, limit: int) -> list[CitedFile]:
        """Return the contents that documents name, by hash, from the one that follows `after`."""
        rows = self.all(
            raw,
            """SELECT sha256, max(size), min(name), coalesce(min(reference), min(case_id)) FROM appui_document
            LEFT JOIN appui_case ON appui_case.id = case_id
            WHERE sha256 IN (SELECT DISTINCT sha256 FROM appui_document WHERE sha256 > :after
                ORDER BY sha256 LIMIT :limit)
            GROUP BY sha256 ORDER BY sha256""",
            {"after": after or "", "limit": limit},
        )
        return [CitedFile(sha256=row[0], size=row[1], name=row[2], reference=row[3]) for row in rows]

    def list_open_groups(self, raw: Any, department: str) -> list[OpenGroup]:
        """Return the open cases of a département, those together that the same people can act on."""
        rows = self.all(
            raw,
            """SELECT procedure, procedure_version, state, suspended_since IS NOT NULL, arrondissement, epci,
                applicant_code, min(reference), count(*)
            FROM appui_case WHERE department = :department AND ended_at IS NULL
            GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 8""",
            {"department": department},
        )
        return [
            OpenGroup(
                procedure=row[0],
                procedure_version=row[1],
                state=row[2],
                suspended=bool(row[3]),
                arrondissement=row[4],
                epci=row[5],
                applicant_code=row[6],
                reference=row[7],
                count=row[8],
            )
            for row in rows
        ]

    def usable_roles(self, raw: Any, on: date) -> set[tuple[str, str]]:
        """Return every (role, territory) that somebody can use on that local day: as `people_holding` says."""
        rows = self.all(raw, f"SELECT DISTINCT held.role, held.territory {USABLE}", {"day": iso_or_none(on)})
        return {(row[0], row[1]) for row in rows}

    def list_away_assignees(self, raw: Any, on: date) -> list[AwayAssignee]:
        """Return who answers for open cases but can do nothing on that local day, by name."""
        rows = self.all(
            raw,
            """SELECT person.name, person.disabled_at IS NOT NULL, min(reference), count(*)
            FROM appui_case JOIN appui_person AS person ON person.id = assignee
            WHERE ended_at IS NULL AND (person.disabled_at IS NOT NULL OR (
                EXISTS (SELECT 1 FROM appui_absence AS away WHERE away.person_id = person.id
                    AND away.since <= $as_day(:day) AND away.until >= $as_day(:day))
                AND NOT EXISTS (SELECT 1 FROM appui_absence AS away
                    JOIN appui_person AS other ON other.id = away.substitute AND other.disabled_at IS NULL
                    WHERE away.person_id = person.id
                    AND away.since <= $as_day(:day) AND away.until >= $as_day(:day))))
            GROUP BY person.id, person.name, person.disabled_at ORDER BY person.name, person.id""",
            {"day": iso_or_none(on)},
        )
        return [AwayAssignee(name=row[0], closed=bool(row[1]), reference=row[2], count=row[3]) for row in rows]

    def list_followed(self, raw: Any) -> list[tuple[str, int, int]]:
        """Return (procedure, version, how many open cases follow it)."""
        rows = self.all(
            raw,
            """SELECT procedure, procedure_version, count(*) FROM appui_case WHERE ended_at IS NULL
            GROUP BY 1, 2 ORDER BY 1, 2""",
            {},
        )
        return [(row[0], row[1], row[2]) for row in rows]

    def last_written_at(self, raw: Any) -> datetime | None:
        """Return the latest instant that a case or the last entry bears, None in an empty base."""
        rows = self.all(
            raw,
            """SELECT * FROM (SELECT $instant(updated_at) FROM appui_case
                ORDER BY updated_at DESC, id DESC LIMIT 1) AS cases
            UNION ALL SELECT * FROM (SELECT $instant(recorded_at) FROM appui_entry
                ORDER BY xid DESC, position DESC LIMIT 1) AS entries""",
            {},
        )
        return max((moment for row in rows if (moment := read_instant_or_none(row[0])) is not None), default=None)

    def server_clock(self, raw: Any) -> datetime | None:
        """Return the present instant of the database's own machine; None on SQLite, which has none."""
        if self.dialect == "sqlite":
            return None
        row = self.one(raw, "SELECT $instant(now) FROM (SELECT clock_timestamp() AS now) AS server", {})
        return None if row is None else read_instant_or_none(row[0])

    def tables_without_statistics(self, raw: Any) -> list[str]:
        """Return the big tables of which the base has never looked at the contents, by name."""
        rows = self.all(raw, _WITHOUT_STATISTICS[self.dialect], {"least": _BIG, "schema": self.schema})
        return sorted(row[0] for row in rows)

    def list_damages(self, raw: Any, limit: int) -> list[str]:
        """Return what SQLite itself finds wrong in its file, in its own words, and references to nothing.

        PostgreSQL watches over both by itself: empty.
        """
        if self.dialect == "postgresql":
            return []
        found = [row[0] for row in self.all(raw, f"PRAGMA quick_check({limit})", {}) if row[0] != "ok"]
        orphans = self.all(raw, "PRAGMA foreign_key_check", {})[:limit]
        return [*found, *(f"{table}, ligne {row} : {parent} manque" for table, row, parent, _ in orphans)]

    def wrong_settings(self, raw: Any) -> list[tuple[str, str, str]]:
        """Return (setting, what it is, what it must be) for those that put writings at risk."""
        ask, safe = _SETTINGS[self.dialect]
        found = {name: str(self.all(raw, f"{ask} {name}", {})[0][0]) for name in safe}
        return [(name, found[name], values[0]) for name, values in safe.items() if found[name] not in values]

    def untended_tables(self, raw: Any) -> list[str]:
        """Return the tables that PostgreSQL was told not to tend by itself (autovacuum); SQLite needs none."""
        if self.dialect == "sqlite":
            return []
        return [row[0] for row in self.all(raw, _UNTENDED, {"schema": self.schema})]

    def count_unsent(self, raw: Any, before: datetime) -> tuple[int, int]:
        """Return how many messages wait that were due by that instant, and how many sendings were cut short by then."""
        row = self.one(
            raw,
            """SELECT (SELECT count(*) FROM appui_message
                WHERE status IN ('queued', 'unknown') AND not_before <= $as_instant(:before)),
            (SELECT count(*) FROM appui_message WHERE status = 'sending' AND lease_until <= $as_instant(:before))""",
            {"before": instant_or_none(before)},
        )
        return (0, 0) if row is None else (int(row[0]), int(row[1]))

    def list_refused(self, raw: Any) -> list[tuple[str, str, str]]:
        """Return (reference, label, recipient) for the messages that were refused, by reference."""
        rows = self.all(
            raw,
            """SELECT reference, label, coalesce(appui_message.email, name, recipient)
            FROM appui_message JOIN appui_case ON appui_case.id = case_id
            WHERE status = 'refused' ORDER BY reference, appui_message.id""",
            {},
        )
        return [(row[0], row[1], row[2]) for row in rows]

    def list_idle(self, raw: Any, seconds: float) -> list[tuple[int, str, datetime]]:
        """Return (process, program, since when) for transactions left open so long, the oldest first.

        Empty on SQLite, where nobody can see them.
        """
        if self.dialect == "sqlite":
            return []
        rows = self.all(raw, _IDLE, {"seconds": seconds})
        return [(row[0], row[1], datetime.fromisoformat(row[2])) for row in rows]

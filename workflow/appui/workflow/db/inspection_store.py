"""Inspection: cases with all that the base holds of them, for who looks it over and writes them anew."""

# ruff: noqa: S608 - texts are put together from constants of this package, values are always parameters

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import JSON, Date

from appui.states.case import Case
from appui.states.deadlines import Deadline
from appui.workflow.db.columns import Instant
from appui.workflow.db.dialects import Spoken
from appui.workflow.db.projections import PROJECTIONS, projected
from appui.workflow.db.rows import (
    CASE_COLUMNS,
    DEADLINE_COLUMNS,
    ENTRY_COLUMNS,
    Row,
    case_of_texts,
    deadline_of,
    entry_of,
    row_parameters,
)
from appui.workflow.db.tables import CASES
from appui.workflow.journal import SealedEntry

_BETWEEN = "BETWEEN :first AND :last"


@dataclass(frozen=True, kw_only=True, slots=True)
class WholeCase:
    """All that the base holds of a case, as of one instant; nothing of it is trusted yet."""

    id: str
    row: Mapping[str, Any] | None
    """Column → what it holds as text, None when the case has no row."""
    head: tuple[int, str] | None
    deadlines: Mapping[str, Row]
    """By key."""
    projections: Mapping[str, frozenset[str]]
    """Name → values."""
    lines: Sequence[Row]

    def entries(self) -> list[SealedEntry]:
        """Return the journal. ValueError, KeyError or TypeError when a line does not read."""
        return [entry_of(line) for line in self.lines]

    def case(self) -> Case | None:
        """Return the case as its row says. The same errors."""
        return None if self.row is None else case_of_texts([self.row[name] for name, _, _ in CASE_COLUMNS])

    def deadline(self, key: str) -> Deadline | None:
        """Return the deadline of that key. The same errors."""
        return deadline_of(self.deadlines[key]) if key in self.deadlines else None

    def columns_unlike(self, case: Case) -> list[str]:
        """Return the columns that do not hold what the row of that case does."""
        row = self.row or {}
        return [name for name, value in row_parameters(case).items() if not _same(name, row.get(name), value)]

    def projections_unlike(self, case: Case) -> list[str]:
        """Return the names of the projections that do not hold what those of that case do."""
        return [name for name, values in projected(case).items() if self.projections[name] != values]


class InspectionStore(Spoken):
    """What is asked about cases, nothing of which is trusted."""

    def list_case_ids(self, raw: Any, after: str | None, limit: int) -> list[str]:
        """Return identifiers in order, from the one that follows `after`: of all that has a row, a line or a head."""
        rows = self.all(
            raw,
            """SELECT * FROM (SELECT id FROM appui_case WHERE id > :after ORDER BY id LIMIT :limit) AS cases
            UNION SELECT * FROM (SELECT DISTINCT case_id FROM appui_entry WHERE case_id > :after
                ORDER BY case_id LIMIT :limit) AS journals
            UNION SELECT * FROM (SELECT case_id FROM appui_chain_head WHERE case_id > :after
                ORDER BY case_id LIMIT :limit) AS heads
            ORDER BY 1 LIMIT :limit""",
            {"after": after or "", "limit": limit},
        )
        return [row[0] for row in rows]

    def list_whole_cases(self, raw: Any, first: str, last: str, *, lock: bool = False) -> list[WholeCase]:
        """Return the cases from one identifier to another, both included, with all that was written of them.

        `lock` as `load_case`.
        """
        ends = {"first": first, "last": last}
        locked = "$locked()" if lock else ""
        cases = self.all(raw, f"SELECT {_case_columns()} FROM appui_case WHERE id {_BETWEEN} {locked}", ends)
        rows = {row[0]: dict(zip(_CASE_NAMES, row, strict=True)) for row in cases}
        lines = self._by_case(raw, f"{ENTRY_COLUMNS} FROM appui_entry AS entry", "entry.case_id", ends, order="seq")
        heads = self._by_case(raw, "seq, hash FROM appui_chain_head", "case_id", ends)
        deadlines = self._by_case(raw, f"{DEADLINE_COLUMNS} FROM appui_deadline", "case_id", ends)
        kept = {
            name: self._by_case(raw, f"{each.column} FROM {each.table}", "case_id", ends)
            for name, each in PROJECTIONS.items()
        }
        return [
            WholeCase(
                id=case_id,
                row=rows.get(case_id),
                head=next(((seq, digest) for seq, digest in heads.get(case_id, ())), None),
                deadlines={row[0]: row for row in deadlines.get(case_id, ())},
                projections={name: frozenset(row[0] for row in each.get(case_id, ())) for name, each in kept.items()},
                lines=lines.get(case_id, ()),
            )
            for case_id in sorted({*rows, *lines, *heads})
        ]

    def _by_case(
        self, raw: Any, what: str, case_id: str, ends: Mapping[str, str], *, order: str = ""
    ) -> dict[str, list[Row]]:
        """Return the rows between two identifiers of cases by identifier."""
        ordered = f", {order}" if order else ""
        text = f"SELECT {case_id}, {what} WHERE {case_id} {_BETWEEN} ORDER BY {case_id}{ordered}"
        found: dict[str, list[Row]] = {}
        for row in self.all(raw, text, ends):
            found.setdefault(row[0], []).append(row[1:])
        return found


_CASE_NAMES = tuple(column.name for column in CASES.columns)
_PLAIN_COLUMNS = frozenset(column.name for column in CASES.columns if isinstance(column.type, JSON))


@cache
def _case_columns() -> str:
    """Return every column of a case, asked for as text."""
    asked = []
    for column in CASES.columns:
        kind = column.type
        macro = "json" if isinstance(kind, JSON) else "instant" if isinstance(kind, Instant) else None
        macro = "day" if isinstance(kind, Date) else macro
        asked.append(f"${macro}({column.name})" if macro else column.name)
    return ", ".join(asked)


def _same(column: str, found: Any, told: Any) -> bool:
    if column not in _PLAIN_COLUMNS:
        return bool(found == told)
    try:
        return found is not None and bool(json.loads(found) == json.loads(told))
    except ValueError:
        return False

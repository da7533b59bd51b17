"""The footprint: the rows that opening a case and acting on it leave behind.

The bare driver writes the same for thousands of other cases, and the peers rows of the same sizes: so the comparison
stays true when the engine writes something else.
"""

from __future__ import annotations

from dataclasses import dataclass

from bench.tables import Row, Table

CASE_TABLE = "appui_case"


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A row that was added or altered."""

    table: Table
    key: Row
    values: Row
    """What was written: all of a new row, of an altered one the columns that are not as before."""
    new: bool

    def is_of(self, case_id: str) -> bool:
        """Return whether the row belongs to that case."""
        return case_id in {**self.key, **self.values}.values()


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """One case, opened and acted on by the engine; in both footprints the case's own row comes first."""

    case_id: str
    reference: str
    opening: tuple[Change, ...]
    action: tuple[Change, ...]
    shared: tuple[str, ...]
    """Tables in which the action touched rows that are not of this case alone: nobody else writes these."""

    def written(self) -> dict[str, int]:
        """Return how many rows the action wrote, by table."""
        tables = [change.table.name for change in self.action]
        return {name: tables.count(name) for name in sorted(set(tables))}

    def rows(self, table: str) -> list[Row]:
        """Return what the action wrote into that table."""
        return [change.values for change in self.action if change.table.name == table]

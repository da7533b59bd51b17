"""Refusals: the lines that an import could not take, as a file to correct and to import again. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from appui.workflow.importing.headers import fold_header
from appui.workflow.importing.tables import Row, Table
from appui.workflow.reports.sheets import Column, Sheet, to_csv

LINE, REASON = "Ligne", "Motif"
"""What the file says beside each line: where it stood, and why it was refused."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that could not be taken."""

    line: int
    cells: Mapping[str, str]
    """Column → what is written there; empty for a line that could not even be read."""
    reason: str
    """French."""


def refusals_file(headers: Sequence[str], refused: Iterable[Refused]) -> bytes:
    """Return the CSV file of those lines, under their own headers and two more; no text in it acts as a formula."""
    columns = (*headers, *_added_to(headers))
    rows = ((*(each.cells.get(name, "") for name in headers), str(each.line), each.reason) for each in refused)
    return to_csv(Sheet(title="", columns=tuple(map(Column, columns)), rows=tuple(rows)))


def without_refusals(table: Table) -> Table:
    """Return a table as it was before it became a file of refusals, without its two columns.

    Any other table is returned as it is. A line of which only the reason of its refusal is left says nothing.
    """
    *headers, line, reason = table.headers if len(table.headers) > 2 else ("", "", "")
    if (line, reason) != _added_to(headers):
        return table
    rows = (
        Row(row.line, {name: text for name, text in row.cells.items() if name not in (line, reason)})
        for row in table.rows
    )
    kept = tuple(name for name in table.extra if name not in (line, reason))
    return replace(table, headers=tuple(headers), rows=tuple(row for row in rows if row.cells), extra=kept)


def _added_to(headers: Sequence[str]) -> tuple[str, str]:
    """Return the names of the two columns: those of an import when the headers bear the usual ones."""
    taken = set(map(fold_header, headers))
    line, reason = (name if fold_header(name) not in taken else f"{name} de l'import" for name in (LINE, REASON))
    return line, reason

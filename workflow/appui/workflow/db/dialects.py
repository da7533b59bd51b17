"""Dialects: one text of SQL for both databases, and the cursor that runs it on anybody's connection.

A connection may be a host's, with rows, cursors, converters and a search path of its own. Hence tables qualified by
their schema, cursors made here, days, instants and plain data asked for as text, and parameters given as text too.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Literal

import orjson
import psycopg
from psycopg.rows import tuple_row

DialectName = Literal["sqlite", "postgresql"]
Parameters = Mapping[str, Any]

_MACROS: dict[str, dict[str, str]] = {
    "sqlite": {
        "day": "CAST({} AS TEXT)",
        "instant": "CAST({} AS TEXT)",
        "json": "CAST({} AS TEXT)",
        "as_text": "{}",
        "as_day": "{}",
        "as_instant": "{}",
        "as_json": "{}",
        "as_exact": "{}",
        "each": "(SELECT value FROM json_each({}))",
        "in": "IN (SELECT value FROM json_each({}))",
        "list": "json_group_array({})",
        "lists": "json_group_array(json_array({}))",
        "same": "IS",
        "locked": "",
        "unclaimed": "",
    },
    "postgresql": {
        "day": "to_char({}, 'YYYY-MM-DD')",
        "instant": """to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')""",
        "json": "{}::text",
        "as_text": "{}::text",
        "as_day": "{}::date",
        "as_instant": "{}::timestamptz",
        "as_json": "{}::jsonb",
        "as_exact": "{}::json",
        "each": "(SELECT jsonb_array_elements_text({}::jsonb))",
        "in": "= ANY (ARRAY(SELECT jsonb_array_elements_text({}::jsonb)))",
        "list": "coalesce(json_agg({}), '[]')::text",
        "lists": "coalesce(json_agg(json_build_array({})), '[]')::text",
        "same": "IS NOT DISTINCT FROM",
        "locked": "FOR UPDATE",
        "unclaimed": "FOR UPDATE SKIP LOCKED",
    },
}
"""What `$name(argument)` becomes.

`day`, `instant`, `json`: a column, as text. `as_…`: a parameter, from text. `each`: the texts of a list. `in`: one of
them (PostgreSQL then looks them up, where it would read the whole table). `list`, `lists`: the rows, as JSON. `same`:
equal, or both null. `locked`: rows kept until the transaction ends. `unclaimed`: the same, without those that somebody
else keeps.
"""

_PARAMETER = re.compile(r"(?<![:\w]):([a-z]\w*)")

LINES = "changed"
"""What a statement that is run on many lines at once reads them from."""
_NUMBERS = {
    "procedure_version": "int",
    "version": "int",
    "expected_version": "int",
    "seq": "int",
    "routed_by": "int",
    "line": "int",
    "reserved_cents": "bigint",
    "committed_cents": "bigint",
}
"""The parameters of lines that are no texts → their type."""
_KNOWN: dict[tuple[DialectName, str | None], dict[str, str]] = {}
"""Statements as they were written → as the driver takes them."""


class Spoken:
    """Statements in one dialect and one schema, each translated once."""

    def __init__(self, dialect: DialectName, schema: str | None = None) -> None:
        self.dialect = dialect
        self.schema = schema
        self._known = _KNOWN.setdefault((dialect, schema), {})

    def translated(self, text: str) -> str:
        """Return the statement as the driver takes it: tables qualified, `$macros()` replaced, parameters named."""
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = self._translate(text)
        return known

    def _translate(self, text: str) -> str:
        macros = _MACROS[self.dialect]
        text = re.sub(r"\$(\w+)\(([^()]*)\)", lambda call: macros[call[1]].replace("{}", call[2]), text)
        if self.schema is not None:
            text = re.sub(r"\bappui_", f'"{self.schema}".appui_', text)
        if self.dialect == "postgresql":
            text = _PARAMETER.sub(r"%(\1)s", text)
        return text

    def run(self, raw: Any, text: str, parameters: Parameters) -> int:
        """Run one statement and return how many rows it touched."""
        cursor = self._cursor(raw)
        cursor.execute(self.translated(text), parameters)
        return int(cursor.rowcount)

    def run_each(self, raw: Any, text: str, lines: Sequence[Parameters]) -> None:
        """Run one statement for each line."""
        if lines:
            self._cursor(raw).executemany(self.translated(text), lines)

    def run_together(self, raw: Any, text: str, lines: Sequence[Parameters]) -> int:
        """Run one statement on every line at once and return how many rows it touched; none when there is no line.

        On PostgreSQL the statement must read from `LINES`, whose columns are the parameters of the lines.
        """
        if not lines:
            return 0
        cursor = self._cursor(raw)
        if self.dialect == "sqlite":
            cursor.executemany(self.translated(text), lines)
        else:
            whole, names = _on_lines(text)
            given = orjson.dumps([{name: line[name] for name in names} for line in lines]).decode()
            cursor.execute(self.translated(whole), {"lines": given})
        return int(cursor.rowcount)

    def one(self, raw: Any, text: str, parameters: Parameters) -> tuple[Any, ...] | None:
        """Return the first row, or None. The statement is run to its end."""
        rows = self.all(raw, text, parameters)
        return rows[0] if rows else None

    def all(self, raw: Any, text: str, parameters: Parameters) -> Sequence[tuple[Any, ...]]:
        """Return every row, as plain tuples."""
        cursor = self._cursor(raw)
        cursor.execute(self.translated(text), parameters)
        rows: Sequence[tuple[Any, ...]] = cursor.fetchall()
        return rows

    def _cursor(self, raw: Any) -> Any:
        if self.dialect == "postgresql":
            return psycopg.Cursor(raw, row_factory=tuple_row)
        cursor = raw.cursor(sqlite3.Cursor)
        cursor.row_factory = None
        return cursor


@cache
def _on_lines(text: str) -> tuple[str, tuple[str, ...]]:
    """Return a statement that takes its parameters from the columns of `LINES`, and their names."""
    text = _PARAMETER.sub(rf"{LINES}.\1", text)
    names = tuple(sorted(set(re.findall(rf"\b{LINES}\.([a-z]\w*)", text))))
    columns = ", ".join(f"{name} {_NUMBERS.get(name, 'text')}" for name in names)
    given = f"SELECT * FROM json_to_recordset(:lines::json) AS line ({columns})"  # noqa: S608 - names of this package
    return f"WITH {LINES} AS ({given}) {text}", names

"""Plans: what a base looks through to answer, told the same way by SQLite and PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import psycopg
from sqlalchemy import Connection, event

from appui.workflow.db.database import Database
from appui.workflow.db.store import Store

_SQLITE = re.compile(r"(SCAN|SEARCH) (\w+)(?: USING (COVERING )?INDEX (\w+))?(?: USING PRIMARY KEY)?")
_SUBQUERY = re.compile(r"(?:CO-ROUTINE|MATERIALIZE) (\w+)")
_AUTOMATIC = re.compile(r"sqlite_autoindex_(appui_\w+)_[0-9]+")
_NUMBERS = count()
_ALIASES = {"entry": "appui_entry", "later": "appui_entry", "kept": "appui_term"}


@dataclass(frozen=True, slots=True)
class Access:
    """One way into a table of ours."""

    table: str
    index: str = ""
    """Empty: the table itself, from one end to the other."""
    whole: bool = False
    """Whether nothing says where in the index to begin."""
    alone: bool = False
    """Whether the index gives all that is asked, and the table is left unread."""


class Watched(Store):
    """A store that remembers its statements."""

    def __init__(self, database: Database) -> None:
        super().__init__(database.dialect, database.schema)
        self.statements: list[tuple[str, Any]] = []

    def all(self, raw: Any, text: str, parameters: Mapping[str, Any]) -> Any:
        """Run it and remember it."""
        self.statements.append((self.translated(text), parameters))
        return super().all(raw, text, parameters)


class Plans:
    """Asks something of a base, then asks the base how it found the answer."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def of_query(self, ask: Callable[[Connection], object], *, without: Sequence[str] = ()) -> list[Access]:
        """Return the accesses of what is asked through SQLAlchemy, as if there were none of these indexes."""
        if not without:
            with self.database.sa_reading() as connection:
                return self._of(connection, ask)
        with self.database.begin() as connection:
            for name in without:
                connection.exec_driver_sql(f"DROP INDEX {name}")
            found = self._of(connection, ask)
            connection.rollback()
            return found

    def of_store(self, ask: Callable[[Store, Any], object]) -> list[Access]:
        """Return the accesses of what the store asks."""
        store = Watched(self.database)
        with self.database.reading() as raw:
            ask(store, raw)
            return self._accesses(raw, store.statements)

    def _of(self, connection: Connection, ask: Callable[[Connection], object]) -> list[Access]:
        statements: list[tuple[str, Any]] = []

        def remember(_connection, _cursor, statement, parameters, _context, _many) -> None:
            if "appui_" in statement:
                statements.append((statement, parameters))

        event.listen(connection, "before_cursor_execute", remember)
        ask(connection)
        event.remove(connection, "before_cursor_execute", remember)
        return self._accesses(connection.connection.driver_connection, statements)

    def _accesses(self, raw: Any, statements: Sequence[tuple[str, Any]]) -> list[Access]:
        found: list[Access] = []
        for statement, parameters in statements:
            if self.database.dialect == "postgresql":
                found += _in_plan(_explained(raw, statement, parameters))
            else:
                # Never the same text twice: the driver would keep the plan of a base that had other indexes.
                asked = f"EXPLAIN QUERY PLAN /* {next(_NUMBERS)} */ {statement}"
                lines = [line[3] for line in raw.execute(asked, parameters)]
                made = {name[1] for line in lines if (name := _SUBQUERY.match(line))}
                found += (access for line in lines if (access := _in_line(line, made)) is not None)
        assert found, "nothing was asked"
        return found


def _explained(raw: Any, statement: str, parameters: Any) -> dict[str, Any]:
    cursor = psycopg.Cursor(raw)
    cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
    [row] = cursor.fetchall()
    return dict(row[0][0]["Plan"])


def _in_plan(node: Mapping[str, Any]) -> Iterator[Access]:
    """Yield the accesses of a plan of PostgreSQL; a bitmap over an index is one to the index."""
    kind = node["Node Type"]
    if kind == "Seq Scan":
        yield Access(node["Relation Name"])
    elif "Index Name" in node:
        index = node["Index Name"]
        table = node.get("Relation Name") or _table_of(index)
        yield Access(table, index, whole="Index Cond" not in node, alone=kind == "Index Only Scan")
    for each in node.get("Plans", ()):
        yield from _in_plan(each)


def _in_line(line: str, made: Collection[str]) -> Access | None:
    """Return the access in a line of a plan of SQLite; None when it is to no table of ours, but to one just `made`."""
    found = _SQLITE.match(line)
    if found is None:
        return None
    how, name, covering, index = found.groups()
    if index is None and name in made:
        return None
    automatic = _AUTOMATIC.fullmatch(index or "")
    table = automatic[1] if automatic else _ALIASES.get(name, name)
    if not table.startswith("appui_"):
        return None
    own = index or ("primary key" if "PRIMARY KEY" in line else "")
    return Access(table, own, whole=how == "SCAN", alone=bool(covering))


def _table_of(index: str) -> str:
    """Return the table of an index that a bitmap reads: its name begins with that of its table."""
    tables = ("appui_case", "appui_entry", "appui_deadline", "appui_message", "appui_import_line", "appui_term")
    return max((table for table in tables if index.startswith(table)), key=len, default="appui_other")

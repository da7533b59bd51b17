"""What a base and its folder of documents hold: to compare two runs, and to begin again from the same point."""

# ruff: noqa: S608 - the names of tables are our own

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from appui.workflow import Engine
from appui.workflow.db.tables import METADATA

Rows = Mapping[str, list[dict[str, Any]]]
"""Table → its rows, as SQLAlchemy gives and takes them: of one kind of base or the other."""
Content = Mapping[str, list[str]]
"""Table, or « files » → what it holds, in order, without what chance has put into it."""

_DRAWN = {
    "appui_entry": ("xid", "position", "salts", "commitments"),
    "appui_message": ("id",),
    "appui_grant": ("id",),
    "appui_absence": ("id",),
}
"""Columns that are drawn at random, or from a sequence that a refusal leaves with a gap, and that nothing names.

The chain is verified apart, with its salts and commitments.
"""
_IDENTIFIER = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{64}")


def rows_of(engine: Engine) -> Rows:
    """Return every row of every table, for a base of either kind."""
    with engine.database.sa_reading() as connection:
        return {
            table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
            for table in METADATA.sorted_tables
        }


def save(engine: Engine, rows: Rows) -> None:
    """Put these rows into a base that is empty, and keep a copy of each table beside it."""
    with engine.begin() as connection:
        for table in METADATA.sorted_tables:
            if rows[table.name]:
                connection.execute(insert(table), rows[table.name])
            connection.exec_driver_sql(f"CREATE TABLE saved_{table.name} AS SELECT * FROM {table.name}")


def put_back(engine: Engine, contents: tuple[bytes, ...]) -> None:
    """Make the base hold what was saved, and the folder these files; nothing else."""
    shutil.rmtree(engine.settings.documents_folder, ignore_errors=True)
    for content in contents:
        engine.files.put(content, "piece.pdf")
    tables = [table.name for table in METADATA.sorted_tables]
    steps = [f"DELETE FROM {name};" for name in reversed(tables)]
    steps += [f"INSERT INTO {name} SELECT * FROM saved_{name};" for name in tables]
    with engine.database.transaction() as raw:
        if engine.database.dialect == "postgresql":
            raw.execute("".join(steps))
        for step in steps if engine.database.dialect == "sqlite" else ():
            raw.execute(step)


def content_of(engine: Engine) -> Content:
    """Return what two runs of the same commands have in common, whatever identifiers and salts they drew."""
    with engine.database.reading() as raw:
        rows = {table.name: _read(raw, table.name) for table in METADATA.sorted_tables}
    names = _names(rows)
    in_order = sorted(rows["appui_entry"], key=lambda row: (row["xid"], row["position"]))
    feed = [repr((place, names[row["hash"]])) for place, row in enumerate(in_order)]
    found = {table: sorted(_shown(table, row, names) for row in lines) for table, lines in rows.items()}
    return {**found, "feed": feed, "files": sorted(_files(engine.settings.documents_folder))}


def swept(engine: Engine) -> None:
    """Sweep the folder as it will be the day after tomorrow: what no case names goes."""
    for path in engine.settings.documents_folder.rglob("*"):
        os.utime(path, (0, 0))
    engine.sweep_documents()


def differences(found: Content, expected: Content) -> Iterator[str]:
    """Say what one holds and the other does not."""
    for table in expected:
        more = [line for line in found[table] if line not in expected[table]]
        less = [line for line in expected[table] if line not in found[table]]
        if found[table] != expected[table]:
            yield f"{table}: {more or 'nothing'} where {less or 'nothing'} was expected"


def _read(raw: Any, table: str) -> list[dict[str, Any]]:
    cursor = raw.execute(f"SELECT * FROM {table}")
    columns = [column[0] for column in cursor.description]
    return [dict(zip(columns, row, strict=True)) for row in cursor]


def _names(rows: Rows) -> dict[str, str]:
    references = {row["id"]: f"case {row['reference']}" for row in rows["appui_case"]}
    hashes = {row["hash"]: f"hash of {references.get(row['case_id'])}, {row['seq']}" for row in rows["appui_entry"]}
    documents = {
        row["id"]: f"document {row['name']} of {references.get(row['case_id'])}" for row in rows["appui_document"]
    }
    return references | hashes | documents


def _shown(table: str, row: Mapping[str, Any], names: Mapping[str, str]) -> str:
    drawn = _DRAWN.get(table, ())
    values = {name: value for name, value in row.items() if name not in drawn}
    return _IDENTIFIER.sub(lambda found: names.get(found[0], found[0]), repr(values))


def _files(folder: Path) -> Iterator[str]:
    return (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())

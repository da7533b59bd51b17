"""Upgrading: the tables brought to the revision that the program expects, by Alembic, without a file of settings."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from appui.states.errors import AppuiError

VERSION_TABLE = "appui_alembic_version"
_MIGRATIONS = Path(__file__).parent / "migrations"
_ADVISORY_KEY = 4_711_079_202_603
"""Any number, always the same: PostgreSQL makes those who upgrade at once wait for each other on it."""


def upgrade(connection: Connection, *, schema: str | None, path: Path | None) -> None:
    """Upgrade inside the connection's transaction, which on SQLite must hold the write lock."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_KEY})
    if schema is not None and not _schema_exists(connection, schema):
        connection.execute(text(f'CREATE SCHEMA "{schema}"'))
    _look_in(connection, schema)
    scripts = ScriptDirectory.from_config(_config())
    head, found = scripts.get_current_head(), _revision(connection)
    if found == head:
        return
    if found is not None and found not in {script.revision for script in scripts.walk_revisions()}:
        raise AppuiError(
            f"La base est à la révision {found}, plus récente que ce programme ({head}) : installez la version "
            "d'appui qui l'a mise à jour, ou reprenez une copie antérieure de la base.",
            code="newer_database",
        )
    if path is not None:
        _copy(path, path.with_name(f"{path.stem}.before-{head}.db"))
    config = _config()
    config.attributes["connection"] = connection
    config.attributes["version_table"] = VERSION_TABLE
    command.upgrade(config, "head")


def is_current(connection: Connection, *, schema: str | None) -> bool:
    """Return whether the tables are at the revision that the program expects."""
    _look_in(connection, schema)
    return _revision(connection) == ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()


def _schema_exists(connection: Connection, schema: str) -> bool:
    known = text("SELECT 1 FROM pg_namespace WHERE nspname = :schema")
    return connection.execute(known, {"schema": schema}).first() is not None


def _look_in(connection: Connection, schema: str | None) -> None:
    """Make the schema, if one is configured, the only place where this transaction looks."""
    if schema is not None:
        connection.execute(text(f'SET LOCAL search_path TO "{schema}"'))


def _copy(path: Path, copy: Path) -> None:
    """Copy a base that holds something. The write lock is ours: nobody changes it meanwhile."""
    with closing(sqlite3.connect(path)) as source:
        if source.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is None:
            return
        part = copy.with_name(f"{copy.name}.part")
        part.unlink(missing_ok=True)
        with closing(sqlite3.connect(part)) as target:
            source.backup(target)
    part.replace(copy)

"""Migrations lead to the tables that the code expects, once, whoever runs them."""

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from appui.states.errors import AppuiError
from appui.workflow.db.database import Database
from appui.workflow.db.tables import METADATA

UPGRADE = """
import sys
from appui.workflow.db.database import Database
database = Database(sys.argv[1], schema=sys.argv[2] or None)
print("ready", flush=True)
sys.stdin.readline()
database.upgrade()
print(database.is_current())
"""

CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND conrelid <> 'appui_alembic_version'::regclass"""


def _upgrade_by_two_processes(url, schema=""):
    """Return what each says after both were let go at the same moment."""
    both = [_waiting_upgrade(url, schema) for _ in range(2)]
    for each in both:
        each.stdin.write("\n")
        each.stdin.flush()
    return [each.communicate(timeout=60) for each in both]


def _waiting_upgrade(url, schema) -> Any:
    process: Any = subprocess.Popen(
        [sys.executable, "-c", UPGRADE, url, schema],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert process.stdout.readline() == "ready\n", process.stderr.read()
    return process


def test_migrated_tables_are_those_of_the_code(database):
    """A column that was added to the code without a migration would be missing at every user's."""
    with database.begin() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": "appui_alembic_version", "compare_type": True}
        )
        differences = compare_metadata(context, METADATA)

    assert differences == []


def test_migrated_tables_have_the_same_definition_on_sqlite(make_database, tmp_path):
    """Down to the checks, which comparing columns would not see."""
    database = make_database("sqlite")
    engine = create_engine(f"sqlite:///{tmp_path / 'created.db'}")
    METADATA.create_all(engine)
    engine.dispose()

    def definitions(path):
        with closing(sqlite3.connect(path)) as base:
            rows = base.execute("SELECT name, sql FROM sqlite_master WHERE name <> 'appui_alembic_version'")
            # A table that was rebuilt has its name between quotes.
            texts = {name: (sql or "").replace(f'TABLE "{name}"', f"TABLE {name}") for name, sql in rows}
            return {name: sorted(part.strip(" ,\t") for part in sql.splitlines()) for name, sql in texts.items()}

    migrated, created = definitions(database.path), definitions(tmp_path / "created.db")
    migrated.pop("sqlite_autoindex_appui_alembic_version_1", None)
    assert migrated == created


def test_migrated_constraints_are_the_same_on_postgresql(make_database, make_url):
    """Down to the checks, which comparing columns would not see."""
    database = make_database("postgresql")
    engine = create_engine(make_url("postgresql", ready=False).replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        METADATA.create_all(connection)
        connection.execute(text("CREATE TABLE appui_alembic_version ()"))
        created = set(map(tuple, connection.execute(text(CONSTRAINTS))))
    engine.dispose()

    with database.sa_reading() as connection:
        assert set(map(tuple, connection.execute(text(CONSTRAINTS)))) == created


def test_upgrading_again_changes_nothing(database, keeper):
    """A service may upgrade at every start."""
    with database.transaction() as raw:
        case = keeper.open(raw)

    database.upgrade()

    assert database.is_current()
    with database.reading() as raw:
        assert keeper.store.load_case(raw, case.id) == case


def test_a_base_without_tables_is_not_current(make_database, dialect):
    """Who asks is told, and nothing is created."""
    database = make_database(dialect, ready=False)

    assert not database.is_current()
    assert database.path is None or not database.path.exists()


def test_using_a_base_without_tables_says_what_to_do(make_database, make_keeper, dialect):
    """An operator who forgot to upgrade reads a sentence."""
    database = make_database(dialect, ready=False)

    with pytest.raises(AppuiError, match="appui db upgrade") as refusal, database.transaction() as raw:
        make_keeper(database).open(raw)

    assert refusal.value.code == "no_tables"


def test_two_processes_that_upgrade_at_once_do_no_harm(make_url, dialect):
    """Two services that start together find one another's work."""
    url = make_url(dialect, ready=False)
    said = _upgrade_by_two_processes(url)
    database = Database(url)

    assert said == [("True\n", "")] * 2
    assert database.is_current()
    database.dispose()


def test_two_processes_make_the_schema_once(make_url):
    """The schema is created when it is missing, whoever comes first."""
    assert _upgrade_by_two_processes(make_url("postgresql", ready=False), "appui") == [("True\n", "")] * 2


def test_an_sqlite_base_is_created_with_its_folder(tmp_path):
    """The first start needs no preparation, and nothing is there to be copied."""
    database = Database(f"sqlite:///{tmp_path / 'new' / 'var' / 'appui.db'}")
    database.upgrade()

    assert database.is_current()
    assert [path.name for path in (tmp_path / "new" / "var").glob("*before*")] == []
    database.dispose()


def test_an_sqlite_base_is_copied_before_it_changes(tmp_path):
    """Whatever an upgrade does, the base as it was can be taken back."""
    path = tmp_path / "appui.db"
    with closing(sqlite3.connect(path)) as base, base:
        base.execute("CREATE TABLE host (word)")
        base.execute("INSERT INTO host VALUES ('kept')")
    database = Database(f"sqlite:///{path}")
    database.upgrade()
    database.dispose()

    [kept] = tmp_path.glob("appui.before-*.db")
    with closing(sqlite3.connect(kept)) as copy:
        tables = copy.execute("SELECT name FROM sqlite_master").fetchall()
        assert tables == [("host",)]
        assert copy.execute("SELECT word FROM host").fetchall() == [("kept",)]


def test_a_base_of_a_newer_program_is_refused(database):
    """An older program never works on tables that it does not understand."""
    with database.begin() as connection:
        connection.execute(text("UPDATE appui_alembic_version SET version_num = '9999'"))

    with pytest.raises(AppuiError, match="9999, plus récente que ce programme") as refusal:
        database.upgrade()

    assert refusal.value.code == "newer_database"
    assert not database.is_current()


def test_a_failed_upgrade_leaves_the_base_as_it_was(make_database, dialect):
    """All of it, or nothing: here a host's table has the name of one of ours."""
    database = make_database(dialect, ready=False)
    with database.begin() as connection:
        connection.execute(text("CREATE TABLE appui_share (host INTEGER)"))

    with pytest.raises(Exception, match="appui_share"):
        database.upgrade()

    with database.begin() as connection:
        tables = (
            "sqlite_master WHERE type = 'table'" if dialect == "sqlite" else "pg_tables WHERE schemaname = 'public'"
        )
        name = "name" if dialect == "sqlite" else "tablename"
        assert list(connection.execute(text(f"SELECT {name} FROM {tables}")).scalars()) == ["appui_share"]  # noqa: S608


def test_tables_stand_in_the_configured_schema_alone(make_url, make_keeper):
    """Beside a host's own tables, whatever the search path."""
    url = make_url("postgresql", ready=False)
    database = Database(url, schema="appui_79")
    database.upgrade()
    keeper = make_keeper(database)
    with database.transaction() as raw:
        case = keeper.open(raw)
    with psycopg.connect(url) as host:
        schemas = host.execute("SELECT DISTINCT schemaname FROM pg_tables WHERE tablename LIKE 'appui%'").fetchall()

    assert schemas == [("appui_79",)]
    with database.reading() as raw:
        assert keeper.store.load_case(raw, case.id) == case
    database.dispose()


def test_a_copied_base_is_a_whole_base(sqlite_template, tmp_path):
    """Upgrading leaves nothing in the files beside the base once it is closed."""
    copy = shutil.copy(sqlite_template, tmp_path / "copy.db")
    database = Database(f"sqlite:///{copy}")

    assert database.is_current()
    database.dispose()

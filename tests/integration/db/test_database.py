"""Connections and transactions: committed whole or not at all, refused in a sentence, safe among threads and forks."""

import multiprocessing
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress

import psycopg
import pytest
from sqlalchemy import text

from appui.states.errors import AppuiError, InvalidConfig
from appui.workflow.db.database import Database


@pytest.mark.parametrize(
    "url",
    [
        "mysql://host/base",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///base.db?mode=ro",
        "postgresql+psycopg2://host/base",
        "n'importe quoi",
        "",
    ],
)
def test_other_databases_are_refused(url):
    """The sentence says which addresses are taken."""
    with pytest.raises(InvalidConfig, match=r"fichier SQLite .* ou PostgreSQL"):
        Database(url)


@pytest.mark.parametrize(("url", "schema"), [("sqlite:///a.db", "appui"), ("postgresql://host/base", 'a"; DROP')])
def test_a_schema_that_cannot_be_is_refused(url, schema):
    """A schema is a plain name, on PostgreSQL."""
    with pytest.raises(InvalidConfig, match="schéma"):
        Database(url, schema=schema)


def test_an_exception_rolls_back(database, store, keeper):
    """Nothing of a transaction that fails is kept."""

    def open_and_fail() -> None:
        with database.transaction() as raw:
            keeper.open(raw)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        open_and_fail()

    with database.reading() as raw:
        assert store.list_case_ids(raw, None, 1) == []


def test_a_transaction_that_lost_a_statement_is_not_said_to_be_committed(make_database, make_keeper):
    """PostgreSQL would answer a commit with a silent rollback."""
    database = make_database("postgresql")
    keeper = make_keeper(database)

    def open_and_swallow() -> None:
        with database.transaction() as raw:
            keeper.open(raw)
            with suppress(psycopg.errors.DivisionByZero):
                raw.execute("SELECT 1/0")

    with pytest.raises(RuntimeError, match="cannot be committed"):
        open_and_swallow()


def test_reads_see_one_instant(database, store, keeper):
    """A page whose parts are read one after another does not contradict itself."""
    with database.transaction() as raw:
        case = keeper.open(raw)

    with database.reading() as reader:
        before = store.load_case(reader, case.id)
        with database.transaction() as writer:
            keeper.act(writer, case, state="scoping")
        after = store.load_case(reader, case.id)

    assert before == after == case


def test_lists_see_one_instant_too(database, keeper):
    """The same holds for the connections of lists."""
    counted = text("SELECT count(*) FROM appui_case")
    with database.sa_reading() as reader:
        before = reader.execute(counted).scalar_one()
        with database.transaction() as writer:
            keeper.open(writer)
        after = reader.execute(counted).scalar_one()

    assert (before, after) == (0, 0)


def test_each_statement_of_the_hot_path_is_its_own_transaction(make_database, make_keeper):
    """One statement writes an action: it needs neither BEGIN nor COMMIT."""
    database = make_database("postgresql")
    keeper = make_keeper(database)
    with database.autocommit() as raw:
        case = keeper.open(raw)
        with database.autocommit() as other:
            seen = keeper.store.load_case(other, case.id)

    assert seen == case


def test_sqlite_is_durable_and_concurrent_by_its_settings(make_database):
    """An acknowledged action survives a power cut; readers do not stop the writer."""
    database = make_database("sqlite", busy_timeout_seconds=7)

    with database.transaction() as raw:
        settings = {
            name: raw.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }

    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 7000}


def test_a_base_that_stays_locked_is_busy(make_database):
    """Another program that holds the lock for too long gives a sentence, not a traceback."""
    database = make_database("sqlite", busy_timeout_seconds=0.1)
    with closing(sqlite3.connect(database.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(AppuiError, match="réessayez") as refusal, database.transaction():
            pass

    assert refusal.value.code == "busy"


def test_a_thread_that_waits_too_long_for_the_writer_is_told(make_database):
    """The same within one process."""
    database = make_database("sqlite", busy_timeout_seconds=0.1)

    def write() -> str | None:
        try:
            with database.transaction():
                return None
        except AppuiError as refusal:
            return refusal.code

    with database.transaction(), ThreadPoolExecutor(1) as threads:
        code = threads.submit(write).result()

    assert code == "busy"


def test_deadlocked_transactions_end_in_a_sentence(make_database):
    """Of two that wait for each other, PostgreSQL ends one: it may be tried again."""
    database = make_database("postgresql")
    both = threading.Barrier(2)
    with database.transaction() as raw:
        raw.execute("INSERT INTO appui_counter (department, year, last) VALUES ('79', 2026, 0), ('86', 2026, 0)")

    def count_up(departments: tuple[str, str]) -> str:
        try:
            with database.transaction() as raw:
                raw.execute("UPDATE appui_counter SET last = 1 WHERE department = %s", [departments[0]])
                both.wait(timeout=30)
                raw.execute("UPDATE appui_counter SET last = 1 WHERE department = %s", [departments[1]])
        except AppuiError as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(2) as threads:
        ends = sorted(threads.map(count_up, [("79", "86"), ("86", "79")]))

    assert ends == ["busy", "done"]


def test_a_server_that_is_away_gives_a_sentence(tmp_path):
    """An operator reads what to look at; the address with its password is not shown."""
    database = Database(f"postgresql://app:secret@/base?host={tmp_path}")

    with pytest.raises(AppuiError, match="ne répond pas") as refusal, database.reading():
        pass

    assert refusal.value.code == "database_unavailable"
    assert "secret" not in str(refusal.value)


def test_connections_that_the_server_closed_are_replaced(make_database, make_keeper):
    """A restart of PostgreSQL costs one refusal, not a restart of the service."""
    database = make_database("postgresql")
    keeper = make_keeper(database)
    with database.reading(), database.reading():
        pass
    with database.begin() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    with pytest.raises(AppuiError) as refusal, database.reading():
        pass

    with database.transaction() as raw, database.transaction() as other:
        keeper.open(raw)
        keeper.open(other)
    assert refusal.value.code == "database_unavailable"


def test_a_file_that_is_no_base_gives_a_sentence(tmp_path):
    """A wrong path is found at once."""
    path = tmp_path / "notes.db"
    path.write_text("Ceci n'est pas une base. " * 100)
    database = Database(f"sqlite:///{path}")

    with pytest.raises(AppuiError, match="ne répond pas") as refusal, database.reading():
        pass

    assert refusal.value.code == "database_unavailable"


def _open_in_child(database, keeper, answers):
    with database.transaction() as raw:
        case = keeper.open(raw)
    answers.put(case.reference)


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # Python 3.12: forking is what is tested
def test_a_forked_process_has_connections_of_its_own(database, keeper):
    """A server that forks its workers after opening the base does not mix their answers."""
    with database.transaction() as raw:
        keeper.open(raw)
    forking = multiprocessing.get_context("fork")
    answers = forking.Queue()
    child = forking.Process(target=_open_in_child, args=(database, keeper, answers))
    child.start()
    reference = answers.get(timeout=30)
    child.join(timeout=30)
    with database.reading() as raw:
        rows = keeper.store.all(raw, "SELECT reference FROM appui_case ORDER BY reference", {})

    assert child.exitcode == 0
    assert [row[0] for row in rows] == ["79-2026-0001", reference]


def test_a_base_can_be_used_again_after_it_was_disposed_of(database, keeper):
    """Stopping and starting again needs no new engine."""
    with database.transaction() as raw:
        case = keeper.open(raw)
    database.dispose()

    with database.reading() as raw:
        assert keeper.store.load_case(raw, case.id) == case

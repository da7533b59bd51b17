"""Inside a host's transaction: its commit is ours, its rollback too, and its connection stays as it was."""

import sqlite3
from contextlib import closing, contextmanager
from types import SimpleNamespace

import psycopg
import pytest
from psycopg.rows import dict_row
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from appui.states.errors import AppuiError, StaleCase
from appui.workflow.db.database import Database


@contextmanager
def _sqlite3_plain(url):
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as raw:
        raw.execute("BEGIN IMMEDIATE")
        yield SimpleNamespace(connection=raw, commit=raw.commit, rollback=raw.rollback)


@contextmanager
def _sqlite3_odd(url):
    """As a host may set it up: rows by name, bytes for texts, converters, statements that begin by themselves."""
    path = url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, detect_types=sqlite3.PARSE_DECLTYPES | sqlite3.PARSE_COLNAMES)) as raw:
        raw.row_factory = sqlite3.Row
        raw.text_factory = bytes
        raw.execute("BEGIN IMMEDIATE")
        yield SimpleNamespace(connection=raw, commit=raw.commit, rollback=raw.rollback)
        assert raw.row_factory is sqlite3.Row
        assert raw.text_factory is bytes


@contextmanager
def _sqlalchemy_sqlite(url):
    engine = create_engine(url, connect_args={"isolation_level": None})
    with engine.connect() as connection:
        transaction = connection.begin()
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield SimpleNamespace(connection=connection, commit=transaction.commit, rollback=transaction.rollback)
    engine.dispose()


@contextmanager
def _psycopg_plain(url):
    with closing(psycopg.connect(url)) as raw:
        raw.execute("SELECT 1")
        yield SimpleNamespace(connection=raw, commit=raw.commit, rollback=raw.rollback)


@contextmanager
def _psycopg_odd(url):
    """As a host may set it up: rows by name, parameters merged by the client, its own time zone, dates and JSON."""
    with closing(psycopg.connect(url, row_factory=dict_row, cursor_factory=psycopg.ClientCursor)) as raw:
        raw.execute("SET TIME ZONE 'Pacific/Noumea'")
        raw.execute("SET datestyle TO 'German'")
        psycopg.types.json.set_json_loads(str, raw)
        yield SimpleNamespace(connection=raw, commit=raw.commit, rollback=raw.rollback)
        assert raw.execute("SELECT 1 AS one").fetchone() == {"one": 1}


@contextmanager
def _psycopg_autocommit(url):
    """What Django passes inside `atomic`: a connection that autocommits, in a transaction begun by hand."""
    with closing(psycopg.connect(url, autocommit=True)) as raw:
        raw.execute("BEGIN")
        yield SimpleNamespace(connection=raw, commit=raw.commit, rollback=raw.rollback)


@contextmanager
def _sqlalchemy_postgresql(url):
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        transaction = connection.begin()
        yield SimpleNamespace(connection=connection, commit=transaction.commit, rollback=transaction.rollback)
    engine.dispose()


HOSTS = {
    "sqlite": (_sqlite3_plain, _sqlite3_odd, _sqlalchemy_sqlite),
    "postgresql": (_psycopg_plain, _psycopg_odd, _psycopg_autocommit, _sqlalchemy_postgresql),
}


@pytest.fixture(
    params=[(dialect, host) for dialect in HOSTS for host in HOSTS[dialect]], ids=lambda each: each[1].__name__
)
def joining(request, make_url, make_database_at, make_keeper):
    """A base, and a host in the middle of a transaction of its own on it."""
    dialect, host = request.param
    url = make_url(dialect)
    database = make_database_at(url)
    keeper = make_keeper(database)
    with database.transaction() as raw:
        case = keeper.open(raw)
    with host(url) as its:
        yield SimpleNamespace(database=database, keeper=keeper, case=case, host=its)


@pytest.fixture
def make_database_at():
    """Return the base at an address."""
    made = []

    def make(url, **settings):
        made.append(Database(url, **settings))
        return made[-1]

    yield make
    for database in made:
        database.dispose()


def _stored(joining, case_id):
    with joining.database.reading() as raw:
        return joining.keeper.store.load_case(raw, case_id)


def test_what_the_host_commits_is_kept(joining, make_deadline, make_message):
    """Its rows and ours in one transaction, whatever its rows look like."""
    keeper, store = joining.keeper, joining.keeper.store
    with joining.database.joined(joining.host.connection) as raw:
        read = store.load_case(raw, joining.case.id)
        message = make_message(read, 2, 1)
        case = keeper.act(raw, read, deadlines=(make_deadline("a"),), messages=(message,))
        within = (
            store.load_case(raw, case.id),
            store.list_deadlines(raw, case.id),
            store.list_messages(raw, case.id),
            store.last_action(raw, case.id)["seq"],
            store.next_reference(raw, "79", 2026),
            len(store.list_entries(raw, case.id)),
        )
    before = _stored(joining, case.id)
    joining.host.commit()

    assert read == joining.case
    assert within == (case, [make_deadline("a")], [message], 2, "79-2026-0001", 2)
    assert before == joining.case
    assert _stored(joining, case.id) == case


def test_what_the_host_rolls_back_is_gone(joining):
    """An action inside a transaction that fails never happened."""
    with joining.database.joined(joining.host.connection) as raw:
        joining.keeper.act(raw, joining.case)
    joining.host.rollback()

    assert _stored(joining, joining.case.id) == joining.case


def test_a_refused_action_leaves_the_hosts_transaction_alive(joining):
    """The host may go on, or act again, and commit the rest."""
    connection, keeper = joining.host.connection, joining.keeper

    def act_and_fail() -> None:
        with joining.database.joined(connection) as raw:
            keeper.act(raw, joining.case, title="Refusée")
            raise ZeroDivisionError

    with joining.database.joined(connection) as raw:
        kept = keeper.open(raw)
    with pytest.raises(ZeroDivisionError):
        act_and_fail()
    with joining.database.joined(connection) as raw:
        after = keeper.act(raw, joining.case, title="Acceptée")
    joining.host.commit()

    assert _stored(joining, kept.id) == kept
    assert _stored(joining, joining.case.id) == after


def test_a_connection_without_a_transaction_is_refused(joining):
    """What is done on it would be committed by nobody, or at once."""
    joining.host.commit()

    with pytest.raises(AppuiError, match="transaction") as refusal, joining.database.joined(joining.host.connection):
        pass

    assert refusal.value.code == "no_transaction"


def test_the_connection_that_we_begin_is_accepted(database, keeper):
    """A host without a connection of its own takes one of ours."""
    with database.begin() as connection:
        with database.joined(connection) as raw:
            case = keeper.open(raw)
        connection.execute(text("UPDATE appui_case SET title = 'Par l''hôte'"))

    with database.reading() as raw:
        assert keeper.store.load_case(raw, case.id).title == "Par l'hôte"


def test_a_connection_of_another_kind_is_refused(database, make_database):
    """Neither another kind of base nor another driver, nor a session instead of its connection."""
    other = make_database("sqlite" if database.dialect == "postgresql" else "postgresql")
    with other.begin() as connection, Session(connection) as session:
        for foreign in (connection, connection.connection.driver_connection, session, None, "sqlite"):
            with pytest.raises(AppuiError) as refusal, database.joined(foreign):
                pass

            assert refusal.value.code == "foreign_connection"


def test_another_sqlite_file_is_refused(make_database):
    """An action never lands in a base that its reader does not read."""
    database, other = make_database("sqlite"), make_database("sqlite")

    with (
        other.begin() as connection,
        pytest.raises(AppuiError, match="autre fichier") as refusal,
        database.joined(connection),
    ):
        pass

    assert refusal.value.code == "foreign_connection"


@pytest.mark.parametrize("reads", [False, True], ids=["just begun", "after a read"])
def test_an_sqlite_transaction_without_the_write_lock_is_refused(make_database, reads):
    """Begun deferred, it would fail in the middle as soon as somebody else writes; the sentence says what to do."""
    database = make_database("sqlite")
    with closing(sqlite3.connect(database.path, isolation_level=None, timeout=0)) as raw:
        raw.execute("BEGIN")
        if reads:
            raw.execute("SELECT * FROM appui_case").fetchall()

        with pytest.raises(AppuiError, match="BEGIN IMMEDIATE") as refusal, database.joined(raw):
            pass

        assert refusal.value.code == "no_write_lock"
        assert raw.in_transaction


def test_an_sqlite_transaction_that_already_wrote_is_accepted(make_database, make_keeper):
    """However it was begun, its first write took the lock."""
    database = make_database("sqlite")
    with closing(sqlite3.connect(database.path)) as raw:
        raw.execute("INSERT INTO appui_counter (department, year, last) VALUES ('79', 2026, 1)")
        with database.joined(raw) as ours:
            case = make_keeper(database).open(ours)
        raw.commit()

    with database.reading() as raw:
        assert make_keeper(database).store.load_case(raw, case.id) == case


def test_sqlalchemys_own_beginning_on_sqlite_is_refused(make_database):
    """It begins nothing until the first write, and then without the lock."""
    database = make_database("sqlite")
    engine = create_engine(f"sqlite:///{database.path}")

    with (
        engine.begin() as connection,
        pytest.raises(AppuiError, match="BEGIN IMMEDIATE") as refusal,
        database.joined(connection),
    ):
        pass

    engine.dispose()
    assert refusal.value.code == "no_write_lock"


def test_a_deferred_transaction_that_meets_a_writer_is_refused(make_database, make_keeper):
    """While somebody else writes, the missing lock shows at our first write: the same sentence."""
    database = make_database("sqlite")
    keeper = make_keeper(database)

    def open_inside(raw: sqlite3.Connection) -> None:
        with database.joined(raw) as ours:
            keeper.open(ours)

    with closing(sqlite3.connect(database.path, isolation_level=None, timeout=0)) as raw:
        raw.execute("BEGIN")
        raw.execute("SELECT * FROM appui_case").fetchall()
        with database.transaction(), pytest.raises(AppuiError) as refusal:
            open_inside(raw)

        assert refusal.value.code == "no_write_lock"


def test_a_serialization_failure_is_a_stale_case_and_the_host_lives_on(make_url, make_database_at, make_keeper):
    """Under REPEATABLE READ PostgreSQL refuses who comes second; the host's own rows are kept."""
    url = make_url("postgresql")
    database = make_database_at(url)
    keeper = make_keeper(database)
    with database.transaction() as raw:
        case = keeper.open(raw)

    def act_inside(raw: psycopg.Connection) -> None:
        with database.joined(raw, expected_version=1) as ours:
            keeper.act(ours, case)

    with closing(psycopg.connect(url)) as host:
        host.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        host.execute("INSERT INTO appui_counter (department, year, last) VALUES ('79', 2026, 41)")
        with database.transaction() as raw:
            faster = keeper.act(raw, case)
        with pytest.raises(StaleCase) as refusal:
            act_inside(host)
        host.commit()

    with database.transaction() as raw:
        assert refusal.value.expected == 1
        assert keeper.store.load_case(raw, case.id) == faster
        assert keeper.store.next_reference(raw, "79", 2026) == "79-2026-0042"


def test_a_failed_transaction_is_not_joined(make_url, make_database_at):
    """PostgreSQL takes no statement any more until it is rolled back: the sentence says so."""
    url = make_url("postgresql")
    database = make_database_at(url)
    with closing(psycopg.connect(url)) as host:
        with pytest.raises(psycopg.errors.DivisionByZero):
            host.execute("SELECT 1/0")

        with pytest.raises(AppuiError, match="annulez-la") as refusal, database.joined(host):
            pass

    assert refusal.value.code == "no_transaction"


def test_a_host_with_another_search_path_finds_our_schema(make_url, make_database_at, make_keeper):
    """Our tables are named with their schema."""
    url = make_url("postgresql", ready=False)
    database = make_database_at(url, schema="appui")
    database.upgrade()
    keeper = make_keeper(database)
    with closing(psycopg.connect(url)) as host:
        host.execute("SET search_path TO pg_catalog")
        with database.joined(host) as raw:
            case = keeper.act(raw, keeper.open(raw))
        host.commit()

    with database.reading() as raw:
        assert keeper.store.load_case(raw, case.id) == case

"""A host's transaction carries ours: rolled back it takes ours along, committed it keeps all, and it is never ended."""

import sqlite3
from collections import namedtuple
from contextlib import contextmanager

import psycopg
import pytest
from psycopg.rows import dict_row
from sqlalchemy import create_engine, text
from tests.integration.officials import COMMUNE, DEPUTY, OFFICER, REQUEST, engine_on, opened

from appui.workflow import Act, ActionRefused, AppuiError, InvalidData, OpenCase, StaleCase

KINDS = ("sqlalchemy", "sqlite3", "psycopg")
Fields = namedtuple("Fields", "values")


@pytest.fixture(
    params=[("sqlite", "sqlalchemy"), ("sqlite", "sqlite3"), ("postgresql", "sqlalchemy"), ("postgresql", "psycopg")]
)
def host(request, make_url, tmp_path):
    """A host's own connection to the base, of each kind; `begun()` gives it in a transaction that the test ends."""
    dialect, kind = request.param
    url = make_url(dialect)
    engine = engine_on(url, tmp_path)
    yield Host(engine, dialect, kind, url)
    engine.stop()


class Host:
    """A service that has a table of its own beside ours."""

    def __init__(self, engine, dialect, kind, url):
        self.engine, self.dialect, self.kind, self.url = engine, dialect, kind, url
        with self.connected() as (_, run, end):
            run("CREATE TABLE host_order (what TEXT)")
            end("COMMIT")

    @contextmanager
    def connected(self, *, beginning=None):
        """Give (connection, run, end): a transaction begun as the host's driver begins them."""
        if self.kind == "sqlalchemy":
            driver = create_engine(self.url.replace("postgresql://", "postgresql+psycopg://"))
            with driver.connect() as connection:
                if self.dialect == "sqlite":
                    connection.connection.driver_connection.isolation_level = None
                transaction = connection.begin()
                connection.exec_driver_sql(beginning or ("BEGIN IMMEDIATE" if self.dialect == "sqlite" else "SELECT 1"))
                yield connection, connection.exec_driver_sql, lambda word: getattr(transaction, word.lower())()
            driver.dispose()
        elif self.kind == "sqlite3":
            raw = sqlite3.connect(
                self.url.removeprefix("sqlite:///"), isolation_level=None, detect_types=sqlite3.PARSE_DECLTYPES
            )
            raw.row_factory = lambda _cursor, row: Fields(row)
            raw.execute(beginning or "BEGIN IMMEDIATE")
            yield raw, raw.execute, raw.execute
            raw.close()
        else:
            with psycopg.connect(self.url, row_factory=dict_row) as raw:
                raw.execute(beginning or "SELECT 1")
                yield raw, raw.execute, raw.execute

    def orders(self):
        """Return how many rows the host has."""
        with self.connected() as (_, run, end):
            row = run("SELECT count(*) AS n FROM host_order").fetchone()
            end("ROLLBACK")
        return (
            row["n"] if isinstance(row, dict) else getattr(row, "values", row)[0] if isinstance(row, Fields) else row[0]
        )

    def references(self):
        """Return the references of all cases."""
        return sorted(case.reference for case in self.engine.cases(actor=OFFICER).items)


OPENING = OpenCase("engineering_request", COMMUNE, "Friche", REQUEST)


def test_a_host_that_rolls_back_takes_ours_along(host):
    """Neither case, entry, deadline nor message stays, and the number of the case is free again."""
    with host.connected() as (connection, run, end):
        run("INSERT INTO host_order VALUES ('one')")
        case = host.engine.open(OPENING, actor=OFFICER, connection=connection)
        host.engine.act(
            Act(case.id, "start_scoping", {"case_officer": "agent"}, 1), actor=OFFICER, connection=connection
        )
        end("ROLLBACK")

    assert (host.orders(), host.references(), host.engine.events()) == (0, [], [])
    assert opened(host.engine).reference.endswith("-0001")


def test_a_host_that_commits_keeps_both(host):
    """One commit, the host's, and everything of both is there."""
    with host.connected() as (connection, run, end):
        run("INSERT INTO host_order VALUES ('one')")
        case = host.engine.open(OPENING, actor=OFFICER, connection=connection)
        end("COMMIT")

    assert (host.orders(), host.references()) == (1, [case.reference])
    assert host.engine.messages(case.id, actor=OFFICER)
    assert host.engine.verify_journal() == []


def test_a_refusal_leaves_the_hosts_transaction_alive(host):
    """What was refused is gone, what the host wrote before and after stays."""
    case = opened(host.engine)
    with host.connected() as (connection, run, end):
        run("INSERT INTO host_order VALUES ('before')")
        for action, data, error in (
            ("reroute", {"reason": "Trop tôt"}, ActionRefused),
            ("refuse", {"raison": "Faute"}, InvalidData),
        ):
            with pytest.raises(error):
                host.engine.act(Act(case.id, action, data, 1), actor=DEPUTY, connection=connection)
        with pytest.raises(InvalidData):
            host.engine.open(
                OpenCase("engineering_request", "99999", "X", REQUEST), actor=OFFICER, connection=connection
            )
        run("INSERT INTO host_order VALUES ('after')")
        end("COMMIT")

    assert host.orders() == 2
    assert host.engine.get(case.id, actor=OFFICER) == case


def test_a_connection_that_is_not_in_a_transaction_is_refused(host):
    """The engine does not begin for the host: it says what is missing."""
    with host.connected() as (connection, _, end):
        end("ROLLBACK")
        with pytest.raises(AppuiError) as refusal:
            host.engine.open(OPENING, actor=OFFICER, connection=connection)

    assert refusal.value.code == "no_transaction"


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_on_sqlite_a_transaction_without_the_write_lock_is_refused(dialect, make_url, tmp_path):
    """A deferred transaction might fail half-way: the sentence names BEGIN IMMEDIATE."""
    engine = engine_on(make_url(dialect), tmp_path)
    raw = sqlite3.connect(engine.database.path, isolation_level=None)
    raw.execute("BEGIN")
    raw.execute("SELECT count(*) FROM appui_case").fetchall()
    with pytest.raises(AppuiError, match="BEGIN IMMEDIATE") as refusal:
        engine.open(OPENING, actor=OFFICER, connection=raw)
    raw.close()
    engine.stop()

    assert refusal.value.code == "no_write_lock"


def test_on_postgresql_a_serialization_failure_is_a_stale_case_and_the_host_lives(make_url, tmp_path):
    """Somebody else committed since the host's snapshot: the host is told, and may go on."""
    url = make_url("postgresql")
    engine = engine_on(url, tmp_path)
    case = opened(engine)
    with psycopg.connect(url) as raw:
        raw.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        raw.execute("SELECT count(*) FROM appui_case")
        engine.act(Act(case.id, "comment", {"text": "Entre-temps"}, 1), actor=OFFICER)
        with pytest.raises(StaleCase) as refusal:
            engine.act(Act(case.id, "drop", {"reason": "Trop tard"}, 1), actor=OFFICER, connection=raw)
        alive = raw.execute("SELECT 1").fetchone()
    engine.stop()

    assert (refusal.value.expected, alive) == (1, (1,))


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_the_engines_own_transaction_can_be_shared(dialect, make_url, tmp_path):
    """`engine.begin()` gives a transaction in which several commands are one."""
    engine = engine_on(make_url(dialect), tmp_path)

    def open_then_fail():
        with engine.begin() as connection:
            case = engine.open(OPENING, actor=OFFICER, connection=connection)
            connection.execute(text("SELECT 1"))
            engine.act(Act(case.id, "reroute", {"reason": "Trop tôt"}, 1), actor=DEPUTY, connection=connection)

    with pytest.raises(ActionRefused):
        open_then_fail()
    found = engine.cases(actor=OFFICER).items
    engine.stop()

    assert found == ()

"""Trials: a schema of their own, and sessions that can be named, counted and ended."""

import psycopg
import pytest

from appui.states.errors import AppuiError
from appui.workflow.db import trials
from appui.workflow.db.database import Database
from appui.workflow.torture.relay import Relay


@pytest.fixture
def url(make_url):
    """An empty base on PostgreSQL."""
    return make_url("postgresql", ready=False)


def _schemas(url):
    with psycopg.connect(url) as connection:
        return {name for (name,) in connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'trial%'")}


def test_a_trial_has_a_schema_that_leaves_no_trace(url):
    """Whatever else the base holds is neither read nor changed."""
    trials.create_schema(url, "trial_one")
    held = _schemas(url)
    database = Database(url, schema="trial_one")
    ready = database.is_current()
    database.dispose()
    trials.drop_schema(url, "trial_one")

    assert (held, ready) == ({"trial_one"}, True)
    assert _schemas(url) == set()


def test_an_account_that_may_not_create_a_schema_is_told_what_would_help(url):
    """One sentence, and nothing is left of the attempt."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"REVOKE CREATE ON DATABASE {connection.info.dbname} FROM app")

    with pytest.raises(AppuiError, match="GRANT CREATE ON DATABASE") as refusal:
        trials.create_schema(url, "trial_one")

    assert refusal.value.code == "no_trial_schema"
    assert _schemas(url) == set()


def test_the_sessions_of_one_worker_are_ended_and_no_others(url):
    """A name is that of one worker."""
    with (
        psycopg.connect(trials.named(url, "trial_001")) as one,
        psycopg.connect(trials.named(url, "trial_002")) as other,
    ):
        found = trials.sessions(url, "trial_001")
        ended = trials.end_sessions(url, "trial_001")
        left = trials.sessions(url, "trial_00")

        assert found == [one.info.backend_pid]
        assert (ended, left) == (1, [other.info.backend_pid])


def test_a_base_is_reached_through_a_port_of_this_machine(url):
    """The same base, under the same name of session, wherever its server listens."""
    relay = Relay(*trials.server_of(url))
    relay.start()
    port = relay.port
    with psycopg.connect(trials.through(trials.named(url, "trial_003"), port)) as connection:
        reached, found = connection.info, trials.sessions(url, "trial_003")
        seen = (reached.dbname in url, reached.port, [reached.backend_pid])
    relay.stop()

    assert seen == (True, port, found)

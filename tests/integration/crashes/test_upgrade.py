"""An upgrade that is killed at any statement has not happened, and the next one does it whole."""

import pytest
from sqlalchemy import insert, text
from tests.integration.boundary import wait_for_the_dead
from tests.integration.crashes.dying import ANSWER, live
from tests.integration.older import at_first

from appui.workflow.db.database import Database
from appui.workflow.db.tables import CASES

pytestmark = pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # Python 3.12: forks are the tool

LAYOUT = {
    "sqlite": "SELECT type, name, sql FROM sqlite_master",
    "postgresql": """SELECT table_name, column_name, data_type FROM information_schema.columns
        WHERE table_schema = 'public' UNION ALL SELECT tablename, indexname, indexdef FROM pg_indexes
        WHERE schemaname = 'public'""",
}


@pytest.fixture
def make_older(make_url, dialect, world):
    """Return a new base of the first version, with the cases of the world, and its address."""

    def make():
        url = make_url(dialect, ready=False)
        database = at_first(url)
        with database.begin() as connection:
            known = [column[0] for column in connection.exec_driver_sql("SELECT * FROM appui_case").cursor.description]
            for row in world.rows["appui_case"]:
                connection.execute(insert(CASES).values({name: row[name] for name in known}))
        database.dispose()
        return database, url

    return make


def held_by(database):
    """Return the tables with their columns and indexes, their revision and their cases."""
    with database.begin() as connection:
        rows = [
            sorted(map(_in_order, connection.execute(text(query))))
            for query in (LAYOUT[database.dialect], "SELECT * FROM appui_alembic_version", "SELECT * FROM appui_case")
        ]
    database.dispose()
    return rows


def _in_order(row):
    # A table that is made anew on SQLite may list its constraints in another order each time.
    return sorted(line.strip(" ,\t") for value in row for line in str(value).splitlines())


def upgraded(url, *, die_before=None):
    """Return how a process went that upgraded the base."""
    life = live(lambda: Database(url).upgrade(), die_before=die_before)
    if url.startswith("postgresql"):
        wait_for_the_dead(url)
    return life


def test_an_upgrade_killed_anywhere_is_done_whole_or_not_at_all(make_older):
    """Killed here and there and around its commit: the base is that of before or that of today, and upgrades again."""
    twin, twin_url = make_older()
    whole = upgraded(twin_url)
    older, url = make_older()
    before, after = held_by(older), held_by(twin)
    last = len(whole.points)
    found = []
    for number in (*range(1, last - 2, 9), last - 2, last - 1, last):
        life = upgraded(url, die_before=number)
        assert (life.killed, len(life.points)) == (True, number)
        found.append(held_by(older))
    again = upgraded(url)

    assert whole.points[-2:] == ("COMMIT", ANSWER)
    assert found == [*[before] * (len(found) - 1), after]
    assert before != after
    assert len(found) > 5
    assert (again.failure, held_by(older)) == ("", after)

"""A base from before the figures gets them by its upgrade: nobody has to act on a case for it to count."""

from datetime import date

import pytest
from sqlalchemy import insert, select, text
from tests.integration.older import at_first

from appui.states.case import Step
from appui.workflow.db.tables import METADATA

FIGURES = ("counted_on", "reserved_cents", "committed_cents", "committed_on")
CASES = METADATA.tables["appui_case"]
ROUTED = (Step(1, "open", date(2026, 3, 2), "received"), Step(2, "route", date(2026, 4, 1), "routed"))
SHARES = {"covered_cents": 500_000, "applicant_cents": 500_001}


@pytest.fixture
def kept(database, keeper):
    """Cases of every kind, on a base of today."""
    commitment = {"amount_cents": 500_000, "committed_on": "2026-05-02"}
    imported = {"imported": {"known_on": "2021-09-14"}}
    with database.transaction() as raw:
        keeper.open(raw)
        keeper.open(raw, route="national", routed_by=2, steps=ROUTED, data={"shares": SHARES})
        keeper.open(raw, route="national", routed_by=2, steps=ROUTED, data={"shares": SHARES, "commitment": commitment})
        keeper.open(raw, route="local", routed_by=1, steps=(Step(1, "import", None, "routed"),), data=imported)
        keeper.open(raw, steps=(Step(1, "import", None, "received"),), data=imported)
    return database


def rows_of(database):
    """Return every row of the cases, by column."""
    with database.sa_reading() as connection:
        return [row._asdict() for row in connection.execute(select(CASES).order_by(CASES.c.id))]


def test_cases_from_before_count_as_if_they_had_been_written_today(kept, make_url, dialect):
    """The day that counts, what is reserved and what is committed follow from what the row already held."""
    written = rows_of(kept)
    older = at_first(make_url(dialect, ready=False))
    with older.begin() as connection:
        names = [column.name for column in CASES.c if column.name not in FIGURES]
        for row in written:
            connection.execute(insert(CASES).values({name: row[name] for name in names}))
    older.upgrade()

    assert [{name: row[name] for name in FIGURES} for row in rows_of(older)] == [
        {name: row[name] for name in FIGURES} for row in written
    ]
    assert {row["counted_on"] for row in written} == {date(2026, 3, 2), date(2026, 4, 1), date(2021, 9, 14)}
    assert [row["reserved_cents"] for row in written].count(500_000) == 1
    older.dispose()


def test_the_upgrade_keeps_every_index(make_url, dialect):
    """A table that is made anew on SQLite loses none."""
    older = at_first(make_url(dialect, ready=False))
    older.upgrade()
    names = (
        "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'appui_case'"
        if dialect == "sqlite"
        else "SELECT indexname FROM pg_indexes WHERE tablename = 'appui_case'"
    )
    with older.sa_reading() as connection:
        found = set(connection.execute(text(names)).scalars())

    assert {index.name for index in CASES.indexes} <= found
    older.dispose()

"""A base from before gets its figures and its words by its upgrade: nobody has to act on a case to count or find it."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import insert, select, text
from tests.integration.older import at_first

from appui.states.case import Step
from appui.workflow.db.tables import METADATA

FIGURES = ("counted_on", "reserved_cents", "committed_cents", "committed_on")
CASES, TERMS, LINES = (METADATA.tables[f"appui_{name}"] for name in ("case", "term", "import_line"))
NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
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


def test_cases_from_before_are_found_by_the_words_that_they_would_have_today(kept, make_url, dialect):
    """Their title, applicant, themes and procedure are looked up as those of new cases are."""
    written = rows_of(kept)
    older = at_first(make_url(dialect, ready=False))
    with older.begin() as connection:
        names = [column.name for column in CASES.c if column.name not in FIGURES]
        for row in written:
            before = {"search": "rehabilitation de l'ecole\nbressuire\n79-2026-0001"}
            connection.execute(insert(CASES).values({name: row[name] for name in names} | before))
    older.upgrade()

    assert [row["search"] for row in rows_of(older)] == [row["search"] for row in written]
    assert _terms_of(older) == _terms_of(kept) != []
    older.dispose()


def test_lines_from_before_know_the_departement_of_their_case(kept, make_url, dialect):
    """So that what must be said of a file is said with the figures of its département, and with no others."""
    [case, *_] = rows_of(kept)
    older = at_first(make_url(dialect, ready=False))
    with older.begin() as connection:
        connection.execute(insert(CASES).values({name: case[name] for name in case if name not in FIGURES}))
        line = {"source": "2021.xlsx", "line_key": "12", "case_id": case["id"], "digest": "d", "imported_at": NOON}
        connection.execute(insert(LINES).values(line))
    older.upgrade()

    with older.sa_reading() as connection:
        assert connection.execute(select(LINES.c.case_id, LINES.c.department)).all() == [(case["id"], "79")]
    older.dispose()


def _terms_of(database):
    with database.sa_reading() as connection:
        return sorted(connection.execute(select(TERMS)).all())


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

"""A base from before the clocks: its upgrade has each open deadline looked at once, and no other."""

from sqlalchemy import column, insert, select
from sqlalchemy import table as lone_table
from tests.integration.older import at_first

from appui.workflow.db.tables import METADATA

CASES, DEADLINES = (METADATA.tables[name] for name in ("appui_case", "appui_deadline"))
SINCE = {
    CASES: ("counted_on", "reserved_cents", "committed_cents", "committed_on"),
    DEADLINES: ("next_at", "claimable_at", "attempt"),
}


def rows_of(database, table):
    """Return every row of a table, by column."""
    with database.sa_reading() as connection:
        return [row._asdict() for row in connection.execute(select(table))]


def test_open_deadlines_from_before_are_looked_at_once(database, keeper, make_deadline, make_url, dialect):
    """Reminders come before the day due: waiting for that day would forget them."""
    with database.transaction() as raw:
        case = keeper.open(raw)
        keeper.act(raw, case, deadlines=(make_deadline("a"), make_deadline("b", status="met", closed_on=None)))
    older = at_first(make_url(dialect, ready=False))
    with older.begin() as connection:
        for table, since in SINCE.items():
            names = [column.name for column in table.c if column.name not in since]
            former = lone_table(table.name, *(column(name, table.c[name].type) for name in names))
            for row in rows_of(database, table):
                connection.execute(insert(former).values({name: row[name] for name in names}))
    older.upgrade()
    [case_row] = rows_of(older, CASES)
    found = {row["key"]: (row["next_at"], row["claimable_at"], row["attempt"]) for row in rows_of(older, DEADLINES)}

    assert found == {"a": (case_row["updated_at"], case_row["updated_at"], 0), "b": (None, None, 0)}
    older.dispose()

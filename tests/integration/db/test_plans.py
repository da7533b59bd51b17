"""Hot questions are answered by indexes, on a base large enough for the planners to choose as they would in service."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from tests.integration.conftest import BIG
from tests.integration.plans import Access, Plans

from appui.workflow.db.counting import Selected, Selection
from appui.workflow.db.database import Database
from appui.workflow.db.queries import count_by, list_cases
from appui.workflow.scope import Scope

pytestmark = BIG

PROCEDURE = "engineering_request"
HOME, REGION = "76", "28"
_BY_DEPARTMENT = ("appui_case_routed", "appui_case_waiting", "appui_case_by_commitment", "appui_case_by_reserve")
DESK = Scope(departments=frozenset({HOME}))
NATION = Scope(nation=True)
YEAR = (date(2025, 1, 1), date(2025, 12, 31))
EVER = (date(1, 1, 1), date(9999, 12, 31))
NOW = datetime(2026, 3, 3, 20, tzinfo=UTC)


@pytest.fixture(
    scope="module",
    params=["postgresql", "sqlite", "sqlite that was never analysed"],
)
def plans(big_settings, request, tmp_path_factory) -> Iterator[Plans]:
    """The planner of the big base; SQLite's without statistics too, since nobody may ever have run ANALYZE."""
    dialect, _, known = request.param.partition(" ")
    url = big_settings(dialect).database.url
    if known:
        copy = tmp_path_factory.mktemp("known") / "copy.db"
        shutil.copy(url.removeprefix("sqlite:///"), copy)
        url = f"sqlite:///{copy}"
        with closing(sqlite3.connect(copy)) as base, base:
            base.execute("DROP TABLE sqlite_stat1")
    database = Database(url)
    yield Plans(database)
    database.dispose()


@pytest.fixture(scope="module")
def known(plans) -> SimpleNamespace:
    """A case of the desk, and what is known of it: `id`, `agent`, `commune`, `arrondissement`, `epci`, `after`."""
    with plans.database.sa_reading() as connection:
        [case, *_], after = list_cases(connection, DESK, filters={"state": "completed"}, limit=100)
    applicant = case.applicant
    return SimpleNamespace(
        id=case.id,
        agent=case.assignee,
        commune=applicant.code,
        arrondissement=applicant.arrondissement,
        epci=applicant.epci,
        after=after,
    )


def _page(scope, **filters):
    after = filters.pop("after", None)
    return lambda connection: list_cases(connection, scope, filters=filters, after=after)


def _selected(ask, *, scope=DESK, territory=f"department:{HOME}", as_of=None):
    selection = Selection(scope=scope, territory=territory, procedure=PROCEDURE, as_of=as_of)
    return lambda connection: ask(Selected(connection, selection))


def _scanned(accesses: list[Access]) -> list[Access]:
    """Return the accesses that read the whole of a table that grows."""
    return [each for each in accesses if not each.index and each.table != "appui_import_source"]


def _whole(accesses: list[Access]) -> list[Access]:
    return [each for each in accesses if each.whole and each.table != "appui_import_source"]


def _lists(known):
    """Return how each kind of page is asked, by what it shows."""
    return {
        "first page of a desk": _page(DESK),
        "a later page": _page(DESK, after=known.after),
        "by state": _page(DESK, state="routed_local"),
        "by a state that few are in": _page(DESK, state="convention_signing"),
        "by assignee": _page(DESK, assignee=known.agent),
        "by assignee, from the nation": _page(NATION, assignee=known.agent),
        "by applicant": _page(DESK, applicant=known.commune),
        "open ones": _page(DESK, open=True),
        "by route": _page(DESK, route="national"),
        "by theme": _page(DESK, theme="mobility"),
        "by words that many have": _page(DESK, text="friche"),
        "by words that few have": _page(DESK, text="zabquerlum"),
        "by words that nobody has, from the nation": _page(NATION, text="xylophone"),
        "by a theme that nobody has, from the nation": _page(NATION, theme="xylophone"),
        "by a procedure that nobody follows, from the nation": _page(NATION, procedure="xylophone"),
        "by reference": _page(NATION, reference=f"{HOME}-2024-0005"),
        "by the end of a reference": _page(NATION, text="2024-0005"),
        "of a département, from the nation": _page(NATION, department=HOME),
        "by state, from the nation": _page(NATION, state="convention_signing"),
        "of an arrondissement": _page(Scope(arrondissements=frozenset({known.arrondissement}))),
        "of an EPCI": _page(Scope(groupings=frozenset({(known.epci, HOME)}))),
        "of a commune": _page(Scope(applicants=frozenset({known.commune}))),
        "of a provider": _page(Scope(provider=f"prestataire.{HOME}.3")),
        "of five départements": _page(Scope(departments=frozenset({"14", "27", "50", "61", HOME}))),
    }


@pytest.mark.parametrize("what", _lists(SimpleNamespace(after="", agent="", commune="", arrondissement="", epci="")))
def test_a_list_reads_from_an_index_and_from_where_it_begins(plans, known, what):
    """However many cases there are, a page costs what a page costs."""
    accesses = plans.of_query(_lists(known)[what])

    assert _scanned(accesses) == []
    assert _whole(accesses) == []


def test_the_newest_cases_of_the_nation_are_read_from_the_end_of_their_index(plans):
    """Nothing says where to begin, and nothing beyond the page is read."""
    [newest, *others] = sorted(plans.of_query(_page(NATION)), key=lambda each: each.index != "appui_case_by_update")

    assert newest.index == "appui_case_by_update"
    assert _scanned(others) == _whole(others) == []


COUNTS = {
    "board of a desk": lambda connection: count_by(connection, DESK, department=HOME),
    "board, from the nation": lambda connection: count_by(connection, NATION, department=HOME),
    "local share of a year": _selected(lambda selected: selected.places(first=YEAR[0], last=YEAR[1])),
    "local share of all years": _selected(lambda selected: selected.places(first=EVER[0], last=EVER[1])),
    "local share of a region": _selected(
        lambda selected: selected.places(first=YEAR[0], last=YEAR[1]), scope=NATION, territory=f"region:{REGION}"
    ),
    "local share of the nation": _selected(
        lambda selected: selected.places(first=YEAR[0], last=YEAR[1]), scope=NATION, territory="nation"
    ),
    "reserved": _selected(lambda selected: selected.reserved_cents([2])),
    "committed": _selected(lambda selected: selected.committed_cents(2025)),
    "committed in the nation": _selected(
        lambda selected: selected.committed_cents(2025), scope=NATION, territory="nation"
    ),
}
"""What is counted or summed → how it is asked."""


@pytest.mark.parametrize("what", COUNTS)
def test_a_figure_is_read_from_an_index_alone(plans, what):
    """The rows of cases are wide: a figure that looked at them would read a hundred times as much."""
    accesses = [each for each in plans.of_query(COUNTS[what]) if each.table == "appui_case"]

    assert accesses
    assert [each for each in accesses if not each.alone] == []


@pytest.mark.parametrize(
    "ask",
    [
        lambda store, raw, case: store.load_case(raw, case),
        lambda store, raw, case: store.list_entries(raw, case),
        lambda store, raw, case: store.list_deadlines(raw, case),
        lambda store, raw, case: store.list_messages(raw, case),
        lambda store, raw, case: store.last_action(raw, case),
        lambda store, raw, case: store.list_documents(raw, case),
        lambda store, raw, case: store.list_case_ids(raw, case, 500),
        lambda store, raw, _case: store.list_feed(raw, (0, 1000), 100),
        lambda store, raw, _case: store.place_counts(raw, HOME, PROCEDURE, *YEAR),
        lambda store, raw, _case: store.committed_cents(raw, HOME, 2025),
    ],
    ids=[
        "case", "journal", "deadlines", "messages", "last action", "documents", "next cases", "feed",
        "routed in the year", "committed in the year",
    ],
)  # fmt: skip
def test_what_an_action_asks_is_found_by_index(plans, known, ask):
    """One case among a million is found as fast as one among ten."""
    accesses = plans.of_store(lambda store, raw: ask(store, raw, known.id))

    assert _scanned(accesses) == []


DUE = {
    "deadlines": "SELECT case_id, key FROM appui_deadline WHERE claimable_at <= $as_instant(:now) "
    "ORDER BY claimable_at LIMIT 100",
    "messages": "SELECT id FROM appui_message WHERE status IN ('queued', 'unknown') "
    "AND not_before <= $as_instant(:now) ORDER BY not_before, id LIMIT 100",
}
"""What is due → how the first hundred are found."""


@pytest.mark.parametrize("what", DUE)
def test_what_is_due_is_found_without_looking_at_what_is_not(plans, what):
    """Ticks ask every few seconds, whatever has piled up."""
    now = {"now": NOW.isoformat()}
    [access] = plans.of_store(lambda store, raw: store.all(raw, DUE[what], now))

    assert access.index in ("appui_deadline_claimable", "appui_message_due")
    assert not access.whole


def test_a_missing_index_is_seen(plans):
    """What these tests look at does tell: without its indexes, a desk is read from a whole table or index."""
    accesses = plans.of_query(_page(DESK), without=["appui_case_by_department", "appui_case_by_state", *_BY_DEPARTMENT])

    assert _scanned(accesses) + _whole(accesses) != []


def test_a_figure_that_reads_rows_is_seen(plans):
    """Without the route in its index, a board would look at every case."""
    accesses = plans.of_query(COUNTS["board of a desk"], without=["appui_case_by_state"])

    assert [each for each in accesses if each.table == "appui_case" and not each.alone] != []

"""Lists and counts show what an actor may see, the last updated first, the same on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from appui.states.applicant import Applicant
from appui.states.errors import InvalidData
from appui.states.events import Shared
from appui.workflow.db.queries import count_by, list_cases
from appui.workflow.scope import Scope

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
EVERYWHERE = Scope(nation=True)
BRESSUIRE = Applicant(
    name="Bressuire", kind="commune", department="79", code="79049", arrondissement="791", epci="200040244"
)


def _pages(database, scope, *, limit=50, **filters):
    """Return the titles on each page."""
    pages: list[list[str]] = []
    after = None
    with database.sa_reading() as connection:
        while after is not None or not pages:
            cases, after = list_cases(connection, scope, filters=filters, after=after, limit=limit)
            pages.append([case.title for case in cases])
    return pages


def _titles(database, scope, **filters):
    [titles] = _pages(database, scope, **filters)
    return titles


def _somewhere(**changes):
    return replace(
        BRESSUIRE, **{"code": "86194", "department": "86", "arrondissement": "863", "epci": "200069854", **changes}
    )


def test_a_listed_case_is_the_case_that_was_written(database, keeper):
    """A list shows whole cases, not copies that may differ."""
    with database.transaction() as raw:
        case = keeper.open(raw, route="local", routed_by=1, ended_at=NOON)

    with database.sa_reading() as connection:
        assert list_cases(connection, EVERYWHERE, filters={}) == ([case], None)


@pytest.mark.parametrize("scope", [EVERYWHERE, Scope(departments=frozenset({"79", "86"}))], ids=["nation", "two"])
def test_pages_follow_each_other_without_gap_or_double(database, keeper, scope):
    """Also among cases that were updated at the same instant."""
    with database.transaction() as raw:
        for number in range(7):
            keeper.open(raw, title=str(number), updated_at=NOON + timedelta(seconds=number // 3))

    assert _pages(database, scope, limit=3) == [["6", "5", "4"], ["3", "2", "1"], ["0"]]


@pytest.mark.parametrize(
    ("scope", "seen"),
    [
        (Scope(), []),
        (EVERYWHERE, ["shared", "far", "own"]),
        (Scope(departments=frozenset({"79"})), ["shared", "own"]),
        (Scope(departments=frozenset({"86"})), ["shared", "far"]),
        (Scope(departments=frozenset({"79", *(f"9{number:02}" for number in range(30))})), ["shared", "own"]),
        (Scope(arrondissements=frozenset({"791"})), ["own"]),
        (Scope(groupings=frozenset({("200069854", "86")})), ["shared", "far"]),
        (Scope(groupings=frozenset({("200069854", "79")})), []),
        (Scope(groupings=frozenset((f"{number:09}", "86") for number in range(30)) | {("200040244", "79")}), ["own"]),
        (Scope(applicants=frozenset({"79049", "x"})), ["own"]),
        (Scope(provider="caue79"), ["own"]),
        (Scope(cases=frozenset({"00000000-0000-4000-8000-000000000002"})), ["far"]),
        (
            Scope(arrondissements=frozenset({"791"}), applicants=frozenset({"79049", "86194", "130026032"})),
            ["shared", "far", "own"],
        ),
    ],
    ids=[f"scope {number}" for number in range(1, 14)],
)
def test_nobody_lists_outside_their_scope(database, keeper, scope, seen):
    """A case is listed once, as soon as one right covers it; a département sees what is shared with it."""
    with database.transaction() as raw:
        keeper.open(raw, title="own", data={"consultations": {"caue79": {}, "adm79": {}}})
        keeper.open(raw, title="far", applicant=_somewhere(code=None, siren="130026032"))
        shared = keeper.open(raw, title="shared", applicant=_somewhere())
        keeper.act(raw, shared, events=(Shared("79"),), shared_with=("79",))

    assert _titles(database, scope) == seen


@pytest.mark.parametrize(
    ("filters", "seen"),
    [
        ({}, ["b", "a"]),
        ({"department": "79"}, ["a"]),
        ({"state": "scoping"}, ["b"]),
        ({"route": "local"}, ["b"]),
        ({"assignee": "m.agent"}, ["b"]),
        ({"procedure": "engineering_request"}, ["a"]),
        ({"theme": "mobility"}, ["a"]),
        ({"theme": "mob"}, []),
        ({"applicant": "86194"}, ["b"]),
        ({"reference": "79-2026-0001"}, ["a"]),
        ({"open": True}, ["a"]),
        ({"open": False}, ["b"]),
        ({"open": None, "state": None}, ["b", "a"]),
        ({"text": "SAINT-ÉTIENNE"}, ["b"]),
        ({"text": "saint-etienne"}, ["b"]),
        ({"text": "2026-0001"}, ["a"]),
        ({"text": "79-2026-0001"}, ["a"]),
        ({"text": "cigogne etienne"}, ["b"]),
        ({"text": "saint bressuire"}, []),
        ({"text": "etien"}, ["b"]),
        ({"text": "tienne"}, []),
        ({"text": "la"}, ["b"]),
        ({"text": " "}, ["b", "a"]),
        ({"text": "?"}, []),
        ({"text": "100%_"}, []),
        ({"text": "' OR 1=1 --"}, []),
        ({"department": "86", "state": "received"}, []),
    ],
    ids=str,
)
def test_filters_narrow_a_list(database, keeper, filters, seen):
    """Each filter by itself, and together."""
    with database.transaction() as raw:
        keeper.open(raw, title="a")
        keeper.open(
            raw,
            title="b",
            applicant=_somewhere(name="Saint-Étienne-la-Cigogne"),
            state="scoping",
            route="local",
            assignee="m.agent",
            procedure="town_revitalisation",
            data={"themes": "mobility et autres"},
            ended_at=NOON,
        )

    assert _titles(database, EVERYWHERE, **filters) == seen


@pytest.mark.parametrize(
    "filters", [{"colour": "red"}, {"state": 3}, {"open": "oui"}, {"text": "a\0b"}, {"text": "\ud800"}], ids=ascii
)
def test_a_filter_that_cannot_be_is_named(database, filters):
    """A misspelt filter never lists everything."""
    with database.sa_reading() as connection, pytest.raises(InvalidData) as refusal:
        list_cases(connection, EVERYWHERE, filters=filters)

    assert [path for path, _ in refusal.value.errors] == list(filters)


@pytest.mark.parametrize("after", ["", "x", "é", "MjAyNg", 3])
def test_a_cursor_of_nobody_is_refused(database, after):
    """A cursor is only ever one that came with a page."""
    with database.sa_reading() as connection, pytest.raises(InvalidData) as refusal:
        list_cases(connection, EVERYWHERE, filters={}, after=after)

    assert [path for path, _ in refusal.value.errors] == ["after"]


def test_a_board_counts_by_state_and_route_within_the_scope(database, keeper):
    """The figures of a board are those of the lists behind it."""
    with database.transaction() as raw:
        keeper.open(raw)
        keeper.open(raw, state="routed", route="local")
        keeper.open(raw, state="routed", route="national", applicant=replace(BRESSUIRE, arrondissement="792"))
        keeper.open(raw, applicant=_somewhere())

    with database.sa_reading() as connection:
        everything = count_by(connection, EVERYWHERE, department="79")
        some = count_by(connection, Scope(arrondissements=frozenset({"791"})), department="79")
        nothing = count_by(connection, Scope(), department="79")

    assert everything == {"state": {"received": 1, "routed": 2}, "route": {"": 1, "local": 1, "national": 1}}
    assert some == {"state": {"received": 1, "routed": 1}, "route": {"": 1, "local": 1}}
    assert nothing == {"state": {}, "route": {}}

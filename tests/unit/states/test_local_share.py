"""The 90 %: what counts, where, and how many may still go to the national level (roadmap of the agency, 2020)."""

from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appui.states.applicant import Applicant
from appui.states.case import Case, Step
from appui.states.local_share import (
    LOCAL,
    NATIONAL,
    NOT_ROUTED,
    OPERATOR,
    OPERATOR_COUNTS,
    PLACES,
    ShareRule,
    local_share,
    moved,
    place_of,
)

TARGET = Fraction(9, 10)
DEUX_SEVRES = {LOCAL: 2, OPERATOR: 9, NATIONAL: 10, NOT_ROUTED: 2}
YEAR = (date(2026, 1, 1), date(2026, 12, 31))
RECEIVED = Step(1, "open", date(2026, 3, 2), "received")
NUMBER = st.integers(0, 2000)
COUNTS = st.fixed_dictionaries(dict.fromkeys(PLACES, NUMBER))
RULES = st.builds(ShareRule, st.just(TARGET), st.sampled_from(sorted(OPERATOR_COUNTS)))


def share_of(counts=DEUX_SEVRES, operator_counts="excluded"):
    """Return the share of these counts."""
    return local_share(counts, ShareRule(TARGET, operator_counts))


def case_of(*, route=None, steps=(RECEIVED,), data=None, ended=False, routed_by=2):
    """Return a case received on 2 March 2026, routed by its second entry when it has a route."""
    moment = datetime(2026, 3, 2, 9, tzinfo=UTC)
    return Case(
        id="",
        reference="",
        procedure="engineering_request",
        procedure_version=2,
        state="received",
        version=len(steps),
        applicant=Applicant(name="Exemple-sur-Sèvre", kind="commune", department="79"),
        title="Friche",
        route=route,
        routed_by=routed_by if route else None,
        steps=steps,
        data=data or {},
        ended_at=moment if ended else None,
        opened_at=moment,
        updated_at=moment,
    )


def routed_on(day, route="local"):
    """Return a case that was routed on that day."""
    return case_of(route=route, steps=(RECEIVED, Step(2, "route", day, "routed")))


@pytest.mark.parametrize(
    ("operator_counts", "numerator", "denominator"), [("excluded", 2, 12), ("local", 11, 21), ("national", 2, 21)]
)
def test_operators_count_as_the_procedure_says(operator_counts, numerator, denominator):
    """The lines of Deux-Sèvres: 2 of 12 without other operators, 11 of 21 with them as local ones."""
    share = share_of(operator_counts=operator_counts)

    assert (share.counted_local, share.routed) == (numerator, denominator)
    assert share.share == numerator / denominator
    assert share.share_with_operators == 11 / 21


def test_nothing_routed_is_no_share_and_below_no_target():
    """« 0 % » would be a reproach to who has had no request yet."""
    share = share_of({NOT_ROUTED: 3})

    assert (share.share, share.below_target, share.routed) == (None, False, 0)


@pytest.mark.parametrize(("local", "national", "below"), [(9, 1, False), (8, 1, True), (89, 10, True), (90, 10, False)])
def test_exactly_nine_in_ten_is_on_target(local, national, below):
    """« 90 % doivent trouver une solution locale »: at 90 % they do."""
    assert share_of({LOCAL: local, NATIONAL: national}).below_target is below


@pytest.mark.parametrize(
    ("counts", "allowance"),
    [
        (DEUX_SEVRES, 0),
        ({LOCAL: 31, NATIONAL: 3, NOT_ROUTED: 6}, 1),
        ({LOCAL: 9, NOT_ROUTED: 1}, 1),
        ({LOCAL: 9}, 0),
        ({}, 0),
        ({LOCAL: 90, OPERATOR: 500, NATIONAL: 10}, 0),
    ],
)
def test_the_allowance_is_a_tenth_of_all_less_those_that_went(counts, allowance):
    """A tenth, rounded down, of the requests of the year, routed or not."""
    assert share_of(counts).allowance == allowance


@given(COUNTS, RULES)
def test_using_up_the_allowance_keeps_the_target_once_all_the_others_are_local(counts, rule):
    """The allowance promises just this."""
    share = local_share(counts, rule)
    room = min(share.allowance, counts[NOT_ROUTED])
    rest = counts[NOT_ROUTED] - room
    after = {**counts, NATIONAL: counts[NATIONAL] + room, LOCAL: counts[LOCAL] + rest, NOT_ROUTED: 0}

    assert room == 0 or not local_share(after, rule).below_target


@given(COUNTS, st.sampled_from([*PLACES, None]), st.sampled_from([*PLACES, None]))
def test_moving_a_case_there_and_back_changes_nothing(counts, here, there):
    """What a preview shows is what would be counted, and no more."""
    assert moved(moved(counts, here, there), there, here) == counts


@pytest.mark.parametrize(
    ("day", "place"),
    [
        (date(2026, 1, 1), LOCAL),
        (date(2026, 12, 31), LOCAL),
        (date(2025, 12, 31), None),
        (date(2027, 1, 1), None),
    ],
)
def test_a_route_counts_in_the_period_of_its_day(day, place):
    """Both ends of the year are in it."""
    assert place_of(routed_on(day), *YEAR) == place


def test_what_waits_counts_from_its_reception_until_it_ends():
    """« Not routed yet » is shown beside every share; who gave up waits no more."""
    waiting, ended = case_of(), case_of(ended=True)

    assert place_of(waiting, *YEAR) == NOT_ROUTED
    assert place_of(waiting, date(2027, 1, 1), date(2027, 12, 31)) == NOT_ROUTED
    assert place_of(waiting, date(2025, 1, 1), date(2025, 12, 31)) is None
    assert place_of(ended, *YEAR) is None


def test_an_imported_route_counts_on_the_day_on_which_its_source_was_true():
    """Nobody knows the day itself; the share is not to lose the line for that."""
    steps = (Step(1, "import", None, "routed_local"),)
    case = case_of(route="local", steps=steps, data={"imported": {"known_on": "2021-09-14"}}, routed_by=1)

    assert (case.routed_on, case.counted_on) == (None, date(2021, 9, 14))


def test_an_imported_route_counts_on_its_own_day_when_the_source_gives_it():
    """A column « orientée le » is believed."""
    imported = {"known_on": "2021-09-14", "routed_on": "2020-11-03"}
    steps = (Step(1, "import", None, "routed_local"),)
    case = case_of(route="local", steps=steps, data={"imported": imported}, routed_by=1)

    assert case.routed_on == case.counted_on == date(2020, 11, 3)


def test_a_case_routed_anew_counts_by_its_own_step_not_by_the_import():
    """The last route in force is the one that counts."""
    steps = (
        Step(1, "import", None, "routed_local"),
        Step(2, "reroute", date(2026, 3, 3), "local_search"),
        Step(3, "route_national", date(2026, 4, 1), "national_submitted"),
    )
    imported = {"imported": {"known_on": "2021-09-14", "routed_on": "2020-11-03"}}
    case = case_of(route="national", steps=steps, data=imported, routed_by=3)

    assert case.counted_on == date(2026, 4, 1)
    assert replace(case, route=None, routed_by=None).routed_on is None

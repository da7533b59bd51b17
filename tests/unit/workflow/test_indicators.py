"""Indicators on cases as values: what counts, what is left out, and how durations are told."""

import statistics
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appui.states.applicant import Applicant
from appui.states.case import Case, Step
from appui.states.effects import BUILT_IN
from appui.states.library import shipped
from appui.workflow.indicators import Tally, median, nearest_rank, words_of

WORDS = words_of(shipped(BUILT_IN).versions_of("engineering_request"))
DAY = date(2026, 3, 2)
MOMENT = datetime(2026, 3, 2, 9, tzinfo=UTC)
AGREEMENT = {
    "convention": {"amount_cents": 1_000_001, "coverage_rate": "0.50", "parties": [{"id": "state"}, {"id": "mairie"}]},
    "shares": {"covered_cents": 500_000, "applicant_cents": 500_001},
}
SIGNED = {**AGREEMENT, "signatures": {"state": {"signed_on": "2026-03-20"}, "mairie": {"signed_on": "2026-03-18"}}}
IMPORTED = {"imported": {"known_on": "2021-09-14"}}


def case_of(*steps, data=None, **changes):
    """Return a case that took these steps: (action, day or None, state or None)."""
    taken = tuple(Step(seq, *step) for seq, step in enumerate(steps, start=1))
    case = Case(
        id="",
        reference="",
        procedure="engineering_request",
        procedure_version=2,
        state=next(step.state for step in reversed(taken) if step.state),
        version=len(taken),
        applicant=Applicant(name="Exemple-sur-Sèvre", kind="commune", department="79"),
        title="Friche",
        steps=taken,
        data=data or {},
        opened_at=MOMENT,
        updated_at=MOMENT,
    )
    return replace(case, **changes)


def tallied(*cases, first=None, last=None):
    """Return the tally of these cases."""
    tally = Tally(first=first, last=last)
    for case in cases:
        tally.add(case)
    return tally


def times(*cases, **period):
    """Return state → (median, 90th percentile, measured, unknown)."""
    steps = tallied(*cases, **period).steps(WORDS)
    return {each.key: (each.median_days, each.p90_days, each.measured, each.unknown) for each in steps}


def stayed(*days):
    """Return cases that stayed so many days in the state of reception."""
    return [case_of(("open", DAY, "received"), ("start_scoping", DAY + timedelta(n), "scoping")) for n in days]


def test_a_stay_is_counted_in_calendar_days_from_day_to_day():
    """Received on Monday, taken up on Thursday: three days."""
    assert times(*stayed(3)) == {"received": (3.0, 3, 1, 0)}


def test_the_median_and_the_ninetieth_percentile_are_told_not_the_mean():
    """One request that was forgotten for a year hides nobody else's ten days."""
    assert times(*stayed(*[10] * 9, 365)) == {"received": (10.0, 10, 10, 0)}
    assert times(*stayed(*[10] * 8, 365, 365))["received"][1] == 365


def test_a_stay_that_lasts_is_not_measured_yet():
    """It would be the shortest of all."""
    assert times(case_of(("open", DAY, "received"))) == {}


def test_an_unknown_day_makes_no_duration():
    """What an import found under way began nobody knows when."""
    case = case_of(("import", None, "scoping"), ("record_framing", DAY, "framed"), ("consult", DAY, "local_search"))

    assert times(case) == {"scoping": (None, None, 0, 1), "framed": (0.0, 0, 1, 0)}


def test_steps_that_leave_the_state_end_no_stay():
    """A suspension or an answer happens within the stay."""
    case = case_of(("open", DAY, "received"), ("suspend", DAY, None), ("start", DAY + timedelta(5), "scoping"))

    assert times(case) == {"received": (5.0, 5, 1, 0)}


def test_a_period_holds_the_stays_that_ended_in_it():
    """A figure of 2026 is of what was done in 2026."""
    year = {"first": date(2026, 1, 1), "last": date(2026, 12, 31)}

    assert times(*stayed(3, 400), **year) == {"received": (3.0, 3, 1, 0)}


@given(st.lists(st.integers(0, 5000), max_size=60))
def test_the_median_of_counted_values_is_that_of_the_values(values):
    """Counting them first loses nothing."""
    assert median(Counter(values)) == (statistics.median(values) if values else None)


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=60), st.integers(1, 100))
def test_the_percentile_is_reached_by_that_part_and_is_one_of_them(values, percent):
    """Nearest rank: nobody is told a duration that nobody had."""
    found = nearest_rank(Counter(values), percent)

    assert found in values
    assert sum(value <= found for value in values) * 100 >= len(values) * percent
    assert all(
        sum(value <= other for value in values) * 100 < len(values) * percent for other in values if other < found
    )


def test_states_stand_in_the_order_of_the_procedure_by_their_french_names():
    """« À compléter » before « Cadrage du besoin », whatever came first."""
    states = tallied(case_of(("open", DAY, "scoping")), case_of(("open", DAY, "incomplete"))).states(WORDS)

    assert [(each.label, each.count) for each in states] == [("À compléter", 1), ("Cadrage du besoin", 1)]


def test_the_state_that_only_one_regime_has_stands_at_its_place():
    """« Convention engagée » follows « Convention signée », though version 1 does not know it."""
    order = list(WORDS.states)

    assert order.index("committed") == order.index("convention_signed") + 1


def test_a_case_counts_once_in_each_of_its_themes():
    """And those without any are told apart, not left out."""
    cases = [case_of(("open", DAY, "received"), data={"themes": ["tourism", "mobility"]}), *stayed(1)]

    assert [(each.label, each.count) for each in tallied(*cases).themes(WORDS)] == [
        ("Mobilité", 1),
        ("Tourisme", 1),
        ("sans thématique", 1),
    ]


def agreement(data, *steps, route="national", first=None, last=None, **changes):
    """Return the agreements of one case."""
    taken = steps or (("open", DAY, "received"), ("draft_convention", DAY, "convention_draft"))
    return tallied(case_of(*taken, data=data, route=route, **changes), first=first, last=last).agreements()


def test_an_agreement_is_signed_once_every_party_has_signed():
    """On the day of the last signature."""
    march = {"first": date(2026, 3, 19), "last": date(2026, 3, 31)}
    half = {**SIGNED, "signatures": {"state": {"signed_on": "2026-03-20"}}}

    assert (agreement(SIGNED, **march).signed, agreement(SIGNED, **march).drafted) == (1, 0)
    assert (agreement(half).signed, agreement(half).drafted) == (0, 1)
    assert agreement(SIGNED, last=date(2026, 3, 19)).signed == 0


def test_who_pays_what_is_added_up_to_the_cent():
    """And agreements with and without a part for the applicant are counted apart."""
    found = agreement(SIGNED)

    assert (found.amount_cents, found.covered_cents, found.applicant_cents) == (1_000_001, 500_000, 500_001)
    assert (found.free, found.shared, found.without_amount) == (0, 1, 0)


def test_a_full_coverage_is_free_however_its_rate_is_written():
    """« 1 » and « 1.00 » are the same."""
    full = {**SIGNED, "convention": {**SIGNED["convention"], "coverage_rate": "1.00"}}

    assert agreement(full).free == 1


@pytest.mark.parametrize(
    ("state", "presumed", "drafted", "signed"),
    [("convention_signed", ("all_signed",), 0, 1), ("convention_draft", (), 1, 0), ("in_progress", (), 0, 0)],
)
def test_an_imported_agreement_counts_without_an_amount(state, presumed, drafted, signed):
    """Five are signed, for nearly 150,000 € in all: the source splits nothing, and neither do we."""
    found = agreement(IMPORTED, ("import", None, state), presumed=presumed, routed_by=1)

    assert (found.drafted, found.signed, found.without_amount) == (drafted, signed, drafted + signed)
    assert found.amount_cents == 0


@pytest.mark.parametrize("changes", [{"route": None}, {"ended_at": MOMENT}])
def test_a_draft_that_nothing_will_come_of_counts_no_more(changes):
    """Taken back, or given up before anybody signed."""
    assert agreement(AGREEMENT, **{"route": "national", **changes}).drafted == 0

"""Who pays what: the proposed rate and its two shares, to the cent."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.states.world import REGIMES, VILLAGE, World

from appui.states.applicant import KINDS, Applicant
from appui.states.coverage import propose, split
from appui.states.fields import MAX_CENTS

RATES = st.integers(0, 10_000).map(lambda tenths: str(Decimal(tenths) / 10_000))


def proposal(kind, population, year=2026, *, known_in=2026):
    """Return the proposal by the shipped thresholds."""
    applicant = Applicant(
        name="X", kind=kind, department="79", population=population, population_year=known_in, population_source="INSEE"
    )
    return propose(applicant, year, commune_below=3_500, grouping_below=15_000, otherwise="0.50")


@settings(max_examples=300, deadline=None)
@given(amount=st.integers(0, MAX_CENTS), rate=RATES)
def test_shares_add_up_and_the_odd_cent_is_the_applicants(amount, rate):
    """For every amount and rate: nothing is lost, and the covered share never exceeds its rate."""
    shares = split(amount, rate)
    exact = Fraction(amount) * Fraction(rate)

    assert shares.covered_cents + shares.applicant_cents == amount
    assert 0 <= exact - shares.covered_cents < 1
    assert shares.applicant_cents >= 0


def test_half_of_an_odd_amount():
    """10 000,01 €: the applicant pays the cent."""
    shares = split(1_000_001, "0.50")

    assert (shares.covered_cents, shares.applicant_cents) == (500_000, 500_001)


@pytest.mark.parametrize("rate", ["1", "1.0", "1.0000"])
def test_what_is_wholly_covered_leaves_nothing(rate):
    """A village pays nothing."""
    assert split(1_000_001, rate).applicant_cents == 0


@pytest.mark.parametrize(
    ("kind", "population", "rate"),
    [
        ("commune", 0, "1"),
        ("commune", 3_499, "1"),
        ("commune", 3_500, "0.50"),
        ("commune", 3_501, "0.50"),
        *(
            (kind, population, rate)
            for kind in ("CC", "CA", "CU", "METRO")
            for population, rate in ((14_999, "1"), (15_000, "0.50"))
        ),
        *((kind, 1, "0.50") for kind in ("PETR", "syndicat", "departement", "other")),
    ],
)
def test_thresholds_are_strict_and_belong_to_each_kind(kind, population, rate):
    """Strictly fewer than 3 500, strictly fewer than 15 000; others pay a share."""
    assert proposal(kind, population).rate == rate


def test_every_kind_has_a_proposal():
    """A new kind is thought of here too."""
    assert all(proposal(kind, 100_000).rate == "0.50" for kind in KINDS)


@pytest.mark.parametrize(("year", "known"), [(2023, False), (2024, True), (2026, True), (2028, True), (2029, False)])
def test_a_population_counts_within_two_years(year, known):
    """Known for 2026: nothing is proposed for a request of 2023."""
    found = proposal("commune", 400, year)

    assert (found.rate is not None) is known
    assert known or found.reason == f"population de {year} inconnue"


@pytest.mark.parametrize("applicant", [replace(VILLAGE, population=None), replace(VILLAGE, population_year=None)])
def test_an_unknown_population_proposes_nothing(applicant):
    """Zero inhabitants and unknown are not the same."""
    found = propose(applicant, 2026, commune_below=3_500, grouping_below=15_000, otherwise="0.50")

    assert (found.rate, found.reason) == (None, "population de 2026 inconnue")


def test_the_reason_says_the_figure_and_its_source():
    """The officer can explain the rate to the mayor."""
    assert proposal("commune", 400).reason == "400 habitants (INSEE), moins de 3500"
    assert proposal("commune", 4_000).reason == "4000 habitants (INSEE), 3500 ou plus"
    assert proposal("PETR", 4_000).reason == "4000 habitants (INSEE), aucun seuil pour ce statut"


def test_the_year_is_that_of_the_reception():
    """A request of 2021 is judged on a population near 2021, whenever it is entered."""
    imported = World(REGIMES[2020]).import_in("scoping", data={"received_on": "2021-02-01"})

    assert imported.case.fact("coverage.rate") is None
    assert imported.case.fact("coverage.reason") == "population de 2021 inconnue"

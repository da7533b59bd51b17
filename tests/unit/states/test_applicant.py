"""Applicants: how they are identified."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.states.world import VILLAGE

from appui.states.applicant import GROUPINGS, KINDS, siren_is_valid, siret_is_valid


def test_known_numbers():
    """An EPCI of the register, the example of the INSEE, and La Poste."""
    assert all(siren_is_valid(siren) for siren in ("200040244", "732829320", "356000000"))


@settings(max_examples=200, deadline=None)
@given(body=st.integers(0, 99_999_999))
def test_exactly_one_key_fits_each_number(body):
    """One wrong digit is always noticed."""
    assert sum(siren_is_valid(f"{body:08d}{key}") for key in range(10)) == 1


@settings(max_examples=100, deadline=None)
@given(place=st.integers(0, 8), digit=st.integers(0, 9))
def test_one_changed_digit_is_noticed(place, digit):
    """A typing error on the telephone."""
    right = "200040244"
    typed = right[:place] + str(digit) + right[place + 1 :]

    assert siren_is_valid(typed) is (typed == right)


@pytest.mark.parametrize(
    "siren", ["", "20004024", "2000402440", "20004024A", "²00040244", "٢٠٠٠٤٠٢٤٤", " 00040244", "-20004024"]
)
def test_what_is_not_nine_digits_is_no_siren(siren):
    """Only plain digits count."""
    assert not siren_is_valid(siren)


@settings(max_examples=100, deadline=None)
@given(body=st.integers(0, 9_999_999_999_999))
def test_exactly_one_key_fits_each_siret(body):
    """The fourteenth digit checks the others."""
    assert sum(siret_is_valid(f"{body:013d}{key}") for key in range(10)) == 1


@pytest.mark.parametrize("siret", ["", "732829320", "7328293200007A", "732829320000740", "٧٣٢٨٢٩٣٢٠٠٠٠٧٤"])
def test_what_is_not_fourteen_digits_is_no_siret(siret):
    """A SIREN is none either."""
    assert siret_is_valid("73282932000074")
    assert not siret_is_valid(siret)


@pytest.mark.parametrize(
    ("code", "siren", "identified"),
    [("79049", None, True), (None, "200040244", True), ("79049", "200040244", True), (None, None, False)],
)
def test_a_code_or_a_siren_identifies(code, siren, identified):
    """A convention names its party by one of them."""
    assert replace(VILLAGE, code=code, siren=siren).identified is identified


def test_groupings_are_kinds():
    """The thresholds of coverage rely on it."""
    assert set(KINDS) > GROUPINGS

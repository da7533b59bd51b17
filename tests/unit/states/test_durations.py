"""Durations as procedures write them."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appui.states.durations import Duration, parse_duration


@pytest.mark.parametrize(
    ("text", "duration", "french"),
    [
        ("10 working days", Duration(10, "working_days"), "10 jours ouvrés"),
        ("1 working day", Duration(1, "working_days"), "1 jour ouvré"),
        ("30 days", Duration(30, "days"), "30 jours"),
        ("1 week", Duration(1, "weeks"), "1 semaine"),
        ("18 months", Duration(18, "months"), "18 mois"),
        ("1 month", Duration(1, "months"), "1 mois"),
        ("6 years", Duration(6, "years"), "6 ans"),
        ("1 year", Duration(1, "years"), "1 an"),
    ],
)
def test_a_duration_reads_in_english_and_is_told_in_french(text, duration, french):
    """The file is for developers, the sentence for officers."""
    assert parse_duration(text) == duration
    assert str(duration) == french


@pytest.mark.parametrize(
    "text",
    ["", "10", "days", "ten days", "10  days", " 10 days", "10 days ", "-1 days", "1.5 days", "10000 days", "٣ days",
     "10 jours", "10 Days", "10 working hours", "101 years", "9999 years"],
)  # fmt: skip
def test_what_is_no_duration_is_refused(text):
    """A guess would move a legal date."""
    with pytest.raises(ValueError, match="^" + text.replace(".", r"\.") + "$"):
        parse_duration(text)


def month_by_month(day, count):
    """Return the day `count` months later by walking the calendar, one day after another."""
    month, moving = day.replace(day=1), 0
    while moving < count:
        month += timedelta(days=1)
        moving += month.day == 1
    wanted, found = day.day, month
    while found.day < wanted and (found + timedelta(days=1)).month == month.month:
        found += timedelta(days=1)
    return found


@settings(max_examples=150, deadline=None)
@given(day=st.dates(date(1999, 1, 1), date(2032, 12, 31)), count=st.integers(0, 40))
def test_months_are_calendar_months(day, count):
    """The same day of a later month, or the last one of a shorter month."""
    assert Duration(count, "months").after(day) == month_by_month(day, count)


@settings(max_examples=100, deadline=None)
@given(day=st.dates(date(1900, 1, 1), date(2200, 1, 1)), count=st.integers(0, 100))
def test_a_year_is_twelve_months(day, count):
    """The 29 February becomes the 28 when it must."""
    assert Duration(count, "years").after(day) == Duration(12 * count, "months").after(day)


@pytest.mark.parametrize("unit", ["days", "weeks", "months", "working days"])
def test_the_longest_durations_stay_on_the_calendar(unit):
    """No action may fail because a procedure counts far."""
    assert parse_duration(f"9999 {unit}").after(date(2200, 1, 1)) > date(2200, 1, 1)
    assert parse_duration("100 years").after(date(2200, 1, 1)).year == 2300

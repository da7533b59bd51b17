"""A value is read as it is shown, without a digit lost."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appui.workflow.importing.shown_values import shown_value


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (3500, "General", "3500"),
        (3500.0, "0.00", "3500"),
        (1234.5, "#,##0.00 €", "1234,5"),
        (0.1 + 0.2, "General", "0,3"),
        (12345678901234, "0", "12345678901234"),
        (-12.5, "0", "-12,5"),
        (12.34, "0", "12,34"),
        (1e20, "General", "1e+20"),
        (0.5, "0%", "50 %"),
        (0.505, "0%", "50,5 %"),
        (0.07, "0.00 %", "7 %"),
        (1, "0%;[Red]-0%", "100 %"),
        (12, '0" % du total"', "12"),
        (1004, "00000", "01004"),
        (79191, "00000", "79191"),
        (549000001, '0#" "##" "##" "##" "##', "05 49 00 00 01"),
        (549000001, r"0#\ ##\ ##\ ##\ ##", "05 49 00 00 01"),
        (200040244, "000 000 000", "200 040 244"),
        (33549000001, '0#" "##" "##" "##" "##', "335 49 00 00 01"),
        (0, "00000", "00000"),
        (1004.5, "00000", "1004,5"),
        (-4, "00000", "-4"),
        (timedelta(hours=26, minutes=5), "[h]:mm", "26:05"),
        (timedelta(minutes=5, seconds=7), "mm:ss", "0:05:07"),
    ],
)
def test_a_value_is_shown(value, number_format, text):
    """Decimals are those that the number has; codes and telephones keep their zeros, shares their per cent."""
    assert shown_value(value, number_format=number_format).replace("\u00a0", " ") == text


@given(st.integers(0, 10**14), st.sampled_from(["General", "0", "#,##0", "00000", '0#" "##" "##', "0.00E+00", "# ?/?"]))
def test_no_format_loses_a_digit(number, number_format):
    """What is read can be counted with, whatever it looked like."""
    assert int(shown_value(number, number_format=number_format).replace(" ", "")) == number

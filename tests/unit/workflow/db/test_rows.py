"""Plain data as the base keeps them: read back, they are what was given."""

import json
from datetime import date

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from appui.workflow.db.rows import json_text

NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
PLAIN = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5).filter(str.isprintable), inner),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(value=PLAIN)
def test_plain_data_come_back_as_they_were_whoever_reads_them(value):
    """Texts to the letter, numbers to the last digit, keys in their order."""
    text = json_text(value)

    assert orjson.loads(text) == json.loads(text) == value
    assert json.dumps(json.loads(text)) == json.dumps(value)


def test_days_are_kept_as_iso_text():
    """The steps of a case hold days."""
    assert json_text([(1, date(2026, 3, 1), None)]) == '[[1,"2026-03-01",null]]'

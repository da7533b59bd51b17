"""The one text of plain data: whoever writes it, the text that hashes were made of from the first chain on."""

import json
import math
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from appui.workflow.journal import canonical

WRITABLE = st.text(st.characters(exclude_categories=["Cs"]))
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | WRITABLE,
    lambda inner: st.lists(inner, max_size=4) | st.tuples(inner, inner) | st.dictionaries(WRITABLE, inner, max_size=5),
    max_leaves=15,
)


def _as_ever(value):
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


@settings(max_examples=500, deadline=None)
@given(value=PLAIN)
@example(value=1e-7)
@example(value=[1e16, -1e-7, 0.1, -0.0])
@example(value={"a": 2**64, "b": -(2**63) - 1})
@example(value={"é": 1, "z": 2, "\U00010000": 3, "\uffff": 4, "\x7f\x00\u2028": '"\\/'})
@example(value={"at": "2026-03-02T10:00:00.000000+00:00", "hash": "1e5", "list": ",1e5"})
def test_plain_data_have_the_text_that_they_always_had(value):
    """A chain that was sealed years ago still verifies."""
    assert canonical(value) == _as_ever(value)


@pytest.mark.parametrize(
    "value", [math.nan, [math.inf], {"a": -math.inf, "on_behalf_of": None}, date(2026, 3, 2), {"a": object()}, {1, 2}]
)
def test_what_is_not_plain_has_no_text(value):
    """Nothing is sealed that another program would read otherwise."""
    with pytest.raises((TypeError, ValueError)):
        canonical(value)


def test_names_that_are_no_texts_become_texts():
    """A host's function may count by year."""
    assert canonical({2026: 1}) == _as_ever({2026: 1}) == '{"2026":1}'

"""A copy with other fields is what `dataclasses.replace` makes, for every value that is copied so."""

from dataclasses import fields, replace

import pytest
from tests.unit.states.world import played

from appui.states.values import changed

WORLD = played(2024, "start_scoping", "suspend")


@pytest.mark.parametrize(
    ("value", "other"), [(WORLD.case, {"title": "Halle", "version": 9}), (WORLD.journal[-1], {"hash": "0", "data": {}})]
)
def test_a_changed_copy_is_a_replaced_one(value, other):
    """Equal, of the same type, as frozen as it was; and the value itself is left alone."""
    before = replace(value)
    copy = changed(value, **other)

    assert copy == replace(value, **other)
    assert value == before
    with pytest.raises(AttributeError):
        copy.version = 1


@pytest.mark.parametrize("value", [WORLD.case, WORLD.journal[-1]])
def test_what_is_copied_keeps_nothing_but_its_fields(value):
    """A conclusion that was kept beside them would outlive the facts that it was drawn from."""
    for name in dir(type(value)):
        getattr(value, name)

    assert list(vars(value)) == [field.name for field in fields(value)]

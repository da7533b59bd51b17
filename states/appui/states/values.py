"""Values: frozen dataclasses, copied with some of their fields changed."""

from __future__ import annotations

from typing import Any, TypeVar

Value = TypeVar("Value")


def changed(value: Value, **fields: Any) -> Value:
    """Return a copy with these fields changed: what `dataclasses.replace` gives, at a tenth of its price.

    For dataclasses that have a `__dict__`, no `__post_init__`, and keep nothing in it but their fields.
    """
    copy = object.__new__(type(value))
    vars(copy).update(vars(value), **fields)
    return copy

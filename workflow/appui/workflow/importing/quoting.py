"""Quoting: names and numbers of a file, set into a sentence. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from appui.states.wording import listed
from appui.workflow.territories import shown

_SHOWN = 20


def quoted(names: Iterable[str]) -> str:
    """Return « a », « b » et « c », each cut to what can be read."""
    return listed([f"« {shown(name)} »" for name in names])


def first_listed(words: Collection[str]) -> str:
    """Return the first of the words: « a, b et c », « a, b, … et 12 autres »."""
    if len(words) <= _SHOWN:
        return listed(list(words))
    return f"{', '.join(list(words)[:_SHOWN])} et {len(words) - _SHOWN} autres"

"""Formulas: texts that a spreadsheet would run, made inert in files without types, and found again. Pure."""

from __future__ import annotations

_BEGINNINGS = ("=", "+", "-", "@", "\t", "\r")
_INERT = "'"


def inert(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"{_INERT}{text}" if _would_act(text) else text


def found_again(text: str) -> str:
    """Return what `inert` was given."""
    return text[1:] if text.startswith(_INERT) and _would_act(text) else text


def _would_act(text: str) -> bool:
    """Return whether a formula begins there; one that was made inert before counts too, so that it is found again."""
    return text.lstrip(_INERT).startswith(_BEGINNINGS)

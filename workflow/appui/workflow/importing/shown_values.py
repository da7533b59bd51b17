"""Shown values: a workbook's values as whoever opens it reads them, without losing a digit. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from openpyxl.utils.escape import unescape

from appui.states.wording import NBSP

_QUOTED = re.compile(r'"([^"]*)"|\\(.)')
_COLOUR = re.compile(r"\[(?![<>=])[^]]*]")
_MASK = re.compile(r"[0#](?:[ -]?[0#])+")


def shown_value(value: object, *, number_format: str) -> str:
    """Return a value in words: « 3500 », « 0,25 », « 50 % », « 14/09/2021 », « VRAI ».

    Of a number's format only what changes its meaning is kept, the per cent and the leading zeros of codes and
    telephones; its decimals are those that it has, not those that are shown.
    """
    shown = _SHOWN.get(type(value))
    return str(value) if shown is None else shown(value, number_format)


def _text(value: str, _format: str) -> str:
    # The file writes control characters in letters: _x000D_.
    return unescape(value)


def _truth(value: bool, _format: str) -> str:  # noqa: FBT001  a value like any other
    return "VRAI" if value else "FAUX"


def _number(value: float, number_format: str) -> str:
    form = _form(number_format)
    if form == "%":
        return f"{_digits(value * 100)}{NBSP}%"
    if form and value >= 0 and value == int(value):
        return _masked(str(int(value)), form)
    return _digits(value)


@lru_cache
def _form(number_format: str) -> str:
    """Return « % » for a per cent, a mask such as « 0# ## ## ## ## », or nothing."""
    bare = _COLOUR.sub("", number_format.partition(";")[0])
    if "%" in _QUOTED.sub("", bare):
        return "%"
    mask = _QUOTED.sub(lambda each: each[1] or each[2] or "", bare)
    return mask if _MASK.fullmatch(mask) else ""


def _digits(value: float) -> str:
    # Fifteen digits are what a spreadsheet keeps: 0.1 + 0.2 is shown as 0,3.
    return str(value) if isinstance(value, int) else f"{value:.15g}".replace(".", ",")


def _masked(digits: str, mask: str) -> str:
    """Return digits set into « 0# ## ## ## ## », from the right, with the zeros that it asks for."""
    left = list(digits.zfill(sum(sign in "0#" for sign in mask.lstrip("#"))))
    shown = [left.pop() if sign in "0#" else sign for sign in reversed(mask) if left]
    return "".join(left) + "".join(reversed(shown))


def _day(value: date, _format: str) -> str:
    return f"{value:%d/%m/%Y}"


def _instant(value: datetime, number_format: str) -> str:
    hour = value.time().replace(microsecond=0)
    return _day(value, number_format) + (f" {_hour(hour, number_format)}" if hour != time() else "")


def _hour(value: time, _format: str) -> str:
    return f"{value:%H:%M:%S}" if value.second else f"{value:%H:%M}"


def _span(value: timedelta, _format: str) -> str:
    minutes, seconds = divmod(int(value.total_seconds()), 60)
    hours = f"{minutes // 60}:{minutes % 60:02d}"
    return f"{hours}:{seconds:02d}" if seconds else hours


_SHOWN: dict[type, Callable[..., str]] = {
    str: _text,
    bool: _truth,
    int: _number,
    float: _number,
    datetime: _instant,
    date: _day,
    time: _hour,
    timedelta: _span,
}

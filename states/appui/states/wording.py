"""Wording: days, amounts, enumerations and quotations as French readers expect them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

NBSP = "\u00a0"
_MONTHS = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()
_WEEKDAYS = "lundi mardi mercredi jeudi vendredi samedi dimanche".split()


def day_in_words(day: date) -> str:
    """Return « 3 mars 2026 », « 1er mars 2026 »."""
    number = "1er" if day.day == 1 else str(day.day)
    return f"{number}{NBSP}{_MONTHS[day.month - 1]} {day.year}"


def weekday_in_words(day: date) -> str:
    """Return « mardi 3 mars 2026 »."""
    return f"{_WEEKDAYS[day.weekday()]} {day_in_words(day)}"


def euros(cents: int) -> str:
    """Return « 3 000,01 € » for 300001."""
    whole, rest = divmod(abs(cents), 100)
    sign = "-" if cents < 0 else ""
    return f"{sign}{in_thousands(whole)},{rest:02d}{NBSP}€"


def in_thousands(number: int) -> str:
    """Return « 35 369 », its thousands set apart by narrow spaces that do not break."""
    return f"{number:,}".replace(",", "\u202f")


def percent(share: float) -> str:
    """Return « 91,2 % » for 0.912."""
    return f"{share * 100:.1f}".replace(".", ",") + f"{NBSP}%"


def shown(value: object, *, limit: int = 40) -> str:
    """Return what somebody gave as it can be quoted in a sentence: short, on one line, printable."""
    if not isinstance(value, str):
        return "(rien)" if value is None else "(autre chose qu'un texte)"
    start = "".join(letter if letter.isprintable() else "�" for letter in value[:limit])
    return f"{start}…" if len(value) > limit else start


def listed(words: Sequence[str], *, last: str = "et") -> str:
    """Return « a, b et c »."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def counted(count: int, one: str, many: str) -> str:
    """Return « 1 jour », « 12 jours »."""
    return f"{count}{NBSP}{one if abs(count) < 2 else many}"

"""Wording: days, amounts, enumerations and quotations as French readers expect them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time

NBSP = "\u00a0"
_MONTHS = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()
_BEFORE = re.compile(r"[ \u202f]+(?=[:;?!»%€])")
_AFTER = re.compile(r"(?<=«)[ \u202f]+|(?<=«)(?=\S)(?!\u00a0)")
_PLACE = re.compile(r"\{\{ *(\w+) *\}\}")
_FEMININE = frozenset({"cc", "ca", "cu", "communauté", "commune", "métropole", "ville", "mairie"})
_MASCULINE = frozenset({"petr", "pôle", "syndicat", "sivom", "sivu", "département", "conseil"})
_WEEKDAYS = "lundi mardi mercredi jeudi vendredi samedi dimanche".split()


def day_in_words(day: date) -> str:
    """Return « 3 mars 2026 », « 1er mars 2026 »."""
    number = "1er" if day.day == 1 else str(day.day)
    return f"{number}{NBSP}{_MONTHS[day.month - 1]} {day.year}"


def weekday_in_words(day: date) -> str:
    """Return « mardi 3 mars 2026 »."""
    return f"{_WEEKDAYS[day.weekday()]} {day_in_words(day)}"


def hour_in_words(hour: time) -> str:
    """Return « 14 h 30 », « 9 h »."""
    return f"{hour.hour}{NBSP}h" + (f"{NBSP}{hour.minute:02d}" if hour.minute else "")


def moment_in_words(start: datetime, end: datetime | None = None) -> str:
    """Return « mardi 3 mars 2026 à 14 h 30 », « mardi 3 mars 2026 de 14 h 30 à 16 h »; both are local."""
    day = weekday_in_words(start.date())
    if end is None:
        return f"{day} à {hour_in_words(start.time())}"
    if end.date() == start.date():
        return f"{day} de {hour_in_words(start.time())} à {hour_in_words(end.time())}"
    return f"du {moment_in_words(start)} au {moment_in_words(end)}"


def of(name: str) -> str:
    """Return « de » before the name of a body, as it is said: « d'Échiré », « du Bourg », « de la CC du Thouet »."""
    for article, contracted in (("Le ", "du "), ("Les ", "des ")):
        if name.startswith(article):
            return contracted + name.removeprefix(article)
    kind = name.partition(" ")[0].lower()
    if kind in _FEMININE:
        return f"de la {name}"
    if kind in _MASCULINE:
        return f"du {name}"
    return f"d'{name}" if unicodedata.normalize("NFD", name[:1]).lower()[:1] in tuple("aeiouyœæ") else f"de {name}"


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


def typographic(text: str) -> str:
    """Return the text with spaces that do not break where French typography has them."""
    return _AFTER.sub(NBSP, _BEFORE.sub(NBSP, text))


def filled(sentence: str, values: Mapping[str, str | None]) -> str:
    """Return a public sentence with its placeholders filled; a clause whose value nobody knows is left out.

    Clauses are set apart by « ; ». A placeholder that `values` does not name is left as it stands.
    """
    clauses = [
        _PLACE.sub(lambda found: values.get(found[1], found[0]) or "", clause)
        for clause in sentence.rstrip(" .").split(" ; ")
        if all(values.get(name, "") is not None for name in _PLACE.findall(clause))
    ]
    return f"{' ; '.join(clauses)}." if clauses else ""

"""Days as people write them in a table: « 14/09/2021 », « mardi 14 sept. 2021 », « 1er mars 2021 ». Pure."""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Sequence
from datetime import date

from appui.states.errors import InvalidData
from appui.states.wording import NBSP, counted, day_in_words, weekday_in_words
from appui.workflow.territories import shown

YEARS = range(1900, 2201)
PIVOT = 69
"""Years of two digits are from 1969 to 2068."""

_LENGTH_MAX = 100
_WEEKDAY_FIRST = re.compile(r"(?P<name>[a-z]{3,8})\.?,? (?P<rest>(?:le )?\d.*)")
_MONTH_NAME = re.compile(r"[ /.-]*\b([a-z]{3,9})\b\.?[ /.-]*")
_TIME = r"(?:,?(?: | a |t)\d{1,2} ?[h:] ?[\d:.]*)?"
_DAY_FIRST = re.compile(
    rf"(?P<day>\d{{1,2}})(?:er)? ?(?P<by>[/. -]) ?(?P<month>\d{{1,2}}) ?(?P=by) ?(?P<year>\d{{4}}|\d\d){_TIME}"
)
_YEAR_FIRST = re.compile(rf"(?P<year>\d{{4}})[/.-](?P<month>\d{{1,2}})[/.-](?P<day>\d{{1,2}}){_TIME}")
_NO_DAY = (
    (r"/\d{1,2}/\d{2,4}|\d{1,2}[/.-]\d{4}", "est un mois, pas un jour : écrivez aussi le jour, comme dans 14/09/2021."),
    (r"\d{1,2}(er)?[/.-]\d{1,2}/?", "ne dit pas l'année : écrivez-la, comme dans 14/09/2021."),
    (r"\d{4}", "est une année, pas un jour : écrivez aussi le mois et le jour, comme dans 14/09/2021."),
    # Not converted: the same number is two days, four years apart, after the workbook's calendar of 1900 or of 1904.
    (r"\d{5}([.,]\d+)?", "est un numéro de jour de tableur : donnez à la cellule un format de date."),
    (r".*", "n'est pas un jour : écrivez-le comme 14/09/2021, ou videz la cellule."),
)
"""What is written, its month in figures → what to say of it; the first that fits."""


def read_day(text: str) -> date:
    """Return the day that somebody wrote, day before month or year first; an hour behind it is left aside.

    InvalidData for what leaves a doubt: a month, a day without a year, one that does not exist or has another weekday.
    """
    weekday, written = _split(_fold(text[:_LENGTH_MAX]))
    found = _DAY_FIRST.fullmatch(written) or _YEAR_FIRST.fullmatch(written)
    if found is None or len(text) > _LENGTH_MAX:
        raise _refusal(text, next(why for form, why in _NO_DAY if re.fullmatch(form, written)))
    year, month, number = _year(found["year"]), int(found["month"]), int(found["day"])
    why = _why_impossible(year, month, number)
    if why:
        raise _refusal(text, why)
    day = date(year, month, number)
    if weekday and weekday != day.isoweekday():
        raise _refusal(text, f"se contredit, car ce jour est le {weekday_in_words(day)} : corrigez l'un ou l'autre.")
    return day


def _fold(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text).casefold()
    return " ".join("".join(each for each in letters if not unicodedata.combining(each)).split())


_MONTHS = [_fold(day_in_words(date(2000, month, 1))).split()[1] for month in range(1, 13)]
_WEEKDAYS = [_fold(weekday_in_words(date(2001, 1, day))).split()[0] for day in range(1, 8)]


def _split(folded: str) -> tuple[int, str]:
    """Return the weekday, 0 when there is none, and the rest with its month in figures."""
    first = _WEEKDAY_FIRST.fullmatch(folded)
    weekday = _place(first["name"], _WEEKDAYS) if first else 0
    rest = first["rest"] if first and weekday else folded
    return weekday, _MONTH_NAME.sub(_in_figures, rest.removeprefix("le "))


def _in_figures(name: re.Match[str]) -> str:
    month = _place(name[1], _MONTHS)
    return f"/{month}/" if month else name[0]


def _place(word: str, names: Sequence[str]) -> int:
    """Return the place, from 1 on, of the only name that begins so; 0 when there is none."""
    places = [place for place, name in enumerate(names, start=1) if name.startswith(word)]
    return places[0] if len(places) == 1 else 0


def _year(digits: str) -> int:
    year = int(digits)
    return year if len(digits) == 4 else year + (1900 if year >= PIVOT else 2000)


def _why_impossible(year: int, month: int, day: int) -> str:
    """Return why there is no such day, empty when there is one."""
    if month not in range(1, 13):
        return f"n'existe pas, faute de mois {month} : écrivez le jour avant le mois, comme dans 14/09/2021."
    if year not in YEARS:
        return f"ne peut pas être : attendu une année de {YEARS[0]} à {YEARS[-1]}."
    last = calendar.monthrange(year, month)[1]
    if day in range(1, last + 1):
        return ""
    name = day_in_words(date(year, month, 1)).partition(NBSP)[2]
    return f"n'existe pas : {name} compte {counted(last, 'jour', 'jours')}."


def _refusal(text: str, why: str) -> InvalidData:
    return InvalidData([("", f"« {shown(text)} » {why}")])

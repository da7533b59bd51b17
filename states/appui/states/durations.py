"""Durations as procedures write them: « 10 working days », « 30 days », « 18 months »."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

_FORM = re.compile(r"([0-9]{1,4}) (working days?|days?|weeks?|months?|years?)")
_LONGEST = 100
"""Years: beyond, a date might leave the calendar."""
_FRENCH = {"working_days": "jours ouvrés", "days": "jours", "weeks": "semaines", "months": "mois", "years": "ans"}
_FRENCH_ONE = {"working_days": "jour ouvré", "days": "jour", "weeks": "semaine", "months": "mois", "years": "an"}


@dataclass(frozen=True, slots=True)
class Duration:
    """A number of working days, days, weeks, months or years."""

    count: int
    unit: str

    @property
    def in_working_days(self) -> bool:
        """Whether only working days count."""
        return self.unit == "working_days"

    def after(self, day: date) -> date:
        """Return the calendar day this long after; the last day of a shorter month (31 August + 18 months)."""
        match self.unit:
            case "months" | "years":
                months = day.month - 1 + self.count * (12 if self.unit == "years" else 1)
                year, month = day.year + months // 12, months % 12 + 1
                return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
            case "weeks":
                return day + timedelta(weeks=self.count)
            case _:
                return day + timedelta(days=self.count)

    def before(self, day: date) -> date:
        """Return the calendar day this long before."""
        return self.times(-1).after(day)

    def times(self, number: int) -> Duration:
        """Return the duration that many times over."""
        return Duration(self.count * number, self.unit)

    def __str__(self) -> str:
        """Return the duration in French."""
        return f"{self.count} {(_FRENCH_ONE if self.count == 1 else _FRENCH)[self.unit]}"


@lru_cache(maxsize=1024)
def parse_duration(text: str) -> Duration:
    """Return the duration that the text writes. ValueError when it is none."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError(text)
    unit = found[2].replace(" ", "_")
    duration = Duration(int(found[1]), unit if unit.endswith("s") else unit + "s")
    if duration.unit == "years" and duration.count > _LONGEST:
        raise ValueError(text)
    return duration

"""Calendars: which days are closed in a département, and in which time zone it lives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from functools import lru_cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

import holidays

from appui.states.calendar import Calendar
from appui.workflow.territories import register

SUBDIVISIONS = MappingProxyType(
    {
        "57": "57",
        "67": "6AE",
        "68": "6AE",
        "971": "971",
        "972": "972",
        "973": "973",
        "974": "974",
        "975": "PM",
        "976": "976",
        "977": "BL",
        "978": "MF",
        "984": "TF",
        "986": "WF",
        "987": "PF",
        "988": "NC",
    }
)
"""Département → subdivision of `holidays` with days of its own; the others have those of France."""

ZONES = MappingProxyType(
    {
        "971": "America/Guadeloupe",
        "972": "America/Martinique",
        "973": "America/Cayenne",
        "974": "Indian/Reunion",
        "975": "America/Miquelon",
        "976": "Indian/Mayotte",
        "977": "America/St_Barthelemy",
        "978": "America/Marigot",
        "986": "Pacific/Wallis",
        "987": "Pacific/Tahiti",
        "988": "Pacific/Noumea",
    }
)
"""Département → IANA zone; the others live in Europe/Paris, even 984 and 989, which have no inhabitants."""

PARIS = "Europe/Paris"

_WEEKEND = {5: "samedi", 6: "dimanche"}
_OPENING = Calendar().opens_at
_NONE_CLOSED: Mapping[date, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Closure:
    """What closes a day: the weekend, a public holiday until 2100, or a day that the service declares closed."""

    subdivision: str | None
    closed_days: frozenset[tuple[date, str]] = frozenset()
    """(local day, French label)."""
    years: dict[int, Mapping[date, str]] = field(default_factory=dict, compare=False, repr=False)
    """The closed days of each year that was asked: reckoning asks the same days over and over."""

    def __call__(self, day: date) -> str | None:
        """Return the French name of what closes that day, or None."""
        closed = self.years.get(day.year)
        if closed is None:
            closed = self.years[day.year] = self._closed_days(day.year)
        return _WEEKEND.get(day.weekday()) or closed.get(day)

    def _closed_days(self, year: int) -> Mapping[date, str]:
        declared = {day: label for day, label in self.closed_days if day.year == year}
        return declared | _holidays(self.subdivision, year)


def calendar_of(
    department: str, closed_days: Mapping[date, str] = _NONE_CLOSED, *, opens_at: time = _OPENING
) -> Calendar:
    """Return the calendar of a département, with the local days that its services add as closed and why.

    `opens_at` is the local time from which they write to people.

    Calendars are kept: asking again costs nothing. Raises InvalidData at `department` for an unknown one.
    """
    known = register().department(department)
    return _calendar(known.code, frozenset(closed_days.items()), opens_at)


def calendars_with(
    closed_days_in: Callable[[str], Mapping[date, str]], *, opens_at: time = _OPENING
) -> Callable[[str], Calendar]:
    """Return what gives the calendar of a département, with the closed days of one configuration."""

    @lru_cache(maxsize=256)
    def calendar(department: str) -> Calendar:
        return calendar_of(department, closed_days_in(department), opens_at=opens_at)

    return calendar


def zone_of(department: str) -> ZoneInfo:
    """Return the time zone of a département, or raise InvalidData at `department`."""
    return ZoneInfo(ZONES.get(register().department(department).code, PARIS))


@lru_cache(maxsize=256)
def _calendar(department: str, closed_days: frozenset[tuple[date, str]], opens_at: time) -> Calendar:
    closure = Closure(SUBDIVISIONS.get(department), closed_days)
    return Calendar(zone=zone_of(department), closure=closure, opens_at=opens_at)


@lru_cache(maxsize=1024)
def _holidays(subdivision: str | None, year: int) -> dict[date, str]:
    days = holidays.country_holidays("FR", subdiv=subdivision, years=year, language="fr", observed=False)
    return {day: " et ".join(days.get_list(day)) for day in days}

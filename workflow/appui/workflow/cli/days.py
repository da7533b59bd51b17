"""Days as people say them: « dans 3 jours (mardi 25 nov.) »."""

from __future__ import annotations

from datetime import date

from appui.states.wording import NBSP, counted

_MONTHS = "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.".split()
_WEEKDAYS = "lundi mardi mercredi jeudi vendredi samedi dimanche".split()
_NEAR = {-1: "hier", 0: "aujourd'hui", 1: "demain"}


def short_day(day: date, today: date) -> str:
    """Return « mardi 25 nov. », with the year when it is not the present one."""
    number = "1er" if day.day == 1 else str(day.day)
    year = "" if day.year == today.year else f" {day.year}"
    return f"{_WEEKDAYS[day.weekday()]} {number}{NBSP}{_MONTHS[day.month - 1]}{year}"


def relative_day(day: date, today: date) -> str:
    """Return « dans 3 jours (mardi 25 nov.) », « hier (…) », « il y a 12 jours (…) »."""
    days = (day - today).days
    said = _NEAR.get(days) or f"{'dans' if days > 0 else 'il y a'} {counted(abs(days), 'jour', 'jours')}"
    return f"{said} ({short_day(day, today)})"


def due(day: date, today: date, *, late: bool) -> str:
    """Return when a deadline falls: « dans 3 jours (…) », « en retard de 2 jours (…) »."""
    if not late:
        return relative_day(day, today)
    days = max((today - day).days, 1)
    return f"en retard de {counted(days, 'jour', 'jours')} ({short_day(day, today)})"


def since(day: date | None, today: date) -> str:
    """Return « depuis 12 jours (mercredi 12 nov.) », « depuis aujourd'hui », or that nobody knows."""
    if day is None:
        return "depuis un jour inconnu"
    days = (today - day).days
    said = _NEAR.get(-days) or counted(days, "jour", "jours")
    return f"depuis {said} ({short_day(day, today)})"


def iso_day(day: date | None) -> str:
    """Return « 25/11/2026 », empty when unknown: for columns."""
    return "" if day is None else f"{day:%d/%m/%Y}"

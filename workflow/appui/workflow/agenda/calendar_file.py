"""The calendar file: an agenda as the calendar program of its owner reads it (iCalendar, RFC 5545)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from icalendar import Calendar, Event

from appui.workflow.agenda.items import ASIDE, LATE_PART, Agenda, Item

_REFRESH = timedelta(hours=4)


def calendar_file(agenda: Agenda, *, owner: str, now: datetime) -> bytes:
    """Return whole days: each case on the day on which it is due, or comes back; what is late, today.

    A case has one event, whose identifier stays the same when its day moves.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//appui//agenda//FR")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", f"Demandes d'ingénierie : {owner}")
    calendar.add("refresh-interval", _REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT4H")
    for event in _events(agenda, now):
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _events(agenda: Agenda, now: datetime) -> Iterator[Event]:
    for item in agenda.items:
        day = _day_of(item)
        if day is None:
            continue
        event = Event()
        event.add("uid", f"{item.case.id}@agenda.appui")
        event.add("dtstamp", now)
        event.add("dtstart", day)
        event.add("dtend", day + timedelta(days=1))
        event.add("transp", "TRANSPARENT")
        event.add("class", "PRIVATE")
        event.add("summary", _summary(item))
        event.add("description", _description(item))
        yield event


def _day_of(item: Item) -> date | None:
    if item.part == LATE_PART:
        return item.on
    if item.part == ASIDE and item.note is not None:
        return item.note.until
    return item.deadline.due_on if item.deadline is not None else None


def _summary(item: Item) -> str:
    what = item.note.text if item.note is not None and not item.moved else None
    if what is None:
        what = item.deadline.label if item.deadline is not None else item.state_label
    late = "En retard : " if item.part == LATE_PART else ""
    return f"{late}{item.case.reference}, {item.case.applicant.name} : {what}"


def _description(item: Item) -> str:
    lines = [item.case.title, item.state_label]
    if item.deadline is not None:
        lines.append(f"{item.deadline.label} : {item.deadline.derivation}")
    if item.waiting_on:
        lines.append(f"En attente de : {', '.join(item.waiting_on)}")
    return "\n".join(lines)

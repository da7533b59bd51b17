"""Correspondence: what a message says, once the people and bodies that it speaks of have their names."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from appui.notifications.data import Occasion, data_of, samples, values_of
from appui.notifications.message import DEADLINES, Message
from appui.notifications.notices import notices
from appui.notifications.words import Words
from appui.states.case import Case
from appui.states.errors import InvalidData, NotAllowed
from appui.workflow.people import Person
from appui.workflow.territories import register, shown
from appui.workflow.work import Tools, Work


def words_of(message: Message, raw: Any, tools: Tools, *, link: str | None = None) -> Words:
    """Return a message in words: what its case said when it was queued, who everybody is as of now.

    `link`: where the recipient may follow the case.
    """
    settled = settled_of(message.data, raw, tools) | {"link": link}
    return tools.templates.words(message.notice, values_of(message, message.data, settled))


def settled_of(data: Mapping[str, Any], raw: Any, tools: Tools) -> dict[str, Any]:
    """Return who writes, who is spoken of, and how to reach them."""
    department = data["department"]
    desk = tools.settings.service.desk_of(department)
    person = _person(data.get("contact"), raw, tools)
    provider = tools.store.find_provider(raw, data["provider"]) if data.get("provider") else None
    service = str(desk.name)
    return {
        "department": register().department(department).name,
        "service": service,
        "contact": person.name if person else _within(service),
        "contact_phone": (person and person.phone) or desk.phone,
        "contact_email": (person and person.email) or desk.email,
        "contact_hours": desk.hours,
        "provider": provider.name if provider else data.get("provider"),
        "provider_contact": provider and provider.contact,
        "provider_phone": provider and provider.phone,
        "provider_email": provider and provider.email,
        DEADLINES: [_line(each, raw, tools) for each in data.get(DEADLINES) or ()],
    }


def _line(line: Mapping[str, Any], raw: Any, tools: Tools) -> dict[str, Any]:
    """Return a line of a reminder with the name of the absent person for whom it is."""
    absent = _person(line.get("on_behalf_of"), raw, tools)
    return dict(line) if absent is None else {**line, "on_behalf_of": absent.name}


def sample_words(tools: Tools, notice: str) -> Words:
    """Return what the message of a notice says in a fictive case. InvalidData for an unknown notice."""
    outside = _first_rule(notice) in OUTSIDE
    return tools.templates.words(
        notice, samples() | {"service": tools.settings.service.name, "outside": outside, "for_applicant": outside}
    )


def told_now(work: Work, notice: str, case: Case) -> Words:
    """Return what the message of a notice would say of a case as it is now.

    InvalidData for an unknown notice; NotAllowed to those outside the service, who may not read what it says to itself.
    """
    if work.is_outside(case):
        raise NotAllowed("Seul le service voit d'avance les courriels d'un dossier.")
    rule = _first_rule(notice)
    procedure = work.procedure(case)
    entries = [each.entry for each in work.tools.store.list_entries(work.raw, case.id)]
    actions = {name for name, action in procedure.actions.items() if notice in action.notices}
    causes = (each for each in reversed(entries) if each.action in actions)
    deadlines = work.tools.store.list_deadlines(work.raw, case.id)
    reminded = {rule.key for rule in procedure.deadlines.values() if rule.notice == notice}
    occasion = Occasion(
        case=case,
        procedure=procedure,
        calendar=work.tools.calendar(case.department),
        entry=next(causes, None),
        deadline=next((each.at(work.now) for each in deadlines if each.key in reminded), None),
    )
    message = Message(
        id="",
        case_id=case.id,
        seq=case.version,
        notice=notice,
        label=notices()[notice].label,
        recipient=rule,
        name=None,
        email=None,
        outside=rule in OUTSIDE,
        visit=case.current_visit.seq,
        not_before=work.now,
        data=data_of(occasion, work.tools.templates.names(notice)),
    )
    return words_of(message, work.raw, work.tools)


OUTSIDE = frozenset({"applicant", "participants", "consulted", "awaited", "provider", "unsigned"})
"""Rules of `notices.toml` that find people outside the service."""


def _first_rule(notice: str) -> str:
    """Return the first rule of a notice: previews write to whom it finds."""
    if notice not in notices():
        near = difflib.get_close_matches(notice, notices(), n=1)
        hint = f"vouliez-vous dire « {near[0]} » ?" if near else "« appui notice list » les donne."
        raise InvalidData([("notice", f"Aucun avis ne s'appelle « {shown(notice)} » ; {hint}")])
    return notices()[notice].to[0]


def _person(person_id: str | None, raw: Any, tools: Tools) -> Person | None:
    if person_id is None:
        return None
    return tools.directory.find(person_id) if tools.directory is not None else tools.store.find_person(raw, person_id)


def _within(service: str) -> str:
    """Return the name of a service as it stands within a sentence: « le service… »."""
    article = service.startswith(("Le ", "La ", "Les ", "L'", "L’"))
    return service[0].lower() + service[1:] if article else service

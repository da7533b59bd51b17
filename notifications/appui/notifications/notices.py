"""Notices: which messages a decision gives rise to, and for whom. Pure: the table says who, the case says which one."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from appui.notifications.message import Message
from appui.states import consultations, signatures
from appui.states.actor import ROLES
from appui.states.events import StateEntered
from appui.states.machine import Decision


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipient:
    """Who is told, settled for good when the message leaves, and what is known of them already."""

    who: str
    """The token that a message keeps."""
    outside: bool
    name: str | None = None
    email: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """One kind of message."""

    key: str
    label: str
    to: tuple[str, ...]
    when: str = ""
    entering: str = ""
    lapses: bool = False
    """Whether it makes sense only as long as the case stays in the state that gave rise to it."""


@cache
def notices() -> Mapping[str, Notice]:
    """Return every notice by its key."""
    table = tomllib.loads((files("appui.notifications") / "notices.toml").read_text(encoding="utf-8"))
    return {key: Notice(**{**each, "key": key, "to": tuple(each["to"])}) for key, each in table.items()}


def _no_data(_notice: str) -> Mapping[str, Any]:
    return {}


def messages_for(
    keys: Sequence[str],
    decision: Decision,
    *,
    not_before: datetime,
    new_id: Callable[[], str],
    data: Callable[[str], Mapping[str, Any]] = _no_data,
) -> tuple[Message, ...]:
    """Return the messages of a decision, one a recipient and notice, in the order of the notices.

    They may leave from `not_before` on. Nobody is told twice the same; a person is not told what they did themselves.
    `data` gives what the template of a notice needs, asked once a notice.
    """
    entry = decision.entry
    found: dict[tuple[str, str], Message] = {}
    for key in keys:
        notice = notices()[key]
        if not _applies(notice, decision):
            continue
        others = [each for each in recipients_of(notice, decision) if each.who != f"person:{entry.actor_id}"]
        told = data(key) if others else {}
        for recipient in others:
            message = _message(notice, recipient, decision, not_before=not_before, new_id=new_id, data=told)
            found.setdefault((key, recipient.email or recipient.who), message)
    return tuple(found.values())


def recipients_of(notice: Notice, decision: Decision) -> Iterator[Recipient]:
    """Yield who a notice is for, by its rules, on the case as it is after the action."""
    for rule in notice.to:
        if rule.startswith("role:"):
            yield Recipient(who=rule, outside=False, name=ROLES[rule.removeprefix("role:")])
        else:
            yield from RULES[rule](decision)


def _applies(notice: Notice, decision: Decision) -> bool:
    if notice.when and not decision.case.fact(notice.when):
        return False
    if not notice.entering:
        return True
    return any(isinstance(event, StateEntered) and event.state == notice.entering for event in decision.entry.events)


def _message(
    notice: Notice,
    recipient: Recipient,
    decision: Decision,
    *,
    not_before: datetime,
    new_id: Callable[[], str],
    data: Mapping[str, Any],
) -> Message:
    case, entry = decision.case, decision.entry
    return Message(
        id=new_id(),
        case_id=case.id,
        seq=entry.seq,
        notice=notice.key,
        label=notice.label,
        recipient=recipient.who,
        name=recipient.name,
        email=recipient.email,
        outside=recipient.outside,
        visit=case.current_visit.seq,
        not_before=not_before,
        data=data,
    )


def _applicant(decision: Decision) -> Iterator[Recipient]:
    contact: Mapping[str, Any] = decision.case.data.get("contact") or {}
    yield Recipient(
        who="applicant",
        outside=True,
        name=contact.get("name") or decision.case.applicant.name,
        email=contact.get("email"),
    )


def _assignee(decision: Decision) -> Iterator[Recipient]:
    if decision.case.assignee:
        yield Recipient(who=f"person:{decision.case.assignee}", outside=False)


def _in_charge(decision: Decision) -> Iterator[Recipient]:
    """Who must act: the assignee or, as long as there is none, those who hand requests out."""
    yield from _assignee(decision)
    if not decision.case.assignee:
        yield Recipient(who="role:intake_officer", outside=False, name=ROLES["intake_officer"])


def _participants(decision: Decision) -> Iterator[Recipient]:
    """Who is invited now, and who was: somebody left out of a moved meeting must hear of it too."""
    before = decision.before.fact("meeting.participants") if decision.before is not None else None
    everyone = [*(before or ()), *(decision.entry.data.get("participants") or ())]
    invited = {each["email"]: each for each in everyone if each.get("email")}
    for place, each in enumerate(invited.values()):
        yield Recipient(who=f"participant:{place}", outside=True, name=each["name"], email=each["email"])


def _consulted(decision: Decision) -> Iterator[Recipient]:
    for provider in decision.entry.data.get("providers") or ():
        yield Recipient(who=f"provider:{provider}", outside=True)


def _awaited(decision: Decision) -> Iterator[Recipient]:
    for provider in consultations.unanswered(decision.case):
        yield Recipient(who=f"provider:{provider}", outside=True)


def _provider(decision: Decision) -> Iterator[Recipient]:
    if decision.entry.data.get("provider"):
        yield Recipient(who=f"provider:{decision.entry.data['provider']}", outside=True)


def _unsigned(decision: Decision) -> Iterator[Recipient]:
    for party in signatures.missing(decision.case):
        yield Recipient(who=f"party:{party['id']}", outside=True, name=party["name"], email=party.get("email"))


RULES: dict[str, Callable[[Decision], Iterator[Recipient]]] = {
    "applicant": _applicant,
    "assignee": _assignee,
    "in_charge": _in_charge,
    "participants": _participants,
    "consulted": _consulted,
    "awaited": _awaited,
    "provider": _provider,
    "unsigned": _unsigned,
}
"""Recipient rule → whom it finds."""

"""Recipients: who a message's token stands for today."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from appui.notifications.message import Message
from appui.states.case import Case
from appui.workflow.db.store import Store
from appui.workflow.facts import Directory


def settled(
    messages: Iterable[Message], raw: Any, store: Store, directory: Directory | None, *, case: Case
) -> Iterator[Message]:
    """Yield each message of a case with the name and address known as of now; None stays where nobody knows.

    One that has left, or was given up, keeps those that it went to.
    """
    for message in messages:
        kind, _, code = message.recipient.partition(":")
        if message.attempts or message.departed:
            yield message
        elif kind == "person":
            person = directory.find(code) if directory is not None else store.find_person(raw, code)
            # Whoever has left learns nothing more.
            email = person.email if person and person.disabled_at is None else None
            yield replace(message, name=person.name if person else code, email=email)
        elif kind == "provider":
            provider = store.find_provider(raw, code)
            yield (
                replace(message, name=provider.name, email=provider.email) if provider else replace(message, name=code)
            )
        elif kind in _OF_CASE:
            yield _with_contact(message, _OF_CASE[kind](case, code))
        else:
            yield message


def _with_contact(message: Message, contact: Mapping[str, Any]) -> Message:
    return replace(message, name=contact.get("name") or message.name, email=contact.get("email") or message.email)


def _applicant(case: Case, _code: str) -> Mapping[str, Any]:
    return case.data.get("contact") or {}


def _party(case: Case, code: str) -> Mapping[str, Any]:
    parties = case.fact("convention.parties") or ()
    return next((party for party in parties if party["id"] == code), {})


_OF_CASE = {"applicant": _applicant, "party": _party}
"""Kind of recipient → what the case says of them now: it may have been corrected since."""

"""Recipients: who a message's token stands for today."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from appui.notifications.message import Message
from appui.workflow.db.store import Store
from appui.workflow.facts import Directory


def settled(messages: Iterable[Message], raw: Any, store: Store, directory: Directory | None) -> Iterator[Message]:
    """Yield each message with the name and address known as of now; None stays where nobody knows."""
    for message in messages:
        kind, _, code = message.recipient.partition(":")
        if kind == "person":
            person = directory.find(code) if directory is not None else store.find_person(raw, code)
            yield replace(message, name=person.name, email=person.email) if person else replace(message, name=code)
        elif kind == "provider":
            provider = store.find_provider(raw, code)
            yield (
                replace(message, name=provider.name, email=provider.email) if provider else replace(message, name=code)
            )
        else:
            yield message

"""Reminders as messages: one for each person and case, whatever number of deadlines fall together. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from appui.notifications.message import DEADLINES, Message
from appui.notifications.notices import messages_for
from appui.states.machine import Decision
from appui.states.reminders import Due


def reminders_for(
    dues: Sequence[Due],
    decision: Decision,
    *,
    not_before: datetime,
    new_id: Callable[[], str],
    data: Callable[[Due, str], Mapping[str, Any]],
) -> Iterator[Message]:
    """Yield a message for each notice of each deadline and each recipient, the most urgent first.

    `data` gives what the template of a notice needs to remind of a deadline.
    """
    for due in dues:
        told = partial(data, due)
        for message in messages_for(due.notices, decision, not_before=not_before, new_id=new_id, data=told):
            yield replace(message, data={**message.data, DEADLINES: [_line_of(due)]})


def merged(messages: Iterable[Message]) -> tuple[Message, ...]:
    """Return one message for each recipient: the first one, that reminds of all that the others were about."""
    found: dict[str, Message] = {}
    for message in messages:
        who = message.email or message.recipient
        first = found.get(who)
        found[who] = (
            message if first is None else replace(first, data={**first.data, DEADLINES: _joined(first, message)})
        )
    return tuple(found.values())


def _joined(first: Message, other: Message) -> list[dict[str, Any]]:
    lines = {line["key"]: line for line in (*first.data[DEADLINES], *other.data[DEADLINES])}
    return list(lines.values())


def _line_of(due: Due) -> dict[str, Any]:
    return {
        "key": due.key,
        "label": due.label,
        "due_on": due.due_on.isoformat(),
        "late": due.late,
        "missed": due.missed,
    }

"""Reasons: why a message exists, asked again when it is about to leave. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from appui.notifications.message import DEADLINES, Message
from appui.notifications.notices import notices
from appui.states.case import Case


def lapsed(message: Message, case: Case | None, *, running: Collection[str] = ()) -> str | None:
    """Return why a message makes no sense any more, in French; None when it still does.

    `running`: the keys of the deadlines that run, asked of reminders.
    """
    if case is None:
        return "Le dossier n'existe plus."
    reminded = [line["key"] for line in message.data.get(DEADLINES) or ()]
    if reminded and not any(key in running for key in reminded):
        return "Ce qui était attendu est arrivé entre-temps, ou ne l'est plus."
    notice = notices().get(message.notice)
    if notice is None:
        return None
    if notice.lapses and message.visit != case.current_visit.seq:
        return "Le dossier n'en est plus à cette étape."
    answers = [ANSWERED[rule](case, message) for rule in notice.to if rule in ANSWERED]
    return next((each for each in answers if each is not None), None)


def _signed(case: Case, message: Message) -> str | None:
    party = message.recipient.removeprefix("party:")
    return "Cette partie a signé entre-temps." if party in (case.data.get("signatures") or {}) else None


def _answered(case: Case, message: Message) -> str | None:
    provider = message.recipient.removeprefix("provider:")
    consultations: Mapping[str, Any] = case.data.get("consultations") or {}
    answer = (consultations.get(provider) or {}).get("accepts")
    return None if answer is None else "Ce prestataire a répondu entre-temps."


ANSWERED: Mapping[str, Callable[[Case, Message], str | None]] = {"unsigned": _signed, "awaited": _answered}
"""Recipient rule → why whom it found need not be told any more."""

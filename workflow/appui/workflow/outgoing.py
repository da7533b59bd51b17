"""Outgoing messages: what an operator sees of the outbox, and may do with it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from appui.notifications.letters import is_address
from appui.notifications.message import QUEUED, REFUSED, SENDING, STATUSES, UNKNOWN, Message
from appui.notifications.outbox import Outbox
from appui.notifications.transport import PermanentFailure, TemporaryFailure
from appui.states.errors import AppuiError, InvalidData
from appui.states.wording import listed
from appui.workflow.clock import Clock
from appui.workflow.db.database import Database
from appui.workflow.db.store import Store
from appui.workflow.delivery import Delivery
from appui.workflow.territories import shown

UNSETTLED = (REFUSED, UNKNOWN, SENDING, QUEUED)
"""What is not at its end, or ended badly."""
BY_HAND = "Annulé à la main."


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message, and the reference of the case that it is about."""

    reference: str
    message: Message


class OutgoingMail:
    """The messages of all cases, for who runs the installation."""

    def __init__(self, database: Database, store: Store, clock: Clock, delivery: Delivery) -> None:
        self._database = database
        self._store = store
        self._clock = clock
        self._outbox = Outbox(store)
        self._delivery = delivery

    def list(
        self, *, statuses: Collection[str] = UNSETTLED, case_id: str | None = None, limit: int = 100
    ) -> list[Outgoing]:
        """Return messages of those statuses, the longest due first. InvalidData for an unknown status."""
        unknown = [each for each in statuses if each not in STATUSES]
        if unknown:
            known = listed(list(STATUSES), last="ou")
            raise InvalidData([("status", f"« {shown(unknown[0])} » n'est pas un état de message : {known}.")])
        with self._database.reading() as raw:
            found = self._store.list_outgoing(raw, statuses=statuses, case_id=case_id, limit=limit)
        return [Outgoing(*each) for each in found]

    def get(self, message_id: str) -> Outgoing:
        """Return a message. AppuiError `message_not_found` when there is none of that identifier."""
        with self._database.reading() as raw:
            message = self._store.find_message(raw, message_id)
            case = self._store.load_case(raw, message.case_id) if message is not None else None
        if message is None or case is None:
            raise AppuiError(f"Aucun message « {shown(message_id)} ».", code="message_not_found")
        return Outgoing(case.reference, message)

    def letter(self, message_id: str) -> bytes | None:
        """Return a message as it was sent or will be sent again, None when it is not composed yet."""
        with self._database.reading() as raw:
            letter = self._outbox.find_letter(raw, message_id)
        return None if letter is None else letter.content

    def retry(self, message_id: str) -> Outgoing:
        """Have a message that waits, was refused or was cancelled leave with the next tick, its recipient found anew.

        AppuiError `message_sent` for one that was sent, or is being sent.
        """
        found = self.get(message_id)
        with self._database.transaction() as raw:
            if not self._outbox.retry(raw, message_id, now=self._clock()):
                raise _too_late(found.message)
        return self.get(message_id)

    def cancel(self, message_id: str) -> Outgoing:
        """Have a message that waits, or was refused, never leave. AppuiError `message_sent` when it is too late."""
        found = self.get(message_id)
        with self._database.transaction() as raw:
            if not self._outbox.cancel(raw, message_id, reason=BY_HAND):
                raise _too_late(found.message)
        return self.get(message_id)

    def test(self, address: str) -> str:
        """Send a letter of no case to an address; return what was answered.

        InvalidData when the address is none, AppuiError `mail_failed` with what went wrong.
        """
        if not is_address(address):
            raise InvalidData([("address", f"« {shown(address)} » n'est pas une adresse : attendu nom@exemple.fr.")])
        try:
            return self._delivery.test_letter(address)
        except (TemporaryFailure, PermanentFailure) as error:
            raise AppuiError(f"Le courriel d'essai n'est pas parti. {error}", code="mail_failed") from error


def _too_late(message: Message) -> AppuiError:
    now = STATUSES[message.status]
    return AppuiError(f"Ce message est {now} : il est trop tard pour y changer quelque chose.", code="message_sent")

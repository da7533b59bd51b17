"""Delivery: due messages leave. Each is claimed and composed in one transaction, sent, and recorded in another."""

from __future__ import annotations

import logging
import random
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from appui.notifications.attempts import DELAYS, Chance, Tried, accepted, failed
from appui.notifications.letters import Envelope, ImpossibleLetter, Mailbox, is_address, mailbox_of, written
from appui.notifications.message import CANCELLED, DEADLINES, QUEUED, REFUSED, Message
from appui.notifications.outbox import Claim, Letter, Outbox
from appui.notifications.reasons import lapsed
from appui.notifications.transport import Transport, Unreachable
from appui.notifications.words import Words
from appui.states.actor import ROLES
from appui.states.case import Case
from appui.states.deadlines import OPEN, deadlines_of
from appui.workflow.authorization import territories_of
from appui.workflow.clock import Clock
from appui.workflow.config import Mail
from appui.workflow.correspondence import words_of
from appui.workflow.db.database import Database
from appui.workflow.pace import Pace
from appui.workflow.recipients import settled
from appui.workflow.work import Tools

logger = logging.getLogger(__name__)

Compose = Callable[[Message, Any, Tools], Words]
"""Gives the words of a message, read on a raw connection."""
NOBODY = "appui@localhost"
"""The sender when none is configured: letters then stay in a folder."""
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class _Ready:
    """A message that can be sent."""

    claim: Claim
    message: Message
    letter: Letter


class _Dismissed(Exception):
    """A message is not to be sent; the message says why, in French."""

    def __init__(self, reason: str | None, *, status: str) -> None:
        super().__init__(reason or "")
        self.status = status


@dataclass(slots=True)
class _Round:
    """One call: what its threads share."""

    delivered: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Delivery:
    """Sends what is due. Any number of threads and processes may do it at the same time."""

    def __init__(
        self,
        *,
        database: Database,
        tools: Tools,
        transport: Transport,
        clock: Clock,
        compose: Compose = words_of,
        chance: Chance = random.random,
    ) -> None:
        self._transport = transport
        self._database = database
        self._tools = tools
        self._compose = compose
        self._clock = clock
        self._chance = chance
        self._outbox = Outbox(tools.store)
        self._mail: Mail = tools.settings.mail
        self._sender = mailbox_of(self._mail.sender or NOBODY) or Mailbox(address=NOBODY)
        self._pace = Pace(self._mail.per_minute, clock)
        self._stopping = threading.Event()

    def deliver(self) -> int:
        """Send all that is due, as far as the server and the rate let us; return how many were tried.

        Stops at the first sign that the server cannot be spoken to, and when told to `stop`.
        """
        here, now = _Round(), self._clock()
        with self._database.transaction() as raw:
            self._outbox.expire(raw, now=now, again_at=now + DELAYS[0])
        # The first window says whether there is work for more than one.
        if self._window(here):
            with ThreadPoolExecutor(self._mail.connections, thread_name_prefix="appui-mail") as pool:
                for each in [pool.submit(self._until_empty, here) for _ in range(self._mail.connections)]:
                    each.result()
        return here.delivered

    def stop(self) -> None:
        """Have `deliver` end after the letters that are being sent, and do nothing until `allow`."""
        self._stopping.set()

    def allow(self) -> None:
        """Have `deliver` work, again after `stop`."""
        self._stopping.clear()

    def close(self) -> None:
        """Let go of the transport's connections."""
        close = getattr(self._transport, "close", None)
        if close is not None:
            close()

    def test_letter(self, address: str) -> str:
        """Send a letter that says that letters arrive; return what was answered. Raises what the transport raises."""
        words = Words(
            subject="Essai d'envoi",
            text="Ce courriel d'essai vient d'appui : l'envoi fonctionne.\n",
            html="<p>Ce courriel d'essai vient d'appui : l'envoi fonctionne.</p>\n",
        )
        recipient = Mailbox(address=address)
        letter = written(words, self._envelope(str(uuid.uuid4()), str(uuid.uuid4()), recipient))
        return self._transport.send(self._sender.address, self._mail.only_to or address, letter) or "accepté"

    def _until_empty(self, here: _Round) -> None:
        while self._window(here):
            pass

    def _window(self, here: _Round) -> bool:
        """Send one window of messages; return whether there may be more to do."""
        if self._stopping.is_set() or here.stopped.is_set():
            return False
        allowed = self._pace.take(self._mail.window)
        if not allowed:
            return False
        # Whoever holds the lease has the time to send all of the window, however slow the server.
        until = self._clock() + timedelta(seconds=self._mail.timeout_seconds) * (self._mail.window + 1)
        with self._database.transaction() as raw:
            claims = self._outbox.claim(raw, now=self._clock(), until=until, limit=allowed)
            ready = [each for claim in claims if (each := self._prepared(raw, claim)) is not None]
        self._pace.give_back(allowed - len(ready))
        tries: list[tuple[_Ready, Tried]] = []
        for each in ready:
            # A process that was held up for longer has lost what it has not sent yet to somebody else.
            if self._stopping.is_set() or here.stopped.is_set() or self._clock() >= until:
                break
            tries.append((each, self._tried(each, here)))
        untried = ready[len(tries) :]
        if ready:
            with self._database.transaction() as raw:
                for each, tried in tries:
                    if not self._outbox.record(raw, each.claim, tried):
                        logger.warning("message %s was taken over while it was being sent", each.message.id)
                self._outbox.release(raw, [each.claim for each in untried])
        self._pace.give_back(len(untried))
        with here.lock:
            here.delivered += len(tries)
        return bool(claims)

    def _tried(self, ready: _Ready, here: _Round) -> Tried:
        message = ready.message
        try:
            answer = self._transport.send(self._sender.address, ready.letter.email, ready.letter.content)
        except Exception as error:  # noqa: BLE001 (a host's transport may raise anything: nothing of it may be lost)
            if isinstance(error, Unreachable):
                here.stopped.set()
            logger.warning("message %s was not sent: %s: %s", message.id, type(error).__name__, error)
            return failed(
                error,
                attempts=message.attempts,
                doubtful=message.doubtful,
                now=self._clock(),
                chance=self._chance,
            )
        return accepted(answer, now=self._clock())

    def _prepared(self, raw: Any, claim: Claim) -> _Ready | None:
        """Return the message ready to leave, composed now or before; None, and recorded, when it must not."""
        message = self._tools.store.find_message(raw, claim.message_id)
        if message is None:
            return None
        try:
            return self._composed(raw, claim, message)
        except _Dismissed as dismissal:
            self._outbox.dismiss(raw, claim, status=dismissal.status, reason=str(dismissal))
        except ImpossibleLetter as error:
            self._outbox.dismiss(raw, claim, status=REFUSED, reason=str(error))
        except Exception:
            # A fault of a template or of a row must not keep the others from leaving; one of the base ends it all here.
            logger.exception("message %s (%s) cannot be composed", message.id, message.notice)
            reason = f"Le texte de « {message.label} » n'a pas pu être composé."
            self._outbox.dismiss(raw, claim, status=REFUSED, reason=reason)
        return None

    def _composed(self, raw: Any, claim: Claim, message: Message) -> _Ready:
        case = self._tools.store.load_case(raw, message.case_id)
        reason = lapsed(message, case, running=self._running(raw, message, case))
        if case is None or reason is not None:
            raise _Dismissed(reason, status=CANCELLED)
        letter = self._outbox.find_letter(raw, message.id)
        if letter is not None:
            return _Ready(claim, message, letter)
        message = self._settled(raw, message, case)
        if not message.email:
            raise _Dismissed(f"Aucune adresse connue pour {_called(message)}.", status=REFUSED)
        if not is_address(message.email):
            raise _Dismissed(f"L'adresse connue pour {_called(message)} n'en est pas une.", status=REFUSED)
        words = self._compose(message, raw, self._tools)
        envelope = self._envelope(message.id, case.id, Mailbox(address=message.email, name=message.name or ""))
        letter = Letter(message.id, envelope.addressee, written(words, envelope))
        self._outbox.keep_letter(raw, letter)
        return _Ready(claim, message, letter)

    def _running(self, raw: Any, message: Message, case: Case | None) -> frozenset[str]:
        """Return the deadlines of the case that run, for a reminder; nobody asks of another message."""
        if case is None or not message.data.get(DEADLINES):
            return frozenset()
        deadlines = deadlines_of(self._tools.procedures.pinned(raw, case), case, self._tools.calendar(case.department))
        return frozenset(key for key, each in deadlines.items() if each.status == OPEN)

    def _settled(self, raw: Any, message: Message, case: Case) -> Message:
        """Return the message with its recipient, settled for good; when several hold a role, each gets one."""
        kind, _, role = message.recipient.partition(":")
        if kind == "role":
            today = self._tools.calendar(case.department).local_day(self._clock())
            holders = self._tools.store.people_holding(raw, [role], territories_of(case), today)
            for each in holders[1:]:
                who = f"person:{each.id}"
                new_id = str(uuid.uuid4())
                self._outbox.copy(raw, message.id, new_id=new_id, recipient=who, name=each.name, now=self._clock())
            if holders:
                message = replace(message, recipient=f"person:{holders[0].id}", name=holders[0].name)
        # Nobody has it yet, since it is not composed.
        waiting = replace(message, status=QUEUED, attempts=0)
        (settled_now,) = settled([waiting], raw, self._tools.store, self._tools.directory, case=case)
        message = replace(message, name=settled_now.name, email=settled_now.email)
        self._outbox.settle(raw, message.id, recipient=message.recipient, name=message.name, email=message.email)
        return message

    def _envelope(self, message_id: str, case_id: str, recipient: Mailbox) -> Envelope:
        return Envelope(
            message_id=message_id,
            case_id=case_id,
            sender=self._sender,
            recipient=recipient,
            written_at=self._clock(),
            only_to=self._mail.only_to,
        )


def _called(message: Message) -> str:
    kind, _, code = message.recipient.partition(":")
    if kind == "role":
        return f"le rôle « {ROLES.get(code, code)} », que personne ne tient ici"
    return message.name or ("la collectivité" if kind == "applicant" else code)

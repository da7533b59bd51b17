"""A mail server of the tests' own, on a port of this machine: it answers what it is told to."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

HANG, CUT, LATE = "hang", "cut", "late"
"""Instead of an answer: none at all; the connection closed; the right one, once `Post.release` is called."""
USER, PASSWORD = "appui", "correct horse"


@dataclass(slots=True)
class Post:
    """What a server has taken, and how it answers."""

    rcpt: Callable[[str], str | None] = lambda _: None
    """Recipient → answer to RCPT; None: taken."""
    data: Callable[[str], str | None] = lambda _: None
    """Recipient → answer to the text, or HANG, CUT, LATE; None: taken."""
    taken: list[tuple[str, str, bytes]] = field(default_factory=list)
    """(sender, recipient, letter)."""
    connections: set[Any] = field(default_factory=set)
    encrypted: list[bool] = field(default_factory=list)
    cut_in_text: bool = False
    """Whether the connection is closed while the text comes."""
    cut_after_one: bool = False
    """Whether the connection is closed when a second letter begins."""
    late: threading.Event = field(default_factory=threading.Event)

    @property
    def message_ids(self) -> list[str]:
        """The Message-ID of each letter taken."""
        return [str(message_from_bytes(content)["Message-ID"]) for _, _, content in self.taken]

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Answer to a recipient."""
        self.connections.add(session.peer)
        answer = self.rcpt(address)
        if answer is not None:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's)
        """Answer to a letter."""
        (recipient,) = envelope.rcpt_tos
        answer = self.data(recipient)
        if answer == HANG:
            await asyncio.Event().wait()
        if answer == CUT:
            _cut(server)
            return "250 unheard"
        if answer == LATE:
            await asyncio.get_running_loop().run_in_executor(None, self.late.wait, 20)
        if answer is None or answer == LATE:
            assert isinstance(envelope.content, bytes)
            self.taken.append((str(envelope.mail_from), recipient, envelope.content))
            self.encrypted.append(session.ssl is not None)
            return "250 OK queued"
        return answer


class _Server(SMTP):
    async def smtp_MAIL(self, arg: str) -> None:  # noqa: N802 (aiosmtpd's name)
        assert self.session is not None
        if self.event_handler.cut_after_one and self.session.peer in self.event_handler.connections:
            _cut(self)
            return
        await super().smtp_MAIL(arg)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 (aiosmtpd's name)
        if self.event_handler.cut_in_text:
            await self.push("354 go ahead")
            await self._reader.readline()
            _cut(self)
            return
        await super().smtp_DATA(arg)


def _cut(server: SMTP) -> None:
    assert server.transport is not None
    server.transport.close()


class Sink(Controller):
    """The server itself, in a thread; `Sink(post, tls_context=…, require_starttls=True)`."""

    def factory(self) -> SMTP:
        """Return what speaks to one client."""
        return _Server(self.handler, **self.SMTP_kwargs)


def authenticated(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, login: Any) -> AuthResult:
    """Let in whoever knows the password."""
    right = (login.login, login.password) == (USER.encode(), PASSWORD.encode())
    # handled: aiosmtpd answers 535 only when told that nobody has answered yet.
    return AuthResult(success=right, handled=False)

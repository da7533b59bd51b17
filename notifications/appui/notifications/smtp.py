"""SMTP: letters handed to a mail server over a few kept connections."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import ssl
import threading
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

import aiosmtplib

from appui.notifications.transport import LostAnswer, PermanentFailure, TemporaryFailure, Unreachable

Security = Literal["starttls", "tls", "none"]
LETTERS_A_CONNECTION = 50
"""Then it is closed: servers think ill of those who never leave."""
IDLE_SECONDS = 30
"""A connection that rested longer is not used again: the server may have closed it."""
_GOODBYE_SECONDS = 5
_TURNS_SECONDS = 0.01
_TOO_LARGE = 552
_CLOSING = 421

_INHERITED: list[list[_Line]] = []

_T = TypeVar("_T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """A mail server and how to speak to it."""

    host: str
    port: int
    security: Security = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    timeout_seconds: float = 60
    """For one letter, from the connection to the last answer."""
    ca_file: Path | None = None
    """Certificates to trust instead of the system's."""


class SmtpTransport:
    """Hands letters to one server; as many connections are kept as threads send at the same time."""

    def __init__(self, server: Server) -> None:
        """Take the server; it is spoken to with the first letter."""
        self._server = server
        self._idle: list[_Line] = []
        self._lock = threading.Lock()
        self._pid = os.getpid()

    def send(self, sender: str, recipient: str, content: bytes) -> str | None:
        """Hand a letter over and return the server's answer. Not from within an event loop: it blocks."""
        line = self._taken()
        try:
            return line.send(sender, recipient, content)
        finally:
            self._put_back(line)

    def close(self) -> None:
        """Say goodbye on every connection that nobody uses."""
        with self._lock:
            idle, self._idle = self._idle, []
        for line in idle:
            line.close()

    def _taken(self) -> _Line:
        while True:
            with self._lock:
                if self._pid != os.getpid():
                    # Forked: the parent speaks on these connections. They are neither used nor closed here.
                    _INHERITED.append(self._idle)
                    self._idle, self._pid = [], os.getpid()
                line = self._idle.pop() if self._idle else None
            if line is None:
                return _Line(self._server)
            if line.is_fresh:
                return line
            line.close()

    def _put_back(self, line: _Line) -> None:
        if not line.is_fresh:
            line.close()
            return
        with self._lock:
            self._idle.append(line)


class _Line:
    """One connection, with an event loop of its own: whichever thread has the line runs it."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._loop = asyncio.new_event_loop()
        self._client: aiosmtplib.SMTP | None = None
        self._letters = 0
        self._rested_since = time.monotonic()
        self._in_data = False

    @property
    def is_fresh(self) -> bool:
        """Whether it can take another letter."""
        if self._client is None or not self._client.is_connected:
            return False
        return self._letters < LETTERS_A_CONNECTION and time.monotonic() - self._rested_since < IDLE_SECONDS

    def send(self, sender: str, recipient: str, content: bytes) -> str | None:
        """Hand a letter over; a line that fails otherwise than by a server's answer is no longer fresh."""
        self._in_data = False
        try:
            return self._run(self._exchanged(sender, recipient, content))
        except aiosmtplib.SMTPResponseException as error:
            raise _refusal(error, in_data=self._in_data) from error
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            self._drop()
            if self._in_data:
                raise LostAnswer(f"Aucune réponse après l'envoi du texte : {_cause(error)}.") from error
            raise Unreachable(f"Le serveur {self._server.host} ne répond pas : {_cause(error)}.") from error
        finally:
            self._rested_since = time.monotonic()

    def close(self) -> None:
        """Say goodbye and close."""
        if self._client is not None and self._client.is_connected:
            with contextlib.suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
                self._run(self._client.quit(timeout=_GOODBYE_SECONDS))
        self._drop()
        # What is closed has things left to do in the next turns of the loop.
        self._loop.run_until_complete(asyncio.sleep(_TURNS_SECONDS))
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    def _drop(self) -> None:
        if self._client is None:
            return
        transport = self._client.transport
        self._client.close()
        if isinstance(transport, asyncio.WriteTransport):
            # An encrypted connection would wait for the other side's goodbye.
            transport.abort()
        self._client = None

    def _run(self, work: Coroutine[Any, Any, _T]) -> _T:
        return self._loop.run_until_complete(asyncio.wait_for(work, self._server.timeout_seconds))

    async def _exchanged(self, sender: str, recipient: str, content: bytes) -> str:
        client = await self._begun(sender)
        try:
            await client.rcpt(recipient)
            self._in_data = True
            response = await client.data(content)
        except aiosmtplib.SMTPResponseException as error:
            if error.code == _CLOSING:
                client.close()
            else:
                with contextlib.suppress(aiosmtplib.SMTPException, OSError):
                    await client.rset()
            raise
        self._letters += 1
        return f"{response.code} {response.message}"

    async def _begun(self, sender: str) -> aiosmtplib.SMTP:
        """Return a client that has been told the sender; a kept connection that the server closed is opened again."""
        if self._client is not None:
            try:
                await self._client.mail(sender)
            except (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError, OSError):
                self._client.close()
            except aiosmtplib.SMTPSenderRefused as error:
                if error.code != _CLOSING:
                    raise
                self._client.close()
            else:
                return self._client
        self._client = await self._connected()
        self._letters = 0
        await self._client.mail(sender)
        return self._client

    async def _connected(self) -> aiosmtplib.SMTP:
        server = self._server
        encrypted = server.security != "none"
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user or None,
            password=server.password if server.user else None,
            local_hostname=await self._loop.run_in_executor(None, socket.getfqdn),
            timeout=server.timeout_seconds,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            tls_context=ssl.create_default_context(cafile=server.ca_file) if encrypted else None,
        )
        try:
            await client.connect()
        except BaseException:
            client.close()
            raise
        return client


def _refusal(error: aiosmtplib.SMTPResponseException, *, in_data: bool) -> Exception:
    said = f"{error.code} {error.message}"
    # Refused are the letter and its recipient; a sender, a login or a greeting is refused to whatever we send.
    of_letter = isinstance(error, _OF_LETTER) or error.code == _TOO_LARGE
    if not of_letter or error.code == _CLOSING:
        return Unreachable(said)
    if 400 <= error.code < 500:
        return TemporaryFailure(said)
    if 500 <= error.code < 600:
        return PermanentFailure(said)
    return LostAnswer(said) if in_data else Unreachable(said)


_OF_LETTER = (aiosmtplib.SMTPRecipientRefused, aiosmtplib.SMTPDataError)
_CAUSES: tuple[tuple[type[BaseException], str], ...] = (
    (ssl.SSLError, "le chiffrement a échoué (certificat, version de TLS)"),
    (TimeoutError, "délai dépassé"),
    (aiosmtplib.SMTPServerDisconnected, "connexion coupée"),
    (aiosmtplib.SMTPConnectError, "connexion impossible"),
    (OSError, "connexion impossible"),
    (aiosmtplib.SMTPException, "il n'offre pas le chiffrement ou l'identification demandés"),
)
"""What went wrong → how it is told; the first that holds."""


def _cause(error: Exception) -> str:
    found = (error, error.__cause__)
    told = (text for kind, text in _CAUSES if any(isinstance(each, kind) for each in found))
    return next(told, "échange incompréhensible")

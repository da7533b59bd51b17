"""Letters: a message as it travels, in bytes. The same message always has the same Message-ID, a case one thread."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, formataddr, parseaddr
from html import escape

from appui.notifications.words import Words

_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_ADDRESS_MAX = 254
_UNSEEN = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")


class ImpossibleLetter(ValueError):
    """What was to be written cannot be; the message is a French sentence."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mailbox:
    """A name and an address."""

    address: str
    name: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Envelope:
    """What a letter needs beside its words."""

    message_id: str
    case_id: str
    sender: Mailbox
    recipient: Mailbox
    written_at: datetime
    """Aware."""
    only_to: str = ""
    """On an instance for tries, the one address to which everything goes."""

    @property
    def addressee(self) -> str:
        """The address to which it really goes."""
        return self.only_to or self.recipient.address


def mailbox_of(text: str) -> Mailbox | None:
    """Return the mailbox in « Nom <adresse> » or in a bare address, None when it is neither."""
    name, address = parseaddr(text)
    plain = text.strip() == address or text.strip().endswith(f"<{address}>")
    return Mailbox(address=address, name=name) if plain and is_address(address) else None


def is_address(text: str) -> bool:
    """Return whether a text is one address that any server takes: ASCII, nothing around it."""
    return len(text) <= _ADDRESS_MAX and _ADDRESS.fullmatch(text) is not None


def written(words: Words, envelope: Envelope) -> bytes:
    """Return the letter. ImpossibleLetter when a header would hold a line break, or an address is none."""
    for address in (envelope.sender.address, envelope.recipient.address, envelope.addressee):
        if not is_address(address):
            raise ImpossibleLetter(f"L'adresse « {_UNSEEN.sub('?', address)} » n'en est pas une.")
    domain = envelope.sender.address.rpartition("@")[2]
    thread = f"<{envelope.case_id}@{domain}>"
    # Chance would do for the boundary; this one makes the same letter of the same message.
    boundary = f"=_{envelope.message_id}"
    headers = {
        "From": _mailbox(envelope.sender),
        "To": _mailbox(Mailbox(address=envelope.addressee, name=envelope.recipient.name)),
        "Subject": _encoded(f"[essai] {words.subject}" if envelope.only_to else words.subject, "Subject"),
        "Date": format_datetime(envelope.written_at),
        "Message-ID": f"<{envelope.message_id}@{domain}>",
        # The case itself is the letter that all of its letters answer: none has to know the one before.
        "In-Reply-To": thread,
        "References": thread,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "MIME-Version": "1.0",
        "Content-Type": f'multipart/alternative; boundary="{boundary}"',
    }
    parts = (
        _part(_banner(envelope, html=False) + words.text, "plain"),
        _part(_with_banner(words.html, envelope), "html"),
    )
    head = "".join(f"{name}: {value}\n" for name, value in headers.items())
    body = "".join(f"\n--{boundary}\n{part}" for part in parts)
    return f"{head}{body}\n--{boundary}--\n".encode("ascii")


def _part(text: str, subtype: str) -> str:
    """Return a part of a letter. Put together by hand: the standard library takes ten times as long over a message."""
    content = base64.encodebytes(text.encode()).decode("ascii")
    return f'Content-Type: text/{subtype}; charset="utf-8"\nContent-Transfer-Encoding: base64\n\n{content}'


def _mailbox(mailbox: Mailbox) -> str:
    if mailbox.name.isascii():
        return formataddr((_seen(mailbox.name), mailbox.address))
    return f"{_encoded(mailbox.name, 'From')} <{mailbox.address}>"


def _encoded(text: str, header: str) -> str:
    """Return a text as a header takes it, in lines that are short enough."""
    return Header(_seen(text), "utf-8", header_name=header).encode()


def _seen(text: str) -> str:
    if _UNSEEN.search(text):
        raise ImpossibleLetter(
            f"« {_UNSEEN.sub('?', text)[:80]} » contient un saut de ligne ou un caractère de commande."
        )
    return text


def _banner(envelope: Envelope, *, html: bool) -> str:
    if not envelope.only_to:
        return ""
    name = f"{envelope.recipient.name} " if envelope.recipient.name else ""
    said = f"Instance d'essai : ce courriel était destiné à {name}<{envelope.recipient.address}>."
    return f"<p><strong>{escape(said)}</strong></p>" if html else f"{said}\n\n"


def _with_banner(html: str, envelope: Envelope) -> str:
    banner = _banner(envelope, html=True)
    start = re.search(r"<body[^>]*>", html, re.IGNORECASE)
    place = start.end() if start else 0
    return html[:place] + banner + html[place:]

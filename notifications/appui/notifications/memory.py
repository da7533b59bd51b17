"""Memory: a transport that keeps letters where a test can look at them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message as Parsed


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter that was handed over."""

    sender: str
    recipient: str
    content: bytes

    @property
    def parsed(self) -> Parsed:
        """The letter, its headers and parts."""
        return message_from_bytes(self.content)


@dataclass(slots=True)
class MemoryTransport:
    """Takes every letter, unless what it asks first raises."""

    answer: Callable[[str], str | None] | None = None
    """Asked for each recipient: what to answer; it may raise TemporaryFailure or PermanentFailure."""
    letters: list[Letter] = field(default_factory=list)
    """What was taken, in order."""

    def send(self, sender: str, recipient: str, content: bytes) -> str | None:
        """Keep a letter."""
        answer = self.answer(recipient) if self.answer is not None else None
        self.letters.append(Letter(sender, recipient, content))
        return answer

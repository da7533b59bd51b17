"""Transports: what hands a letter over, and the three ways in which that fails."""

from __future__ import annotations

from typing import Protocol


class TemporaryFailure(Exception):
    """The letter was not taken, and may be later; the message says what was answered."""


class Unreachable(TemporaryFailure):
    """The server cannot be spoken to, or refuses us whatever the letter: the others need not be tried now."""


class LostAnswer(TemporaryFailure):
    """The letter went and no answer came back: nobody knows whether it was taken. It will be sent again, the same."""


class PermanentFailure(Exception):
    """The letter will never be taken; the message says what was answered."""


class Transport(Protocol):
    """Hands letters over, several threads at a time. One that also has `close()` is closed with the engine."""

    def send(self, sender: str, recipient: str, content: bytes) -> str | None:
        """Hand a letter over to one recipient, and return what was answered, if anything.

        `sender` and `recipient` are bare addresses; `content` is the whole letter, its lines ended by line feeds.
        Raises TemporaryFailure (its subclasses say more) or PermanentFailure. Any other exception counts as LostAnswer.
        """
        ...

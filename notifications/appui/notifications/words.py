"""Words: what a message says, before it is a mail."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """One message in words, its text and its HTML made of the same paragraphs."""

    subject: str
    """One line."""
    text: str
    """Plain, lines ended by a line feed."""
    html: str
    """A whole document, without pictures and without anything to be fetched."""

"""Folding: text as it is compared and searched. Pure."""

from __future__ import annotations

import unicodedata


def folded(text: str) -> str:
    """Return the text without accents or capitals."""
    if text.isascii():
        return text.casefold()
    return "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char)).casefold()

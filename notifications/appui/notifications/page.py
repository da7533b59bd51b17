"""The page of a message: its paragraphs and other parts in order, from which both the text and the HTML are made."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from appui.states.wording import listed, typographic

_HIDDEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
_UNBROKEN = "\u00a0\u202f"
_SPACES = dict.fromkeys(map(ord, _UNBROKEN), " ")
_LIMIT = 20_000
"""Characters of one value: a whole report fits, a pasted library does not."""
_START = re.compile(r"(?:^|(?<=[.!?] ))l(?=(?:e|a|es) |['’])")
_MARK = re.compile("\x02([0-9]+)\x03")


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One thing on the page."""

    kind: str
    """`paragraph`, `quote`, `list`, `facts` or `todo`."""
    text: str = ""
    lines: tuple[str, ...] = ()
    """Of a quote or a list."""
    facts: tuple[tuple[str, str], ...] = ()


def plain(value: object) -> str:
    """Return a value on one line, without anything hidden: no control, no mark of direction, no private character.

    A list is an enumeration, and whether something is so is « oui » or « non ».
    """
    if isinstance(value, (list, tuple)):
        return listed([plain(each) for each in value])
    if isinstance(value, bool):
        return "oui" if value else "non"
    return re.sub(" +", " ", _visible(value)).strip(" ")


def plain_lines(value: object) -> tuple[str, ...]:
    """Return the lines of a text that are not empty, each as `plain` gives it."""
    return tuple(typographic(line) for each in str(value)[:_LIMIT].splitlines() if (line := plain(each)))


def _visible(value: object) -> str:
    text = unicodedata.normalize("NFC", str(value)[:_LIMIT])
    if text.translate(_SPACES).isprintable():
        return text
    shown = (" " if letter.isspace() and letter not in _UNBROKEN else letter for letter in text)
    return "".join(letter for letter in shown if letter == " " or unicodedata.category(letter) not in _HIDDEN)


def _sentences(text: str) -> str:
    """Return the text with a capital where a sentence begins with an article: « le service… » is also a name."""
    return _START.sub(lambda found: found[0].upper(), text)


class Mark(str):
    """What stands for a part in a body. Only the page makes one: a value that looks the same is none."""

    __slots__ = ()


class Page:
    """Collects what a template puts on the page. Its functions give marks that stand for their parts in the body."""

    def __init__(self) -> None:
        self._parts: list[Part] = []

    def functions(self) -> Mapping[str, Any]:
        """Return the functions that a body may call, by name."""
        return {name: getattr(self, name) for name in FUNCTIONS}

    def facts(self, *pairs: tuple[str, object]) -> str:
        """Put (label, value) lines, those without a value left out."""
        said = ((plain(label), typographic(plain(value))) for label, value in pairs if value is not None)
        known = tuple((label, value) for label, value in said if value)
        return self._mark(Part(kind="facts", facts=known)) if known else ""

    def items(self, values: Iterable[object] | None) -> str:
        """Put a list."""
        lines = tuple(typographic(line) for value in values or () if (line := plain(value)))
        return self._mark(Part(kind="list", lines=lines)) if lines else ""

    def quote(self, text: object) -> str:
        """Put somebody's own words, their lines kept."""
        lines = plain_lines(text) if text is not None else ()
        return self._mark(Part(kind="quote", lines=lines)) if lines else ""

    def todo(self, text: object, by: object = None) -> str:
        """Put what the reader has to do, and by when if that is known."""
        until = "" if by is None else f" au plus tard le {plain(by)}"
        return self._mark(Part(kind="todo", text=typographic(f"{plain(text)}{until}.")))

    def _mark(self, part: Part) -> Mark:
        self._parts.append(part)
        return Mark(f"\n\n\x02{len(self._parts) - 1}\x03\n\n")

    def parts(self, body: str) -> Iterator[Part]:
        """Yield what a rendered body holds, in order: blank lines set its paragraphs apart."""
        for chunk in re.split(r"\n[ \t]*\n", body):
            found = _MARK.fullmatch(chunk.strip())
            if found is not None:
                yield self._parts[int(found[1])]
            elif words := plain(chunk):
                yield Part(kind="paragraph", text=_sentences(typographic(words)))


FUNCTIONS = ("facts", "items", "quote", "todo")
"""What a body may call."""


def text_of(parts: Iterable[Part]) -> str:
    """Return the parts as plain text, a blank line between two."""
    return "\n\n".join(_TEXTS[part.kind](part) for part in parts)


_TEXTS: Mapping[str, Callable[[Part], str]] = {
    "paragraph": lambda part: part.text,
    "todo": lambda part: f"→ {part.text}",
    "list": lambda part: "\n".join(f"– {line}" for line in part.lines),
    "quote": lambda part: "\n".join(f"> {line}" for line in part.lines),
    "facts": lambda part: "\n".join(f"{label}\u00a0: {value}" for label, value in part.facts),
}

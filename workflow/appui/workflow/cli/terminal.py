"""The terminal: what is written there fits its width, holds no hidden character, and is plain when it is not one."""

from __future__ import annotations

import io
import os
import sys
import unicodedata
from contextlib import suppress
from typing import TextIO

from rich.console import Console, RenderableType

WIDTH_WHEN_PIPED = 80
_UNSHOWN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_SPACES = {"\t": "    ", "\r\n": "\n"}


def prepare_streams() -> None:
    """Have the standard streams replace what their encoding does not know, rather than fail."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def plain(value: object) -> str:
    """Return text that cannot move the cursor, change colours or hide: only line breaks are kept."""
    text = str(value)
    for space, seen in _SPACES.items():
        text = text.replace(space, seen)
    return "".join("\ufffd" if char != "\n" and unicodedata.category(char) in _UNSHOWN else char for char in text)


def console(stream: TextIO | None = None) -> Console:
    """Return a console on the stream (by default stdout): 80 columns and no colour unless it is a terminal."""
    target = stream or sys.stdout
    on_terminal = target.isatty()
    return Console(
        file=target,
        width=None if on_terminal else WIDTH_WHEN_PIPED,
        force_terminal=on_terminal,
        force_jupyter=False,
        markup=False,
        emoji=False,
        highlight=False,
    )


def rendered(*renderables: RenderableType, stream: TextIO | None = None) -> str:
    """Return what is printed on the stream: wrapped, and without the spaces that fill lines when it is no terminal."""
    printer = console(stream)
    with printer.capture() as captured:
        for each in renderables:
            printer.print(each)
    if printer.is_terminal:
        return captured.get()
    return "".join(f"{line.rstrip(' ')}\n" for line in captured.get().splitlines())


def say(*renderables: RenderableType) -> None:
    """Print renderables on stdout. Strings are taken as they are: clean them with `plain` first."""
    print(rendered(*renderables), end="")


def complain(*lines: str) -> None:
    """Print lines on stderr, cleaned and wrapped."""
    print(rendered(*(plain(line) for line in lines), stream=sys.stderr), end="", file=sys.stderr)


def flush_quietly() -> None:
    """Hand over what is still buffered; when nobody reads any more, let nothing be said about it at exit."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        silence_stdout()


def silence_stdout() -> None:
    """Send the rest of stdout nowhere: its reader has left."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)

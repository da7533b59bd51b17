"""Files: those that an import is given, and those that it leaves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from appui.states.errors import AppuiError


def read_file(path: Path, limit: int) -> bytes:
    """Return the content of a file, cut one byte after the limit: whoever reads it says that it is too long."""
    try:
        with path.open("rb") as file:
            return file.read(limit + 1)
    except (OSError, ValueError) as error:
        text = f"Le fichier « {str(path)[:300]} » ne peut pas être lu : vérifiez son chemin et ses droits."
        raise AppuiError(text, code="unreadable_file") from error


@contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """Give a file to write, made before the work begins and removed when nothing came of it.

    AppuiError when there is one already (somebody may be correcting it), or when none can be made there.
    """
    try:
        file = path.open("xb")
    except FileExistsError as error:
        name = str(path)[:300]
        text = f"Le fichier « {name} » existe déjà : corrigez-le et importez-le, ou nommez-en un autre par --errors."
        raise AppuiError(text, code="existing_file") from error
    except (OSError, ValueError) as error:
        raise _unwritable(path) from error
    written = False
    try:
        with file:
            yield file
            written = file.tell() > 0
    finally:
        if not written:
            path.unlink(missing_ok=True)


def write_file(path: Path, content: bytes) -> None:
    """Write a file, in the place of any that has its name."""
    try:
        path.write_bytes(content)
    except (OSError, ValueError) as error:
        raise _unwritable(path) from error


def _unwritable(path: Path) -> AppuiError:
    text = f"Le fichier « {str(path)[:300]} » ne peut pas être écrit : vérifiez son dossier et ses droits."
    return AppuiError(text, code="unwritable_file")

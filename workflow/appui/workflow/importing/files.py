"""Files: those that an import is given, and those that it leaves."""

from __future__ import annotations

from pathlib import Path

from appui.states.errors import AppuiError

_REFUSALS = "-refus.csv"
"""How the name of a file of refusals ends, beside the file that was imported."""


def read_file(path: Path, limit: int) -> bytes:
    """Return the content of a file, cut one byte after the limit: whoever reads it says that it is too long."""
    try:
        with path.open("rb") as file:
            return file.read(limit + 1)
    except (OSError, ValueError) as error:
        text = f"Le fichier « {str(path)[:300]} » ne peut pas être lu : vérifiez son chemin et ses droits."
        raise AppuiError(text, code="unreadable_file") from error


def refusals_path(path: Path) -> Path:
    """Return where the lines that an import refuses are written, unless another place is named."""
    return path.with_name(f"{path.stem}{_REFUSALS}")


def write_new_file(path: Path, content: bytes) -> None:
    """Write a file that does not exist yet."""
    _write(path, content, mode="xb", help_="vérifiez son chemin, ses droits, et qu'il n'existe pas déjà.")


def write_file(path: Path, content: bytes) -> None:
    """Write a file, in the place of any that has its name."""
    _write(path, content, mode="wb", help_="vérifiez son dossier et ses droits.")


def _write(path: Path, content: bytes, *, mode: str, help_: str) -> None:
    try:
        with path.open(mode) as file:
            file.write(content)
    except (OSError, ValueError) as error:
        text = f"Le fichier « {str(path)[:300]} » ne peut pas être écrit : {help_}"
        raise AppuiError(text, code="unwritable_file") from error

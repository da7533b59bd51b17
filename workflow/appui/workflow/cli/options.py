"""Options: those that several commands share, and how their values are read."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from appui.workflow.cli.french import WrongUse

DATA_MAX_BYTES = 5 << 20
_DATA_HELP = "données de l'action : un objet JSON, @FICHIER qui le contient, ou @- pour l'entrée standard"


@dataclass(frozen=True, slots=True)
class Globals:
    """What stands before the command."""

    config: Path | None = None


def day(name: str) -> Callable[[str], date]:
    """Return what reads a date written YYYY-MM-DD. WrongUse, which names the option, for anything else."""

    def read(text: str) -> date:
        try:
            if len(text) != 10:
                raise ValueError
            return date.fromisoformat(text)
        except ValueError:
            raise WrongUse(f"{name} attend une date, par exemple 2026-03-31, pas « {text} ».") from None

    return read


def whole_number(name: str, *, least: int, most: int) -> Callable[[str], int]:
    """Return what reads a whole number. WrongUse, which names the option, for anything else."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
            raise WrongUse(f"{name} attend un nombre entier de {least} à {most}, pas « {text} ».")
        return int(text)

    return read


def read_data(given: str | None, *, name: str = "--data") -> Mapping[str, Any]:
    """Return the object that an option gives: JSON, `@FILE` or `@-`. WrongUse says what is wrong with it."""
    if given is None:
        return {}
    content = _content(given[1:], name) if given.startswith("@") else given
    try:
        data = json.loads(content, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        place = f"ligne {error.lineno}, colonne {error.colno}"
        raise WrongUse(f"{name} n'est pas du JSON ({place}) : vérifiez guillemets, virgules et accolades.") from None
    except (ValueError, RecursionError):
        raise WrongUse(f"{name} contient un nombre impossible, ou trop d'objets l'un dans l'autre.") from None
    if not isinstance(data, dict):
        raise WrongUse(f'{name} attend un objet JSON, par exemple {{"reason": "…"}}.')
    return data


def _content(path: str, name: str) -> str:
    try:
        if path == "-":
            content = sys.stdin.buffer.read(DATA_MAX_BYTES + 1)
        else:
            with Path(path).open("rb") as file:
                content = file.read(DATA_MAX_BYTES + 1)
    except (OSError, ValueError):
        raise WrongUse(f"{name} : le fichier « {path} » ne peut pas être lu.") from None
    if len(content) > DATA_MAX_BYTES:
        raise WrongUse(f"{name} : plus de 5 Mio ; les documents se joignent par « appui case attach ».")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise WrongUse(f"{name} n'est pas en UTF-8.") from None


def _refuse_constant(_name: str) -> Any:
    raise ValueError


CaseName = Annotated[
    str, typer.Argument(metavar="DOSSIER", help="identifiant ou référence du dossier, par exemple 79-2026-0001")
]
ReadingAs = Annotated[
    str | None,
    typer.Option("--as", metavar="PERSONNE", help="identifiant de qui lit ; par défaut l'opérateur, qui voit tout"),
]
ActingAs = Annotated[
    str, typer.Option("--as", metavar="PERSONNE", help="identifiant de qui agit, que donne « appui user list »")
]
Json = Annotated[bool, typer.Option("--json", help="répond en JSON")]
Data = Annotated[str | None, typer.Option("--data", metavar="JSON", help=_DATA_HELP)]

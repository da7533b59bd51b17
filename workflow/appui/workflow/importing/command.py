"""The command `appui import`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from appui.states.errors import AppuiError
from appui.states.wording import counted
from appui.workflow.cli.access import opened
from appui.workflow.cli.options import ActingAs, day
from appui.workflow.cli.terminal import plain, say
from appui.workflow.importing import mapping as mappings
from appui.workflow.importing import tracker
from appui.workflow.importing.requests import STATUSES, LineResult, Report, import_requests

app = typer.Typer(help="Reprendre ce que le service tient ailleurs.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Reprendre ce que le service tient ailleurs."""


@app.command("requests")
def requests(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FICHIER", help="tableau de suivi, en CSV")],
    *,
    department: Annotated[str, typer.Option("--department", metavar="CODE", help="département du tableau : 79, 2A…")],
    known_on: Annotated[
        date,
        typer.Option(
            "--known-on", metavar="JOUR", parser=day("--known-on"), help="jour où le tableau était vrai : 2021-09-14"
        ),
    ],
    mapping: Annotated[
        Path, typer.Option("--mapping", metavar="FICHIER", help="correspondance des colonnes et des mots, en TOML")
    ],
    as_: ActingAs,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="essaie sans rien écrire")] = False,
) -> None:
    """Reprend les demandes d'un tableau de suivi : toutes, ou aucune si une ligne ne peut pas l'être."""
    with opened(ctx) as engine:
        report = import_requests(
            engine,
            _read(file, tracker.FILE_MAX_BYTES),
            _read(mapping, mappings.FILE_MAX_BYTES),
            department=department,
            known_on=known_on,
            actor=engine.people.actor(as_),
            dry_run=dry_run,
        )
    for line in told(report, tried=dry_run):
        say(plain(line))
    if report.refused:
        raise typer.Exit(1)


def told(report: Report, *, tried: bool) -> Iterator[str]:
    """Yield what became of each line, then of them all; in French."""
    yield from (_line(line, STATUSES[line.status]) for line in report.lines)
    totals = (f"{word} : {report.count(status)}" for status, word in STATUSES.items())
    yield f"{counted(len(report.lines), 'ligne', 'lignes')} — {', '.join(totals)}."
    if report.refused:
        yield "Rien n'a été écrit : corrigez les lignes refusées, puis recommencez."
    elif tried:
        yield "Essai seulement : rien n'a été écrit."


def _line(line: LineResult, status: str) -> str:
    reference = f" {line.reference}" if line.reference else ""
    note = f" — {line.text}" if line.text else ""
    return f"ligne {line.line} · {status}{reference} · {line.applicant} · {line.title}{note}"


def _read(path: Path, limit: int) -> bytes:
    """Return the content of a file, cut one byte after the limit: whoever reads it says that it is too long."""
    try:
        with path.open("rb") as file:
            return file.read(limit + 1)
    except (OSError, ValueError) as error:
        text = f"Le fichier « {str(path)[:300]} » ne peut pas être lu : vérifiez son chemin et ses droits."
        raise AppuiError(text, code="unreadable_file") from error

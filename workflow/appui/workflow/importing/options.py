"""Options: those that every import of a table has, and the file of what it refuses."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO, Annotated

import typer

from appui.workflow.cli.french import WrongUse
from appui.workflow.importing.files import new_file

SheetName = Annotated[
    str | None,
    typer.Option("--sheet", metavar="NOM", help="feuille du classeur, s'il en a plusieurs qui conviennent"),
]
AcceptAll = Annotated[bool, typer.Option("--accept-all", help="reprend tout ce qui diffère de la reprise d'avant")]
Partial = Annotated[
    bool, typer.Option("--partial", help="reprend ce qui peut l'être, et garde les lignes refusées dans un fichier")
]
Errors = Annotated[
    Path | None,
    typer.Option("--errors", metavar="FICHIER", help="où vont les lignes refusées ; par défaut FICHIER-refus.csv"),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="essaie sans rien écrire")]


def refusals_path(file: Path, errors: Path | None, *, partial: bool) -> Path:
    """Return where the lines that an import refuses are written. WrongUse when they are to go nowhere."""
    if errors is not None and not partial:
        raise WrongUse("--errors ne va qu'avec --partial : sans lui, rien n'est repris si une ligne est refusée.")
    return errors or file.with_name(f"{file.stem}-refus.csv")


def kept_aside(path: Path, *, partial: bool, dry_run: bool) -> AbstractContextManager[IO[bytes] | None]:
    """Give the file for the refused lines, None when there is none to write. AppuiError when it is there already."""
    return new_file(path) if partial and not dry_run else nullcontext()

"""The command `appui export requests`. Docstrings of commands are their help."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from appui.states.errors import InvalidData
from appui.states.wording import counted
from appui.workflow.cli.access import actor_of, opened
from appui.workflow.cli.french import WrongUse
from appui.workflow.cli.options import ReadingAs
from appui.workflow.cli.terminal import plain, say
from appui.workflow.importing import mapping_file
from appui.workflow.importing.export import read_mapping, register_sheet
from appui.workflow.importing.files import read_file, write_file
from appui.workflow.reports.sheets import Sheet, to_csv, to_xlsx

app = typer.Typer(help="Rendre le registre sous la forme que le service connaît.", no_args_is_help=True)

WRITERS: dict[str, Callable[[Sheet], bytes]] = {".csv": to_csv, ".xlsx": lambda sheet: to_xlsx([sheet])}
"""Ending of a file's name → what is written there."""


@app.callback()
def group() -> None:
    """Rendre le registre sous la forme que le service connaît."""


@app.command("requests")
def requests(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FICHIER", help="fichier à écrire, en .csv ou en .xlsx")],
    *,
    mapping: Annotated[
        Path, typer.Option("--mapping", metavar="FICHIER", help="correspondance des colonnes et des mots, en TOML")
    ],
    department: Annotated[
        str | None,
        typer.Option("--department", metavar="CODE", help="79, 2A… ; inutile si la correspondance le dit"),
    ] = None,
    as_: ReadingAs = None,
) -> None:
    """Écrit les demandes d'un département dans les colonnes de son propre tableau, qui peut ensuite être repris."""
    writer = WRITERS.get(file.suffix.lower())
    if writer is None:
        raise WrongUse(f"Attendu un fichier en .csv ou en .xlsx, pas « {file.name} ».")
    with opened(ctx) as engine:
        read = read_mapping(engine, read_file(mapping, mapping_file.FILE_MAX_BYTES))
        where = department or read.department
        if where is None:
            text = "Le département n'est dit ni par la commande (--department) ni par la correspondance."
            raise InvalidData([("department", text)])
        sheet = register_sheet(engine, read, department=where, actor=actor_of(engine, as_))
    write_file(file, writer(sheet))
    say(plain(f"Fait : {counted(len(sheet.rows), 'demande', 'demandes')} dans {file}"))
    if read.caveat:
        say(plain(read.caveat))

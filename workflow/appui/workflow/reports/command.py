"""`appui report`: the figures of a territory. Docstrings of commands are their help."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import RenderableType
from rich.table import Table

from appui.states.errors import AppuiError
from appui.workflow.cli.access import actor_of, opened
from appui.workflow.cli.french import WrongUse
from appui.workflow.cli.json_output import write_json
from appui.workflow.cli.options import Json, ReadingAs, day
from appui.workflow.cli.rendering import facts_table, heading, ruled, text
from appui.workflow.cli.terminal import plain, say
from appui.workflow.figures import Period
from appui.workflow.indicators import Indicators
from appui.workflow.reports.indicators import (
    details_of,
    heading_of,
    long_sheet,
    remarks_of,
    sheets_of,
)
from appui.workflow.reports.sheets import TEXT, Sheet, shown, to_csv, to_xlsx
from appui.workflow.reports.words import envelope_in_words, operators_in_words, share_in_words

app = typer.Typer(help="Les chiffres d'un territoire.", no_args_is_help=True)

WRITERS: dict[str, Callable[[Indicators], bytes]] = {
    ".csv": lambda found: to_csv(long_sheet(found)),
    ".xlsx": lambda found: to_xlsx(sheets_of(found)),
}
"""Ending of a file's name → what is written there."""


@app.callback()
def group() -> None:
    """Les chiffres d'un territoire."""


def _instant(value: str) -> datetime:
    try:
        found = datetime.fromisoformat(value)
        if found.tzinfo is None:
            raise ValueError
    except ValueError:
        text = f"--recorded-as-of attend un instant avec son fuseau, 2026-03-31T18:00+02:00, pas « {value} »."
        raise WrongUse(text) from None
    return found


def _period(value: str) -> Any:
    """Return a civil year, or two days « 2026-01-01..2026-06-30 »."""
    first, separator, last = value.partition("..")
    if not separator:
        if not (value.isascii() and value.isdigit() and len(value) == 4 and int(value)):
            raise WrongUse(f"--period attend une année (2026) ou deux jours (2026-01-01..2026-06-30), pas « {value} ».")
        return int(value)
    return day("--period")(first), day("--period")(last)


@app.command("indicators")
def indicators(
    ctx: typer.Context,
    *,
    department: Annotated[str | None, typer.Option("--department", metavar="CODE", help="79, 2A, 971…")] = None,
    territory: Annotated[
        str | None,
        typer.Option(
            "--territory", metavar="TERRITOIRE", help="nation, region:75, arrondissement:791, epci:…, commune:79191"
        ),
    ] = None,
    period: Annotated[
        Any | None,
        typer.Option(
            "--period", metavar="PÉRIODE", parser=_period, help="une année, ou deux jours : 2026-01-01..2026-06-30"
        ),
    ] = None,
    as_of: Annotated[
        date | None,
        typer.Option("--as-of", metavar="JOUR", parser=day("--as-of"), help="ce qui s'était passé à ce jour"),
    ] = None,
    recorded_as_of: Annotated[
        datetime | None,
        typer.Option("--recorded-as-of", metavar="INSTANT", parser=_instant, help="ce qui était saisi à cet instant"),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FICHIER", help="écrit un fichier .csv ou .xlsx")
    ] = None,
    as_: ReadingAs = None,
    json: Json = False,
) -> None:
    """Compte les demandes d'un territoire : étapes, part locale, conventions, durées, retards, enveloppe."""
    where = _territory(department, territory)
    write = None if output is None else _writer(output)
    asked: Period = period
    with opened(ctx) as engine:
        found = engine.indicators(
            actor=actor_of(engine, as_), territory=where, period=asked, as_of=as_of, recorded_as_of=recorded_as_of
        )
    if output is not None and write is not None:
        _keep(output, write(found))
    if json:
        write_json(found)
        return
    if output is not None:
        say(plain(f"Fait : {output}"))
        return
    say(*told(found))


def told(found: Indicators) -> list[RenderableType]:
    """Return the figures as they are printed."""
    facts = [
        ("Demandes", f"{found.cases}, dont {found.open} en cours"),
        ("Part locale", share_in_words(found.share)),
        ("Vers l'ANCT", f"{found.share.national} ; encore possibles sous l'objectif : {found.share.allowance}"),
        ("Autres opérateurs", operators_in_words(found.share)),
        ("Enveloppe", envelope_in_words(found.envelope)),
    ]
    parts: list[RenderableType] = [heading(heading_of(found)), facts_table(facts)]
    parts += [_table(sheet) for sheet in details_of(found)]
    return [*parts, *(text(f"· {each}", "dim") for each in remarks_of(found))]


def _table(sheet: Sheet) -> Table:
    table = ruled(*(column.title for column in sheet.columns))
    for column, drawn in zip(sheet.columns, table.columns, strict=True):
        drawn.justify = "left" if column.kind == TEXT else "right"
    for row in sheet.rows:
        table.add_row(*(text(shown(cell, each.kind)) for cell, each in zip(row, sheet.columns, strict=True)))
    return table


def _territory(department: str | None, territory: str | None) -> str:
    if department is not None and territory is not None:
        raise WrongUse("Donnez --department ou --territory, pas les deux.")
    return f"department:{department}" if department is not None else territory or "nation"


def _writer(path: Path) -> Callable[[Indicators], bytes]:
    writer = WRITERS.get(path.suffix.lower())
    if writer is None:
        raise WrongUse(f"--output attend un fichier en .csv ou en .xlsx, pas « {path.name} ».")
    return writer


def _keep(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except (OSError, ValueError) as error:
        text_ = f"Le fichier « {str(path)[:300]} » ne peut pas être écrit : vérifiez son dossier et ses droits."
        raise AppuiError(text_, code="unwritable_file") from error

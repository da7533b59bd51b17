"""The command `appui import requests`. The docstring is its help."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from appui.states.wording import counted, listed
from appui.workflow.cli.access import opened
from appui.workflow.cli.options import ActingAs, day, whole_number
from appui.workflow.cli.terminal import plain, say
from appui.workflow.importing import mapping_file, tables
from appui.workflow.importing.files import read_file
from appui.workflow.importing.options import AcceptAll, DryRun, Errors, Partial, SheetName, kept_aside, refusals_path
from appui.workflow.importing.refusals import Refused, refusals_file
from appui.workflow.importing.requests import ALL, REFUSED, STATUSES, LineResult, Report, import_requests
from appui.workflow.views import DIFFERENT, Difference

STATE = "étape"
"""How the difference of reading is called, beside those of the columns."""


def requests(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FICHIER", help="tableau de suivi, en XLSX ou en CSV")],
    *,
    known_on: Annotated[
        date,
        typer.Option(
            "--known-on", metavar="JOUR", parser=day("--known-on"), help="jour où le tableau était vrai : 2021-09-14"
        ),
    ],
    mapping: Annotated[
        Path, typer.Option("--mapping", metavar="FICHIER", help="correspondance des colonnes et des mots, en TOML")
    ],
    department: Annotated[
        str | None,
        typer.Option(
            "--department",
            metavar="CODE",
            help="79, 2A… ; inutile si la correspondance le dit",
        ),
    ] = None,
    as_: ActingAs,
    sheet: SheetName = None,
    accept: Annotated[
        list[int] | None,
        typer.Option(
            "--accept",
            metavar="LIGNE",
            parser=whole_number("--accept", least=1, most=1_100_000),
            help="reprend ce qui a changé à cette ligne ; répétable",
        ),
    ] = None,
    accept_all: AcceptAll = False,
    partial: Partial = False,
    errors: Errors = None,
    dry_run: DryRun = False,
) -> None:
    """Reprend les demandes d'un tableau de suivi : toutes, ou aucune si une ligne ne peut pas l'être.

    Une ligne déjà reprise n'ajoute rien ; ce qu'elle dit de nouveau est montré, et n'est repris qu'avec --accept ou
    --accept-all.
    """
    content, terms = read_file(file, tables.FILE_MAX_BYTES), read_file(mapping, mapping_file.FILE_MAX_BYTES)
    refusals = refusals_path(file, errors, partial=partial)
    with opened(ctx) as engine, kept_aside(refusals, partial=partial, dry_run=dry_run) as left:
        report = import_requests(
            engine,
            content,
            terms,
            department=department,
            known_on=known_on,
            actor=engine.people.actor(as_),
            sheet=sheet,
            accept=ALL if accept_all else accept or (),
            partial=partial,
            dry_run=dry_run,
        )
        if left is not None and report.written and report.refused:
            lines = (each for each in report.lines if each.status == REFUSED)
            refused = (Refused(each.line, each.cells or {}, each.text) for each in lines)
            left.write(refusals_file(report.headers, refused))
    for line in told(report, tried=dry_run, refusals=refusals):
        say(plain(line))
    if report.refused and not (partial and report.written):
        raise typer.Exit(1)


def told(report: Report, *, tried: bool, refusals: Path) -> Iterator[str]:
    """Yield what became of each line, how the file was read, the totals, then what is left to do; in French."""
    for line in report.lines:
        yield _line(line)
        yield from (f"    {_difference(each)}" for each in line.differences)
    yield from (f"Lecture : {note}" for note in report.notes)
    totals = [f"{word} : {report.count(status)}" for status, word in STATUSES.items() if report.count(status)]
    yield f"{counted(len(report.lines), 'ligne', 'lignes')} — {', '.join(totals)}."
    waiting = [str(line.line) for line in report.lines if line.status == DIFFERENT and not line.text]
    if waiting:
        lines = f"{'ligne' if len(waiting) == 1 else 'lignes'} {listed(waiting)}"
        yield f"Ce qui a changé n'a pas été repris ({lines}) : --accept-all reprend tout, --accept LIGNE une ligne."
    if tried:
        yield "Essai seulement : rien n'a été écrit."
    elif not report.written:
        yield "Rien n'a été écrit : corrigez les lignes refusées et recommencez, ou reprenez le reste avec --partial."
    elif report.refused:
        kept = counted(report.count(REFUSED), "ligne refusée", "lignes refusées")
        yield f"{kept}, avec leur motif, dans « {refusals} » : corrigez-y ce qui ne va pas, puis importez ce fichier."


def _line(line: LineResult) -> str:
    reference = f" {line.reference}" if line.reference else ""
    parts = (f"ligne {line.line}", f"{STATUSES[line.status]}{reference}", line.applicant, line.title, line.becomes)
    note = f" — {line.text}" if line.text else ""
    return " · ".join(filter(None, parts)) + note


def _difference(difference: Difference) -> str:
    name = STATE if difference.name == "state" else difference.name
    before, after = (
        f"« {' '.join(text.split())} »" if text else "rien" for text in (difference.before, difference.after)
    )
    return f"{name} : {before} → {after}"

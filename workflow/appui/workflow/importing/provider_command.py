"""The command `appui import providers`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from appui.states.wording import counted, listed
from appui.workflow.cli.access import opened
from appui.workflow.cli.options import ActingAs
from appui.workflow.cli.terminal import plain, say
from appui.workflow.importing import mapping_file, tables
from appui.workflow.importing.files import read_file
from appui.workflow.importing.options import AcceptAll, DryRun, Errors, Partial, SheetName, kept_aside, refusals_path
from appui.workflow.importing.providers import STATUSES, LineResult, Report, import_providers
from appui.workflow.providers import LABELS, SheetDifference
from appui.workflow.revisions import REFUSED
from appui.workflow.territories import register
from appui.workflow.views import DIFFERENT


def providers(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FICHIER", help="plaquette, une fiche par ligne, en XLSX ou en CSV")],
    *,
    department: Annotated[
        str, typer.Option("--department", metavar="CODE", help="département de la plaquette : 79, 2A…")
    ],
    mapping: Annotated[
        Path | None,
        typer.Option(
            "--mapping", metavar="FICHIER", help="correspondance, en TOML, si les en-têtes ou les mots sont à vous"
        ),
    ] = None,
    as_: ActingAs,
    sheet: SheetName = None,
    accept: Annotated[
        list[str] | None,
        typer.Option(
            "--accept",
            metavar="PRESTATAIRE",
            help="reprend ce qui diffère dans cette fiche ; peut être répétée",
        ),
    ] = None,
    accept_all: AcceptAll = False,
    partial: Partial = False,
    errors: Errors = None,
    dry_run: DryRun = False,
) -> None:
    """Reprend la plaquette des prestataires : toutes les fiches, ou aucune si l'une ne peut pas l'être.

    Une fiche est reconnue à son identifiant, ou à défaut à son nom. Ce qui diffère d'une fiche déjà là est montré, et
    n'est repris qu'avec --accept ou --accept-all.
    """
    content = read_file(file, tables.FILE_MAX_BYTES)
    terms = None if mapping is None else read_file(mapping, mapping_file.FILE_MAX_BYTES)
    refusals = refusals_path(file, errors, partial=partial)
    with opened(ctx) as engine, kept_aside(refusals, partial=partial, dry_run=dry_run) as left:
        report = import_providers(
            engine,
            content,
            terms,
            department=department,
            actor=engine.people.actor(as_),
            sheet=sheet,
            accept=accept or (),
            accept_all=accept_all,
            partial=partial,
            dry_run=dry_run,
        )
        themes = engine.providers.themes
        if left is not None and report.refused:
            left.write(report.refusals_file())
    for line in told(report, themes, tried=dry_run, refusals=refusals):
        say(plain(line))
    if report.refused and not report.written:
        raise typer.Exit(1)


def told(report: Report, themes: Mapping[str, str], *, tried: bool, refusals: Path) -> Iterator[str]:
    """Yield what became of each line, how the file was read, the totals, then what is left to do; in French.

    `themes`: identifier → label; `refusals`: where the refused lines were written.
    """
    for line in report.lines:
        yield _line(line)
        yield from (f"    {_difference(each, themes)}" for each in line.differences)
    if report.source:
        yield f"Source : {report.source}."
    yield from (f"Lecture : {note}" for note in report.notes)
    totals = [f"{word} : {report.count(status)}" for status, word in STATUSES.items() if report.count(status)]
    yield f"{counted(len(report.lines), 'ligne', 'lignes')} — {', '.join(totals)}."
    waiting = [line.id for line in report.lines if line.status == DIFFERENT]
    if waiting:
        yield (
            f"Ce qui diffère n'a pas été repris ({listed(waiting)}) : --accept-all reprend tout, "
            "--accept PRESTATAIRE une fiche."
        )
    if tried:
        yield "Essai seulement : rien n'a été écrit."
    elif not report.written:
        yield "Rien n'a été écrit : corrigez les lignes refusées et recommencez, ou reprenez le reste avec --partial."
    elif report.refused:
        kept = counted(report.count(REFUSED), "ligne refusée et son motif", "lignes refusées et leurs motifs")
        yield f"« {refusals} » garde {kept} : corrigez-y ce qui ne va pas, puis importez ce fichier."


def _line(line: LineResult) -> str:
    parts = (f"ligne {line.line}", STATUSES[line.status], line.id, line.name)
    note = f" — {line.text}" if line.text else ""
    return " · ".join(filter(None, parts)) + note


def _difference(difference: SheetDifference, themes: Mapping[str, str]) -> str:
    before, after = (_shown(difference.field, value, themes) for value in (difference.before, difference.after))
    return f"{LABELS[difference.field]} : {before} → {after}"


def _shown(field: str, value: Any, themes: Mapping[str, str]) -> str:
    match field:
        case "themes":
            return listed([themes.get(theme, theme) for theme in value]) or "toutes"
        case "territories":
            return listed([register().territory_label(territory) for territory in value]) or "non précisés"
        case _:
            return "rien" if value is None else f"« {' '.join(value.split())} »"

"""`appui agenda`: what somebody has to do, what they put aside, and the address of their calendar.

The docstrings of commands are their help, hence in French.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from appui.states.deadlines import LATE
from appui.states.wording import listed
from appui.workflow.agenda.items import ASIDE, LATE_PART, LATER, TODAY, WAITING, WEEK, Agenda, Item, Stuck
from appui.workflow.cli.access import actor_of, found_case, opened
from appui.workflow.cli.days import due, relative_day, since
from appui.workflow.cli.french import WrongUse
from appui.workflow.cli.json_output import write_json
from appui.workflow.cli.options import ActingAs, CaseName, Json, day
from appui.workflow.cli.rendering import heading, ruled, text
from appui.workflow.cli.terminal import plain, say

TITLES = {
    LATE_PART: "En retard",
    TODAY: "Aujourd'hui",
    WEEK: "Cette semaine",
    LATER: "Plus tard",
    WAITING: "En attente des autres",
    ASIDE: "Mis de côté",
}
"""Part of an agenda → how it is called."""

agenda = typer.Typer(
    help="L'agenda d'une personne : ce qu'elle a à faire, ce qui attend les autres.", invoke_without_command=True
)


@agenda.callback()
def show(
    ctx: typer.Context,
    *,
    as_: Annotated[
        str | None, typer.Option("--as", metavar="PERSONNE", help="identifiant de la personne dont c'est l'agenda")
    ] = None,
    json: Json = False,
) -> None:
    """Montre l'agenda d'une personne : en retard, aujourd'hui, cette semaine, en attente des autres.

    S'y ajoutent les dossiers des absents qu'elle remplace, et ceux sur lesquels personne ne peut agir.
    """
    if ctx.invoked_subcommand is not None:
        if as_ is not None or json:
            raise WrongUse(f"--as et --json s'écrivent après « {ctx.invoked_subcommand} ».")
        return
    if as_ is None:
        raise WrongUse("Il manque l'option --as PERSONNE : de qui voulez-vous l'agenda ?", ctx=ctx)
    with opened(ctx) as engine:
        actor = actor_of(engine, as_)
        found = engine.agendas.of(actor)
        if json:
            write_json(found)
            return
        names = {person.id: person.name for person in engine.people.list()}
        say(_page(found, names))


@agenda.command("aside")
def aside(
    ctx: typer.Context,
    case: CaseName,
    why: Annotated[str, typer.Argument(metavar="MOTIF", help="pourquoi, en quelques mots : « relancer la mairie »")],
    *,
    until: Annotated[
        date,
        typer.Option("--until", metavar="JOUR", parser=day("--until"), help="jour où le dossier revient à l'agenda"),
    ],
    as_: ActingAs,
    json: Json = False,
) -> None:
    """Met un dossier de côté jusqu'à un jour, ou jusqu'à ce qu'il s'y passe quelque chose.

    C'est un pense-bête personnel : les autres ne le voient pas, le dossier et ses échéances n'en sont pas changés.
    """
    with opened(ctx) as engine:
        actor = actor_of(engine, as_)
        found = found_case(engine, case, actor=actor)
        note = engine.agendas.put_aside(found.id, until, why, actor=actor)
        if json:
            write_json(note)
            return
        say(text(f"{found.reference} reviendra à votre agenda le {note.until:%d/%m/%Y} : {note.text}"))


@agenda.command("take-up")
def take_up(ctx: typer.Context, case: CaseName, *, as_: ActingAs) -> None:
    """Reprend un dossier mis de côté."""
    with opened(ctx) as engine:
        actor = actor_of(engine, as_)
        found = found_case(engine, case, actor=actor)
        was_aside = engine.agendas.take_up(found.id, actor=actor)
        what = "revient à votre agenda" if was_aside else "n'était pas de côté"
        say(text(f"{found.reference} {what}."))


@agenda.command("calendar")
def calendar(
    ctx: typer.Context,
    file: Annotated[Path | None, typer.Argument(metavar="[FICHIER]", help="où l'écrire ; sinon sur la sortie")] = None,
    *,
    key: Annotated[str, typer.Option("--key", metavar="CLÉ", help="clé donnée par « appui agenda key »")],
) -> None:
    """Écrit l'agenda qu'ouvre une clé, au format des calendriers (iCalendar)."""
    with opened(ctx) as engine:
        content = engine.agendas.calendar(key)
    if file is None:
        sys.stdout.buffer.write(content)
        return
    try:
        file.write_bytes(content)
    except OSError:
        raise WrongUse(f"Le fichier « {file} » ne peut pas être écrit.") from None


@agenda.command("key")
def key_command(
    ctx: typer.Context,
    *,
    revoke: Annotated[bool, typer.Option("--revoke", help="ferme l'agenda, sans donner d'autre clé")] = False,
    as_: ActingAs,
) -> None:
    """Donne la clé par laquelle un logiciel de calendrier lit l'agenda ; l'ancienne n'ouvre plus rien.

    La clé est secrète : qui l'a lit cet agenda. Elle n'est montrée qu'une fois.
    """
    with opened(ctx) as engine:
        actor = actor_of(engine, as_)
        if not revoke:
            say(text(engine.agendas.give_feed(actor).key))
            return
        closed = engine.agendas.revoke_feed(actor)
        say(text("L'agenda est fermé." if closed else "Cet agenda n'avait pas de clé."))


def _page(found: Agenda, names: dict[str, str]) -> RenderableType:
    parted = [(title, found.part(part)) for part, title in TITLES.items()]
    titled = [(title, _table(items, names), len(items)) for title, items in parted if items]
    if found.stuck:
        titled.append(("Sans personne pour agir", _stuck_table(found.stuck), len(found.stuck)))
    if not titled:
        return text("Rien à faire : aucun dossier en cours ne vous attend.")
    parts: list[RenderableType] = []
    for title, table, count in titled:
        parts += [heading(f"{title} ({count})"), table]
    if not found.complete:
        parts.append(text("Les dossiers les plus pressés sont là ; il y en a d'autres : voyez « appui case list »."))
    return Group(*parts)


def _table(items: Sequence[Item], names: dict[str, str]) -> RenderableType:
    table = ruled("Référence", "Demandeur et objet", "Ce qui est attendu")
    table.columns[0].no_wrap = True
    for item in items:
        case = item.case
        who = text(case.applicant.name).append(f"\n{plain(case.title)}", "dim")
        if item.on_behalf_of:
            who.append(f"\npour {plain(names.get(item.on_behalf_of, item.on_behalf_of))}, absent", "yellow")
        table.add_row(text(case.reference), who, _expected(item))
    return table


def _expected(item: Item) -> Text:
    lines: list[tuple[str, str]] = []
    if item.note is not None and not item.moved:
        lines.append((f"{item.note.text}, {relative_day(item.note.until, item.on)}", "bold"))
    elif item.moved:
        lines.append(("a changé depuis que vous l'aviez mis de côté", "yellow"))
    if item.waiting_on:
        lines.append((f"en attente de {listed(item.waiting_on)}, {since(item.since, item.on)}", ""))
    elif item.case.suspended_since is not None:
        lines.append((f"suspendu {since(item.since, item.on)}", ""))
    if item.deadline is not None and item.deadline.due_on is not None:
        late = item.deadline.status == LATE
        lines.append((f"{item.deadline.label}, {due(item.deadline.due_on, item.on, late=late)}", "red" if late else ""))
    lines.append((f"{item.state_label} {since(item.case.current_visit.on, item.on)}", "dim"))
    found = Text()
    for place, (words, style) in enumerate(lines):
        found.append(("\n" if place else "") + plain(words), style)
    return found


def _stuck_table(stuck: Sequence[Stuck]) -> RenderableType:
    table = ruled("Référence", "Pourquoi")
    table.columns[0].no_wrap = True
    for each in stuck:
        table.add_row(text(each.case.reference), text(each.why))
    return table

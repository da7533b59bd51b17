"""`appui outbox`: what is to be sent, what could not be, what a hand may do. Docstrings of commands are their help."""

from __future__ import annotations

from datetime import tzinfo
from typing import Annotated

import typer
from rich.console import RenderableType

from appui.notifications.message import STATUSES
from appui.workflow.calendars import zone_of
from appui.workflow.cli.access import actor_of, found_case, opened
from appui.workflow.cli.json_output import write_json
from appui.workflow.cli.options import Json, whole_number
from appui.workflow.cli.rendering import facts_table, message_status, recipient_lines, ruled, text
from appui.workflow.cli.terminal import plain, say
from appui.workflow.outgoing import UNSETTLED, Outgoing

outbox = typer.Typer(help="La boîte d'envoi : ce qui doit partir, ce qui n'a pas pu, et ce qu'on peut y faire.")

DEFAULT_LIMIT = 100
MessageId = Annotated[str, typer.Argument(metavar="MESSAGE", help="identifiant, que donne « appui outbox list »")]


@outbox.command("list")
def list_command(
    ctx: typer.Context,
    *,
    status: Annotated[
        list[str] | None,
        typer.Option(
            "--status",
            metavar="ÉTAT",
            help=f"{', '.join(STATUSES)} ; peut être répétée ; par défaut ce qui n'est pas envoyé",
        ),
    ] = None,
    case: Annotated[
        str | None, typer.Option("--case", metavar="DOSSIER", help="identifiant ou référence d'un dossier")
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option("--limit", metavar="N", parser=whole_number("--limit", least=1, most=1000), help="100 par défaut"),
    ] = None,
    json: Json = False,
) -> None:
    """Liste les messages qui attendent, sont incertains ou ont été refusés."""
    with opened(ctx) as engine:
        case_id = found_case(engine, case, actor=actor_of(engine, None)).id if case else None
        found = engine.outbox.list(statuses=status or UNSETTLED, case_id=case_id, limit=limit or DEFAULT_LIMIT)
    if json:
        write_json([_plain(each) for each in found])
        return
    if not found:
        say("Aucun message.")
        return
    table = ruled("Dossier", "Message", "À", "Sort")
    table.columns[0].no_wrap = True
    for each in found:
        label = text(each.message.label).append(f"\n{plain(each.message.id)}", "dim")
        table.add_row(
            text(each.reference), label, text(recipient_lines(each.message)), message_status(each.message, _zone())
        )
    say(table)


@outbox.command()
def show(
    ctx: typer.Context,
    message: MessageId,
    *,
    letter: Annotated[bool, typer.Option("--letter", help="montre aussi le courriel, tel qu'il est parti")] = False,
    json: Json = False,
) -> None:
    """Montre la vie d'un message : pour qui, combien d'essais, ce que le serveur a répondu."""
    with opened(ctx) as engine:
        found = engine.outbox.get(message)
        content = engine.outbox.letter(message) if letter else None
    words = None if content is None else content.decode("utf-8", "replace")
    if json:
        write_json(_plain(found) | ({"letter": words} if letter else {}))
        return
    say(_life(found))
    if letter:
        say("", plain(words) if words is not None else "Ce courriel n'est pas encore composé.")


@outbox.command()
def retry(ctx: typer.Context, message: MessageId) -> None:
    """Renvoie un message refusé, annulé ou en attente, dès le prochain battement, à l'adresse connue alors."""
    with opened(ctx) as engine:
        _say_done(engine.outbox.retry(message))


@outbox.command()
def cancel(ctx: typer.Context, message: MessageId) -> None:
    """Renonce à un message qui attend ou qui a été refusé : il ne partira pas, et l'alerte cesse."""
    with opened(ctx) as engine:
        _say_done(engine.outbox.cancel(message))


def _say_done(found: Outgoing) -> None:
    say(plain(f"Fait : {found.message.label}, {found.reference} : {message_status(found.message, _zone())}"))


def _life(found: Outgoing) -> RenderableType:
    message = found.message
    lines = [
        ("Message", message.label),
        ("Dossier", found.reference),
        ("À", recipient_lines(message)),
        ("Sort", str(message_status(message, _zone()))),
        ("Essais", str(message.attempts)),
    ]
    if message.sent_at is not None:
        lines.append(("Envoyé le", f"{message.sent_at.astimezone(_zone()):%d/%m/%Y à %H:%M}"))
    return facts_table(lines)


def _plain(found: Outgoing) -> dict[str, object]:
    return {"reference": found.reference, "message": found.message}


def _zone() -> tzinfo:
    return zone_of("75")

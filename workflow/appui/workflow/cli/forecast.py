"""`appui forecast`: what is to come if nobody does anything."""

from __future__ import annotations

from typing import Annotated

import typer

from appui.states.wording import day_in_words
from appui.workflow.calendars import zone_of
from appui.workflow.cli.access import actor_of, found_case, opened
from appui.workflow.cli.json_output import write_json
from appui.workflow.cli.options import Json, ReadingAs, whole_number
from appui.workflow.cli.rendering import ruled, text
from appui.workflow.cli.terminal import say
from appui.workflow.forecast import DEADLINE, FORECAST_DAYS, MESSAGE, REMINDER

_DAYS = 90
_KINDS = {DEADLINE: "échéance passée", REMINDER: "relance", MESSAGE: "courriel"}


def forecast(
    ctx: typer.Context,
    *,
    days: Annotated[
        int | None,
        typer.Option(
            "--days",
            metavar="JOURS",
            parser=whole_number("--days", least=0, most=FORECAST_DAYS),
            help="pour combien de jours, 90 par défaut",
        ),
    ] = None,
    case: Annotated[
        str | None, typer.Option("--case", metavar="DOSSIER", help="identifiant ou référence d'un seul dossier")
    ] = None,
    department: Annotated[str | None, typer.Option("--department", metavar="CODE", help="79, 2A, 971…")] = None,
    as_: ReadingAs = None,
    json: Json = False,
) -> None:
    """Annonce chaque échéance, relance et courriel à venir si personne ne fait rien ; ne change rien."""
    with opened(ctx) as engine:
        actor = actor_of(engine, as_)
        case_id = None if case is None else found_case(engine, case, actor=actor).id
        found = engine.forecast(_DAYS if days is None else days, actor=actor, case_id=case_id, department=department)
    if json:
        write_json({"items": found})
        return
    if not found:
        say("Rien n'est à venir.")
        return
    table = ruled("Quand", "Dossier", "Quoi", "Objet", "À qui")
    table.columns[1].no_wrap = True
    for each in found:
        # A reference begins with the code of its département.
        local = each.at.astimezone(zone_of(each.reference.partition("-")[0]))
        moment = f"{day_in_words(local.date())}, {local:%H h %M}"
        words = (moment, each.reference, _KINDS[each.kind], each.label, ", ".join(each.recipients))
        table.add_row(*(text(word) for word in words))
    say(table)

"""`appui journal`: whether anything written was changed behind the back of appui."""

from __future__ import annotations

from typing import Annotated

import typer

from appui.states.actor import Actor
from appui.workflow.cli.access import found_case, opened
from appui.workflow.cli.json_output import write_json
from appui.workflow.cli.options import Json
from appui.workflow.cli.terminal import plain, say

journals = typer.Typer(help="Les journaux : vérifier que rien n'y a été changé.")


@journals.callback()
def group() -> None:
    """Les journaux : vérifier que rien n'y a été changé."""


@journals.command()
def verify(
    ctx: typer.Context,
    case: Annotated[
        str | None, typer.Argument(metavar="DOSSIER", help="identifiant ou référence ; par défaut tous les dossiers")
    ] = None,
    *,
    json: Json = False,
) -> None:
    """Vérifie les chaînes d'empreintes ; le code de sortie est 1 quand une faute est trouvée."""
    with opened(ctx) as engine:
        case_id = None if case is None else found_case(engine, case, actor=Actor.system()).id
        faults = engine.verify_journal(case_id)
    if json:
        write_json({"ok": not faults, "faults": faults})
    elif faults:
        for fault in faults:
            say(plain(f"✗ {fault.case_id} : {fault.text}"))
        say("Ne corrigez rien à la main : reprenez une sauvegarde et prévenez qui tient la base.")
    else:
        say("✓ Les journaux sont intacts.")
    if faults:
        raise typer.Exit(1)

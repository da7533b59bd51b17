"""`appui notice`: what is told to whom, and in which words. Docstrings of commands are their help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from appui.notifications.notices import notices as known_notices
from appui.states.actor import ROLES
from appui.states.errors import AppuiError
from appui.states.wording import listed
from appui.workflow.cli.access import actor_of, found_case, opened
from appui.workflow.cli.french import WrongUse
from appui.workflow.cli.json_output import write_json
from appui.workflow.cli.options import Json, ReadingAs
from appui.workflow.cli.rendering import ruled, text
from appui.workflow.cli.terminal import plain, say

notices = typer.Typer(help="Les courriels : qui apprend quoi, et en quels termes.")
_RULES = {
    "applicant": "la collectivité",
    "assignee": "l'agent référent",
    "participants": "les invités",
    "consulted": "les prestataires sollicités",
    "awaited": "les prestataires qui n'ont pas répondu",
    "provider": "le prestataire",
    "unsigned": "les signataires qui manquent",
}


@notices.command("list")
def list_command(*, json: Json = False) -> None:
    """Liste les avis : leur nom, et à qui ils vont."""
    known = known_notices().values()
    if json:
        write_json([{"notice": each.key, "label": each.label, "to": list(each.to)} for each in known])
        return
    found = ruled("Nom", "Avis", "À")
    for each in known:
        found.add_row(text(each.key), text(each.label), text(listed([_whom(rule) for rule in each.to])))
    say(found)


@notices.command()
def preview(
    ctx: typer.Context,
    notice: Annotated[str, typer.Argument(metavar="AVIS", help="nom, que donne « appui notice list »")],
    *,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FICHIER", help="écrit aussi la page que montre la messagerie")
    ] = None,
    case: Annotated[
        str | None, typer.Option("--case", metavar="DOSSIER", help="un vrai dossier, au lieu d'un dossier fictif")
    ] = None,
    reader: ReadingAs = None,
    json: Json = False,
) -> None:
    """Montre un courriel avec des données fictives, ou tel qu'un dossier le dirait ; rien n'est envoyé."""
    if reader is not None and case is None:
        raise WrongUse("--as va avec --case : un dossier fictif se montre à tous.")
    with opened(ctx) as engine:
        actor = actor_of(engine, reader)
        case_id = None if case is None else found_case(engine, case, actor=actor).id
        words = engine.words(notice, case_id=case_id, actor=actor)
    if html is not None:
        try:
            html.write_text(words.html, encoding="utf-8")
        except (OSError, ValueError) as error:
            raise AppuiError(f"« {html} » ne peut pas être écrit : vérifiez le dossier et ses droits.") from error
    if json:
        write_json({"subject": words.subject, "text": words.text, "html": words.html})
        return
    say(plain(f"Objet : {words.subject}"), "", plain(words.text))


def _whom(rule: str) -> str:
    return _RULES.get(rule) or ROLES.get(rule.removeprefix("role:"), rule)

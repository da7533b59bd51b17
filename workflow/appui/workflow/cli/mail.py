"""`appui mail`: whether the settings of mail are right. Docstrings of commands are their help."""

from __future__ import annotations

from typing import Annotated

import typer

from appui.workflow.cli.access import opened
from appui.workflow.cli.terminal import plain, say

mail = typer.Typer(help="Le courriel : vérifier que l'envoi fonctionne.")


@mail.callback()
def group() -> None:
    """Keep `test` a command of the group, though it is alone."""


@mail.command()
def test(
    ctx: typer.Context,
    address: Annotated[str, typer.Argument(metavar="ADRESSE", help="à qui envoyer le courriel d'essai")],
) -> None:
    """Envoie un courriel d'essai, tout de suite, et dit ce que le serveur a répondu."""
    with opened(ctx) as engine:
        answered = engine.outbox.test(address)
    say(plain(f"Fait : le courriel d'essai à {address} est parti ({answered})."))

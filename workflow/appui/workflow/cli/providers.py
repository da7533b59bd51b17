"""`appui provider`: the catalogue of those who can lend engineering. Docstrings of commands are their help."""

from __future__ import annotations

from typing import Annotated

import typer

from appui.workflow.cli.access import opened
from appui.workflow.cli.json_output import write_json
from appui.workflow.cli.options import Json
from appui.workflow.cli.rendering import ruled, text
from appui.workflow.cli.terminal import plain, say
from appui.workflow.providers import Provider
from appui.workflow.territories import register

providers = typer.Typer(help="Les prestataires : qui peut apporter une ingénierie, sur quoi et où.")


@providers.command()
def add(
    ctx: typer.Context,
    provider: Annotated[str, typer.Argument(metavar="PRESTATAIRE", help="identifiant, par exemple caue79")],
    name: Annotated[str, typer.Argument(metavar="NOM", help="nom, entre guillemets")],
    kind: Annotated[str, typer.Argument(metavar="NATURE", help="par exemple « CAUE » ou « agence départementale »")],
    *,
    themes: Annotated[
        list[str] | None, typer.Option("--theme", metavar="THÈME", help="thématique ; peut être répétée")
    ] = None,
    territories: Annotated[
        list[str] | None,
        typer.Option("--territory", metavar="TERRITOIRE", help="où il intervient, department:79 ; peut être répétée"),
    ] = None,
    email: Annotated[str | None, typer.Option("--email", metavar="ADRESSE", help="courriel")] = None,
) -> None:
    """Ajoute un prestataire, ou remplace ce que l'on en savait."""
    with opened(ctx) as engine:
        kept = engine.providers.add(
            Provider(provider, name, kind, tuple(themes or ()), tuple(territories or ()), email)
        )
        say(plain(f"Fait : {kept.name} ({kept.id})"))


@providers.command("list")
def list_command(ctx: typer.Context, *, json: Json = False) -> None:
    """Liste les prestataires."""
    with opened(ctx) as engine:
        known = engine.providers.list()
    if json:
        write_json(known)
        return
    if not known:
        say("Aucun prestataire : « appui provider add » en ajoute un.")
        return
    table = ruled("Identifiant", "Nom", "Nature", "Où, et sur quoi")
    for each in known:
        where = [register().territory_label(territory) for territory in each.territories]
        reached = "\n".join(part for part in (each.name, each.email) if part)
        table.add_row(
            text(each.id), text(reached), text(each.kind), text("\n".join([*where, ", ".join(each.themes)]).strip())
        )
    say(table)

"""`appui provider`: the catalogue of those who can lend engineering. Docstrings of commands are their help."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated

import typer

from appui.workflow.cli.access import opened
from appui.workflow.cli.facts import Fact
from appui.workflow.cli.json_output import write_json
from appui.workflow.cli.options import Json
from appui.workflow.cli.rendering import facts_table, heading, ruled, text
from appui.workflow.cli.terminal import plain, say
from appui.workflow.providers import Provider
from appui.workflow.territories import register

providers = typer.Typer(help="Les prestataires : qui peut apporter une ingénierie, sur quoi et où.")

ProviderId = Annotated[str, typer.Argument(metavar="PRESTATAIRE", help="identifiant, par exemple caue79")]


@providers.command()
def add(
    ctx: typer.Context,
    provider: ProviderId,
    name: Annotated[str, typer.Argument(metavar="NOM", help="nom, entre guillemets")],
    kind: Annotated[str, typer.Argument(metavar="NATURE", help="par exemple « CAUE » ou « agence départementale »")],
    *,
    themes: Annotated[
        list[str] | None,
        typer.Option(
            "--theme", metavar="THÈME", help="thématique, par exemple mobility ; peut être répétée ; sans elle, toutes"
        ),
    ] = None,
    territories: Annotated[
        list[str] | None,
        typer.Option("--territory", metavar="TERRITOIRE", help="où il intervient, department:79 ; peut être répétée"),
    ] = None,
    contact: Annotated[
        str | None, typer.Option("--contact", metavar="CONTACT", help="qui demander : un nom ou un service")
    ] = None,
    email: Annotated[str | None, typer.Option("--email", metavar="ADRESSE", help="courriel")] = None,
    phone: Annotated[str | None, typer.Option("--phone", metavar="NUMÉRO", help="téléphone")] = None,
    conditions: Annotated[
        str | None, typer.Option("--conditions", metavar="TEXTE", help="ce qu'il demande, entre guillemets")
    ] = None,
) -> None:
    """Ajoute un prestataire, ou remplace ce que l'on en savait."""
    given = Provider(
        provider,
        name,
        kind,
        themes=tuple(themes or ()),
        territories=tuple(territories or ()),
        email=email,
        contact=contact,
        phone=phone,
        conditions=conditions,
    )
    with opened(ctx) as engine:
        kept = engine.providers.add(given)
        say(plain(f"Fait : {kept.name} ({kept.id})"))


@providers.command("list")
def list_command(
    ctx: typer.Context,
    *,
    theme: Annotated[
        str | None, typer.Option("--theme", metavar="THÈME", help="qui traite cette thématique : mobility…")
    ] = None,
    territory: Annotated[
        str | None,
        typer.Option(
            "--territory", metavar="TERRITOIRE", help="qui intervient dans tout ce territoire : commune:79049"
        ),
    ] = None,
    words: Annotated[
        str | None, typer.Option("--text", metavar="MOTS", help="mots du nom, de la nature ou des conditions")
    ] = None,
    json: Json = False,
) -> None:
    """Liste les prestataires et comment les joindre ; avec un territoire, les plus proches d'abord."""
    with opened(ctx) as engine:
        found = engine.providers.search(theme=theme, territory=territory, text=words)
        labels = engine.providers.themes
    if json:
        write_json(found)
        return
    if not found:
        asked = theme is not None or territory is not None or words is not None
        say("Aucun prestataire ne convient." if asked else "Aucun prestataire : « appui provider add » en ajoute un.")
        return
    table = ruled("Identifiant", "Nom, et comment le joindre", "Nature", "Où, et sur quoi")
    for each in found:
        where = "\n".join((_territories(each), _themes(each, labels)))
        table.add_row(text(each.id), text("\n".join(_reached(each))), text(each.kind), text(where))
    say(table)


@providers.command()
def show(ctx: typer.Context, provider: ProviderId, *, json: Json = False) -> None:
    """Montre la fiche d'un prestataire."""
    with opened(ctx) as engine:
        found = engine.providers.get(provider)
        labels = engine.providers.themes
    if json:
        write_json(found)
        return
    facts: list[Fact] = [
        ("Identifiant", found.id),
        ("Nature", found.kind),
        ("Thématiques", _themes(found, labels)),
        ("Intervient", _territories(found)),
        ("Contact", found.contact or "non précisé"),
        ("Courriel", found.email or "non précisé"),
        ("Téléphone", found.phone or "non précisé"),
        ("Conditions", found.conditions or "non précisées"),
    ]
    say(heading(found.name), facts_table(facts))


def _reached(provider: Provider) -> Iterator[str]:
    yield provider.name
    yield from (each for each in (provider.contact, provider.email, provider.phone) if each)


def _themes(provider: Provider, labels: Mapping[str, str]) -> str:
    return ", ".join(labels.get(theme, theme) for theme in provider.themes) or "toutes thématiques"


def _territories(provider: Provider) -> str:
    return ", ".join(map(register().territory_label, provider.territories)) or "territoire non précisé"

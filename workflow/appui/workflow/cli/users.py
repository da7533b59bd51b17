"""`appui user`: who works here, with which rights, and who is away. Docstrings of commands are their help."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Annotated

import typer

from appui.states.actor import ROLES, Grant
from appui.workflow.cli.access import local_today, opened
from appui.workflow.cli.french import WrongUse
from appui.workflow.cli.json_output import write_json
from appui.workflow.cli.options import Json, day
from appui.workflow.cli.rendering import ruled, text
from appui.workflow.cli.terminal import plain, say
from appui.workflow.people import Absence, Person
from appui.workflow.territories import register

users = typer.Typer(help="Les personnes : leurs rôles, leurs territoires, leurs absences.")

PersonId = Annotated[str, typer.Argument(metavar="PERSONNE", help="identifiant, par exemple m.agent")]
Role = Annotated[str, typer.Argument(metavar="RÔLE", help=", ".join(ROLES))]
Territory = Annotated[
    str,
    typer.Argument(
        metavar="TERRITOIRE",
        help="nation, region:75, department:79, arrondissement:791, epci:200040244 ou commune:79049",
    ),
]


@users.command()
def add(
    ctx: typer.Context,
    person: PersonId,
    name: Annotated[str, typer.Argument(metavar="NOM", help="prénom et nom, entre guillemets")],
    *,
    email: Annotated[str | None, typer.Option("--email", metavar="ADRESSE", help="courriel")] = None,
    phone: Annotated[str | None, typer.Option("--phone", metavar="NUMÉRO", help="téléphone direct")] = None,
    grants: Annotated[
        list[str] | None,
        typer.Option("--grant", metavar="RÔLE@TERRITOIRE", help="rôle à donner ; peut être répétée"),
    ] = None,
) -> None:
    """Ajoute une personne, ou change son nom et ses coordonnées."""
    given = Person(person, name, email, phone, grants=tuple(_grant(each) for each in grants or ()))
    with opened(ctx) as engine:
        _say_person(engine.people.add(given), local_today(engine))


@users.command("list")
def list_command(ctx: typer.Context, *, json: Json = False) -> None:
    """Liste les personnes, leurs rôles et leurs absences."""
    with opened(ctx) as engine:
        everybody = engine.people.list()
        today = local_today(engine)
    if json:
        write_json(everybody)
        return
    if not everybody:
        say("Personne encore : « appui user add PERSONNE NOM » en ajoute une.")
        return
    table = ruled("Identifiant", "Nom", "Rôles et absences")
    for person in everybody:
        reached = "\n".join(part for part in (person.name, person.email, person.phone) if part)
        table.add_row(text(person.id), text(reached), text("\n".join(_standing(person, today)) or "aucun rôle"))
    say(table)


@users.command()
def grant(
    ctx: typer.Context,
    person: PersonId,
    role: Role,
    territory: Territory,
    *,
    since: Annotated[
        date | None,
        typer.Option("--since", metavar="JOUR", parser=day("--since"), help="premier jour, par exemple 2026-03-01"),
    ] = None,
    until: Annotated[
        date | None, typer.Option("--until", metavar="JOUR", parser=day("--until"), help="dernier jour, compris")
    ] = None,
) -> None:
    """Donne un rôle dans un territoire."""
    with opened(ctx) as engine:
        _say_person(engine.people.grant(person, Grant(role, territory, since, until)), local_today(engine))


@users.command()
def revoke(
    ctx: typer.Context,
    person: PersonId,
    role: Role,
    territory: Territory,
    *,
    last_day: Annotated[
        date | None,
        typer.Option(
            "--last-day",
            metavar="JOUR",
            parser=day("--last-day"),
            help="dernier jour du rôle ; par défaut hier : il cesse aussitôt",
        ),
    ] = None,
) -> None:
    """Met fin à un rôle dans un territoire."""
    with opened(ctx) as engine:
        today = local_today(engine)
        end = last_day or today - timedelta(days=1)
        _say_person(engine.people.revoke(person, role, territory, last_day=end), today)


@users.command()
def absence(
    ctx: typer.Context,
    person: PersonId,
    since: Annotated[date, typer.Argument(metavar="DU", parser=day("DU"), help="premier jour, par exemple 2026-08-01")],
    until: Annotated[date, typer.Argument(metavar="AU", parser=day("AU"), help="dernier jour, compris")],
    *,
    substitute: Annotated[
        str | None, typer.Option("--substitute", metavar="PERSONNE", help="qui remplace, avec les mêmes droits")
    ] = None,
) -> None:
    """Note une absence et qui remplace."""
    with opened(ctx) as engine:
        _say_person(engine.people.absent(person, Absence(since, until, substitute)), local_today(engine))


@users.command()
def disable(ctx: typer.Context, person: PersonId) -> None:
    """Ferme un compte : plus aucun droit, aussitôt ; ce que la personne a fait reste aux journaux."""
    with opened(ctx) as engine:
        engine.people.disable(person)
        say(plain(f"Fait : le compte de {engine.people.get(person).name} est fermé."))


def _grant(given: str) -> Grant:
    role, separator, territory = given.partition("@")
    if not separator:
        raise WrongUse(f"--grant attend RÔLE@TERRITOIRE, par exemple delegate@department:79, pas « {given} ».")
    return Grant(role, territory)


def _say_person(person: Person, today: date) -> None:
    say(plain(f"Fait : {person.name} ({person.id})"), *(plain(f"  {line}") for line in _standing(person, today)))


def _standing(person: Person, today: date) -> Iterator[str]:
    """Yield what the person holds and when they are away, past days left out."""
    if person.disabled_at is not None:
        yield "compte fermé"
        return
    for each in person.grants:
        if each.until is None or each.until >= today:
            yield f"{ROLES[each.role]}, {register().territory_label(each.territory)}{_period(each.since, each.until)}"
    for away in person.absences:
        if away.until >= today:
            by = f", remplacement : {away.substitute}" if away.substitute else ""
            yield f"absence du {away.since:%d/%m/%Y} au {away.until:%d/%m/%Y}{by}"


def _period(since: date | None, until: date | None) -> str:
    said = [f"du {since:%d/%m/%Y}" if since else "", f"au {until:%d/%m/%Y}" if until else ""]
    period = " ".join(part for part in said if part)
    return f" ({period})" if period else ""

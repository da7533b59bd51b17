"""`appui applicant`: whom of the register a name or a code stands for. Docstrings of commands are their help."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

import typer
from rich.console import RenderableType

from appui.states.applicant import KINDS, Applicant
from appui.states.wording import in_thousands
from appui.workflow.cli.json_output import write_json
from appui.workflow.cli.options import Json, whole_number
from appui.workflow.cli.rendering import ruled, text
from appui.workflow.cli.terminal import plain, say
from appui.workflow.territories import VINTAGE, LookUp, register, shown

DEFAULT_LIMIT = 10
BY_HAND = (
    "Un PETR, un syndicat ou un autre organisme s'enregistre à la main : "
    'appui case open PROCÉDURE OBJET --by-hand \'{"name": …, "kind": …, "department": …}\''
)

applicants = typer.Typer(help="Les demandeurs : trouver une commune ou un EPCI dans le registre.")


@applicants.callback()
def group() -> None:
    """Les demandeurs : trouver une commune ou un EPCI dans le registre."""


@applicants.command()
def find(
    written: Annotated[
        str, typer.Argument(metavar="TEXTE", help="nom tel qu'on l'écrit, entre guillemets, code INSEE, SIREN ou SIRET")
    ],
    *,
    department: Annotated[
        str | None, typer.Option("--department", metavar="CODE", help="département où chercher d'abord : 79, 2A…")
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option("--limit", metavar="N", parser=whole_number("--limit", least=1, most=100), help="10 par défaut"),
    ] = None,
    json: Json = False,
) -> None:
    """Cherche une commune ou un EPCI, et dit si le texte le désigne sûrement."""
    if department is not None:
        register().department(department)
    found = register().look_up(written, department=department, limit=limit or DEFAULT_LIMIT)
    if json:
        write_json(found)
        return
    if found.candidates:
        say(applicants_table(found.candidates))
    say(*(plain(line) for line in conclusion(written, found)))


def applicants_table(applicants: Sequence[Applicant]) -> RenderableType:
    """Return applicants with what tells them apart, the figures with their source."""
    table = ruled("Code", "Nom, nature, département", "Habitants")
    for each in applicants:
        department = register().department(each.department)
        name = text(each.name).append(f"\n{KINDS[each.kind]}, {department.name} ({department.code})", "dim")
        table.add_row(text(each.code), name, _inhabitants(each))
    return table


def conclusion(written: str, found: LookUp) -> Iterator[str]:
    """Yield, in French, whether somebody is surely meant, and otherwise what to do."""
    if found.accepted is not None:
        yield f"« {shown(written)} » désigne sûrement {found.accepted.name} ({found.accepted.code})."
        return
    if found.candidates:
        yield f"« {shown(written)} » ne désigne sûrement personne : si le bon est dans la liste, donnez son code."
    else:
        yield f"« {shown(written)} » ne ressemble à aucun nom ni code du registre {VINTAGE}."
    yield BY_HAND


def _inhabitants(applicant: Applicant) -> RenderableType:
    if applicant.population is None:
        return text("inconnus", "dim")
    return text(in_thousands(applicant.population)).append(f"\n{applicant.population_source}", "dim")

"""`appui case`, reading: lists, one case, why an action is possible or not, journal, deadlines, messages.

The docstrings of commands are their help, hence in French.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

import typer

from appui.states.case import Case
from appui.workflow.calendars import zone_of
from appui.workflow.cli.access import actor_of, found_case, local_now, opened
from appui.workflow.cli.case_actions import acting
from appui.workflow.cli.facts import facts_of
from appui.workflow.cli.french import WrongUse
from appui.workflow.cli.json_output import write_json
from appui.workflow.cli.options import CaseName, Json, ReadingAs, day, whole_number
from appui.workflow.cli.rendering import (
    case_header,
    cases_table,
    deadlines_table,
    explanation,
    facts_table,
    heading,
    journal_table,
    messages_table,
    permitted_actions,
)
from appui.workflow.cli.terminal import plain, say
from appui.workflow.engine import Engine

DEFAULT_LIMIT = 50

cases = typer.Typer(help="Les dossiers : les lister, les lire, les faire avancer.")


def _filter(name: str, metavar: str, help_text: str) -> Any:
    return typer.Option(name, metavar=metavar, help=help_text)


@cases.command("list")
def list_command(
    ctx: typer.Context,
    *,
    department: Annotated[str | None, _filter("--department", "CODE", "département, par exemple 79")] = None,
    state: Annotated[str | None, _filter("--state", "ÉTAT", "identifiant de l'état, par exemple local_search")] = None,
    route: Annotated[str | None, _filter("--route", "ROUTE", "local, operator ou national")] = None,
    assignee: Annotated[str | None, _filter("--assignee", "PERSONNE", "identifiant de qui suit le dossier")] = None,
    procedure: Annotated[str | None, _filter("--procedure", "CLÉ", "clé de la procédure")] = None,
    theme: Annotated[str | None, _filter("--theme", "THÈME", "identifiant de la thématique")] = None,
    applicant: Annotated[str | None, _filter("--applicant", "CODE", "code INSEE ou SIREN du demandeur")] = None,
    text: Annotated[
        str | None, _filter("--text", "TEXTE", "débuts de mots de l'objet et du demandeur, ou référence")
    ] = None,
    only_open: Annotated[bool, typer.Option("--open", help="seulement les dossiers en cours")] = False,
    only_closed: Annotated[bool, typer.Option("--closed", help="seulement les dossiers terminés")] = False,
    mail_refused: Annotated[
        bool, typer.Option("--mail-refused", help="seulement les dossiers dont un message n'a pas pu partir")
    ] = False,
    limit: Annotated[
        int | None,
        typer.Option("--limit", metavar="N", parser=whole_number("--limit", least=1, most=500), help="50 par défaut"),
    ] = None,
    after: Annotated[str | None, _filter("--after", "REPÈRE", "suite d'une liste, donné à la fin de celle-ci")] = None,
    as_: ReadingAs = None,
    json: Json = False,
) -> None:
    """Liste les dossiers, le dernier modifié d'abord."""
    if only_open and only_closed:
        raise WrongUse("--open et --closed se contredisent : n'en gardez qu'un.")
    filters: dict[str, Any] = {
        "department": department,
        "state": state,
        "route": route,
        "assignee": assignee,
        "procedure": procedure,
        "theme": theme,
        "applicant": applicant,
        "text": text,
        "open": only_open or (False if only_closed else None),
        "mail_refused": mail_refused or None,
    }
    given = {name: value for name, value in filters.items() if value is not None}
    with opened(ctx) as engine:
        page = engine.cases(actor=actor_of(engine, as_), after=after, limit=limit or DEFAULT_LIMIT, **given)
        if json:
            write_json({"items": page.items, "next": page.next})
            return
        say(cases_table([(case, _state_label(engine, case)) for case in page.items]))
        if page.next is not None:
            say(f"La suite : --after {page.next}")


@cases.command()
def show(ctx: typer.Context, case: CaseName, *, as_: ReadingAs = None, json: Json = False) -> None:
    """Montre un dossier : où il en est, ce que l'on en sait, ce qui est possible maintenant."""
    with opened(ctx) as engine:
        actor = actor_of(engine, as_)
        found = found_case(engine, case, actor=actor)
        deadlines = engine.deadlines(found.id, actor=actor)
        views = engine.explain(found.id, actor=actor)
        permitted = [view for view in views if view.permitted]
        if json:
            write_json({"case": found, "deadlines": deadlines, "actions": [view.name for view in permitted]})
            return
        procedure = engine.library.get(found.procedure, found.procedure_version)
        now = local_now(engine, found.department)
        facts = facts_of(found, procedure, names=_names(engine), zone=zone_of(found.department))
        say(case_header(found, procedure, deadlines, now, assignee=_assignee(engine, found)))
        say("", heading("Ce que l'on sait"), facts_table(facts))
        say("", permitted_actions(permitted))


@cases.command()
def explain(
    ctx: typer.Context,
    case: CaseName,
    *,
    full: Annotated[
        bool, typer.Option("--all", help="donne aussi le détail de ce qu'un autre état permettrait")
    ] = False,
    as_: ReadingAs = None,
    json: Json = False,
) -> None:
    """Dit ce qui est possible, et sinon pourquoi, ce qui le débloquerait et qui le peut."""
    with opened(ctx) as engine:
        actor = actor_of(engine, as_)
        found = found_case(engine, case, actor=actor)
        views = engine.explain(found.id, actor=actor)
        if json:
            write_json(views)
            return
        say(heading(f"{found.reference} · {_state_label(engine, found)}"), "", explanation(views, full=full))


@cases.command()
def journal(
    ctx: typer.Context,
    case: CaseName,
    *,
    as_of: Annotated[
        date | None,
        typer.Option("--as-of", metavar="JOUR", parser=day("--as-of"), help="ce qui s'était passé ce jour-là"),
    ] = None,
    as_: ReadingAs = None,
    json: Json = False,
) -> None:
    """Montre qui a fait quoi, et quand."""
    with opened(ctx) as engine:
        actor = actor_of(engine, as_)
        found = found_case(engine, case, actor=actor)
        entries = engine.journal(found.id, actor=actor, as_of=as_of)
        if json:
            write_json(entries)
            return
        procedure = engine.library.get(found.procedure, found.procedure_version)
        say(journal_table(entries, procedure, zone=zone_of(found.department)))


@cases.command()
def deadlines(ctx: typer.Context, case: CaseName, *, as_: ReadingAs = None, json: Json = False) -> None:
    """Montre les échéances et d'où vient chaque date."""
    with opened(ctx) as engine:
        actor = actor_of(engine, as_)
        found = found_case(engine, case, actor=actor)
        standing = engine.deadlines(found.id, actor=actor)
        if json:
            write_json(standing)
            return
        say(deadlines_table(standing, local_now(engine, found.department)))


@cases.command()
def messages(ctx: typer.Context, case: CaseName, *, as_: ReadingAs = None, json: Json = False) -> None:
    """Montre les messages du dossier, à qui ils vont et ce qu'ils sont devenus."""
    with opened(ctx) as engine:
        actor = actor_of(engine, as_)
        found = found_case(engine, case, actor=actor)
        queued = engine.messages(found.id, actor=actor)
        if json:
            write_json(queued)
            return
        say(messages_table(queued, zone=zone_of(found.department)))


def _state_label(engine: Engine, case: Case) -> str:
    return plain(engine.library.get(case.procedure, case.procedure_version).states[case.state].label)


def _names(engine: Engine) -> Mapping[str, str]:
    """Return what people and providers are called, by their identifiers."""
    providers = {provider.id: provider.name for provider in engine.providers.list()}
    return providers | {person.id: person.name for person in engine.people.list()}


def _assignee(engine: Engine, case: Case) -> str | None:
    person = next((each for each in engine.people.list() if each.id == case.assignee), None)
    return None if person is None else " · ".join(part for part in (person.name, person.phone, person.email) if part)


cases.registered_commands += acting.registered_commands

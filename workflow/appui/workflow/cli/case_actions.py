"""`appui case`, acting: open a request, act, preview, attach a file. Docstrings of commands are their help."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any

import typer

from appui.states.actor import Actor
from appui.states.applicant import KINDS, ApplicantByHand
from appui.states.case import Case
from appui.states.errors import InvalidData
from appui.workflow.calendars import zone_of
from appui.workflow.cli.access import actor_of, found_applicant, found_case, local_now, opened
from appui.workflow.cli.french import WrongUse
from appui.workflow.cli.json_output import write_json
from appui.workflow.cli.options import ActingAs, CaseName, Data, Json, ReadingAs, read_data, whole_number
from appui.workflow.cli.rendering import deadlines_table, heading, messages_table
from appui.workflow.cli.terminal import plain, say
from appui.workflow.commands import Act, OpenCase
from appui.workflow.engine import Engine
from appui.workflow.reports.words import share_in_words
from appui.workflow.views import Outcome

acting = typer.Typer()
_BY_HAND_HELP = (
    'demandeur qui n\'est dans aucun registre : {"name": …, "kind": …, "department": …}, avec siren et population '
    f"s'ils sont connus ; kind : {', '.join(KINDS)}"
)

ActionName = Annotated[
    str, typer.Argument(metavar="ACTION", help="nom de l'action, que donne « appui case explain DOSSIER »")
]
Version = Annotated[
    int | None,
    typer.Option(
        "--version",
        metavar="N",
        parser=whole_number("--version", least=1, most=999_999_999),
        help="version lue ; sans elle, la version courante est relue juste avant : ce qu'un autre vient de faire "
        "passe alors inaperçu",
    ),
]


@acting.command("open")
def open_command(
    ctx: typer.Context,
    procedure: Annotated[str, typer.Argument(metavar="PROCÉDURE", help="clé, que donne « appui procedure list »")],
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="[DEMANDEUR] OBJET",
            help="qui demande : son nom entre guillemets, son code INSEE ou son SIREN (à omettre avec --by-hand) ; "
            "puis l'objet entre guillemets",
        ),
    ],
    *,
    as_: ActingAs,
    by_hand: Annotated[
        str | None,
        typer.Option(
            "--by-hand",
            metavar="JSON",
            help=_BY_HAND_HELP,
        ),
    ] = None,
    department: Annotated[
        str | None,
        typer.Option(
            "--department",
            metavar="CODE",
            help="où chercher le nom de qui demande ; celui du dossier, pour un EPCI sur plusieurs départements",
        ),
    ] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Enregistre une demande."""
    who, what = _applicant_and_title(words, by_hand, department)
    command = OpenCase(procedure, who, what, read_data(data), department)
    with opened(ctx) as engine:
        actor = actor_of(engine, as_)
        case = engine.open(command, actor=actor)
        if json:
            write_json(case)
            return
        say(f"Fait : dossier {case.reference} ouvert, à l'état {_label(engine, case)}.")
        _say_messages(engine, case, actor)


@acting.command()
def act(
    ctx: typer.Context,
    case: CaseName,
    action: ActionName,
    *,
    as_: ActingAs,
    data: Data = None,
    version: Version = None,
    json: Json = False,
) -> None:
    """Fait une action sur un dossier."""
    given = read_data(data)
    with opened(ctx) as engine:
        actor = actor_of(engine, as_)
        found = found_case(engine, case, actor=actor)
        after = engine.act(_command(found, action, given, version), actor=actor)
        if json:
            write_json(after)
            return
        say(f"Fait : {after.reference} est à l'état {_label(engine, after)}, version {after.version}.")
        _say_messages(engine, after, actor)


@acting.command()
def preview(
    ctx: typer.Context,
    case: CaseName,
    action: ActionName,
    *,
    as_: ReadingAs = None,
    data: Data = None,
    version: Version = None,
    json: Json = False,
) -> None:
    """Dit ce qu'une action changerait et qui serait prévenu, sans rien faire."""
    given = read_data(data)
    with opened(ctx) as engine:
        actor = actor_of(engine, as_)
        found = found_case(engine, case, actor=actor)
        outcome = engine.preview(_command(found, action, given, version), actor=actor)
        if json:
            write_json(outcome)
            return
        _say_outcome(engine, found, outcome)


@acting.command()
def attach(
    ctx: typer.Context,
    case: CaseName,
    file: Annotated[Path, typer.Argument(metavar="FICHIER", help="fichier à joindre")],
    *,
    name: Annotated[
        str | None, typer.Option("--name", metavar="NOM", help="nom à lui donner ; par défaut le sien")
    ] = None,
    as_: ActingAs,
    json: Json = False,
) -> None:
    """Joint un fichier à un dossier ; les champs « document » prennent l'identifiant rendu."""
    with opened(ctx) as engine:
        actor = actor_of(engine, as_)
        found = found_case(engine, case, actor=actor)
        limit = engine.settings.documents.max_bytes
        document = engine.attach(found.id, name or file.name, _content(file, limit), actor=actor)
        if json:
            write_json(document)
            return
        say(f"Joint à {found.reference} : {plain(document.name)}", f"Identifiant : {document.id}")


def _command(case: Case, action: str, data: Mapping[str, Any], version: int | None) -> Any:
    return Act(case.id, action, data, case.version if version is None else version)


def _applicant_and_title(
    words: Sequence[str], by_hand: str | None, department: str | None
) -> tuple[str | ApplicantByHand, str]:
    """Return who asks and for what. With `--by-hand` the only text that follows the procedure is the title."""
    if by_hand is None:
        if len(words) != 2:
            raise WrongUse("Attendu PROCÉDURE DEMANDEUR OBJET : le demandeur, puis l'objet, chacun entre guillemets.")
        return found_applicant(words[0], department=department), words[1]
    if len(words) != 1:
        raise WrongUse("Avec --by-hand, attendu seulement PROCÉDURE et OBJET, l'objet entre guillemets.")
    data = read_data(by_hand, name="--by-hand")
    known = [field.name for field in fields(ApplicantByHand)]
    unknown = [name for name in data if name not in known]
    missing = [name for name in ("name", "kind", "department") if name not in data]
    if unknown or missing:
        faults = [f"« {name} » est inconnu" for name in unknown] + [f"« {name} » manque" for name in missing]
        raise WrongUse(f"--by-hand : {', '.join(faults)} ; attendu {', '.join(known)}.")
    return ApplicantByHand(**data), words[0]


def _content(file: Path, limit: int) -> bytes:
    """Return the content of a file, one byte more than the limit at most: that is enough to refuse it."""
    try:
        with file.open("rb") as opened_file:
            return opened_file.read(limit + 1)
    except (OSError, ValueError) as error:
        raise InvalidData([("content", f"Le fichier « {file} » ne peut pas être lu : vérifiez son chemin.")]) from error


def _label(engine: Engine, case: Case) -> str:
    return f"« {plain(engine.library.get(case.procedure, case.procedure_version).states[case.state].label)} »"


def _say_messages(engine: Engine, case: Case, actor: Actor) -> None:
    """Tell who is going to be written to, so that it can be recalled in time."""
    queued = [message for message in engine.messages(case.id, actor=actor) if message.seq == case.version]
    if queued:
        say("", "Vont être prévenus :", messages_table(queued, zone=zone_of(case.department)))


def _say_outcome(engine: Engine, before: Case, outcome: Outcome) -> None:
    now = local_now(engine, before.department)
    state = _label(engine, before)
    if outcome.state != before.state:
        state += f" → {_label(engine, outcome.case)}"
    say(heading("Aperçu : rien n'est enregistré."), f"État : {state}")
    if outcome.share_before is not None and outcome.share_after is not None:
        shares = [("avant", outcome.share_before), ("après", outcome.share_after)]
        say(
            "",
            "Part locale du département dans l'année :",
            *(f"  {when} : {share_in_words(it)}" for when, it in shares),
        )
    if outcome.deadlines:
        say("", "Échéances qui changeraient :", deadlines_table(outcome.deadlines, now))
    say("", "Seraient prévenus :", messages_table(outcome.messages, zone=zone_of(before.department)))

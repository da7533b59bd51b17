"""`appui procedure`: those that are known, a file to check, a diagram. Docstrings of commands are their help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from appui.notifications.notices import notices
from appui.states.diagram import mermaid
from appui.states.effects import BUILT_IN
from appui.states.errors import AppuiError, InvalidProcedure, UnknownProcedure
from appui.states.library import shipped
from appui.states.parsing import parse_procedure
from appui.states.procedure import Procedure
from appui.workflow.cli.access import opened
from appui.workflow.cli.json_output import write_json
from appui.workflow.cli.options import Json, whole_number
from appui.workflow.cli.rendering import ruled, text
from appui.workflow.cli.terminal import plain, say
from appui.workflow.engine import Engine

procedures = typer.Typer(help="Les procédures : celles qui sont connues, un fichier à vérifier, un schéma.")
_FILE_MAX_BYTES = 2 << 20


@procedures.command("list")
def list_command(ctx: typer.Context, *, json: Json = False) -> None:
    """Liste les procédures et leurs versions."""
    with opened(ctx) as engine:
        known = sorted(engine.library, key=lambda each: (each.key, each.version))
        if json:
            write_json([_summary(each) for each in known])
            return
        found = ruled("Clé", "Version", "Procédure", "Demandes reçues")
        for each in known:
            found.add_row(text(each.key), str(each.version), text(each.label), text(_period(each)))
        say(found)


@procedures.command()
def check(
    file: Annotated[Path, typer.Argument(metavar="FICHIER", help="fichier TOML de la procédure")],
    *,
    json: Json = False,
) -> None:
    """Vérifie un fichier de procédure et donne toutes ses fautes."""
    try:
        procedure = _checked(file)
    except InvalidProcedure as invalid:
        if not json:
            raise
        write_json({"ok": False, "faults": [{"path": path, "text": text} for path, text in invalid.faults]})
        raise typer.Exit(1) from None
    if json:
        write_json({"ok": True, "faults": [], **_summary(procedure)})
        return
    size = f"{len(procedure.states)} états, {len(procedure.actions)} actions, {len(procedure.deadlines)} échéances"
    say(plain(f"✓ {procedure.label} ({procedure.key}, version {procedure.version}) est juste : {size}."))


@procedures.command()
def diagram(
    ctx: typer.Context,
    key: Annotated[str, typer.Argument(metavar="CLÉ", help="clé, que donne « appui procedure list »")],
    *,
    version: Annotated[
        int | None,
        typer.Option(
            "--version",
            metavar="N",
            parser=whole_number("--version", least=1, most=999_999_999),
            help="par défaut la dernière",
        ),
    ] = None,
    short: Annotated[bool, typer.Option("--short", help="sans ce qui est possible dans tout état")] = False,
) -> None:
    """Écrit le schéma d'une procédure, en Mermaid."""
    with opened(ctx) as engine:
        print(plain(mermaid(_procedure(engine, key, version), short=short)), end="")


def _procedure(engine: Engine, key: str, version: int | None) -> Procedure:
    if version is not None:
        return engine.library.get(key, version)
    versions = [each for each in engine.library if each.key == key]
    if not versions:
        known = ", ".join(sorted({each.key for each in engine.library}))
        raise UnknownProcedure(f"Procédure inconnue : « {key} » ; connues : {known}.")
    return max(versions, key=lambda each: each.version)


def _checked(file: Path) -> Procedure:
    try:
        with file.open("rb") as opened_file:
            content = opened_file.read(_FILE_MAX_BYTES)
    except (OSError, ValueError) as error:
        raise AppuiError(f"Le fichier « {file} » ne peut pas être lu : vérifiez son chemin et ses droits.") from error
    bases = shipped(BUILT_IN).contents
    return parse_procedure(content, BUILT_IN, source=file.name, bases=bases, notices=list(notices()))


def _summary(procedure: Procedure) -> dict[str, object]:
    return {
        "key": procedure.key,
        "version": procedure.version,
        "label": procedure.label,
        "applies_from": procedure.applies_from,
        "applies_until": procedure.applies_until,
        "content_hash": procedure.content_hash,
        "states": list(procedure.states),
        "actions": list(procedure.actions),
    }


def _period(procedure: Procedure) -> str:
    since, until = procedure.applies_from, procedure.applies_until
    said = [f"du {since:%d/%m/%Y}" if since else "", f"au {until:%d/%m/%Y}" if until else ""]
    return " ".join(part for part in said if part) or "toutes"

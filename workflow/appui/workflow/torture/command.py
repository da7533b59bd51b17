"""The command `appui torture`."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable
from importlib import import_module
from signal import SIGINT, signal
from threading import Event
from typing import Annotated, cast

import typer

from appui.workflow.cli.access import settings_of
from appui.workflow.cli.french import WrongUse
from appui.workflow.cli.json_output import to_plain, write_json
from appui.workflow.cli.options import Json, whole_number
from appui.workflow.cli.terminal import complain, plain, say
from appui.workflow.config import Settings
from appui.workflow.engine import Engine
from appui.workflow.torture.bases import KINDS, POSTGRESQL, SQLITE, made
from appui.workflow.torture.plan import Plan
from appui.workflow.torture.report import lines_of
from appui.workflow.torture.run import Progress, tortured

_MINUTES, _WORKERS = "5", "4"
_TOLD_SECONDS = 10


def torture(
    ctx: typer.Context,
    *,
    minutes: Annotated[str, typer.Option("--minutes", metavar="N", help="durée, au plus ; 5 par défaut")] = _MINUTES,
    workers: Annotated[
        str, typer.Option("--workers", metavar="N", help="processus qui travaillent en même temps ; 4 par défaut")
    ] = _WORKERS,
    actions: Annotated[
        str | None, typer.Option("--actions", metavar="N", help="actions à faire accepter avant de finir")
    ] = None,
    kills: Annotated[str | None, typer.Option("--kills", metavar="N", help="processus à tuer avant de finir")] = None,
    base: Annotated[
        str | None,
        typer.Option("--base", metavar="SORTE", help="sqlite ou postgresql ; par défaut celle de la configuration"),
    ] = None,
    seed: Annotated[
        str | None, typer.Option("--seed", metavar="N", help="graine du hasard ; par défaut une autre à chaque fois")
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option(
            "--engine", metavar="MODULE:NOM", help="ce qui construit le moteur, d'un service hôte par exemple"
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Éprouve les promesses d'appui sur une base à part : arrêts brutaux, réponses perdues, disques pleins, horloges.

    La base configurée n'est jamais touchée : un fichier SQLite temporaire, ou un schéma PostgreSQL à part, fait puis
    défait. Le code de sortie est 1 quand quelque chose a été perdu, doublé ou rompu.
    """
    settings = settings_of(ctx)
    plan = Plan(
        seed=secrets.randbelow(10**6) if seed is None else whole_number("--seed", least=0, most=10**8)(seed),
        workers=whole_number("--workers", least=1, most=64)(workers),
        minutes=whole_number("--minutes", least=1, most=1440)(minutes),
        actions=None if actions is None else whole_number("--actions", least=1, most=10**8)(actions),
        kills=None if kills is None else whole_number("--kills", least=1, most=10**6)(kills),
        engine_factory=Engine if engine is None else _factory(engine),
    )
    kind = _kind(base, settings)
    interrupted = Event()
    before = signal(SIGINT, _heeding(interrupted))
    try:
        if not json:
            say(f"Épreuve sur {KINDS[kind]}, graine {plan.seed}.")
        with made(kind, settings) as trial:
            account = tortured(plan, trial, progress=_progress(interrupted, told=not json))
    except KeyboardInterrupt:
        complain("Épreuve interrompue : ses processus sont arrêtés, sa base est effacée, rien n'a été jugé.")
        raise
    finally:
        signal(SIGINT, before)
    if json:
        write_json({"ok": account.ok, **to_plain(account)})
    else:
        say(*(plain(line) for line in lines_of(account)))
    if not account.ok:
        raise typer.Exit(1)


def _factory(name: str) -> Callable[..., Engine]:
    module, _, attribute = name.partition(":")
    try:
        found = getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError):
        found = None
    if not callable(found):
        raise WrongUse(f"--engine attend MODULE:NOM, un moteur que Python sait importer, pas « {name} ».")
    return cast("Callable[..., Engine]", found)


def _kind(asked: str | None, settings: Settings) -> str:
    if asked is None:
        return POSTGRESQL if settings.database.sqlite_file is None else SQLITE
    if asked not in KINDS:
        raise WrongUse(f"--base attend sqlite ou postgresql, pas « {asked} ».")
    return asked


def _heeding(interrupted: Event) -> Callable[..., None]:
    """Return what takes note of a first Ctrl-C, for a moment at which nothing is half made; a second one ends all."""

    def heed(*_: object) -> None:
        if interrupted.is_set():
            raise KeyboardInterrupt
        interrupted.set()

    return heed


def _progress(interrupted: Event, *, told: bool) -> Progress:
    """Return what ends the trial when it was interrupted and tells, now and then, how far it is."""
    times = 0

    def tell(seconds: float, actions: int, kills: int) -> None:
        nonlocal times
        if interrupted.is_set():
            raise KeyboardInterrupt
        if told and seconds >= (times + 1) * _TOLD_SECONDS and sys.stdout.isatty():
            times = int(seconds / _TOLD_SECONDS)
            say(f"  {int(seconds)} s : {actions} actions acquittées, {kills} processus tués")

    return tell

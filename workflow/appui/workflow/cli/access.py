"""Access: the engine, the actor and the case that a command line names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

import typer

from appui.states.actor import Actor
from appui.states.case import Case
from appui.states.errors import CaseNotFound
from appui.workflow.calendars import zone_of
from appui.workflow.cli.options import Globals
from appui.workflow.config import Settings
from appui.workflow.engine import Engine

_REFERENCE = re.compile(r"(?:[0-9][0-9AB]|9[78][0-9])-[0-9]{4}-[0-9]{4,}")
_METROPOLIS = "75"


def settings_of(ctx: typer.Context) -> Settings:
    """Return the configuration that the command line names. InvalidConfig when it cannot be read."""
    given = ctx.find_object(Globals) or Globals()
    return Settings.load(given.config)


@contextmanager
def opened(ctx: typer.Context) -> Iterator[Engine]:
    """Give the engine of the configuration, its connections closed at the end."""
    engine = Engine(settings_of(ctx))
    try:
        yield engine
    finally:
        engine.stop()


def actor_of(engine: Engine, person_id: str | None) -> Actor:
    """Return who speaks: a person that the base knows, or the local operator. AppuiError when unknown or disabled."""
    return Actor.system() if person_id is None else engine.people.actor(person_id)


def found_case(engine: Engine, name: str, *, actor: Actor) -> Case:
    """Return the case of that identifier or reference. CaseNotFound when the actor sees none."""
    reference = name.strip().upper()
    if not _REFERENCE.fullmatch(reference):
        return engine.get(name.strip(), actor=actor)
    for case in engine.cases(actor=actor, reference=reference, limit=1).items:
        return case
    raise CaseNotFound(reference)


def local_now(engine: Engine, department: str = _METROPOLIS) -> datetime:
    """Return the present instant in the zone of a département: its date is « today » there."""
    return engine.clock().astimezone(zone_of(department))


def local_today(engine: Engine) -> date:
    """Return the local day in the metropolis, by which rights and absences go."""
    return local_now(engine).date()

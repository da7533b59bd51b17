"""Access: the engine, the actor, the case and the applicant that a command line names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

import typer

from appui.states.actor import Actor
from appui.states.case import Case
from appui.states.errors import CaseNotFound, InvalidData
from appui.states.wording import listed
from appui.workflow.calendars import zone_of
from appui.workflow.cli.options import Globals
from appui.workflow.config import Settings
from appui.workflow.engine import Engine
from appui.workflow.territories import register, shown

_REFERENCE = re.compile(r"(?:[0-9][0-9AB]|9[78][0-9])-[0-9]{4}-[0-9]{4,}")
_METROPOLIS = "75"
_CODE = re.compile(r"[0-9][0-9AB]?[0-9]*", re.IGNORECASE)
_CHOICES = 5


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


def found_applicant(written: str, *, department: str | None) -> str:
    """Return the code of whom a name surely means, a code as it is. InvalidData, with choices, for any other name."""
    if department is not None:
        register().department(department)
    found = register().look_up(written, department=department, limit=_CHOICES)
    if found.accepted is not None:
        return str(found.accepted.code)
    if _CODE.fullmatch("".join(written.split())):
        return written
    choices = [f"{each.name} ({each.code}, {register().department(each.department).name})" for each in found.candidates]
    meant = f"est-ce {listed(choices, last='ou')} ? Donnez son code" if choices else "donnez un code INSEE ou un SIREN"
    text = f"« {shown(written)} » ne désigne sûrement personne du registre ; {meant}, ou --by-hand pour un autre."
    raise InvalidData([("applicant", text)])


def local_now(engine: Engine, department: str = _METROPOLIS) -> datetime:
    """Return the present instant in the zone of a département: its date is « today » there."""
    return engine.clock().astimezone(zone_of(department))


def local_today(engine: Engine) -> date:
    """Return the local day in the metropolis, by which rights and absences go."""
    return local_now(engine).date()

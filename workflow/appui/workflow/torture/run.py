"""The run: a whole trial, from the first worker to the verdict."""

from __future__ import annotations

import time
from collections.abc import Callable
from random import Random

from appui.workflow.db import trials
from appui.workflow.engine import Engine
from appui.workflow.torture.account import Account, Trial, account_of
from appui.workflow.torture.bases import POSTGRESQL, TrialBase
from appui.workflow.torture.chaos import BLOWS, KILL, Field
from appui.workflow.torture.crew import Crew
from appui.workflow.torture.plan import Plan
from appui.workflow.torture.relay import Relay
from appui.workflow.torture.verdict import judged

_TICK_SECONDS = 0.05

Progress = Callable[[float, int, int], None]
"""Called many times a second with (seconds, actions acknowledged, kills); what it raises ends the trial, cleanly."""


def tortured(plan: Plan, base: TrialBase, *, progress: Progress = lambda _seconds, _actions, _kills: None) -> Account:
    """Run a trial on a base made for it, and return what came of it."""
    relay = _relay(base)
    try:
        field, crew, seconds = _run(plan, base, relay, progress)
    finally:
        if relay is not None:
            relay.stop()
    if base.kind == POSTGRESQL:
        trials.end_sessions(base.url, base.name)
    trial = Trial(
        base=base.kind,
        own_server=base.server is not None,
        seed=plan.seed,
        workers=plan.workers,
        seconds=round(seconds, 1),
        complete=plan.is_complete(actions=crew.actions, kills=field.struck[KILL]),
        blows={name: field.struck[name] for name in (KILL, *BLOWS)},
        hindered=field.hindered,
        deaths=crew.deaths,
    )
    engine = Engine(base.settings)
    try:
        return account_of(crew.records, judged(engine, crew.records), trial=trial, full=field.full)
    finally:
        engine.stop()


def _relay(base: TrialBase) -> Relay | None:
    if base.kind != POSTGRESQL:
        return None
    relay = Relay(*trials.server_of(base.url))
    relay.start()
    return relay


def _run(plan: Plan, base: TrialBase, relay: Relay | None, progress: Progress) -> tuple[Field, Crew, float]:
    # Chance makes the trial varied; nothing secret depends on it.
    chance = Random(plan.seed)  # noqa: S311
    crew = Crew(plan, base, relay=None if relay is None else relay.port)
    field = Field(base, crew, relay, chance)
    began = time.monotonic()
    kill_at, blow_at = chance.random(), began + chance.expovariate(1 / plan.blow_seconds)
    try:
        crew.start()
        while True:
            crew.look(_TICK_SECONDS)
            field.lift()
            now, actions = time.monotonic(), crew.actions
            seconds, kills = now - began, field.struck[KILL]
            progress(seconds, actions, kills)
            if seconds >= plan.minutes * 60 or plan.is_reached(actions=actions, kills=kills):
                return field, crew, seconds
            if plan.kills_by(seconds=seconds, actions=actions) > kill_at:
                field.kill()
                kill_at = field.struck[KILL] + chance.random()
            if now >= blow_at:
                field.strike()
                blow_at = time.monotonic() + chance.expovariate(1 / plan.blow_seconds)
    finally:
        crew.stop()
        field.end()

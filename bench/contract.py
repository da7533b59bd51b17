"""The contract: the engine as a host uses it. Nothing else of `appui.workflow` is touched."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from appui.workflow import Act, Actor, Engine, Grant, OpenCase, Person, Provider, Settings
from bench import scenario

OFFICER = Actor(scenario.OFFICER, "M. Agent", grants=(Grant("case_officer", "department:79"),))
OPENING = OpenCase(scenario.PROCEDURE, scenario.COMMUNE, scenario.TITLE, scenario.REQUEST)
DESK = Person("desk", "Guichet", "guichet@exemple.invalid", grants=(Grant("intake_officer", "department:79"),))
"""Who hears of new requests."""
PROVIDER = Provider(
    scenario.PROVIDER,
    "Agence technique (fictive)",
    "agency",
    territories=("department:79",),
    email="agence@exemple.invalid",
)


def engine_on(
    url: str, *, now: datetime = scenario.ACTED_AT, clock: Callable[[], datetime] | None = None, mail: Any = None
) -> Engine:
    """Return an engine on a base that is ready; its clock stands at `now`, unless another is given."""
    settings = {"database": {"url": url, "busy_timeout_seconds": scenario.BUSY_TIMEOUT_SECONDS}, "mail": mail or {}}
    return Engine(Settings.model_validate(settings), clock=clock or (lambda: now))


def answer(case_id: str) -> Act:
    """Return the timed action on a case that was just opened."""
    return Act(case_id, scenario.ACTION, scenario.ANSWER, 1)

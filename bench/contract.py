"""The contract: the engine as a host uses it. Nothing else of `appui.workflow` is touched."""

from __future__ import annotations

from datetime import datetime

from appui.workflow import Act, Actor, Engine, Grant, OpenCase, Provider, Settings
from bench import scenario

OFFICER = Actor(scenario.OFFICER, "M. Agent", grants=(Grant("case_officer", "department:79"),))
OPENING = OpenCase(scenario.PROCEDURE, scenario.COMMUNE, scenario.TITLE, scenario.REQUEST)
PROVIDER = Provider(
    scenario.PROVIDER,
    "Agence technique (fictive)",
    "agency",
    territories=("department:79",),
    email="agence@exemple.invalid",
)


def engine_on(url: str, *, now: datetime = scenario.ACTED_AT) -> Engine:
    """Return an engine on a base that is ready; its clock stands at `now`."""
    settings = {"database": {"url": url, "busy_timeout_seconds": scenario.BUSY_TIMEOUT_SECONDS}}
    return Engine(Settings.model_validate(settings), clock=lambda: now)


def answer(case_id: str) -> Act:
    """Return the timed action on a case that was just opened."""
    return Act(case_id, scenario.ACTION, scenario.ANSWER, 1)

"""Random lives of a request: permitted actions with drawn data, corrected days, undone actions, waiting."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from tests.unit.states.world import ENOUGH, REGIMES, World, found_in, opened

from appui.states.errors import AppuiError

DECISIVE = (
    "start_scoping", "consult_providers", "record_answer", "route_national", "accept_national", "draft_convention",
    "send_for_signature", "sign", "suspend", "resume", "undo", "correct", "reopen", "record_framing",
)  # fmt: skip
"""Drawn more often: without them few walks go far."""

PROVIDERS = st.sampled_from(["caue", "id79", "ddt"])
CORRECTIONS = (
    ("title", st.sampled_from(["Friche du centre", "Halle"])),
    ("need", st.sampled_from(["Une halle", "Un pont"])),
    ("works_design", st.booleans()),
    ("contact.email", st.just("autre@exemple.fr")),
    ("applicant.population", st.sampled_from([400, 4_000])),
    ("convention.coverage_rate", st.sampled_from(["0.5", "1"])),
)


@st.composite
def _data_of(draw: st.DrawFn, world: World, action: str) -> dict[str, Any]:
    """Draw data for an action; most are taken, some are refused by a check."""
    if action == "consult_providers":
        return {"providers": draw(st.lists(PROVIDERS, min_size=1, max_size=3))}
    if action == "record_answer":
        asked = list(world.case.data.get("consultations") or {}) or ["caue"]
        return {"provider": draw(st.sampled_from(asked)), "accepts": draw(st.integers(0, 3)) == 0}
    if action == "sign":
        return {"party": draw(st.sampled_from(["state", "mairie"])), "on_paper": True}
    if action == "ask_completion" and draw(st.booleans()):
        return {"items": ["Plan"], "due_on": (world.today + timedelta(days=draw(st.integers(5, 60)))).isoformat()}
    if action == "correct":
        steps = sorted({step.seq for step in world.case.steps})
        day = (world.today - timedelta(days=draw(st.integers(0, 20)))).isoformat()
        days = [("received_on", st.just(day)), *((f"{seq}.happened_on", st.just(day)) for seq in steps)]
        what, value = draw(st.sampled_from([*CORRECTIONS, *days, *days]))
        return {"what": what, "value": draw(value), "reason": "Erreur"}
    return dict(ENOUGH[action])


@st.composite
def walks(draw: st.DrawFn, longest: int = 14) -> World:
    """Draw a request and what became of it; every decision of it was really taken."""
    regime = draw(st.sampled_from(list(REGIMES)))
    if draw(st.integers(0, 5)) == 0:
        state = draw(st.sampled_from(list(REGIMES[regime].states)))
        world = found_in(state, regime, presumed=("framing_held", "local_search_done", "framing_scheduled"))
    else:
        world = opened(regime, contact=draw(st.sampled_from([{"email": "mairie@exemple.fr"}, {}])))
    for _ in range(draw(st.integers(1, longest))):
        permitted = world.permitted()
        action = draw(st.sampled_from([*permitted, *(name for name in DECISIVE if name in permitted)]))
        world.now += timedelta(days=draw(st.sampled_from([0, 0, 1, 2, 5, 12, 30])))
        data = draw(_data_of(world, action))
        if draw(st.integers(0, 3)) == 0:
            data["happened_on"] = (world.today - timedelta(days=draw(st.integers(0, 6)))).isoformat()
        try:
            world.act(action, data, days=0)
        except AppuiError:
            continue
    return world

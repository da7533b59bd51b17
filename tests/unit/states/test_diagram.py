"""The diagram shows the procedure that the engine runs."""

import pytest
from tests.unit.states.world import REGIMES

from appui.states.diagram import mermaid


@pytest.mark.parametrize("short", [False, True])
@pytest.mark.parametrize("regime", REGIMES)
def test_every_state_stands_in_the_diagram_with_its_label(regime, short):
    """Nothing of the procedure is hidden from those who read it."""
    procedure = REGIMES[regime]
    lines = mermaid(procedure, short=short).splitlines()

    assert lines[:1] == ["stateDiagram-v2"]
    assert all(f'    state "{state.label}" as {name}' in lines for name, state in procedure.states.items())
    assert "    [*] --> received" in lines


@pytest.mark.parametrize("regime", REGIMES)
def test_every_change_of_state_is_an_arrow_with_the_action_that_makes_it(regime):
    """Arrow by arrow, from the same definition."""
    procedure = REGIMES[regime]
    arrows = dict(line.split(" : ", 1) for line in mermaid(procedure).splitlines() if " : " in line)

    for source, target, action, _ in procedure.edges():
        if source != target:
            assert action.label in arrows[f"    {source} --> {target}"]


@pytest.mark.parametrize("regime", REGIMES)
def test_final_states_lead_out(regime):
    """The end is seen."""
    procedure = REGIMES[regime]
    lines = mermaid(procedure).splitlines()

    assert {line.split()[0] for line in lines if line.endswith("--> [*]")} == procedure.final_states


def test_the_short_diagram_leaves_out_what_may_happen_anywhere():
    """What is left is the usual way."""
    text = mermaid(REGIMES[2024], short=True)

    assert "Classer sans suite" not in text
    assert "Rouvrir" not in text
    assert "received --> scoping" in text

"""The procedure that the cases follow, for those that are given it in a form of their own: bare machine, BPMN."""

from __future__ import annotations

from functools import cache

from appui.states.effects import BUILT_IN
from appui.states.library import shipped
from appui.states.procedure import Procedure
from bench import scenario


@cache
def procedure() -> Procedure:
    """Return the version that a request of this day follows."""
    return shipped(BUILT_IN).get(scenario.PROCEDURE, scenario.VERSION)

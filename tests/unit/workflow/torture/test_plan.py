"""The plan: when a trial may end, and how its kills are spread."""

import pytest

from appui.workflow.torture.plan import Plan

ENDLESS = Plan(seed=1, workers=1, minutes=2)
FULL = Plan(seed=1, workers=1, minutes=2, actions=1000, kills=10)


def test_a_trial_that_asks_for_time_alone_takes_all_of_it():
    """`--minutes` is then the length."""
    assert not ENDLESS.is_reached(actions=10**6, kills=10**6)
    assert ENDLESS.is_complete(actions=0, kills=0)


@pytest.mark.parametrize(("actions", "kills", "reached"), [(1000, 10, True), (999, 10, False), (1000, 9, False)])
def test_a_trial_ends_once_all_that_was_asked_is_done(actions, kills, reached):
    """Neither actions nor kills are cut short by the other."""
    assert FULL.is_reached(actions=actions, kills=kills) is reached


def test_kills_are_spread_over_the_whole_trial():
    """Not all at the beginning, when there is little to lose."""
    assert [FULL.kills_by(seconds=0, actions=each) for each in (0, 500, 1000, 2000)] == [0, 5, 10, 10]
    assert Plan(seed=1, workers=1, minutes=2, kills=10).kills_by(seconds=60, actions=0) == 5
    assert ENDLESS.kills_by(seconds=60, actions=0) == 40

"""Killed at any statement or commit, an operation has happened, or it has not; nothing in between is ever found."""

import pytest
from tests.integration.crashes.dying import ANSWER, live
from tests.integration.crashes.everywhere import ALL, NOTHING, crash_everywhere
from tests.integration.operations import OPERATIONS
from tests.integration.sabotage import Heedless, JournalLater, MessagesLater

pytestmark = pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # Python 3.12: forks are the tool

KILLED = tuple(
    "open act undo assign share suspend reopen correct commit_funds import import_difference attach add_person "
    "add_provider".split()
)


@pytest.mark.parametrize("name", KILLED)
def test_a_process_killed_anywhere_leaves_all_or_nothing(name, engine, url, world):
    """The next to come finds the case as it was, or as it should be; who was not answered may ask again."""
    crashes = crash_everywhere(engine, OPERATIONS[name], world, url=url)

    assert crashes.findings == ()
    assert {*crashes.left} == {NOTHING, ALL}


def test_the_points_are_all_the_statements_and_the_commit(engine, world):
    """What is killed is the whole of an action: reading the case, writing each part of it, the commit, the answer."""
    world.restored(engine)
    points = " | ".join(live(lambda: OPERATIONS["commit_funds"].run(engine, world)).points)

    for each in ("BEGIN", "SELECT id, reference", "INSERT INTO appui_envelope", "UPDATE"):
        assert each in points
    assert points.endswith(f"COMMIT | {ANSWER}")


@pytest.mark.parametrize("kind", [JournalLater, MessagesLater])
def test_an_action_written_in_two_transactions_is_found(make_engine, kind, url, world):
    """An engine that commits the case first and its journal, or its messages, later: killed between the two it lies."""
    crashes = crash_everywhere(make_engine(kind), OPERATIONS["act"], world, url=url)

    assert crashes.findings
    assert "something else" in crashes.left


def test_an_action_that_is_done_twice_when_asked_twice_is_found(make_engine, url, world):
    """An engine that forgets which version was read: the answer was lost, and the second attempt counts twice."""
    crashes = crash_everywhere(make_engine(Heedless), OPERATIONS["assign"], world, url=url)

    assert crashes.left[-1] == ALL
    assert "given again it answers « done » and not « stale_case »" in " ".join(crashes.findings)

"""Two operations at once, wherever one interrupts the other: it is as if one had come after the other."""

import pytest
from tests.integration.interleavings.hands import HELD_UP
from tests.integration.interleavings.schedules import LOST, interleave
from tests.integration.operations import OPERATIONS
from tests.integration.sabotage import Hasty, Heedless, Unlocked, Unversioned

ONE_ONLY = (
    ("act", "suspend"),
    ("suspend", "act"),
    ("act", "assign"),
    ("provide", "undo"),
    ("undo", "provide"),
    ("reopen", "comment"),
    ("comment", "reopen"),
)
"""Decisions on the same version of the same case."""
IN_TURN = (
    ("act_on_import", "import_difference"),
    ("import_difference", "act_on_import"),
    ("import", "import"),
    ("open", "open"),
    ("suspend", "tick"),
    ("undo", "tick"),
    ("tick", "suspend"),
)
"""What may both happen, one after the other."""


def pair_of(first, second):
    """Return the two operations of these names."""
    return OPERATIONS[first], OPERATIONS[second]


def one_counts(met):
    """Return whether exactly one of the two was done at each point, and the other told to read again."""
    return all(answers.count("done") == 1 and LOST.intersection(answers) for answers in met.answers)


@pytest.fixture
def engines(make_engine):
    """Two engines on one base, as two processes have them."""
    return make_engine(), make_engine(number=1)


@pytest.mark.parametrize(("first", "second"), ONE_ONLY)
def test_of_two_decisions_on_one_version_one_counts_wherever_they_meet(first, second, engines, world):
    """Exactly one is done; the other is told that it comes second, and nothing of it is kept."""
    met = interleave(engines, pair_of(first, second), world)

    assert met.findings == ()
    assert len(met.answers) > 1
    assert one_counts(met)


@pytest.mark.parametrize(("first", "second"), IN_TURN)
def test_operations_that_meet_happen_in_some_order(first, second, engines, world):
    """A line imported, a number given, the feed read: as if the other had come just before, or just after."""
    met = interleave(engines, pair_of(first, second), world)

    assert met.findings == ()
    assert len(met.answers) > 1


def test_two_commitments_that_meet_anywhere_stay_within_the_envelope(engines, world):
    """The envelope holds one of the two; whoever comes second waits, and is told what is left."""
    met = interleave(engines, pair_of("commit_funds", "commit_other_funds"), world)

    assert met.findings == ()
    assert {tuple(sorted(each)) for each in met.answers} == {("done", "invalid_data")}
    assert HELD_UP in met.seconds


def test_a_version_that_nobody_asks_about_is_found(make_engine, world):
    """An engine that does each command on whatever version there is: two officers decided, and both are thanked."""
    met = interleave((make_engine(Heedless), make_engine(Heedless, number=1)), pair_of("suspend", "assign"), world)

    assert not one_counts(met)


@pytest.mark.parametrize("dialect", ["postgresql"])
def test_a_case_overwritten_whatever_its_version_is_found(make_engine, world):
    """An engine that drops the version check from its statement: only the journal's key still stands in the way."""
    met = interleave((make_engine(Unversioned), make_engine(Unversioned, number=1)), pair_of("act", "suspend"), world)

    assert "UniqueViolation" in " ".join(met.findings)


@pytest.mark.parametrize("dialect", ["postgresql"])
def test_an_envelope_that_nobody_locks_is_found(make_engine, world):
    """An engine that reads the envelope and keeps nobody else from committing on it: both conventions go through."""
    pair = pair_of("commit_funds", "commit_other_funds")
    met = interleave((make_engine(Unlocked), make_engine(Unlocked, number=1)), pair, world)

    assert "answered ('done', 'done'), as in no order of the two" in " ".join(met.findings)


@pytest.mark.parametrize("dialect", ["postgresql"])
def test_a_feed_that_passes_over_what_is_not_yet_committed_is_found(make_engine, world):
    """An engine that shows all that is committed: what began before and ends later, its subscribers never hear of."""
    met = interleave((make_engine(Hasty), make_engine(Hasty, number=1)), pair_of("undo", "tick"), world)

    assert "came into the feed before what was already read" in " ".join(met.findings)

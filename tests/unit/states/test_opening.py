"""A case that an import found under way follows its source, as long as nobody has led it further."""

from datetime import date, timedelta

import pytest
from tests.unit.states.world import found_in

from appui.states.case import fold
from appui.states.errors import InvalidData
from appui.states.opening import UnderWay, conflict_of, reimport_case

KNOWN_ON = date(2026, 3, 2)
DRAFT = {"state": "convention_draft", "route": "national"}


def imported(state="scoping", **words):
    """Return a world whose case was found in that state."""
    return found_in(state, words={"Suite": "Échanges"}, source="Suivi", **words)


def follow(world, *, data=None, days=1, **said):
    """Have the case follow what its source says `days` later, and return the decision."""
    world.now += timedelta(days=days)
    under_way = UnderWay(**{"known_on": world.today, "words": {"Suite": "Convention"}, "source": "Suivi", **said})
    decision = reimport_case(world.situation(), world.functions, data or {}, under_way)
    world._keep(decision)
    return decision


def test_a_case_that_nobody_has_touched_follows_its_source():
    """State, route, presumed facts and words: as the source has them now; the journal keeps what it said before."""
    world = imported()
    decision = follow(world, **DRAFT, presumed=("local_search_done",))

    assert (decision.case.state, decision.case.route) == ("convention_draft", "national")
    assert decision.case.presumed == ("local_search_done",)
    assert decision.case.fact("imported.words") == {"Suite": "Convention"}
    assert [entry.action for entry in world.journal] == ["import", "import"]
    assert fold(world.journal) == decision.case


def test_days_that_the_source_does_not_give_stay_unknown():
    """When it went on, nobody knows: no clock starts, no duration is made up."""
    world = imported()
    case = follow(world, **DRAFT).case

    assert {step.on for step in case.steps} == {None}
    assert case.counted_on == world.today


def test_new_words_alone_move_nothing():
    """A remark was added: the case stays where it is, and knows it."""
    world = imported()
    decision = follow(world, state="scoping")

    assert (decision.case.state, decision.case.visits) == ("scoping", world.past[0].visits)
    assert decision.case.fact("imported.words") == {"Suite": "Convention"}


def test_a_fact_that_the_source_has_learnt_completes_the_case():
    """The day of reception was found in the mails."""
    world = imported(data={"received_before": "2026-03-02"})
    case = follow(world, state="scoping", data={"received_on": "2026-02-20"}).case

    assert case.received_on == date(2026, 2, 20)


def test_a_source_that_says_the_end_ends_the_case_and_one_that_goes_back_reopens_it():
    """Ended if and only if the state is final."""
    world = imported()
    ended = follow(world, state="no_follow_up").case
    reopened = follow(world, state="scoping").case

    assert (ended.ended_at is None, reopened.ended_at is None) == (False, True)
    assert fold(world.journal) == reopened


def test_a_case_that_went_on_here_does_not_follow_any_more():
    """Two truths: a person decides, and the sentence says how far the case has gone."""
    world = imported()
    world.act("consult_providers", {"none_exists": True, "reason": "Personne"})

    with pytest.raises(InvalidData, match="a avancé depuis sa reprise, jusqu'à « Recherche locale »") as refusal:
        follow(world, **DRAFT)

    assert refusal.value.errors[0][0] == "state"


def test_a_case_that_was_routed_here_does_not_follow_either():
    """Even when it stands where the import found it."""
    world = imported("routed_local", route="local")
    world.act("reroute")
    world.act("answer_locally")

    assert "a avancé depuis sa reprise" in conflict_of(
        world.case, UnderWay(**DRAFT, known_on=world.today), world.procedure
    )


def test_a_case_that_stands_where_the_source_says_takes_its_words():
    """Whoever led it there."""
    world = imported()
    world.act("answer_locally")
    decision = follow(world, state="routed_local", route="local")

    assert decision.case.fact("imported.words") == {"Suite": "Convention"}
    assert decision.case.routed_by == 2


def test_a_suspended_case_waits_to_be_resumed():
    """A spreadsheet lifts no suspension."""
    world = imported()
    world.act("suspend")

    with pytest.raises(InvalidData, match="suspendu"):
        follow(world, **DRAFT)


def test_a_source_older_than_the_last_step_says_nothing_new():
    """A tracker of last week is not to undo what was done yesterday."""
    world = imported()
    world.act("record_framing", days=10)

    with pytest.raises(InvalidData, match="avant la dernière étape"):
        follow(world, state="framed", known_on=KNOWN_ON)


@pytest.mark.parametrize(
    ("said", "path"),
    [({"state": "nowhere"}, "state"), ({"state": "scoping", "route": "royal"}, "route")],
)
def test_what_no_procedure_knows_is_refused(said, path):
    """As at the first import."""
    with pytest.raises(InvalidData) as refusal:
        follow(imported(), **said)

    assert [found for found, _ in refusal.value.errors] == [path]

"""The life of an engineering request: what may be asked in which state, by whom, and where it leads."""

import pytest
from tests.unit.states.world import ENOUGH, REGIMES, World, found_in, opened

from appui.states.errors import ActionRefused
from appui.states.machine import decide

MEETING = "local_search routed_local routed_operator national_accepted convention_draft convention_signing"

TABLE = [
    # action, from, to
    ("ask_completion", "received", "incomplete"),
    ("provide_completion", "incomplete", "received"),
    ("start_scoping", "received incomplete", "scoping"),
    ("declare_ineligible", "received incomplete scoping", "ineligible"),
    ("schedule_framing", "scoping", "framing"),
    ("schedule_framing", f"{MEETING} convention_signed", "="),
    ("reschedule_framing", f"framing {MEETING} convention_signed", "="),
    ("cancel_framing", "framing", "scoping"),
    ("cancel_framing", f"{MEETING} convention_signed", "="),
    ("record_framing", "scoping framing", "framed"),
    ("record_framing", f"{MEETING} convention_signed", "="),
    ("consult_providers", "scoping framed national_refused", "local_search"),
    ("consult_providers", "local_search", "="),
    ("record_answer", "local_search national_submitted", "="),
    ("answer_locally", "received incomplete scoping framed local_search", "routed_local"),
    ("route_local", "local_search", "routed_local"),
    ("route_operator", "scoping framed local_search", "routed_operator"),
    ("route_national", "local_search", "national_submitted"),
    ("reroute", "routed_local routed_operator national_refused national_accepted", "local_search"),
    ("accept_national", "national_submitted", "national_accepted"),
    ("refuse_national", "national_submitted", "national_refused"),
    ("draft_convention", "national_accepted", "convention_draft"),
    ("draft_convention", "convention_draft", "="),
    ("send_for_signature", "convention_draft", "convention_signing"),
    ("revise_convention", "convention_signing", "convention_draft"),
    ("sign", "convention_signing", "="),
    ("start_service", "routed_local routed_operator", "in_progress"),
    ("accept_deliverable", "in_progress", "delivered"),
    ("complete", "routed_local routed_operator in_progress delivered", "completed"),
    ("refuse", "@open", "refused"),
    ("withdraw", "@open", "withdrawn"),
    ("drop", "@open", "no_follow_up"),
    ("suspend", "@open", "="),
    ("resume", "@open", "="),
    ("extend_deadline", "@open", "="),
    ("assign", "@any", "="),
    ("comment", "@any", "="),
    ("attach", "@any", "="),
    ("share", "@any", "="),
    ("correct", "@any", "="),
    ("undo", "@any", "="),
]
"""In both regimes. `reopen` is told apart: where it leads depends on the past."""

OWN = {
    2020: [("start_service", "convention_signed", "in_progress")],
    2024: [
        ("schedule_framing", "committed", "="),
        ("reschedule_framing", "committed", "="),
        ("cancel_framing", "committed", "="),
        ("record_framing", "committed", "="),
        ("commit_funds", "convention_signed", "committed"),
        ("start_service", "committed", "in_progress"),
    ],
}
"""What one regime alone knows."""

ENDS = ["ineligible", "completed", "refused", "withdrawn", "no_follow_up"]

LETTERS = {
    "A": "applicant",
    "I": "intake_officer",
    "C": "case_officer",
    "S": "sub_prefect programme_referent",
    "D": "deputy_delegate",
    "P": "delegate",
    "V": "provider",
    "N": "anct_officer",
}

WHO = {
    "open": "A I C S D P",
    "ask_completion": "I C D P",
    "provide_completion": "A I C",
    "start_scoping": "I C D P",
    "declare_ineligible": "D P",
    "schedule_framing": "C D P",
    "reschedule_framing": "C D P",
    "cancel_framing": "C D P",
    "record_framing": "C D P",
    "consult_providers": "C D P",
    "record_answer": "V C D P",
    "answer_locally": "C D P",
    "route_local": "D P",
    "route_operator": "D P",
    "route_national": "D P",
    "reroute": "D P",
    "draft_convention": "C D P",
    "send_for_signature": "C D P",
    "revise_convention": "C D P",
    "start_service": "C D P N",
    "accept_deliverable": "C D P",
    "complete": "C D P",
    "refuse": "D P N",
    "withdraw": "A C",
    "drop": "C D P",
    "suspend": "C D P",
    "resume": "C D P",
    "reopen": "D P",
    "extend_deadline": "C D P",
    "assign": "C D P",
    "comment": "C D P",
    "attach": "C D P",
    "share": "C D P",
    "correct": "C D P",
    "undo": "I C D P",
}

WHO_BY_REGIME = {
    2020: {"accept_national": "N", "refuse_national": "N", "sign": "A N C"},
    2024: {"accept_national": "D P", "refuse_national": "D P", "sign": "A D P C", "commit_funds": "N"},
}

WHILE_SUSPENDED = {"resume", "refuse", "withdraw", "drop", "assign", "comment", "attach", "correct", "reopen"}


def sources_of(words, regime):
    """Return the states that a cell of the table names."""
    states = REGIMES[regime].states
    if words == "@any":
        return list(states)
    return [name for name, state in states.items() if not state.final] if words == "@open" else words.split()


def ways_of(regime):
    """Return the table of one regime, a line a transition."""
    return [
        (action, source, source if target == "=" else target)
        for action, sources, target in [*TABLE, *OWN[regime]]
        for source in sources_of(sources, regime)
    ]


def brought_to(source, regime, action):
    """Return a case in that state, with the facts that the action asks for."""
    presumed = ("framing_held", "framing_scheduled", "all_signed", "local_search_done")
    if action == "sign":
        world = found_in("national_accepted", regime, presumed=presumed)
        world.act("draft_convention")
        world.act("send_for_signature")
        return world
    if action == "record_answer":
        world = found_in("local_search", regime)
        world.act("consult_providers")
        if source == "national_submitted":
            world.act("record_answer")
            world.act("route_national")
        return world
    world = found_in(source, regime, presumed=presumed)
    if action == "resume":
        world.act("suspend")
    if action == "undo":
        world.act("comment")
    return world


NO_CLOCK = {"extend_deadline"}
"""Refused where no clock runs, as in a case found in the middle of its life: lived in the tests of deadlines."""


@pytest.mark.parametrize(
    ("regime", "action", "source", "target"),
    [(regime, *way) for regime in REGIMES for way in ways_of(regime) if way[0] not in NO_CLOCK],
)
def test_every_line_of_the_table_can_be_lived(regime, action, source, target):
    """Each transition is taken for real on a case in its source state, and leads where the table says."""
    world = brought_to(source, regime, action)

    after = world.act(action).case

    assert after.state == target
    assert (after.ended_at is not None) == (target in ENDS)


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize("end", ENDS)
def test_reopening_returns_to_the_state_before_the_end(regime, end):
    """A case closed by mistake goes on where it was, and its end date goes."""
    for action, source in [(action, source) for action, source, target in ways_of(regime) if target == end != source]:
        world = found_in(source, regime)
        world.act(action)
        world.act("comment")

        after = world.act("reopen").case

        assert (after.state, after.ended_at) == (source, None)


def test_a_case_closed_twice_reopens_where_it_was_the_second_time():
    """What it was before its first end is past."""
    world = opened()
    for action in ("drop", "reopen", "start_scoping", "refuse", "reopen"):
        world.act(action)

    assert world.case.state == "scoping"


def test_an_import_that_was_found_closed_reopens_at_the_beginning():
    """Nobody knows where it stood before: it starts over rather than being stuck."""
    world = found_in("completed", route="local")

    after = world.act("reopen").case

    assert (after.state, after.ended_at) == ("received", None)


@pytest.mark.parametrize("state", REGIMES[2024].states)
@pytest.mark.parametrize("regime", REGIMES)
def test_what_is_not_written_is_refused(regime, state):
    """An action that the table does not give to a state is refused for that reason, whatever else is true."""
    if state not in REGIMES[regime].states:
        assert (regime, state) == (2020, "committed")
        return
    world = found_in(state, regime)
    written = {action for action, source, _ in ways_of(regime) if source == state}
    written |= {"reopen"} if state in ENDS else set()

    refused = {action for action in REGIMES[regime].actions if action != "open" and "state" in world.refusals(action)}

    assert refused == set(REGIMES[regime].actions) - written - {"open"}


def test_a_registered_request_cannot_be_opened_again():
    """The opening is for cases that do not exist yet."""
    world = opened()

    with pytest.raises(ActionRefused, match="Reçue"):
        decide(world.situation(), world.functions, "open", {"need": "Encore", "channel": "phone"})


def test_commitment_is_unknown_to_the_regime_of_2020():
    """The agency commits credits by an action of its own since 2024 only."""
    assert "commit_funds" not in REGIMES[2020].actions
    assert "committed" not in REGIMES[2020].states


@pytest.mark.parametrize("regime", REGIMES)
def test_each_action_belongs_to_the_roles_of_the_table(regime):
    """Who may do what, letter by letter; nothing beyond the table."""
    letters = WHO | WHO_BY_REGIME[regime]
    expected = {
        name: {role for each in text.split() for role in LETTERS[each].split()} for name, text in letters.items()
    }

    assert {name: set(action.roles) for name, action in REGIMES[regime].actions.items()} == expected


@pytest.mark.parametrize("regime", REGIMES)
def test_a_suspended_request_permits_only_what_does_not_move_it_on(regime):
    """While it is suspended it can be resumed, closed, commented on and corrected, nothing else."""
    refused: set[str] = set()
    permitted: set[str] = set()
    for state in sources_of("@open", regime):
        world = found_in(state, regime)
        world.act("suspend")
        for action in set(REGIMES[regime].actions) - {"open"}:
            (refused if "suspended" in world.refusals(action) else permitted).add(action)

    assert permitted == WHILE_SUSPENDED
    assert not refused & WHILE_SUSPENDED


@pytest.mark.parametrize("action", ["refuse", "withdraw", "drop"])
def test_a_suspended_request_can_be_closed_and_reopened_still_suspended(action):
    """Closing does not resume it behind anybody's back."""
    world = opened()
    world.act("suspend")
    since = world.case.suspended_since
    world.act(action)
    world.act("reopen")

    assert (world.case.state, world.case.suspended_since) == ("received", since)


@pytest.mark.parametrize("regime", REGIMES)
def test_the_last_signature_and_only_the_last_moves_the_convention_on(regime):
    """With two parties, the first signature leaves the state as it is."""
    world = brought_to("convention_signing", regime, "sign")

    first = world.act("sign", {"party": "state", "on_paper": True}).case
    last = world.act("sign", {"party": "mairie"}).case

    assert (first.state, last.state) == ("convention_signing", "convention_signed")


def test_every_action_has_its_example():
    """A new action must be lived in this file too."""
    assert set(ENOUGH) == {name for regime in REGIMES.values() for name in regime.actions} - {"open"}


def test_a_request_can_go_the_whole_national_way():
    """From the telephone call to the end, every guard on the way met by real facts."""
    world: World = opened(2024)
    way = (
        "start_scoping schedule_framing record_framing consult_providers record_answer route_national accept_national "
        "draft_convention send_for_signature"
    )
    for action in way.split():
        world.act(action)
    world.act("sign", {"party": "state"})
    for action in ("sign", "commit_funds", "start_service", "accept_deliverable", "complete"):
        world.act(action)

    assert (world.case.state, world.case.route) == ("completed", "national")
    assert world.case.ended_at == world.now

"""Errors, asked in one order at every door, and writing nothing."""

from functools import partial

import pytest
from tests.integration.engine.world import AGENT, DEPUTY, ENOUGH, REQUEST, STRANGER, VILLAGE, refusal

from appui.workflow import Act, ActionRefused, CaseNotFound, InvalidData, NotAllowed, OpenCase, StaleCase

UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def case(desk):
    """A request whose provider was asked and has not answered: nothing national is possible yet."""
    return desk.through(desk.open(), "start_scoping", "consult_providers")


FAULTS = (
    ({"case_id": UNKNOWN}, CaseNotFound),
    ({"action": "route_martian"}, InvalidData),
    ({"actor": AGENT}, NotAllowed),
    ({"expected_version": 1}, StaleCase),
    ({"data": {"grounds": "fragility"}}, InvalidData),
    ({"action": "route_national", "data": ENOUGH["route_national"]}, ActionRefused),
)
"""Everything that may be wrong at once, the first asked first."""


@pytest.mark.parametrize("first", range(len(FAULTS)))
def test_of_several_faults_the_first_in_the_order_is_told(desk, case, first):
    """Whether somebody may even know of the case is settled before anything about it is said."""
    asked = {"case_id": case.id, "expected_version": case.version, "actor": DEPUTY}
    for fault, _ in reversed(FAULTS[first:]):
        asked |= fault
    actor = asked.pop("actor")
    before = desk.written()

    found = refusal(lambda: desk.engine.act(Act(**asked), actor=actor))

    assert type(found) is FAULTS[first][1]
    assert desk.written() == before
    same = refusal(lambda: desk.engine.preview(Act(**asked), actor=actor))
    assert (type(same), str(same)) == (type(found), str(found))


def test_checks_come_last(desk, case):
    """A right shape in a right situation may still be a wrong fact."""
    case = desk.act(case, "record_answer")
    before = desk.written()
    weak = {"grounds": ["innovative"], "justification": "C'est nouveau"}

    found = refusal(lambda: desk.engine.act(Act(case.id, "route_national", weak, case.version), actor=DEPUTY))

    assert isinstance(found, InvalidData)
    assert [each.code for each in found.refusals] == ["national_justified", "below_target_reason"]
    assert [path for path, _ in found.errors] == ["grounds", "below_target_reason"]
    assert desk.written() == before


@pytest.mark.parametrize("read", ["get", "explain", "journal", "deadlines", "messages", "documents"])
def test_a_foreign_case_answers_exactly_as_an_unknown_one(desk, case, read):
    """Nobody learns from an error that another département has a case."""
    foreign = refusal(lambda: getattr(desk.engine, read)(case.id, actor=STRANGER))
    unknown = refusal(lambda: getattr(desk.engine, read)(UNKNOWN, actor=STRANGER))

    assert type(foreign) is type(unknown) is CaseNotFound
    assert (foreign.code, str(foreign).replace(case.id, UNKNOWN)) == (unknown.code, str(unknown))
    assert vars(foreign).keys() == vars(unknown).keys()


def test_a_foreign_case_cannot_be_told_by_acting_on_it(desk, case):
    """Neither a right action nor a wrong one, a right version nor a wrong one, makes a difference."""
    before = desk.written()
    answers = {
        str(refusal(partial(desk.engine.act, Act(case_id, action, data, version), actor=STRANGER))).replace(
            case.id, UNKNOWN
        )
        for case_id in (case.id, UNKNOWN)
        for action, data in (("drop", ENOUGH["drop"]), ("drop", None), ("nothing", {}))
        for version in (1, case.version)
    }

    assert len(answers) == 1
    assert desk.written() == before


def test_a_stale_page_says_what_was_read_and_what_is(desk, case):
    """Two officers open the same case; the second to answer is asked to reload."""
    with pytest.raises(StaleCase) as stale:
        desk.engine.act(Act(case.id, "comment", ENOUGH["comment"], 1), actor=AGENT)

    assert (stale.value.expected, stale.value.found) == (1, 3)


def test_an_unknown_action_names_the_nearest(desk, case):
    """A misspelt action is a sentence, not a surprise."""
    with pytest.raises(InvalidData, match="start_scoping"):
        desk.engine.act(Act(case.id, "start_scopping", {}, case.version), actor=AGENT)


def test_every_reason_of_a_refusal_is_told_at_once(desk, case):
    """What stands in the way, the facts that were read, and what would lift it."""
    case = desk.act(case, "suspend")

    with pytest.raises(ActionRefused) as refused:
        desk.engine.act(Act(case.id, "route_national", ENOUGH["route_national"], case.version), actor=DEPUTY)

    assert [each.code for each in refused.value.refusals] == ["suspended", "local_search_done"]
    assert all(each.text and each.unlock for each in refused.value.refusals)
    explained = {view.name: view for view in desk.engine.explain(case.id, actor=DEPUTY)}["route_national"]
    assert explained.refusals == refused.value.refusals


def test_a_refused_opening_takes_no_reference(desk):
    """The numbers of a département have no gaps."""
    refused = [
        (OpenCase("engineering_request", VILLAGE, "Friche", REQUEST), STRANGER, "not_allowed"),
        (OpenCase("engineering_request", VILLAGE, "Friche", {**REQUEST, "channel": "pigeon"}), AGENT, "invalid_data"),
        (OpenCase("engineering_request", VILLAGE, "Friche", {}), AGENT, "invalid_data"),
        (OpenCase("engineering_request", "00000", "Friche", REQUEST), AGENT, "invalid_data"),
        (OpenCase("martian_request", VILLAGE, "Friche", REQUEST), AGENT, "unknown_procedure"),
    ]
    before = desk.written()
    codes = [refusal(partial(desk.engine.open, command, actor=actor)).code for command, actor, _ in refused]

    assert codes == [code for _, _, code in refused]
    assert desk.written() == before
    assert [desk.open().reference, desk.open().reference] == ["79-2026-0001", "79-2026-0002"]

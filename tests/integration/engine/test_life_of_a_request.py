"""The life of a request, from the telephone call to its end, each action by who may do it."""

import pytest
from tests.integration.engine.world import ACTORS, AGENT, DEPUTY, ENOUGH, REQUEST, TO_CONVENTION, VILLAGE

from appui.workflow import Act, Grant, Person

MAYOR, CAUE, OFFICER = ACTORS["applicant"], ACTORS["provider"], ACTORS["anct_officer"]


def test_a_request_is_answered_on_the_telephone(desk):
    """Nine answers in ten: one form, one mail to the commune, one to the provider, then it is followed to its end."""
    case = desk.open()
    case = desk.act(case, "answer_locally", {"provider": "caue", "how": "téléphone", "advice": "Voir l'EPF"})
    case = desk.act(case, "complete", days=30)

    journal = desk.engine.journal(case.id, actor=AGENT)
    messages = desk.engine.messages(case.id, actor=AGENT)
    assert (case.reference, case.state, case.route, case.assignee) == ("79-2026-0001", "completed", "local", AGENT.id)
    assert case.ended_at == desk.clock()
    assert [(entry.seq, entry.action, entry.actor_id) for entry in journal] == [
        (1, "open", AGENT.id),
        (2, "answer_locally", AGENT.id),
        (3, "complete", AGENT.id),
    ]
    assert sorted((message.notice, message.recipient) for message in messages) == [
        ("acknowledgement", "applicant"),
        ("completed", "applicant"),
        ("provider_confirmed", "provider:caue"),
        ("request_received", "role:intake_officer"),
        ("solved_locally", "applicant"),
    ]
    assert {deadline.key: deadline.status for deadline in desk.engine.deadlines(case.id, actor=AGENT)} == {
        "acknowledgement": "met",
        "first_answer": "met",
    }
    assert desk.engine.verify_journal() == []


NATIONAL = {
    2020: [
        *[(action, AGENT) for action in TO_CONVENTION[:3]],
        ("record_answer", CAUE),
        ("route_national", DEPUTY),
        ("accept_national", OFFICER),
        ("draft_convention", AGENT),
        ("send_for_signature", AGENT),
        ("sign", MAYOR),
        (("sign", {"party": "state"}), OFFICER),
        ("start_service", AGENT),
        ("accept_deliverable", AGENT),
        ("complete", AGENT),
    ],
    2024: [
        *[(action, AGENT) for action in TO_CONVENTION[:3]],
        ("record_answer", CAUE),
        ("route_national", DEPUTY),
        ("accept_national", DEPUTY),
        ("draft_convention", AGENT),
        ("send_for_signature", AGENT),
        ("sign", MAYOR),
        (("sign", {"party": "state"}), ACTORS["delegate"]),
        ("commit_funds", OFFICER),
        ("start_service", OFFICER),
        ("accept_deliverable", AGENT),
        ("complete", AGENT),
    ],
}


@pytest.mark.parametrize("regime", NATIONAL)
def test_a_request_goes_the_whole_national_way(desk, regime):
    """Before March 2024 the agency decides and signs; since then the delegate does, and the agency commits."""
    case = desk.open(regime)
    for step, actor in NATIONAL[regime]:
        action, data = step if isinstance(step, tuple) else (step, None)
        case = desk.act(case, action, data, actor=actor, days=1)

    journal = desk.engine.journal(case.id, actor=AGENT)
    assert (case.state, case.route, case.version) == ("completed", "national", len(NATIONAL[regime]) + 1)
    assert case.data["shares"] == {"covered_cents": 1_000_001, "applicant_cents": 0}
    assert [entry.actor_id for entry in journal][1:] == [actor.id for _, actor in NATIONAL[regime]]
    assert case.procedure_version == {2020: 1, 2024: 2}[regime]
    assert {deadline.key: deadline.status for deadline in desk.engine.deadlines(case.id, actor=AGENT)} == {
        "acknowledgement": "met",
        "first_answer": "met",
        "provider_answer": "met",
        "signature": "met",
    }
    assert desk.engine.verify_journal() == []


def test_what_a_request_lived_can_be_read_in_the_feed(desk):
    """The committed events come in order, page by page, none twice."""
    case = desk.through(desk.open(), "answer_locally", "complete")

    pages, cursor = [], None
    while page := desk.engine.events(after=cursor, limit=2):
        pages += page
        cursor = page[-1].cursor

    recorded = [event.type for entry in desk.engine.journal(case.id, actor=AGENT) for event in entry.events]
    assert [event.type for event in pages] == recorded
    assert recorded[0] == "case_opened"
    assert len({event.cursor for event in pages}) == len(pages)


def test_a_message_goes_to_the_people_who_hold_the_role(desk):
    """A role is an address only as long as nobody is known for it."""
    desk.engine.people.add(
        Person("guichet", "Le guichet", "guichet@exemple.fr", grants=(Grant("intake_officer", "department:79"),))
    )
    case = desk.open()

    told = [(each.notice, each.recipient, each.email) for each in desk.engine.messages(case.id, actor=AGENT)]
    assert ("request_received", "person:guichet", "guichet@exemple.fr") in told


def test_a_late_deadline_says_so_and_changes_nothing(desk):
    """Late is what the clock says; the case stays where it is."""
    case = desk.open()
    due = {each.key: each for each in desk.engine.deadlines(case.id, actor=AGENT)}["first_answer"]

    desk.clock.set(due.due_at)

    late = {each.key: each for each in desk.engine.deadlines(case.id, actor=AGENT)}["first_answer"]
    assert (due.status, late.status) == ("open", "late")
    assert desk.engine.get(case.id, actor=AGENT) == case


def test_what_was_undone_takes_its_mails_back(desk):
    """A mail of an action that was taken back never leaves."""
    case = desk.through(desk.open(), "start_scoping", "consult_providers")

    after = desk.act(case, "undo")

    asked = [each.status for each in desk.engine.messages(case.id, actor=AGENT) if each.notice == "provider_asked"]
    assert (after.state, after.version) == ("scoping", 4)
    assert asked == ["cancelled"]
    assert "consultations" not in after.data


def test_a_preview_tells_everything_and_writes_nothing(desk):
    """The form shows who will be written to before anything is done."""
    case = desk.open()
    before = desk.written()
    command = Act(case.id, "answer_locally", ENOUGH["answer_locally"], case.version)

    outcome = desk.engine.preview(command, actor=AGENT)

    assert desk.written() == before
    after = desk.engine.act(command, actor=AGENT)
    assert outcome.state == after.state == "routed_local"
    assert outcome.events == desk.engine.journal(case.id, actor=AGENT)[-1].events
    assert {each.notice for each in outcome.messages} == {
        each.notice for each in desk.engine.messages(case.id, actor=AGENT) if each.seq == 2
    }


def test_a_request_of_several_communes_keeps_them(desk):
    """A request may serve others than who asks."""
    case = desk.open(beneficiaries=[VILLAGE, "79002"])

    assert desk.engine.get(case.id, actor=AGENT).beneficiaries == (VILLAGE, "79002")
    assert REQUEST["need"] == case.data["need"]

"""Deadlines that pass and reminders, through an engine: recorded once, told to whom must act, whatever happens."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.integration.engine.world import ACTORS, AGENT, DEPUTY, START, VILLAGE

from appui.states.actor import Grant
from appui.states.case import fold
from appui.states.deadlines import LATE, deadlines_of
from appui.workflow.calendars import calendar_of
from appui.workflow.commands import OpenCase
from appui.workflow.due_work import LEASE, see_to_case
from appui.workflow.people import Absence, Person
from appui.workflow.work import Work

HERE = "department:79"
DUE = datetime(2026, 3, 17, 23, tzinfo=UTC)
"""When the first answer to a request received and registered on 3 March is late."""


def registered(desk, **data):
    """Open a request that nobody has an address for: its acknowledgement is due, then its first answer."""
    return desk.open(received_on="2026-03-03", contact={"name": "M. Maire"}, **data)


def told(engine, case):
    """Return (recipient, notice, deadlines with how many were missed) of the reminders of a case, by recipient."""
    return sorted(
        (message.recipient, message.notice, {line["key"]: line["missed"] for line in message.data["deadlines"]})
        for message in engine.messages(case.id, actor=AGENT)
        if "deadlines" in message.data
    )


def actions(engine, case):
    """Return the actions of the journal, in order."""
    return [entry.action for entry in engine.journal(case.id, actor=AGENT)]


@pytest.fixture
def people(engine):
    """Two at the desk, an agent and a deputy."""
    for name, role in (("g1", "intake_officer"), ("g2", "intake_officer"), ("agent", "case_officer")):
        engine.people.add(Person(name, f"Mme {name}", f"{name}@exemple.invalid", grants=(Grant(role, HERE),)))
    engine.people.add(Person("adj", "M. Adjoint", "adj@exemple.invalid", grants=(Grant("deputy_delegate", HERE),)))


def test_nothing_is_due_before_its_moment_and_nothing_twice(engine, desk, clock):
    """Two working days before the end, at eight: the desk is reminded, once."""
    case = desk.act(registered(desk), "ask_completion")
    case = desk.act(case, "provide_completion")
    due = next(each for each in engine.deadlines(case.id, actor=AGENT) if each.key == "first_answer")
    clock.set(due.next_at - timedelta(seconds=1))

    assert engine.see_to_due_work() == 0
    clock.advance(timedelta(seconds=1))
    assert engine.see_to_due_work() == 1
    assert engine.see_to_due_work() == 0
    assert told(engine, case) == [("role:intake_officer", "first_answer_due", {"first_answer": 0})]
    assert actions(engine, case)[-1] == "reminded"


def test_a_deadline_that_passes_is_recorded_and_changes_no_state(engine, desk, clock):
    """As the system, at the first instant of the next day; people hear of it when the services open."""
    case = registered(desk)
    clock.set(DUE - timedelta(hours=1))
    engine.see_to_due_work()
    before = engine.get(case.id, actor=AGENT)
    clock.set(DUE)
    engine.see_to_due_work()
    after, last = engine.get(case.id, actor=AGENT), engine.journal(case.id, actor=AGENT)[-1]
    status = {each.key: each.status for each in engine.deadlines(case.id, actor=AGENT)}

    assert (after.state, after.version) == (before.state, before.version + 1)
    assert (last.action, last.actor_id) == ("deadline_passed", "system")
    assert last.events[0].to_json() == {
        "type": "deadline_passed",
        "key": "first_answer",
        "started_on": "2026-03-03",
        "due_on": "2026-03-17",
    }
    assert status["first_answer"] == LATE
    assert [each for each in told(engine, case) if each[1] == "first_answer_late"] == []
    assert engine.verify_journal() == []


def test_after_a_month_of_downtime_a_case_is_told_of_once(engine, desk, clock, people):
    """Two deadlines are late by weeks: one message for each person, and it says what was missed."""
    case = registered(desk)
    clock.set(START + timedelta(days=35))
    engine.see_to_due_work()

    assert told(engine, case) == [
        ("person:adj", "acknowledgement_late", {"acknowledgement": 2, "first_answer": 5}),
        ("person:g1", "acknowledgement_due", {"acknowledgement": 2, "first_answer": 5}),
        ("person:g2", "acknowledgement_due", {"acknowledgement": 2, "first_answer": 5}),
    ]
    assert actions(engine, case) == ["open", "deadline_passed"]
    assert engine.see_to_due_work() == 0


def test_whoever_is_away_is_stood_in_for(engine, desk, clock, people):
    """The assignee is on leave: the reminder goes to the substitute, and says for whom."""
    engine.people.add(
        replace(
            engine.people.get("agent"),
            absences=(Absence(START.date(), START.date() + timedelta(days=60), "g1"),),
        )
    )
    case = desk.act(registered(desk), "assign", {"assignee": "agent"})
    clock.set(DUE - timedelta(days=1))
    engine.see_to_due_work()
    told = {
        (message.recipient, line["key"], line.get("on_behalf_of"))
        for message in engine.messages(case.id, actor=AGENT)
        for line in message.data.get("deadlines", ())
    }

    assert told == {
        ("person:adj", "acknowledgement", None),
        ("person:g1", "acknowledgement", None),
        ("person:g2", "acknowledgement", None),
        ("person:g1", "first_answer", "agent"),
    }


def test_an_answer_given_meanwhile_leaves_nothing_to_say(engine, desk, clock):
    """« La relance le lendemain de la réponse »: what is due is asked of the case as it is."""
    case = desk.act(registered(desk), "start_scoping")
    clock.set(DUE + timedelta(days=40))

    assert engine.see_to_due_work() == 0
    assert told(engine, case) == []


def test_applicants_do_not_read_what_the_clocks_write(engine, desk, clock):
    """A reminder within the service is none of theirs; the feed has it."""
    case = registered(desk)
    clock.set(DUE)
    engine.see_to_due_work()

    assert [each.action for each in engine.journal(case.id, actor=ACTORS["applicant"])] == ["open"]
    assert [each.type for each in engine.events()][-4:] == [
        "deadline_passed",
        "reminded",
        "deadline_passed",
        "reminded",
    ]


def test_a_user_who_acts_after_a_reminder_can_still_take_back_their_action(engine, desk, clock):
    """What the system did since does not stand in the way, and what it recorded stays."""
    case = desk.act(registered(desk), "assign", {"assignee": "collegue"})
    clock.set(DUE)
    engine.see_to_due_work()
    case = desk.act(engine.get(case.id, actor=AGENT), "undo")
    kept = engine.get(case.id, actor=AGENT)

    assert kept.assignee is None
    assert kept.data["handled_deadlines"]["first_answer"]["passed"] == "2026-03-17"
    assert engine.see_to_due_work() == 0


def test_what_is_kept_is_what_the_journal_tells(engine, desk, clock):
    """Case and deadlines, `next_at` included, follow from the entries alone."""
    case = registered(desk)
    for days in (5, 3, 3, 1, 9, 30):
        clock.advance(timedelta(days=days))
        engine.see_to_due_work()
    kept = engine.get(case.id, actor=AGENT)
    procedure = engine.library.get(kept.procedure, kept.procedure_version)
    expected = deadlines_of(procedure, kept, calendar_of("79"))

    assert replace(fold(engine.journal(case.id, actor=AGENT)), head=kept.head) == kept
    assert {each.key: each for each in engine.deadlines(case.id, actor=AGENT)} == {
        key: each.at(clock()) for key, each in expected.items()
    }


def test_a_worker_whose_lease_was_taken_over_writes_nothing(engine, desk, clock):
    """It was slow, another has claimed the same deadline: the journal has one entry, by the one that holds it."""
    case = registered(desk)
    clock.set(DUE)
    store, tools = engine._store, engine._tools
    with engine.database.transaction() as raw:
        slow = store.claim_due(raw, now=clock(), until=clock() + LEASE, limit=10)
    clock.advance(LEASE)
    with engine.database.transaction() as raw:
        quick = store.claim_due(raw, now=clock(), until=clock() + LEASE, limit=10)
    with engine.database.transaction() as raw:
        see_to_case(Work(tools, raw, DEPUTY, clock(), writing=True), slow)
    untouched = actions(engine, case)
    with engine.database.transaction() as raw:
        see_to_case(Work(tools, raw, DEPUTY, clock(), writing=True), quick)

    assert [claim.attempt for claim in (*slow, *quick)] == [1, 1, 2, 2]
    assert untouched == ["open"]
    assert actions(engine, case) == ["open", "deadline_passed"]


def test_a_worker_that_died_is_replaced_when_its_lease_is_over(engine, desk, clock):
    """Nothing is lost: until then its claims are its own."""
    case = registered(desk)
    clock.set(DUE)
    with engine.database.transaction() as raw:
        engine._store.claim_due(raw, now=clock(), until=clock() + LEASE, limit=10)

    assert engine.see_to_due_work() == 0
    clock.advance(LEASE)
    assert engine.see_to_due_work() == 2
    assert actions(engine, case) == ["open", "deadline_passed"]


def test_a_case_that_fails_rests_and_keeps_no_other_from_its_turn(engine, desk, clock):
    """Its steps were damaged by hand: the others are seen to, and it is tried again, later each time."""
    poison, sound = registered(desk), registered(desk)
    with engine.database.transaction() as raw:
        engine._store.run(raw, "UPDATE appui_case SET steps = '[1]' WHERE id = :id", {"id": poison.id})
    clock.set(DUE)
    tried = []
    for _ in range(4):
        tried.append(engine.see_to_due_work())
        clock.advance(timedelta(minutes=2))
    with engine.database.reading() as raw:
        failing = engine._store.list_failing(raw, limit=10)

    assert actions(engine, sound) == ["open", "deadline_passed"]
    assert tried == [4, 2, 2, 0]
    assert {(each.reference, each.attempt) for each in failing} == {(poison.reference, 3)}


def test_an_action_takes_over_what_a_worker_had_claimed(engine, desk, clock):
    """The answer comes while a worker is about to remind: the answer counts."""
    case = registered(desk)
    clock.set(DUE)
    with engine.database.transaction() as raw:
        claims = engine._store.claim_due(raw, now=clock(), until=clock() + LEASE, limit=10)
    desk.act(case, "start_scoping")
    with engine.database.transaction() as raw:
        see_to_case(Work(engine._tools, raw, DEPUTY, clock(), writing=True), claims)

    assert actions(engine, case) == ["open", "start_scoping"]


def test_a_town_is_reminded_at_twelve_fifteen_and_seventeen_months_then_each_week(engine, clock, people):
    """« Petites villes de demain »: the ORT is due eighteen months on; when it is late the deputy hears of it too."""
    data = {"adhesion_signed_on": "2026-01-05", "communes": [VILLAGE]}
    case = engine.open(OpenCase("town_revitalisation", VILLAGE, "Petite ville", data), actor=DEPUTY)
    seen = []
    while len(seen) < 7:
        ort = next(each for each in engine.deadlines(case.id, actor=DEPUTY) if each.key == "ort_signature")
        clock.set(ort.next_at)
        engine.see_to_due_work()
        entry = engine.journal(case.id, actor=DEPUTY)[-1]
        kinds = [event.type for event in entry.events if event.key == "ort_signature"]
        told = {
            message.recipient
            for message in engine.messages(case.id, actor=DEPUTY)
            if message.seq == entry.seq
            and "ort_signature" in {line["key"] for line in message.data.get("deadlines", ())}
        }
        seen.append((clock().date().isoformat(), kinds, sorted(told)))

    desk_alone, deputy_too = ["person:g1", "person:g2"], ["person:adj", "person:g1", "person:g2"]
    assert seen == [
        ("2027-01-05", ["reminded"], desk_alone),
        ("2027-04-05", ["reminded"], desk_alone),
        ("2027-06-07", ["reminded"], desk_alone),
        ("2027-07-05", ["deadline_passed"], []),
        ("2027-07-06", ["reminded"], deputy_too),
        ("2027-07-12", ["reminded"], deputy_too),
        ("2027-07-19", ["reminded"], deputy_too),
    ]

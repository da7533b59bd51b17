"""The forecast: what is announced is what happens, and announcing it changes nothing."""

from datetime import timedelta

import pytest
from tests.integration.engine.world import ACTORS, AGENT, START, STRANGER, refusal

from appui.states.actor import Actor, Grant
from appui.states.errors import CaseNotFound
from appui.workflow.people import Person

DAYS = 45


@pytest.fixture
def people(engine):
    """One at the desk, a deputy."""
    for name, role in (("guichet", "intake_officer"), ("adjoint", "deputy_delegate")):
        engine.people.add(Person(name, f"Mme {name}", grants=(Grant(role, "department:79"),)))


def test_what_is_announced_is_what_happens(engine, desk, clock, people):
    """Each passing and each reminder of the next weeks, at its hour and to whom; then the ticks do just that."""
    cases = [
        desk.open(received_on="2026-03-03", contact={"name": "M. Maire"}),
        desk.act(desk.open(received_on="2026-03-02"), "ask_completion"),
    ]
    foreseen = engine.forecast(DAYS, actor=AGENT)
    end = clock() + timedelta(days=DAYS)
    happened = []
    while True:
        looks = [each.next_at for case in cases for each in engine.deadlines(case.id, actor=AGENT) if each.next_at]
        if min(looks) > end:
            break
        clock.set(min(looks))
        engine.see_to_due_work()
        for case in cases:
            last = engine.journal(case.id, actor=AGENT)[-1]
            if last.recorded_at == clock():
                happened += [(clock(), case.reference, event.type, event.key) for event in last.events]

    kinds = {"deadline": "deadline_passed", "reminder": "reminded"}
    announced = [(each.at, each.reference, kinds[each.kind], each.key) for each in foreseen if each.kind != "message"]
    assert sorted(announced) == sorted(happened)
    assert len(announced) > 12


def test_a_forecast_changes_nothing(engine, desk):
    """Not even when to look next."""
    desk.open(received_on="2026-03-03")
    before = desk.written()
    engine.forecast(400, actor=AGENT)

    assert desk.written() == before


def test_who_hears_of_what_is_announced_by_name(engine, desk, people):
    """The desk is reminded; once it is late for five working days the deputy is too. Queued mails are there as well."""
    case = desk.open(received_on="2026-03-03")
    told = {
        (each.kind, each.at.date().isoformat(), each.recipients)
        for each in engine.forecast(30, actor=AGENT, case_id=case.id)
    }

    assert ("message", "2026-03-03", ("M. Maire",)) in told
    assert ("reminder", "2026-03-13", ("Mme guichet",)) in told
    assert ("deadline", "2026-03-17", ()) in told
    assert ("reminder", "2026-03-24", ("Mme guichet", "Mme adjoint")) in told or (
        "reminder",
        "2026-03-24",
        ("Mme adjoint", "Mme guichet"),
    ) in told


def test_nobody_sees_further_than_their_cases(engine, desk, people):
    """A stranger is told of no case; an applicant of nothing that is said within the service."""
    case = desk.open(received_on="2026-03-03")

    assert engine.forecast(60, actor=STRANGER) == []
    with pytest.raises(CaseNotFound):
        engine.forecast(60, actor=STRANGER, case_id=case.id)
    assert {each.kind for each in engine.forecast(60, actor=ACTORS["applicant"])} == {"message", "deadline"}
    assert engine.forecast(60, actor=Actor.system(), department="86") == []


@pytest.mark.parametrize("days", [-1, 3661, True, "90", None, 1.5])
def test_a_number_of_days_that_is_none_is_refused(engine, days):
    """One sentence says what would be right."""
    assert refusal(lambda: engine.forecast(days, actor=AGENT)).code == "invalid_data"


def test_what_is_overdue_is_announced_for_now(engine, desk, clock):
    """After a stop, the next tick does it all: one reminder, at once."""
    desk.open(received_on="2026-03-03")
    clock.set(START + timedelta(days=60))
    found = [each for each in engine.forecast(0, actor=AGENT) if each.kind != "message"]

    assert [(each.kind, each.at) for each in found] == [("deadline", clock()), ("reminder", clock())]

"""« Petites villes de demain »: from the adhesion to the ORT, within eighteen months (the clock of the customer)."""

from datetime import UTC, date, datetime

import pytest
from tests.integration.engine.world import ACTORS, AGENT, DEPUTY, refusal

from appui.states.errors import InvalidData
from appui.workflow import Act, OpenCase

TOWNS = ["79001", "79049"]
"""INSEE codes of two communes; nothing is said about the real ones."""
SIGNED_ON = "2021-08-31"


@pytest.fixture
def town(engine, clock):
    """A town whose adhesion was signed on 31 August 2021, as it was registered the day after."""
    clock.set(datetime(2021, 9, 1, 8, tzinfo=UTC))
    data = {"adhesion_signed_on": SIGNED_ON, "communes": TOWNS}
    return engine.open(OpenCase("town_revitalisation", TOWNS[0], "Petites villes de demain", data), actor=AGENT)


def act(engine, case, action, data=None, *, actor=DEPUTY):
    """Do it and return the case."""
    return engine.act(Act(case.id, action, data or {}, case.version), actor=actor)


def ort(engine, case):
    """Return the deadline of the ORT."""
    return next(each for each in engine.deadlines(case.id, actor=AGENT) if each.key == "ort_signature")


def test_the_ort_is_due_eighteen_calendar_months_after_the_adhesion(engine, town):
    """31 August 2021 and eighteen months are 28 February 2023: February has no 31st."""
    deadline = ort(engine, town)

    assert (deadline.key, deadline.status, deadline.due_on) == ("ort_signature", "open", date(2023, 2, 28))
    assert deadline.derivation == "18 mois à compter du 31\xa0août 2021"


def test_a_town_goes_from_its_adhesion_to_its_ort(engine, town, clock):
    """Project manager, diagnosis, strategy, signature: each step by who may do it, and the clock is met."""
    document = engine.attach(town.id, "ort.pdf", b"%PDF-1.4\n%%EOF", actor=AGENT).id
    steps = [
        (datetime(2021, 11, 2, 9, tzinfo=UTC), "hire_project_manager", {"name": "M. Chef", "email": "chef@exemple.fr"}),
        (datetime(2021, 12, 1, 9, tzinfo=UTC), "start_diagnosis", {}),
        (datetime(2022, 6, 1, 9, tzinfo=UTC), "adopt_strategy", {}),
        (datetime(2022, 9, 1, 9, tzinfo=UTC), "send_ort_for_signature", {"document": document}),
        (datetime(2023, 2, 10, 9, tzinfo=UTC), "sign_ort", {"communes": [*TOWNS, "79191"]}),
        (datetime(2024, 2, 10, 9, tzinfo=UTC), "amend_ort", {"subject": "Une rue de plus"}),
    ]
    case, states = town, []
    for moment, action, data in steps:
        clock.set(moment)
        case = act(engine, case, action, data)
        states.append(case.state)

    assert states == ["project_managed", "diagnosis", "strategy", "ort_signing", "ort_signed", "ort_signed"]
    assert case.data["ort"]["communes"] == [*TOWNS, "79191"]
    assert (ort(engine, case).status, ort(engine, case).closed_on) == ("met", date(2023, 2, 10))
    closed = act(engine, case, "close", {"reason": "Programme achevé"})
    assert (closed.state, closed.ended_at) == ("closed", clock())
    assert engine.verify_journal() == []


@pytest.mark.parametrize("earlier", [(), ("start_diagnosis",), ("start_diagnosis", "adopt_strategy")])
def test_the_ort_may_be_signed_from_any_step(engine, town, earlier):
    """Some towns go faster than the programme."""
    case = town
    for action in earlier:
        case = act(engine, case, action)

    assert act(engine, case, "sign_ort", {"communes": TOWNS}).state == "ort_signed"


def test_a_town_that_already_has_an_ort_meets_the_clock_at_once(engine, town):
    """Whenever that ORT was signed, before the adhesion too."""
    case = act(engine, town, "record_existing_ort", {"signed_on": "2020-05-04"})

    assert (case.state, ort(engine, case).status) == ("ort_signed", "met")


def test_the_clock_runs_late_and_says_so(engine, town, clock):
    """The day after the last one."""
    clock.set(datetime(2023, 2, 28, 22, 59, tzinfo=UTC))
    assert ort(engine, town).status == "open"

    clock.set(datetime(2023, 2, 28, 23, tzinfo=UTC))
    assert ort(engine, town).status == "late"


def test_a_suspension_moves_the_last_day(engine, town, clock):
    """Ten days of suspension are ten days more."""
    case = act(engine, town, "suspend", {"reason": "Élections"}, actor=AGENT)
    clock.set(datetime(2021, 9, 11, 8, tzinfo=UTC))
    case = act(engine, case, "resume", actor=AGENT)

    assert ort(engine, case).due_on == date(2023, 3, 10)


def test_a_corrected_signature_moves_the_last_day(engine, town):
    """The agreement had been signed on the 27th."""
    change = {"what": "adhesion_signed_on", "value": "2021-08-27", "reason": "Mal lu"}
    case = act(engine, town, "correct", change, actor=AGENT)

    assert ort(engine, case).due_on == date(2023, 2, 27)


def test_an_ort_signed_before_the_adhesion_is_an_existing_one(engine, town):
    """The sentence says which action records it."""
    error = refusal(lambda: act(engine, town, "sign_ort", {"signed_on": "2021-01-04", "communes": TOWNS}))

    assert isinstance(error, InvalidData)
    assert "ORT existante" in str(error)


def test_an_adhesion_needs_its_communes(engine):
    """Each of them is followed to the ORT."""
    for communes in ([], ["Bressuire"], None):
        given = {"adhesion_signed_on": SIGNED_ON} | ({} if communes is None else {"communes": communes})
        command = OpenCase("town_revitalisation", TOWNS[0], "PVD", given)
        error = refusal(lambda command=command: engine.open(command, actor=AGENT))
        assert isinstance(error, InvalidData)


def test_towns_do_not_count_among_the_requests(engine, town):
    """The local share is of requests; a programme has none."""
    share = engine.local_share(actor=AGENT, department="79")

    assert (share.local, share.not_routed) == (0, 0)
    assert engine.indicators(actor=AGENT, procedure="town_revitalisation").cases == 1


def test_nobody_from_outside_moves_a_town(engine, town):
    """A mayor follows, and does not sign for the State."""
    views = engine.explain(town.id, actor=ACTORS["applicant"])

    assert [view.name for view in views if view.permitted] == []


def rhythm(engine, case, key):
    """Return (status, due day) of a deadline that comes again."""
    found = {each.key: each for each in engine.deadlines(case.id, actor=AGENT)}
    return (found[key].status, found[key].due_on) if key in found else None


def test_the_network_meets_every_two_months_from_the_day_it_last_met(engine, town, clock):
    """Nobody has to enter the next date: it follows from the meeting, whenever that was entered."""
    assert rhythm(engine, town, "managers_network") is None
    clock.set(datetime(2021, 11, 2, 9, tzinfo=UTC))
    case = act(engine, town, "hire_project_manager", {"name": "M. Chef"})
    assert rhythm(engine, case, "managers_network") == ("open", date(2022, 1, 3))

    clock.set(datetime(2021, 12, 20, 9, tzinfo=UTC))
    case = act(engine, case, "record_network_meeting", {"held_on": "2021-12-14"})
    assert rhythm(engine, case, "managers_network") == ("open", date(2022, 2, 14))
    clock.set(datetime(2022, 3, 1, 9, tzinfo=UTC))
    assert rhythm(engine, case, "managers_network") == ("late", date(2022, 2, 14))


def test_the_elected_meet_once_a_year(engine, town, clock):
    """From the adhesion on, and as long as the town is followed."""
    assert rhythm(engine, town, "elected_meeting") == ("open", date(2022, 8, 31))
    clock.set(datetime(2022, 6, 15, 9, tzinfo=UTC))
    case = act(engine, town, "record_elected_meeting")

    assert rhythm(engine, case, "elected_meeting") == ("open", date(2023, 6, 15))


def test_the_project_committee_meets_before_the_day_that_was_set(engine, town, clock):
    """Set again, the clock follows; held, it is met."""
    assert rhythm(engine, town, "project_committee") is None
    case = act(engine, town, "plan_project_committee", {"before": "2021-12-15"})
    assert rhythm(engine, case, "project_committee") == ("open", date(2021, 12, 15))
    clock.set(datetime(2021, 12, 1, 9, tzinfo=UTC))
    case = act(engine, case, "record_project_committee", {"minutes": "Calendrier adopté"})

    assert rhythm(engine, case, "project_committee") == ("met", date(2021, 12, 15))


def test_the_ort_may_be_given_more_time_by_a_decision(engine, town, clock):
    """Who decided, when, until which day: the reason is in the journal."""
    data = {"deadline": "ort_signature", "until": "2023-06-30", "reason": "Élections municipales partielles"}
    case = act(engine, town, "extend_deadline", data)
    deadline = ort(engine, case)

    assert deadline.due_on == date(2023, 6, 30)
    assert deadline.derivation == "prolongée jusqu'au 30\u00a0juin 2023 (décision du 1er\u00a0septembre 2021)"
    assert engine.journal(case.id, actor=AGENT)[-1].data["reason"] == "Élections municipales partielles"
    assert engine.verify_journal() == []

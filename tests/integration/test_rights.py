"""Nobody reads or acts outside their territory, role and dates; who is refused is told why and who can."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests.integration.officials import COMMUNE, DEPUTY, OFFICER, PREFECT, STRANGER, engine_on, opened

from appui.workflow import (
    Absence,
    Act,
    Actor,
    AppuiError,
    CaseNotFound,
    Grant,
    InvalidData,
    NotAllowed,
    Person,
    Provider,
)
from appui.workflow.territories import register

APPLICANT = register().get(COMMUNE)
TODAY = date(2026, 3, 2)
DROP = {"reason": "Sans nouvelles"}


@pytest.fixture
def engine(dialect, make_url, tmp_path):
    """An engine on each kind of base."""
    engine = engine_on(make_url(dialect), tmp_path)
    yield engine
    engine.stop()


def _officer(territory, **dates):
    return Actor("someone", "Quelqu'un", grants=(Grant("case_officer", territory, **dates),))


TERRITORIES = {
    "nation": True,
    f"region:{APPLICANT.region}": True,
    "department:79": True,
    f"arrondissement:{APPLICANT.arrondissement}": True,
    f"epci:{APPLICANT.epci}": True,
    f"commune:{COMMUNE}": True,
    "region:84": False,
    "department:01": False,
    "arrondissement:011": False,
    "epci:200069193": False,
    "commune:01001": False,
}


@pytest.mark.parametrize(("territory", "sees"), TERRITORIES.items())
def test_a_role_counts_in_its_territory_alone(engine, territory, sees):
    """Lists, reading and acting agree, whatever the kind of territory."""
    case = opened(engine)
    somebody = _officer(territory)
    listed = [each.id for each in engine.cases(actor=somebody).items]

    assert listed == ([case.id] if sees else [])
    if sees:
        assert engine.act(Act(case.id, "drop", DROP, 1), actor=somebody).state == "no_follow_up"
    else:
        with pytest.raises(CaseNotFound):
            engine.act(Act(case.id, "drop", DROP, 1), actor=somebody)


def test_a_foreign_case_answers_exactly_as_an_unknown_one(engine):
    """Through every door: nobody learns that a case of another département exists."""
    case = opened(engine)
    unknown = "00000000-0000-4000-8000-000000000000"
    doors = [
        lambda case_id: engine.get(case_id, actor=STRANGER),
        lambda case_id: engine.explain(case_id, actor=STRANGER),
        lambda case_id: engine.journal(case_id, actor=STRANGER),
        lambda case_id: engine.deadlines(case_id, actor=STRANGER),
        lambda case_id: engine.messages(case_id, actor=STRANGER),
        lambda case_id: engine.documents(case_id, actor=STRANGER),
        lambda case_id: engine.read_document(case_id, "x", actor=STRANGER),
        lambda case_id: engine.attach(case_id, "a.txt", b"a", actor=STRANGER),
        lambda case_id: engine.act(Act(case_id, "drop", DROP, 1), actor=STRANGER),
        lambda case_id: engine.preview(Act(case_id, "inconnue", {}, 9), actor=STRANGER),
    ]
    for door in doors:
        told = []
        for case_id in (case.id, unknown):
            with pytest.raises(CaseNotFound) as refusal:
                door(case_id)
            told.append(str(refusal.value).replace(case_id, "?"))

        assert told[0] == told[1]


@pytest.mark.parametrize(
    ("since", "until", "holds"),
    [(TODAY, TODAY, True), (None, TODAY - timedelta(days=1), False), (TODAY + timedelta(days=1), None, False)],
)
def test_a_grant_holds_on_both_of_its_days(engine, since, until, holds):
    """A delegation by order begins and ends with its day, in the département's own time."""
    case = opened(engine)
    somebody = _officer("department:79", since=since, until=until)

    assert bool(engine.cases(actor=somebody).items) == holds
    assert engine.get(case.id, actor=OFFICER)


def test_stored_rights_are_added_to_those_that_a_host_vouches_for(engine):
    """The same identifier, wherever its rights come from; a closed account holds nothing."""
    case = opened(engine)
    engine.people.add(Person("someone", "Quelqu'un", grants=(Grant("deputy_delegate", "department:79"),)))
    somebody = Actor("someone", "Quelqu'un")
    refused = engine.act(Act(case.id, "refuse", {"reason": "Non"}, 1), actor=somebody)
    engine.people.disable("someone")

    assert refused.state == "refused"
    with pytest.raises(CaseNotFound):
        engine.get(case.id, actor=somebody)


def test_a_substitute_acts_for_who_is_away_and_the_journal_says_so(engine):
    """During the absence only, and never further: what was lent is not lent on."""
    case = opened(engine)
    engine.people.add(Person("bob", "Bob"))
    engine.people.add(Person("carl", "Carl"))
    engine.people.add(
        Person(
            "alice",
            "Alice",
            grants=(Grant("deputy_delegate", "department:79"),),
            absences=(Absence(TODAY, TODAY + timedelta(days=7), "bob"),),
        )
    )
    engine.people.absent("bob", Absence(TODAY, TODAY + timedelta(days=7), "carl"))
    who_can = next(view.who_can for view in engine.explain(case.id, actor=DEPUTY) if view.name == "refuse")
    engine.act(Act(case.id, "refuse", {"reason": "Non"}, 1), actor=Actor("bob", "Bob"))
    with pytest.raises(CaseNotFound):
        engine.get(case.id, actor=Actor("carl", "Carl"))
    entry = engine.journal(case.id, actor=OFFICER)[-1]
    engine.clock.advance(timedelta(days=8))

    assert who_can == ("Bob (délégué territorial adjoint)",)
    assert (entry.actor_id, entry.on_behalf_of) == ("bob", "alice")
    with pytest.raises(CaseNotFound):
        engine.get(case.id, actor=Actor("bob", "Bob"))


def test_a_mairie_has_a_hand_in_its_own_cases_alone(engine):
    """It opens, follows and withdraws its own request, and reads nothing of what the service notes for itself."""
    mairie = Actor("mairie", "La mairie", grants=(Grant("applicant", f"commune:{COMMUNE}"),))
    case = opened(engine, mairie)
    engine.act(Act(case.id, "comment", {"text": "À rappeler"}, 1), actor=OFFICER)
    other = Actor("autre", "Une autre mairie", grants=(Grant("applicant", "commune:79191"),))

    assert [each.action for each in engine.journal(case.id, actor=mairie)] == ["open"]
    assert {message.notice for message in engine.messages(case.id, actor=mairie)} == {"acknowledgement"}
    with pytest.raises(NotAllowed, match="collectivité demandeuse"):
        engine.act(Act(case.id, "drop", DROP, 2), actor=mairie)
    with pytest.raises(CaseNotFound):
        engine.get(case.id, actor=other)
    assert engine.act(Act(case.id, "withdraw", DROP, 2), actor=mairie).state == "withdrawn"


def test_a_provider_answers_for_itself_on_what_it_was_asked(engine):
    """Another role elsewhere gives it no voice for its competitors."""
    for provider in ("caue", "id79"):
        engine.providers.add(Provider(provider, f"{provider} (fictif)", "agence"))
    case = opened(engine)
    case = engine.act(Act(case.id, "start_scoping", {"case_officer": "agent"}, 1), actor=OFFICER)
    caue = Actor(
        "caue", "CAUE", grants=(Grant("provider", "department:79"), Grant("programme_referent", "department:79"))
    )
    alone = replace(caue, grants=caue.grants[:1])
    with pytest.raises(CaseNotFound):
        engine.get(case.id, actor=alone)
    case = engine.act(Act(case.id, "consult_providers", {"providers": ["caue", "id79"]}, 2), actor=OFFICER)

    for actor in (caue, alone):
        with pytest.raises(InvalidData, match="que pour lui-même"):
            engine.act(Act(case.id, "record_answer", {"provider": "id79", "accepts": False}, 3), actor=actor)
    assert engine.act(Act(case.id, "record_answer", {"provider": "caue", "accepts": False}, 3), actor=alone)
    assert [each.id for each in engine.cases(actor=alone).items] == [case.id]


def test_a_shared_case_is_read_by_the_other_departement_and_moved_by_its_own(engine):
    """Shared by name, and only with a département that exists."""
    case = opened(engine)
    ain = Actor("ain", "M. Ain", grants=(Grant("case_officer", "department:01"),))
    for wrong in ("79", "20"):
        with pytest.raises(InvalidData):
            engine.act(Act(case.id, "share", {"department": wrong}, 1), actor=OFFICER)
    engine.act(Act(case.id, "share", {"department": "01"}, 1), actor=OFFICER)

    assert engine.get(case.id, actor=ain).id == engine.cases(actor=ain).items[0].id == case.id
    with pytest.raises(NotAllowed):
        engine.act(Act(case.id, "drop", DROP, 2), actor=ain)


@pytest.mark.parametrize("role", ["administrator", "committee_member"])
def test_who_runs_the_instance_sees_no_case(engine, role):
    """Accounts and configuration, no decision on cases."""
    opened(engine)
    somebody = Actor("someone", "Quelqu'un", grants=(Grant(role, "department:79"),))

    assert engine.cases(actor=somebody).items == ()


def test_an_auditor_reads_everything_and_moves_nothing(engine):
    """The log included."""
    case = opened(engine)
    engine.act(Act(case.id, "comment", {"text": "Vu"}, 1), actor=OFFICER)
    auditor = Actor("audit", "Inspection", grants=(Grant("auditor", "nation"),))

    assert [each.action for each in engine.journal(case.id, actor=auditor)] == ["open", "comment"]
    assert not any(view.permitted for view in engine.explain(case.id, actor=auditor))


def test_nobody_undoes_what_was_not_theirs_to_do(engine):
    """The desk may undo its own last action, not the delegate's refusal."""
    case = opened(engine)
    desk = Actor("desk", "Guichet", grants=(Grant("intake_officer", "department:79"),))
    engine.act(Act(case.id, "refuse", {"reason": "Non"}, 1), actor=PREFECT)
    with pytest.raises(AppuiError, match="pas de votre ressort"):
        engine.act(Act(case.id, "undo", {"reason": "Erreur"}, 2), actor=desk)

    assert engine.act(Act(case.id, "undo", {"reason": "Erreur"}, 2), actor=DEPUTY).state == "received"

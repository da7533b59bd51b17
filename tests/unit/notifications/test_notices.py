"""Who hears of what, and who does not."""

from itertools import count

import pytest
from hypothesis import given, settings
from tests.unit.states.walks import walks
from tests.unit.states.world import ENOUGH, LIBRARY, NOW, PARTIES, REGIMES, found_in, opened, played

from appui.notifications.message import NOT_DEPARTED, QUEUED
from appui.notifications.notices import RULES, messages_for, notices
from appui.states.actor import OUTSIDE_ROLES, ROLES, Actor


def messages(world, action, data=None, **who):
    """Take an action and return its messages."""
    decision = world.act(action, data, **who)
    return told_by(world, decision, action)


def told_by(world, decision, action):
    """Return the messages that a decision gives rise to."""
    number = count(1)
    keys = world.procedure.actions[action].notices
    return messages_for(keys, decision, not_before=NOW, new_id=lambda: f"m{next(number)}")


def told(found):
    """Return (notice, recipient) of each message."""
    return [(each.notice, each.recipient) for each in found]


def named_by(procedure):
    """Return the notices that a procedure names."""
    by_actions = {notice for action in procedure.actions.values() for notice in action.notices}
    further = {rule.escalation.notice for rule in procedure.deadlines.values() if rule.escalation is not None}
    return by_actions | further | {rule.notice for rule in procedure.deadlines.values() if rule.notice}


def test_every_notice_is_named_and_every_name_is_a_notice():
    """No mail that nobody sends, no sending of a mail that does not exist."""
    assert set().union(*(named_by(procedure) for procedure in LIBRARY)) == set(notices())


def test_every_notice_has_a_label_and_somebody_to_hear_it():
    """Its recipients are rules or roles that exist; applicants and providers are never told as a role."""
    roles = {f"role:{role}" for role in set(ROLES) - OUTSIDE_ROLES}
    for notice in notices().values():
        assert notice.label
        assert notice.to
        assert set(notice.to) <= {*RULES, *roles}


def test_every_rule_is_used():
    """A rule that no notice needs is gone."""
    assert {rule for notice in notices().values() for rule in notice.to if not rule.startswith("role:")} == set(RULES)


def test_an_entered_state_that_a_notice_waits_for_exists():
    """Otherwise it would never leave."""
    states = {state for procedure in LIBRARY for state in procedure.states}

    assert {notice.entering for notice in notices().values() if notice.entering} <= states


def test_an_opening_acknowledges_and_tells_the_desk():
    """The mayor's address is known already."""
    world = opened()
    found = told_by(world, world.decision, "open")

    assert told(found) == [("acknowledgement", "applicant"), ("request_received", "role:intake_officer")]
    assert (found[0].name, found[0].email, found[0].outside) == ("M. Maire", "mairie@exemple.fr", True)
    assert (found[1].name, found[1].email, found[1].outside) == ("guichet", None, False)
    assert (found[0].id, found[0].seq, found[0].visit, found[0].status, found[0].not_before) == (
        "m1", 1, 1, QUEUED, NOW,
    )  # fmt: skip


def test_without_a_contact_the_applicant_is_named_by_its_own_name():
    """The letter has a name, the mail has no address yet."""
    world = opened(contact={})

    [acknowledgement, _] = told_by(world, world.decision, "open")

    assert (acknowledgement.name, acknowledgement.email) == ("Exemple-sur-Sèvre", None)


def test_nobody_is_told_what_they_did_themselves():
    """The officer who takes a case knows it; the colleague who is given one does not."""
    mine = messages(opened(), "start_scoping", {"case_officer": "agent"})
    given_away = messages(opened(), "start_scoping", {"case_officer": "collegue"})

    assert told(mine) == [("scoping_started", "applicant")]
    assert told(given_away) == [("scoping_started", "applicant"), ("case_assigned", "person:collegue")]


def test_a_provider_is_asked_and_the_officer_hears_its_answer():
    """Each provider once, even when named twice."""
    world = played(2024, ("start_scoping", {"case_officer": "collegue"}))
    asked = messages(world, "consult_providers", {"providers": ["caue", "id79", "caue"]})
    answered = messages(world, "record_answer")

    assert told(asked) == [("provider_asked", "provider:caue"), ("provider_asked", "provider:id79")]
    assert told(answered) == [("provider_answered", "person:collegue")]


def test_a_quick_answer_confirms_to_the_provider_that_accepted():
    """One form, one mail each."""
    assert told(messages(opened(), "answer_locally")) == [
        ("solved_locally", "applicant"),
        ("provider_confirmed", "provider:caue"),
    ]


def test_nobody_to_ask_means_nobody_is_told():
    """« Aucun prestataire » asks no one."""
    world = played(2024, "start_scoping")

    assert messages(world, "consult_providers", {"none_exists": True, "reason": "Personne"}) == ()


def signing():
    """Return a convention out for signature, and the decision that sent it."""
    world = found_in("national_accepted")
    world.act("record_framing")
    world.act("draft_convention")
    return world


def test_only_the_missing_signatories_are_told():
    """The mayor who has signed is left alone."""
    world = signing()
    sent = messages(world, "send_for_signature")
    world.act("sign")
    reminded = [
        recipient.who
        for recipient in RULES["unsigned"](world.decision)
    ]  # fmt: skip

    assert told(sent) == [("convention_to_sign", "party:state"), ("convention_to_sign", "party:mairie")]
    assert sent[1].email == PARTIES[1]["email"]
    assert reminded == ["party:state"]


def test_all_signatories_hear_that_a_convention_is_taken_back():
    """The one who had signed signs again."""
    world = signing()
    world.act("send_for_signature")
    world.act("sign")

    assert told(messages(world, "revise_convention")) == [
        ("convention_revised", "party:state"),
        ("convention_revised", "party:mairie"),
    ]


def test_signed_is_said_at_the_last_signature_only():
    """One mail, when it is true."""
    world = signing()
    world.act("assign", {"assignee": "collegue"})
    world.act("send_for_signature")
    first = messages(world, "sign", {"party": "state"})
    last = messages(world, "sign", {"party": "mairie"})

    assert first == ()
    assert told(last) == [("convention_signed", "applicant"), ("convention_signed", "person:collegue")]


@pytest.mark.parametrize(("local", "below"), [(9, False), (8, True)])
def test_the_delegate_hears_of_a_referral_below_the_target_only(local, below):
    """At 90 % exactly there is nothing to say, even when a reason was written."""
    world = found_in("local_search", presumed=("local_search_done",))
    world.facts["routed"] = {"local": local, "national": 0}
    data = ENOUGH["route_national"] | {"below_target_reason": "Personne ici"}
    found = told(messages(world, "route_national", data))

    assert (("below_target", "role:delegate") in found) is below
    assert found[:2] == [("national_referral", "role:anct_officer"), ("referred_to_agency", "applicant")]


def test_participants_are_told_once_each_with_the_applicant():
    """The mayor who also stands among the participants gets one invitation; who has no address gets none."""
    world = played(2024, "start_scoping")
    participants = [
        {"name": "M. Maire", "email": "mairie@exemple.fr"},
        {"name": "Mme CAUE", "email": "caue@exemple.fr"},
        {"name": "Sans adresse"},
    ]
    found = messages(world, "schedule_framing", ENOUGH["schedule_framing"] | {"participants": participants})

    assert [(each.recipient.split(":")[0], each.email) for each in found] == [
        ("applicant", "mairie@exemple.fr"),
        ("participant", "caue@exemple.fr"),
    ]


@pytest.mark.parametrize("action", ["cancel_framing", "reschedule_framing"])
def test_who_was_invited_hears_that_the_meeting_changes(action):
    """An invitation is never left standing in somebody's calendar."""
    world = played(2024, "start_scoping")
    guests = [{"name": "Mme CAUE", "email": "caue@exemple.fr"}]
    world.act("schedule_framing", ENOUGH["schedule_framing"] | {"participants": guests})

    assert "caue@exemple.fr" in [each.email for each in messages(world, action)]


def test_a_withdrawal_tells_the_service_and_not_who_withdrew():
    """The applicant did it."""
    world = played(2024, ("start_scoping", {"case_officer": "collegue"}))
    found = messages(world, "withdraw", actor=Actor("mairie", "M. Maire"), roles={"applicant"})

    assert told(found) == [("withdrawn", "person:collegue"), ("withdrawn", "role:intake_officer")]


def test_a_message_belongs_to_the_visit_in_which_it_makes_sense():
    """When the case has moved on since, the message is asked again whether it is still true."""
    world = found_in("local_search")
    asked = messages(world, "consult_providers")
    moved = messages(world, "answer_locally")

    assert {each.visit for each in asked} == {1}
    assert {(each.visit, each.seq) for each in moved} == {(3, 3)}


@pytest.mark.parametrize("action", ["comment", "attach", "share", "correct", "undo"])
def test_what_is_of_the_service_alone_is_told_to_nobody(action):
    """A comment stays inside."""
    assert messages(played(2024, "start_scoping"), action) == ()


def test_only_what_is_queued_cancelled_or_refused_has_not_departed():
    """Anything else may have been read: its action cannot be undone."""
    assert {"queued", "cancelled", "refused"} == NOT_DEPARTED


@settings(max_examples=60, deadline=None)
@given(world=walks(longest=10))
def test_no_message_is_told_twice_to_one_recipient(world):
    """Whatever happens, one action tells each person each thing once."""
    action = world.journal[-1].action
    if action == "import":
        return
    found = told_by(world, world.decision, action)

    assert len({(each.notice, each.email or each.recipient) for each in found}) == len(found)
    assert len({(each.notice, each.recipient) for each in found}) == len(found)
    assert all(each.label == notices()[each.notice].label for each in found)
    assert f"person:{world.journal[-1].actor_id}" not in {each.recipient for each in found}


@pytest.mark.parametrize("regime", REGIMES)
def test_applicants_hear_of_every_step_that_concerns_them(regime):
    """Collectivités say that they don't hear back: every change of state that somebody else makes is told to them."""
    silent = {"draft_convention", "provide_completion", "consult_providers", "withdraw", "open"}
    moving = {action.name for source, target, action, _ in REGIMES[regime].edges() if source != target} - silent
    to_applicants = {key for key, notice in notices().items() if {"applicant", "unsigned"} & set(notice.to)}

    assert {name for name in moving if not set(REGIMES[regime].actions[name].notices) & to_applicants} == set()

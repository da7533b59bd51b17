"""What messages keep of their case, and what they say once everybody has a name."""

import pytest
from tests.integration.engine.world import AGENT, DEPUTY, ENOUGH, VILLAGE

from appui.states.actor import Actor, Grant
from appui.states.errors import CaseNotFound, InvalidData, NotAllowed
from appui.workflow.commands import Act
from appui.workflow.correspondence import words_of
from appui.workflow.people import Person
from appui.workflow.providers import Provider


def message_of(engine, case, notice):
    """Return the last message of that notice."""
    return [each for each in engine.messages(case.id, actor=AGENT) if each.notice == notice][-1]


def said(engine, case, notice, **options):
    """Return what the last message of a notice says."""
    message = message_of(engine, case, notice)
    with engine.database.reading() as raw:
        return words_of(message, raw, engine._tools, **options)


@pytest.fixture
def known(desk):
    """An engine that knows the agent and a provider, by name and number."""
    desk.engine.people.add(Person(AGENT.id, "Marie Agent", "m.agent@exemple.invalid", "05 00 00 00 01"))
    sheet = Provider("caue", "Conseil d'architecture (fictif)", "CAUE", phone="05 00 00 00 03")
    desk.engine.providers.add(sheet)
    return desk


def test_an_acknowledgement_says_by_when_and_who_writes(known):
    """Nobody follows the request yet: the service signs."""
    words = said(known.engine, known.open(), "acknowledgement")

    assert "au plus tard le lundi 16\u00a0mars 2026." in words.text
    assert "Le service d'appui en ingénierie\n" in words.text


def test_the_assignee_signs_with_a_direct_number(known):
    """The applicant calls a person, not a switchboard."""
    case = known.act(known.open(), "start_scoping")
    words = said(known.engine, case, "scoping_started", link="https://exemple.invalid/suivi")

    assert "Marie Agent la suit" in words.text
    assert "Marie Agent\nLe service d'appui en ingénierie\nTéléphone\u00a0: 05 00 00 00 01" in words.text
    assert "https://exemple.invalid/suivi" in words.html


def test_a_message_says_what_was_true_when_it_was_queued(known):
    """The title corrected afterwards changes no mail that tells of the day before."""
    case = known.act(known.open(title="Friche"), "start_scoping")
    known.act(case, "correct", {"what": "title", "value": "Halle", "reason": "Mal noté"})
    words = said(known.engine, case, "scoping_started")

    assert "« Friche »" in words.text.replace("\u00a0", " ")


def test_a_new_number_is_the_one_to_call(known):
    """Who writes and how to call is as of the departure, like the address."""
    case = known.act(known.open(), "start_scoping")
    known.engine.people.add(Person(AGENT.id, "Marie Agent", "m.agent@exemple.invalid", "05 00 00 00 09"))

    assert "05 00 00 00 09" in said(known.engine, case, "scoping_started").text


def test_a_local_solution_names_the_provider_and_its_number(known):
    """The mayor can call at once."""
    case = known.act(known.open(), "answer_locally")
    words = said(known.engine, case, "solved_locally")

    assert "Conseil d'architecture (fictif) peut vous accompagner" in words.text
    assert "05 00 00 00 03" in words.text


def test_a_message_keeps_only_what_its_template_needs(known):
    """Names of people and providers are not copied: they are settled when it leaves."""
    case = known.act(known.open(), "start_scoping")

    assert message_of(known.engine, case, "scoping_started").data == {
        "reference": case.reference,
        "title": "Friche",
        "applicant": case.applicant.name,
        "stage": "Cadrage du besoin",
        "department": "79",
        "contact": AGENT.id,
    }


def test_a_preview_keeps_what_the_action_would_keep(known):
    """Who previews an action reads the mail that it would send."""
    case = known.open()
    command = Act(case.id, "start_scoping", {"case_officer": AGENT.id}, case.version)
    [told, *_] = known.engine.preview(command, actor=AGENT).messages
    done = known.act(case, "start_scoping")

    assert told.data == message_of(known.engine, done, "scoping_started").data


def test_the_service_reads_what_a_mail_would_say_now(known):
    """Of a real case, before anything is done."""
    case = known.act(known.open(title="Friche"), "start_scoping")
    words = known.engine.words("scoping_started", case_id=case.id, actor=AGENT)

    assert words == said(known.engine, case, "scoping_started")
    assert "Friche" in known.engine.words("refused", case_id=case.id, actor=AGENT).text


def test_others_do_not_read_the_mails_of_a_case_beforehand(known):
    """A stranger sees no case; the applicant does not read what the service writes to itself."""
    case = known.open()
    mayor = Actor("maire", "M. Maire", grants=(Grant("applicant", f"commune:{VILLAGE}"),))
    stranger = Actor("ailleurs", "A. Ailleurs", grants=(Grant("delegate", "department:01"),))

    with pytest.raises(NotAllowed):
        known.engine.words("below_target", case_id=case.id, actor=mayor)
    with pytest.raises(CaseNotFound):
        known.engine.words("below_target", case_id=case.id, actor=stranger)


def test_those_outside_see_that_somebody_was_written_to_and_not_what(known):
    """A provider that is asked does not read what the applicant was told."""
    case = known.open()
    mayor = Actor("maire", "M. Maire", grants=(Grant("applicant", f"commune:{VILLAGE}"),))
    [seen] = known.engine.messages(case.id, actor=mayor)

    assert (seen.notice, seen.data) == ("acknowledgement", {})


def test_an_unknown_notice_is_told_with_the_nearest(known):
    """A slip of the pen costs one look."""
    with pytest.raises(InvalidData, match="vouliez-vous dire « acknowledgement »"):
        known.engine.words("acknowledgment")


def test_every_action_of_a_whole_life_can_be_put_in_words(known):
    """No message that an action queues lacks what its template needs."""
    case = known.open()
    for action in ("ask_completion", "provide_completion", "start_scoping", "schedule_framing", "reschedule_framing",
                   "record_framing", "consult_providers", "record_answer", "route_national", "accept_national",
                   "draft_convention", "send_for_signature", "sign"):  # fmt: skip
        more = {"on_paper": True} if action == "sign" else {}
        case = known.act(case, action, ENOUGH[action] | more)
    messages = known.engine.messages(case.id, actor=DEPUTY)

    assert len({each.notice for each in messages}) >= 12
    with known.engine.database.reading() as raw:
        for message in messages:
            assert case.reference in words_of(message, raw, known.engine._tools).text

"""A case is what its journal tells: folded again, taken back, corrected, sent through JSON."""

import json
from dataclasses import asdict, fields, replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.states.walks import walks
from tests.unit.states.world import ENOUGH, REGIMES, found_in, opened, played

from appui.states.case import Entry, apply, day_of, effective, fold
from appui.states.errors import ActionRefused, InvalidData
from appui.states.events import EVENTS, DeadlineChanged, StateEntered, Undone, event_from_json
from appui.states.machine import action_of, references_in

OF_THE_ENTRY = ("version", "updated_at", "head")


def facts(case):
    """Return all that a case says, its last entry left out."""
    return {each.name: getattr(case, each.name) for each in fields(case) if each.name not in OF_THE_ENTRY}


@settings(max_examples=120, deadline=None)
@given(world=walks())
def test_the_journal_tells_the_case_at_every_step(world):
    """Read again from the first line, it gives the same state, facts, route, end and days."""
    for place, case in enumerate(world.past, start=1):
        assert fold(world.journal[:place]) == case


@settings(max_examples=80, deadline=None)
@given(world=walks())
def test_what_always_holds(world):
    """The end date stands if and only if the state is final; versions rise by one; no day goes backwards."""
    for number, case in enumerate(world.past, start=1):
        days = [step.on for step in case.steps if step.on is not None]
        assert case.version == number
        assert (case.ended_at is not None) == (case.state in world.procedure.final_states)
        assert days == sorted(days)
        assert case.current_visit.state == case.state
        assert (case.route is None) == (case.routed_by is None)


@settings(max_examples=80, deadline=None)
@given(world=walks())
def test_every_entry_survives_the_store(world):
    """What JSON keeps of data and events gives the same case."""
    stored = [
        replace(
            entry,
            data=json.loads(json.dumps(dict(entry.data), allow_nan=False)),
            events=tuple(
                event_from_json(json.loads(json.dumps(event.to_json(), allow_nan=False))) for event in entry.events
            ),
        )
        for entry in world.journal
    ]

    assert [entry.events for entry in stored] == [entry.events for entry in world.journal]
    assert fold(stored) == world.case


@settings(max_examples=80, deadline=None)
@given(world=walks(longest=10))
def test_undoing_restores_exactly_what_was_known_before(world):
    """State, facts, route, assignee, days, suspension: as if it had not been done."""
    last = world.last_action
    if last is None or world.case.suspended_since is not None:
        return
    without = [entry for entry in world.journal if entry.seq != last["seq"]]

    after = world.act("undo", days=0).case

    assert facts(after) == facts(fold(without))
    assert (after.version, after.updated_at) == (world.journal[-1].seq, world.now)


@settings(max_examples=60, deadline=None)
@given(world=walks())
def test_at_most_one_change_of_a_deadline_is_told_at_a_time(world):
    """A key twice in one outcome could not be written."""
    for entry in world.journal:
        keys = [event.key for event in entry.events if isinstance(event, DeadlineChanged)]
        assert len(keys) == len(set(keys))


def test_undo_after_undo_takes_back_one_action_more():
    """Two clicks take back two actions, the last one first; then there is nothing left to undo."""
    world = played(2024, "start_scoping", "record_framing", "undo")
    first = world.case.state
    world.act("undo")

    assert (first, world.case.state) == ("scoping", "received")
    assert world.refusals("undo") == ["undoable"]
    assert [event.seq for entry in world.journal for event in entry.events if isinstance(event, Undone)] == [3, 2]


def test_an_action_can_be_taken_again_after_its_undoing():
    """The second one counts, under its own number."""
    world = played(2024, "start_scoping", "undo", ("start_scoping", {"case_officer": "autre"}))

    assert (world.case.state, world.case.assignee) == ("scoping", "autre")
    assert [step.seq for step in world.case.visits] == [1, 4]


def test_a_correction_can_be_undone():
    """The wrong fact comes back, deadlines included."""
    world = opened()
    before = facts(world.case)
    world.act("correct", {"what": "received_on", "value": "2026-02-27", "reason": "Tampon"})
    told = {deadline.key: deadline.due_on for deadline in world.act("undo").deadlines}

    assert facts(world.case) == before
    assert told["first_answer"] == date(2026, 3, 16)


def test_undoing_an_end_takes_the_end_date_away():
    """Closed by mistake a minute ago."""
    world = played(2024, "drop", "undo")

    assert (world.case.state, world.case.ended_at, world.case.data.get("closing")) == ("received", None, None)


def test_an_opening_is_not_undone():
    """A registration that should not be is closed, not erased."""
    assert opened().refusals("undo") == ["undoable"]
    assert found_in("scoping").refusals("undo") == ["undoable"]


def test_undone_entries_and_only_they_stop_counting():
    """The journal keeps all of them."""
    world = played(2024, "start_scoping", "comment", "undo")

    assert [entry.seq for entry in world.journal] == [1, 2, 3, 4]
    assert [entry.seq for entry in effective(world.journal)] == [1, 2, 4]


@pytest.mark.parametrize(
    ("what", "value", "kept"),
    [
        ("title", "  Halle ", "Halle"),
        ("need", "Une halle", "Une halle"),
        ("works_design", True, True),
        ("contact.phone", "05 49 00 00 01", "05 49 00 00 01"),
        ("contact", {"name": "N. Maire"}, {"name": "N. Maire"}),
        ("themes", ["mobility"], ["mobility"]),
        ("received_on", "2026-03-01", "2026-03-01"),
        ("applicant.name", "Exemple-le-Neuf", "Exemple-le-Neuf"),
        ("applicant.population", 5_000, 5_000),
        ("applicant.siren", "200 040 244", "200040244"),
    ],
)
def test_a_wrong_fact_is_replaced(what, value, kept):
    """The value is cleaned as the fact's own, and the journal keeps both."""
    world = opened()
    case = world.act("correct", {"what": what, "value": value, "reason": "Erreur"}).case

    read = {"title": case.title} | {f"applicant.{name}": each for name, each in asdict(case.applicant).items()}
    assert read.get(what, case.fact(what)) == kept
    assert fold(world.journal) == case


def test_a_correction_leaves_the_neighbours_alone():
    """The telephone changes, the name stays."""
    world = opened()
    case = world.act("correct", {"what": "contact.phone", "value": "0549000001", "reason": "Erreur"}).case

    assert case.data["contact"] == {"name": "M. Maire", "email": "mairie@exemple.fr", "phone": "0549000001"}


def test_a_corrected_population_changes_the_proposed_coverage():
    """The rules are asked again."""
    world = opened()
    before = world.case.fact("coverage.rate")
    world.act("correct", {"what": "applicant.population", "value": 3_500, "reason": "Doublement"})

    assert (before, world.case.fact("coverage.rate")) == ("1", "0.50")


@pytest.mark.parametrize(
    ("what", "value", "path"),
    [
        ("recieved_on", "2026-03-01", "what"),
        ("state", "completed", "what"),
        ("ended_at", None, "value"),
        ("signatures", {"state": {}}, "what"),
        ("consultations", {"caue": {}}, "what"),
        ("coverage.rate", "1", "what"),
        ("shares", {"covered_cents": 0}, "what"),
        ("applicant.department", "86", "what"),
        ("", "x", "what"),
        ("happened_on", "2026-03-01", "what"),
        (".happened_on", "2026-03-01", "what"),
        ("٢.happened_on", "2026-03-01", "what"),
        ("99.happened_on", "2026-03-01", "what"),
        ("-1.happened_on", "2026-03-01", "what"),
        ("1.happened_on", "2026-03-01", "what"),
        ("received_on", "hier", "value"),
        ("received_on", "2026-03-05", "value"),
        ("received_on", "2024-02-29", "value"),
        ("received_before", "2199-01-01", "value"),
        ("works_design", "oui", "value"),
        ("themes", ["peche"], "value[0]"),
        ("contact", {"mail": "a@b.fr"}, "value.mail"),
        ("title", "a\0b", "value"),
        ("applicant.siren", "123456789", "value"),
        ("applicant.population", -1, "value"),
        ("3.happened_on", "2026-03-02", "value"),
        ("2.happened_on", "2026-03-05", "value"),
        ("2.happened_on", "2026-03-01", "value"),
        ("3.happened_on", "2026-12-31", "value"),
    ],
)
def test_what_cannot_be_corrected_is_said(what, value, path):
    """Conclusions, states and rights are not facts that a person replaces; days stay between their neighbours."""
    world = played(2024, "start_scoping", "record_framing")

    assert world.refusals("correct", {"what": what, "value": value, "reason": "r"}) == [path]


def test_a_corrected_day_keeps_its_bounds_included():
    """The framing may have been on the day of the step before, or on that of the next."""
    world = played(2024, "start_scoping", "record_framing", "consult_providers")
    for day in ("2026-03-03", "2026-03-05"):
        assert world.refusals("correct", {"what": "3.happened_on", "value": day, "reason": "r"}) == []


def test_nothing_happens_before_the_step_before_it_nor_after_today():
    """The day of an action is between the last step and today, both included."""
    world = played(2024, "start_scoping")
    world.act("comment", days=5)

    for day, refused in (("2026-03-02", True), ("2026-03-03", False), ("2026-03-08", False), ("2026-03-09", True)):
        data = ENOUGH["record_framing"] | {"happened_on": day}
        assert (world.refusals("record_framing", data) == ["happened_on"]) is refused


def test_an_imported_case_lives_after_its_reception():
    """Its steps have no day, its reception has."""
    world = found_in("scoping", data={"received_on": "2026-01-05"})

    assert world.refusals("record_framing", ENOUGH["record_framing"] | {"happened_on": "2026-01-04"}) == ["happened_on"]
    assert world.refusals("record_framing", ENOUGH["record_framing"] | {"happened_on": "2026-01-05"}) == []


def test_a_reception_bound_never_lies_ahead():
    """A case received « before 2199 » could not be acted on until then."""
    with pytest.raises(InvalidData) as refusal:
        opened(received_on=None, received_before="2199-01-01")

    assert [path for path, _ in refusal.value.errors] == ["received_before"]


def test_the_opening_is_on_the_day_of_reception_and_recorded_now():
    """Durations use the first, the journal shows both."""
    world = opened(received_on="2026-02-20")
    [entry] = world.journal

    assert (entry.effective_on, entry.recorded_at, world.case.received_on) == (
        date(2026, 2, 20),
        world.now,
        date(2026, 2, 20),
    )


def test_an_import_keeps_the_words_of_its_source():
    """What the spreadsheet said can always be read again."""
    world = found_in("scoping", words={"Etat": "en cours"}, source="suivi.ods", known_on=date(2026, 1, 31))

    assert world.case.data["imported"] == {
        "words": {"Etat": "en cours"},
        "source": "suivi.ods",
        "known_on": "2026-01-31",
        "routed_on": None,
    }
    assert world.journal[0].effective_on == date(2026, 1, 31)


def test_an_import_invents_nothing():
    """No need, no channel, no day, no deadline that was not in the source."""
    case = found_in("scoping").case

    assert set(case.data) == {"imported", "coverage"}
    assert (case.received_on, case.routed_on, case.current_visit.on) == (None, None, None)


def test_routes_are_taken_given_up_and_taken_again():
    """A case counts once, by its last route in force."""
    world = opened()
    routes = []
    for action in ("answer_locally", "reroute", "route_operator", "reroute"):
        world.act(action)
        routes.append((world.case.route, world.case.routed_on))

    assert routes == [("local", date(2026, 3, 3)), (None, None), ("operator", date(2026, 3, 5)), (None, None)]


def test_a_refused_referral_counts_as_not_routed():
    """« national_refused » has no route in force."""
    world = found_in("national_submitted", route="national")
    world.act("refuse_national")

    assert (world.case.route, world.case.routed_by) == (None, None)


def test_the_single_contact_of_a_quick_answer_follows_the_case():
    """By default whoever takes it, otherwise the one who is named."""
    mine = opened().act("answer_locally").case
    named = opened().act("answer_locally", ENOUGH["answer_locally"] | {"single_contact": "collegue"}).case

    assert (mine.assignee, named.assignee) == ("agent", "collegue")
    assert mine.data["consultations"]["caue"]["accepts"] is True


def test_meetings_are_numbered_so_that_calendars_replace_them():
    """Moved, called off, set again: each invitation is newer than the one before."""
    world = played(2024, "start_scoping")
    actions = ("schedule_framing", "reschedule_framing", "cancel_framing", "schedule_framing")
    numbers = [world.act(action).case.data["meeting_sequence"] for action in actions]

    assert numbers == [1, 2, 3, 4]


def test_a_refused_action_changes_nothing():
    """The case that was asked is the case that stays."""
    world = opened()
    before, entries = world.case, list(world.journal)
    with pytest.raises(ActionRefused):
        world.act("complete")

    assert (world.case, world.journal) == (before, entries)


def test_a_case_may_be_shared_once_with_each_departement():
    """Naming it again changes nothing."""
    world = opened()
    for _ in range(2):
        world.act("share")

    assert world.case.shared_with == ("86",)


SAMPLES = {
    "case_opened": {"reference": "r", "procedure": "p", "procedure_version": 1, "department": "79"},
    "state_entered": {"state": "received", "on": None},
    "recorded": {"fields": ("need", "themes"), "into": "x"},
    "computed": {"name": "shares", "value": {"covered_cents": 1}},
    "stepped": {"action": "suspend", "on": "2026-03-01"},
    "route_taken": {"route": None},
    "assigned": {"assignee": "agent"},
    "shared": {"department": "86"},
    "presumed": {"facts": ("all_signed",)},
    "corrected": {"what": "2.happened_on", "step": 2},
    "undone": {"seq": 4},
    "case_ended": {},
    "case_reopened": {},
    "deadline_passed": {"key": "signature", "started_on": "2026-02-01", "due_on": "2026-03-03"},
    "reminded": {"key": "signature", "at": "2026-03-03T07:00:00+00:00", "missed": 2},
    "deadline_changed": {"key": "signature", "status": "open", "due_on": "2026-03-01"},
}


@pytest.mark.parametrize("kind", EVENTS)
def test_every_event_survives_json(kind):
    """The feed and the journal give back what happened."""
    event = EVENTS[kind](**SAMPLES[kind])
    text = json.dumps(event.to_json())

    assert event_from_json(json.loads(text)) == event
    assert json.loads(text)["type"] == kind


def test_an_event_of_a_later_version_is_not_mistaken():
    """A journal from the future is refused, not half read."""
    with pytest.raises(KeyError):
        event_from_json({"type": "teleported"})


@pytest.mark.parametrize("entries", [[], ["without its opening"]], ids=repr)
def test_a_journal_without_its_opening_tells_no_case(entries):
    """A cut journal is noticed."""
    journal = opened().journal + played(2024, "start_scoping").journal[1:]

    with pytest.raises(ValueError, match="without an opening"):
        fold(journal[1:] if entries else [])


def test_an_entry_without_consequence_only_raises_the_version():
    """A comment moves nothing."""
    world = opened()
    before = facts(world.case)

    assert facts(world.act("comment").case) == before
    assert world.case.version == 2


def test_applying_one_more_entry_is_folding_all_of_them():
    """The fast way and the whole way agree."""
    world = played(2024, "start_scoping")
    later = Entry(
        case_id="case-1", seq=3, recorded_at=world.now, effective_on=world.today, actor_id="agent", actor_name=None,
        on_behalf_of=None, action="record_framing", data={}, events=(StateEntered("framed", "2026-03-04"),), hash="h",
    )  # fmt: skip

    assert apply(world.case, later) == fold([*world.journal, later])
    assert apply(world.case, later).head == "h"


@pytest.mark.parametrize(
    ("name", "near"), [("start_scopping", "start_scoping"), ("zzz", "open"), (3, "open"), (None, "open")]
)
def test_an_unknown_action_gets_a_sentence(name, near):
    """A typing error in a script is guessed."""
    with pytest.raises(InvalidData, match=near) as refusal:
        action_of(REGIMES[2024], name)

    assert [path for path, _ in refusal.value.errors] == ["action"]


@settings(max_examples=50, deadline=None)
@given(
    data=st.recursive(
        st.none() | st.text() | st.integers(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["providers", "document"]) | st.text(), inner),
    )
)
def test_references_are_read_from_data_of_any_shape(data):
    """They are looked up before the data are cleaned."""
    for action in REGIMES[2024].actions.values():
        assert all(isinstance(each, str) for found in references_in(action.references, data).values() for each in found)


def test_days_are_read_from_days_and_instants():
    """Facts keep ISO text."""
    assert [day_of("2026-03-01"), day_of("2026-03-01T23:00:00+00:00"), day_of(None)] == [
        date(2026, 3, 1),
        date(2026, 3, 1),
        None,
    ]

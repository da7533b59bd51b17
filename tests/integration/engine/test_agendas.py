"""Agendas: what a person has to do, late, today, this week; what waits on others, and what nobody can do."""

from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.integration.engine.world import AGENT, DEPUTY, STRANGER, Desk, refusal

from appui.states.actor import Actor, Grant
from appui.workflow.agenda.items import PARTS
from appui.workflow.engine import Engine
from appui.workflow.people import Absence, Person

MARIE = Person("marie", "Marie Agent", grants=(Grant("case_officer", "department:79"),))
PAUL = Person("paul", "Paul Agent", grants=(Grant("case_officer", "department:79"),))


@pytest.fixture
def marie(engine: Engine) -> Actor:
    """An officer whom the service keeps."""
    return engine.people.actor(engine.people.add(MARIE).id)


@pytest.fixture
def paul(engine: Engine) -> Actor:
    """Her colleague."""
    return engine.people.actor(engine.people.add(PAUL).id)


def parts(engine, actor) -> dict[str, list[str]]:
    """Return the titles of an agenda, part by part, those that are empty left out."""
    agenda = engine.agendas.of(actor)
    found = {part: [item.case.title for item in agenda.part(part)] for part in PARTS}
    return {part: titles for part, titles in found.items() if titles}


def assigned(desk: Desk, person: Actor, title: str = "Friche", **data):
    """Return a case in framing that the person follows: no clock runs."""
    case = desk.open(title=title, **data)
    return desk.act(case, "start_scoping", {"case_officer": person.id})


def test_a_request_moves_from_later_to_today_to_late(desk, engine, clock, marie):
    """Nobody has to remember when the first answer is due: 10 working days after Monday 2 March."""
    desk.open()

    assert parts(engine, marie) == {"later": ["Friche"]}
    clock.set(datetime(2026, 3, 16, 8, tzinfo=UTC))
    assert parts(engine, marie) == {"today": ["Friche"]}
    clock.set(datetime(2026, 3, 17, 8, tzinfo=UTC))
    assert parts(engine, marie) == {"late": ["Friche"]}


def test_this_week_ends_on_sunday(desk, engine, clock, marie):
    """What is due on Friday is this week's on Monday, and next Monday's is not."""
    desk.open(received_on="2026-02-27", title="Vendredi")
    desk.open(received_on="2026-03-02", title="Lundi")
    clock.set(datetime(2026, 3, 9, 8, tzinfo=UTC))

    assert parts(engine, marie) == {"week": ["Vendredi"], "later": ["Lundi"]}


def test_what_others_have_to_do_waits_on_them_by_name(desk, engine, marie):
    """Nobody chases a case that the CAUE has until Friday week to answer; from then on somebody must ask."""
    case = desk.act(assigned(desk, marie), "consult_providers")
    item = engine.agendas.of(marie).part("waiting")[0]

    assert (item.case.id, item.waiting_on, item.since) == (case.id, ("caue",), date(2026, 3, 3))
    desk.clock.advance(timedelta(days=40))
    assert parts(engine, marie) == {"late": ["Friche"]}


def test_an_applicant_who_must_complete_is_waited_on_by_name(desk, engine, marie):
    """« En attente de L'Absie », not « incomplete »."""
    desk.act(desk.open(), "ask_completion")

    assert engine.agendas.of(marie).part("waiting")[0].waiting_on == ("L'Absie",)


def test_a_case_put_aside_comes_back_on_its_day(desk, engine, marie):
    """« Relancer la mairie » on Thursday: until then the case is out of sight, then it is today's."""
    case = assigned(desk, marie)
    engine.agendas.put_aside(case.id, date(2026, 3, 5), "relancer la mairie", actor=marie)

    assert parts(engine, marie) == {"aside": ["Friche"]}
    desk.clock.advance(timedelta(days=2))
    assert parts(engine, marie) == {"today": ["Friche"]}
    assert engine.agendas.take_up(case.id, actor=marie) is True
    assert parts(engine, marie) == {"later": ["Friche"]}
    assert engine.agendas.take_up(case.id, actor=marie) is False


def test_a_case_put_aside_comes_back_when_something_happens_to_it(desk, engine, marie):
    """The town answered before the day: what was put aside is no longer true."""
    case = assigned(desk, marie)
    engine.agendas.put_aside(case.id, date(2026, 3, 20), "attendre la mairie", actor=marie)
    desk.act(case, "comment", {"text": "La mairie a rappelé"}, actor=AGENT)
    item = engine.agendas.of(marie).part("later")[0]

    assert item.moved
    assert item.note.text == "attendre la mairie"


def test_what_is_late_cannot_be_put_out_of_sight(desk, engine, clock, marie):
    """A reminder of one's own does not move the service's deadline."""
    case = desk.open()
    engine.agendas.put_aside(case.id, date(2026, 6, 1), "plus tard", actor=marie)
    clock.set(datetime(2026, 4, 1, 8, tzinfo=UTC))

    assert parts(engine, marie) == {"late": ["Friche"]}


def test_a_note_is_its_writers_alone_and_no_act_on_the_case(desk, engine, marie, paul):
    """Neither the case, nor its journal, nor a colleague's agenda says anything of it."""
    case = desk.open()
    engine.agendas.put_aside(case.id, date(2026, 3, 20), "plus tard", actor=marie)

    assert parts(engine, paul) == {"later": ["Friche"]}
    assert engine.get(case.id, actor=marie).version == case.version


def test_the_colleague_on_leave_leaves_cases_to_the_substitute(desk, engine, marie, paul):
    """Paul sees Marie's cases as hers while she is away, and no longer when she is back."""
    assigned(desk, marie)
    engine.people.absent("marie", Absence(date(2026, 3, 2), date(2026, 3, 6), "paul"))
    item = engine.agendas.of(paul).items[0]

    assert (item.case.title, item.on_behalf_of) == ("Friche", "marie")
    desk.clock.advance(timedelta(days=4))
    assert parts(engine, paul) == {}


def test_a_case_whose_follower_is_away_without_substitute_is_said(desk, engine, marie, paul):
    """Otherwise it lies until she is back, and nobody knows."""
    case = assigned(desk, marie)
    engine.people.absent("marie", Absence(date(2026, 3, 2), date(2026, 3, 6)))
    stuck = engine.agendas.of(paul).stuck

    assert [(each.case.id, each.why) for each in stuck] == [
        (case.id, "Marie Agent, qui suit ce dossier, est absent jusqu'au 6\u00a0mars 2026 sans remplaçant.")
    ]


def test_a_substitute_who_has_left_stands_in_for_nobody(desk, engine, marie, paul):
    """The page says that the case is alone, though somebody had been named."""
    case = assigned(desk, marie)
    engine.people.add(Person("zoe", "Zoé Agent"))
    engine.people.absent("marie", Absence(date(2026, 3, 2), date(2026, 3, 6), "zoe"))
    assert engine.agendas.of(paul).stuck == ()
    engine.people.disable("zoe")

    assert [each.case.id for each in engine.agendas.of(paul).stuck] == [case.id]


def test_a_deadline_on_which_everybody_is_away_is_said_before_it_comes(desk, engine, marie):
    """The only officer is away on the day on which the first answer is due."""
    case = desk.open()
    engine.people.absent("marie", Absence(date(2026, 3, 16), date(2026, 3, 20)))
    found = [(each.case.id, each.on) for each in engine.agendas.of(marie).stuck]

    assert found == [(case.id, date(2026, 3, 16))]


def test_a_case_that_nobody_follows_is_on_the_agenda_of_who_can_move_it_on(desk, engine, marie):
    """The desk sees what just came in; an inspector, who can do nothing with it, has nothing to do."""
    desk.open()
    inspector = Actor("inspection", "I. Inspection", grants=(Grant("auditor", "department:79"),))

    assert parts(engine, marie) == {"later": ["Friche"]}
    assert parts(engine, inspector) == {}
    assert parts(engine, STRANGER) == {}


def test_an_ended_case_leaves_every_agenda(desk, engine, marie):
    """Its note with it."""
    case = assigned(desk, marie)
    engine.agendas.put_aside(case.id, date(2026, 3, 20), "plus tard", actor=marie)
    ended = desk.act(case, "drop", actor=DEPUTY)

    assert parts(engine, marie) == {}
    error = refusal(lambda: engine.agendas.put_aside(ended.id, date(2026, 3, 20), "x", actor=marie))
    assert error.errors == [("case", "Ce dossier est terminé : il n'attend plus rien.")]


@pytest.mark.parametrize(
    ("until", "text", "path"),
    [
        (date(2026, 3, 3), "relancer", "until"),
        (date(2020, 1, 1), "relancer", "until"),
        ("2026-03-20", "relancer", "until"),
        (datetime(2026, 3, 20, tzinfo=UTC), "relancer", "until"),
        (None, "relancer", "until"),
        (date(2026, 3, 20), "", "text"),
        (date(2026, 3, 20), "   ", "text"),
        (date(2026, 3, 20), None, "text"),
        (date(2026, 3, 20), 12, "text"),
        (date(2026, 3, 20), "a\0b", "text"),
        (date(2026, 3, 20), "x" * 100_000, "text"),
    ],
)
def test_a_note_that_makes_no_sense_is_refused_and_changes_nothing(desk, engine, marie, until, text, path):
    """One sentence a fault, at its field."""
    case = assigned(desk, marie)
    before = desk.written()
    error = refusal(lambda: engine.agendas.put_aside(case.id, until, text, actor=marie))

    assert [each[0] for each in error.errors] == [path]
    assert desk.written() == before


def test_a_foreign_case_can_be_neither_put_aside_nor_guessed(desk, engine):
    """The answer is that of an unknown case."""
    case = desk.open()

    for name in (case.id, "00000000-0000-0000-0000-000000000000"):
        error = refusal(lambda name=name: engine.agendas.put_aside(name, date(2026, 3, 20), "x", actor=STRANGER))
        assert error.code == "case_not_found"


def test_the_calendar_of_a_key_shows_its_owners_days(desk, engine, clock, marie):
    """A calendar program sees the deadline on its day, late ones today, and what was put aside on the day chosen."""
    desk.open(title="Halle ; marché, couvert")
    aside = assigned(desk, marie, "Pont")
    engine.agendas.put_aside(aside.id, date(2026, 3, 12), "relancer ; la mairie, vite", actor=marie)
    key = engine.agendas.give_feed(marie).key
    events = _events(engine, key)

    assert [(each.start, str(each["summary"]).split(" : ")[-1]) for each in events] == [
        (date(2026, 3, 16), "Première réponse"),
        (date(2026, 3, 12), "relancer ; la mairie, vite"),
    ]
    assert "Halle ; marché, couvert" in str(events[0]["description"])
    clock.set(datetime(2026, 3, 30, 8, tzinfo=UTC))
    assert _events(engine, key)[0].start == date(2026, 3, 30)


def test_a_key_opens_nothing_once_it_is_replaced_revoked_or_its_owner_gone(desk, engine, marie):
    """A calendar shared by mistake is closed in a moment; what a forged key gets says nothing."""
    first = engine.agendas.give_feed(marie).key
    second = engine.agendas.give_feed(marie).key
    assert engine.agendas.calendar(second)
    assert engine.agendas.revoke_feed(marie) is True
    assert engine.agendas.revoke_feed(marie) is False
    third = engine.agendas.give_feed(marie).key
    engine.people.disable("marie")

    for key in (first, second, third, "", "x", "\0", "é" * 5000, None, 12):
        assert refusal(lambda key=key: engine.agendas.calendar(key)).code == "unknown_feed"
    assert first not in str(desk.written())


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=st.lists(st.integers(0, 400), min_size=1, max_size=5), at=st.integers(0, 400))
def test_every_open_case_of_somebody_is_in_one_part_of_their_agenda_and_in_one_only(make_engine, clock, days, at):
    """No case is forgotten, none is there twice, whatever day it is."""
    engine = make_engine()
    person = engine.people.actor(engine.people.add(MARIE).id)
    clock.set(datetime(2026, 1, 5, 9, tzinfo=UTC))
    desk = Desk(engine, clock)
    for day in days:
        case = desk.open(received_on="2026-01-05")
        engine.agendas.put_aside(case.id, date(2026, 1, 6) + timedelta(days=day), "relancer", actor=person)
    clock.set(datetime(2026, 1, 6, 9, tzinfo=UTC) + timedelta(days=at))
    items = engine.agendas.of(person).items
    open_cases = [case.id for case in engine.cases(actor=person, open=True, limit=500).items]

    assert sorted(item.case.id for item in items) == sorted(open_cases)


def _events(engine, key):
    calendar = icalendar.Calendar.from_ical(engine.agendas.calendar(key))
    assert calendar["version"] == "2.0"
    return list(calendar.walk("VEVENT"))

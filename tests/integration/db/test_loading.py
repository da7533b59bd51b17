"""One SELECT gives what several would: the case, the rights of who asks, and which references exist."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from tests.integration.db.conftest import DAY, NOON

from appui.states.actor import Grant
from appui.workflow.db.loading import FACTS
from appui.workflow.db.rows import AttachedDocument
from appui.workflow.people import Absence, Person
from appui.workflow.providers import Provider

LATER = date(2026, 4, 1)
OFFICER = Grant("case_officer", "department:79", since=date(2026, 1, 1))
PEOPLE = (
    Person("own", "Own", grants=(Grant("auditor", "nation"), replace(OFFICER, until=DAY))),
    Person(
        "away", "Away", grants=(OFFICER,), absences=(Absence(DAY, DAY, "own"), Absence(DAY, date(2026, 4, 1), "own"))
    ),
    Person("gone", "Gone", grants=(OFFICER,), absences=(Absence(DAY, DAY, "own"),)),
)


@pytest.fixture
def peopled(database, store):
    """A base with three people, one of them disabled, and a provider."""
    with database.transaction() as raw:
        for person in PEOPLE:
            store.upsert_person(raw, person)
        for person in PEOPLE:
            for grant in person.grants:
                store.add_grant(raw, person.id, grant)
            for absence in person.absences:
                store.add_absence(raw, person.id, absence)
        store.disable_person(raw, "gone", datetime(2026, 1, 1, tzinfo=UTC))
        store.upsert_provider(raw, Provider("caue79", "CAUE", "caue"))
    return database


def _load(database, store, case_id, *, person_id="own", day=DAY, **references):
    with database.reading() as raw:
        return store.load(raw, case_id, person_id=person_id, day=day, references=references)


def test_a_case_comes_with_the_rights_of_who_asks(peopled, store, keeper):
    """Their own and those of whom they stand in for, each once; who is disabled neither holds nor lends."""
    with peopled.transaction() as raw:
        case = keeper.open(raw)
        for each, day in (
            ("own", DAY),
            ("own", date(2026, 3, 4)),
            ("own", date(2026, 5, 1)),
            ("gone", DAY),
            ("x", DAY),
        ):
            loaded = store.load(raw, case.id, person_id=each, day=day, references={})

            assert loaded.case == case
            assert loaded.rights == store.list_rights(raw, each, day)
        together = store.list_rights(raw, "own", DAY)

    assert together == [*(("own", grant) for grant in PEOPLE[0].grants), ("away", OFFICER)]


def test_a_case_comes_with_the_references_that_exist(peopled, store, keeper):
    """Neither disabled people nor unknown ones, and no document of another case."""
    with peopled.transaction() as raw:
        case, other = keeper.open(raw), keeper.open(raw)
        for number, owner in (("d1", case), ("d2", other)):
            document = AttachedDocument(
                id=number,
                case_id=owner.id,
                sha256="a" * 64,
                name="Plan.pdf",
                media_type="application/pdf",
                size=1,
                added_at=NOON,
                added_by="own",
            )
            store.add_document(raw, document)
    asked = {"person": {"own", "gone", "x"}, "provider": {"caue79", 'y"\\é'}, "document": {"d1", "d2"}}
    loaded = _load(peopled, store, case.id, **asked)

    assert loaded.existing == {"person": {"own"}, "provider": {"caue79"}, "document": {"d1"}}


def test_a_case_comes_with_facts_about_it(peopled, store, keeper, make_message):
    """What guards ask of other tables: the last action and its mails, whom a provider's identifier stands for."""
    with peopled.transaction() as raw:
        untouched = keeper.open(raw)
        case = keeper.open(raw, data={"consultations": {"caue79": {}, "unknown": {}}})
        messages = (make_message(case, 2, 1, status="sent"), make_message(case, 2, 2))
        case = keeper.act(raw, case, action="consult_providers", messages=messages)
        nothing, found = (
            store.load(raw, each.id, person_id="own", day=DAY, facts=FACTS).facts for each in (untouched, case)
        )
        alone = store.list_facts(raw, case.id, FACTS)

    assert nothing == {"documents": set(), "last_action": None, "provider_names": {}}
    assert found == {
        "documents": set(),
        "last_action": {
            "seq": 2,
            "action": "consult_providers",
            "actor_id": "m.agent",
            "departed": ["Accusé de réception 1"],
        },
        "provider_names": {"caue79": "CAUE"},
    }
    assert alone == found


def test_any_reference_will_do_while_nobody_is_kept(database, store, keeper):
    """A host with its own people and providers is not told that they are unknown."""
    with database.transaction() as raw:
        case = keeper.open(raw)
    loaded = _load(database, store, case.id, person={"a"}, provider={"b"}, document=set())

    assert loaded.existing == {"person": None, "provider": None, "document": set()}
    assert loaded.rights == []


def test_no_case_no_answer(peopled, store):
    """What is asked beside it is not told either."""
    assert _load(peopled, store, "00000000-0000-4000-8000-000000000000", person={"own"}) is None

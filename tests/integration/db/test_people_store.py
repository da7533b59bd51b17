"""People, their rights and absences come back as they were given."""

from datetime import UTC, date, datetime

import psycopg
import pytest

from appui.states.actor import Grant
from appui.workflow.people import Absence, Holder, Person
from appui.workflow.providers import Provider

DAY = date(2026, 3, 3)
OFFICER = Grant("case_officer", "department:79", since=date(2026, 1, 1))


def _keep(store, raw, person):
    store.upsert_person(raw, person)
    for grant in person.grants:
        store.add_grant(raw, person.id, grant)
    for absence in person.absences:
        store.add_absence(raw, person.id, absence)


def test_a_person_comes_back_with_grants_and_absences(database, store):
    """What is added twice counts once."""
    person = Person(
        "m.agent",
        "Camille Agent",
        "camille@79.test",
        "05 00 00 00 01",
        (OFFICER, Grant("delegate", "nation")),
        (Absence(DAY, date(2026, 3, 10), "s.autre"), Absence(date(2026, 5, 1), date(2026, 5, 2))),
    )
    with database.transaction() as raw:
        _keep(store, raw, person)
        _keep(store, raw, person)

    with database.reading() as raw:
        assert store.find_person(raw, "m.agent") == person
        assert store.list_people(raw) == [person]
        assert store.list_grants(raw, "m.agent") == list(person.grants)
        assert store.find_person(raw, "nobody") is None


def test_a_role_is_held_in_its_territory_on_its_days_by_who_is_not_disabled(database, store):
    """Who could do it now: neither those of yesterday nor those who left."""
    with database.transaction() as raw:
        _keep(store, raw, Person("a", "Zoé", grants=(OFFICER,)))
        _keep(store, raw, Person("b", "Ali", grants=(Grant("delegate", "nation", until=DAY), OFFICER)))
        _keep(store, raw, Person("c", "Léa", grants=(Grant("case_officer", "department:79", until=date(2026, 3, 2)),)))
        _keep(store, raw, Person("d", "Max", grants=(Grant("case_officer", "department:86"),)))
        _keep(store, raw, Person("e", "Eve", grants=(OFFICER,)))
        store.disable_person(raw, "e", datetime(2026, 1, 1, tzinfo=UTC))
        holding = store.people_holding(raw, {"case_officer", "delegate"}, {"department:79", "nation"}, DAY)

    assert holding == [
        Holder("b", "Ali", "case_officer"),
        Holder("b", "Ali", "delegate"),
        Holder("a", "Zoé", "case_officer"),
    ]


def test_a_substitute_has_the_rights_of_who_is_away(database, store):
    """Only on the days of the absence, and never those of somebody who was disabled."""
    with database.transaction() as raw:
        _keep(store, raw, Person("own", "Own", grants=(Grant("auditor", "nation"),)))
        _keep(store, raw, Person("away", "Away", grants=(OFFICER,), absences=(Absence(DAY, DAY, "own"),)))
        _keep(store, raw, Person("gone", "Gone", grants=(OFFICER,), absences=(Absence(DAY, DAY, "own"),)))
        store.disable_person(raw, "gone", datetime(2026, 1, 1, tzinfo=UTC))
        that_day = store.list_rights(raw, "own", DAY)
        next_day = store.list_rights(raw, "own", date(2026, 3, 4))
        store.disable_person(raw, "own", datetime(2026, 1, 1, tzinfo=UTC))
        disabled = store.list_rights(raw, "own", DAY)

    assert that_day == [("own", Grant("auditor", "nation")), ("away", OFFICER)]
    assert next_day == [("own", Grant("auditor", "nation"))]
    assert disabled == []


def test_a_revoked_grant_ends_and_stays_known(database, store):
    """An inspection sees later who held what."""
    with database.transaction() as raw:
        _keep(store, raw, Person("a", "Zoé", grants=(OFFICER, Grant("delegate", "nation"))))
        ended = store.revoke_grants(raw, "a", role="case_officer", territory="department:79", last_day=DAY)
        again = store.revoke_grants(raw, "a", role="case_officer", territory="department:79", last_day=DAY)
        grants = store.list_grants(raw, "a")

    assert (ended, again) == (1, 0)
    assert grants == [Grant("case_officer", "department:79", date(2026, 1, 1), DAY), Grant("delegate", "nation")]


def test_only_somebody_known_holds_a_role(database, store):
    """A grant to nobody is a mistake that the base itself refuses."""
    refused = psycopg.errors.ForeignKeyViolation if database.dialect == "postgresql" else Exception

    with pytest.raises(refused, match=r"(?i)foreign key"), database.transaction() as raw:
        store.add_grant(raw, "nobody", OFFICER)


def test_any_identifier_will_do_until_somebody_is_kept(database, store):
    """A host without a directory of ours uses its own identifiers."""
    with database.transaction() as raw:
        before = (store.existing_ids(raw, "person", {"a"}), store.existing_ids(raw, "provider", {"p"}))
        _keep(store, raw, Person("a", "Zoé"))
        _keep(store, raw, Person("b", "Ali", disabled_at=datetime(2026, 1, 1, tzinfo=UTC)))
        store.upsert_provider(raw, Provider("q", "Q", "other"))
        after = (store.existing_ids(raw, "person", {"a", "b", "c"}), store.existing_ids(raw, "provider", {"p"}))

    assert before == (None, None)
    assert after == ({"a"}, set())

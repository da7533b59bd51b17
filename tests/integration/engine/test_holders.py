"""Who can do it now: the same people whether they come with the case or are asked for alone, at any hour, anywhere."""

from datetime import UTC, date, datetime

import pytest
from tests.integration.engine.world import REQUEST, VILLAGE

from appui.states.actor import Actor, Grant
from appui.workflow import Absence, OpenCase, Person

EVERYBODY = Actor("tous", "T. Tous", grants=(Grant("delegate", "nation"), Grant("case_officer", "nation")))
WHERE = {
    "nation": "nation", "region": "region:75", "département": "department:79", "arrondissement": "arrondissement:791",
    "autre": "arrondissement:792", "epci": "epci:200040244", "commune": f"commune:{VILLAGE}", "ain": "department:01",
    "réunion": "department:974", "région de la réunion": "region:04",
}  # fmt: skip
"""Name of a person → the territory in which they are case officer."""
ON_THE_THIRD = date(2026, 3, 3)


@pytest.fixture
def crowded(engine):
    """An officer in every kind of territory, one who leaves on 3 March, one who is away that day for another."""
    for place, territory in enumerate(WHERE.values()):
        engine.people.add(Person(f"p{place}", list(WHERE)[place], grants=(Grant("case_officer", territory),)))
    engine.people.add(Person("s", "remplaçant"))
    for person, territory in (("l1", "department:79"), ("l2", "department:974")):
        engine.people.add(Person(person, "partant", grants=(Grant("case_officer", territory, until=ON_THE_THIRD),)))
        away = (Absence(ON_THE_THIRD, ON_THE_THIRD, "s"),)
        engine.people.add(Person(f"a{person}", "absent", grants=(Grant("case_officer", territory),), absences=away))
    return engine


def opened(engine, commune):
    """Return a request of that commune."""
    data = {**REQUEST, "received_on": "2026-03-02"}
    return engine.open(OpenCase("engineering_request", commune, "Halle", data), actor=EVERYBODY)


def officers(engine, case):
    """Return the officers that the page names."""
    views = {view.name: view for view in engine.explain(case.id, actor=EVERYBODY)}
    names = [name.removesuffix(" (agent instructeur)") for name in views["suspend"].who_can]
    return {name for name in names if "(" not in name}


@pytest.mark.parametrize(
    ("hour", "metropolis", "reunion"),
    [
        # In La Réunion it is three hours later: at 22:00 UTC on the 3rd the 4th has begun there, not in Paris.
        (9, {"remplaçant", "partant"}, {"remplaçant", "partant"}),
        (22, {"remplaçant", "partant"}, {"absent"}),
    ],
)
def test_a_page_names_who_holds_the_role_here_and_today(crowded, clock, hour, metropolis, reunion):
    """By every territory that holds the case, on the local day of its département, substitutes for the absent."""
    cases = [opened(crowded, VILLAGE), opened(crowded, "97411")]
    clock.set(datetime(2026, 3, 3, hour, tzinfo=UTC))

    here = {"nation", "region", "département", "arrondissement", "epci", "commune"}
    assert officers(crowded, cases[0]) == here | metropolis
    assert officers(crowded, cases[1]) == {"nation", "réunion", "région de la réunion"} | reunion


def test_a_page_names_the_roles_when_nobody_is_known(engine):
    """Who keeps no directory of people still learns whose action it is."""
    views = {view.name: view for view in engine.explain(opened(engine, VILLAGE).id, actor=EVERYBODY)}

    assert views["reopen"].who_can == ("délégué territorial adjoint", "délégué territorial")

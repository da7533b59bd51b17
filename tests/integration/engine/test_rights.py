"""Who may do what, line by line of the table; and lists that show exactly what may be read."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.integration.engine.world import ACTORS, AGENT, ENOUGH, REQUEST, START
from tests.unit.states.test_transitions_of_engineering_request import LETTERS, WHO, WHO_BY_REGIME

from appui.states.actor import ROLES
from appui.workflow import (
    Absence,
    Act,
    Actor,
    ApplicantByHand,
    CaseNotFound,
    Grant,
    NotAllowed,
    OpenCase,
    Person,
    StaleCase,
)

NO_VERSION = 999
"""Asked after the right and before anything else: whoever meets it had the right."""
OVER_TWO = "200006682"
"""CA Beaune, Côte et Sud: Côte-d'Or and Saône-et-Loire."""


@pytest.mark.parametrize("regime", WHO_BY_REGIME)
def test_each_action_is_for_the_roles_of_the_table_and_no_others(desk, regime):
    """A new action, or a new role, must find its line in the table."""
    case = desk.through(desk.open(regime), "start_scoping", "consult_providers")
    expected, found = {}, {}
    letters = {name: cell for name, cell in (WHO | WHO_BY_REGIME[regime]).items() if name != "open"}
    for action, cell in letters.items():
        expected[action] = {role for letter in cell.split() for role in LETTERS[letter].split()}
        found[action] = set()
        for role in ROLES:
            try:
                desk.engine.act(Act(case.id, action, ENOUGH[action], NO_VERSION), actor=ACTORS[role])
            except StaleCase:
                found[action].add(role)
            except (NotAllowed, CaseNotFound):
                continue

    assert found == expected
    assert set(letters) == set(desk.engine.library.get(case.procedure, case.procedure_version).actions) - {"open"}


@pytest.mark.parametrize("regime", WHO_BY_REGIME)
def test_an_opening_is_for_the_roles_of_the_table_and_no_others(desk, regime):
    """In their own territory."""
    day = {2020: "2021-03-02", 2024: "2026-03-02"}[regime]
    command = OpenCase("engineering_request", "79001", "Friche", {**REQUEST, "received_on": day})
    able = set()
    for role in ROLES:
        try:
            desk.engine.open(command, actor=ACTORS[role])
        except NotAllowed:
            continue
        able.add(role)

    assert able == {role for letter in WHO["open"].split() for role in LETTERS[letter].split()}


def test_an_epci_counts_within_the_holders_departments(desk):
    """A grouping over two départements does not open the other one."""
    cases = {
        department: desk.engine.open(
            OpenCase("engineering_request", OVER_TWO, "Friche", REQUEST, department=department),
            actor=Actor("n", "N", grants=(Grant("delegate", "nation"),)),
        )
        for department in ("21", "71")
    }

    def seen(*territories):
        somebody = Actor("x", "X", grants=tuple(Grant("sub_prefect", territory) for territory in territories))
        return {case.department for case in desk.engine.cases(actor=somebody).items}

    assert {case.reference[:2] for case in cases.values()} == {"21", "71"}
    assert seen("department:21") == {"21"}
    assert seen(f"epci:{OVER_TWO}", "commune:71153") == {"71"}
    assert seen(f"epci:{OVER_TWO}", "department:21", "department:71") == {"21", "71"}
    assert seen(f"epci:{OVER_TWO}", "department:01") == {"21"}


@pytest.mark.parametrize(
    ("code", "first", "last"),
    [
        ("79001", datetime(2026, 3, 9, 23, tzinfo=UTC), datetime(2026, 3, 10, 23, tzinfo=UTC)),
        ("97401", datetime(2026, 3, 9, 20, tzinfo=UTC), datetime(2026, 3, 10, 20, tzinfo=UTC)),
    ],
)
def test_a_right_begins_and_ends_with_the_local_day(desk, code, first, last):
    """Midnight is that of the case's département: Paris, or La Réunion."""
    case = desk.engine.open(
        OpenCase("engineering_request", code, "Friche", REQUEST),
        actor=Actor("n", "N", grants=(Grant("delegate", "nation"),)),
    )
    day = date(2026, 3, 10)
    somebody = Actor("x", "X", grants=(Grant("case_officer", f"department:{case.department}", day, day),))
    moments = [first - timedelta(seconds=1), first, last - timedelta(seconds=1), last]
    seen = []
    for moment in moments:
        desk.clock.set(moment)
        seen.append(sees(desk.engine, case, somebody))

    assert seen == [False, True, True, False]


def sees(engine, case, actor):
    """Return whether the actor may read the case."""
    try:
        engine.get(case.id, actor=actor)
    except CaseNotFound:
        return False
    return True


PLACES = st.sampled_from(
    [
        "nation",
        "region:75",
        "region:27",
        "region:04",
        "department:79",
        "department:21",
        "department:86",
        "department:974",
        "arrondissement:791",
        "arrondissement:792",
        "arrondissement:9742",
        "epci:200040244",
        f"epci:{OVER_TWO}",
        "commune:79001",
        "commune:97401",
        "commune:71153",
        f"epci:{OVER_TWO}",
        "siren:200086783",
    ]
)
DAYS = st.sampled_from([None, None, None, date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)])
GRANTS = st.lists(st.builds(Grant, st.sampled_from(sorted(ROLES)), PLACES, DAYS, DAYS), max_size=4)


@pytest.fixture
def cases(desk):
    """Requests of every kind of applicant: shared, with providers asked, in one département or another."""
    nation = Actor("n", "N", grants=(Grant("delegate", "nation"),))
    applicants = [
        ("79001", None),
        ("79191", None),
        ("86001", None),
        ("200040244", None),
        (OVER_TWO, "21"),
        (OVER_TWO, "71"),
        ("97401", None),
        (ApplicantByHand("PETR", "PETR", "79", "200086783"), None),
        (ApplicantByHand("PETR sans SIREN", "PETR", "79"), None),
    ]
    found = [
        desk.engine.open(OpenCase("engineering_request", applicant, "Friche", REQUEST, department), actor=nation)
        for applicant, department in applicants
    ]
    found += [desk.open(), desk.open()]
    found[-1] = desk.act(found[-1], "share", {"department": "21"})
    found[-2] = desk.through(found[-2], "start_scoping", "consult_providers")
    for absent, grants in {
        "absente": (Grant("deputy_delegate", "department:21"), Grant("provider", "nation")),
        "absent": (Grant("sub_prefect", f"epci:{OVER_TWO}"), Grant("applicant", "commune:97401")),
    }.items():
        away = (Absence(date(2026, 3, 1), date(2026, 3, 4), "remplacante"),)
        desk.engine.people.add(Person("remplacante", "R. Emplaçante"))
        desk.engine.people.add(Person(absent, absent.title(), grants=grants, absences=away))
    return found


def test_lists_show_exactly_the_cases_that_may_be_read(desk, cases):
    """Whatever rights somebody holds, whenever they ask: one rule for lists, counts and reading."""

    @settings(max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(
        person=st.sampled_from(["someone", "remplacante", "caue"]),
        grants=GRANTS,
        own=st.lists(st.sampled_from([case.id for case in cases]), max_size=2),
        hours=st.sampled_from([0, 10, 11, 12, 14, 15, -14]),
    )
    def check(person, grants, own, hours):
        desk.clock.set(START + timedelta(hours=hours))
        actor = Actor(person, "Quelqu'un", grants=tuple(grants), cases=tuple(own))
        readable = {case.reference for case in cases if sees(desk.engine, case, actor)}

        listed = {case.reference for case in desk.engine.cases(actor=actor).items}
        counted = sum(desk.engine.board(actor=actor, department="79")["state"].values())

        assert listed == readable
        assert counted == len([reference for reference in readable if reference.startswith("79-")])

    check()


def test_who_may_not_read_a_case_may_not_be_told_of_it_by_a_filter(desk):
    """A filter narrows what one may see, and never widens it."""
    case = desk.open()
    stranger = Actor("x", "X", grants=(Grant("delegate", "department:86"),))
    narrowings = [{"reference": case.reference}, {"department": "79"}, {"applicant": "79001"}, {"text": "Friche"}]

    assert [desk.engine.cases(actor=stranger, **each).items for each in narrowings] == [()] * 4
    assert [desk.engine.cases(actor=AGENT, **each).items for each in narrowings] == [(case,)] * 4
    assert desk.engine.board(actor=stranger, department="79") == {"state": {}, "route": {}}

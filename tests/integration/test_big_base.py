"""The big base is made of true cases about nobody, and what reads it takes little memory."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from random import Random
from typing import Any

import pytest
from sqlalchemy import select, text
from tests.integration.conftest import BIG, BIG_DAY

from appui.states.actor import Actor
from appui.workflow import Act, Engine, OpenCase
from appui.workflow.clock import ManualClock
from appui.workflow.config import Settings
from appui.workflow.db.queries import CASE_ROW
from appui.workflow.db.rows import case_of, case_parameters, identity_parameters
from appui.workflow.db.store import Store
from appui.workflow.db.tables import CASES, METADATA
from appui.workflow.db.terms import terms_of
from appui.workflow.territories import register
from bench.big.france import lands
from bench.big.generation import generate

PROJECTIONS = {"appui_share": "department", "appui_consultation": "provider", "appui_term": "term"}
"""What is kept beside cases for lists: table → column."""
DERIVED = ("search", "counted_on", "reserved_cents", "committed_cents", "committed_on")
"""Columns of a case that follow from the others."""
EVENING = datetime.combine(BIG_DAY, time(20), UTC)
RNG = Random(1)  # noqa: S311 (no secret: the same base every time)
MEMORY = """
import json, resource, sys
from appui.states.actor import Actor
from appui.workflow.config import Settings
from appui.workflow.engine import Engine

engine = Engine(Settings.model_validate(json.loads(sys.argv[1])))
peaks = []
for territory in ("department:76", "nation"):
    cases = engine.indicators(actor=Actor.system(), territory=territory).cases
    peaks.append((cases, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))
engine.stop()
print(json.dumps(peaks))
"""


@pytest.fixture
def small(make_url, dialect, tmp_path) -> Settings:
    """A base made as a big one is, of 1,000 cases."""
    places = {"database": {"url": make_url(dialect)}, "documents": {"folder": tmp_path / "documents"}}
    settings = Settings.model_validate(places)
    generate(settings, cases=1000, today=BIG_DAY, now=EVENING, lives=40, seed=7)
    return settings


def _expected(case):
    given = case_parameters(case) | identity_parameters(case)
    asked = set(case.data.get("consultations") or ())
    return (tuple(given[name] for name in DERIVED), set(case.shared_with), asked, set(terms_of(case)))


def _plain(value):
    return value.isoformat() if isinstance(value, date) else value


def _by_case(connection, table, column) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    rows = METADATA.tables[table]
    for case_id, value in connection.execute(select(rows.c.case_id, rows.c[column])):
        found.setdefault(case_id, set()).add(value)
    return found


@pytest.fixture
def ask(big_settings, dialect) -> Iterator[Callable[[str], list[tuple[Any, ...]]]]:
    """Return the rows that a statement gives on the big base."""
    engine = Engine(big_settings(dialect))

    def rows(statement):
        with engine.database.sa_reading() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]

    yield rows
    engine.stop()


@pytest.fixture
def engine(small) -> Iterator[Engine]:
    """The engine on the small base, in the evening of its last day."""
    engine = Engine(small, clock=ManualClock(EVENING))
    yield engine
    engine.stop()


def test_journals_of_a_generated_base_verify_and_tell_its_cases(engine):
    """Chains hold, and each of the thousand cases is what its own journal makes of it."""
    faults = engine.verify_journal()

    with engine.database.reading() as raw:
        assert len(Store(engine.database.dialect).list_case_ids(raw, None, 2000)) == 1000
    assert faults == []


def test_what_is_kept_for_lists_and_figures_is_what_the_engine_would_keep(engine):
    """The words, days, amounts, shares and consultations of a generated case are as if the engine had written it."""
    with engine.database.sa_reading() as connection:
        cases = [case_of(row._asdict()) for row in connection.execute(select(*CASE_ROW))]
        columns = {row[0]: row[1:] for row in connection.execute(select(CASES.c.id, *(CASES.c[n] for n in DERIVED)))}
        kept = [_by_case(connection, table, column) for table, column in PROJECTIONS.items()]
    expected = {case.id: _expected(case) for case in cases}
    found = {
        case_id: (tuple(map(_plain, values)), *(each.get(case_id, set()) for each in kept))
        for case_id, values in columns.items()
    }

    assert len(cases) == 1000
    assert {case_id: each for case_id, each in found.items() if each != expected[case_id]} == {}


def test_a_generated_case_takes_the_next_action(engine):
    """And its journal verifies with what was added."""
    case = next(each for each in engine.cases(actor=Actor.system(), open=True).items if each.assignee is not None)
    agent = engine.people.actor(str(case.assignee))
    acted = engine.act(Act(case.id, "comment", {"text": "Vu"}, case.version), actor=agent)

    assert acted.version == case.version + 1
    assert engine.verify_journal(case.id) == []


def test_a_request_opens_beside_the_generated_ones(engine):
    """Its reference is a new one, and it is found."""
    opened = engine.open(
        OpenCase("engineering_request", "79049", "Friche", {"need": "Savoir", "channel": "phone"}), actor=Actor.system()
    )
    found = engine.cases(actor=Actor.system(), reference=opened.reference).items

    assert found == (opened,)


def test_no_commune_of_the_big_base_can_be_taken_for_a_real_one():
    """Neither by its name nor by its code."""
    made = [(land.code, each) for land in lands(RNG, cases=1000) for some in land.communes.values() for each in some]

    assert len(made) > 34_000
    assert [each for _, each in made if register().find(each.code) is not None] == []
    assert [each for code, each in made if register().match(each.name, department=code)] == []


@BIG
def test_the_big_base_is_as_varied_as_a_real_one(ask):
    """Every département, state and route; long lives and short ones; some late, some imported, some undone."""
    [(cases, departments, least, open_)] = ask(
        """SELECT count(*), count(DISTINCT department), min(version), sum(CASE WHEN ended_at IS NULL THEN 1 ELSE 0 END)
        FROM appui_case"""
    )
    [(entries, undone, imported)] = ask(
        """SELECT count(*), sum(CASE WHEN action = 'undo' THEN 1 ELSE 0 END),
        sum(CASE WHEN action = 'import' THEN 1 ELSE 0 END) FROM appui_entry"""
    )
    routes = dict(ask("SELECT coalesce(route, ''), count(*) FROM appui_case GROUP BY 1"))
    [(late,)] = ask("SELECT count(*) FROM appui_deadline WHERE status = 'open' AND due_on < '2026-03-03'")

    assert (cases, departments, least) == (20_000, 101, 1)
    assert 8 * cases < entries < 12 * cases
    assert 0.05 * cases < open_ < 0.3 * cases
    assert routes.keys() == {"", "local", "operator", "national"}
    assert routes["local"] > 10 * routes["national"]
    assert min(undone, imported, late) > 50


@BIG
def test_figures_of_the_nation_take_little_more_memory_than_those_of_a_departement(big_settings, dialect, tmp_path):
    """Cases are read a few at a time, on both bases: sixty megabytes of them leave no trace."""
    settings = big_settings(dialect).model_dump(mode="json", include={"database": {"url"}, "documents": {"folder"}})
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, json.dumps(settings)],
        env={"PYTHONPATH": ":".join(sys.path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    (few, before), (all_, after) = json.loads(done.stdout)

    assert all_ > 10 * few
    assert after - before < 16 * 1024

"""How much is read: a case, the rights on it and what an action refers to are one SELECT."""

import sqlite3

import pytest
from tests.integration.engine.world import AGENT, VILLAGE

from appui.states.actor import Actor
from appui.workflow.commands import Act
from appui.workflow.people import Person


@pytest.fixture
def dialect():
    """SQLite alone tells its statements; both databases are asked the same way."""
    return "sqlite"


@pytest.fixture
def heard(engine):
    """Return what a host's connection is asked while an action is done: `heard(lambda raw: …)`."""

    def hear(act):
        raw = sqlite3.connect(engine.database.path, isolation_level=None)
        statements = []
        raw.execute("BEGIN IMMEDIATE")
        raw.set_trace_callback(statements.append)
        act(raw)
        raw.set_trace_callback(None)
        raw.execute("COMMIT")
        raw.close()
        return [" ".join(each.split()) for each in statements]

    return hear


@pytest.mark.parametrize(
    ("action", "data"), [("start_scoping", {"case_officer": "collegue"}), ("comment", {"text": "Vu"}), ("resume", {})]
)
def test_an_ordinary_action_reads_once(engine, desk, heard, action, data):
    """The right to act, the case and the people that the data name come together, as of one instant."""
    engine.people.add(Person(AGENT.id, AGENT.name, grants=AGENT.grants))
    engine.people.add(Person("collegue", "C. Ollègue"))
    case = desk.open(applicant=VILLAGE)
    if action == "resume":
        case = desk.act(case, "suspend")
    actor = Actor(AGENT.id, AGENT.name)
    told = heard(lambda raw: engine.act(Act(case.id, action, data, case.version), actor=actor, connection=raw))
    reads = [each for each in told if each.startswith("SELECT")]

    assert len(reads) == 1, reads

"""What is read: by an action, everything in one SELECT; by lists, a case as it was corrected."""

import sqlite3

import pytest
from tests.integration.engine.world import AGENT, VILLAGE

from appui.states.actor import Actor
from appui.workflow.commands import Act
from appui.workflow.people import Person


@pytest.fixture
def heard(engine):
    """Return what a host's connection is asked while an action is done: `heard(lambda raw: …)`. On SQLite alone."""

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


@pytest.mark.parametrize("dialect", ["sqlite"])
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


def test_a_corrected_case_is_found_by_what_is_right(engine, desk):
    """Lists look at the title and the applicant as they are now; an undone correction gives back the old ones."""
    case = desk.open(title="Friche")

    def found(text):
        return [each.title for each in engine.cases(actor=AGENT, text=text).items]

    case = desk.act(case, "correct", {"what": "title", "value": "Halle du bourg", "reason": "Mal noté"})
    by_title = (found("halle"), found("friche"))
    case = desk.act(case, "correct", {"what": "applicant.name", "value": "Le Vieux Bourg", "reason": "Mal noté"})
    by_name = found("vieux bourg")
    desk.act(case, "undo")

    assert by_title == (["Halle du bourg"], [])
    assert by_name == ["Halle du bourg"]
    assert found("vieux bourg") == []

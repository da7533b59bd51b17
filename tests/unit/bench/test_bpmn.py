"""The procedure as BPMN: the peers are given the same one, no smaller and no larger."""

from xml.etree import ElementTree as ET

from bench.bpmn import GUARD, process_of
from bench.procedure import procedure
from bench.scenario import ACTION, ANSWERED, RECEIVED

SPACE = {"bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL"}


def drawn(**options):
    """Return the process."""
    definitions = ET.fromstring(process_of(procedure(), **options))  # noqa: S314 (we have just written it)
    return definitions.find("bpmn:process", SPACE)


def flows(process):
    """Return (source, target, condition) of every flow."""
    return [
        (each.get("sourceRef"), each.get("targetRef"), each.findtext("bpmn:conditionExpression", "", SPACE))
        for each in process.findall("bpmn:sequenceFlow", SPACE)
    ]


def test_every_state_that_is_not_final_is_a_user_task():
    """A case rests in a task until somebody acts."""
    states, final = set(procedure().states), procedure().final_states
    tasks = {each.get("id") for each in drawn().findall("bpmn:userTask", SPACE)}
    ends = {each.get("id") for each in drawn().findall("bpmn:endEvent", SPACE)}

    assert (tasks, ends) == (states - final, set(final))


def test_every_action_that_leaves_a_state_is_a_way_out_of_its_gateway():
    """The process permits what the procedure permits, under the same guards."""
    asked = {
        (f"after_{source}", target, f"action == '{action.name}'" + (f" and {GUARD}" if way.guards else ""))
        for source, target, action, way in procedure().edges()
        if source != target and source not in procedure().final_states
    }

    assert {each for each in flows(drawn()) if each[2]} == asked


def test_a_process_of_one_action_ends_where_it_leads():
    """The smallest process that can do what is timed."""
    process = drawn(actions=frozenset({ACTION}))
    tasks = [each.get("id") for each in process.findall("bpmn:userTask", SPACE)]

    assert tasks == [RECEIVED, ANSWERED]
    assert (ANSWERED, "end", "") in flows(process)

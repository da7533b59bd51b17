"""BPMN: the engine's own procedure as a process that a BPMN engine runs."""

from __future__ import annotations

from collections import defaultdict
from xml.etree import ElementTree as ET

from appui.states.procedure import Procedure

PROCESS = "request"
GUARD = "works_design == False"
"""What the named guards of the timed action come to; the process asks it of every guarded way."""
_SPACE = "http://www.omg.org/spec/BPMN/20100524/MODEL"


def process_of(procedure: Procedure, *, actions: frozenset[str] | None = None) -> bytes:
    """Return the process: a user task for each state, and an exclusive gateway that follows `action` out of it.

    Ways that leave the state as it is (comments, assignments) and those out of the end (reopening) are not drawn: that
    only makes the process smaller. With `actions`, no other is drawn, nor any state that they do not reach.
    """
    drawing = _Drawing()
    drawing.flow("start", procedure.initial.name)
    states = [procedure.initial.name]
    for state in states:
        if state in procedure.final_states:
            continue
        ways = [
            (target, f"action == '{action.name}'" + (f" and {GUARD}" if way.guards else ""))
            for source, target, action, way in procedure.edges()
            if source == state != target and (actions is None or action.name in actions)
        ]
        drawing.flow(state, f"after_{state}" if ways else "end")
        for target, condition in ways:
            drawing.flow(f"after_{state}", target, condition)
        states += [target for target in dict.fromkeys(target for target, _ in ways) if target not in states]
    return drawing.finished()


class _Drawing:
    """Nodes and flows, put down in any order."""

    def __init__(self) -> None:
        self._flows: list[tuple[str, str, str]] = []

    def flow(self, source: str, target: str, condition: str = "") -> None:
        self._flows.append((source, target, condition))

    def finished(self) -> bytes:
        """Return the XML. What no way leads out of is an end; a gateway's last way is its default."""
        definitions = ET.Element(f"{{{_SPACE}}}definitions", targetNamespace="bench")
        process = ET.SubElement(definitions, f"{{{_SPACE}}}process", id=PROCESS, isExecutable="true")
        incoming, outgoing = defaultdict(list), defaultdict(list)
        for rank, (source, target, condition) in enumerate(self._flows):
            flow = ET.SubElement(
                process, f"{{{_SPACE}}}sequenceFlow", id=f"flow{rank}", sourceRef=source, targetRef=target
            )
            outgoing[source].append(f"flow{rank}")
            incoming[target].append(f"flow{rank}")
            if condition:
                ET.SubElement(flow, f"{{{_SPACE}}}conditionExpression").text = condition
        for node in dict.fromkeys([*outgoing, *incoming]):
            kind = _kind(node, ends=not outgoing[node])
            element = ET.SubElement(process, f"{{{_SPACE}}}{kind}", id=node, name=node)
            if kind == "exclusiveGateway":
                element.set("default", outgoing[node][-1])
            for tag, flows in (("incoming", incoming[node]), ("outgoing", outgoing[node])):
                for flow_id in flows:
                    ET.SubElement(element, f"{{{_SPACE}}}{tag}").text = flow_id
        written: bytes = ET.tostring(definitions, encoding="utf-8", xml_declaration=True)
        return written


def _kind(node: str, *, ends: bool) -> str:
    if node == "start":
        return "startEvent"
    if node.startswith("after_"):
        return "exclusiveGateway"
    return "endEvent" if ends else "userTask"

"""SpiffWorkflow: a BPMN process whose instances are kept as JSON in the base, by hand-written SQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cached_property
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.serializer.config import DEFAULT_CONFIG
from SpiffWorkflow.bpmn.serializer.default.workflow import BpmnWorkflowConverter
from SpiffWorkflow.util.task import TaskState

from bench import peer_rows
from bench.bpmn import PROCESS, process_of
from bench.databases import Place
from bench.footprint import Sample
from bench.procedure import procedure
from bench.scenario import ACTION, ANSWER, ANSWERED, REQUEST
from bench.subjects import Doing

_DRAWN = {"act": None, "act_as_documented": None, "act_small": frozenset({ACTION})}
"""Line → the actions that its process knows; None: all of them."""


class SpiffWorkflow:
    """One workflow a case, read, restored, moved and stored again, in one transaction with the other rows."""

    def __init__(self, place: Place, sample: Sample) -> None:
        self._place = place
        self._payload = peer_rows.payload_of(sample)

    def set_up(self) -> None:
        """Create the tables."""
        peer_rows.create(self._place)

    def prepare(self, count: int, line: str) -> Sequence[str]:
        """Write that many cases that wait in the first user task."""
        process = _Process(line)
        return peer_rows.prepare(self._place, self._payload, count, workflow=process.begun)

    @contextmanager
    def doing(self, line: str) -> Iterator[Doing]:
        """Give the action."""
        dialect, process = self._place.dialect, _Process(line)
        reading = peer_rows.marked(peer_rows.READ, dialect)
        first, *others = (peer_rows.marked(text, dialect) for text in peer_rows.writing(dialect, self._payload))
        with closing(self._place.connect()) as raw:

            def parameters(case_id: str) -> dict[str, Any]:
                _, version, _, workflow = raw.execute(reading, {"id": case_id}).fetchone()
                return self._payload.action(case_id, version=version, workflow=process.moved(workflow))

            def on_postgresql(case_id: str) -> None:
                peer_rows.check_written(raw.execute(first, parameters(case_id)).fetchone()[0])

            def on_sqlite(case_id: str) -> None:
                raw.execute("BEGIN IMMEDIATE")
                given = parameters(case_id)
                peer_rows.check_written(raw.execute(first, given).rowcount)
                for text in others:
                    raw.execute(text, given)
                raw.execute("COMMIT")

            yield on_sqlite if dialect == "sqlite" else on_postgresql

    def check(self, case: str) -> str:
        """Return the state of the case."""
        return peer_rows.state_of(self._place, case)


class _Process:
    """The process of a line, parsed once, and how its instances are stored."""

    def __init__(self, line: str) -> None:
        parser = BpmnParser()
        parser.add_bpmn_str(process_of(procedure(), actions=_DRAWN[line]))
        self._specification = parser.get_spec(PROCESS)
        if line == "act_as_documented":
            self._serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure())
        else:
            self._serializer = _lean_serializer(self._specification)

    @cached_property
    def begun(self) -> str:
        """An instance in which a request was just received."""
        workflow = BpmnWorkflow(self._specification)
        workflow.do_engine_steps()
        _waiting(workflow).set_data(**REQUEST)
        return str(self._serializer.serialize_json(workflow))

    def moved(self, stored: str) -> str:
        """Return the instance after the action: its user task is done, and the gateway has been taken."""
        workflow = self._serializer.deserialize_json(stored)
        task = _waiting(workflow)
        task.set_data(action=ACTION, **ANSWER)
        task.run()
        workflow.do_engine_steps()
        if _waiting(workflow).task_spec.name != ANSWERED:
            raise RuntimeError("the gateway led elsewhere")
        return str(self._serializer.serialize_json(workflow))


def _waiting(workflow: Any) -> Any:
    return workflow.get_next_task(state=TaskState.READY, manual=True)


def _lean_serializer(specification: Any) -> BpmnWorkflowSerializer:
    class Converter(BpmnWorkflowConverter):
        """Stores tasks and their data, not the specification, which is in memory; faster than what is documented."""

        def to_dict(self, workflow: Any) -> Any:
            stored = super(BpmnWorkflowConverter, self).to_dict(workflow)
            return {**stored, "bpmn_events": self.registry.convert(workflow.bpmn_events)}

        def from_dict(self, dct: Any) -> Any:
            workflow = self.target_class(specification, {}, deserializing=True)
            workflow.tasks = self.mapping_from_dict(dct["tasks"], UUID, workflow=workflow)
            workflow.task_tree = workflow.tasks[UUID(dct["root"])]
            self.set_default_attributes(workflow, dct)
            workflow.bpmn_events = self.registry.restore(dct["bpmn_events"])
            return workflow

    registry = BpmnWorkflowSerializer.configure({**DEFAULT_CONFIG, BpmnWorkflow: Converter})
    return BpmnWorkflowSerializer(registry)

"""The graph of a procedure as a `transitions` machine: it only moves a tiny object where our guards have concluded."""

from __future__ import annotations

from typing import Any

from transitions import EventData, Machine

from appui.states.procedure import Procedure

_GRAPHS: dict[str, Machine] = {}
_WAYS: dict[tuple[str, str, str, str], bool] = {}
"""(content of the procedure, action, source, target) → whether its machine moves so."""


class _Conclusion:
    """What the shared machine moves: where a case is, and where the guards say that it goes."""

    __slots__ = ("state", "target")

    def __init__(self, state: str, target: str) -> None:
        self.state = state
        self.target = target


def moves(procedure: Procedure, action: str, source: str, target: str) -> bool:
    """Return whether the procedure declares this way from one state to another. A way is tried once a process."""
    way = (procedure.content_hash, action, source, target)
    known = _WAYS.get(way)
    if known is None:
        known = _WAYS.setdefault(way, _moves(_machine_of(procedure), action, source, target))
    return known


def _moves(machine: Machine, action: str, source: str, target: str) -> bool:
    events: dict[str, Any] = machine.events
    if action not in events or not any(events[action].transitions[source]):
        return False
    conclusion = _Conclusion(source, target)
    return bool(events[action].trigger(conclusion)) and conclusion.state == target


def _machine_of(procedure: Procedure) -> Machine:
    """Return the machine of that content, made once a process: a machine per case costs a hundred times more."""
    machine = _GRAPHS.get(procedure.content_hash)
    if machine is None:
        machine = Machine(
            model=None,
            states=list(procedure.states),
            initial=procedure.initial.name,
            auto_transitions=False,
            send_event=True,
            queued=False,
        )
        for source, target, action, _ in procedure.edges():
            machine.add_transition(action.name, source, target, conditions=[_is_concluded])
        machine = _GRAPHS.setdefault(procedure.content_hash, machine)
    return machine


def _is_concluded(event: EventData) -> bool:
    return event.transition is not None and event.transition.dest == getattr(event.model, "target", None)

"""Diagrams: a procedure as Mermaid text, from the same definition that the engine runs."""

from __future__ import annotations

from appui.states.procedure import Procedure


def mermaid(procedure: Procedure, *, short: bool = False) -> str:
    """Return a Mermaid state diagram. `short` leaves out what may happen in any open state, and reopening."""
    lines = ["stateDiagram-v2"]
    lines += [f'    state "{_quoted(state.label)}" as {name}' for name, state in procedure.states.items()]
    lines.append(f"    [*] --> {procedure.initial.name}")
    arrows: dict[tuple[str, str], list[str]] = {}
    everywhere = len(procedure.states) - len(procedure.final_states)
    for source, target, action, transition in procedure.edges():
        common = len(transition.sources) >= everywhere or action.name == "reopen"
        if source != target and not (short and common):
            arrows.setdefault((source, target), []).append(action.label)
    for (source, target), labels in arrows.items():
        lines.append(f"    {source} --> {target} : {_quoted(' / '.join(labels))}")
    reached = {target for _, target in arrows}
    lines += [f"    {name} --> [*]" for name in procedure.states if name in procedure.final_states & reached]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return text.replace('"', "'").replace("\n", " ").replace(":", " ")

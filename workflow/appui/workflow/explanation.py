"""Explanations: every action of a case, permitted or why not, what would unlock it, and who could do it now."""

from __future__ import annotations

from collections.abc import Iterable

from appui.states.actor import ROLES
from appui.states.errors import Refusal
from appui.states.functions import Functions, Situation
from appui.states.machine import presumed_of, refusals_of
from appui.states.procedure import Action
from appui.workflow.authorization import Holding, may
from appui.workflow.people import Holder
from appui.workflow.views import ActionView


def explained(
    situation: Situation, functions: Functions, holding: Holding, holders: Iterable[Holder]
) -> list[ActionView]:
    """Return a view of every action of the procedure but the opening, in its order.

    `holders`: the people who hold a role in the case's territory today.
    """
    people: dict[str, list[str]] = {}
    for holder in holders:
        people.setdefault(holder.role, []).append(f"{holder.name} ({ROLES[holder.role]})")
    actions = [action for action in situation.procedure.actions.values() if action.name != "open"]
    return [_view(situation, functions, holding, action, people) for action in actions]


def _view(
    situation: Situation, functions: Functions, holding: Holding, action: Action, people: dict[str, list[str]]
) -> ActionView:
    refusals = refusals_of(situation, functions, action)
    permission = may(holding, action)
    if not permission.ok:
        refusals = [Refusal("not_allowed", permission.text), *refusals]
    return ActionView(
        name=action.name,
        label=action.label,
        permitted=not refusals,
        refusals=tuple(refusals),
        who_can=_who_can(action, people),
        fields=action.fields,
        presumed=tuple(presumed_of(situation, functions, action)),
    )


def _who_can(action: Action, people: dict[str, list[str]]) -> tuple[str, ...]:
    named = [name for role in action.roles for name in people.get(role, ())]
    return tuple(named) or tuple(ROLES[role] for role in action.roles)

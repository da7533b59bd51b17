"""Named functions: every condition, choice and computed fact that a procedure may name, in one allow-list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, TypeVar

from appui.states.actor import Actor
from appui.states.calendar import Calendar
from appui.states.case import Case
from appui.states.errors import Refusal
from appui.states.events import CaseEvent
from appui.states.procedure import Procedure


@dataclass(frozen=True, kw_only=True, slots=True)
class Situation:
    """All that a named function may look at."""

    procedure: Procedure
    case: Case
    actor: Actor
    roles: frozenset[str]
    """The roles that the actor holds on this case today."""
    now: datetime
    calendar: Calendar
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What lies outside the case, by name: only what the functions asked for with `needs`."""
    on_behalf_of: str | None = None
    """The absent person whose rights the actor uses."""

    @property
    def today(self) -> date:
        """The local day."""
        return self.calendar.local_day(self.now)


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What a guard or a check concludes."""

    ok: bool
    text: str = ""
    """One French sentence; may be empty when all is well."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    unlock: str = ""
    path: str = ""
    """For checks: the field at fault."""

    def refusal(self, code: str) -> Refusal:
        """Return this verdict as the refusal of that name."""
        return Refusal(code, self.text, tuple(self.facts.items()), self.unlock)


OK = Verdict(ok=True)

Data = Mapping[str, Any]
GuardFunction = Callable[[Situation], Verdict]
CheckFunction = Callable[[Situation, Data], Verdict]
ChoiceFunction = Callable[[Situation, Data], str]
EffectFunction = Callable[[Situation, Data, date], Iterable[CaseEvent]]
ComputedFunction = Callable[[Case, Procedure], Any]

Function = TypeVar("Function", bound=Callable[..., Any])


def refused(text: str, *, unlock: str = "", path: str = "", **facts: Any) -> Verdict:
    """Return a verdict that refuses, with its reason and the facts behind it."""
    return Verdict(ok=False, text=text, unlock=unlock, path=path, facts=facts)


def needs(*names: str) -> Callable[[Function], Function]:
    """Mark a function with the outside facts that it reads, so that they are loaded before it is asked."""

    def mark(function: Function) -> Function:
        function.needs = names  # type: ignore[attr-defined]
        return function

    return mark


def needs_of(function: Callable[..., Any]) -> tuple[str, ...]:
    """Return the outside facts that a function was marked with."""
    return getattr(function, "needs", ())


@dataclass(frozen=True, kw_only=True, eq=False)
class Functions:
    """The allow-list: name → function. One list is equal to no other."""

    guards: Mapping[str, GuardFunction]
    checks: Mapping[str, CheckFunction]
    choices: Mapping[str, ChoiceFunction]
    effects: Mapping[str, EffectFunction]
    computed: Mapping[str, ComputedFunction]

    def with_guards(self, guards: Mapping[str, GuardFunction]) -> Functions:
        """Return the list with a host's guards added; ValueError when a name is taken."""
        taken = sorted(set(guards) & set(self.guards))
        if taken:
            raise ValueError(f"guards already defined: {', '.join(taken)}")
        return replace(self, guards={**self.guards, **guards})

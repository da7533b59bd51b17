"""Events: what happened to a case, past tense. The journal keeps them, and a case is folded from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class CaseEvent:
    """Base of all events; `type` is their stable name in journals and feeds."""

    type: ClassVar[str]

    def to_json(self) -> dict[str, Any]:
        """Return the event as plain data, its type first."""
        return {"type": self.type, **vars(self)}


@dataclass(frozen=True)
class CaseOpened(CaseEvent):
    """The first event of every case; who asks for what stands in the entry's data, `applicant` and `title`."""

    type: ClassVar[str] = "case_opened"
    reference: str
    procedure: str
    procedure_version: int
    department: str


@dataclass(frozen=True)
class StateEntered(CaseEvent):
    """The case came to rest in another state; `on` is the local day, None when nobody knows it (imports)."""

    type: ClassVar[str] = "state_entered"
    state: str
    on: str | None


@dataclass(frozen=True)
class Recorded(CaseEvent):
    """These fields of the entry's data became facts of the case, flat or under a key."""

    type: ClassVar[str] = "recorded"
    fields: tuple[str, ...]
    into: str = ""


@dataclass(frozen=True)
class Computed(CaseEvent):
    """A named function's conclusion, never a person's words."""

    type: ClassVar[str] = "computed"
    name: str
    value: Any


@dataclass(frozen=True)
class Stepped(CaseEvent):
    """A step in the case's life was done on that local day, the state staying as it was."""

    type: ClassVar[str] = "stepped"
    action: str
    on: str


@dataclass(frozen=True)
class RouteTaken(CaseEvent):
    """The case was routed: `local`, `operator`, `national`, or None when no route is in force any more."""

    type: ClassVar[str] = "route_taken"
    route: str | None


@dataclass(frozen=True)
class Assigned(CaseEvent):
    """Somebody is in charge; None: nobody."""

    type: ClassVar[str] = "assigned"
    assignee: str | None


@dataclass(frozen=True)
class Shared(CaseEvent):
    """Another département may follow the case."""

    type: ClassVar[str] = "shared"
    department: str


@dataclass(frozen=True)
class Presumed(CaseEvent):
    """The facts that an import takes for granted, all of those still in force."""

    type: ClassVar[str] = "presumed"
    facts: tuple[str, ...]


@dataclass(frozen=True)
class Corrected(CaseEvent):
    """The fact named was replaced by the entry's `value`; `step` is the entry whose day moved, if it is a day."""

    type: ClassVar[str] = "corrected"
    what: str
    step: int | None = None


@dataclass(frozen=True)
class Undone(CaseEvent):
    """The entry of that number no longer counts."""

    type: ClassVar[str] = "undone"
    seq: int


@dataclass(frozen=True)
class CaseEnded(CaseEvent):
    """The state entered is final."""

    type: ClassVar[str] = "case_ended"


@dataclass(frozen=True)
class CaseReopened(CaseEvent):
    """The case left its final state."""

    type: ClassVar[str] = "case_reopened"


@dataclass(frozen=True)
class DeadlineChanged(CaseEvent):
    """A deadline was set, moved, met, stopped or cancelled; a consequence, not folded."""

    type: ClassVar[str] = "deadline_changed"
    key: str
    status: str
    due_on: str | None


@dataclass(frozen=True)
class DeadlinePassed(CaseEvent):
    """The day due went by and the deadline was not met. The state is what it was."""

    type: ClassVar[str] = "deadline_passed"
    key: str
    started_on: str
    due_on: str


@dataclass(frozen=True)
class Reminded(CaseEvent):
    """People were reminded of a deadline; `at` is the instant that the rule names, `missed` those skipped before it."""

    type: ClassVar[str] = "reminded"
    key: str
    at: str
    missed: int = 0


EVENTS: dict[str, type[CaseEvent]] = {
    event.type: event
    for event in (
        CaseOpened,
        StateEntered,
        Recorded,
        Computed,
        Stepped,
        RouteTaken,
        Assigned,
        Shared,
        Presumed,
        Corrected,
        Undone,
        CaseEnded,
        CaseReopened,
        DeadlineChanged,
        DeadlinePassed,
        Reminded,
    )
}
"""Stable name → class."""


def event_from_json(data: Mapping[str, Any]) -> CaseEvent:
    """Return the event that `to_json` wrote. KeyError for a type that this version does not know."""
    values = {name: value for name, value in data.items() if name != "type"}
    for name in ("fields", "facts"):
        if name in values:
            values[name] = tuple(values[name])
    return EVENTS[data["type"]](**values)

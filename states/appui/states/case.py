"""The case as a value, folded from its journal: the same entries always give the same case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from appui.states.applicant import Applicant
from appui.states.events import (
    Assigned,
    CaseEnded,
    CaseEvent,
    CaseOpened,
    CaseReopened,
    Computed,
    Corrected,
    DeadlinePassed,
    Presumed,
    Recorded,
    Reminded,
    RouteTaken,
    Shared,
    StateEntered,
    Stepped,
    Undone,
)
from appui.states.values import changed

HANDLED = "handled_deadlines"
"""Where `data` keeps what the clocks have seen to, by key of the deadline: `run`, `passed` and `until`."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One accepted action, as the journal keeps it."""

    case_id: str
    seq: int
    recorded_at: datetime
    """When it was entered: aware, UTC."""
    effective_on: date
    """The local day on which it happened."""
    actor_id: str
    actor_name: str | None
    """None once the person has been forgotten."""
    on_behalf_of: str | None
    action: str
    data: Mapping[str, Any]
    events: tuple[CaseEvent, ...]
    hash: str = ""
    previous_hash: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A moment of the case that clocks look at: a state entered, or something done in it."""

    seq: int
    action: str
    on: date | None
    """Local day; None when nobody knows it (imports)."""
    state: str | None
    """The state entered, None when the state stayed as it was."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One request and where it stands. `version` rises by one with each accepted action."""

    id: str
    reference: str
    procedure: str
    procedure_version: int
    state: str
    version: int
    applicant: Applicant
    title: str
    route: str | None = None
    """`local`, `operator`, `national`, or None."""
    routed_by: int | None = None
    """Number of the entry that took the route."""
    suspended_since: date | None = None
    ended_at: datetime | None = None
    """Aware, UTC; set if and only if the state is final."""
    assignee: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    """What is known, by field name; dates as ISO text, money in cents, rates as decimal text."""
    steps: tuple[Step, ...] = ()
    presumed: tuple[str, ...] = ()
    """Guards' facts that an import takes for granted."""
    shared_with: tuple[str, ...] = ()
    opened_at: datetime
    updated_at: datetime
    head: str = ""
    """Hash of the last entry."""

    @property
    def department(self) -> str:
        """The département to which the case belongs."""
        return self.applicant.department

    @property
    def received_on(self) -> date | None:
        """The day of reception, None when unknown."""
        return day_of(self.data.get("received_on"))

    @property
    def received_before(self) -> date | None:
        """A day before which it was received, when nothing better is known."""
        return day_of(self.data.get("received_before"))

    @property
    def beneficiaries(self) -> tuple[str, ...]:
        """INSEE codes of the communes that the request serves."""
        return tuple(self.data.get("beneficiaries") or ())

    @property
    def routed_on(self) -> date | None:
        """The local day of the route in force, None without a route or when nobody knows the day."""
        if self.routed_by is None:
            return None
        on = next((step.on for step in self.steps if step.seq == self.routed_by), None)
        return on or (day_of(self.fact("imported.routed_on")) if self._routed_by_import else None)

    @property
    def opened_on(self) -> date:
        """The local day of the opening: that of the reception or, for an import, one by which it had come."""
        known = (self.received_on, self.steps[0].on, self.received_before, day_of(self.fact("imported.known_on")))
        return next((day for day in known if day is not None), self.opened_at.date())

    @property
    def counted_on(self) -> date:
        """The local day by which the case counts in figures: that of the route in force, else that of the opening.

        A route that an import found taken counts on the day on which its source was true, when none is known.
        """
        if self.route is None:
            return self.opened_on
        known_on = day_of(self.fact("imported.known_on")) if self._routed_by_import else None
        return self.routed_on or known_on or self.opened_on

    @property
    def _routed_by_import(self) -> bool:
        return any(step.seq == self.routed_by and step.action == "import" for step in self.steps)

    @property
    def visits(self) -> tuple[Step, ...]:
        """The steps that entered a state, oldest first."""
        return tuple(step for step in self.steps if step.state is not None)

    @property
    def current_visit(self) -> Step:
        """The step that entered the present state."""
        return next(step for step in reversed(self.steps) if step.state is not None)

    @property
    def last_step_on(self) -> date | None:
        """The latest known day in the case's life: nothing later may have happened before it."""
        return max((day for day in (self.received_on, *(step.on for step in self.steps)) if day), default=None)

    def fact(self, path: str) -> Any:
        """Return the fact at a dotted path of `data`, None when it is unknown."""
        value: Any = self.data
        for part in path.split("."):
            if not isinstance(value, Mapping):
                return None
            value = value.get(part)
        return value


def day_of(value: Any) -> date | None:
    """Return an ISO day (or the day of an ISO instant) as a date, None for None."""
    return None if value is None else date.fromisoformat(str(value)[:10])


def iso(day: date | None) -> str | None:
    """Return a day as ISO text, None for None."""
    return None if day is None else day.isoformat()


def effective(entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries that still count, oldest first: undone ones left out."""
    undone = {event.seq for entry in entries for event in entry.events if isinstance(event, Undone)}
    return [entry for entry in entries if entry.seq not in undone]


def fold(entries: Sequence[Entry]) -> Case:
    """Return the case that a whole journal tells. ValueError when it does not begin with an opening."""
    case: Case | None = None
    for entry in effective(entries):
        case = apply(case, entry)
    if case is None:
        raise ValueError("a journal without an opening entry tells no case")
    last = entries[-1]
    return changed(case, version=last.seq, updated_at=last.recorded_at, head=last.hash)


def apply(case: Case | None, entry: Entry) -> Case:
    """Return the case after one more entry (not for `undo`, which takes a fold of the whole journal)."""
    events: Iterable[CaseEvent] = entry.events
    if case is None:
        opening, *events = entry.events
        if not isinstance(opening, CaseOpened):
            raise ValueError("a journal without an opening entry tells no case")
        case = _opened(opening, entry)
    draft = _Draft(case)
    for event in events:
        draft.changes |= _changes(draft, event, entry)
    return changed(case, **draft.changes, version=entry.seq, updated_at=entry.recorded_at, head=entry.hash)


class _Draft:
    """A case and what the events of an entry have changed of it so far: each reads what those before it wrote."""

    __slots__ = ("case", "changes")

    def __init__(self, case: Case) -> None:
        self.case = case
        self.changes: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        return self.changes[name] if name in self.changes else getattr(self.case, name)


def _opened(event: CaseOpened, entry: Entry) -> Case:
    return Case(
        id=entry.case_id,
        reference=event.reference,
        procedure=event.procedure,
        procedure_version=event.procedure_version,
        state="",
        version=entry.seq,
        applicant=Applicant(**entry.data["applicant"]),
        title=entry.data["title"],
        opened_at=entry.recorded_at,
        updated_at=entry.recorded_at,
    )


def _changes(case: _Draft, event: CaseEvent, entry: Entry) -> dict[str, Any]:
    """Return what an event changes of the case, by the name of its fields."""
    match event:
        case StateEntered(state=state, on=on):
            step = Step(entry.seq, entry.action, day_of(on), state)
            return {"state": state, "steps": (*case.steps, step)}
        case Recorded():
            return {"data": _recorded(case.data, event, entry.data)}
        case Computed(name=name, value=value):
            return {"data": {**case.data, name: value}}
        case Stepped(action=action, on=on):
            since = {"suspend": day_of(on), "resume": None}.get(action, case.suspended_since)
            step = Step(entry.seq, action, day_of(on), None)
            return {"steps": (*case.steps, step), "suspended_since": since}
        case RouteTaken(route=route):
            return {"route": route, "routed_by": entry.seq if route else None}
        case Assigned(assignee=assignee):
            return {"assignee": assignee}
        case Shared(department=department):
            return {"shared_with": tuple(dict.fromkeys((*case.shared_with, department)))}
        case Presumed(facts=facts):
            return {"presumed": facts}
        case Corrected():
            return _corrected(changed(case.case, **case.changes), event, entry.data.get("value"))
        case DeadlinePassed() | Reminded():
            return {"data": _seen_to(case.data, event)}
        case CaseEnded() | CaseReopened():
            return {"ended_at": entry.recorded_at if isinstance(event, CaseEnded) else None}
        case _:
            return {}


def _recorded(facts: Mapping[str, Any], event: Recorded, data: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: data[name] for name in event.fields if name in data}
    return {**facts, event.into: given} if event.into else {**facts, **given}


def _seen_to(facts: Mapping[str, Any], event: DeadlinePassed | Reminded) -> dict[str, Any]:
    handled = facts.get(HANDLED) or {}
    if isinstance(event, DeadlinePassed):
        seen = {"run": event.started_on, "passed": event.due_on}
    else:
        seen = {"until": event.at}
    return {**facts, HANDLED: {**handled, event.key: {**handled.get(event.key, {}), **seen}}}


def _corrected(case: Case, event: Corrected, value: Any) -> dict[str, Any]:
    changes = _moved(case, event.step, day_of(value)) if event.step is not None else {}
    if event.what.endswith(".happened_on"):
        return changes
    if event.what == "title":
        return {"title": value}
    if event.what.startswith("applicant."):
        return {"applicant": _corrected_applicant(case, event.what.removeprefix("applicant."), value)}
    facts = changes.get("data", case.data)
    return {**changes, "data": _replaced(facts, event.what.split("."), value)}


def _corrected_applicant(case: Case, name: str, value: Any) -> Applicant:
    applicant = replace(case.applicant, **{name: value})
    if name != "population":
        return applicant
    year = (case.received_on or case.received_before or case.opened_at).year
    return replace(applicant, population_year=year, population_source="corrigée à la main")


def _moved(case: Case, seq: int, day: date | None) -> dict[str, Any]:
    steps = tuple(replace(step, on=day) if step.seq == seq else step for step in case.steps)
    since = case.suspended_since
    if since is not None:
        since = next(step.on for step in reversed(steps) if step.action == "suspend")
    return {"steps": steps, "suspended_since": since, "data": _redated(case.data, seq, iso(day))}


def _redated(facts: Any, seq: int, day: str | None) -> Any:
    """Return the facts with each `<x>_on` that stands beside an `<x>_by` naming that entry on the right day."""
    if not isinstance(facts, Mapping):
        return facts
    moved = {f"{name.removesuffix('_by')}_on": day for name, by in facts.items() if name.endswith("_by") and by == seq}
    return {name: moved.get(name, _redated(value, seq, day)) for name, value in facts.items()}


def _replaced(facts: Mapping[str, Any], path: Sequence[str], value: Any) -> dict[str, Any]:
    name, *rest = path
    return {**facts, name: _replaced(facts.get(name) or {}, rest, value) if rest else value}

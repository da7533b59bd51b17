"""Procedures: the versioned definition of a case's life, as frozen values. `parsing` makes them from TOML."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from appui.states.wording import listed

SAME = "@same"
"""Target of a transition that leaves the state as it is."""
BEFORE_END = "@before_end"
"""Target of a transition that returns a closed case to the state it left."""
PASSED, REMINDED = "deadline_passed", "reminded"
"""The entries of the clocks themselves, which no procedure declares."""
ASIDE = frozenset({"assign", "attach", "comment", "correct", "share", "undo", PASSED, REMINDED})
"""Actions that are no step in a case's life: their day orders nothing, and nobody outside reads them."""


REFERENCES = frozenset({"person", "provider", "document"})
"""Field types whose values must exist somewhere."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """One datum that an action takes."""

    name: str
    type: str
    label: str
    required: bool = False
    many: bool = False
    """Whether the value is a list of that type."""
    options: tuple[tuple[str, str], ...] = ()
    """For `choice`: (identifier, French label)."""
    fields: tuple[Field, ...] = ()
    """For `group`: its members."""
    personal: bool = False
    """Whether the value may name a person: it is then hashed through a salted commitment."""
    required_with: str = ""
    """Name of a sibling field: this one is required when that one is given."""
    past: bool = False
    """For `date`: never after today."""
    default: str = ""
    """`happened_on`: the day of the action when nothing is given."""
    hint: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Transition:
    """One way that an action takes out of a state."""

    sources: tuple[str, ...]
    target: str
    """A state, `@same`, `@before_end`, or the name of a choice."""
    guards: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Action:
    """Something that a person may ask of a case."""

    name: str
    label: str
    transitions: tuple[Transition, ...]
    roles: tuple[str, ...]
    checks: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    any_of: tuple[tuple[str, ...], ...] = ()
    """Sets of fields of which at least one must be given."""
    keep: str = "data"
    """Where the data become facts: `data` (flat), `data.<key>`, or `journal` (nowhere but in the entry)."""
    route: str = ""
    """`local`, `operator` or `national`: the route that it takes; `none`: no route is in force any more."""
    assigns: str = ""
    """Name of the field that says who is in charge from now on."""
    unpresumes: tuple[str, ...] = ()
    """Facts that an import took for granted and that have to be established anew."""
    effects: tuple[str, ...] = ()
    """Named functions that add what data alone do not say."""
    notices: tuple[str, ...] = ()
    while_suspended: bool = False
    hint: str = ""

    @cached_property
    def guards(self) -> tuple[str, ...]:
        """Return every guard of every transition, each once."""
        return tuple(dict.fromkeys(name for transition in self.transitions for name in transition.guards))

    @cached_property
    def references(self) -> tuple[Field, ...]:
        """Return the fields whose values must exist somewhere."""
        return tuple(field for field in self.fields if field.type in REFERENCES)


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """A situation in which a case rests."""

    name: str
    label: str
    public_label: str
    public_sentence: str
    """One sentence for applicants, with placeholders `{{ contact }}` and `{{ due_on }}`."""
    final: bool = False
    initial: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Reminder:
    """When people are reminded of a deadline: once at a moment, or every so often while it is late."""

    at: str = ""
    """`end`, `end - 2 working days`, `end + 1 week`, `start + 12 months`."""
    every: str = ""
    """`1 week`; never in working days."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Escalation:
    """Who else is told of a late deadline, from when on."""

    notice: str
    after: str = ""
    """How long after the day due, `1 week`; empty: as soon as it has passed."""


@dataclass(frozen=True, kw_only=True)
class DeadlineRule:
    """How a deadline starts, stops and is met."""

    key: str
    label: str
    starts: str
    """`state:X`, `action:X` or `data:path`."""
    since: str = ""
    """`data:path` of the day from which to count, when it is not the day of the start."""
    after: str
    """`10 working days`, `30 days`, `18 months`."""
    once: bool = False
    """Whether it runs once in a case's life, and not again when the state is entered again."""
    repeats: bool = False
    """Whether it runs again from the day on which an action met it: « every two months », « once a year »."""
    until: str = ""
    """`data:path` of an explicit date that replaces the duration when it is known."""
    stops_in: tuple[str, ...] = ()
    met_by: tuple[str, ...] = ()
    """Action names, `state:X`, `data:path`."""
    roll_over: bool = True
    """Whether a date that falls on a closed day moves to the next working day."""
    reminders: tuple[Reminder, ...] = ()
    notice: str = ""
    """What reminds of it, and tells that it has passed."""
    escalation: Escalation | None = None

    @cached_property
    def start_state(self) -> str:
        """Return the state whose entering starts it, empty when something else does."""
        return _named(self.starts, "state:")

    @cached_property
    def start_action(self) -> str:
        """Return the action that starts it, empty when something else does."""
        return _named(self.starts, "action:")

    @cached_property
    def start_fact(self) -> str:
        """Return the path of the fact that starts it, empty when something else does."""
        return _named(self.starts, "data:")

    @cached_property
    def met_by_states(self) -> frozenset[str]:
        """Return the states whose entering meets it."""
        return frozenset(name for each in self.met_by if (name := _named(each, "state:")))

    @cached_property
    def met_by_facts(self) -> tuple[str, ...]:
        """Return the paths of the facts that meet it, in order."""
        return tuple(path for each in self.met_by if (path := _named(each, "data:")))


def _named(text: str, kind: str) -> str:
    return text.removeprefix(kind) if text.startswith(kind) else ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """A target that a named function picks among declared ones."""

    name: str
    targets: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Procedure:
    """One version of a procedure. Equal content has an equal `content_hash`."""

    key: str
    version: int
    label: str
    applies_from: date | None
    """First day of reception that this version covers; None: no lower bound."""
    applies_until: date | None
    """Last day of reception that this version covers; None: no upper bound."""
    states: Mapping[str, State]
    actions: Mapping[str, Action]
    deadlines: Mapping[str, DeadlineRule]
    choices: Mapping[str, Choice]
    settings: Mapping[str, Any]
    """The procedure's own thresholds, read by its named functions."""
    computed: tuple[str, ...]
    """Named functions whose value is kept in the case's data after each action."""
    phases: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """(French label, states), in the order in which a case usually goes: the stepper of the screens."""
    content: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    """The plain data from which this value was read, kept with every version in use."""

    @cached_property
    def content_hash(self) -> str:
        """Return the SHA-256 of the content, in hexadecimal."""
        text = json.dumps(self.content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    @cached_property
    def initial(self) -> State:
        """Return the state in which a case opens."""
        return next(state for state in self.states.values() if state.initial)

    @cached_property
    def final_states(self) -> frozenset[str]:
        """Return the names of the states that end a case."""
        return frozenset(name for name, state in self.states.items() if state.final)

    @cached_property
    def guards(self) -> tuple[str, ...]:
        """Return every guard of every action, each once."""
        return tuple(dict.fromkeys(name for action in self.actions.values() for name in action.guards))

    @cached_property
    def roles(self) -> frozenset[str]:
        """Return every role that some action is given to."""
        return frozenset(role for action in self.actions.values() for role in action.roles)

    @cached_property
    def where(self) -> Mapping[str, str]:
        """Return the sentence that says in which states an action is possible, by action; empty when in none."""
        return {action.name: self._where(action) for action in self.actions.values()}

    def _where(self, action: Action) -> str:
        labels = [f"« {self.states[name].label} »" for way in action.transitions for name in way.sources]
        more = "…" if len(labels) > 6 else ""
        return f"Possible quand la demande est {listed(labels[:6], last='ou')}{more}." if labels else ""

    @cached_property
    def roles_by_check(self) -> Mapping[str, frozenset[str]]:
        """Return, by check, the roles to which the actions that it is part of are given."""
        found: dict[str, frozenset[str]] = {}
        for action in self.actions.values():
            found |= {check: found.get(check, frozenset()).union(action.roles) for check in action.checks}
        return found

    def roles_in(self, state: str, *, suspended: bool = False) -> frozenset[str]:
        """Return the roles to which those actions are given that move on a case in that state."""
        actions = (
            action
            for action in self.actions.values()
            if action.name not in ASIDE
            and (action.while_suspended or not suspended)
            and any(state in way.sources for way in action.transitions)
        )
        return frozenset(role for action in actions for role in action.roles)

    def targets_of(self, target: str) -> tuple[str, ...]:
        """Return every state to which a transition's target may lead; `@same` stays as it is."""
        if target in self.choices:
            return self.choices[target].targets
        if target == BEFORE_END:
            return tuple(name for name, state in self.states.items() if not state.final)
        return (target,)

    def covers(self, day: date) -> bool:
        """Return whether a request received on that day follows this version."""
        return (self.applies_from is None or self.applies_from <= day) and (
            self.applies_until is None or day <= self.applies_until
        )

    def edges(self) -> Iterator[tuple[str, str, Action, Transition]]:
        """Yield (source, target, action, transition) for each declared way, `@same` resolved to its source."""
        for action in self.actions.values():
            for transition in action.transitions:
                for source in transition.sources:
                    for target in self.targets_of(transition.target):
                        yield source, source if target == SAME else target, action, transition

"""The machine: whether an action is permitted, and what it makes of a case. Pure: all that it reads is an argument."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

from appui.states.case import Case, Entry, apply, day_of, fold, iso
from appui.states.corrections import clean_correction, owner_of
from appui.states.deadlines import Deadline, changed_deadlines, deadlines_of
from appui.states.errors import ActionRefused, InvalidData, Refusal
from appui.states.events import (
    Assigned,
    CaseEnded,
    CaseEvent,
    CaseReopened,
    Computed,
    DeadlineChanged,
    Presumed,
    Recorded,
    RouteTaken,
    StateEntered,
    Stepped,
    Undone,
)
from appui.states.fields import MAX_ITEMS, clean, identifier_in
from appui.states.functions import Functions, Situation, needs_of
from appui.states.graph import moves
from appui.states.procedure import ASIDE, BEFORE_END, SAME, Action, Field, Procedure, Transition
from appui.states.values import changed
from appui.states.wording import day_in_words, listed


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What an action makes of a case, before anybody writes it."""

    case: Case
    """The case as it will be, its `head` still to be sealed by the journal."""
    entry: Entry
    """The journal's next line, not sealed yet."""
    before: Case | None
    """The case as it was, None for an opening."""
    deadlines: tuple[Deadline, ...]
    """Those that changed; at most one a key."""


def action_of(procedure: Procedure, name: object) -> Action:
    """Return the action of that name. InvalidData on `action` otherwise, with the nearest name."""
    action = procedure.actions.get(name) if isinstance(name, str) else None
    if action is not None:
        return action
    near = difflib.get_close_matches(name[:60] if isinstance(name, str) else "", procedure.actions, n=1)
    help_ = f"vouliez-vous dire « {near[0]} » ?" if near else f"attendu {listed(list(procedure.actions), last='ou')}."
    raise InvalidData([("action", f"Action inconnue ; {help_}")])


def needs_for_explaining(functions: Functions, procedure: Procedure) -> frozenset[str]:
    """Return the outside facts that must be known before asking which actions are permitted."""
    return _needs(functions, procedure.guards, (), ())


def needs_for_act(functions: Functions, action: Action) -> frozenset[str]:
    """Return the outside facts that must be known before deciding the action."""
    return _needs(functions, action.guards, action.checks, action.effects)


@lru_cache(maxsize=1024)
def _needs(
    functions: Functions, guards: tuple[str, ...], checks: tuple[str, ...], effects: tuple[str, ...]
) -> frozenset[str]:
    named: list[Callable[..., Any]] = [
        *(functions.guards[name] for name in guards),
        *(functions.checks[name] for name in checks),
        *(functions.effects[name] for name in effects),
    ]
    return frozenset(need for function in named for need in needs_of(function))


def references_in(fields: Iterable[Field], data: object) -> dict[str, set[str]]:
    """Return the identifiers that the data name in these fields, by type; whatever has another shape is left out.

    `facts["known"]` says which of them exist.
    """
    found: dict[str, set[str]] = {}
    if isinstance(data, Mapping):
        for field in fields:
            if field.name in data:
                value = data[field.name]
                values = value if field.many and isinstance(value, (list, tuple)) else [value]
                ids = (identifier_in(each) for each in values[:MAX_ITEMS])
                found.setdefault(field.type, set()).update(each for each in ids if each is not None)
    return found


def refusals_of(situation: Situation, functions: Functions, action: Action) -> list[Refusal]:
    """Return every reason why the action is not permitted now, whatever its data; empty when it is."""
    case, procedure = situation.case, situation.procedure
    ways = [transition for transition in action.transitions if case.state in transition.sources]
    refusals = [] if ways else [_not_in_state(action, situation)]
    if case.suspended_since is not None and not action.while_suspended:
        refusals.append(
            Refusal(
                "suspended",
                f"La demande est suspendue depuis le {day_in_words(case.suspended_since)}.",
                (("suspended_since", case.suspended_since.isoformat()),),
                f"« {procedure.actions['resume'].label} »." if "resume" in procedure.actions else "",
            )
        )
    unmet: dict[str, Refusal] = {}
    for way in ways:
        found = _unmet(situation, functions, way)
        if not found:
            return refusals
        unmet |= {refusal.code: refusal for refusal in found}
    return [*refusals, *unmet.values()]


def presumed_of(situation: Situation, functions: Functions, action: Action) -> list[str]:
    """Return the guards that pass only because an import took their fact for granted."""
    case = situation.case
    if not case.presumed:
        return []
    asked = [name for way in action.transitions if case.state in way.sources for name in way.guards]
    return [name for name in dict.fromkeys(asked) if name in case.presumed and not functions.guards[name](situation).ok]


def _not_in_state(action: Action, situation: Situation) -> Refusal:
    procedure, state = situation.procedure, situation.case.state
    text = f"« {action.label} » n'est pas possible quand la demande est « {procedure.states[state].label} »."
    return Refusal("state", text, (("state", state),), procedure.where[action.name])


def _unmet(situation: Situation, functions: Functions, way: Transition) -> list[Refusal]:
    verdicts = ((name, functions.guards[name](situation)) for name in way.guards)
    return [
        verdict.refusal(name) for name, verdict in verdicts if not verdict.ok and name not in situation.case.presumed
    ]


def decide(situation: Situation, functions: Functions, name: str, data: object) -> Decision:
    """Return what the action makes of the case.

    Raises, in this order: InvalidData (shape), ActionRefused (guards), InvalidData (checks). Nothing is changed.
    """
    case, procedure = situation.case, situation.procedure
    action = action_of(procedure, name)
    values = clean(action, data, today=situation.today)
    refusals = refusals_of(situation, functions, action)
    if refusals:
        raise ActionRefused(name, refusals)
    on = _day_of_action(situation, values)
    if "correct_fact" in action.effects:
        values = clean_correction(case, procedure, values, situation.today)
    values = with_defaults(action, values, on)
    _check_days(action, values, case)
    check(situation, functions, action, values)
    if "correct_fact" in action.effects:
        _check_corrected(situation, functions, values)
    target = target_of(situation, functions, _way(situation, functions, action), values)
    if not moves(procedure, name, case.state, target):
        raise RuntimeError(f"{procedure.key}.{name} leads nowhere from {case.state} to {target}")
    entry = new_entry(
        situation, name, values, on, _events_of(situation, functions, action, values, on=on, target=target)
    )
    return concluded(situation, functions, entry, before=case)


def concluded(situation: Situation, functions: Functions, entry: Entry, *, before: Case | None) -> Decision:
    """Return the decision that an entry leads to: computed facts and deadlines follow from the case after it."""
    procedure, calendar = situation.procedure, situation.calendar
    if any(isinstance(event, Undone) for event in entry.events):
        after = fold([*situation.facts["journal"], entry])
    else:
        after = apply(before, entry)
    computed = []
    for name in procedure.computed:
        value = functions.computed[name](after, procedure)
        if value != after.data.get(name):
            after = changed(after, data={**after.data, name: value})
            computed.append(Computed(name, value))
    if before is None:
        deadlines = list(deadlines_of(procedure, after, calendar).values())
    else:
        deadlines = changed_deadlines(procedure, before, after, calendar)
    told = tuple(DeadlineChanged(each.key, each.status, iso(each.due_on)) for each in deadlines)
    return Decision(
        case=after,
        before=before,
        entry=changed(entry, events=(*entry.events, *computed, *told)),
        deadlines=tuple(deadlines),
    )


def new_entry(situation: Situation, name: str, data: Mapping[str, Any], on: date, events: Iterable[CaseEvent]) -> Entry:
    """Return the next line of the journal, not sealed yet."""
    return Entry(
        case_id=situation.case.id,
        seq=situation.case.version + 1,
        recorded_at=situation.now,
        effective_on=on,
        actor_id=situation.actor.id,
        actor_name=situation.actor.name,
        on_behalf_of=situation.on_behalf_of,
        action=name,
        data=data,
        events=tuple(events),
        previous_hash=situation.case.head,
    )


def facts_of(
    situation: Situation, functions: Functions, action: Action, data: Mapping[str, Any], on: date
) -> Iterator[CaseEvent]:
    """Yield what the action makes true, its change of state left out."""
    names = tuple(name for name in data if name != "happened_on")
    if action.keep != "journal" and names:
        yield Recorded(names, action.keep.removeprefix("data").removeprefix("."))
    if action.route:
        yield RouteTaken(None if action.route == "none" else action.route)
    if action.assigns and action.assigns in data:
        yield Assigned(data[action.assigns])
    kept = tuple(fact for fact in situation.case.presumed if fact not in action.unpresumes)
    if kept != situation.case.presumed:
        yield Presumed(kept)
    for name in action.effects:
        yield from functions.effects[name](situation, data, on)


def with_defaults(action: Action, data: Mapping[str, Any], on: date) -> dict[str, Any]:
    """Return the data with the days that were left out: the action's own."""
    days = {field.name: on.isoformat() for field in action.fields if field.default == "happened_on"}
    return {**days, **data}


def check(situation: Situation, functions: Functions, action: Action, data: Mapping[str, Any]) -> None:
    """Raise InvalidData for every reference to nothing, and for every named check that the data fail."""
    errors = list(_unknown_references(action, data, situation.facts.get("known") or {}))
    if errors:
        raise InvalidData(errors)
    verdicts = [(name, functions.checks[name](situation, data)) for name in action.checks]
    failed = [(name, verdict) for name, verdict in verdicts if not verdict.ok]
    if failed:
        raise InvalidData(
            [(verdict.path, f"{verdict.text} {verdict.unlock}".strip()) for _, verdict in failed],
            refusals=[verdict.refusal(name) for name, verdict in failed],
        )


def target_of(situation: Situation, functions: Functions, way: Transition, data: Mapping[str, Any]) -> str:
    """Return the state to which a transition leads, the present one included."""
    target = way.target
    if target in situation.procedure.choices:
        target = functions.choices[target](situation, data)
    if target == SAME:
        return situation.case.state
    if target == BEFORE_END:
        final = situation.procedure.final_states
        open_visits = [visit.state for visit in situation.case.visits if visit.state and visit.state not in final]
        return open_visits[-1] if open_visits else situation.procedure.initial.name  # an import may begin at the end
    return target


def _check_days(action: Action, data: Mapping[str, Any], case: Case) -> None:
    """Raise InvalidData for each fact of the past that is said to lie before the request itself."""
    received = case.received_on
    days = ((field, day_of(data.get(field.name))) for field in action.fields if field.type == "date" and field.past)
    errors = [
        (field.name, f"« {field.label} » ne peut pas être avant la réception ({day_in_words(received)}).")
        for field, day in days
        if received is not None and day is not None and day < received
    ]
    if errors:
        raise InvalidData(errors)


def _check_corrected(situation: Situation, functions: Functions, data: Mapping[str, Any]) -> None:
    """Ask the checks of the action that wrote the fact, of what it would have written with the right value.

    What lay outside the case was looked at on the day of the action: it is not asked again as it is now.
    """
    owner, told = owner_of(situation.case, situation.procedure, data["what"], data["value"])
    if owner is None:
        return
    owner = replace(owner, checks=tuple(name for name in owner.checks if not needs_of(functions.checks[name])))
    _check_days(owner, told, situation.case)
    try:
        check(situation, functions, owner, told)
    except InvalidData as invalid:
        errors = [("value", text) for _, text in invalid.errors]
        raise InvalidData(errors, refusals=invalid.refusals) from None


def _events_of(
    situation: Situation, functions: Functions, action: Action, data: Mapping[str, Any], *, on: date, target: str
) -> Iterator[CaseEvent]:
    yield from facts_of(situation, functions, action, data, on)
    case, final = situation.case, situation.procedure.final_states
    if target != case.state:
        yield StateEntered(target, on.isoformat())
        if target in final:
            yield CaseEnded()
        elif case.state in final:
            yield CaseReopened()
    elif action.name not in ASIDE:
        yield Stepped(action.name, on.isoformat())


def _way(situation: Situation, functions: Functions, action: Action) -> Transition:
    return next(
        way
        for way in action.transitions
        if situation.case.state in way.sources and not _unmet(situation, functions, way)
    )


def _day_of_action(situation: Situation, data: Mapping[str, Any]) -> date:
    on = day_of(data.get("happened_on")) or situation.today
    last = situation.case.last_step_on
    if last is not None and on < last:
        text = f"L'étape précédente est du {day_in_words(last)} : donnez ce jour ou un jour d'après, ou corrigez-la."
        raise InvalidData([("happened_on", text)])
    return on


def _unknown_references(
    action: Action, data: Mapping[str, Any], known: Mapping[str, Collection[str] | None]
) -> Iterator[tuple[str, str]]:
    nouns = {"person": "Personne inconnue", "provider": "Prestataire inconnu", "document": "Document inconnu"}
    for field in action.references:
        existing = known.get(field.type)
        if existing is None or field.name not in data:
            continue
        values = data[field.name] if field.many else [data[field.name]]
        for place, value in enumerate(values):
            if value not in existing:
                path = f"{field.name}[{place}]" if field.many else field.name
                yield path, f"{nouns[field.type]} : « {value} »."

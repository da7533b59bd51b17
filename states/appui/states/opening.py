"""Openings: the first entry of a case, by a person who registers it or by an import that finds it under way."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from typing import Any

from appui.states.applicant import Applicant
from appui.states.case import Case, day_of, iso
from appui.states.errors import InvalidData
from appui.states.events import (
    CaseEnded,
    CaseEvent,
    CaseOpened,
    CaseReopened,
    Presumed,
    Recorded,
    RouteTaken,
    StateEntered,
)
from appui.states.fields import clean, clean_text
from appui.states.functions import Functions, Situation
from appui.states.guards import NEVER_PRESUMED
from appui.states.machine import Decision, action_of, check, concluded, facts_of, new_entry, target_of, with_defaults
from appui.states.procedure import Action, Procedure
from appui.states.wording import day_in_words, listed

ROUTES = ("local", "operator", "national")
IMPORT = "import"
"""What an entry, and the steps of a case, call an import."""
_SOURCE = Recorded(("words", "source", "known_on", "routed_on"), "imported")


@dataclass(frozen=True, kw_only=True, slots=True)
class UnderWay:
    """What an import says of a case that began elsewhere."""

    state: str
    known_on: date
    """The local day on which the source was true."""
    route: str | None = None
    presumed: tuple[str, ...] = ()
    """Guards whose fact the source implies without holding it."""
    words: Mapping[str, str] = field(default_factory=dict)
    """The source's own words, column by column."""
    source: str = ""
    """The file's declared name."""
    routed_on: date | None = None
    """The local day of the route, None when the source does not give it."""


def blank_case(case_id: str, procedure: Procedure, applicant: Applicant, title: str, now: datetime) -> Case:
    """Return a case before its first entry, version 0, in no state."""
    return Case(
        id=case_id,
        reference="",
        procedure=procedure.key,
        procedure_version=procedure.version,
        state="",
        version=0,
        applicant=applicant,
        title=clean_text(title, label="Objet", path="title"),
        opened_at=now,
        updated_at=now,
    )


def open_case(situation: Situation, functions: Functions, data: object, *, reference: str) -> Decision:
    """Return the opening of `situation.case`, a blank one. The day of the opening is that of the reception.

    Where nothing is received it is that of the field which defaults to it: the signature that begins a programme.

    InvalidData when the data cannot be taken.
    """
    action = action_of(situation.procedure, "open")
    values = clean(action, data, today=situation.today)
    if "received_on" in values and "received_before" in values:
        raise InvalidData([("received_before", "Le jour de la réception est déjà donné : gardez l'un des deux.")])
    on = _received_on(values) or _begun_on(action, values) or situation.today
    if "received_before" not in values and any(each.name == "received_on" for each in action.fields):
        values.setdefault("received_on", on.isoformat())
    values = with_defaults(action, values, on)
    check(situation, functions, action, values)
    state = target_of(situation, functions, action.transitions[0], values)
    events = (
        _opened(situation.case, reference),
        *facts_of(situation, functions, action, values, on),
        StateEntered(state, on.isoformat()),
    )
    told = {**values, **_identity(situation.case)}
    return concluded(situation, functions, new_entry(situation, "open", told, on, events), before=None)


def import_case(
    situation: Situation, functions: Functions, data: object, under_way: UnderWay, *, reference: str
) -> Decision:
    """Return the one entry by which a case comes in with what is known of it, and nothing else.

    Its days stay unknown, so that it starts no clock and bends no duration. InvalidData when the data, the state, the
    route or a presumed fact cannot be taken.
    """
    check_under_way(under_way, situation.procedure, functions)
    action = _all_optional(action_of(situation.procedure, "open"))
    values = clean(action, data, today=situation.today)
    events = [_opened(situation.case, reference), *facts_of(situation, functions, action, values, under_way.known_on)]
    events.append(_SOURCE)
    if under_way.presumed:
        events.append(Presumed(tuple(under_way.presumed)))
    if under_way.route is not None:
        events.append(RouteTaken(under_way.route))
    exact = values.get("received_on") if under_way.state == situation.procedure.initial.name else None
    events.append(StateEntered(under_way.state, exact))
    if under_way.state in situation.procedure.final_states:
        events.append(CaseEnded())
    told = {**values, **_identity(situation.case), **_source(under_way)}
    return concluded(situation, functions, new_entry(situation, IMPORT, told, under_way.known_on, events), before=None)


def reimport_case(situation: Situation, functions: Functions, data: object, under_way: UnderWay) -> Decision:
    """Return the entry by which a case follows its source, which says something else by now.

    InvalidData at `state` when the case has gone its own way since: `conflict_of` says why.
    """
    case = situation.case
    check_under_way(under_way, situation.procedure, functions)
    action = _all_optional(action_of(situation.procedure, "open"))
    values = clean(action, data, today=situation.today)
    conflict = conflict_of(case, under_way, situation.procedure)
    if conflict:
        raise InvalidData([("state", conflict)])
    changed = {name: value for name, value in values.items() if case.data.get(name) != value}
    events = [*facts_of(situation, functions, action, changed, under_way.known_on), _SOURCE]
    if not _stands_there(case, under_way):
        events.append(Presumed(tuple(under_way.presumed)))
        if under_way.route != case.route:
            events.append(RouteTaken(under_way.route))
        if under_way.state != case.state:
            events.append(StateEntered(under_way.state, None))
            events += _end_or_reopening(case, under_way, situation.procedure)
    told = {**changed, **_source(under_way)}
    return concluded(situation, functions, new_entry(situation, IMPORT, told, under_way.known_on, events), before=case)


def conflict_of(case: Case, under_way: UnderWay, procedure: Procedure) -> str:
    """Return why a case cannot follow what its source says by now, in French; empty when it can."""
    last = case.last_step_on
    if last is not None and under_way.known_on < last:
        return (
            f"La source était vraie le {day_in_words(under_way.known_on)}, avant la dernière étape du dossier "
            f"({day_in_words(last)})."
        )
    if _stands_there(case, under_way):
        return ""
    label = procedure.states[case.state].label
    help_ = "faites l'action qui convient, ou laissez cette différence."
    if case.suspended_since is not None:
        return f"Le dossier est suspendu depuis le {day_in_words(case.suspended_since)} : {help_}"
    routed = next((step.action for step in case.steps if step.seq == case.routed_by), IMPORT)
    if case.current_visit.action != IMPORT or routed != IMPORT:
        return f"Le dossier a avancé depuis sa reprise, jusqu'à « {label} » : {help_}"
    return ""


def _stands_there(case: Case, under_way: UnderWay) -> bool:
    return (case.state, case.route) == (under_way.state, under_way.route)


def _end_or_reopening(case: Case, under_way: UnderWay, procedure: Procedure) -> list[CaseEvent]:
    was, will = case.state in procedure.final_states, under_way.state in procedure.final_states
    return [CaseEnded()] if will else [CaseReopened()] if was else []


def _source(under_way: UnderWay) -> dict[str, Any]:
    """Return what an import says of its source: data of the entry."""
    return {
        "words": dict(under_way.words),
        "source": under_way.source,
        "known_on": under_way.known_on.isoformat(),
        "routed_on": iso(under_way.routed_on),
        "presumed": list(under_way.presumed),
    }


def _opened(case: Case, reference: str) -> CaseOpened:
    return CaseOpened(reference, case.procedure, case.procedure_version, case.department)


def _identity(case: Case) -> dict[str, Any]:
    """Return who asks for what: data of the entry, since a name or a title may be a person's."""
    return {"applicant": asdict(case.applicant), "title": case.title}


def _received_on(values: Mapping[str, Any]) -> date | None:
    return day_of(values.get("received_on") or values.get("received_before"))


def _begun_on(action: Action, values: Mapping[str, Any]) -> date | None:
    days = (values.get(field.name) for field in action.fields if field.default == "happened_on")
    return day_of(next((day for day in (*days, values.get("happened_on")) if day is not None), None))


def _all_optional(action: Action) -> Action:
    """Return the opening as an import asks it: nothing is required, for nothing may be invented."""
    fields = tuple(replace(each, required=False, required_with="") for each in action.fields)
    return replace(action, fields=fields, any_of=())


def check_under_way(under_way: UnderWay, procedure: Procedure, functions: Functions) -> None:
    """Raise InvalidData, with every fault, for a state, a route or presumed facts that the procedure does not know."""
    presumable = [name for name in functions.guards if name not in NEVER_PRESUMED]
    errors = [
        *_unless(under_way.state, procedure.states, "state", "État inconnu"),
        *_unless(under_way.route or ROUTES[0], ROUTES, "route", "Voie inconnue"),
        *(fault for name in under_way.presumed for fault in _unless(name, presumable, "presumed", "Fait inconnu")),
    ]
    if errors:
        raise InvalidData(errors)


def _unless(value: str, known: Collection[str], path: str, text: str) -> list[tuple[str, str]]:
    return [] if value in known else [(path, f"{text} : « {value} » ; attendu {listed(list(known), last='ou')}.")]

"""Soundness: what is wrong with a procedure that reads well but could not be lived. Every fault at once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence

from appui.states.actor import ROLES
from appui.states.corrections import correctable
from appui.states.durations import Duration, parse_duration
from appui.states.fields import TYPES
from appui.states.functions import Functions
from appui.states.justification import READINGS
from appui.states.local_share import OPERATOR_COUNTS
from appui.states.moments import START, Moment, parse_moment
from appui.states.procedure import BEFORE_END, SAME, Action, DeadlineRule, Field, Procedure
from appui.states.wording import listed

Fault = tuple[str, str]
"""(path of the key, French sentence)."""

FIELD_TYPES = (*TYPES, "group")
ROUTES = ("local", "operator", "national", "none")


def faults_of(procedure: Procedure, functions: Functions, notices: Sequence[str] | None = None) -> Iterator[Fault]:
    """Yield every fault of a procedure. `notices`: the known ones; None when they are not to be checked."""
    yield from _of_opening(procedure)
    for action in procedure.actions.values():
        yield from _of_action(action, procedure, functions, notices)
    yield from _of_choices(procedure, functions)
    yield from _of_deadlines(procedure, notices)
    yield from _of_names(procedure, functions)
    yield from _of_settings(procedure)
    yield from _of_graph(procedure)


def _unknown(path: str, noun: str, name: str, known: Collection[str]) -> Iterator[Fault]:
    if name not in known:
        yield path, f"{noun} : « {name} » ; attendu {listed(sorted(known), last='ou')}."


def _of_opening(procedure: Procedure) -> Iterator[Fault]:
    opening = procedure.actions.get("open")
    if opening is None:
        yield "actions", "aucune action « open » : aucun dossier ne pourrait s'ouvrir."
    elif len(opening.transitions) != 1 or opening.transitions[0].sources:
        yield "actions.open.from", 'attendu ["@new"], une seule fois.'
    elif opening.transitions[0].target.startswith("@") or opening.transitions[0].target in procedure.choices:
        yield "actions.open.to", "attendu un état : c'est là que tout dossier commence."


def _of_action(
    action: Action, procedure: Procedure, functions: Functions, notices: Sequence[str] | None
) -> Iterator[Fault]:
    path = f"actions.{action.name}"
    yield from _of_ways(action, procedure, functions)
    names = {field.name for field in action.fields}
    known: list[tuple[str, str, Sequence[str], Collection[str]]] = [
        ("roles", "rôle inconnu", action.roles, ROLES),
        ("checks", "vérification inconnue", action.checks, functions.checks),
        ("effects", "effet inconnu", action.effects, functions.effects),
        ("unpresumes", "condition inconnue", action.unpresumes, functions.guards),
        ("any_of", "champ inconnu", [name for group in action.any_of for name in group], names),
        ("assigns", "champ inconnu", [action.assigns] if action.assigns else [], names),
        ("route", "voie inconnue", [action.route] if action.route else [], ROUTES),
        ("notices", "avis inconnu", action.notices if notices is not None else [], notices or ()),
    ]
    for key, noun, given, allowed in known:
        for name in given:
            yield from _unknown(f"{path}.{key}", noun, name, allowed)
    if not action.roles:
        yield f"{path}.roles", "personne ne pourrait faire cette action : nommez un rôle."
    if action.keep not in ("data", "journal") and not action.keep.startswith("data."):
        yield f"{path}.keep", "attendu « data », « data.clé » ou « journal »."
    yield from _of_fields(action.fields, f"{path}.fields")


def _of_ways(action: Action, procedure: Procedure, functions: Functions) -> Iterator[Fault]:
    path = f"actions.{action.name}"
    targets = {*procedure.states, *procedure.choices, SAME, BEFORE_END}
    for way in action.transitions:
        for source in way.sources:
            yield from _unknown(f"{path}.from", "état inconnu", source, procedure.states)
        yield from _unknown(f"{path}.to", "état inconnu", way.target, targets)
        for guard in way.guards:
            yield from _unknown(f"{path}.guards", "condition inconnue", guard, functions.guards)
        if not way.sources and action.name != "open":
            yield f"{path}.from", "l'action ne part d'aucun état."
    bare = Counter(source for way in action.transitions if not way.guards for source in way.sources)
    for source, times in bare.items():
        if times > 1:
            yield path, f"deux transitions sans condition depuis « {source} »."


def _of_fields(fields: Sequence[Field], path: str) -> Iterator[Fault]:
    names = Counter(field.name for field in fields)
    for field in fields:
        here = f"{path}.{field.name}"
        yield from _unknown(f"{here}.type", "type inconnu", field.type, FIELD_TYPES)
        if names[field.name] > 1:
            yield here, "champ défini deux fois."
        if field.name == "happened_on":
            yield here, "« happened_on » existe déjà dans chaque action."
        if (field.type == "choice") != bool(field.options):
            yield f"{here}.options", "des choix vont avec le type « choice », et lui avec des choix."
        if (field.type == "group") != bool(field.fields):
            yield f"{here}.fields", "des champs vont avec le type « group », et lui avec des champs."
        if field.required_with:
            yield from _unknown(f"{here}.required_with", "champ inconnu", field.required_with, names)
        if field.default not in ("", "happened_on") or (field.default and field.type != "date"):
            yield f"{here}.default", "seul « happened_on » est possible, pour une date."
        yield from _of_fields(field.fields, f"{here}.fields")


def _of_choices(procedure: Procedure, functions: Functions) -> Iterator[Fault]:
    for choice in procedure.choices.values():
        path = f"choices.{choice.name}"
        yield from _unknown(path, "choix inconnu", choice.name, functions.choices)
        for target in choice.targets:
            yield from _unknown(f"{path}.targets", "état inconnu", target, {*procedure.states, SAME})


def _of_deadlines(procedure: Procedure, notices: Sequence[str] | None) -> Iterator[Fault]:
    for rule in procedure.deadlines.values():
        path = f"deadlines.{rule.key}"
        for name in (rule.starts, *((rule.since,) if rule.since else ()), *((rule.until,) if rule.until else ())):
            key = "starts" if name == rule.starts else "since" if name == rule.since else "until"
            yield from _of_moment(f"{path}.{key}", name, procedure, only_data=key != "starts")
            yield from _of_day(f"{path}.{key}", name, procedure)
        for name in rule.met_by:
            prefixed = name if ":" in name else f"action:{name}"
            yield from _of_moment(f"{path}.met_by", prefixed, procedure)
        for state in rule.stops_in:
            yield from _unknown(f"{path}.stops_in", "état inconnu", state, procedure.states)
        if not rule.met_by:
            yield f"{path}.met_by", "rien ne satisfait cette échéance : nommez une action, un état ou un fait."
        if rule.repeats and (rule.once or any(":" in name for name in rule.met_by)):
            yield f"{path}.repeats", "seule une échéance que des actions satisfont, et sans « once », recommence."
        if parse_duration(rule.after).count == 0:
            yield f"{path}.after", "une durée est d'au moins un jour."
        yield from _of_reminders(rule, path, notices)


def _of_reminders(rule: DeadlineRule, path: str, notices: Sequence[str] | None) -> Iterator[Fault]:
    escalation = rule.escalation
    told = [("notice", rule.notice), ("escalate.notice", escalation.notice if escalation is not None else "")]
    for key, notice in told:
        if notices is not None and notice:
            yield from _unknown(f"{path}.{key}", "avis inconnu", notice, notices)
    if rule.reminders and not rule.notice:
        yield f"{path}.notice", "des relances sont prévues sans avis à envoyer."
    repeated = Counter(rule.reminders)
    for place, reminder in enumerate(rule.reminders):
        here = f"{path}.remind.{place}"
        if repeated[reminder] > 1:
            yield here, "la même relance est prévue deux fois."
        if reminder.every and parse_duration(reminder.every).count == 0:
            yield f"{here}.every", "une durée est d'au moins un jour."
        if reminder.at and _is_beyond(parse_moment(reminder.at), parse_duration(rule.after)):
            yield f"{here}.at", f"ce moment est hors du délai, qui est de {parse_duration(rule.after)}."


def _is_beyond(moment: Moment, delay: Duration) -> bool:
    """Return whether a moment counted back from the end, or on from the start, can never lie within the delay."""
    within = moment.before or moment.anchor == START
    duration = moment.duration
    return within and duration is not None and duration.unit == delay.unit and duration.count >= delay.count


def _of_day(path: str, text: str, procedure: Procedure) -> Iterator[Fault]:
    """A clock counts from a day, or to one; computed facts are trusted."""
    field = correctable(procedure).get(text.removeprefix("data:")) if text.startswith("data:") else None
    if field is not None and (field.type not in ("date", "datetime") or field.many):
        yield path, f"« {field.name} » n'est pas une date."


def _of_moment(path: str, text: str, procedure: Procedure, *, only_data: bool = False) -> Iterator[Fault]:
    kind, _, name = text.partition(":")
    if kind == "state" and not only_data:
        yield from _unknown(path, "état inconnu", name, procedure.states)
    elif kind == "action" and not only_data:
        yield from _unknown(path, "action inconnue", name, procedure.actions)
    elif kind == "data":
        if name not in correctable(procedure) and name.split(".")[0] not in procedure.computed:
            yield path, f"« {name} » n'est enregistré par aucune action."
    else:
        yield path, "attendu « data:chemin »." if only_data else "attendu « state:x », « action:x » ou « data:x »."


def _of_names(procedure: Procedure, functions: Functions) -> Iterator[Fault]:
    for name in procedure.computed:
        yield from _unknown("computed", "fait calculé inconnu", name, functions.computed)
    placed = Counter(state for _, states in procedure.phases for state in states)
    for state, times in placed.items():
        yield from _unknown("phases", "état inconnu", state, procedure.states)
        if times > 1:
            yield "phases", f"« {state} » figure dans deux étapes."


def _of_settings(procedure: Procedure) -> Iterator[Fault]:
    """A host's own settings are its own; ours must be what our functions read."""
    for name, value in procedure.settings.items():
        right, expected = _SETTINGS.get(name, (_anything, ""))
        if not right(value):
            yield f"settings.{name}", f"attendu {expected}."
    if "coverage" in procedure.computed:
        for name in _COVERAGE_SETTINGS:
            if name not in procedure.settings:
                yield f"settings.{name}", "réglage absent, que la prise en charge demande."


def _anything(_value: object) -> bool:
    return True


def _is_rate(value: object) -> bool:
    """Return whether it is a decimal text between 0 and 1, both included."""
    return isinstance(value, str) and re.fullmatch(r"0(\.\d{1,6})?|1(\.0{1,6})?", value) is not None


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _one_of(values: Collection[str]) -> str:
    return listed([f"« {each} »" for each in values], last="ou")


_RATE = 'un taux de 0 à 1 entre guillemets, par exemple "0.90"'
_INHABITANTS = "un nombre entier d'habitants"
_COVERAGE_SETTINGS = ("free_below_commune", "free_below_grouping", "coverage_otherwise")
_SETTINGS: dict[str, tuple[Callable[[object], bool], str]] = {
    "local_target": (_is_rate, _RATE),
    "operator_counts": (lambda value: value in list(OPERATOR_COUNTS), _one_of(OPERATOR_COUNTS)),
    "justification_reading": (lambda value: value in READINGS, _one_of(READINGS)),
    "free_below_commune": (_is_count, _INHABITANTS),
    "free_below_grouping": (_is_count, _INHABITANTS),
    "coverage_otherwise": (_is_rate, _RATE),
}
"""Setting that our functions read → (whether a value is right, what would be)."""


def _of_graph(procedure: Procedure) -> Iterator[Fault]:
    ways = [(source, target) for source, target, _, _ in procedure.edges() if target in procedure.states]
    opening = procedure.actions.get("open")
    reached = {
        target for way in (opening.transitions if opening else ()) for target in procedure.targets_of(way.target)
    }
    waiting = list(reached)
    while waiting:
        state = waiting.pop()
        new = {target for source, target in ways if source == state} - reached
        reached |= new
        waiting += new
    leaving = {source for source, target in ways if source != target}
    for name, each in procedure.states.items():
        if name not in reached and reached:
            yield f"states.{name}", "aucun chemin n'y mène depuis l'ouverture."
        if not each.final and name not in leaving:
            yield f"states.{name}", "aucune action n'en sort, et l'état n'est pas final."

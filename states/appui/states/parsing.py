"""Parsing: TOML text → `Procedure`. Every fault is gathered with the path of its key before anything is refused."""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from appui.states.durations import parse_duration
from appui.states.errors import InvalidProcedure
from appui.states.fields import PERSONAL_TYPES
from appui.states.functions import Functions
from appui.states.moments import parse_moment
from appui.states.procedure import (
    Action,
    Choice,
    DeadlineRule,
    Escalation,
    Field,
    Procedure,
    Reminder,
    State,
    Transition,
)
from appui.states.soundness import Fault, faults_of
from appui.states.wording import listed

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 8
MAX_STATES = 200
MAX_DOTS = 20
"""Dots in a key: tomllib takes time and memory in the square of them, so they are counted before it is asked."""

Content = Mapping[str, Any]
"""A procedure as plain data, `extends` resolved."""

_TYPES: dict[str, tuple[type | tuple[type, ...], str]] = {
    "text": (str, "un texte"),
    "number": (int, "un nombre entier"),
    "flag": (bool, "true ou false"),
    "texts": (list, "une liste de textes"),
    "tables": (list, "une liste de tables"),
    "lists": (list, "une liste de listes"),
    "table": (dict, "une table"),
}
_STATE = {"label": "text", "public": "table", "final": "flag"}
_PUBLIC = {"label": "text", "sentence": "text"}
_FIELD = {
    "name": "text", "type": "text", "label": "text", "required": "flag", "many": "flag", "options": "table",
    "fields": "tables", "personal": "flag", "required_with": "text", "past": "flag", "default": "text", "hint": "text",
}  # fmt: skip
_WAY = {"from": "texts", "to": "text", "guards": "texts"}
_ACTION = _WAY | {
    "name": "text", "label": "text", "ways": "tables", "roles": "texts", "checks": "texts", "fields": "tables",
    "any_of": "lists", "keep": "text", "route": "text", "assigns": "text", "unpresumes": "texts", "effects": "texts",
    "notices": "texts", "while_suspended": "flag", "hint": "text",
}  # fmt: skip
_DEADLINE = {
    "key": "text", "label": "text", "starts": "text", "since": "text", "after": "text", "until": "text",
    "stops_in": "texts", "met_by": "texts", "roll_over": "flag", "once": "flag", "repeats": "flag",
    "remind": "tables", "notice": "text", "escalate": "table",
}  # fmt: skip
_REMINDER = {"at": "text", "every": "text", "while": "text"}
_ESCALATION = {"after": "text", "notice": "text"}
_PROCEDURE = {
    "key": "text", "version": "number", "extends": "text", "without": "texts", "borrows": "table",
    "applies_to_received": "texts", "label": "text", "states": "table", "actions": "tables", "deadlines": "tables",
    "choices": "table", "settings": "table", "computed": "texts", "phases": "tables",
}  # fmt: skip
_PHASE = {"label": "text", "states": "texts"}
_CHOICE = {"targets": "texts"}


def parse_procedure(
    text: str | bytes,
    functions: Functions,
    *,
    source: str,
    bases: Sequence[Content] = (),
    notices: Sequence[str] | None = None,
) -> Procedure:
    """Return the procedure that a TOML text defines; `bases` are the contents that `extends` may name.

    InvalidProcedure names every fault at once: syntax, size, unknown keys, names, and what `soundness` finds.
    """
    return build_procedure(read_content(text, source=source, bases=bases), functions, source=source, notices=notices)


def read_content(text: str | bytes, *, source: str, bases: Sequence[Content] = ()) -> Content:
    """Return the plain data of a procedure file, `extends` resolved. InvalidProcedure when it cannot be read."""
    if len(text) > MAX_BYTES:
        raise InvalidProcedure(source, [("", f"le fichier dépasse 1 Mio ({len(text)} octets).")])
    try:
        words = text.decode() if isinstance(text, bytes) else text
    except UnicodeDecodeError:
        raise InvalidProcedure(source, [("", "le fichier n'est pas en UTF-8.")]) from None
    if any(key.count(".") > MAX_DOTS for line in words.splitlines() for key in line.split("=")):
        raise InvalidProcedure(source, [("", f"une clé compte plus de {MAX_DOTS} points.")])
    try:
        data = tomllib.loads(words)
    except (ValueError, RecursionError) as error:  # ValueError: bad syntax, and a number of thousands of digits
        raise InvalidProcedure(source, [("", f"ce n'est pas du TOML{_place_in(error)}.")]) from None
    if _depth(data) > MAX_DEPTH:
        raise InvalidProcedure(source, [("", f"plus de {MAX_DEPTH} niveaux imbriqués.")])
    return _extended(data, bases, source)


def build_procedure(
    content: Content, functions: Functions, *, source: str, notices: Sequence[str] | None = None
) -> Procedure:
    """Return the procedure of plain data. InvalidProcedure names every fault at once."""
    reader = _Reader()
    procedure = reader.procedure(content)
    faults = reader.faults or list(faults_of(procedure, functions, notices))
    if faults:
        raise InvalidProcedure(source, faults)
    return procedure


class _Reader:
    """Reads plain data key by key and gathers the faults; what is faulty is read as if it were absent."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def procedure(self, content: Content) -> Procedure:
        data = self.known(content, _PROCEDURE, "", required=("key", "version", "label", "states", "actions"))
        names = list(data.get("states", {}))
        if len(names) > MAX_STATES:
            self.faults.append(("states", f"{len(names)} états, {MAX_STATES} au plus."))
        final = {
            name for name, state in data.get("states", {}).items() if isinstance(state, dict) and state.get("final")
        }
        actions = [self.action(*each, names, final) for each in self.tables(data, "actions", "")]
        initial = next((way.target for action in actions if action.name == "open" for way in action.transitions), "")
        since, until = self.bounds(data.get("applies_to_received", ["", ""]))
        return Procedure(
            key=data.get("key", ""),
            version=data.get("version", 0),
            label=data.get("label", ""),
            applies_from=since,
            applies_until=until,
            states={name: self.state(name, each, initial) for name, each in data.get("states", {}).items()},
            actions=self.by_name("actions", [(action.name, action) for action in actions]),
            deadlines=self.by_name(
                "deadlines",
                [(rule.key, rule) for rule in (self.deadline(*each) for each in self.tables(data, "deadlines", ""))],
            ),
            choices={name: self.choice(name, each) for name, each in data.get("choices", {}).items()},
            settings=self.settings(data.get("settings", {})),
            computed=tuple(data.get("computed", ())),
            phases=tuple(self.phase(*each) for each in self.tables(data, "phases", "")),
            content=content,
        )

    def known(
        self, data: object, keys: Mapping[str, str], path: str, *, required: Sequence[str] = ()
    ) -> dict[str, Any]:
        """Return the keys that have the right type; note the others and those that are missing."""
        if not isinstance(data, Mapping):
            self.faults.append((path, "attendu une table."))
            return {}
        found = {}
        for key, value in data.items():
            here = f"{path}.{key}" if path else key
            if key not in keys:
                self.faults.append((here, _unknown_key(key, keys)))
            elif not _is_of(value, keys[key]):
                self.faults.append((here, f"attendu {_TYPES[keys[key]][1]}."))
            else:
                found[key] = value
        for key in required:
            if key not in data:
                self.faults.append((f"{path}.{key}" if path else key, "clé obligatoire absente."))
        return found

    def tables(self, data: Mapping[str, Any], key: str, path: str) -> Iterator[tuple[str, Any]]:
        """Yield (path, table) for each table of a list, named by its `name` or `key` where it has one."""
        for place, each in enumerate(data.get(key, ())):
            name = each.get("name") or each.get("key") or place if isinstance(each, Mapping) else place
            yield f"{path}.{key}.{name}" if path else f"{key}.{name}", each

    def by_name(self, path: str, items: Sequence[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, item in items:
            if name in found:
                self.faults.append((f"{path}.{name}", "défini deux fois."))
            found[name] = item
        return found

    def state(self, name: str, data: object, initial: str) -> State:
        path = f"states.{name}"
        found = self.known(data, _STATE, path, required=("label", "public"))
        public = self.known(found.get("public", {}), _PUBLIC, f"{path}.public", required=("label", "sentence"))
        return State(
            name=name,
            label=found.get("label", ""),
            public_label=public.get("label", ""),
            public_sentence=public.get("sentence", ""),
            final=found.get("final", False),
            initial=name == initial,
        )

    def action(self, path: str, data: object, states: Sequence[str], final: set[str]) -> Action:
        found = self.known(data, _ACTION, path, required=("name", "label", "roles"))
        ways = list(self.tables(found, "ways", path)) or [(path, {key: found[key] for key in _WAY if key in found})]
        return Action(
            name=found.get("name", ""),
            label=found.get("label", ""),
            transitions=tuple(self.way(*way, states, final) for way in ways),
            roles=tuple(found.get("roles", ())),
            checks=tuple(found.get("checks", ())),
            fields=tuple(self.field(*each) for each in self.tables(found, "fields", path)),
            any_of=self.any_of(path, found.get("any_of", ())),
            keep=found.get("keep", "data"),
            route=found.get("route", ""),
            assigns=found.get("assigns", ""),
            unpresumes=tuple(found.get("unpresumes", ())),
            effects=tuple(found.get("effects", ())),
            notices=tuple(found.get("notices", ())),
            while_suspended=found.get("while_suspended", False),
            hint=found.get("hint", ""),
        )

    def way(self, path: str, data: object, states: Sequence[str], final: set[str]) -> Transition:
        found = self.known(data, _WAY, path, required=("from", "to"))
        groups = {
            "@new": [],
            "@any": list(states),
            "@open": [name for name in states if name not in final],
            "@final": [name for name in states if name in final],
        }
        sources = [state for name in found.get("from", ()) for state in groups.get(name, [name])]
        return Transition(
            sources=tuple(dict.fromkeys(sources)), target=found.get("to", ""), guards=tuple(found.get("guards", ()))
        )

    def field(self, path: str, data: object) -> Field:
        found = self.known(data, _FIELD, path, required=("name", "type", "label"))
        members = tuple(self.field(*each) for each in self.tables(found, "fields", path))
        personal = found.get("type") in PERSONAL_TYPES or any(member.personal for member in members)
        options = found.get("options", {})
        if not all(isinstance(label, str) for label in options.values()):
            self.faults.append((f"{path}.options", "attendu une table identifiant = texte."))
            options = {}
        return Field(
            name=found.get("name", ""),
            type=found.get("type", ""),
            label=found.get("label", ""),
            required=found.get("required", False),
            many=found.get("many", False),
            options=tuple(options.items()),
            fields=members,
            personal=found.get("personal", personal),
            required_with=found.get("required_with", ""),
            past=found.get("past", False),
            default=found.get("default", ""),
            hint=found.get("hint", ""),
        )

    def any_of(self, path: str, sets: Sequence[object]) -> tuple[tuple[str, ...], ...]:
        if all(_is_of(names, "texts") for names in sets):
            return tuple(tuple(names) for names in sets)  # type: ignore[arg-type]
        self.faults.append((f"{path}.any_of", "attendu une liste de listes de champs."))
        return ()

    def deadline(self, path: str, data: object) -> DeadlineRule:
        found = self.known(data, _DEADLINE, path, required=("key", "label", "starts", "after", "met_by"))
        try:
            parse_duration(found.get("after", "1 day"))
        except ValueError:
            self.faults.append((f"{path}.after", "durée inconnue ; attendu, par exemple, « 10 working days »."))
        return DeadlineRule(
            key=found.get("key", ""),
            label=found.get("label", ""),
            starts=found.get("starts", ""),
            since=found.get("since", ""),
            after=found.get("after", ""),
            until=found.get("until", ""),
            stops_in=tuple(found.get("stops_in", ())),
            met_by=tuple(found.get("met_by", ())),
            roll_over=found.get("roll_over", True),
            once=found.get("once", False),
            repeats=found.get("repeats", False),
            reminders=tuple(self.reminder(*each) for each in self.tables(found, "remind", path)),
            notice=found.get("notice", ""),
            escalation=self.escalation(f"{path}.escalate", found["escalate"]) if "escalate" in found else None,
        )

    def reminder(self, path: str, data: object) -> Reminder:
        found = self.known(data, _REMINDER, path)
        moment, every = found.get("at", ""), found.get("every", "")
        if every and found.get("while") != "late":
            self.faults.append((f"{path}.while", "attendu « late » : une relance répétée ne vaut que pour un retard."))
        if moment and "while" in found:
            self.faults.append((f"{path}.while", "« while » ne va qu'avec « every »."))
        if bool(moment) == bool(every):
            self.faults.append((path, "attendu « at » ou « every », l'un des deux."))
        if moment and not _reads(parse_moment, moment):
            text = "moment inconnu ; attendu, par exemple, « end - 2 working days », « end » ou « start + 12 months »."
            self.faults.append((f"{path}.at", text))
            moment = ""
        if every and (not _reads(parse_duration, every) or parse_duration(every).in_working_days):
            self.faults.append(
                (f"{path}.every", "attendu des jours, des semaines ou des mois, par exemple « 1 week ».")
            )
            every = ""
        return Reminder(at=moment, every=every)

    def escalation(self, path: str, data: object) -> Escalation:
        found = self.known(data, _ESCALATION, path, required=("notice",))
        after = found.get("after", "")
        if after and not _reads(parse_duration, after):
            self.faults.append((f"{path}.after", "durée inconnue ; attendu, par exemple, « 1 week »."))
        return Escalation(notice=found.get("notice", ""), after=after)

    def settings(self, data: dict[str, Any]) -> dict[str, Any]:
        try:
            json.dumps(data, allow_nan=False)
        except (TypeError, ValueError):
            self.faults.append(("settings", "attendu des textes et des nombres ; une date s'écrit entre guillemets."))
        return data

    def choice(self, name: str, data: object) -> Choice:
        found = self.known(data, _CHOICE, f"choices.{name}", required=("targets",))
        return Choice(name=name, targets=tuple(found.get("targets", ())))

    def phase(self, path: str, data: object) -> tuple[str, tuple[str, ...]]:
        found = self.known(data, _PHASE, path, required=("label", "states"))
        return found.get("label", ""), tuple(found.get("states", ()))

    def bounds(self, texts: Sequence[str]) -> tuple[date | None, date | None]:
        try:
            since, until = (date.fromisoformat(text) if text else None for text in texts)
        except ValueError:
            self.faults.append(("applies_to_received", 'attendu deux jours, par exemple ["2024-03-01", ""].'))
            return None, None
        if since and until and since > until:
            self.faults.append(("applies_to_received", "le premier jour est après le dernier."))
        return since, until


def _reads(parse: Callable[[str], object], text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True


def _is_of(value: object, kind: str) -> bool:
    if kind == "texts":
        return isinstance(value, list) and all(isinstance(each, str) for each in value)
    if kind == "number":
        return isinstance(value, int) and not isinstance(value, bool) and value > 0
    return isinstance(value, _TYPES[kind][0])


def _unknown_key(key: str, keys: Mapping[str, str]) -> str:
    near = difflib.get_close_matches(key, keys, n=1)
    help_ = f"vouliez-vous dire « {near[0]} » ?" if near else f"attendu {listed(list(keys), last='ou')}."
    return f"clé inconnue ; {help_}"


def _place_in(error: Exception) -> str:
    """Return where a TOML file stops being one, in French; empty when its reader does not say."""
    place = re.search(r"line (\d+), column (\d+)", str(error))
    return f" (ligne {place[1]}, colonne {place[2]})" if place else ""


def _depth(value: object) -> int:
    """Return how many levels are nested, without recursion: the text is a stranger's."""
    deepest, waiting = 0, [(value, 0)]
    while waiting:
        each, level = waiting.pop()
        deepest = max(deepest, level)
        inner = each.values() if isinstance(each, dict) else each if isinstance(each, list) else ()
        waiting.extend((item, level + 1) for item in inner)
    return deepest


def _extended(data: dict[str, Any], bases: Sequence[Content], source: str) -> Content:
    """Return the data laid over the version that `extends` names: tables by key, lists by `name` or `key`.

    The actions that it `borrows` from a version of any procedure come first.
    """
    _borrow(data, bases, source)
    wanted = data.pop("extends", None)
    without = data.pop("without", [])
    if not _is_of(without, "texts"):
        raise InvalidProcedure(source, [("without", f"attendu {_TYPES['texts'][1]}.")])
    if wanted is None and without:
        raise InvalidProcedure(source, [("without", "rien à retirer : ce fichier n'étend aucune version.")])
    if wanted is None:
        return data
    base = _base(wanted, bases, source, path="extends")
    merged = {**base, **{key: _merged(base.get(key), value) for key, value in data.items()}}
    for path in without:
        section, _, name = path.partition(".")
        if not _removed(merged, section, name):
            raise InvalidProcedure(source, [("without", f"« {path} » n'est pas dans {wanted}.")])
    return merged


def _base(wanted: object, bases: Sequence[Content], source: str, *, path: str) -> Content:
    base = next((each for each in bases if f"{each['key']}@{each['version']}" == wanted), None)
    if base is None:
        known = listed([f"{each['key']}@{each['version']}" for each in bases], last="ou") or "aucune"
        raise InvalidProcedure(source, [(path, f"version inconnue : « {wanted} » ; connues : {known}.")])
    return base


def _borrow(data: dict[str, Any], bases: Sequence[Content], source: str) -> None:
    """Put the actions that are borrowed into the data: those that any procedure has, written once."""
    borrows = data.pop("borrows", None)
    if borrows is None:
        return
    names = borrows.get("actions") if isinstance(borrows, dict) and set(borrows) == {"from", "actions"} else None
    own = data.get("actions", [])
    if names is None or not _is_of(names, "texts") or not isinstance(own, list):
        text = 'attendu { from = "procédure@version", actions = ["suspend", …] }.'
        raise InvalidProcedure(source, [("borrows", text)])
    lender = _base(borrows["from"], bases, source, path="borrows.from")
    lent = {each["name"]: each for each in lender["actions"]}
    missing = [name for name in names if name not in lent]
    if missing:
        text = f"{listed([f'« {name} »' for name in missing])} n'est pas dans {borrows['from']}."
        raise InvalidProcedure(source, [("borrows.actions", text)])
    data["actions"] = [*own, *(lent[name] for name in names)]


def _merged(base: Any, over: Any) -> Any:
    if isinstance(base, dict) and isinstance(over, dict):
        return {**base, **over}
    if isinstance(base, list) and isinstance(over, list) and all(isinstance(each, dict) for each in [*base, *over]):
        return list({_name_of(each) or place: each for place, each in enumerate([*base, *over])}.values())
    return over


def _name_of(each: Any) -> str | None:
    """Return by which name a file may replace or remove an item of a list."""
    if not isinstance(each, dict):
        return each if isinstance(each, str) else None
    return next((each[key] for key in ("name", "key", "label") if each.get(key) and isinstance(each[key], str)), None)


def _removed(merged: dict[str, Any], section: str, name: str) -> bool:
    part = merged.get(section)
    if isinstance(part, dict) and name in part:
        merged[section] = {key: value for key, value in part.items() if key != name}
        return True
    if isinstance(part, list):
        kept = [each for each in part if _name_of(each) != name]
        merged[section], removed = kept, len(kept) < len(part)
        return removed
    return False

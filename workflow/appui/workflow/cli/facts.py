"""Facts: what a case knows, in French labels taken from its procedure. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from appui.states.case import Case
from appui.states.procedure import Field, Procedure
from appui.states.wording import day_in_words, euros, listed, percent

Fact = tuple[str, str]
"""(label, value), in French."""

_COMPUTED = {
    "coverage": "Prise en charge proposée",
    "shares": "Partage du coût",
    "consultations": "Prestataires sollicités",
    "signatures": "Signatures",
    "commitment": "Engagement",
    "imported": "Repris d'un tableau",
}
"""What named functions conclude → how it is called."""
_KEYS = {
    "rate": "taux",
    "reason": "motif",
    "covered_cents": "pris en charge",
    "applicant_cents": "reste à charge",
    "amount_cents": "montant",
    "asked_on": "sollicité le",
    "due_on": "réponse attendue pour le",
    "accepts": "accepte",
    "answered_on": "a répondu le",
    "signed_on": "signé le",
    "on_paper": "sur papier",
    "committed_on": "engagé le",
    "words": "mots de la source",
    "known_on": "vrai le",
}
_HIDDEN = frozenset({"pending", "meeting_sequence"})
"""What clocks and calendars need, and nobody reads."""
_EMPTY: tuple[Any, ...] = (None, "", [], {})


def facts_of(
    case: Case,
    procedure: Procedure,
    *,
    names: Mapping[str, str] | None = None,
    zone: ZoneInfo = ZoneInfo("Europe/Paris"),
) -> list[Fact]:
    """Return every fact of the case, in the order in which it was learnt.

    `names`: identifiers of people and providers → what they are called. `zone`: that of the département.
    """
    words = _Words(procedure, names or {}, zone)
    known = {name: value for name, value in case.data.items() if name not in _HIDDEN and value not in _EMPTY}
    return [words.fact(name, value) for name, value in known.items()]


@dataclass(frozen=True, slots=True)
class _Words:
    """How the facts of one case are said."""

    procedure: Procedure
    names: Mapping[str, str]
    zone: ZoneInfo
    flat: Mapping[str, Field] = field(init=False)

    def __post_init__(self) -> None:
        actions = [action for action in self.procedure.actions.values() if action.keep == "data"]
        found = {each.name: each for action in reversed(actions) for each in action.fields}
        object.__setattr__(self, "flat", found)

    def fact(self, name: str, value: Any) -> Fact:
        if name in self.flat:
            return self.flat[name].label, self.value(self.flat[name], value)
        keepers = [action for action in self.procedure.actions.values() if action.keep == f"data.{name}"]
        if not keepers or not isinstance(value, Mapping):
            return _COMPUTED.get(name, name), self.unnamed(name, value)
        # Several actions may keep their data under one key: the one that has these fields speaks.
        action = next((each for each in keepers if {*value} <= {one.name for one in each.fields}), keepers[0])
        return action.label, self.members(action.fields, value)

    def value(self, of: Field, value: Any) -> str:
        if of.many and isinstance(value, list | tuple):
            return listed([self.one(of, each) for each in value])
        return self.one(of, value)

    def one(self, of: Field, value: Any) -> str:
        match of.type:
            case "choice":
                return dict(of.options).get(str(value), str(value))
            case "group" if isinstance(value, Mapping):
                return self.members(of.fields, value)
            case "person" | "provider":
                return self.names.get(str(value), str(value))
            case "cents" if isinstance(value, int):
                return euros(value)
            case "rate":
                return _rate(value)
            case "date":
                return _day(value)
            case "datetime":
                return self.instant(value)
            case _:
                return self.unnamed("", value)

    def members(self, fields: Iterable[Field], value: Mapping[str, Any]) -> str:
        return " ; ".join(self.member(value, {each.name: each for each in fields}))

    def member(self, value: Mapping[str, Any], fields: Mapping[str, Field]) -> Iterator[str]:
        for name, each in value.items():
            if each in _EMPTY:
                continue
            if name in fields:
                label = fields[name].label
                yield f"{label[:1].lower()}{label[1:]} : {self.value(fields[name], each)}"
            else:
                yield f"{self.names.get(name) or _KEYS.get(name, name)} : {self.unnamed(name, each)}"

    def unnamed(self, name: str, value: Any) -> str:
        """Return a value that no field describes: its name alone says what it is."""
        if isinstance(value, bool):
            return "oui" if value else "non"
        if isinstance(value, Mapping):
            separator = "\n" if value and all(isinstance(each, Mapping) for each in value.values()) else " ; "
            return separator.join(self.member(value, {}))
        if isinstance(value, list | tuple):
            return listed([self.unnamed(name, each) for each in value])
        if name.endswith("_cents") and isinstance(value, int):
            return euros(value)
        if name.endswith("_on"):
            return _day(value)
        return _rate(value) if name == "rate" else str(value)

    def instant(self, value: Any) -> str:
        try:
            moment = datetime.fromisoformat(str(value)).astimezone(self.zone)
        except ValueError:
            return str(value)
        return f"{day_in_words(moment.date())} à {moment:%H:%M}"


def _day(value: Any) -> str:
    try:
        return day_in_words(date.fromisoformat(str(value)))
    except ValueError:
        return str(value)


def _rate(value: Any) -> str:
    try:
        return percent(float(value))
    except (TypeError, ValueError):
        return str(value)

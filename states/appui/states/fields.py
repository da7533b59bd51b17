"""Fields: the shape of an action's data. Each fault becomes a path and a French sentence; clean data is plain JSON."""

from __future__ import annotations

import difflib
import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from appui.states.applicant import siren_is_valid
from appui.states.errors import InvalidData
from appui.states.procedure import Action, Field
from appui.states.wording import day_in_words, listed

HAPPENED_ON = Field(name="happened_on", type="date", label="Jour où cela s'est passé", past=True)
"""Every action takes it: the local day of the fact, today by default."""

MAX_ITEMS = 200
MAX_CENTS = 10**12
MAX_BITS = 64
MAX_DEPTH = 100
"""Of plain data: what every reader of JSON takes and gives back as it was."""
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}")
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:@-]{0,99}")
_PHONE = re.compile(r"\+?[0-9 ().-]{4,30}")
_COMMUNE = re.compile(r"[0-9][0-9AB][0-9]{3}")
_DEPARTMENT = re.compile(r"[0-9][0-9AB]|97[0-9]|98[0-9]")
_RATE = re.compile(r"0(\.[0-9]{1,4})?|1(\.0{1,4})?")
_URL = re.compile(r"https?://[^\s<>\"]{3,1000}")
_FIRST_INSTANT = datetime(1900, 1, 1, tzinfo=UTC)
_LAST_INSTANT = datetime(2201, 1, 1, tzinfo=UTC)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_HIDDEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
"""Unicode categories of what nobody sees: controls, marks of direction, surrogates, separators."""
_JOINERS = "\u00ad\u200c\u200d"
"""Invisible but meant: the soft hyphen of pasted texts, and the joiners of some scripts."""


class _Wrong(Exception):
    """The sentence that says why a value cannot be taken."""


def clean(action: Action, data: object, *, today: date) -> dict[str, Any]:
    """Return the data as plain JSON values: text stripped and in NFC, days and instants as ISO text.

    Empty values are left out. InvalidData names every fault of shape at once: unknown, missing or mistyped field.
    """
    if not isinstance(data, Mapping):
        raise InvalidData([("", f"« {action.label} » attend un objet de champs, pas {_kind_of(data)}.")])
    cleaner = _Cleaner(today)
    found = cleaner.members((*action.fields, HAPPENED_ON), data, "")
    for names in action.any_of:
        if all(found.get(name, False) is False for name in names) and not any(
            path in names for path, _ in cleaner.errors
        ):
            labels = [field.label for field in action.fields if field.name in names]
            cleaner.errors.append(
                (names[0], f"Indiquez au moins : {listed([f'« {label} »' for label in labels], last='ou')}.")
            )
    if cleaner.errors:
        raise InvalidData(cleaner.errors)
    return found


def clean_value(field: Field, value: object, *, path: str, today: date) -> Any:
    """Return one value cleaned as that field's, InvalidData under `path` otherwise."""
    cleaner = _Cleaner(today)
    found = cleaner.value(field, value, path)
    if cleaner.errors:
        raise InvalidData(cleaner.errors)
    return found


def clean_text(value: object, *, label: str, path: str, limit: int = 300) -> str:
    """Return one line of text, not empty, without hidden characters; InvalidData under `path` otherwise."""
    try:
        text = plain_text(value, limit=limit)
    except _Wrong as wrong:
        raise InvalidData([(path, f"« {label} » {wrong}")]) from None
    if not text:
        raise InvalidData([(path, f"Champ obligatoire : « {label} ».")])
    return text


def identifier_in(value: object) -> str | None:
    """Return the identifier that raw data give, as `clean` will take it; None when it will not."""
    try:
        text = plain_text(value, limit=1100)
    except _Wrong:
        return None
    return text if _IDENTIFIER.fullmatch(text) else None


def day_in(value: object) -> date | None:
    """Return the day that raw data give, None when they give none: what is wrong with it is for `clean` to say."""
    if not isinstance(value, str | date):
        return None
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


@dataclass(slots=True)
class _Cleaner:
    """Walks the fields once and gathers every fault."""

    today: date
    errors: list[tuple[str, str]]

    def __init__(self, today: date) -> None:
        self.today = today
        self.errors = []

    def members(self, fields: Sequence[Field], data: Mapping[Any, object], path: str) -> dict[str, Any]:
        known = {field.name: field for field in fields}
        for name in list(data)[:MAX_ITEMS]:
            if name not in known:
                text = name if isinstance(name, str) else _kind_of(name)
                self.errors.append((f"{path}{_shown(text)}", _unknown(text, known)))
        found = {}
        for field in fields:
            value, faults = data.get(field.name), len(self.errors)
            cleaned = None if _is_empty(value) else self.value(field, value, path + field.name)
            if not _is_empty(cleaned):
                found[field.name] = cleaned
            elif len(self.errors) == faults and (field.required or data.get(field.required_with)):
                self.errors.append((path + field.name, f"Champ obligatoire : « {field.label} »."))
        return found

    def value(self, field: Field, value: object, path: str) -> Any:
        if not field.many:
            return self.one(field, value, path)
        if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Sequence):
            self.errors.append((path, f"« {field.label} » attend une liste, pas {_kind_of(value)}."))
            return None
        if len(value) > MAX_ITEMS:
            self.errors.append((path, f"« {field.label} » : {len(value)} éléments, {MAX_ITEMS} au plus."))
            return None
        items = (self.one(field, item, f"{path}[{place}]") for place, item in enumerate(value) if not _is_empty(item))
        return [item for item in items if not _is_empty(item)]

    def one(self, field: Field, value: object, path: str) -> Any:
        if field.type == "group":
            if isinstance(value, Mapping):
                return self.members(field.fields, value, f"{path}.")
            self.errors.append((path, f"« {field.label} » attend un objet de champs, pas {_kind_of(value)}."))
            return None
        try:
            return TYPES[field.type](field, value, self.today)
        except _Wrong as wrong:
            self.errors.append((path, f"« {field.label} » {wrong}"))
            return None


def _text(limit: int, *, lines: bool = False) -> Callable[[Field, object, date], str]:
    def check(_field: Field, value: object, _today: date) -> str:
        return plain_text(value, limit=limit, lines=lines)

    return check


def plain_text(value: object, *, limit: int, lines: bool = False) -> str:
    """Return text stripped and in NFC; ValueError-like refusal when it is no text, too long, or hides characters."""
    if not isinstance(value, str):
        raise _Wrong(f"attend un texte, pas {_kind_of(value)}.")
    if len(value) > limit:
        raise _Wrong(f"compte {len(value)} caractères, {limit} au plus.")
    allowed = "\n\t" if lines else ""
    text = value.replace("\r\n", "\n")
    if not text.isprintable():
        for place, char in enumerate(text, start=1):
            if unicodedata.category(char) in _HIDDEN and char not in allowed and char not in _JOINERS:
                raise _Wrong(f"contient un caractère invisible (U+{ord(char):04X}) en position {place} : retirez-le.")
    text = unicodedata.normalize("NFC", text).strip().strip(_JOINERS).strip()
    if len(text) > limit:
        raise _Wrong(f"compte {len(text)} caractères, {limit} au plus.")
    return text


def _matching(form: re.Pattern[str], example: str) -> Callable[[Field, object, date], str]:
    def check(_field: Field, value: object, _today: date) -> str:
        text = plain_text(value, limit=1100)
        if not form.fullmatch(text):
            raise _Wrong(f"ne peut pas être « {_shown(text)} » : attendu, par exemple, {example}.")
        return text

    return check


def _date(field: Field, value: object, today: date) -> str:
    if isinstance(value, date) and not isinstance(value, datetime):
        day = value
    else:
        text = plain_text(value, limit=100)
        try:
            if not _DAY.fullmatch(text):
                raise ValueError
            day = date.fromisoformat(text)
        except ValueError:
            raise _Wrong(f"n'est pas une date : « {_shown(text)} » ; attendu, par exemple, 2026-03-31.") from None
    if not date(1900, 1, 1) <= day <= date(2200, 1, 1):
        raise _Wrong(f"ne peut pas être le {day.isoformat()} : attendu entre 1900 et 2200.")
    if field.past and day > today:
        raise _Wrong(f"ne peut pas être après aujourd'hui ({day_in_words(today)}) : reçu {day_in_words(day)}.")
    return day.isoformat()


def _datetime(_field: Field, value: object, _today: date) -> str:
    try:
        instant = value if isinstance(value, datetime) else datetime.fromisoformat(plain_text(value, limit=100))
    except ValueError:
        raise _Wrong("n'est pas un instant : attendu, par exemple, 2026-03-31T14:00+02:00.") from None
    if instant.tzinfo is None:
        raise _Wrong("doit dire son fuseau : attendu, par exemple, 2026-03-31T14:00+02:00.")
    if not _FIRST_INSTANT <= instant < _LAST_INSTANT:
        raise _Wrong(f"ne peut pas être en {instant.year} : attendu entre 1900 et 2200.")
    return instant.astimezone(UTC).isoformat()


def _integer(_field: Field, value: object, _today: date) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _Wrong(f"attend un nombre entier, pas {_kind_of(value)}.")
    if not 0 <= value <= MAX_CENTS:
        raise _Wrong("attend un nombre entier entre 0 et 10¹².")
    return value


def _rate(_field: Field, value: object, _today: date) -> str:
    text = str(value) if isinstance(value, Decimal) else value
    if not isinstance(text, str) or not _RATE.fullmatch(text):
        shown = f"« {_shown(text)} »" if isinstance(text, str) else _kind_of(value)
        raise _Wrong(f'attend un taux entre 0 et 1 écrit en texte, par exemple "0.50", pas {shown}.')
    return text


def _boolean(_field: Field, value: object, _today: date) -> bool:
    if not isinstance(value, bool):
        raise _Wrong(f"attend oui ou non (true, false), pas {_kind_of(value)}.")
    return value


def _choice(field: Field, value: object, _today: date) -> str:
    options = [name for name, _ in field.options]
    if not isinstance(value, str) or value not in options:
        shown = f"« {_shown(value)} »" if isinstance(value, str) else _kind_of(value)
        raise _Wrong(f"ne peut pas être {shown} : attendu {listed(options, last='ou')}.")
    return value


def _any(_field: Field, value: object, _today: date) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    try:
        size = len(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        raise _Wrong(f"attend une valeur simple, pas {_kind_of(value)}.") from None
    if size > 100_000:
        raise _Wrong(f"compte {size} caractères, 100000 au plus.")
    return _plain(value)


def _plain(value: Any, depth: int = 0) -> Any:
    """Return plain data with each of its texts as `plain_text` gives it, keys included."""
    if isinstance(value, str):
        return plain_text(value, limit=100_000, lines=True)
    if depth > MAX_DEPTH:
        raise _Wrong(f"emboîte plus de {MAX_DEPTH} niveaux : simplifiez la valeur.")
    if isinstance(value, Mapping):
        return {plain_text(str(name), limit=300): _plain(each, depth + 1) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each, depth + 1) for each in value]
    if isinstance(value, int) and max(value, ~value).bit_length() >= MAX_BITS:
        raise _Wrong(f"contient un nombre entier de plus de {MAX_BITS} bits : écrivez-le en texte.")
    return value


def _siren(_field: Field, value: object, _today: date) -> str:
    text = plain_text(value, limit=100).replace(" ", "").replace("\u00a0", "")
    if not siren_is_valid(text):
        raise _Wrong(f"n'est pas un SIREN : « {_shown(text)} » ; attendu neuf chiffres dont la clé est juste.")
    return text


TYPES: dict[str, Callable[[Field, object, date], Any]] = {
    "text": _text(300),
    "paragraph": _text(20_000, lines=True),
    "identifier": _matching(_IDENTIFIER, "« mairie »"),
    "person": _matching(_IDENTIFIER, "« m.agent »"),
    "provider": _matching(_IDENTIFIER, "« caue79 »"),
    "document": _matching(_IDENTIFIER, "l'identifiant rendu au dépôt du document"),
    "email": _matching(_EMAIL, "mairie@exemple.fr"),
    "phone": _matching(_PHONE, "05 00 00 00 01"),
    "url": _matching(_URL, "https://visio.exemple.fr/salle"),
    "commune": _matching(_COMMUNE, "79049"),
    "department": _matching(_DEPARTMENT, "79"),
    "siren": _siren,
    "date": _date,
    "datetime": _datetime,
    "integer": _integer,
    "cents": _integer,
    "rate": _rate,
    "boolean": _boolean,
    "choice": _choice,
    "any": _any,
}
"""Type of a field → what makes its value plain JSON. `group` is walked by its members."""

PERSONAL_TYPES = frozenset({"paragraph", "email", "phone"})
"""Types whose values may name a person unless the procedure says otherwise."""


def _is_empty(value: object) -> bool:
    return (
        value is None
        or (isinstance(value, str) and not value.strip(" "))
        or (isinstance(value, (list, tuple, dict)) and not value)
    )


def _kind_of(value: object) -> str:
    kinds = {bool: "oui ou non", int: "un nombre", float: "un nombre à virgule", str: "un texte", bytes: "des octets"}
    if isinstance(value, Mapping):
        return "un objet"
    if isinstance(value, (list, tuple)):
        return "une liste"
    return kinds.get(type(value), "rien" if value is None else "autre chose")


def _shown(value: str) -> str:
    text = "".join(char if char.isprintable() else "\ufffd" for char in value[:60])
    return text + ("…" if len(value) > 60 else "")


def _unknown(name: str, known: Mapping[str, Field]) -> str:
    near = difflib.get_close_matches(name[:60], known, n=1)
    if near:
        return f"Champ inconnu : vouliez-vous dire « {near[0]} » ?"
    return f"Champ inconnu : les champs possibles sont {listed(list(known))}."

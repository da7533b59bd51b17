"""Faults of a configuration: the French sentences that name a key, what was found and what would be right."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import date
from difflib import get_close_matches
from typing import Any, NoReturn, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticCustomError

from appui.workflow.territories import shown

PREFIX = "APPUI_"

_OURS = "appui"
_SECRETS = frozenset({"password"})


def refuse(sentence: str) -> NoReturn:
    """Refuse a value, from within a validator, with a French sentence of our own."""
    raise PydanticCustomError(_OURS, "{sentence}", {"sentence": sentence})


def fault_of(model: type[BaseModel], detail: ErrorDetails) -> str:
    """Return the French sentence of a fault that pydantic found; none of its own words are shown.

    The description of each field of the model ends the sentence « il faut … ».
    """
    location = detail["loc"]
    field, siblings = _field_at(model, location)
    path = _path(location) + _origin(location if field else location[:-1])
    if detail["type"] == _OURS:
        return f"{path} : {detail['msg']}"
    if field is None:
        near = get_close_matches(str(location[-1]), siblings, n=1)
        hint = f"vouliez-vous dire « {near[0]} » ?" if near else f"les clés possibles sont {', '.join(siblings)}"
        return f"{path} : clé inconnue ; {hint}"
    if detail["type"] == "missing":
        return f"{path} : manque ; il faut {field.description}"
    return f"{path} : {_found(location, detail['input'])} ne convient pas ; il faut {field.description}"


def unknown_variables(model: type[BaseModel]) -> dict[str, str]:
    """Return the variables of the environment that bear our prefix but set nothing, with the sentence for each."""
    known = list(_variables(model))
    sections = {name.rpartition("__")[0] for name in known}
    ours = sorted(name for name in os.environ if name.upper().startswith(PREFIX))
    return {name: _not_a_setting(name, known) for name in ours if name.upper() not in {*known, *sections}}


def mask_password(url: str) -> str:
    """Return an address without the passwords that it holds."""
    scheme, separator, rest = url.partition("://")
    login, at, place = rest.rpartition("@")
    user, colon, _ = login.partition(":")
    shown_login = f"{user}:***@" if colon else login + at
    return re.sub(r"(?i)(password=)[^&]*", r"\1***", f"{scheme}{separator}{shown_login}{place}")


def _not_a_setting(name: str, known: list[str]) -> str:
    near = get_close_matches(name.upper(), known, n=1)
    hint = f"vouliez-vous dire {near[0]} ?" if near else "les réglages sont décrits dans config.toml"
    return f"la variable {shown(name)} est inconnue ; {hint}"


def _variables(model: type[BaseModel], prefix: str = PREFIX) -> Iterator[str]:
    for key, field in keys_of(model).items():
        name = f"{prefix}{key.upper()}"
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _variables(field.annotation, f"{name}__")
        else:
            yield name


def keys_of(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return the keys of a section as they are written in the file."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the section that an annotation holds, itself or as items of a list."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for argument in get_args(annotation) if (model := model_in(argument))), None)


def _field_at(root: type[BaseModel], location: tuple[int | str, ...]) -> tuple[FieldInfo | None, list[str]]:
    """Return the field at a place of the model, or None and the keys that may stand there."""
    model: type[BaseModel] | None = root
    field: FieldInfo | None = None
    for step in location:
        if isinstance(step, int):
            continue
        if model is None:
            break
        keys = keys_of(model)
        field = keys.get(step)
        if field is None:
            return None, list(keys)
        model = model_in(field.annotation)
    return field, []


def _path(location: tuple[int | str, ...]) -> str:
    path = ""
    for step in location:
        path += f"[n° {step + 1}]" if isinstance(step, int) else f".{shown(step)}"
    return path.removeprefix(".")


def _origin(location: tuple[int | str, ...]) -> str:
    """Return the variable that gave the value, in brackets, or nothing when it comes from the file."""
    given = {name.upper() for name in os.environ}
    keys = [step.upper() for step in location if isinstance(step, str)]
    names = (PREFIX + "__".join(keys[:length]) for length in range(len(keys), 0, -1))
    return next((f" (variable {name})" for name in names if name in given), "")


def _found(location: tuple[int | str, ...], value: object) -> str:
    if location[-1] in _SECRETS:
        return "cette valeur (tue)"
    match value:
        case bool():
            return f"« {str(value).lower()} »"
        case str() if not value.strip():
            return "un texte vide"
        case str():
            return _found_text(location, value)
        case int() if value.bit_length() > 128:
            return "un nombre démesuré"
        case int() | float() | date():
            return f"« {value} »"
        case list() | tuple():
            return "une liste"
    return "une table" if isinstance(value, dict) else "cette valeur"


def _found_text(location: tuple[int | str, ...], value: str) -> str:
    if location[0] == "database" and len(location) < 3 and location[-1] in {"database", "url"}:
        # A password may stand anywhere in an address that is wrong: only its beginning is shown.
        scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]{0,20}(?=://)", value)
        return "cette adresse (tue, elle peut contenir un mot de passe)" if scheme is None else f"« {scheme[0]}://… »"
    return f"« {shown(mask_password(value))} »"

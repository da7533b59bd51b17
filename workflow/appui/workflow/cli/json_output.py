"""JSON output: answers of the engine as plain data with stable keys; days and instants in ISO 8601, instants in UTC."""

from __future__ import annotations

import dataclasses
import json
import re
import sys
from collections.abc import Mapping, Set
from datetime import UTC, date, datetime
from typing import Any

from appui.states.case import Case
from appui.states.errors import Refusal
from appui.states.events import CaseEvent

_CASE = (
    "id", "reference", "procedure", "procedure_version", "state", "version", "department", "applicant",
    "beneficiaries", "title", "received_on", "received_before", "route", "routed_on", "suspended_since", "opened_at",
    "updated_at", "ended_at", "assignee", "shared_with", "presumed", "data",
)  # fmt: skip
_HIDDEN = re.compile(r"[\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


def to_plain(value: Any) -> Any:
    """Return what JSON can hold: a case by the names of the contract, other values by their fields."""
    match value:
        case Case():
            return {name: to_plain(getattr(value, name)) for name in _CASE}
        case Refusal():
            facts = {name: to_plain(each) for name, each in value.facts}
            return {"code": value.code, "text": value.text, "facts": facts, "unlock": value.unlock}
        case CaseEvent():
            return to_plain(value.to_json())
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date():
            return value.isoformat()
        case Mapping():
            return {str(key): to_plain(each) for key, each in value.items()}
        case Set():
            return sorted(to_plain(each) for each in value)
        case list() | tuple():
            return [to_plain(each) for each in value]
        case _ if dataclasses.is_dataclass(value):
            return {field.name: to_plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
        case _:
            return value


def write_json(value: Any) -> None:
    """Print a value as JSON on stdout; hidden characters are escaped, so that a terminal shows them inert."""
    encoding = (sys.stdout.encoding or "ascii").lower().replace("-", "")
    text = json.dumps(to_plain(value), ensure_ascii=encoding != "utf8", indent=2)
    print(_HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text))

"""Loading: a case, the rights of who asks and which references exist, in one SELECT and so as of one instant."""

# ruff: noqa: S608 - texts are put together from constants of this package, values are always parameters

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import orjson

from appui.states.actor import Grant
from appui.states.case import Case
from appui.workflow.db.dialects import Spoken
from appui.workflow.db.people_store import RIGHTS, rights_of
from appui.workflow.db.rows import CASE_COLUMNS, case_of_texts, json_text

References = Mapping[str, Collection[str]]
"""Identifiers by kind: `person`, `provider`, `document`."""

_CASE = ", ".join(asked for _, asked, _ in CASE_COLUMNS)
_LOAD_CASE = f"SELECT {_CASE} FROM appui_case WHERE id = :id"
_RIGHTS = f"(SELECT $lists(person_id, role, territory, since, until) FROM ({RIGHTS}) AS held)"

_EXISTING = {
    "person": """CASE WHEN EXISTS (SELECT 1 FROM appui_person) THEN
        (SELECT $list(id) FROM appui_person WHERE disabled_at IS NULL AND id $in(:person)) END""",
    "provider": """CASE WHEN EXISTS (SELECT 1 FROM appui_provider) THEN
        (SELECT $list(id) FROM appui_provider WHERE id $in(:provider)) END""",
    "document": """(SELECT $list(id) FROM appui_document
        WHERE id $in(:document) AND case_id = coalesce($as_text(:case_id), case_id))""",
}
"""Kind of reference → those that exist, null when nobody is kept."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Loaded:
    """A case and what was asked beside it, as of one instant."""

    case: Case
    rights: list[tuple[str, Grant]]
    """As `list_rights` gives them."""
    existing: Mapping[str, set[str] | None]
    """By kind of reference, as `existing_ids` gives them."""


class Loading(Spoken):
    """What reads the cases that are acted on."""

    def load(self, raw: Any, case_id: str, *, person_id: str, day: date, references: References) -> Loaded | None:
        """Return the case with the person's rights on that local day, and which of the references exist; None: no case.

        Documents of other cases do not count.
        """
        kinds = tuple(sorted(references))
        row = self.one(
            raw,
            _load_with(kinds),
            {"id": case_id, "case_id": case_id, "person_id": person_id, "day": day.isoformat(), **_lists(references)},
        )
        if row is None:
            return None
        width = len(CASE_COLUMNS)
        return Loaded(
            case=case_of_texts(row[:width]),
            rights=rights_of(orjson.loads(row[width])),
            existing={kind: _set_of(text) for kind, text in zip(kinds, row[width + 1 :], strict=True)},
        )

    def load_case(self, raw: Any, case_id: str, *, lock: bool = False) -> Case | None:
        """Return the case, or None. `lock` keeps others from changing it until the transaction ends."""
        text = f"{_LOAD_CASE} $locked()" if lock else _LOAD_CASE
        row = self.one(raw, text, {"id": case_id})
        return None if row is None else case_of_texts(row)

    def existing_ids(self, raw: Any, kind: str, ids: Collection[str], *, case_id: str | None = None) -> set[str] | None:
        """Return those of the identifiers that stand for a `person` (not disabled), a `provider` or a `document`.

        None when nobody is kept: no person, or no provider, at all. With `case_id`, documents of other cases do not
        count.
        """
        row = self.one(raw, f"SELECT {_EXISTING[kind]}", {"case_id": case_id, **_lists({kind: ids})})
        return None if row is None else _set_of(row[0])


@cache
def _load_with(kinds: tuple[str, ...]) -> str:
    beside = ", ".join([_RIGHTS, *(_EXISTING[kind] for kind in kinds)])
    return f"SELECT {_CASE}, {beside} FROM appui_case WHERE id = :id"


def _lists(references: References) -> dict[str, str]:
    return {kind: json_text(sorted(ids)) for kind, ids in references.items()}


def _set_of(text: str | None) -> set[str] | None:
    return None if text is None else set(orjson.loads(text))

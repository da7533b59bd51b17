"""Loading: a case, the rights of who asks, which references exist and facts, in one SELECT and so as of one instant."""

# ruff: noqa: S608 - texts are put together from constants of this package, values are always parameters

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Any, get_args

import orjson

from appui.notifications.message import NOT_DEPARTED
from appui.states.actor import SYSTEM_ID, Grant
from appui.states.case import Case
from appui.workflow.db.dialects import DialectName, Spoken
from appui.workflow.db.people_store import HOLDERS, RIGHTS, holders_of, rights_of
from appui.workflow.db.rows import CASE_COLUMNS, case_of_texts, json_text
from appui.workflow.people import Holder

References = Mapping[str, Collection[str]]
"""Identifiers by kind: `person`, `provider`, `document`."""

_NONE: References = MappingProxyType({})

_CASE = ", ".join(asked for _, asked, _ in CASE_COLUMNS)
_LOAD_CASE = f"SELECT {_CASE} FROM appui_case WHERE id = :id"
_WIDTH = len(CASE_COLUMNS)
_RIGHTS = f"(SELECT $lists(id, person_id, role, territory, since, until) FROM ({RIGHTS}) AS held)"

_EXISTING = {
    "person": """CASE WHEN EXISTS (SELECT 1 FROM appui_person) THEN
        (SELECT $list(id) FROM appui_person WHERE disabled_at IS NULL AND id $in(:person)) END""",
    "provider": """CASE WHEN EXISTS (SELECT 1 FROM appui_provider) THEN
        (SELECT $list(id) FROM appui_provider WHERE id $in(:provider)) END""",
    "document": """(SELECT $list(id) FROM appui_document
        WHERE id $in(:document) AND case_id = coalesce($as_text(:case_id), case_id))""",
}
"""Kind of reference → those that exist, null when nobody is kept."""

_NO_UNDO_OF_IT = {
    "sqlite": """
        NOT EXISTS (SELECT 1 FROM json_each(entry.events) AS event
            WHERE json_extract(event.value, '$.type') = 'undone')
        AND NOT EXISTS (SELECT 1 FROM appui_entry AS later, json_each(later.events) AS event
            WHERE later.case_id = entry.case_id AND later.seq > entry.seq
            AND json_extract(event.value, '$.type') = 'undone' AND json_extract(event.value, '$.seq') = entry.seq)""",
    "postgresql": """
        NOT entry.events::jsonb @> '[{"type": "undone"}]'
        AND NOT EXISTS (SELECT 1 FROM appui_entry AS later
            WHERE later.case_id = entry.case_id AND later.seq > entry.seq
            AND later.events::jsonb @> jsonb_build_array(jsonb_build_object('type', 'undone', 'seq', entry.seq)))""",
}
_DEPARTED = f"""(SELECT $list(label) FROM (
        SELECT label FROM appui_message WHERE case_id = entry.case_id AND seq = entry.seq
        AND (doubtful OR status NOT IN ({", ".join(f"'{status}'" for status in sorted(NOT_DEPARTED))})) ORDER BY id
    ) AS message)"""


def _last_action(dialect: DialectName) -> str:
    return f"""(SELECT $lists(seq, action, actor_id, departed) FROM (
        SELECT seq, action, actor_id, {_DEPARTED} AS departed FROM appui_entry AS entry
        WHERE case_id = :id AND seq > 1 AND actor_id <> '{SYSTEM_ID}' AND {_NO_UNDO_OF_IT[dialect]}
        ORDER BY seq DESC LIMIT 1
    ) AS entry)"""


_REGION = {
    "sqlite": "json_extract(appui_case.applicant, '$.region')",
    "postgresql": "(appui_case.applicant ->> 'region')",
}


def _holders(dialect: DialectName) -> str:
    """Return who holds a role in one of the territories that `authorization.territories_of` gives of the case."""
    territories = f"""IN ('nation', 'region:' || {_REGION[dialect]}, 'department:' || appui_case.department,
        'arrondissement:' || appui_case.arrondissement, 'epci:' || appui_case.epci,
        'commune:' || appui_case.applicant_code)"""
    return f"(SELECT $lists(id, name, role) FROM ({HOLDERS} AND held.territory {territories}) AS holder)"


_FACTS: dict[str, dict[str, str]] = {
    dialect: {
        "documents": "(SELECT $list(id) FROM appui_document WHERE case_id = :id)",
        "last_action": _last_action(dialect),
        "provider_names": """(SELECT $lists(id, name) FROM appui_provider
            WHERE id IN (SELECT provider FROM appui_consultation WHERE case_id = :id))""",
    }
    for dialect in get_args(DialectName)
}
FACTS = frozenset(_FACTS["sqlite"])
"""The facts that a case can be asked for with the case itself."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Loaded:
    """A case and what was asked beside it, as of one instant."""

    case: Case
    rights: list[tuple[str, Grant]]
    """As `list_rights` gives them."""
    existing: Mapping[str, set[str] | None]
    """By kind of reference, as `existing_ids` gives them."""
    facts: Mapping[str, Any]
    """By name, as `list_facts` gives them."""
    holders: list[Holder] | None = None
    """As `people_holding` gives them for every role; None when they were not asked for."""


@dataclass(frozen=True, slots=True)
class Beside:
    """A case and its facts."""

    case: Case
    facts: Mapping[str, Any]
    """By name, as `list_facts` gives them."""


class Loading(Spoken):
    """What reads the cases that are acted on."""

    def load(
        self,
        raw: Any,
        case_id: str,
        *,
        person_id: str,
        day: date,
        references: References = _NONE,
        facts: Collection[str] = (),
        holders: bool = False,
    ) -> Loaded | None:
        """Return the case with the person's rights on that local day, which of the references exist, and the facts.

        None when there is no case. Documents of other cases do not count; `facts` are some of `FACTS`. `holders`: with
        who holds a role on the case that day.
        """
        kinds, names = tuple(sorted(references)), tuple(sorted(facts))
        row = self.one(
            raw,
            _load_with(self.dialect, kinds, names, holders=holders),
            {"id": case_id, "case_id": case_id, "person_id": person_id, "day": day.isoformat(), **_lists(references)},
        )
        if row is None:
            return None
        case, rights, beside = row[:_WIDTH], row[_WIDTH], row[_WIDTH + 1 :]
        found = orjson.loads(beside[-1]) if holders else None
        return Loaded(
            case=case_of_texts(case),
            rights=rights_of(orjson.loads(rights)),
            existing={kind: _set_of(text) for kind, text in zip(kinds, beside, strict=False)},
            facts=_facts_of(names, beside[len(kinds) : len(kinds) + len(names)]),
            holders=None if found is None else holders_of(found),
        )

    def load_together(self, raw: Any, ids: Collection[str], facts: Collection[str]) -> dict[str, Beside]:
        """Return the cases by identifier, each with those of its `FACTS`.

        PostgreSQL keeps others from changing them until the transaction ends: whoever locks several cases does so in
        the order of their identifiers, so that two never wait for each other.
        """
        asked, names = {"ids": json_text(sorted(ids))}, tuple(sorted(facts))
        if self.dialect == "postgresql":
            # Apart, since what stands beside a row that was waited for would be read as it was before.
            self.all(raw, "SELECT id FROM appui_case WHERE id $in(:ids) ORDER BY id $locked()", asked)
        rows = self.all(raw, _load_many_with(self.dialect, names), asked)
        found = ((case_of_texts(row[:_WIDTH]), _facts_of(names, row[_WIDTH:])) for row in rows)
        return {case.id: Beside(case, beside) for case, beside in found}

    def documents_of(self, raw: Any, ids: Collection[str]) -> set[tuple[str, str]]:
        """Return (case, document) for those of the identifiers that stand for a document."""
        rows = self.all(raw, "SELECT case_id, id FROM appui_document WHERE id $in(:ids)", {"ids": json_text(list(ids))})
        return {(row[0], row[1]) for row in rows}

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

    def list_facts(self, raw: Any, case_id: str, names: Collection[str]) -> dict[str, Any]:
        """Return the facts of those names, some of `FACTS`.

        `documents`: their identifiers. `provider_names`: of those consulted, by identifier. `last_action`: of the last
        one that still counts, `{"seq", "action", "actor_id", "departed": [labels]}` or None. `departed`: what of its
        messages has left. What does not count: the opening, what was undone, an undoing, what the system did.
        """
        asked = tuple(sorted(names))
        row = self.one(raw, f"SELECT {', '.join(_FACTS[self.dialect][name] for name in asked)}", {"id": case_id})
        return _facts_of(asked, row or ())

    def last_action(self, raw: Any, case_id: str) -> dict[str, Any] | None:
        """Return the last action that still counts, as `list_facts` says."""
        found: dict[str, Any] | None = self.list_facts(raw, case_id, ["last_action"])["last_action"]
        return found


@cache
def _load_with(dialect: DialectName, kinds: tuple[str, ...], facts: tuple[str, ...], *, holders: bool) -> str:
    beside = [_RIGHTS, *(_EXISTING[kind] for kind in kinds), *(_FACTS[dialect][name] for name in facts)]
    if holders:
        beside.append(_holders(dialect))
    return f"SELECT {_CASE}, {', '.join(beside)} FROM appui_case WHERE id = :id"


@cache
def _load_many_with(dialect: DialectName, facts: tuple[str, ...]) -> str:
    beside = [_FACTS[dialect][name].replace(":id", "appui_case.id") for name in facts]
    return f"SELECT {', '.join([_CASE, *beside])} FROM appui_case WHERE id $in(:ids)"


def _lists(references: References) -> dict[str, str]:
    return {kind: json_text(sorted(ids)) for kind, ids in references.items()}


def _set_of(text: str | None) -> set[str] | None:
    return None if text is None else set(orjson.loads(text))


def _facts_of(names: Sequence[str], texts: Sequence[str]) -> dict[str, Any]:
    return {name: _READ[name](orjson.loads(text)) for name, text in zip(names, texts, strict=True)}


def _last_of(rows: Sequence[Sequence[Any]]) -> dict[str, Any] | None:
    if not rows:
        return None
    seq, action, actor_id, departed = rows[0]
    return {"seq": seq, "action": action, "actor_id": actor_id, "departed": orjson.loads(departed)}


_READ: dict[str, Callable[[Any], Any]] = {
    "documents": set,
    "last_action": _last_of,
    "provider_names": dict,
}
"""Name of a fact → what reads its rows."""

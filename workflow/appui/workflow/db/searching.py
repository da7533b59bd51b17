"""Searching: what a filter by words, theme or procedure asks of a case, and how few cases need be looked at.

A word is looked up among the terms, where it stands beside every case that has it. When few cases have it
only these are read; when many have it the newest cases are read until enough of them pass. So neither reads the base.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, cast, exists, false, func, select, true
from sqlalchemy.dialects.postgresql import JSONB

from appui.workflow.db.tables import CASES, TERMS
from appui.workflow.db.terms import kept, named, words_of
from appui.workflow.territories import register

Condition = ColumnElement[bool]

FEW = 2_000
"""Up to so many cases that share a term are read one by one."""
_REFERENCE = re.compile(r"(?:([0-9][0-9AB]|9[78][0-9])-)?([0-9]{4}-[0-9]{4,})", re.IGNORECASE)
_LAST = "\U0010ffff"


def has_text(text: str, _dialect: str) -> Condition:
    """Return whether a case has that reference, whole or without its département, or words that begin so."""
    reference = _REFERENCE.fullmatch(text.strip())
    if reference is not None:
        departments = [reference[1].upper()] if reference[1] else [each.code for each in register().departments()]
        return CASES.c.reference.in_([f"{department}-{reference[2]}" for department in departments])
    if not text.strip():
        return true()
    words = words_of(text)
    return and_(*(CASES.c.search.contains(f" {word}") for word in words)) if words else false()


def has_theme(theme: str, dialect: str) -> Condition:
    """Return whether a case has that theme."""
    if dialect == "postgresql":
        # Within a function, for the planner takes `@>` alone for so rare that it would sort a whole département.
        return func.coalesce(cast(CASES.c.data, JSONB)["themes"].contains([theme]), False)
    themes = func.json_each(CASES.c.data, "$.themes").table_valued("value")
    return exists(select(1).select_from(themes).where(themes.c.value == theme))


def narrowed(connection: Connection, filters: Mapping[str, Any], *, everywhere: bool) -> list[Condition]:
    """Return that a case is one of the few that have the rarest of what is asked; nothing when all of it is frequent.

    `everywhere`: whether no département is asked for.
    """
    sets = [each.limit(FEW + 1) for each in _sets_asked(filters, everywhere=everywhere)]
    if not sets:
        return []
    counted = [select(func.count()).select_from(each.subquery()).scalar_subquery() for each in sets]
    counts = connection.execute(select(*counted)).one()
    rarest = min(range(len(sets)), key=lambda place: counts[place])
    return [CASES.c.id.in_(sets[rarest])] if counts[rarest] <= FEW else []


def _sets_asked(filters: Mapping[str, Any], *, everywhere: bool) -> Iterator[Select[tuple[str]]]:
    """Yield, for each thing asked that an index leads to, which cases have it."""
    terms = [
        TERMS.c.term == named(kind, filters[kind]) for kind in ("theme", "procedure") if filters.get(kind) is not None
    ]
    text = filters.get("text")
    if text is not None and _REFERENCE.fullmatch(text.strip()) is None:
        terms += [and_(TERMS.c.term >= word, TERMS.c.term < word + _LAST) for word in kept(words_of(text))]
    for term in terms:
        yield select(TERMS.c.case_id).where(term)
    if everywhere and filters.get("state") is not None:
        # Cases are indexed by département, then by state.
        departments = register().departments_in("nation")
        yield select(CASES.c.id).where(CASES.c.department.in_(departments), CASES.c.state == filters["state"])

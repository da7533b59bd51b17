"""Queries: lists and counts of the cases that an actor may see, by SQLAlchemy Core over the tables."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    tuple_,
    union,
)

from appui.states.case import Case
from appui.states.errors import InvalidData
from appui.workflow.db.rows import CASE_COLUMNS, case_of
from appui.workflow.db.searching import Condition, has_text, has_theme, narrowed
from appui.workflow.db.tables import CASES, CONSULTATIONS, MESSAGES, SHARES
from appui.workflow.journal import instant
from appui.workflow.scope import Scope

CASE_ROW = tuple(CASES.c[name] for name, _, _ in CASE_COLUMNS)
"""What `case_of` reads."""
_YES_OR_NO = frozenset({"open", "mail_refused"})
_SEPARATE_VALUES = 20
_TEXT_MAX = 300


def list_cases(
    connection: Connection,
    scope: Scope,
    *,
    filters: Mapping[str, object],
    after: str | None = None,
    limit: int = 50,
) -> tuple[list[Case], str | None]:
    """Return the cases in scope that pass every filter, the last updated first, and the cursor of the next page.

    Filters, None meaning none: `department`, `state`, `route`, `assignee`, `procedure`, `theme`, `applicant` (its
    code), `reference`, `open` (true or false), `mail_refused` (true: some message could not be delivered), `text` (the
    beginning of words of the title or the applicant's name, all of them, whatever capitals and accents; or a reference,
    without its département if one likes). InvalidData names one that is unknown or of another type. `after` is the
    cursor that came with the page before; None at the end, as at the beginning.
    """
    wanted = _wanted(filters, connection.dialect.name)
    wanted += narrowed(connection, filters, everywhere=scope.nation and filters.get("department") is None)
    if after is not None:
        updated_at, case_id = _read_cursor(after)
        last = tuple_(literal(updated_at, CASES.c.updated_at.type), case_id)
        wanted.append(tuple_(CASES.c.updated_at, CASES.c.id) < last)
    # One limited read a branch, each along its own index: an OR across them would read the whole base.
    branches = [
        _newest_first(select(CASES.c.id, CASES.c.updated_at).where(branch, *wanted), CASES).limit(limit + 1)
        for branch in branches_of(scope)
    ]
    if not branches:
        return [], None
    if len(branches) == 1:
        found = branches[0].subquery()
    else:
        found = union(*(select(branch.subquery()) for branch in branches)).subquery()
    # In the order of what was found, lest a planner that knows little walk through all cases in theirs.
    page = _newest_first(select(*CASE_ROW).join(found, found.c.id == CASES.c.id), found).limit(limit + 1)
    cases = [case_of(row._asdict()) for row in connection.execute(page)]
    return cases[:limit], _cursor_of(cases[limit - 1]) if len(cases) > limit else None


def count_by(connection: Connection, scope: Scope, *, department: str) -> dict[str, dict[str, int]]:
    """Return how many of the département's cases in scope are in each `state` and on each `route` (« »: on none).

    InvalidData when the département is no text.
    """
    if fault := _fault_of("department", department, list(_FILTERS)):
        raise InvalidData([("department", fault)])
    counted = (
        select(CASES.c.state, func.coalesce(CASES.c.route, ""), func.count())
        .where(CASES.c.department == department, or_(false(), *branches_of(scope)))
        .group_by(CASES.c.state, CASES.c.route)
    )
    states: Counter[str] = Counter()
    routes: Counter[str] = Counter()
    for state, route, count in connection.execute(counted):
        states[state] += count
        routes[route] += count
    return {"state": dict(states), "route": dict(routes)}


def _newest_first(query: Select[Any], of: FromClause) -> Select[Any]:
    return query.order_by(of.c.updated_at.desc(), of.c.id.desc())


def _cursor_of(case: Case) -> str:
    return base64.urlsafe_b64encode(f"{instant(case.updated_at)} {case.id}".encode()).decode().rstrip("=")


def _read_cursor(cursor: object) -> tuple[datetime, str]:
    """Return (updated_at, id) of the last case of a page. InvalidData for what `_cursor_of` did not write."""
    try:
        if not isinstance(cursor, str):
            raise TypeError
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
        moment, _, case_id = text.partition(" ")
        if not case_id or "\0" in case_id:
            raise ValueError
        return datetime.fromisoformat(moment).astimezone(UTC), case_id
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidData([("after", "Ce repère n'en est pas un : donnez celui de la page précédente.")]) from error


def branches_of(scope: Scope) -> list[Condition]:
    """Return the ways of being in scope; a case is in scope as soon as one of them holds."""
    here = _branches_within(scope)
    return [*here, *(branch for other in scope.elsewhere for branch in branches_of(other))]


def _branches_within(scope: Scope) -> list[Condition]:
    if scope.within is None:
        return _branches_anywhere(scope)
    within = CASES.c.department.in_(sorted(scope.within))
    return [and_(branch, within) for branch in _branches_anywhere(scope)]


def _branches_anywhere(scope: Scope) -> list[Condition]:
    if scope.nation:
        return [true()]
    branches = [
        *_one_of(CASES.c.department, scope.departments),
        *_one_of(CASES.c.arrondissement, scope.arrondissements),
        *_one_of(tuple_(CASES.c.epci, CASES.c.department), scope.groupings),
        *_one_of(CASES.c.applicant_code, scope.applicants),
    ]
    if scope.departments:
        shared = select(SHARES.c.case_id).where(SHARES.c.department.in_(sorted(scope.departments)))
        branches.append(CASES.c.id.in_(shared))
    if scope.provider is not None:
        asked = select(CONSULTATIONS.c.case_id).where(CONSULTATIONS.c.provider == scope.provider)
        branches.append(CASES.c.id.in_(asked))
    if scope.cases:
        branches.append(CASES.c.id.in_(sorted(scope.cases)))
    return branches


def _one_of(column: ColumnElement[Any], values: Collection[Any]) -> list[Condition]:
    """Return a branch a value, so that each is read in order from the index, or one for all when they are many."""
    if len(values) > _SEPARATE_VALUES:
        return [column.in_(sorted(values))]
    return [column == value for value in sorted(values)]


def _equals(column: ColumnElement[Any]) -> Callable[[Any, str], Condition]:
    return lambda value, _dialect: column == value


def _is_open(wanted: Any, _dialect: str) -> Condition:
    return CASES.c.ended_at.is_(None) if wanted else CASES.c.ended_at.is_not(None)


def _has_refused_mail(wanted: Any, _dialect: str) -> Condition:
    refused = CASES.c.id.in_(select(MESSAGES.c.case_id).where(MESSAGES.c.status == literal_column("'refused'")))
    return refused if wanted else ~refused


_FILTERS: dict[str, Callable[[Any, str], Condition]] = {
    "department": _equals(CASES.c.department),
    "state": _equals(CASES.c.state),
    "route": _equals(CASES.c.route),
    "assignee": _equals(CASES.c.assignee),
    "procedure": _equals(CASES.c.procedure),
    "theme": has_theme,
    "applicant": _equals(CASES.c.applicant_code),
    "reference": _equals(CASES.c.reference),
    "open": _is_open,
    "mail_refused": _has_refused_mail,
    "text": has_text,
}
"""Filter → what it asks of a case."""


def _wanted(filters: Mapping[str, object], dialect: str) -> list[Condition]:
    given = {name: value for name, value in filters.items() if value is not None}
    errors = [(name, text) for name, value in given.items() if (text := _fault_of(name, value, list(_FILTERS)))]
    if errors:
        raise InvalidData(errors)
    return [_FILTERS[name](value, dialect) for name, value in given.items()]


def _fault_of(name: str, value: object, known: Sequence[str]) -> str | None:
    if name not in known:
        return f"Filtre inconnu : attendu {', '.join(known[:-1])} ou {known[-1]}."
    if name in _YES_OR_NO:
        return None if isinstance(value, bool) else "attend oui ou non (true, false)."
    if not isinstance(value, str):
        return "attend un texte."
    if len(value) > _TEXT_MAX:
        return f"compte {len(value)} caractères, {_TEXT_MAX} au plus."
    return "ne peut pas contenir ce caractère." if "\0" in value or not _is_unicode(value) else None


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True

"""Projections: what is kept beside a case for the filters of lists, a row a value, as it follows from the case."""

# ruff: noqa: S608 - texts are put together from constants of this package, values are always parameters

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from appui.states.case import Case
from appui.workflow.db.rows import json_text
from appui.workflow.db.terms import terms_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Projection:
    """A table of (case, value)."""

    table: str
    column: str
    """Where the value is."""
    label: str
    """In French, for people."""
    of: Callable[[Case], Iterable[str]]
    """What the case says."""


PROJECTIONS: Mapping[str, Projection] = {
    "shared": Projection(table="appui_share", column="department", label="partages", of=lambda case: case.shared_with),
    "consulted": Projection(
        table="appui_consultation",
        column="provider",
        label="prestataires sollicités",
        of=lambda case: case.data.get("consultations") or (),
    ),
    "found": Projection(table="appui_term", column="term", label="mots de recherche", of=terms_of),
}
"""Name → projection. The name is also that of the parameter which holds its values."""

PARTS: Mapping[str, str] = {
    part: text
    for name, each in PROJECTIONS.items()
    for part, text in (
        (f"un{name}", f"DELETE FROM {each.table} WHERE case_id = :id AND {each.column} NOT IN $each(:{name})"),
        (
            name,
            f"""INSERT INTO {each.table} (case_id, {each.column})
    SELECT $as_text(:id), given.* FROM $each(:{name}) AS given WHERE true ON CONFLICT DO NOTHING""",
        ),
    )
}
"""`unNAME` removes the rows of a projection that the case no longer says, `NAME` adds those that are missing."""

PARTS_OF_CHANGED: Mapping[str, str] = {
    part: text
    for name, each in PROJECTIONS.items()
    for part, text in (
        (
            f"un{name}",
            f"""
    DELETE FROM {each.table} USING changed
    WHERE case_id = changed.id AND {each.column} NOT IN $each(:{name})""",
        ),
        (
            name,
            f"""
    INSERT INTO {each.table} (case_id, {each.column})
    SELECT changed.id, given.* FROM changed, LATERAL $each(:{name}) AS given ON CONFLICT DO NOTHING""",
        ),
    )
}
"""The same as parts of one statement of PostgreSQL, for the cases that its part `changed` returns."""


def projected(case: Case | None) -> dict[str, set[str]]:
    """Return the values of each projection; none for no case."""
    return {name: set(each.of(case)) if case is not None else set() for name, each in PROJECTIONS.items()}


def projection_parameters(case: Case) -> dict[str, str]:
    """Return the values of each projection as the parameters of its parts."""
    return {name: json_text(list(each.of(case))) for name, each in PROJECTIONS.items()}

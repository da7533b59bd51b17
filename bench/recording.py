"""Recording: a base looked at before and after the engine has worked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from typing import Any, TypeVar

from bench.contract import OFFICER, OPENING, PROVIDER, answer, engine_on
from bench.databases import Databases, Place
from bench.footprint import CASE_TABLE, Change, Sample
from bench.scenario import OPENED_AT
from bench.tables import Row, Table, rows_of, tables_of

T = TypeVar("T")


def ready_place(databases: Databases, name: str) -> Place:
    """Return a new base with appui's tables, the provider that the action names, and one case.

    The first case leaves rows that all others find: the procedure it is pinned to, the counter of the year.
    """
    place = databases.place(name)
    place.upgrade()
    engine = engine_on(place.url, now=OPENED_AT)
    engine.providers.add(PROVIDER)
    engine.open(OPENING, actor=OFFICER)
    engine.stop()
    return place


def record(place: Place) -> Sample:
    """Open a case and act on it; return what that wrote. The base was just made ready."""
    desk, office = engine_on(place.url, now=OPENED_AT), engine_on(place.url)
    try:
        case, opening = observed(place, lambda: desk.open(OPENING, actor=OFFICER))
        _, action = observed(place, lambda: office.act(answer(case.id), actor=OFFICER))
    finally:
        desk.stop()
        office.stop()
    own = tuple(change for change in action if change.is_of(case.id))
    return Sample(
        case_id=case.id,
        reference=case.reference,
        opening=tuple(change for change in opening if change.is_of(case.id)),
        action=own,
        shared=tuple(sorted({change.table.name for change in action if change not in own})),
    )


def observed(place: Place, do: Callable[[], T]) -> tuple[T, tuple[Change, ...]]:
    """Return what a call returned, and every row that it added or altered."""
    with closing(place.connect()) as raw:
        tables = tables_of(place, raw)
        before = {table.name: rows_of(place, raw, table) for table in tables}
        done = do()
        after = {table.name: rows_of(place, raw, table) for table in tables}
    changes = (change for table in tables for change in _changes(table, before[table.name], after[table.name]))
    # The case first: everything else is written if its version is still the one that was read.
    return done, tuple(sorted(changes, key=lambda change: change.table.name != CASE_TABLE))


def _changes(table: Table, before: Mapping[Any, Row], after: Mapping[Any, Row]) -> Iterator[Change]:
    for key, row in after.items():
        was = before.get(key)
        named = dict(zip(table.key, key, strict=True))
        if was is None:
            yield Change(table=table, key=named, values=row, new=True)
        elif was != row:
            values = {name: value for name, value in row.items() if value != was[name]}
            yield Change(table=table, key=named, values=values, new=False)

"""Counting: the cases of a territory that an actor may see, counted or streamed, as they are or as they were.

Most cases have not changed since the day asked: the base counts those. The others are folded from their journals, as
far as these went then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, exists, false, func, literal, or_, select, true, union_all

from appui.states.case import Case, Entry, fold
from appui.states.events import event_from_json
from appui.states.local_share import NOT_ROUTED, PLACES
from appui.workflow.db.queries import CASE_ROW, branches_of
from appui.workflow.db.rows import case_of
from appui.workflow.db.searching import Condition
from appui.workflow.db.tables import CASES, METADATA
from appui.workflow.scope import Scope
from appui.workflow.territories import register

_DEADLINES = METADATA.tables["appui_deadline"]
_LINES = METADATA.tables["appui_import_line"]
_SOURCES = METADATA.tables["appui_import_source"]
_ENTRIES = METADATA.tables["appui_entry"]
_ENTRY_ROW = tuple(
    _ENTRIES.c[name]
    for name in (
        "case_id", "seq", "recorded_at", "effective_on", "actor_id", "actor_name", "on_behalf_of", "action", "data",
        "events",
    )
)  # fmt: skip
_ROWS_AT_ONCE = 500
_FIRST_TO_END = timedelta(hours=14)
"""How long before its end in UTC a day ends where it ends first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """Which cases: of one procedure in a territory, among those in scope, as they were or as was known then."""

    scope: Scope
    territory: str
    """`nation`, `region:75`, `department:79`, `arrondissement:791`, `epci:200040244`, `commune:79049`."""
    procedure: str
    as_of: date | None = None
    """What had happened by that local day; None: everything."""
    recorded_as_of: datetime | None = None
    """What had been entered by that instant; None: everything."""

    @property
    def certain_until(self) -> datetime | None:
        """The instant up to which a case may have been written and still be what is asked; None: no limit.

        Nothing happens after the day on which it is entered.
        """
        if self.as_of is None:
            return self.recorded_as_of
        end = datetime.combine(self.as_of + timedelta(days=1), time(), UTC) - _FIRST_TO_END
        return end if self.recorded_as_of is None else min(end, self.recorded_as_of)


class Selected:
    """The cases of a selection, on one connection whose reads all see the same instant."""

    def __init__(self, connection: Connection, selection: Selection) -> None:
        self._connection = connection
        self._selection = selection

    def places(self, *, first: date, last: date) -> dict[str, int]:
        """Return how many of the unchanged cases count in each place of the local share, zeros included.

        The rule is `local_share.place_of`; `first` and `last` are both included.
        """
        counts = Counter(dict.fromkeys(PLACES, 0))
        counts.update(self._places(first, last, _selected(self._selection)))
        certain_until = self._selection.certain_until
        if certain_until is not None:
            # Few have changed since: they are taken off the rest, which an index alone counts.
            counts.subtract(self._places(first, last, _selected(self._selection), CASES.c.updated_at > certain_until))
        return dict(counts)

    def _places(self, first: date, last: date, *which: Condition) -> dict[str, int]:
        routed = select(CASES.c.route, func.count()).where(
            *which, CASES.c.route.is_not(None), CASES.c.counted_on.between(first, last)
        )
        waiting = select(literal(NOT_ROUTED), func.count()).where(
            *which, CASES.c.route.is_(None), CASES.c.ended_at.is_(None), CASES.c.counted_on <= last
        )
        both = union_all(routed.group_by(CASES.c.route), waiting)
        return {row[0]: row[1] for row in self._connection.execute(both)}

    def reserved_cents(self, versions: Collection[int]) -> int:
        """Return what the unchanged cases of these versions of the procedure will take from an envelope."""
        reserve = self._unchanged(select(func.coalesce(func.sum(CASES.c.reserved_cents), 0)))
        reserve = reserve.where(CASES.c.reserved_cents.is_not(None), CASES.c.procedure_version.in_(sorted(versions)))
        return int(self._connection.execute(reserve).scalar_one())

    def committed_cents(self, year: int) -> int:
        """Return what the unchanged cases committed in that civil year."""
        commitment = self._unchanged(select(func.coalesce(func.sum(CASES.c.committed_cents), 0)))
        commitment = commitment.where(CASES.c.committed_on.between(date(year, 1, 1), date(year, 12, 31)))
        return int(self._connection.execute(commitment).scalar_one())

    def late(self, at: datetime) -> Counter[str]:
        """Return how many deadlines of the unchanged cases are late, by key: on the day asked, else at that instant."""
        as_of = self._selection.as_of
        late = _DEADLINES.c.due_at <= at if as_of is None else _DEADLINES.c.due_on < as_of
        joined = select(_DEADLINES.c.key, func.count()).join(CASES, CASES.c.id == _DEADLINES.c.case_id)
        query = self._unchanged(joined).where(_DEADLINES.c.status == "open", late).group_by(_DEADLINES.c.key)
        return Counter({row[0]: row[1] for row in self._connection.execute(query)})

    def caveats(self) -> tuple[str, ...]:
        """Return what must be said of the files from which some of the cases came, in the order of the files' names."""
        kind, _, _ = self._selection.territory.partition(":")
        departments = () if kind == "nation" else register().departments_in(self._selection.territory)
        lines = select(1).select_from(_LINES.join(CASES, CASES.c.id == _LINES.c.case_id))
        lines = lines.where(_LINES.c.source == _SOURCES.c.source, _selected(self._selection))
        if departments:
            lines = lines.where(_LINES.c.department.in_(departments))
        query = select(_SOURCES.c.caveat).where(_SOURCES.c.caveat != "", exists(lines)).order_by(_SOURCES.c.source)
        return tuple(dict.fromkeys(self._connection.execute(query).scalars()))

    def unchanged(self) -> Iterator[Case]:
        """Yield the cases that are as they were; in no order, a few in memory at a time."""
        for row in self._streaming().execute(self._unchanged(select(*CASE_ROW))):
            yield case_of(row._asdict())

    def changed(self) -> Iterator[Case]:
        """Yield the others, as they were; none when nothing of the past is asked."""
        certain_until = self._selection.certain_until
        if certain_until is None:
            return
        ids = select(CASES.c.id).where(_selected(self._selection), CASES.c.updated_at > certain_until)
        query = select(*_ENTRY_ROW).where(_ENTRIES.c.case_id.in_(ids), *_known(self._selection))
        rows = self._streaming().execute(query.order_by(_ENTRIES.c.case_id, _ENTRIES.c.seq))
        for _, entries in groupby(map(_entry_of, rows), key=attrgetter("case_id")):
            known = list(entries)
            # What was entered later of an earlier day may be known before its opening was.
            if known[0].seq == 1:
                yield fold(known)

    def _streaming(self) -> Connection:
        return self._connection.execution_options(yield_per=_ROWS_AT_ONCE)

    def _unchanged(self, query: Select[Any]) -> Select[Any]:
        selected = query.where(_selected(self._selection))
        certain_until = self._selection.certain_until
        return selected if certain_until is None else selected.where(CASES.c.updated_at <= certain_until)


def _known(selection: Selection) -> Iterator[Condition]:
    if selection.as_of is not None:
        yield _ENTRIES.c.effective_on <= selection.as_of
    if selection.recorded_as_of is not None:
        yield _ENTRIES.c.recorded_at <= selection.recorded_as_of


def _entry_of(row: Row[Any]) -> Entry:
    values = row._asdict()
    return Entry(**{**values, "events": tuple(event_from_json(event) for event in values["events"])})


def _selected(selection: Selection) -> Condition:
    inside = and_(CASES.c.procedure == selection.procedure, _in_territory(selection.territory))
    if _holds_all(selection.scope, selection.territory):
        return inside
    return and_(inside, or_(false(), *branches_of(selection.scope)))


def _in_territory(territory: str) -> Condition:
    kind, _, code = territory.partition(":")
    match kind:
        case "region":
            return CASES.c.department.in_(register().departments_in(territory))
        case "department":
            return CASES.c.department == code
        case "arrondissement":
            return CASES.c.arrondissement == code
        case "epci":
            return CASES.c.epci == code
        case "commune":
            return CASES.c.applicant_code == code
        case _:
            return true()


def _holds_all(scope: Scope, territory: str) -> bool:
    """Return whether the whole territory is in scope: the base then needs to look at no case's own territory."""
    kind, _, code = territory.partition(":")
    if scope.nation:
        return scope.within is None
    if kind == "region":
        asked = {each.code for each in register().departments() if each.region == code}
    else:
        asked = {code} if kind == "department" else set()
    inside = scope.departments if scope.within is None else scope.departments & scope.within
    return bool(asked) and asked <= inside

"""Measures: how long appui takes on a big base, question by question."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from statistics import median
from time import perf_counter

from appui.states.actor import Actor, Grant
from appui.states.case import Case
from appui.workflow import Act, Engine
from appui.workflow.clock import Clock
from appui.workflow.db.queries import list_cases
from appui.workflow.db.store import Store
from appui.workflow.scope import Scope
from appui.workflow.territories import register
from appui.workflow.territory_rows import Department

DEEP = 1000
"""The deep page of the nation; that of a desk lies in the middle of its list."""
_AT_ONCE = 1000
_PAGE = 50
NATION = Actor("siege", "Siège (fictif)", grants=(Grant("auditor", "nation"),))
SYSTEM = Actor.system()
_REGION = "28"
_DUE = {
    "deadlines": "SELECT case_id, key FROM appui_deadline WHERE claimable_at <= $as_instant(:now) "
    "ORDER BY claimable_at LIMIT 100",
    "messages": "SELECT id FROM appui_message WHERE status IN ('queued', 'unknown') "
    "AND not_before <= $as_instant(:now) ORDER BY not_before, id LIMIT 100",
}
"""What is due → how a tick finds the first hundred."""

Question = tuple[str, int, Callable[[], object]]
"""Name, how often it is asked, what asks it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Timing:
    """How long one question took, in milliseconds."""

    name: str
    times: int
    median: float
    p95: float


class Place:
    """A big base, and cases of it to ask about."""

    def __init__(self, engine: Engine, rng: Random) -> None:
        self.engine = engine
        self.rng = rng
        with engine.database.sa_reading() as connection:
            found = {each.code: list_cases(connection, scope_of(each.code), filters={})[0] for each in _departments()}
        self._cases: Mapping[str, Sequence[Case]] = {code: cases for code, cases in found.items() if cases}

    def where(self) -> str:
        """Return some département."""
        return self.rng.choice(list(self._cases))

    def case(self) -> Case:
        """Return some case, changed lately."""
        return self.rng.choice(self._cases[self.where()])

    def desk(self) -> Actor:
        """Return a case officer of some département."""
        return desk_of(self.where())

    def largest(self) -> str:
        """Return the département that has most cases."""
        return max(self._cases, key=lambda code: sum(self.board(code).values()))

    def board(self, code: str) -> dict[str, int]:
        """Return the cases of a département by state."""
        return self.engine.board(actor=desk_of(code), department=code)["state"]


def desk_of(department: str) -> Actor:
    """Return a case officer of a département."""
    return Actor(f"agent.{department}.01", "Agent fictif", grants=(Grant("case_officer", f"department:{department}"),))


def scope_of(department: str) -> Scope:
    """Return what that officer may list."""
    return Scope(departments=frozenset({department}))


def asked(questions: Iterator[Question]) -> Iterator[Timing]:
    """Yield how long each question takes, asked once before to warm up unless it is asked once."""
    for name, times, ask in questions:
        if times > 1:
            ask()
        taken = []
        for _ in range(times):
            began = perf_counter()
            ask()
            taken.append((perf_counter() - began) * 1000)
        yield Timing(name=name, times=times, median=median(taken), p95=sorted(taken)[-(-95 * len(taken) // 100) - 1])


def lists(place: Place) -> Iterator[Question]:
    """Yield pages of lists."""
    engine, code = place.engine, place.largest()
    largest = desk_of(code)
    middle = sum(place.board(code).values()) // 2
    half_way, deep = _cursor(engine, largest, middle), _cursor(engine, NATION, (DEEP - 1) * _PAGE)

    def query() -> object:
        with engine.database.sa_reading() as connection:
            return list_cases(connection, scope_of(place.where()), filters={})

    yield "list of a desk, its query alone", 200, query
    yield "list of a desk", 200, lambda: engine.cases(actor=place.desk())
    yield "list of the largest desk", 100, lambda: engine.cases(actor=largest)
    yield f"the same, page {middle // _PAGE + 1}", 100, lambda: engine.cases(actor=largest, after=half_way)
    yield "by state", 100, lambda: engine.cases(actor=place.desk(), state="routed_local")
    yield "by assignee", 100, lambda: engine.cases(actor=(desk := place.desk()), assignee=desk.id)
    yield "by theme", 50, lambda: engine.cases(actor=place.desk(), theme="mobility")
    yield "by a frequent word", 50, lambda: engine.cases(actor=place.desk(), text="friche")
    yield "by a word that nobody has", 50, lambda: engine.cases(actor=place.desk(), text="xylophone")
    yield "by a word that nobody has, the largest desk", 20, lambda: engine.cases(actor=largest, text="xylophone")
    yield "list of the nation", 50, lambda: engine.cases(actor=NATION)
    yield f"the same, page {DEEP}", 50, lambda: engine.cases(actor=NATION, after=deep)
    yield "by reference", 100, lambda: engine.cases(actor=place.desk(), reference=place.case().reference)
    yield (
        "by the end of a reference",
        50,
        lambda: engine.cases(actor=NATION, text=place.case().reference.partition("-")[2]),
    )
    yield "by the applicant's name", 50, lambda: engine.cases(actor=place.desk(), text=place.case().applicant.name)
    yield "by state, nation", 50, lambda: engine.cases(actor=NATION, state="national_submitted")
    yield "by a frequent word, nation", 20, lambda: engine.cases(actor=NATION, text="friche")
    yield "by a rare word, nation", 20, lambda: engine.cases(actor=NATION, text="zabquerlum")
    yield "by a word that nobody has, nation", 5, lambda: engine.cases(actor=NATION, text="xylophone")


def _cursor(engine: Engine, actor: Actor, skipped: int) -> str | None:
    """Return the cursor after that many cases of the actor's list, None where it has no more."""
    cursor = None
    while skipped > 0:
        cursor = engine.cases(actor=actor, after=cursor, limit=min(skipped, _AT_ONCE)).next
        if cursor is None:
            return None
        skipped -= _AT_ONCE
    return cursor


def figures(place: Place, today: date) -> Iterator[Question]:
    """Yield figures, of today and of a month ago."""
    engine, largest = place.engine, f"department:{place.largest()}"
    month_ago, year = today - timedelta(days=31), today.year - 1

    def share(**options: object) -> object:
        where = place.where()
        return engine.local_share(actor=desk_of(where), department=where, **options)  # type: ignore[arg-type] # passed on

    yield "board", 100, lambda: place.board(place.where())
    yield "share of a département, a year", 100, lambda: share(period=year)
    yield "share of a département, all years", 50, share
    yield "share of a region, a year", 50, lambda: engine.local_share(actor=NATION, region=_REGION, period=year)
    yield "share of the nation, a year", 20, lambda: engine.local_share(actor=NATION, period=year)
    yield "share of the nation, all years", 10, lambda: engine.local_share(actor=NATION)
    yield "share of a département, a month ago", 20, lambda: share(as_of=month_ago)
    yield "share of a region, a month ago", 3, lambda: engine.local_share(actor=NATION, region=_REGION, as_of=month_ago)
    yield "share of the nation, a month ago", 1, lambda: engine.local_share(actor=NATION, as_of=month_ago)
    yield (
        "indicators of a département",
        5,
        lambda: engine.indicators(actor=NATION, territory=f"department:{place.where()}"),
    )
    yield "indicators of the largest département", 1, lambda: engine.indicators(actor=NATION, territory=largest)


def single_cases(place: Place, clock: Clock) -> Iterator[Question]:
    """Yield what is asked of one case, of the feed and of the ticks; last, what changes the base."""
    engine, store = place.engine, Store(place.engine.database.dialect, place.engine.database.schema)

    def due(what: str) -> object:
        with engine.database.reading() as raw:
            return store.all(raw, _DUE[what], {"now": clock().isoformat()})

    def act() -> object:
        case = engine.get(place.case().id, actor=SYSTEM)
        command = Act(case.id, "comment", {"text": "Vu au téléphone."}, case.version)
        return engine.act(command, actor=desk_of(case.department))

    yield "a case", 300, lambda: engine.get(place.case().id, actor=SYSTEM)
    yield "its journal", 200, lambda: engine.journal(place.case().id, actor=SYSTEM)
    yield "its explanation", 100, lambda: engine.explain(place.case().id, actor=SYSTEM)
    yield "1,000 events of the feed", 5, lambda: engine.events(after=_middle(engine, store), limit=1000)
    yield "100 deadlines due", 50, lambda: due("deadlines")
    yield "100 messages due", 50, lambda: due("messages")
    yield "a journal verified", 100, lambda: engine.verify_journal(place.case().id)
    yield "a case read, and an action", 200, act


def _middle(engine: Engine, store: Store) -> str:
    """Return a place in the middle of the feed."""
    with engine.database.reading() as raw:
        row = store.one(raw, "SELECT min(xid), max(xid), max(position) FROM appui_entry", {})
    first, last, position = row or (0, 0, 0)
    return f"{(first + last) // 2}.{position // 2 if last == 0 else 0}.0"


def _departments() -> Sequence[Department]:
    return register().departments()

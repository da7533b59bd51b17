"""Indicators: what agents watch, each defined once for screens, reports and programs. Pure: cases in, figures out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from itertools import pairwise

from appui.states.case import Case, day_of
from appui.states.envelope import BudgetEnvelope
from appui.states.local_share import NATIONAL, LocalShare, place_of
from appui.states.procedure import Procedure

SIGNED = "all_signed"
"""The guard that says that every party has signed; an import may presume it."""
_DRAFTED = frozenset({"convention_draft", "convention_signing"})
"""States in which an import finds a draft of which it knows nothing more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Count:
    """How many cases there are of one kind."""

    key: str
    label: str
    count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Agreements:
    """Agreements in force, drafted or signed, and who pays what; amounts in cents."""

    drafted: int
    """Not signed by everybody yet."""
    signed: int
    without_amount: int
    """Drafted or signed, of which the amount is not known (imports)."""
    amount_cents: int
    """Of those whose amount is known, as the four that follow."""
    covered_cents: int
    applicant_cents: int
    free: int
    """Covered in full."""
    shared: int
    """Of which the applicant pays a part."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StepTime:
    """How long cases stay in a state, in calendar days, suspensions included."""

    key: str
    label: str
    measured: int
    """Stays that ended in the period, both days known."""
    median_days: float | None
    p90_days: int | None
    """Nine stays in ten took no longer (nearest rank)."""
    unknown: int
    """Stays that ended, of which a day is not known (imports): no duration is made up."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Indicators:
    """The figures of a territory on a day."""

    territory: str
    territory_label: str
    procedure: str
    on: date
    """The day asked: what is late is late on that day."""
    first: date | None
    last: date | None
    """The period of what is counted by its day: routes, stays that ended, agreements. None: no bound."""
    cases: int
    open: int
    imported: int
    states: tuple[Count, ...]
    """In the order of the procedure, only those with a case."""
    themes: tuple[Count, ...]
    """A case with several themes counts in each; the key « » is for those without any."""
    share: LocalShare
    agreements: Agreements
    steps: tuple[StepTime, ...]
    late: tuple[Count, ...]
    """Deadlines, by key."""
    envelope: BudgetEnvelope
    """Of the civil year of `on`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """What states and themes are called, in the order in which they are shown."""

    states: Mapping[str, str]
    themes: Mapping[str, str]


def words_of(versions: Sequence[Procedure]) -> Words:
    """Return the words of a procedure, of its latest version first: states in the order of its phases."""
    newest_first = sorted(versions, key=lambda procedure: procedure.version, reverse=True)
    states: dict[str, str] = {}
    themes: dict[str, str] = {}
    for procedure in newest_first:
        ordered = [name for _, names in procedure.phases for name in names]
        for name in (*ordered, *procedure.states):
            states.setdefault(name, procedure.states[name].label)
        fields = procedure.actions["open"].fields
        themes |= {
            key: label for each in fields if each.name == "themes" for key, label in each.options if key not in themes
        }
    return Words(states=states, themes=themes)


class Tally:
    """Takes in cases one by one, and keeps only what the figures need of them."""

    def __init__(self, *, first: date | None, last: date | None) -> None:
        self._first = first
        self._last = last
        self.places: Counter[str] = Counter()
        """Place of the local share → cases."""
        self.totals: Counter[str] = Counter()
        """`cases`, `open`, `imported`."""
        self._states: Counter[str] = Counter()
        self._themes: Counter[str] = Counter()
        self._agreements: Counter[str] = Counter()
        self._stays: defaultdict[str, Counter[int]] = defaultdict(Counter)
        """State → days of a stay → how many: as much memory for a nation as for a village."""
        self._unknown: Counter[str] = Counter()

    def add(self, case: Case) -> None:
        """Count a case."""
        self.totals["cases"] += 1
        self.totals["open"] += case.ended_at is None
        self.totals["imported"] += case.data.get("imported") is not None
        self._states[case.state] += 1
        self._themes.update(set(case.data.get("themes") or ("",)))
        place = place_of(case, self._first, self._last)
        if place is not None:
            self.places[place] += 1
        self._agreements.update(_agreement_in(case, self._inside))
        for stay, left in pairwise(case.visits):
            if stay.on is not None and left.on is not None and stay.state is not None:
                if self._inside(left.on):
                    self._stays[stay.state][(left.on - stay.on).days] += 1
            elif stay.state is not None:
                self._unknown[stay.state] += 1

    def states(self, words: Words) -> tuple[Count, ...]:
        """Return the cases by state."""
        return counts_of(self._states, words.states)

    def themes(self, words: Words) -> tuple[Count, ...]:
        """Return the cases by theme, those without any last."""
        return counts_of(self._themes, {**words.themes, "": "sans thématique"})

    def agreements(self) -> Agreements:
        """Return the agreements."""
        return Agreements(**{field.name: self._agreements[field.name] for field in fields(Agreements)})

    def steps(self, words: Words) -> tuple[StepTime, ...]:
        """Return how long cases stayed in each state that some have left."""
        left = [state for state in words.states if self._stays[state] or self._unknown[state]]
        return tuple(
            StepTime(
                key=state,
                label=words.states[state],
                measured=self._stays[state].total(),
                median_days=median(self._stays[state]),
                p90_days=nearest_rank(self._stays[state], 90),
                unknown=self._unknown[state],
            )
            for state in left
        )

    def _inside(self, day: date) -> bool:
        return (self._first is None or self._first <= day) and (self._last is None or day <= self._last)


def median(counted: Counter[int]) -> float | None:
    """Return the value in the middle, between the two middle ones when their number is even; None without any.

    `counted`: value → how often it occurs, as for `nearest_rank`.
    """
    total = counted.total()
    return (_ranked(counted, (total + 1) // 2) + _ranked(counted, total // 2 + 1)) / 2 if total else None


def nearest_rank(counted: Counter[int], percent: int) -> int | None:
    """Return the smallest value that is at least as large as that part of them all, None when there is none."""
    total = counted.total()
    return _ranked(counted, -(-total * percent // 100)) if total else None


def _ranked(counted: Counter[int], rank: int) -> int:
    """Return the value of that rank, 1 being the smallest."""
    for value in sorted(counted):
        rank -= counted[value]
        if rank <= 0:
            return value
    raise ValueError("fewer values than that rank")


def _agreement_in(case: Case, inside: Callable[[date], bool]) -> dict[str, int]:
    """Return what a case adds to the agreements; it counts on the day of the last signature, else of the draft."""
    convention, shares = case.data.get("convention"), case.data.get("shares") or {}
    signed_on = _signed_on(case)
    day = signed_on or _drafted_on(case)
    given_up = signed_on is None and case.ended_at is not None
    if day is None or case.route != NATIONAL or given_up or not inside(day):
        return {}
    found = {"drafted": int(signed_on is None), "signed": int(signed_on is not None)}
    if not convention:
        return found | {"without_amount": 1}
    free = Decimal(convention["coverage_rate"]) == 1
    return found | {
        "amount_cents": convention["amount_cents"],
        "covered_cents": shares["covered_cents"],
        "applicant_cents": shares["applicant_cents"],
        "free": int(free),
        "shared": int(not free),
    }


def _signed_on(case: Case) -> date | None:
    """Return the day from which every party has signed, that on which its source was true for an import; else None."""
    signatures = case.data.get("signatures") or {}
    parties = case.fact("convention.parties") or ()
    if parties and all(party["id"] in signatures for party in parties):
        return max(date.fromisoformat(each["signed_on"]) for each in signatures.values())
    return day_of(case.fact("imported.known_on")) if SIGNED in case.presumed else None


def _drafted_on(case: Case) -> date | None:
    drafts = [step.on for step in case.steps if step.action == "draft_convention"]
    if drafts:
        return drafts[-1]
    return day_of(case.fact("imported.known_on")) if case.state in _DRAFTED else None


def counts_of(counted: Mapping[str, int], labels: Mapping[str, str]) -> tuple[Count, ...]:
    """Return the counts that are not zero, in the order of the labels."""
    unknown = {key: key for key in counted if key not in labels}
    return tuple(
        Count(key=key, label=label, count=counted[key])
        for key, label in {**labels, **unknown}.items()
        if counted.get(key)
    )

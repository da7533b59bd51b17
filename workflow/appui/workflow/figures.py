"""Figures: answers about many cases at once, for who may see them, now or as of a day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from appui.states.case import Case, day_of
from appui.states.deadlines import LATE, deadlines_of
from appui.states.envelope import BudgetEnvelope, commits, envelope, reserved_cents
from appui.states.errors import InvalidData
from appui.states.local_share import LocalShare, local_share, place_of, rule_of
from appui.states.procedure import Procedure
from appui.workflow.calendars import calendar_of
from appui.workflow.config import Settings
from appui.workflow.db.counting import Selected, Selection
from appui.workflow.indicators import Indicators, Tally, counts_of, words_of
from appui.workflow.scope import Scope
from appui.workflow.territories import register, unknown_territory

NATION = "nation"
_METROPOLIS = "75"
_ONE_DAY = timedelta(days=1)
_FIRST, _LAST = date(1, 1, 1), date(9999, 12, 31)

Period = int | str | tuple[date, date] | None
"""A civil year, two local days both included, or no bound."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a caller asks, as it came."""

    territory: str
    procedure: str
    period: Period = None
    as_of: date | None = None
    recorded_as_of: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What is asked: of which cases, over which period, on which day."""

    selection: Selection
    first: date | None
    last: date | None
    on: date
    """The day on which it is asked, or as of which."""
    now: datetime


class Figures:
    """Answers a question; who asks and what they may see was settled before."""

    def __init__(
        self, question: Question, selected: Selected, settings: Settings, versions: Sequence[Procedure]
    ) -> None:
        """Take the versions of the procedure that is asked about; at least one."""
        self._question = question
        self._selected = selected
        self._settings = settings
        self._versions = {procedure.version: procedure for procedure in versions}
        self._committing = [number for number, procedure in self._versions.items() if commits(procedure)]

    def local_share(self) -> LocalShare:
        """Return the local share, by the rule of the version in force on the day asked."""
        question = self._question
        counts = Counter(self._selected.places(first=question.first or _FIRST, last=question.last or _LAST))
        places = (place_of(case, question.first, question.last) for case in self._selected.changed())
        counts.update(place for place in places if place is not None)
        return self._share(counts)

    def envelope(self, year: int) -> BudgetEnvelope:
        """Return the envelope of a civil year: that of a département, or the sum of those of a territory."""
        taken = [self._taken(case, year) for case in self._selected.changed()]
        return self._envelope(year, taken)

    def indicators(self) -> Indicators:
        """Return every indicator."""
        question, year = self._question, self._question.on.year
        words = words_of(list(self._versions.values()))
        tally = Tally(first=question.first, last=question.last)
        late = self._selected.late(question.now)
        taken: list[tuple[int, int]] = []
        for case in self._selected.unchanged():
            tally.add(case)
        for case in self._selected.changed():
            tally.add(case)
            late.update(self._late(case))
            taken.append(self._taken(case, year))
        labels = {key: rule.label for each in self._versions.values() for key, rule in each.deadlines.items()}
        territory = question.selection.territory
        return Indicators(
            territory=territory,
            territory_label=register().territory_label(territory),
            procedure=question.selection.procedure,
            on=question.on,
            first=question.first,
            last=question.last,
            cases=tally.totals["cases"],
            open=tally.totals["open"],
            imported=tally.totals["imported"],
            states=tally.states(words),
            themes=tally.themes(words),
            share=self._share(tally.places),
            agreements=tally.agreements(),
            steps=tally.steps(words),
            late=counts_of(late, labels),
            envelope=self._envelope(year, taken),
        )

    def _share(self, counts: Mapping[str, int]) -> LocalShare:
        covering = [each for each in self._versions.values() if each.covers(self._question.on)]
        rule = rule_of(max(covering or self._versions.values(), key=lambda each: each.version))
        return local_share(counts, rule, caveats=self._selected.caveats())

    def _envelope(self, year: int, taken: Sequence[tuple[int, int]]) -> BudgetEnvelope:
        """Return the envelope, given what the cases that have changed since reserved and had committed."""
        departments = register().departments_in(self._question.selection.territory)
        granted = [cents for each in departments if (cents := self._settings.envelope_of(each, year)) is not None]
        reserved = self._selected.reserved_cents(self._committing) + sum(each for each, _ in taken)
        return envelope(
            year=year,
            granted_cents=sum(granted) if granted else None,
            # What is drafted and not committed weighs on the year under way, whichever year it was drafted in.
            reserved_cents=reserved if year == self._question.on.year else 0,
            committed_cents=self._selected.committed_cents(year) + sum(each for _, each in taken),
        )

    def _taken(self, case: Case, year: int) -> tuple[int, int]:
        """Return what a case reserves and what it committed in that year, in cents."""
        reserved = reserved_cents(case) if case.procedure_version in self._committing else None
        committed_on = day_of(case.fact("commitment.committed_on"))
        committed = case.fact("commitment.amount_cents") if committed_on and committed_on.year == year else None
        return reserved or 0, committed or 0

    def _late(self, case: Case) -> list[str]:
        """Return the keys of the deadlines that are late on the day asked."""
        procedure, as_of = self._versions.get(case.procedure_version), self._question.selection.as_of
        if procedure is None:
            return []
        calendar = calendar_of(case.department, self._settings.calendars.closed_days_in(case.department))
        at = self._question.now if as_of is None else calendar.end_of(as_of - _ONE_DAY)
        known = deadlines_of(procedure, case, calendar)
        return [key for key, deadline in known.items() if deadline.at(at).status == LATE]


def check_asked(asked: Asked) -> None:
    """Raise InvalidData, with every fault, for what cannot be asked."""
    errors: list[tuple[str, str]] = []
    if not register().territory_exists(asked.territory):
        errors.append(("territory", unknown_territory(asked.territory)))
    try:
        _bounds(asked.period)
    except (TypeError, ValueError, OverflowError):
        errors.append(("period", "Attendu une année (2026), ou deux jours dont le premier n'est pas après l'autre."))
    # A caller is no type checker: an instant is a date to Python, and would be compared with days.
    if asked.as_of is not None and type(asked.as_of) is not date:
        errors.append(("as_of", "Attendu un jour."))
    recorded_as_of: object = asked.recorded_as_of
    if recorded_as_of is not None and not (isinstance(recorded_as_of, datetime) and recorded_as_of.tzinfo):
        errors.append(("recorded_as_of", "Attendu un instant avec son fuseau horaire."))
    if errors:
        raise InvalidData(errors)


def question_of(asked: Asked, scope: Scope, now: datetime) -> Question:
    """Return the question that was asked, and checked, of the cases in scope."""
    at = asked.recorded_as_of or now
    kind, _, code = asked.territory.partition(":")
    first, last = _bounds(asked.period)
    return Question(
        selection=Selection(
            scope=scope,
            territory=asked.territory,
            procedure=asked.procedure,
            as_of=asked.as_of,
            recorded_as_of=asked.recorded_as_of,
        ),
        first=first,
        last=last,
        on=asked.as_of or calendar_of(code if kind == "department" else _METROPOLIS).local_day(at),
        now=at,
    )


def _bounds(period: Any) -> tuple[date | None, date | None]:
    if period is None:
        return None, None
    if isinstance(period, str) and period.isascii() and period.isdigit() and len(period) == 4:
        period = int(period)
    if isinstance(period, int) and not isinstance(period, bool):
        return date(period, 1, 1), date(period, 12, 31)
    first, last = period
    if type(first) is not date or type(last) is not date or first > last:
        raise ValueError
    return first, last

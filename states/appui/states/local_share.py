"""The local share: how many requests find a solution within the département, against 90 % (feuille de route 2020).

« 90 % des demandes d'ingénierie doivent pouvoir trouver une solution dans l'écosystème local. » A case counts once, by
its last route in force; a refusal by the agency takes the route back. Pure: the counts are arguments.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from appui.states.case import Case
from appui.states.procedure import Procedure

NOT_ROUTED = "not_routed"
LOCAL, OPERATOR, NATIONAL = "local", "operator", "national"
PLACES = (LOCAL, OPERATOR, NATIONAL, NOT_ROUTED)
"""Where a case may count."""

EXCLUDED = "excluded"
OPERATOR_COUNTS: Mapping[str, str] = {
    EXCLUDED: "hors du calcul",
    LOCAL: "comme locales",
    NATIONAL: "comme nationales",
}
"""How requests that go to another operator count → French. The source calls rare skills national; others work here."""

DEFAULT_TARGET = "0.90"


@dataclass(frozen=True, slots=True)
class ShareRule:
    """What a procedure sets: the target, and how operators count."""

    target: Fraction
    operator_counts: str = EXCLUDED


@dataclass(frozen=True, kw_only=True, slots=True)
class LocalShare:
    """Requests by route, and the share of those routed that found a local solution."""

    local: int
    operator: int
    national: int
    not_routed: int
    """Open, and no route in force."""
    share: float | None
    """Between 0 and 1; None while nothing counts."""
    share_with_operators: float | None
    """The same with other operators counted as local, whatever the rule."""
    operator_counts: str
    target: float
    below_target: bool
    """Whether the share is under the target; False while nothing counts."""
    allowance: int
    """How many more may go to the national level: a tenth of all, routed or not, less those that did."""
    caveats: tuple[str, ...] = ()
    """What must be said with these figures: of the files that some of these cases came from. French."""

    @property
    def routed(self) -> int:
        """The denominator: local and national ones, operators by the rule."""
        return sum(_counted(self, self.operator_counts))

    @property
    def counted_local(self) -> int:
        """The numerator."""
        return _counted(self, self.operator_counts)[0]


def rule_of(procedure: Procedure) -> ShareRule:
    """Return the rule that a procedure sets."""
    settings = procedure.settings
    return ShareRule(Fraction(settings.get("local_target", DEFAULT_TARGET)), settings.get("operator_counts", EXCLUDED))


def local_share(counts: Mapping[str, int], rule: ShareRule, *, caveats: tuple[str, ...] = ()) -> LocalShare:
    """Return the share that these counts make, by place; a place left out counts nothing."""
    given = {place: counts.get(place, 0) for place in PLACES}
    blank = LocalShare(
        **given,
        share=None,
        share_with_operators=None,
        operator_counts=rule.operator_counts,
        target=float(rule.target),
        below_target=False,
        allowance=0,
        caveats=caveats,
    )
    local, national = _counted(blank, rule.operator_counts)
    share = _ratio(local, national)
    room = int((1 - rule.target) * (local + national + blank.not_routed))
    return replace(
        blank,
        share=None if share is None else float(share),
        share_with_operators=_float(_ratio(*_counted(blank, LOCAL))),
        below_target=share is not None and share < rule.target,
        allowance=max(0, room - national),
    )


def moved(counts: Mapping[str, int], before: str | None, after: str | None) -> dict[str, int]:
    """Return the counts once one case counts under `after` and no longer under `before`; None: nowhere."""
    found = {place: counts.get(place, 0) for place in PLACES}
    for place, step in ((before, -1), (after, 1)):
        if place is not None:
            found[place] += step
    return found


def place_of(case: Case, first: date | None, last: date | None) -> str | None:
    """Return where a case counts in the period between two local days, both included; None: nowhere.

    A route counts on its day. What is not routed yet counts while it is open, from the day of its reception on.
    """
    if case.route is not None:
        inside = (first is None or first <= case.counted_on) and (last is None or case.counted_on <= last)
        return case.route if inside else None
    waits = case.ended_at is None and (last is None or case.counted_on <= last)
    return NOT_ROUTED if waits else None


def _counted(share: LocalShare, operator_counts: str) -> tuple[int, int]:
    """Return how many count as local and as national."""
    local = share.local + (share.operator if operator_counts == LOCAL else 0)
    national = share.national + (share.operator if operator_counts == NATIONAL else 0)
    return local, national


def _ratio(local: int, national: int) -> Fraction | None:
    return Fraction(local, local + national) if local + national else None


def _float(share: Fraction | None) -> float | None:
    return None if share is None else float(share)

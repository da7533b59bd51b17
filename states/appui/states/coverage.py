"""Coverage: who pays which share of a national service, to the cent (comité local de cohésion territoriale, 2021)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from appui.states.applicant import GROUPINGS, Applicant


@dataclass(frozen=True, slots=True)
class Coverage:
    """A proposed rate, or the reason why none can be proposed."""

    rate: str | None
    """Decimal text between 0 and 1; None when nothing can be proposed."""
    reason: str
    """In French."""


@dataclass(frozen=True, slots=True)
class Shares:
    """An amount in two shares that add up to it."""

    covered_cents: int
    applicant_cents: int


def propose(
    applicant: Applicant, year: int | None, *, commune_below: int, grouping_below: int, otherwise: str
) -> Coverage:
    """Return the default coverage for a request of that year.

    Free below the thresholds (strictly); a share is paid otherwise, other kinds included. Without a population of that
    year within two years, nothing is proposed.
    """
    known = applicant.population is not None and applicant.population_year is not None
    if year is None or not known or abs(applicant.population_year - year) > 2:  # type: ignore[operator]
        return Coverage(None, f"population de {year} inconnue" if year else "année de réception inconnue")
    limit = commune_below if applicant.kind == "commune" else grouping_below if applicant.kind in GROUPINGS else 0
    inhabitants = f"{applicant.population} habitants ({applicant.population_source or applicant.population_year})"
    if applicant.population is not None and applicant.population < limit:
        return Coverage("1", f"{inhabitants}, moins de {limit}")
    return Coverage(
        otherwise, f"{inhabitants}, {limit} ou plus" if limit else f"{inhabitants}, aucun seuil pour ce statut"
    )


def split(amount_cents: int, rate: str) -> Shares:
    """Return the two shares of an amount; the odd cent goes to the applicant."""
    covered = int((Decimal(amount_cents) * Decimal(rate)).to_integral_value(ROUND_FLOOR))
    return Shares(covered, amount_cents - covered)

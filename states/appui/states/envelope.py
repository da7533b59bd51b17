"""Envelopes: what a département may commit in a civil year, what its conventions have taken and will take. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from appui.states.case import Case
from appui.states.procedure import Procedure

CHECK = "within_envelope"
"""The check of the actions that commit."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BudgetEnvelope:
    """The envelope of a year, in cents."""

    year: int
    granted_cents: int | None
    """None when none is configured: nothing is capped then."""
    reserved_cents: int
    """What the conventions that are drafted, and not committed yet, will take: the part that is covered."""
    committed_cents: int
    left_cents: int | None
    """Granted, less reserved and committed; under zero when too much is promised. None when none is configured."""


def envelope(*, year: int, granted_cents: int | None, reserved_cents: int, committed_cents: int) -> BudgetEnvelope:
    """Return the envelope that these amounts make."""
    return BudgetEnvelope(
        year=year,
        granted_cents=granted_cents,
        reserved_cents=reserved_cents,
        committed_cents=committed_cents,
        left_cents=None if granted_cents is None else granted_cents - reserved_cents - committed_cents,
    )


def reserved_cents(case: Case) -> int | None:
    """Return what the convention of a case will take, None when it takes nothing or has been committed."""
    if case.route != "national" or case.ended_at is not None or case.data.get("commitment"):
        return None
    cents: int | None = case.fact("shares.covered_cents")
    return cents


def commits(procedure: Procedure) -> bool:
    """Return whether a procedure takes from an envelope at all: that of 2020 does not, the agency pays."""
    return any(CHECK in action.checks for action in procedure.actions.values())

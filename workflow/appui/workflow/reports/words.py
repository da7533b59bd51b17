"""Words: the figures that people ask for most, each in one French sentence without its full stop. Pure."""

from __future__ import annotations

from appui.states.envelope import BudgetEnvelope
from appui.states.local_share import OPERATOR_COUNTS, LocalShare
from appui.states.wording import euros, percent


def share_in_words(share: LocalShare) -> str:
    """Return the local share in one sentence, with its denominator and what is not routed yet."""
    waiting = f"{share.not_routed} à orienter"
    if share.share is None:
        return f"aucune demande orientée, {waiting}"
    against = "sous l'objectif de" if share.below_target else "objectif"
    counts = f"{share.counted_local} sur {share.routed} orientées, {waiting}"
    return f"{percent(share.share)} ({counts}), {against} {percent(share.target)}"


def operators_in_words(share: LocalShare) -> str:
    """Return how many went to another operator, and what the share would be if they counted as local."""
    if share.share_with_operators is None:
        return str(share.operator)
    local, routed = share.local + share.operator, share.local + share.operator + share.national
    would_be = f"{percent(share.share_with_operators)} ({local} sur {routed})"
    return f"{share.operator}, {OPERATOR_COUNTS[share.operator_counts]} ; comptés comme locaux : {would_be}"


def envelope_in_words(each: BudgetEnvelope) -> str:
    """Return what is left of the envelope, with what it is made of."""
    taken = f"{euros(each.committed_cents)} engagés, {euros(each.reserved_cents)} réservés"
    if each.granted_cents is None or each.left_cents is None:
        return f"{taken} en {each.year} ; aucune enveloppe n'est configurée"
    return f"{taken} sur {euros(each.granted_cents)} en {each.year} ; reste {euros(each.left_cents)}"

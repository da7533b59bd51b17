"""Checks: conditions on facts and on the action's data, asked once its shape is right."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from appui.states import consultations, coverage, justification
from appui.states.actor import OUTSIDE_ROLES
from appui.states.case import day_of
from appui.states.deadlines import OPEN, deadlines_of
from appui.states.functions import OK, CheckFunction, Data, Situation, Verdict, needs, refused
from appui.states.guards import provider_name
from appui.states.local_share import NATIONAL, NOT_ROUTED, LocalShare, local_share, moved, rule_of
from appui.states.wording import day_in_words, euros, listed, percent, shown

STATE_PARTIES = frozenset({"state", "etat", "anct", "prefet", "prefecture"})
"""Identifiers of parties that sign for the State."""
_STATE_ROLES = frozenset({"deputy_delegate", "delegate", "anct_officer"})


@needs("provider_names")
def provider_willing(situation: Situation, data: Data) -> Verdict:
    """A local route goes to a provider that has not declined."""
    declined = {each.provider: each for each in consultations.of(situation.case) if each.accepts is False}
    refusal = declined.get(data["provider"])
    if refusal is None:
        return OK
    on = f" le {day_in_words(refusal.answered_on)}" if refusal.answered_on else ""
    return refused(
        f"{provider_name(situation, refusal.provider)} a décliné{on}.",
        path="provider",
        unlock="Choisir un autre prestataire, ou enregistrer sa nouvelle réponse.",
        declined=sorted(declined),
    )


def provider_speaks_for_itself(situation: Situation, data: Data) -> Verdict:
    """A provider answers for itself only, and the answer is about somebody who was asked."""
    inside = situation.roles & _roles_of(situation, "provider_speaks_for_itself") - OUTSIDE_ROLES
    if not inside and data["provider"] != situation.actor.id:
        return refused("Un prestataire ne répond que pour lui-même.", path="provider", provider=situation.actor.id)
    asked = [each.provider for each in consultations.of(situation.case)]
    if data["provider"] in asked:
        return OK
    return refused(
        f"{data['provider']} n'a pas été sollicité.",
        path="provider",
        unlock=f"Choisir parmi {listed(asked, last='ou')}." if asked else "Solliciter d'abord ce prestataire.",
        consulted=asked,
    )


def national_justified(situation: Situation, data: Data) -> Verdict:
    """Fragility with a local shortage, an innovative or a complex project; or rare engineering or national scope."""
    reading = situation.procedure.settings.get("justification_reading", "or")
    if justification.is_justified(data["grounds"], reading=reading):
        return OK
    special = "et" if reading == "and" else "ou"
    return refused(
        "Ces motifs ne suffisent pas à saisir l'ANCT.",
        path="grounds",
        unlock="Il faut la fragilité de la collectivité, avec l'insuffisance de la ressource locale "
        f"{special} un projet innovant ou complexe ; ou une ingénierie rare ; ou une envergure nationale.",
        grounds=list(data["grounds"]),
        reading=reading,
    )


@needs("routed")
def below_target_reason(situation: Situation, data: Data) -> Verdict:
    """Under the local target after this routing, a written reason is asked; it is advice, not a lock."""
    after = share_after(situation)
    if after.share is None or not after.below_target or data.get("below_target_reason"):
        return OK
    return refused(
        f"La part locale de l'année passerait à {percent(after.share)} "
        f"({after.counted_local} sur {after.routed} orientées), "
        f"sous l'objectif de {percent(after.target)}.",
        path="below_target_reason",
        unlock="Écrire pourquoi le cas est orienté malgré tout.",
        local=after.local,
        operator=after.operator,
        national=after.national,
    )


def share_after(situation: Situation) -> LocalShare:
    """Return the local share of the département and the civil year, once this case counts as national."""
    routed = situation.facts["routed"]
    # The case is among those not routed, in years of which its reception is not after the end.
    before = NOT_ROUTED if routed.get(NOT_ROUTED) else None
    return local_share(moved(routed, before, NATIONAL), rule_of(situation.procedure))


def amounts_add_up(_situation: Situation, data: Data) -> Verdict:
    """The shares equal the total at that rate, to the cent; the odd cent is the applicant's."""
    shares = coverage.split(data["amount_cents"], data["coverage_rate"])
    covered = data.get("covered_cents", shares.covered_cents)
    applicant = data.get("applicant_cents", shares.applicant_cents)
    if (covered, applicant) == (shares.covered_cents, shares.applicant_cents) and data["amount_cents"] > 0:
        return OK
    return refused(
        f"Les parts font {euros(covered + applicant)}, le total est de {euros(data['amount_cents'])}."
        if data["amount_cents"]
        else "Le montant doit dépasser zéro.",
        path="amount_cents",
        unlock=f"À ce taux, les parts sont {euros(shares.covered_cents)} et {euros(shares.applicant_cents)}.",
        covered_cents=covered,
        applicant_cents=applicant,
    )


def coverage_explained(situation: Situation, data: Data) -> Verdict:
    """A rate other than the proposed one has its reason."""
    proposed = situation.case.fact("coverage.rate")
    same = proposed is None or Decimal(proposed) == Decimal(data["coverage_rate"])
    if same or data.get("override_reason"):
        return OK
    reason = situation.case.fact("coverage.reason")
    return refused(
        f"Le taux proposé est de {percent(float(proposed))} ({reason}).",
        path="override_reason",
        unlock="Écrire pourquoi un autre taux est retenu.",
        proposed=proposed,
    )


def parties_distinct(_situation: Situation, data: Data) -> Verdict:
    """Each party of a convention stands once."""
    twice = [party for party, times in Counter(party["id"] for party in data["parties"]).items() if times > 1]
    if not twice:
        return OK
    return refused(f"{listed(twice)} figure deux fois.", path="parties", unlock="Nommer chaque partie une fois.")


def party_can_sign(situation: Situation, data: Data) -> Verdict:
    """A party signs once, and each signatory for its own side; an officer records a signature on paper only."""
    parties = {party["id"]: party["name"] for party in situation.case.fact("convention.parties") or []}
    party = data["party"]
    if party not in parties:
        choice = f"Choisir parmi {listed(list(parties), last='ou')}."
        return refused(
            f"« {party} » n'est pas partie à la convention.",
            path="party",
            unlock=choice if parties else "Rédiger d'abord la convention.",
            parties=list(parties),
        )
    if party in (situation.case.data.get("signatures") or {}):
        return refused(f"{parties[party]} a déjà signé.", path="party", signed=True)
    if data.get("on_paper") and "case_officer" in situation.roles:
        return OK
    if signs_for_state(party):
        entitled = bool(situation.roles & _STATE_ROLES & _roles_of(situation, "party_can_sign"))
    else:
        entitled = "applicant" in situation.roles and party in _own_parties(situation)
    if entitled:
        return OK
    return refused(
        f"Vous ne pouvez pas signer pour {parties[party]}.",
        path="party",
        unlock="Enregistrer une signature reçue sur papier (« on_paper »).",
        party=party,
    )


def signs_for_state(party: str) -> bool:
    """Return whether a party's identifier says that it signs for the State."""
    return party.casefold() in STATE_PARTIES


def _own_parties(situation: Situation) -> set[str]:
    """Return the parties that are the applicant itself: by code, by address, or as the only one beside the State."""
    applicant = situation.case.applicant
    others = [each for each in situation.case.fact("convention.parties") or [] if not signs_for_state(each["id"])]
    if len(others) == 1:
        return {others[0]["id"]}
    codes = {"applicant", applicant.code, applicant.siren}
    addresses = {situation.actor.email, situation.case.fact("contact.email")} - {None}
    return {each["id"] for each in others if each["id"] in codes or each.get("email") in addresses}


def _roles_of(situation: Situation, check: str) -> frozenset[str]:
    return situation.procedure.roles_by_check.get(check, frozenset())


@needs("envelope")
def within_envelope(situation: Situation, data: Data) -> Verdict:
    """What is committed in the year stays within the département's envelope, when one is configured."""
    envelope = situation.facts["envelope"]
    if envelope is None or data["amount_cents"] <= envelope["granted_cents"] - envelope["committed_cents"]:
        return OK
    left = envelope["granted_cents"] - envelope["committed_cents"]
    return refused(
        f"Il reste {euros(left)} sur l'enveloppe de {envelope['year']} ({euros(envelope['granted_cents'])}).",
        path="amount_cents",
        unlock="Attendre une enveloppe plus grande, ou réduire le montant.",
        **envelope,
    )


@needs("documents")
def deliverable_attached(situation: Situation, data: Data) -> Verdict:
    """A deliverable is accepted on a document of the case, after its review."""
    if data["document"] in situation.facts["documents"]:
        return OK
    return refused(
        f"Le document {data['document']} n'est pas déposé sur ce dossier.",
        path="document",
        unlock="Déposer le livrable, puis donner son identifiant.",
        documents=sorted(situation.facts["documents"]),
    )


def providers_or_none(_situation: Situation, data: Data) -> Verdict:
    """Providers are asked, or there is none to ask: not both."""
    if not (data.get("providers") and data.get("none_exists")):
        return OK
    return refused(
        "Des prestataires sont nommés, et il n'en existerait aucun.",
        path="none_exists",
        unlock="Nommer des prestataires, ou noter qu'il n'en existe aucun.",
    )


@needs("departments")
def another_department(situation: Situation, data: Data) -> Verdict:
    """A case is shared with an existing département, other than its own."""
    wanted = data["department"]
    if wanted in situation.facts["departments"] and wanted != situation.case.department:
        return OK
    why = "n'existe pas" if wanted not in situation.facts["departments"] else "est celui du dossier"
    return refused(
        f"Le département {wanted} {why}.", path="department", unlock="Donner le numéro d'un autre département."
    )


def ends_after_start(_situation: Situation, data: Data) -> Verdict:
    """A meeting ends after it starts."""
    if data.get("ends_at") is None or data["ends_at"] > data["starts_at"]:
        return OK
    return refused("La réunion finirait avant de commencer.", path="ends_at", unlock="Donner une fin après le début.")


def due_later(situation: Situation, data: Data) -> Verdict:
    """A day by which somebody must answer is not already past."""
    due = day_of(data.get("due_on"))
    asked = day_of(data.get("happened_on")) or situation.today
    if due is None or due >= asked:
        return OK
    return refused(
        f"Le {day_in_words(due)} est avant la demande elle-même.",
        path="due_on",
        unlock=f"Donner un jour à partir du {day_in_words(asked)}.",
    )


def extendable(situation: Situation, data: Data) -> Verdict:
    """A deadline that runs is moved to a later day, never to an earlier one."""
    found = deadlines_of(situation.procedure, situation.case, situation.calendar)
    running = {key: deadline for key, deadline in found.items() if deadline.status == OPEN}
    deadline = running.get(data["deadline"])
    if deadline is None:
        names = listed([f"« {key} » ({each.label})" for key, each in running.items()], last="ou")
        return refused(
            f"Aucune échéance « {shown(data['deadline'])} » ne court sur ce dossier.",
            path="deadline",
            unlock=f"Choisir {names}." if names else "Attendre qu'une échéance coure.",
            running=sorted(running),
        )
    until = day_of(data["until"])
    if deadline.due_on is not None and until is not None and until > deadline.due_on:
        return OK
    due = "" if deadline.due_on is None else day_in_words(deadline.due_on)
    return refused(f"« {deadline.label} » court déjà jusqu'au {due}.", path="until", unlock="Donner un jour plus tard.")


def ort_after_adhesion(situation: Situation, data: Data) -> Verdict:
    """An ORT agreement of the programme is signed after its adhesion agreement, not before."""
    adhesion, signed_on = day_of(situation.case.data.get("adhesion_signed_on")), day_of(data.get("signed_on"))
    if adhesion is None or signed_on is None or signed_on >= adhesion:
        return OK
    return refused(
        f"L'ORT serait signée avant l'adhésion ({day_in_words(adhesion)}).",
        path="signed_on",
        unlock="Donner le bon jour ; une ORT d'avant l'adhésion s'enregistre comme « ORT existante ».",
        adhesion_signed_on=adhesion.isoformat(),
    )


CHECKS: dict[str, CheckFunction] = {
    function.__name__: function
    for function in (
        provider_willing,
        provider_speaks_for_itself,
        national_justified,
        below_target_reason,
        amounts_add_up,
        coverage_explained,
        parties_distinct,
        party_can_sign,
        within_envelope,
        deliverable_attached,
        providers_or_none,
        another_department,
        ends_after_start,
        due_later,
        ort_after_adhesion,
        extendable,
    )
}
"""Name in procedures → function."""

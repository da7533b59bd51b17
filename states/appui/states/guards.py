"""Guards: conditions on facts that decide whether an action is permitted, whatever its data."""

from __future__ import annotations

from appui.states import consultations, signatures
from appui.states.functions import OK, GuardFunction, Situation, Verdict, needs, refused
from appui.states.wording import day_in_words, listed


def applicant_identified(situation: Situation) -> Verdict:
    """A convention names its party by SIREN or INSEE code."""
    applicant = situation.case.applicant
    if applicant.identified:
        return OK
    return refused(
        f"Ni SIREN ni code INSEE n'est connu pour {applicant.name}.",
        unlock="Corriger le SIREN du demandeur (« applicant.siren »).",
        siren=applicant.siren,
        code=applicant.code,
    )


def not_works_design(situation: Situation) -> Verdict:
    """Works design (maîtrise d'œuvre) is excluded from support."""
    if not situation.case.data.get("works_design"):
        return OK
    return refused(
        "La demande porte sur de la maîtrise d'œuvre, exclue de l'appui.",
        unlock="Déclarer la demande non recevable, ou corriger cette réponse (« works_design ») si c'est une erreur.",
        works_design=True,
    )


@needs("provider_names")
def local_search_done(situation: Situation) -> Verdict:
    """No national market where local engineering is available: the search comes first, and found nobody."""
    case = situation.case
    asked = consultations.of(case)
    accepted = [each for each in asked if each.accepts]
    if accepted:
        names = listed([provider_name(situation, each.provider) for each in accepted])
        return refused(
            f"Une solution locale existe : {names} a accepté.",
            unlock="Orienter localement, ou enregistrer le désistement du prestataire.",
            accepted=[each.provider for each in accepted],
        )
    waiting = [
        each
        for each in asked
        if each.accepts is None
        and not consultations.overdue(each, case, situation.procedure, situation.calendar, situation.today)
    ]
    if case.fact("search.none_exists") and not waiting:
        return OK
    if not asked:
        return refused(
            "Aucun prestataire local n'a été sollicité.",
            unlock="Solliciter des prestataires, ou noter qu'il n'en existe aucun avec le motif.",
            consulted=[],
        )
    if not waiting:
        return OK
    return refused(
        f"{listed([_awaited(each, situation) for each in waiting])}.",
        unlock="Enregistrer la réponse, ou attendre l'échéance.",
        awaited=[each.provider for each in waiting],
    )


def _awaited(consultation: consultations.Consultation, situation: Situation) -> str:
    due = consultations.due_on(consultation, situation.case, situation.procedure, situation.calendar)
    until = f" (échéance le {day_in_words(due)})" if due else ""
    return f"{provider_name(situation, consultation.provider)} n'a pas répondu{until}"


def provider_name(situation: Situation, provider: str) -> str:
    """Return the name of a provider in the catalogue, its identifier when the catalogue does not have it."""
    return str(situation.facts.get("provider_names", {}).get(provider, provider))


def framing_scheduled(situation: Situation) -> Verdict:
    """Only a meeting that was set can be moved or called off."""
    if situation.case.data.get("meeting"):
        return OK
    return refused("Aucune réunion de cadrage n'est programmée.", unlock="Programmer une réunion.", meeting=None)


def framing_held(situation: Situation) -> Verdict:
    """The framing meeting was held before the convention is signed and before the service starts."""
    held_on = situation.case.fact("framing.held_on")
    if held_on:
        return OK
    return refused(
        "La réunion de cadrage n'a pas été tenue.",
        unlock="Enregistrer la réunion de cadrage.",
        held_on=None,
    )


def all_signed(situation: Situation) -> Verdict:
    """Every party of the convention has signed, with its date."""
    missing = unsigned(situation)
    if situation.case.data.get("signatures") and not missing:
        return OK
    return refused(
        f"Il manque la signature de {listed(missing)}." if missing else "Aucune signature n'est enregistrée.",
        unlock="Enregistrer les signatures qui manquent.",
        missing=missing,
    )


def unsigned(situation: Situation) -> list[str]:
    """Return the names of the parties whose signature is missing, in the convention's order."""
    return [party["name"] for party in signatures.missing(situation.case)]


def is_suspended(situation: Situation) -> Verdict:
    """Only what is suspended resumes."""
    if situation.case.suspended_since is not None:
        return OK
    return refused("La demande n'est pas suspendue.", suspended_since=None)


@needs("last_action")
def undoable(situation: Situation) -> Verdict:
    """The last action is taken back only while none of its mails has left; an opening is not taken back."""
    last = situation.facts["last_action"]
    if last is None:
        return refused(
            "Il n'y a rien à annuler : l'enregistrement lui-même ne s'annule pas.",
            unlock="Classer la demande sans suite si elle n'a pas lieu d'être.",
        )
    undone = situation.procedure.actions.get(last["action"])
    if last["actor_id"] != situation.actor.id and (undone is None or not situation.roles & set(undone.roles)):
        return refused(
            f"L'action n° {last['seq']} (« {undone.label if undone else last['action']} ») n'est pas de votre ressort.",
            unlock="Le demander à qui l'a faite, ou à qui pourrait la faire.",
            seq=last["seq"],
        )
    if not last["departed"]:
        return OK
    return refused(
        f"Un courriel de l'action n° {last['seq']} est déjà parti ({listed(last['departed'])}).",
        unlock="Corriger le fait, ou faire l'action suivante.",
        departed=list(last["departed"]),
    )


GUARDS: dict[str, GuardFunction] = {
    function.__name__: function
    for function in (
        applicant_identified,
        not_works_design,
        local_search_done,
        framing_scheduled,
        framing_held,
        all_signed,
        is_suspended,
        undoable,
    )
}
"""Name in procedures → function."""

NEVER_PRESUMED = frozenset({"is_suspended", "undoable"})
"""Guards about what was done in the case itself, of which no import can know."""

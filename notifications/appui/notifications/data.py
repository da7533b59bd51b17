"""Data: what the template of a message may name, told by the case as it is when the message is queued. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from appui.notifications.message import Message
from appui.states import signatures
from appui.states.calendar import Calendar
from appui.states.case import Case, Entry
from appui.states.consultations import due_on as answer_day
from appui.states.consultations import of as consultations_of
from appui.states.deadlines import LATE, OPEN, Deadline, deadlines_of
from appui.states.fields import day_in
from appui.states.procedure import Procedure
from appui.states.wording import (
    day_in_words,
    euros,
    filled,
    hour_in_words,
    moment_in_words,
    of,
    percent,
    weekday_in_words,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Occasion:
    """What gives rise to a message: an action, or a deadline that nears."""

    case: Case
    """As it is after the action."""
    procedure: Procedure
    calendar: Calendar
    entry: Entry | None = None
    before: Case | None = None
    deadline: Deadline | None = None
    """The one that people are reminded of."""
    deadlines: tuple[Deadline, ...] = ()
    """Those that the action changed."""


@dataclass(frozen=True, slots=True)
class Name:
    """Something that templates may name."""

    meaning: str
    """In French."""
    sample: Any
    """As previews show it; a tuple for a list."""
    told: Callable[[Occasion], Any] | None = None
    """What the case says; None: known when the message leaves."""
    always: bool = False
    """Whether it always has a value. Any other may be None, and a template says what then."""


def data_of(occasion: Occasion, names: Iterable[str]) -> dict[str, Any]:
    """Return what the case says of these names and of those that are always known, as plain JSON.

    What has no value is left out. People and providers are kept by their identifiers, as recipients are: who they are
    is settled when the message leaves.
    """
    asked = _ALWAYS | {name: told for name in names if (told := _SOMETIMES.get(name)) is not None}
    return {name: value for name, told in asked.items() if (value := told(occasion)) is not None}


def values_of(message: Message, data: Mapping[str, Any], settled: Mapping[str, Any]) -> dict[str, Any]:
    """Return every declared name with its value for that message.

    `settled` is what is known when it leaves: `service` and `contact` at least.
    """
    values: dict[str, Any] = {**dict.fromkeys(NAMES), **data, **settled}
    values |= {
        "of_applicant": of(values["applicant"]),
        "outside": message.outside,
        "for_applicant": message.recipient == "applicant",
    }
    if values["sentence"]:
        values["sentence"] = filled(values["sentence"], {"contact": values["contact"]})
    return values


def _given(name: str, shape: type = str) -> Callable[[Occasion], Any]:
    """Return what the action was told under that name; None when a host's procedure means something else by it."""

    def told(occasion: Occasion) -> Any:
        value = None if occasion.entry is None else occasion.entry.data.get(name)
        return value if isinstance(value, shape) and value != [] else None

    return told


def _day(name: str) -> Callable[[Occasion], str | None]:
    given = _given(name)
    return lambda occasion: None if (day := day_in(given(occasion))) is None else day_in_words(day)


def _cents(name: str) -> Callable[[Occasion], str | None]:
    given = _given(name, int)
    return lambda occasion: None if (cents := given(occasion)) is None else euros(cents)


def _label(name: str, shape: type = str) -> Callable[[Occasion], Any]:
    """Return the label of what was chosen, a list of them when several may be."""
    given = _given(name, shape)

    def told(occasion: Occasion) -> Any:
        chosen = given(occasion)
        if chosen is None or occasion.entry is None:
            return None
        action = occasion.procedure.actions.get(occasion.entry.action)
        fields = () if action is None else action.fields
        labels = dict(next((field.options for field in fields if field.name == name), ()))
        return [labels.get(each, each) for each in chosen] if shape is list else labels.get(chosen, chosen)

    return told


def _fact(path: str) -> Callable[[Occasion], Any]:
    return lambda occasion: occasion.case.fact(path) or None


def _fact_cents(path: str) -> Callable[[Occasion], str | None]:
    return lambda occasion: None if (cents := occasion.case.fact(path)) is None else euros(cents)


def _received_on(occasion: Occasion) -> str | None:
    return None if occasion.case.received_on is None else day_in_words(occasion.case.received_on)


def _next(occasion: Occasion) -> Deadline | None:
    """Return the deadline that people are reminded of, else the next of those that the action moves, or of all."""
    if occasion.deadline is not None:
        return occasion.deadline
    moved = occasion.deadlines or deadlines_of(occasion.procedure, occasion.case, occasion.calendar).values()
    return _soonest(occasion, moved)


def _soonest(occasion: Occasion, deadlines: Iterable[Deadline]) -> Deadline | None:
    """Return the open one that is due first; those that come again are no next step of the case."""
    rules = occasion.procedure.deadlines
    ahead = [each for each in deadlines if each.status == OPEN and each.due_on and not rules[each.key].repeats]
    return min(ahead, key=lambda each: each.due_on or each.started_on, default=None)


def _due_on(occasion: Occasion) -> str | None:
    following = _next(occasion)
    return None if following is None or following.due_on is None else weekday_in_words(following.due_on)


def _derivation(occasion: Occasion) -> str | None:
    following = _next(occasion)
    return None if following is None else following.derivation


def _overdue(occasion: Occasion) -> bool | None:
    return True if occasion.deadline is not None and occasion.deadline.status == LATE else None


def _answer_due_on(occasion: Occasion) -> str | None:
    """Return the day by which those who are asked now must answer."""
    asked = (_given("providers", list)(occasion) or ())[:1]
    for each in consultations_of(occasion.case):
        if each.provider in asked:
            day = answer_day(each, occasion.case, occasion.procedure, occasion.calendar)
            return None if day is None else weekday_in_words(day)
    return None


def _sentence(occasion: Occasion) -> str | None:
    sentence = occasion.procedure.states[occasion.case.state].public_sentence
    dated = {"due_on": _due_on(occasion)} if "due_on" in sentence else {}
    return filled(sentence, dated) or None


def _meeting(occasion: Occasion) -> Mapping[str, Any]:
    """Return the meeting ahead or, once it is cancelled, the one that was."""
    before = None if occasion.before is None else occasion.before.fact("meeting")
    return occasion.case.fact("meeting") or before or {}


def _meeting_on(occasion: Occasion) -> str | None:
    meeting, zone = _meeting(occasion), occasion.calendar.zone
    start, end = (
        None if meeting.get(name) is None else datetime.fromisoformat(meeting[name]).astimezone(zone)
        for name in ("starts_at", "ends_at")
    )
    return None if start is None else moment_in_words(start, end)


def _items(occasion: Occasion) -> Any:
    return _given("items", list)(occasion) or _fact("completion_request.items")(occasion)


def _accepts(occasion: Occasion) -> bool | None:
    return None if occasion.entry is None else occasion.entry.data.get("accepts")


def _signers(occasion: Occasion) -> list[str] | None:
    return [party["name"] for party in occasion.case.fact("convention.parties") or ()] or None


def _missing(occasion: Occasion) -> list[str] | None:
    return [party["name"] for party in signatures.missing(occasion.case)] or None


def _share(occasion: Occasion) -> str | None:
    counted = occasion.case.data.get("share_after")
    routed = counted["local"] + counted["national"] if counted else 0
    return percent(counted["local"] / routed) if counted and routed else None


NAMES: Mapping[str, Name] = {
    "reference": Name("référence du dossier", "79-2026-0001", lambda on: on.case.reference, always=True),
    "title": Name("objet de la demande", "Halle du marché", lambda on: on.case.title, always=True),
    "applicant": Name("collectivité qui demande", "Exemple-sur-Sèvre", lambda on: on.case.applicant.name, always=True),
    "of_applicant": Name(
        "la même, après un nom : « d'Exemple-sur-Sèvre », « du Bourg »",
        "d'Exemple-sur-Sèvre",
        always=True,
    ),
    "stage": Name(
        "où en est la demande, en termes du service",
        "Cadrage du besoin",
        lambda on: on.procedure.states[on.case.state].label,
        always=True,
    ),
    "sentence": Name(
        "phrase publique de l'état, ses dates et son interlocuteur dits",
        "Votre demande est à l'étude par Mme Exemple ; prochaine étape : préciser le besoin avec vous.",
        _sentence,
    ),
    "department": Name("département du dossier", "Deux-Sèvres", lambda on: on.case.department, always=True),
    "received_on": Name("jour de réception", day_in_words(date(2026, 3, 2)), _received_on),
    "need": Name(
        "besoin, tel que la collectivité l'a dit",
        "La halle est fermée depuis l'hiver. Nous voudrions savoir ce qu'elle peut devenir.",
        _fact("need"),
    ),
    "applicant_contact": Name("qui écrit pour la collectivité", "Mme Maire", _fact("contact.name")),
    "applicant_phone": Name("téléphone de la collectivité", "05 00 00 00 02", _fact("contact.phone")),
    "applicant_email": Name("courriel de la collectivité", "mairie@exemple.invalid", _fact("contact.email")),
    "author": Name("qui a fait l'action", "M. Auteur", lambda on: None if on.entry is None else on.entry.actor_name),
    "due_on": Name("prochaine date attendue, avec son jour", weekday_in_words(date(2026, 3, 17)), _due_on),
    "derivation": Name(
        "comment cette date a été trouvée",
        f"10 jours ouvrés à compter du {day_in_words(date(2026, 3, 3))}",
        _derivation,
    ),
    "overdue": Name("vrai quand un rappel vient après la date", None, _overdue),
    "reason": Name("motif donné", "Le conseil municipal a choisi un autre projet.", _given("reason")),
    "ground": Name("raison de la non-recevabilité", "hors du champ de l'appui", _label("ground")),
    "awaited": Name("éléments attendus", ("Plan cadastral", "Délibération du conseil municipal"), _items),
    "answer": Name("réponse de la collectivité", "Voici le plan ; la délibération suivra.", _given("answer")),
    "meeting_on": Name(
        "date et heures de la réunion",
        moment_in_words(datetime(2026, 4, 10, 10, tzinfo=UTC), datetime(2026, 4, 10, 11, 30, tzinfo=UTC)),
        _meeting_on,
    ),
    "meeting_place": Name("lieu de la réunion", "Salle du conseil", lambda on: _meeting(on).get("place")),
    "meeting_link": Name(
        "lien de visioconférence", "https://visio.exemple.invalid/halle", lambda on: _meeting(on).get("link")
    ),
    "held_on": Name("jour où la réunion a été tenue", day_in_words(date(2026, 4, 10)), _day("held_on")),
    "outcome": Name("conclusion de la réunion", "besoin confirmé", _label("outcome")),
    "minutes": Name("compte rendu", "Visite de la halle.\nLe besoin est une étude d'usage.", _given("minutes")),
    "answer_due_on": Name(
        "jour où la réponse du prestataire est attendue", weekday_in_words(date(2026, 3, 24)), _answer_due_on
    ),
    "provider": Name("prestataire", "Agence d'ingénierie (fictive)", _given("provider")),
    "provider_contact": Name("qui demander chez le prestataire", "M. Conseil"),
    "provider_phone": Name("téléphone du prestataire", "05 00 00 00 03"),
    "provider_email": Name("courriel du prestataire", "agence@exemple.invalid"),
    "accepts": Name("vrai si le prestataire accepte, faux s'il décline", sample=True, told=_accepts),
    "advice": Name("conseil donné", "Commencez par un relevé de la charpente.", _given("advice")),
    "operator": Name("opérateur de l'État", "Opérateur fictif", _given("operator")),
    "mechanism": Name("dispositif de l'opérateur", "Accompagnement d'essai", _given("mechanism")),
    "intermediary": Name("par l'intermédiaire de qui", "Antenne d'essai", _given("intermediary")),
    "grounds": Name(
        "motifs de la saisine de l'ANCT", ("fragilité de la collectivité", "ingénierie rare"), _label("grounds", list)
    ),
    "justification": Name(
        "justification de la saisine", "Aucun prestataire d'ici ne connaît ces charpentes.", _given("justification")
    ),
    "below_target_reason": Name(
        "pourquoi sous l'objectif", "Projet sans équivalent dans l'année.", _given("below_target_reason")
    ),
    "share": Name("part locale après l'orientation", percent(0.889), _share),
    "instrument": Name("instrument de l'appui national", "marché à bons de commande", _label("instrument")),
    "contractor": Name("prestataire retenu par l'ANCT", "Bureau d'études (fictif)", _given("contractor")),
    "estimate": Name("montant estimé", euros(3_000_000), _cents("estimate_cents")),
    "amount": Name("montant de la convention", euros(3_000_000), _fact_cents("convention.amount_cents")),
    "covered": Name("part prise en charge", euros(2_400_000), _fact_cents("shares.covered_cents")),
    "applicant_share": Name("part qui reste à la collectivité", euros(600_000), _fact_cents("shares.applicant_cents")),
    "signers": Name("parties de la convention", ("L'État", "Exemple-sur-Sèvre"), _signers),
    "missing": Name("parties qui n'ont pas encore signé", ("Exemple-sur-Sèvre",), _missing),
    "committed_amount": Name("montant engagé", euros(2_400_000), _fact_cents("commitment.amount_cents")),
    "signed_on": Name("jour de signature de l'ORT", day_in_words(date(2026, 2, 28)), _day("signed_on")),
    "result": Name("résultat de la demande achevée", "atteint", _label("result")),
    "completed_on": Name("jour d'achèvement", day_in_words(date(2026, 6, 30)), _day("completed_on")),
    "outside": Name("vrai pour qui n'est pas du service", sample=True, always=True),
    "for_applicant": Name("vrai pour la collectivité qui demande", sample=True, always=True),
    "contact": Name(
        "qui suit la demande : l'agent référent, sinon le service",
        "Mme Exemple",
        lambda on: on.case.assignee,
        always=True,
    ),
    "contact_phone": Name("téléphone direct de qui suit la demande", "05 00 00 00 01"),
    "contact_email": Name("courriel de qui suit la demande", "m.exemple@exemple.invalid"),
    "contact_hours": Name(
        "heures où appeler", f"du lundi au vendredi, de {hour_in_words(time(9))} à {hour_in_words(time(12))}"
    ),
    "service": Name("nom du service", "Le service d'appui en ingénierie", always=True),
    "link": Name("adresse où suivre la demande", "https://appui.exemple.invalid/suivi"),
}
"""Everything that a template may name, in the order of the reference."""

_ALWAYS = {name: each.told for name, each in NAMES.items() if each.always and each.told is not None}
_SOMETIMES = {name: each.told for name, each in NAMES.items() if not each.always and each.told is not None}


def samples(*, only_always: bool = False) -> dict[str, Any]:
    """Return the values of a fictive message; `only_always`: as if nothing else were known."""
    return {name: each.sample if each.always or not only_always else None for name, each in NAMES.items()}

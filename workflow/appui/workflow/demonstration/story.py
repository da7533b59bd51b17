"""The story: what happens in the demonstration, as a table of steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from appui.workflow.demonstration.cast import AGENCY, AGENT, CONTACT, DELEGATE, DEPUTY, FICTIVE_SIREN

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n%%EOF\n"
DELIVERABLE = "Étude de reconversion de l'ancienne école (document fictif de la démonstration).\n".encode()


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One thing that somebody does, or tries to do."""

    on: date
    """Local day."""
    by: str
    """Identifier of the person."""
    action: str
    data: Mapping[str, Any] = field(default_factory=dict)
    """As the action takes them; « @nom » stands for the document of that name."""
    tells: str
    """One or two sentences, French."""
    refused: bool = False
    """Whether the engine is expected to say no."""
    attaches: tuple[str, bytes] | None = None
    """A document to put on the case first: name, content."""
    why_not: tuple[str, ...] = ()
    """Actions of which to say, afterwards, why they are not possible."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Chapter:
    """One request, from its reception to its end."""

    heading: str
    title: str
    """Of the request."""
    steps: tuple[Step, ...]
    """The first one opens the case."""


SHORT_WAY = Chapter(
    heading="1. La voie courte : une réponse locale, donnée au téléphone",
    title="Accessibilité de la salle des fêtes",
    steps=(
        Step(
            on=date(2026, 3, 2),
            by=AGENT,
            action="open",
            data={
                "need": "Savoir par où commencer pour rendre la salle des fêtes accessible.",
                "themes": ["access_to_services"],
                "channel": "phone",
                "contact": CONTACT,
                "works_design": False,
            },
            tells="La secrétaire de mairie appelle. M. Agent enregistre la demande pendant l'appel.",
            why_not=("route_national",),
        ),
        Step(
            on=date(2026, 3, 2),
            by=AGENT,
            action="answer_locally",
            data={
                "provider": "conseil-fictif",
                "how": "téléphone",
                "single_contact": AGENT,
                "advice": "Une visite sur place, puis un diagnostic en une page.",
            },
            tells="Un second appel suffit : un prestataire accepte. Un seul formulaire dit tout : qui, comment, quand, "
            "quel interlocuteur.",
        ),
        Step(
            on=date(2026, 3, 6),
            by=AGENT,
            action="complete",
            data={"result": "achieved"},
            tells="La visite a eu lieu. La demande est suivie jusqu'à son terme.",
        ),
    ),
)

_AMOUNT = 1_200_000
_PARTIES = [
    {"id": "state", "name": "L'État", "email": "m.prefet@exemple.invalid"},
    {"id": "mairie", "name": "Exemple-sur-Sèvre (commune fictive)", "email": "mairie@exemple.invalid"},
]

NATIONAL_WAY = Chapter(
    heading="2. La voie nationale : quand personne ne peut répondre sur place",
    title="Reconversion de l'ancienne école",
    steps=(
        Step(
            on=date(2026, 3, 9),
            by=AGENT,
            action="open",
            data={
                "need": "Trouver un usage à l'ancienne école, fermée, au milieu du bourg.",
                "themes": ["territory_project", "ecological_transition"],
                "channel": "letter",
                "contact": CONTACT,
                "works_design": False,
            },
            tells="Une lettre du maire arrive au guichet.",
        ),
        Step(
            on=date(2026, 3, 11),
            by=AGENT,
            action="ask_completion",
            data={"items": ["plan du bâtiment", "délibération du conseil"], "due_on": "2026-03-27"},
            tells="Il manque deux pièces. Le délai de première réponse s'arrête tant qu'elles ne sont pas là.",
        ),
        Step(
            on=date(2026, 3, 18),
            by=AGENT,
            action="provide_completion",
            data={"answer": "Plan et délibération reçus par courriel."},
            tells="Les pièces arrivent. Le délai reprend, et les jours d'arrêt ne comptent pas.",
        ),
        Step(
            on=date(2026, 3, 19),
            by=AGENT,
            action="start_scoping",
            data={"case_officer": AGENT},
            tells="M. Agent prend la demande en charge.",
        ),
        Step(
            on=date(2026, 3, 20),
            by=AGENT,
            action="schedule_framing",
            data={
                "starts_at": "2026-03-26T10:00+01:00",
                "place": "Mairie d'Exemple-sur-Sèvre",
                "participants": [{"name": "M. le Maire (fictif)", "email": "maire@exemple.invalid"}],
            },
            tells="La réunion de cadrage est fixée au 26 mars, en mairie.",
        ),
        Step(
            on=date(2026, 3, 26),
            by=AGENT,
            action="record_framing",
            data={"outcome": "need_confirmed", "minutes": "Le besoin est une étude d'usages, sans maîtrise d'œuvre."},
            tells="La réunion a lieu. Le besoin est confirmé.",
        ),
        Step(
            on=date(2026, 3, 27),
            by=AGENT,
            action="consult_providers",
            data={"providers": ["agence-fictive", "conseil-fictif", "bureau-fictif"]},
            tells="Trois prestataires du département sont sollicités.",
        ),
        Step(
            on=date(2026, 4, 1),
            by=DEPUTY,
            action="route_national",
            data={"grounds": ["fragility", "local_shortage"], "justification": "Aucun agent technique en mairie."},
            tells="Mme Déléguée voudrait saisir l'ANCT sans attendre les réponses.",
            refused=True,
        ),
        Step(
            on=date(2026, 4, 2),
            by=AGENT,
            action="record_answer",
            data={"provider": "agence-fictive", "accepts": False, "reason": "Pas de disponibilité avant un an."},
            tells="Premier refus.",
        ),
        Step(
            on=date(2026, 4, 7),
            by=AGENT,
            action="record_answer",
            data={"provider": "conseil-fictif", "accepts": False, "reason": "Hors de ses missions."},
            tells="Deuxième refus.",
        ),
        Step(
            on=date(2026, 4, 21),
            by=DEPUTY,
            action="route_national",
            data={"grounds": ["local_shortage"], "justification": "Deux refus, une absence de réponse."},
            tells="Le troisième prestataire n'a pas répondu à temps : la recherche locale est close. Mais les motifs "
            "sont incomplets, et l'orientation ferait passer la part locale sous l'objectif.",
            refused=True,
        ),
        Step(
            on=date(2026, 4, 21),
            by=DEPUTY,
            action="route_national",
            data={
                "grounds": ["fragility", "local_shortage"],
                "justification": "Commune de 400 habitants sans agent technique ; deux refus, une absence de réponse.",
                "below_target_reason": "Deuxième demande de l'année seulement ; aucune ingénierie locale disponible.",
            },
            tells="Mme Déléguée complète les motifs et écrit pourquoi. L'objectif avertit, il n'interdit pas ; "
            "le délégué en est informé.",
        ),
        Step(
            on=date(2026, 5, 4),
            by=DEPUTY,
            action="accept_national",
            data={"instrument": "call_off_contract", "estimate_cents": _AMOUNT},
            tells="L'appui est accordé, sur le marché à bons de commande.",
        ),
        Step(
            on=date(2026, 5, 11),
            by=AGENT,
            action="draft_convention",
            data={"amount_cents": _AMOUNT, "coverage_rate": "1", "parties": _PARTIES},
            tells="M. Agent rédige la convention, mais la commune a été saisie à la main.",
            refused=True,
        ),
        Step(
            on=date(2026, 5, 11),
            by=AGENT,
            action="correct",
            data={
                "what": "applicant.siren",
                "value": FICTIVE_SIREN,
                "reason": "SIREN fictif, pour la démonstration : il n'appartient à personne.",
            },
            tells=f"Il ajoute le SIREN de la commune : {FICTIVE_SIREN}, un SIREN fictif. Rien n'est effacé, "
            "une écriture s'ajoute au journal.",
        ),
        Step(
            on=date(2026, 5, 11),
            by=AGENT,
            action="draft_convention",
            data={
                "amount_cents": _AMOUNT,
                "coverage_rate": "1",
                "covered_cents": 900_000,
                "applicant_cents": 200_000,
                "parties": _PARTIES,
            },
            tells="Premier projet : les montants ne tombent pas juste.",
            refused=True,
        ),
        Step(
            on=date(2026, 5, 12),
            by=AGENT,
            action="draft_convention",
            data={"amount_cents": _AMOUNT, "coverage_rate": "1", "parties": _PARTIES},
            tells="Second projet : 12 000 €, pris en charge à 100 % (commune de moins de 3 500 habitants).",
        ),
        Step(
            on=date(2026, 5, 13),
            by=AGENT,
            action="send_for_signature",
            data={"document": "@convention.pdf"},
            attaches=("convention.pdf", PDF),
            tells="La convention part à la signature, avec son document.",
        ),
        Step(
            on=date(2026, 5, 27),
            by=AGENT,
            action="sign",
            data={"party": "mairie", "on_paper": True},
            tells="L'exemplaire signé du maire revient par la poste.",
            why_not=("commit_funds",),
        ),
        Step(
            on=date(2026, 6, 2),
            by=DELEGATE,
            action="sign",
            data={"party": "state"},
            tells="Le préfet signe à son tour : la convention est signée par tous.",
        ),
        Step(
            on=date(2026, 6, 9),
            by=AGENCY,
            action="commit_funds",
            data={"amount_cents": _AMOUNT},
            tells="L'ANCT engage les crédits, dans l'enveloppe de l'année.",
        ),
        Step(
            on=date(2026, 6, 15),
            by=AGENT,
            action="start_service",
            tells="La prestation est commandée.",
        ),
        Step(
            on=date(2026, 9, 15),
            by=AGENT,
            action="accept_deliverable",
            data={"document": "@etude.txt"},
            attaches=("etude.txt", DELIVERABLE),
            tells="L'étude est remise, relue et acceptée.",
        ),
        Step(
            on=date(2026, 9, 22),
            by=AGENT,
            action="complete",
            data={"result": "achieved"},
            tells="La demande s'achève, avec son résultat.",
        ),
    ),
)

CHAPTERS = (SHORT_WAY, NATIONAL_WAY)

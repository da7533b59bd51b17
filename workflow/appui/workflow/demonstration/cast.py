"""The cast: people, providers and a commune that do not exist, for the demonstration."""

from __future__ import annotations

from appui.states.actor import Grant
from appui.states.applicant import ApplicantByHand
from appui.workflow.people import Person
from appui.workflow.providers import Provider

DEPARTMENT = "79"
TERRITORY = f"department:{DEPARTMENT}"

AGENT, DEPUTY, DELEGATE, AGENCY = "agent", "deleguee", "prefet", "anct"

PEOPLE = (
    Person(
        AGENT,
        "M. Agent",
        "m.agent@exemple.invalid",
        "05 00 00 00 01",
        (Grant("intake_officer", TERRITORY), Grant("case_officer", TERRITORY)),
    ),
    Person(DEPUTY, "Mme Déléguée", "mme.deleguee@exemple.invalid", None, (Grant("deputy_delegate", TERRITORY),)),
    Person(DELEGATE, "M. Préfet", "m.prefet@exemple.invalid", None, (Grant("delegate", TERRITORY),)),
    Person(AGENCY, "Mme Mission", "mme.mission@exemple.invalid", None, (Grant("anct_officer", TERRITORY),)),
)

PROVIDERS = (
    Provider("agence-fictive", "Agence départementale (fictive)", "agence", (), (TERRITORY,), "agence@exemple.invalid"),
    Provider("conseil-fictif", "Conseil en architecture (fictif)", "CAUE", (), (TERRITORY,), "conseil@exemple.invalid"),
    Provider("bureau-fictif", "Bureau d'études (fictif)", "bureau", (), (TERRITORY,), "bureau@exemple.invalid"),
)

COMMUNE = ApplicantByHand("Exemple-sur-Sèvre (commune fictive)", "commune", DEPARTMENT, population=400)
FICTIVE_SIREN = "000000000"
"""Its key is right and it belongs to nobody."""

CONTACT = {"name": "Secrétariat de mairie", "email": "mairie@exemple.invalid", "phone": "05 00 00 00 02"}

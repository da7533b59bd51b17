"""Who acts in the tests of the engine, on which engine, and with which data."""

from datetime import UTC, datetime

from appui.workflow import Act, Actor, Engine, Grant, OpenCase, Settings
from appui.workflow.clock import ManualClock
from appui.workflow.config import Database, Documents, Envelope

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
HERE = "department:79"
DESK = Actor("desk", "Guichet", grants=(Grant("intake_officer", HERE),))
OFFICER = Actor("agent", "M. Agent", grants=(Grant("case_officer", HERE),))
DEPUTY = Actor("deputy", "Mme Déléguée", grants=(Grant("deputy_delegate", HERE),))
PREFECT = Actor("prefect", "M. Préfet", grants=(Grant("delegate", HERE),))
AGENCY = Actor("agency", "Mme Mission", grants=(Grant("anct_officer", "nation"),))
STRANGER = Actor("stranger", "M. Ailleurs", grants=(Grant("deputy_delegate", "department:01"),))
REQUEST = {
    "need": "Que faire de la friche du bourg ?",
    "channel": "email",
    "works_design": False,
    "contact": {"name": "Mme Secrétaire", "email": "mairie@exemple.invalid"},
    "received_on": "2026-02-27",
}
DOCUMENT = b"%PDF-1.4\n%%EOF"
COMMUNE = "79109"
"""INSEE code of the applicant in tests; nothing is said about the real commune."""


def engine_on(url, folder, *, kind=Engine, clock=None, envelopes=(), **options):
    """Return an engine on that base, at `START` unless another clock is given, of another `kind` if asked."""
    settings = Settings(
        database=Database(url=url, busy_timeout_seconds=60),
        documents=Documents(folder=folder),
        envelopes=[Envelope(**each) for each in envelopes],
    )
    return kind(settings, clock=clock or ManualClock(START), **options)


def opened(engine, actor=OFFICER, *, connection=None, **changes):
    """Open a case and return it."""
    command = OpenCase("engineering_request", COMMUNE, "Friche du bourg", {**REQUEST, **changes})
    return engine.open(command, actor=actor, connection=connection)


def signed(engine):
    """Return a case whose convention everybody has signed."""
    case = opened(engine)
    piece = engine.attach(case.id, "convention.pdf", DOCUMENT, actor=OFFICER).id
    parties = [{"id": "state", "name": "L'État"}]
    for action, data, actor in (
        ("start_scoping", {"case_officer": "agent"}, OFFICER),
        ("record_framing", {"outcome": "need_confirmed"}, OFFICER),
        ("consult_providers", {"none_exists": True, "reason": "Personne"}, OFFICER),
        (
            "route_national",
            {"grounds": ["rare_engineering"], "justification": "Rare", "below_target_reason": "Rare"},
            DEPUTY,
        ),
        ("accept_national", {"instrument": "grant"}, DEPUTY),
        ("draft_convention", {"amount_cents": 30_000, "coverage_rate": "0.50", "parties": parties}, OFFICER),
        ("send_for_signature", {"document": piece}, OFFICER),
        ("sign", {"party": "state"}, PREFECT),
    ):
        case = engine.act(Act(case.id, action, data, case.version), actor=actor)
    return case

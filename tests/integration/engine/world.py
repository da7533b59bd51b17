"""People, bodies and data with which cases live through an engine."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from appui.states.actor import ROLES, Actor, Grant
from appui.states.case import Case
from appui.states.errors import AppuiError
from appui.workflow.clock import ManualClock
from appui.workflow.commands import Act, OpenCase
from appui.workflow.db.tables import METADATA
from appui.workflow.engine import Engine

START = datetime(2026, 3, 3, 9, tzinfo=UTC)
RECEIVED = {2020: "2021-03-02", 2024: "2026-03-02"}
VILLAGE = "79001"
"""L'Absie: 1,047 inhabitants, arrondissement of Bressuire, CA du Bocage Bressuirais."""
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"
REQUEST = {
    "need": "Réhabiliter une friche",
    "channel": "phone",
    "works_design": False,
    "contact": {"name": "M. Maire", "email": "mairie@exemple.fr"},
}
PARTIES = [{"id": "state", "name": "L'État"}, {"id": "mairie", "name": "La commune", "email": "mairie@exemple.fr"}]

_TERRITORIES = {"applicant": f"commune:{VILLAGE}", "provider": "nation", "anct_officer": "region:75"}
ACTORS = {
    role: Actor(role, f"Prénom {role}", grants=(Grant(role, _TERRITORIES.get(role, "department:79")),))
    for role in ROLES
} | {"provider": Actor("caue", "Le CAUE", grants=(Grant("provider", "nation"),))}
"""Role → somebody who holds it, and nothing else, on the cases of the village (the provider once it is asked)."""
AGENT, DEPUTY, DELEGATE, OFFICER = (
    ACTORS[role] for role in ("case_officer", "deputy_delegate", "delegate", "anct_officer")
)
STRANGER = Actor("ailleurs", "A. Ailleurs", grants=(Grant("delegate", "department:01"),))

ENOUGH: dict[str, dict[str, Any]] = {
    "ask_completion": {"items": ["Plan cadastral"]},
    "provide_completion": {"answer": "Le voici"},
    "start_scoping": {"case_officer": AGENT.id},
    "declare_ineligible": {"ground": "out_of_scope", "reason": "Hors du champ"},
    "schedule_framing": {"starts_at": "2026-04-10T10:00+02:00", "place": "Mairie"},
    "reschedule_framing": {"starts_at": "2026-04-11T10:00+02:00", "place": "Mairie"},
    "cancel_framing": {},
    "record_framing": {"outcome": "need_confirmed"},
    "consult_providers": {"providers": ["caue"]},
    "record_answer": {"provider": "caue", "accepts": False},
    "answer_locally": {"provider": "caue", "how": "téléphone"},
    "route_local": {"provider": "caue", "single_contact": AGENT.id},
    "route_operator": {"operator": "CEREMA"},
    "route_national": {
        "grounds": ["fragility", "local_shortage"],
        "justification": "Personne ici",
        "below_target_reason": "Rien d'autre cette année",
    },
    "reroute": {"reason": "Le prestataire s'est désisté"},
    "accept_national": {"instrument": "call_off_contract"},
    "refuse_national": {"reason": "Pas prioritaire"},
    "draft_convention": {"amount_cents": 1_000_001, "coverage_rate": "1", "parties": PARTIES},
    "send_for_signature": {"document": "@document"},
    "revise_convention": {"reason": "Une coquille"},
    "sign": {"party": "mairie"},
    "commit_funds": {"amount_cents": 1_000_001},
    "start_service": {},
    "accept_deliverable": {"document": "@document"},
    "complete": {"result": "achieved"},
    "refuse": {"reason": "Non"},
    "withdraw": {"reason": "Nous renonçons"},
    "drop": {"reason": "Sans nouvelles"},
    "suspend": {"reason": "Élections"},
    "resume": {},
    "reopen": {"reason": "Du nouveau"},
    "extend_deadline": {"deadline": "first_answer", "until": "2026-12-31", "reason": "Le conseil est en congé"},
    "assign": {"assignee": "collegue"},
    "comment": {"text": "Vu au téléphone"},
    "attach": {"document": "@document"},
    "share": {"department": "86"},
    "correct": {"what": "title", "value": "Friche du centre", "reason": "Mal noté"},
    "undo": {"reason": "Erreur"},
}
"""Action → data that are enough for it; `@document` is a file attached to the case on the spot."""

TO_CONVENTION = (
    "start_scoping",
    "record_framing",
    "consult_providers",
    "record_answer",
    "route_national",
    "accept_national",
    "draft_convention",
    "send_for_signature",
)


class Desk:
    """Leads cases through an engine, each action by somebody whose role permits it."""

    def __init__(self, engine: Engine, clock: ManualClock) -> None:
        self.engine = engine
        self.clock = clock

    @property
    def today(self) -> date:
        """The day at the desk."""
        return self.clock().date()

    def open(
        self, regime: int = 2024, *, applicant: Any = VILLAGE, title: str = "Friche", actor: Actor = AGENT, **data: Any
    ) -> Case:
        """Register a request received under that regime."""
        given = {**REQUEST, "received_on": RECEIVED[regime], **data}
        return self.engine.open(OpenCase("engineering_request", applicant, title, given), actor=actor)

    def act(self, case: Case, action: str, data: Any = None, *, actor: Actor | None = None, days: int = 0) -> Case:
        """Do it, `days` later, with data that are enough unless others are given."""
        self.clock.advance(timedelta(days=days))
        given = self.filled(case, ENOUGH[action] if data is None else data)
        return self.engine.act(Act(case.id, action, given, case.version), actor=actor or self.able(case, action, given))

    def through(self, case: Case, *actions: str) -> Case:
        """Do one action after another, a day apart."""
        for action in actions:
            case = self.act(case, action, days=1)
        return case

    def signed(self, regime: int = 2024, **opening: Any) -> Case:
        """Return a case whose convention everybody has signed."""
        case = self.through(self.open(regime, **opening), *TO_CONVENTION)
        for party in ("state", "mairie"):
            case = self.act(case, "sign", {"party": party, "on_paper": True}, actor=AGENT)
        return case

    def able(self, case: Case, action: str, data: Any) -> Actor:
        """Return somebody whose role permits the action."""
        roles = self.engine.library.get(case.procedure, case.procedure_version).actions[action].roles
        if action == "sign" and data.get("on_paper"):
            return AGENT
        return next(ACTORS[role] for role in (*("case_officer", "deputy_delegate"), *roles) if role in roles)

    def filled(self, case: Case, data: Any) -> Any:
        """Return the data with a file of the case where they ask for one."""
        if not isinstance(data, dict) or data.get("document") != "@document":
            return data
        return {**data, "document": self.attach(case).id}

    def attach(self, case: Case, name: str = "rapport.pdf", content: bytes = PDF) -> Any:
        """Attach a file to the case."""
        return self.engine.attach(case.id, name, content, actor=DEPUTY)

    def written(self) -> dict[str, list[str]]:
        """Return all that the base holds, table by table."""
        with self.engine.database.sa_reading() as connection:
            return {
                table.name: sorted(repr(tuple(row)) for row in connection.execute(select(table)))
                for table in METADATA.sorted_tables
            }


def refusal(call: Any) -> AppuiError:
    """Return the error that the call raises, which is one of ours and speaks French to a person."""
    try:
        found = call()
    except AppuiError as error:
        text = str(error)
        assert text.endswith((".", "?", "…")), f"no sentence: {text!r}"
        assert error.code != "error", text
        return error
    raise AssertionError(f"nothing was refused: {found!r}")

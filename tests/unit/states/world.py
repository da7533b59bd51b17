"""A case to play with: a situation, its journal, and actions taken on it for real."""

import tomllib
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from typing import Any

from appui.notifications.notices import notices
from appui.states.actor import ROLES, Actor
from appui.states.applicant import Applicant
from appui.states.calendar import Calendar
from appui.states.case import Case, Entry, effective
from appui.states.effects import BUILT_IN
from appui.states.errors import ActionRefused, InvalidData
from appui.states.events import Undone
from appui.states.functions import Functions, Situation
from appui.states.library import shipped
from appui.states.machine import Decision, decide, refusals_of
from appui.states.opening import UnderWay, blank_case, import_case, open_case
from appui.states.procedure import Procedure

LIBRARY = shipped(BUILT_IN, notices=list(notices()))
REGIMES = {2020: LIBRARY.get("engineering_request", 1), 2024: LIBRARY.get("engineering_request", 2)}
SHIPPED = {
    version: tomllib.loads(
        (files("appui.states") / f"procedures/engineering_request_{version}.toml").read_text("utf-8")
    )
    for version in (1, 2)
}
"""Version → what its file says, `extends` not resolved."""
NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)
RECEIVED = {2020: date(2021, 3, 2), 2024: date(2026, 3, 2)}
VILLAGE = Applicant(
    name="Exemple-sur-Sèvre", kind="commune", department="79", code="79999", population=400, population_year=2025
)
OFFICER = Actor("agent", "A. Gent")
REQUEST = {
    "need": "Réhabiliter une friche",
    "channel": "phone",
    "works_design": False,
    "contact": {"name": "M. Maire", "email": "mairie@exemple.fr"},
}
PARTIES = [{"id": "state", "name": "L'État"}, {"id": "mairie", "name": "La commune", "email": "mairie@exemple.fr"}]

ENOUGH: dict[str, dict[str, Any]] = {
    "ask_completion": {"items": ["Plan cadastral"]},
    "provide_completion": {"answer": "Le voici"},
    "start_scoping": {"case_officer": "agent"},
    "declare_ineligible": {"ground": "out_of_scope", "reason": "Hors du champ"},
    "schedule_framing": {"starts_at": "2026-04-10T10:00+02:00", "place": "Mairie"},
    "reschedule_framing": {"starts_at": "2026-04-11T10:00+02:00", "place": "Mairie"},
    "cancel_framing": {},
    "record_framing": {"outcome": "need_confirmed"},
    "consult_providers": {"providers": ["caue"]},
    "record_answer": {"provider": "caue", "accepts": False},
    "answer_locally": {"provider": "caue", "how": "téléphone"},
    "route_local": {"provider": "caue", "single_contact": "agent"},
    "route_operator": {"operator": "CEREMA"},
    "route_national": {"grounds": ["fragility", "local_shortage"], "justification": "Personne ici"},
    "reroute": {"reason": "Le prestataire s'est désisté"},
    "accept_national": {"instrument": "call_off_contract"},
    "refuse_national": {"reason": "Pas prioritaire"},
    "draft_convention": {"amount_cents": 1_000_001, "coverage_rate": "1", "parties": PARTIES},
    "send_for_signature": {"document": "convention"},
    "revise_convention": {"reason": "Une coquille"},
    "sign": {"party": "mairie"},
    "commit_funds": {"amount_cents": 1_000_001},
    "start_service": {},
    "accept_deliverable": {"document": "rapport"},
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
    "attach": {"document": "plan"},
    "share": {"department": "86"},
    "correct": {"what": "title", "value": "Friche du centre", "reason": "Mal noté"},
    "undo": {"reason": "Erreur"},
}
"""Action → data that are enough for it."""


class World:
    """One case and its journal. `act` moves time on and keeps what the action made of the case."""

    def __init__(
        self,
        procedure: Procedure,
        *,
        applicant: Applicant = VILLAGE,
        now: datetime = NOW,
        calendar: Calendar | None = None,
        functions: Functions = BUILT_IN,
    ) -> None:
        self.functions = functions
        self.journal: list[Entry] = []
        self.past: list[Case] = []
        self.departed: list[str] = []
        self.decision: Decision | None = None
        self.facts: dict[str, Any] = {
            "routed": {"local": 9, "national": 0},
            "envelope": None,
            "documents": {"rapport"},
            "departments": {"79", "86"},
        }
        self.blank = Situation(
            procedure=procedure,
            case=blank_case("case-1", procedure, applicant, "Friche", now),
            actor=OFFICER,
            roles=frozenset(ROLES),
            now=now,
            calendar=calendar or Calendar(),
        )
        self.case = self.blank.case
        self.now = now

    @property
    def procedure(self) -> Procedure:
        """The procedure that the case follows."""
        return self.blank.procedure

    @property
    def today(self) -> date:
        """The local day."""
        return self.situation().today

    def situation(self, *, roles: Iterable[str] = ROLES, actor: Actor = OFFICER) -> Situation:
        """Return what named functions may look at, now."""
        facts = {**self.facts, "journal": list(self.journal), "last_action": self.last_action}
        return replace(self.blank, case=self.case, now=self.now, roles=frozenset(roles), actor=actor, facts=facts)

    @property
    def last_action(self) -> dict[str, Any] | None:
        """The last action that still counts, an opening and an undoing left out."""
        counting = [
            entry
            for entry in effective(self.journal)
            if entry.seq > 1 and not any(isinstance(event, Undone) for event in entry.events)
        ]
        last = counting[-1] if counting else None
        if last is None:
            return None
        return {
            "seq": last.seq,
            "action": last.action,
            "actor_id": last.actor_id,
            "departed": list(self.departed),
        }

    def open(self, **data: Any) -> "World":
        """Register the request as a person does, and return this world."""
        given = {**REQUEST, "received_on": self.today.isoformat(), **data}
        return self._keep(open_case(self.blank, self.functions, given, reference="79-2026-0001"))

    def import_in(self, state: str, *, data: Any = None, known_on: date | None = None, **words: Any) -> "World":
        """Bring the case in as a spreadsheet knows it, and return this world."""
        under_way = UnderWay(state=state, known_on=known_on or self.today, **words)
        return self._keep(import_case(self.blank, self.functions, data or {}, under_way, reference="79-2026-0001"))

    def act(self, name: str, data: Any = None, *, days: int = 1, **who: Any) -> Decision:
        """Take an action `days` later, with data that are enough unless others are given."""
        self.now += timedelta(days=days)
        decision = decide(self.situation(**who), self.functions, name, ENOUGH[name] if data is None else data)
        self._keep(decision)
        return decision

    def refusals(self, name: str, data: Any = None, **who: Any) -> list[str]:
        """Return the names of what refuses the action, in order; a fault of shape counts by its path."""
        try:
            decide(self.situation(**who), self.functions, name, ENOUGH[name] if data is None else data)
        except ActionRefused as refusal:
            return [each.code for each in refusal.refusals]
        except InvalidData as refusal:
            return [each.code for each in refusal.refusals] or [path for path, _ in refusal.errors]
        return []

    def permitted(self) -> list[str]:
        """Return the actions that no guard refuses, whatever their data."""
        situation = self.situation()
        return [
            action.name
            for action in self.procedure.actions.values()
            if action.name != "open" and not refusals_of(situation, self.functions, action)
        ]

    def _keep(self, decision: Decision) -> "World":
        self.decision, self.case = decision, decision.case
        self.journal.append(decision.entry)
        self.past.append(decision.case)
        return self


def opened(regime: int = 2024, **data: Any) -> World:
    """Return a request that was registered the usual way, on its day of reception."""
    day = RECEIVED[regime]
    return World(REGIMES[regime], now=datetime(day.year, day.month, day.day, 9, tzinfo=UTC)).open(**data)


def found_in(state: str, regime: int = 2024, **words: Any) -> World:
    """Return a request that an import found in that state."""
    return World(REGIMES[regime]).import_in(state, **words)


def played(regime: int, *actions: str | tuple[str, Any]) -> World:
    """Return a request that was registered and went through these actions, a day apart."""
    world = opened(regime)
    for action in actions:
        name, data = action if isinstance(action, tuple) else (action, None)
        world.act(name, data)
    return world

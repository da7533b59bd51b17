"""Lives: models of cases, led from their opening to the end or to the present by the machine, as the engine does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from appui.notifications.message import CANCELLED, QUEUED, Message
from appui.notifications.notices import messages_for
from appui.states.actor import Actor
from appui.states.calendar import Calendar
from appui.states.case import Case, Entry
from appui.states.deadlines import Deadline
from appui.states.effects import BUILT_IN
from appui.states.events import Undone
from appui.states.functions import Situation
from appui.states.library import Library
from appui.states.machine import Decision, decide
from appui.states.opening import UnderWay, blank_case, import_case, open_case
from appui.states.procedure import Procedure
from bench.big import holes
from bench.big.holes import hole

PROCEDURE = "engineering_request"
SENT = "sent"
"""What the messages of other days have become."""
_ROLES = {
    "agent": "case_officer",
    "colleague": "case_officer",
    "desk": "intake_officer",
    "deputy": "deputy_delegate",
    "delegate": "delegate",
    "agency": "anct_officer",
}
ACTORS = {name: Actor(hole(name), hole(f"{name}_name")) for name in _ROLES}
_HOLDERS = {role: name for name, role in reversed(_ROLES.items())}
"""Who is written to when a role is."""
_RECALL = timedelta(minutes=10)
_ROUTED = {"local": 41, "operator": 3, "national": 4, "not_routed": 12}
"""What a model finds routed in its département: kept in the case « as it was known then »."""


class Unfinished(Exception):
    """The next step lies after the present day: the case is still open."""


@dataclass(frozen=True, kw_only=True)
class Model:
    """A life as it stands at the end, with holes for what tells its copies apart."""

    free: bool
    """Whether its applicant is covered in full."""
    opened_at: datetime
    procedure: Procedure
    case: Case
    entries: tuple[Entry, ...]
    deadlines: tuple[Deadline, ...]
    messages: tuple[Message, ...]
    documents: tuple[tuple[str, datetime], ...]
    """(identifier, when it was attached)."""
    imported: bool


class Life:
    """One case on its way."""

    def __init__(
        self, library: Library, calendar: Calendar, rng: Random, *, opened_on: date, today: date, free: bool
    ) -> None:
        self._library = library
        self._calendar = calendar
        self._rng = rng
        self._today = today
        self._free = free
        self._day = calendar.next_working(opened_on)
        self._imported = False
        self.case: Case = None  # type: ignore[assignment]  # until it is opened, at once
        self.entries: list[Entry] = []
        self._deadlines: dict[str, Deadline] = {}
        self._messages: list[Message] = []
        self._documents: dict[str, datetime] = {}

    @property
    def day(self) -> date:
        """The local day."""
        return self._day

    def wait(self, days: int) -> None:
        """Let days pass, up to a working one. Unfinished when that lies ahead."""
        day = self._calendar.next_working(self._day + timedelta(days=days))
        if day > self._today:
            raise Unfinished
        self._day = day

    def open(self, who: str, data: Mapping[str, Any]) -> None:
        """Register the request."""
        situation = self._opening(who)
        self._keep(open_case(situation, BUILT_IN, data, reference=holes.REFERENCE))

    def take_in(self, under_way: UnderWay, data: Mapping[str, Any]) -> None:
        """Import the request as it stands somewhere else."""
        self._imported = True
        situation = self._opening("agent")
        decision = import_case(situation, BUILT_IN, data, under_way, reference=holes.REFERENCE)
        self._keep(decision, quiet=True)

    def knows(self, action: str) -> bool:
        """Return whether the version of the procedure has that action: that of 2020 commits no funds."""
        return action in self._procedure.actions

    def takes(self, action: str) -> bool:
        """Return whether the action can be asked in the present state."""
        if action == "correct" and "need" not in self.case.data:
            return False
        return any(self.case.state in way.sources for way in self._procedure.actions[action].transitions)

    def act(self, action: str, who: str, data: Mapping[str, Any]) -> None:
        """Have it done today, by that person or by who may."""
        roles = self._procedure.actions[action].roles
        able = who if _ROLES[who] in roles else next(name for name, role in _ROLES.items() if role in roles)
        self._keep(decide(self._situation(able), BUILT_IN, action, data))

    def attach(self) -> str:
        """Return a file attached to the case."""
        name = hole(f"document{len(self._documents) + 1}")
        self._documents[name] = self.entries[-1].recorded_at
        return name

    def model(self) -> Model:
        """Return the life as it stands."""
        return Model(
            free=self._free,
            opened_at=self.entries[0].recorded_at,
            procedure=self._procedure,
            case=self.case,
            entries=tuple(self.entries),
            deadlines=tuple(self._deadlines.values()),
            messages=tuple(self._messages),
            documents=tuple(self._documents.items()),
            imported=self._imported,
        )

    @property
    def _procedure(self) -> Procedure:
        return self._library.get(self.case.procedure, self.case.procedure_version)

    def _opening(self, who: str) -> Situation:
        procedure = self._library.for_reception(PROCEDURE, self._day)
        applicant = holes.applicant(free=self._free, year=self._day.year)
        self.case = blank_case(holes.CASE_ID, procedure, applicant, holes.TITLE, self._moment())
        return self._situation(who)

    def _situation(self, who: str) -> Situation:
        last = self.entries[-1] if self.entries else None
        return Situation(
            procedure=self._procedure,
            case=self.case,
            actor=ACTORS[who],
            roles=frozenset({_ROLES[who]}),
            now=self._moment(),
            calendar=self._calendar,
            facts={
                "routed": _ROUTED,
                "envelope": None,
                "documents": self._documents.keys(),
                "provider_names": {},
                "departments": frozenset({holes.DEPARTMENT, holes.NEIGHBOUR}),
                "journal": self.entries,
                "last_action": last
                and {"seq": last.seq, "action": last.action, "actor_id": last.actor_id, "departed": []},
            },
        )

    def _moment(self) -> datetime:
        """Return an instant of today's working hours, after the last entry."""
        if self.entries and self._calendar.local_day(self.entries[-1].recorded_at) == self._day:
            return self.entries[-1].recorded_at + timedelta(minutes=self._rng.randint(1, 9))
        at = time(self._rng.randint(8, 15), self._rng.randint(0, 59), holes.SECOND, holes.MICROSECOND)
        return datetime.combine(self._day, at, self._calendar.zone).astimezone(UTC)

    def _keep(self, decision: Decision, *, quiet: bool = False) -> None:
        entry = decision.entry
        for event in entry.events:
            if isinstance(event, Undone):
                self._messages = [
                    replace(each, status=CANCELLED) if each.seq == event.seq else each for each in self._messages
                ]
        if not quiet:
            self._messages += self._told(decision)
        self.entries.append(replace(entry, hash=hole(f"hash{entry.seq}")))
        self.case = replace(decision.case, head=hole(f"hash{entry.seq}"))
        self._deadlines |= {each.key: each for each in decision.deadlines}

    def _told(self, decision: Decision) -> list[Message]:
        """Return what the decision has people told: those of today wait, all others have left."""
        keys = self._procedure.actions[decision.entry.action].notices
        not_before = decision.entry.recorded_at + _RECALL
        found = messages_for(keys, decision, not_before=not_before, new_id=str)
        status = QUEUED if self._day == self._today else SENT
        addressed = (_addressed(each) for each in found)
        others = (each for each in addressed if each.recipient != f"person:{decision.entry.actor_id}")
        told = {(each.notice, each.email or each.recipient): replace(each, status=status) for each in others}
        return list(told.values())


def _addressed(message: Message) -> Message:
    """Return the message to who holds the role that it is for."""
    kind, _, role = message.recipient.partition(":")
    if kind != "role":
        return message
    name = _HOLDERS[role]
    return replace(message, recipient=f"person:{hole(name)}", name=hole(f"{name}_name"))

"""Work: what one actor does on one connection at one instant. The engine opens it; nothing here begins or commits."""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Any

from appui.notifications.data import Occasion, data_of
from appui.notifications.message import DEADLINES, Message
from appui.notifications.notices import messages_for
from appui.notifications.reminders import merged, reminders_for
from appui.notifications.template_files import Templates
from appui.states.actor import OUTSIDE_ROLES, Actor
from appui.states.calendar import Calendar
from appui.states.case import Case
from appui.states.deadlines import deadlines_of
from appui.states.errors import CaseNotFound, InvalidData, NotAllowed, StaleCase
from appui.states.events import Undone
from appui.states.fields import day_in
from appui.states.functions import Functions, Situation
from appui.states.local_share import LocalShare, local_share, moved, place_of, rule_of
from appui.states.machine import Decision, action_of, decide, needs_for_act, references_in
from appui.states.procedure import Action, Procedure
from appui.states.reminders import Due
from appui.states.values import changed
from appui.workflow import facts as outside
from appui.workflow.authorization import (
    METROPOLIS,
    Holding,
    Permission,
    Standing,
    held_on,
    may,
    may_read,
    territories_of,
)
from appui.workflow.commands import Act
from appui.workflow.config import Settings
from appui.workflow.db.loading import FACTS, Loaded, References
from appui.workflow.db.store import Store
from appui.workflow.directory import check_actor, standing_of
from appui.workflow.journal import personal_names, seal
from appui.workflow.people import Holder
from appui.workflow.procedures import Procedures
from appui.workflow.recipients import settled
from appui.workflow.territories import shown

_IDENTIFIER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

_LAST_VERSION = 10**9
_NONE: References = MappingProxyType({})
UNDO = "undo"
"""The one action that recalls messages: it takes its own transaction."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tools:
    """What every piece of work shares: made once, with the engine."""

    settings: Settings
    store: Store
    functions: Functions
    procedures: Procedures
    templates: Templates
    host_facts: Mapping[str, outside.HostFact]
    directory: outside.Directory | None
    calendar: Callable[[str], Calendar]
    """Gives the calendar of a département, with the closed days of the configuration."""

    def may_need_lock(self, action: object) -> bool:
        """Return whether an action of that name does, by any procedure and version."""
        return action == UNDO or bool(self.procedures.foreseen(action).facts & outside.LOCKING)

    def needs_lock(self, action: Action) -> bool:
        """Return whether the action reads facts about several cases, or recalls messages: not for the fast path."""
        return action.name == UNDO or bool(needs_for_act(self.functions, action) & outside.LOCKING)


@dataclass(frozen=True, slots=True)
class AskedAction:
    """An action that the actor may ask, of a case at the version that they read."""

    case: Case
    procedure: Procedure
    action: Action
    permission: Permission
    data: object


class Work:
    """Reads and writes for one actor, at one instant."""

    def __init__(self, tools: Tools, raw: Any, actor: Actor, now: datetime, *, writing: bool) -> None:
        self.tools = tools
        self.raw = raw
        self.actor = actor
        self.now = now
        self.writing = writing
        self._looked_up: dict[str, tuple[Collection[str], set[str] | None]] = {}
        """Kind of reference → (identifiers that were asked, those that exist)."""
        self._beside: Mapping[str, Any] = {}
        """Facts that came with the case."""
        self._holders: list[Holder] | None = None
        """Who holds a role on the case on the metropolis's day, when they came with it."""
        self._standing: Standing | None = None
        self._kept: set[tuple[str, int]] = set()
        """Versions of procedures that this work has kept."""

    @property
    def standing(self) -> Standing:
        """The actor with every right that counts today (in metropolitan time: a grant begins and ends with its day)."""
        # No cached_property: until Python 3.12 it has one lock for all, and each thread would wait for others' queries.
        if self._standing is None:
            check_actor(self.actor)
            rights = self.tools.store.list_rights(self.raw, self.actor.id, self.today(METROPOLIS))
            self._standing = standing_of(self.actor, rights)
        return self._standing

    def today(self, department: str) -> date:
        """Return the local day in a département."""
        return self.tools.calendar(department).local_day(self.now)

    def next_reference(self, department: str) -> str:
        """Return the next reference of a département: « 79-2026-0001 », the year being that of the registration."""
        return self.tools.store.next_reference(self.raw, department, self.today(department).year)

    def holding(
        self,
        case_id: object,
        *,
        references: References = _NONE,
        facts: Collection[str] = (),
        holders: bool = False,
    ) -> Holding:
        """Return the case with what the actor holds on it. CaseNotFound when it does not exist or they may not see it.

        One answer for both. Which of `references` exist is read in the same SELECT, and those `facts` that can be, and
        the `holders` of roles.
        """
        check_actor(self.actor)
        loaded = self._load(str(case_id), references, facts, holders=holders) if is_identifier(case_id) else None
        holding = self.held_on(loaded.case) if loaded is not None else None
        if holding is None or not may_read(holding):
            raise CaseNotFound(shown(case_id, limit=60))
        return holding

    def _load(self, case_id: str, references: References, facts: Collection[str], *, holders: bool) -> Loaded | None:
        loaded = self.tools.store.load(
            self.raw,
            case_id,
            person_id=self.actor.id,
            day=self.today(METROPOLIS),
            references=references,
            facts=FACTS.intersection(facts).difference(self.tools.host_facts),
            holders=holders,
        )
        if loaded is not None:
            self._standing = standing_of(self.actor, loaded.rights)
            self._looked_up = {kind: (references[kind], loaded.existing[kind]) for kind in references}
            self._beside = loaded.facts
            self._holders = loaded.holders
        return loaded

    def holders(self, case: Case, roles: Collection[str]) -> list[Holder]:
        """Return who holds one of the roles on the case today, by name: substitutes for the absent."""
        today = self.today(case.department)
        if self._holders is not None and today == self.today(METROPOLIS):
            return [holder for holder in self._holders if holder.role in roles]
        return self.tools.store.people_holding(self.raw, roles, territories_of(case), today)

    def held_on(self, case: Case) -> Holding:
        """Return what the actor holds on a case today."""
        return held_on(self.standing, case, self.today(case.department))

    def readable(self, case_id: object) -> Case:
        """Return the case. CaseNotFound when it does not exist or the actor may not see it: one answer for both."""
        return self.holding(case_id).case

    def is_outside(self, case: Case) -> bool:
        """Return whether the actor reads the case only as its applicant or as a provider."""
        roles = self.held_on(case).roles
        return bool(roles) and roles <= OUTSIDE_ROLES

    def procedure(self, case: Case) -> Procedure:
        """Return the version that the case is pinned to."""
        return self.tools.procedures.pinned(self.raw, case)

    def keep(self, procedure: Procedure) -> None:
        """Keep the version with the case that is about to follow it."""
        version = (procedure.key, procedure.version)
        if version not in self._kept:
            self.tools.procedures.keep(self.raw, procedure, now=self.now)
            self._kept.add(version)

    def permission(self, action: Action, holding: Holding) -> Permission:
        """Return the actor's permission. NotAllowed, with its reason, when there is none."""
        permission = may(holding, action)
        if not permission.ok:
            raise NotAllowed(permission.text)
        return permission

    def situation(
        self, procedure: Procedure, case: Case, permission: Permission, facts: Mapping[str, Any]
    ) -> Situation:
        """Return all that named functions may look at."""
        return Situation(
            procedure=procedure,
            case=case,
            actor=self.actor,
            roles=permission.roles,
            now=self.now,
            calendar=self.tools.calendar(case.department),
            facts=facts,
            on_behalf_of=permission.on_behalf_of,
        )

    def facts(self, needed: Collection[str], case: Case, *, year: int | None = None) -> dict[str, Any]:
        """Return the outside facts of those names; those of a civil year are of `year`, by default the present one."""
        found = {name: self._beside[name] for name in needed if name in self._beside}
        further = [name for name in needed if name not in found]
        if not further:
            return found
        sources = outside.Sources(
            raw=self.raw,
            store=self.tools.store,
            settings=self.tools.settings,
            year=year or self.today(case.department).year,
            writing=self.writing,
        )
        hosts = self.tools.host_facts
        asked = {name: hosts[name](case) if name in hosts else outside.LOADERS[name](sources, case) for name in further}
        return found | asked

    def facts_for(self, action: Action, data: object, case: Case) -> dict[str, Any]:
        """Return all the outside facts that deciding the action needs, which references exist included."""
        facts = self.facts(needs_for_act(self.tools.functions, action), case, year=_year_in(action, data))
        references = references_in(action.references, data)
        if references:
            facts["known"] = {kind: self._existing(kind, ids, case) for kind, ids in references.items()}
        return facts

    def ask(self, command: Act) -> AskedAction:
        """Return the action asked, once the actor may ask it of the version that they read.

        Raises CaseNotFound, InvalidData (unknown action), NotAllowed, StaleCase (InvalidData when the version is none),
        in that order.
        """
        foreseen = self.tools.procedures.foreseen(command.action)
        references = references_in(foreseen.references, command.data)
        holding = self.holding(command.case_id, references=references, facts=foreseen.facts, holders=foreseen.holders)
        case = holding.case
        procedure = self.procedure(case)
        action = action_of(procedure, command.action)
        permission = self.permission(action, holding)
        expected: object = command.expected_version
        if not isinstance(expected, int) or isinstance(expected, bool) or not 0 <= expected <= _LAST_VERSION:
            raise InvalidData([("expected_version", "La version qui a été lue est attendue, un nombre entier.")])
        if expected != case.version:
            raise StaleCase(expected=expected, found=case.version)
        return AskedAction(case, procedure, action, permission, command.data)

    def decided(self, asked: AskedAction) -> Decision:
        """Return what the action makes of the case. Raises InvalidData or ActionRefused; nothing is written."""
        facts = self.facts_for(asked.action, asked.data, asked.case)
        situation = self.situation(asked.procedure, asked.case, asked.permission, facts)
        return decide(situation, self.tools.functions, asked.action.name, asked.data)

    def write(self, procedure: Procedure, decision: Decision, *, notices: Iterable[str]) -> Case:
        """Write the decision and the messages of these notices at once; return the case as written.

        StaleCase when somebody else wrote first: nothing is written then.
        """
        return self.put(procedure, decision, self.messages(procedure, decision, notices))

    def put(self, procedure: Procedure, decision: Decision, messages: Sequence[Message]) -> Case:
        """Seal the decision's entry and write everything at once, as `write` does."""
        sealed = seal(
            decision.entry,
            personal=personal_names(procedure, decision.entry.action),
            new_salt=_new_salt,
        )
        case = changed(decision.case, head=sealed.entry.hash)
        expected = sealed.entry.seq - 1
        if not self.tools.store.write(
            self.raw,
            sealed,
            case,
            decision.deadlines,
            messages,
            expected_version=expected,
            before=decision.before,
        ):
            raise StaleCase(expected=expected, found=None)
        return case

    def carry_out(self, asked: AskedAction) -> Case:
        """Decide the action, write what it makes of the case, and return that."""
        decision = self.decided(asked)
        for event in decision.entry.events:
            if isinstance(event, Undone):
                self.recall(asked.case, event.seq)
        return self.write(asked.procedure, decision, notices=asked.action.notices)

    def messages(self, procedure: Procedure, decision: Decision, notices: Iterable[str]) -> tuple[Message, ...]:
        """Return what a decision gives rise to; it may leave once the delay in which it can be recalled is over.

        Each message keeps what its template needs of the case, as it is then.
        """
        delay = timedelta(minutes=self.tools.settings.mail.recall_minutes)
        occasion = Occasion(
            case=decision.case,
            procedure=procedure,
            calendar=self.tools.calendar(decision.case.department),
            entry=decision.entry,
            before=decision.before,
            deadlines=decision.deadlines,
        )
        messages = messages_for(
            tuple(notices),
            decision,
            not_before=self.now + delay,
            new_id=_new_id,
            data=lambda notice: data_of(occasion, self.tools.templates.names(notice)),
        )
        addressed = (each for message in messages for each in self._addressed(message, decision.case))
        return tuple({(each.notice, each.email or each.recipient): each for each in addressed}.values())

    def _addressed(self, message: Message, case: Case) -> list[Message]:
        """Return one message for each person who holds the role that a message is for; the actor needs none."""
        kind, _, role = message.recipient.partition(":")
        if kind != "role":
            return [message]
        holders = self.holders(case, [role])
        others = [holder for holder in holders if holder.id != self.actor.id]
        if not holders:
            return [message]
        return [replace(message, id=_new_id(), recipient=f"person:{holder.id}", name=holder.name) for holder in others]

    def reminders(self, procedure: Procedure, decision: Decision, dues: Sequence[Due]) -> tuple[Message, ...]:
        """Return who is reminded of what: one message a person, once the services are open, to whom stands in."""
        opening = self.tools.calendar(decision.case.department).open_from(self.now)
        found = reminders_for(
            dues, decision, not_before=opening, new_id=_new_id, data=partial(self._reminder_data, procedure, decision)
        )
        addressed = (each for message in found for each in self._addressed(message, decision.case))
        return merged(self._stood_in_for(message, decision.case) for message in addressed)

    def _stood_in_for(self, message: Message, case: Case) -> Message:
        """Return the message to the substitute of a person who is away today, else as it is."""
        kind, _, person_id = message.recipient.partition(":")
        if kind != "person":
            return message
        substitute = self.tools.store.substitute_of(self.raw, person_id, self.today(case.department))
        if substitute is None:
            return message
        data = {**message.data, DEADLINES: [{**line, "on_behalf_of": person_id} for line in message.data[DEADLINES]]}
        return replace(message, recipient=f"person:{substitute.id}", name=substitute.name, data=data)

    def _reminder_data(self, procedure: Procedure, decision: Decision, due: Due, notice: str) -> dict[str, Any]:
        """Return what the template of a notice needs to remind of a deadline."""
        calendar = self.tools.calendar(decision.case.department)
        deadline = deadlines_of(procedure, decision.case, calendar)[due.key].at(self.now)
        occasion = Occasion(case=decision.case, procedure=procedure, calendar=calendar, deadline=deadline)
        return data_of(occasion, self.tools.templates.names(notice))

    def settled(self, messages: Iterable[Message], case: Case) -> tuple[Message, ...]:
        """Return the messages of a case with their recipients as of now."""
        return tuple(settled(messages, self.raw, self.tools.store, self.tools.directory, case=case))

    def recall(self, case: Case, seq: int) -> None:
        """Cancel the queued messages of an entry. StaleCase when one has left meanwhile."""
        if self.tools.store.recall_messages(self.raw, case.id, seq):
            raise StaleCase(expected=case.version, found=None)

    def shares(self, before: Case, after: Case) -> tuple[LocalShare | None, LocalShare | None]:
        """Return the local share of the département before and after the case's route changes, None when it does not.

        It is that of the civil year of the new route or, when none is in force any more, of the former one.
        """
        if before.route == after.route:
            return None, None
        year = (after if after.route else before).counted_on.year
        first, last = date(year, 1, 1), date(year, 12, 31)
        counts = self.tools.store.place_counts(self.raw, before.department, before.procedure, first, last)
        rule = rule_of(self.procedure(before))
        changed = moved(counts, place_of(before, first, last), place_of(after, first, last))
        return local_share(counts, rule), local_share(changed, rule)

    def _existing(self, kind: str, ids: Collection[str], case: Case) -> Collection[str] | None:
        """Return which of these identifiers exist; None when any will do.

        As long as nobody keeps a directory of people (or a catalogue of providers), identifiers are the host's own.
        """
        if kind == "person" and self.tools.directory is not None:
            return {each for each in ids if self.tools.directory.find(each) is not None}
        asked, existing = self._looked_up.get(kind, ((), None))
        if not set(ids) <= set(asked):
            existing = self.tools.store.existing_ids(self.raw, kind, ids, case_id=case.id)
        return {*existing, self.actor.id} if kind == "person" and existing is not None else existing


def _year_in(action: Action, data: object) -> int | None:
    """Return the civil year of the day that the data give for the action, None when they give none that can be read."""
    if not isinstance(data, Mapping):
        return None
    names = [field.name for field in action.fields if field.default == "happened_on"]
    day = day_in(next((data[name] for name in (*names, "happened_on") if data.get(name)), None))
    return None if day is None else day.year


def is_identifier(case_id: object) -> bool:
    """Return whether it can be the identifier of a case."""
    return isinstance(case_id, str) and _IDENTIFIER.fullmatch(case_id) is not None


def _new_salt() -> str:
    return secrets.token_hex(16)


def _new_id() -> str:
    return str(uuid.uuid4())

"""The engine: the one way through which cases are opened, moved and read, whatever the door."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

from appui.notifications.message import Message
from appui.notifications.template_files import Templates
from appui.notifications.transport import Transport
from appui.notifications.words import Words
from appui.states.actor import Actor
from appui.states.case import Case, Entry
from appui.states.deadlines import Deadline
from appui.states.effects import BUILT_IN
from appui.states.envelope import BudgetEnvelope
from appui.states.errors import AppuiError, CaseNotFound, InvalidData, NotAllowed
from appui.states.functions import GuardFunction
from appui.states.library import Library
from appui.states.local_share import LocalShare
from appui.states.machine import needs_for_explaining
from appui.states.procedure import ASIDE, Action, Procedure
from appui.workflow import facts as outside
from appui.workflow.agenda.agendas import Agendas
from appui.workflow.authorization import METROPOLIS, Permission, may, may_see_figures, scope_of
from appui.workflow.bulk import BatchWork, acted, asked_of
from appui.workflow.calendars import calendars_with
from appui.workflow.catalogue import Providers
from appui.workflow.clock import Clock, system_clock
from appui.workflow.commands import Act, ImportCase, OpenCase
from appui.workflow.config import Settings
from appui.workflow.correspondence import sample_words, told_now
from appui.workflow.db.counting import Selected
from appui.workflow.db.database import Database
from appui.workflow.db.queries import count_by, list_cases
from appui.workflow.db.rows import AttachedDocument
from appui.workflow.db.store import Store
from appui.workflow.delivery import Delivery
from appui.workflow.directory import People, check_actor
from appui.workflow.documents import DocumentFiles
from appui.workflow.due_work import DueWork
from appui.workflow.explanation import explained
from appui.workflow.feed import check_limit, events_of, place_of
from appui.workflow.figures import NATION, Asked, Figures, Period, check_asked, question_of
from appui.workflow.forecast import check_days, foreseen_for
from appui.workflow.health import Health, health_of
from appui.workflow.indicators import Indicators
from appui.workflow.intake import register_request, take_in, take_in_many
from appui.workflow.journal import Fault, verify_chain
from appui.workflow.mailing import transport_of
from appui.workflow.outgoing import OutgoingMail
from appui.workflow.procedures import Procedures, assembled
from appui.workflow.scheduler import Scheduler
from appui.workflow.territories import register
from appui.workflow.verification import batches_of_cases, faults_of
from appui.workflow.views import Acted, ActionView, Document, Event, Foreseen, Imported, Outcome, Page
from appui.workflow.work import Tools, Work

ENGINEERING_REQUEST = "engineering_request"
"""Key of the procedure that figures are about, unless another is named."""


class Engine:
    """Opens cases, moves them, and answers what there is to know about them.

    Built from settings: an embedded SQLite base is created and upgraded at once, PostgreSQL by `appui db upgrade`.
    Every method asks for rights; a case that the actor may not see answers exactly as one that does not exist.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock | None = None,
        procedures: Iterable[Procedure | Path | str] = (),
        guards: Mapping[str, GuardFunction] | None = None,
        facts: Mapping[str, outside.HostFact] | None = None,
        people: outside.Directory | None = None,
        transport: Transport | None = None,
    ) -> None:
        """Build the engine.

        `clock` returns an aware datetime. `procedures` are added to those shipped: a `Procedure`, the path of a TOML
        file, or its text. `guards` and `facts` are named functions that they may use; ValueError when a guard asks for
        a fact that nobody gives. `people` is a host's directory. `transport` sends letters instead of what the
        configuration says.
        """
        self.settings = settings
        self.clock = clock or system_clock
        self.functions = BUILT_IN.with_guards(guards or {})
        outside.check_given(self.functions, facts or {})
        self.database = Database(
            settings.database.url,
            schema=settings.database.schema_name,
            pool_size=settings.database.pool_size,
            busy_timeout_seconds=settings.database.busy_timeout_seconds,
        )
        self._store = Store(self.database.dialect, settings.database.schema_name)
        self.files = DocumentFiles(settings.documents_folder, max_bytes=settings.documents.max_bytes)
        self.people = People(self.database, self._store, self.clock)
        own = assembled(procedures, functions=self.functions, folder=settings.procedures.folder)
        self._procedures = Procedures(own, self.database, self._store, self.functions)
        self.providers = Providers(self.database, self._store, self._procedures, self.clock)
        self._tools = Tools(
            settings=settings,
            store=self._store,
            functions=self.functions,
            procedures=self._procedures,
            templates=Templates(settings.mail.templates_folder),
            host_facts=dict(facts or {}),
            directory=people,
            calendar=calendars_with(settings.calendars.closed_days_in, opens_at=time(settings.reminders.opens_at)),
        )
        self.agendas = Agendas(self.database, self._tools, self.people, self.clock)
        self._delivery = Delivery(
            database=self.database,
            tools=self._tools,
            transport=transport or transport_of(settings),
            clock=self.clock,
        )
        self.outbox = OutgoingMail(self.database, self._store, self.clock, self._delivery)
        self._due_work = DueWork(self._tools, self.database, self.clock)
        self._scheduler = Scheduler(
            events=self.events, due=self._due_work.tick, deliver=self._delivery.deliver, sweep=self.sweep_documents
        )
        if self.database.dialect == "sqlite":
            self.database.upgrade()
            self._procedures.load()

    @classmethod
    def from_config(cls, path: str | Path | None = None, **options: Any) -> Engine:
        """Return the engine that a `config.toml` describes; without a path, defaults and `APPUI_*` variables.

        InvalidConfig names every fault at once. `options` are those of the constructor.
        """
        return cls(Settings.load(Path(path) if path is not None else None), **options)

    def __enter__(self) -> Engine:
        """Start the ticks."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the ticks."""
        self.stop()

    def start(self) -> None:
        """Start the ticks: due work, due messages, the feed to subscribers, orphan files. Nothing ticks before."""
        self._procedures.load()
        self._delivery.allow()
        self._scheduler.start()

    def stop(self) -> None:
        """Stop the ticks and let go of the connections; the engine may be started again."""
        self._delivery.stop()
        self._scheduler.stop()
        self._delivery.close()
        self.database.dispose()

    def begin(self) -> AbstractContextManager[Any]:
        """Return a transaction of our own, as an SQLAlchemy connection that `connection=` takes."""
        return self.database.begin()

    @property
    def library(self) -> Library:
        """The procedures: those of this engine, and every version that cases in the base are pinned to."""
        return self._procedures.library

    def open(self, command: OpenCase, *, actor: Actor, connection: object = None) -> Case:
        """Register a request and return its case, at version 1.

        Raises NotAllowed, InvalidData or UnknownProcedure; nothing is written then. With a host's `connection`, already
        in a transaction, the case is written in that transaction, which the host ends.
        """
        with self._writing(actor, connection) as work:
            return register_request(work, command)

    def import_case(self, command: ImportCase, *, actor: Actor, connection: object = None) -> Imported:
        """Take in a case that began elsewhere, and say what became of the line: taken in already, it adds nothing.

        What it says otherwise than the last time is shown, and changes the case when the command accepts it. Raises as
        `open` does; InvalidData at `state` for an accepted difference that the case cannot follow. The actor needs the
        right to open a case in that territory. Nobody is written to.
        """
        with self._writing(actor, connection) as work:
            return take_in(work, command)

    def import_many(
        self, commands: Sequence[ImportCase], *, actor: Actor, connection: object = None
    ) -> list[Imported | AppuiError]:
        """Take in cases that began elsewhere, all in one transaction; return what became of each line, in their order.

        A line that `import_case` would refuse, InvalidData or NotAllowed, is told by that error and hinders no other.
        Any other error is raised, and nothing is written.
        """
        with self._writing_together(actor, connection) as work:
            return take_in_many(work, commands)

    def import_key(self, case_id: str, source: str, *, actor: Actor) -> str | None:
        """Return the key by which lines of a source are known to be that case, None when it did not come from there."""
        with self._reading(actor) as work:
            line = self._store.find_import_line_of(work.raw, work.readable(case_id).id, source)
            return None if line is None else line.line_key

    def import_places(self, source: str) -> dict[str, int]:
        """Return case → the line where it stood when the source was last read, for those that came from it."""
        with self.database.reading() as raw:
            return self._store.import_places(raw, source)

    def act(self, command: Act, *, actor: Actor, connection: object = None) -> Case:
        """Do something to a case and return it, its version risen by one.

        Raises CaseNotFound, NotAllowed, StaleCase, InvalidData (shape), ActionRefused, InvalidData (checks), asked in
        that order; nothing is written then.
        """
        if connection is None and self.database.dialect == "postgresql":
            self._procedures.load()
            with self.database.autocommit() as raw:
                work = Work(self._tools, raw, actor, self.clock(), writing=False)
                asked = work.ask(command)
                if not self._tools.needs_lock(asked.action):
                    case = work.carry_out(asked)
                    self._scheduler.wake()
                    return case
        with self._writing(actor, connection, expected_version=command.expected_version) as work:
            return work.carry_out(work.ask(command))

    def act_many(
        self, commands: Iterable[Act] | Mapping[str, Act], *, actor: Actor, connection: object = None
    ) -> tuple[Acted, ...]:
        """Do many actions and return what became of each, in their order: done, or refused with what `act` raises.

        A hundred are committed at a time, so that a refusal changes nothing for the others; one that depends on other
        cases (the envelope of a département) or recalls messages is committed alone, in its turn. Given as a mapping,
        each command has a key: the same keys given again by the same actor, after a crash or not, do nothing twice,
        and those already done are told as `known`. Raises InvalidData for an actor who is none; whatever else is no
        refusal of one command (a base that does not answer, a fault of a host's function) ends the list there.
        """
        check_actor(actor)
        self._procedures.load()
        together = partial(self._writing_together, actor, connection)
        alone = partial(self._writing, actor, connection)
        return tuple(acted(asked_of(commands), together=together, alone=alone, apart=self._tools.may_need_lock))

    def preview(self, command: Act, *, actor: Actor) -> Outcome:
        """Return what the action would make of the case. Raises what `act` would raise, and changes nothing."""
        with self._reading(actor) as work:
            asked = work.ask(command)
            decision = work.decided(asked)
            messages = work.messages(asked.procedure, decision, asked.action.notices)
            before, after = work.shares(asked.case, decision.case)
            return Outcome(
                case=decision.case,
                state=decision.case.state,
                events=decision.entry.events,
                deadlines=decision.deadlines,
                messages=work.settled(messages, decision.case),
                share_before=before,
                share_after=after,
            )

    def explain(self, case_id: str, *, actor: Actor) -> list[ActionView]:
        """Return every action of the procedure: permitted now, or each reason why not and what would unlock it."""
        with self._glancing(actor) as work:
            holding = work.holding(case_id, facts=self._procedures.foreseen_by_guards(), holders=True)
            case = holding.case
            procedure = work.procedure(case)
            needed = needs_for_explaining(self.functions, procedure)
            everything = Permission(ok=True, roles=holding.roles)
            situation = work.situation(procedure, case, everything, work.facts(needed, case))
            return explained(situation, self.functions, holding, work.holders(case, procedure.roles))

    def get(self, case_id: str, *, actor: Actor) -> Case:
        """Return the case. CaseNotFound when it does not exist or the actor may not see it."""
        with self._glancing(actor) as work:
            return work.readable(case_id)

    def cases(self, *, actor: Actor, after: str | None = None, limit: int = 50, **filters: Any) -> Page:
        """Return the cases that the actor may see, last changed first.

        Filters: department, state, route, assignee, procedure, theme, applicant, reference, open, mail_refused, text;
        InvalidData names an unknown one. `after` is the `next` of the page before.
        """
        check_limit(limit)
        with self._reading(actor) as work:
            scope = scope_of(work.standing, work.today)
        with self.database.sa_reading() as connection:
            items, following = list_cases(connection, scope, filters=filters, after=after, limit=limit)
        return Page(tuple(items), following)

    def board(self, *, actor: Actor, department: str) -> dict[str, dict[str, int]]:
        """Return how many cases of a département the actor sees, by `state` and by `route` (« » when not routed)."""
        with self._reading(actor) as work:
            scope = scope_of(work.standing, work.today)
        with self.database.sa_reading() as connection:
            return count_by(connection, scope, department=department)

    def local_share(
        self,
        *,
        actor: Actor,
        department: str | None = None,
        region: str | None = None,
        period: Period = None,
        as_of: date | None = None,
        recorded_as_of: datetime | None = None,
        procedure: str = ENGINEERING_REQUEST,
    ) -> LocalShare:
        """Return the requests by route and the share of those that found a local solution, among those that they see.

        Of a département, a region, or the nation. `period`: a civil year, or two local days, both included; each route
        counts on its own day. `as_of`: what had happened by that local day; `recorded_as_of`: what had been entered by
        that instant. NotAllowed, InvalidData or UnknownProcedure.
        """
        territory = _territory(department, region)
        asked = Asked(territory, procedure, period, as_of, recorded_as_of)
        with self._asking(actor, asked) as figures:
            return figures.local_share()

    def national_allowance(self, department: str, year: int, *, actor: Actor) -> int:
        """Return how many requests of that civil year may still go to the national level under the target."""
        return self.local_share(actor=actor, department=department, period=year).allowance

    def envelope(
        self, department: str, year: int, *, actor: Actor, procedure: str = ENGINEERING_REQUEST
    ) -> BudgetEnvelope:
        """Return the envelope of a département and a civil year: granted, reserved, committed and left, in cents."""
        asked = Asked(_territory(department, None), procedure, year)
        with self._asking(actor, asked) as figures:
            return figures.envelope(year)

    def indicators(
        self,
        *,
        actor: Actor,
        territory: str = NATION,
        period: Period = None,
        as_of: date | None = None,
        recorded_as_of: datetime | None = None,
        procedure: str = ENGINEERING_REQUEST,
    ) -> Indicators:
        """Return the figures of a territory, as a grant names it, of the cases there that the actor sees.

        The other arguments are those of `local_share`.
        """
        asked = Asked(territory, procedure, period, as_of, recorded_as_of)
        with self._asking(actor, asked) as figures:
            return figures.indicators()

    def journal(
        self, case_id: str, *, actor: Actor, as_of: date | None = None, recorded_as_of: datetime | None = None
    ) -> list[Entry]:
        """Return the entries, oldest first: those that happened by `as_of` and were entered by `recorded_as_of`.

        Applicants and providers are not shown what the service notes for itself (comments, assignments, corrections).
        """
        with self._reading(actor) as work:
            case = work.readable(case_id)
            sealed = self._store.list_entries(work.raw, case.id, as_of=as_of, recorded_as_of=recorded_as_of)
            asides = ASIDE if work.is_outside(case) else frozenset()
            return [each.entry for each in sealed if each.entry.action not in asides]

    def deadlines(self, case_id: str, *, actor: Actor) -> list[Deadline]:
        """Return the case's deadlines as they stand now, the next one first, those without a date last."""
        with self._reading(actor) as work:
            case = work.readable(case_id)
            return [each.at(work.now) for each in self._store.list_deadlines(work.raw, case.id)]

    def messages(self, case_id: str, *, actor: Actor) -> list[Message]:
        """Return the case's messages with their life, oldest first, recipients settled as of now.

        Those outside the service see who of them was written to, not what.
        """
        with self._reading(actor) as work:
            case = work.readable(case_id)
            outside_only = work.is_outside(case)
            found = work.settled(self._store.list_messages(work.raw, case.id), case)
            return [replace(message, data={}) for message in found if message.outside] if outside_only else list(found)

    def words(self, notice: str, *, case_id: str | None = None, actor: Actor | None = None) -> Words:
        """Return what the message of a notice says: in a fictive case or, to an actor of the service, in that case now.

        InvalidData for an unknown notice; CaseNotFound or NotAllowed for the case. Nobody is told.
        """
        if case_id is None or actor is None:
            return sample_words(self._tools, notice)
        with self._reading(actor) as work:
            return told_now(work, notice, work.readable(case_id))

    def attach(self, case_id: str, name: str, content: bytes, *, actor: Actor) -> Document:
        """Keep a file on a case and return it; document fields take its identifier.

        Whoever may do an action that takes a document may attach one; no action is done, no version rises. InvalidData
        for a content that is too large or of a type that is not accepted.
        """
        with self._reading(actor) as work:
            holding = work.holding(case_id)
            case = holding.case
            procedure = work.procedure(case)
            takers = [action for action in procedure.actions.values() if _takes_document(action)]
            refusals = [may(holding, action) for action in takers]
            if not any(permission.ok for permission in refusals):
                raise NotAllowed(refusals[-1].text if refusals else "Cette procédure ne prend pas de document.")
        stored = self.files.put(content, name)
        document = AttachedDocument(
            id=str(uuid.uuid4()),
            case_id=case.id,
            sha256=stored.sha256,
            name=stored.name,
            media_type=stored.media_type,
            size=stored.size,
            added_at=work.now,
            added_by=actor.id,
        )
        with self.database.transaction() as raw:
            self._store.add_document(raw, document)
        return _document(document)

    def documents(self, case_id: str, *, actor: Actor) -> list[Document]:
        """Return the files of a case, oldest first."""
        with self._reading(actor) as work:
            case = work.readable(case_id)
            return [_document(each) for each in self._store.list_documents(work.raw, case.id)]

    def read_document(self, case_id: str, document_id: str, *, actor: Actor) -> bytes:
        """Return the content of a file of a case. AppuiError `document_not_found` when the case has none of that id."""
        with self._reading(actor) as work:
            case = work.readable(case_id)
            for document in self._store.list_documents(work.raw, case.id):
                if document.id == document_id:
                    return self.files.read(document.sha256)
        raise AppuiError("Aucun document de cet identifiant sur ce dossier.", code="document_not_found")

    def sweep_documents(self) -> list[str]:
        """Remove files of more than a day that no case names, and what a crash left; return their paths."""

        def known(hashes: Iterable[str]) -> set[str]:
            with self.database.reading() as raw:
                return self._store.known_hashes(raw, hashes)

        # Files carry the machine's own time, whatever clock the engine was given.
        return self.files.sweep(known, older_than=system_clock() - timedelta(days=1))

    def deliver_due(self) -> int:
        """Send the messages that are due, as a tick does; return how many were tried. It blocks while a server does."""
        self._procedures.load()
        self._delivery.allow()
        return self._delivery.deliver()

    def see_to_due_work(self) -> int:
        """Record the deadlines that have passed and remind people, all that is due now; return how many were looked at.

        What the ticks do bit by bit, in any number of processes. AppuiError when the base cannot answer.
        """
        return self._due_work.see_to_all()

    def health(self) -> Health:
        """Return how the clocks are: whether any process ticks, since when due work waits, which cases fail."""
        with self.database.reading() as raw:
            return health_of(raw, self._store, self.clock())

    def forecast(
        self, days: int, *, actor: Actor, case_id: str | None = None, department: str | None = None
    ) -> list[Foreseen]:
        """Return each deadline, reminder and message to come within so many days if nobody does anything, in order.

        Of one case, or of all that the actor sees (in a département), by what the ticks do, on a virtual clock: nothing
        is written. InvalidData for a number of days that is none or over ten years.
        """
        check_days(days)
        if department is not None:
            register().department(department)
        with self._reading(actor) as work:
            until = work.now + timedelta(days=days)
            ids = self._store.list_cases_ahead(work.raw, until, department) if case_id is None else [case_id]
            found: list[Foreseen] = []
            for each in ids:
                try:
                    case = work.readable(each)
                except CaseNotFound:
                    if case_id is not None:
                        raise
                    continue
                found += foreseen_for(
                    self._tools, work.raw, case, now=work.now, until=until, outside_only=work.is_outside(case)
                )
        return sorted(found, key=lambda each: (each.at, each.reference, each.kind, each.key or "", each.label))

    def verify_journal(self, case_id: str | None = None) -> list[Fault]:
        """Return what is wrong with the journal of one case, or of all: changed, removed, inserted or cut-off entries.

        A case that is not what its journal tells is a fault too.
        """
        if case_id is None:
            every = batches_of_cases(self.database, self._store)
            return [fault for batch in every for each in batch for fault in faults_of(each)]
        with self.database.reading() as raw:
            found = self._store.list_whole_cases(raw, case_id, case_id)
        return [fault for each in found for fault in faults_of(each)] if found else verify_chain(case_id, (), None)

    def events(self, after: str | None = None, limit: int = 1000) -> list[Event]:
        """Return the committed events in an order that never changes, those that follow the cursor `after`.

        At least once and nothing missed, whatever transactions run at the same time. At most `limit`.
        """
        place = place_of(after)
        check_limit(limit)
        # The entry of the cursor is read again: some of its events may not have been.
        start = (place[0], place[1] - 1) if place else None
        found: list[Event] = []
        with self.database.reading() as raw:
            while len(found) < limit:
                entries = self._store.list_feed(raw, start, limit)
                found += events_of(entries, place)
                if len(entries) < limit:
                    break
                # An entry may hold no event: a page of them is not the end.
                start = entries[-1].cursor
        return found[:limit]

    def subscribe(self, type: str, callable: Callable[[Event], None]) -> None:  # noqa: A002 (the contract's names)
        """Have events of that type (`*`: all) given to a function, from now on, at each tick of a started engine."""
        self._scheduler.subscribe(type, callable)

    @contextmanager
    def _asking(self, actor: Actor, asked: Asked) -> Iterator[Figures]:
        check_asked(asked)
        versions = self.library.versions_of(asked.procedure)
        with self._reading(actor) as work:
            permission = may_see_figures(work.standing, asked.territory, work.today(METROPOLIS))
            if not permission.ok:
                raise NotAllowed(permission.text)
            question = question_of(asked, scope_of(work.standing, work.today), work.now)
        with self.database.sa_reading() as connection:
            yield Figures(question, Selected(connection, question.selection), self.settings, versions)

    @contextmanager
    def _reading(self, actor: Actor) -> Iterator[Work]:
        self._procedures.load()
        with self.database.reading() as raw:
            yield Work(self._tools, raw, actor, self.clock(), writing=False)

    @contextmanager
    def _glancing(self, actor: Actor) -> Iterator[Work]:
        """Give work whose statements each see their own instant: for what asks one of them alone of the cases."""
        self._procedures.load()
        with self.database.autocommit() as raw:
            yield Work(self._tools, raw, actor, self.clock(), writing=False)

    @contextmanager
    def _writing(self, actor: Actor, connection: object, *, expected_version: int = 0) -> Iterator[Work]:
        with self._unit(connection, expected_version) as raw:
            yield Work(self._tools, raw, actor, self.clock(), writing=True)
        self._scheduler.wake()

    @contextmanager
    def _writing_together(self, actor: Actor, connection: object) -> Iterator[BatchWork]:
        with self._unit(connection) as raw:
            work = BatchWork(self._tools, raw, actor, self.clock())
            yield work
            work.finish()
        self._scheduler.wake()

    def _unit(self, connection: object, expected_version: int = 0) -> AbstractContextManager[Any]:
        self._procedures.load()
        if connection is None:
            return self.database.transaction()
        return self.database.joined(connection, expected_version=expected_version)


def _territory(department: str | None, region: str | None) -> str:
    """Return the territory of these codes, the nation without any. InvalidData for an unknown one, or for both."""
    if department is not None and region is not None:
        raise InvalidData([("region", "Un département ou une région, pas les deux.")])
    if region is not None:
        register().region(region)
        return f"region:{region}"
    if department is not None:
        register().department(department)
        return f"department:{department}"
    return NATION


def _takes_document(action: Action) -> bool:
    return action.name != "open" and any(field.type == "document" for field in action.fields)


def _document(kept: AttachedDocument) -> Document:
    return Document(id=kept.id, sha256=kept.sha256, name=kept.name, media_type=kept.media_type, size=kept.size)

"""Agendas: what somebody has to do, read from the base; their own notes, and the calendar that they subscribe to."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from typing import Any

from appui.states.actor import OUTSIDE_ROLES, ROLES, Actor
from appui.states.case import Case
from appui.states.errors import AppuiError, InvalidData
from appui.states.fields import clean_text
from appui.states.wording import day_in_words, listed
from appui.workflow.agenda.calendar_file import calendar_file
from appui.workflow.agenda.items import Agenda, Candidate, Item, Note, Stuck, arranged
from appui.workflow.authorization import held_on, scope_of, territories_of
from appui.workflow.clock import Clock
from appui.workflow.db.agenda_store import list_open_cases
from appui.workflow.db.database import Database
from appui.workflow.directory import People
from appui.workflow.people import Person
from appui.workflow.work import Tools, Work

MOST = 500
"""An agenda holds so many cases at most, the soonest due."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Feed:
    """What opens somebody's calendar, shown once."""

    key: str
    """Secret: whoever has it reads the agenda. It is kept nowhere."""


class Agendas:
    """What people have to do. Everything is asked with the rights of who asks."""

    def __init__(self, database: Database, tools: Tools, people: People, clock: Clock) -> None:
        self._database = database
        self._tools = tools
        self._store = tools.store
        self._people = people
        self._clock = clock

    def of(self, actor: Actor) -> Agenda:
        """Return what the actor has to do, and the cases that they see on which nobody can act.

        To do: the cases they follow, those of absent people they stand in for, and those that nobody follows and that
        a role of theirs can move on.
        """
        with self._working(actor) as work:
            standing, scope = work.standing, scope_of(work.standing, work.today)
            notes = {note.case_id: note for note in self._store.list_notes(work.raw, actor.id)}
        mine = {actor.id, *(absent.person_id for absent in standing.substitutions)}
        followed, complete = self._open_cases(scope, mine)
        everything, all_seen = self._open_cases(scope, None)
        with self._working(actor) as work:
            deadlines = self._store.deadlines_of_cases(work.raw, {case.id for case in (*followed, *everything)})
            candidates = [
                Candidate(
                    case=case,
                    procedure=work.procedure(case),
                    calendar=self._tools.calendar(case.department),
                    deadlines=tuple(deadlines.get(case.id, ())),
                    note=notes.get(case.id),
                    on_behalf_of=case.assignee if case.assignee != actor.id else None,
                )
                for case in followed
                if case.assignee is not None or self._can_move_on(work, case)
            ]
            items = tuple(_named(self._store.provider_names, work.raw, arranged(candidates, now=work.now)))
            stuck = tuple(self._stuck(work, everything, deadlines))
        return Agenda(items=items, stuck=stuck, complete=complete and all_seen)

    def put_aside(self, case_id: str, until: date, text: str, *, actor: Actor) -> Note:
        """Put a case aside in the actor's own agenda until a local day, or until somebody does something to it.

        A note that was there is replaced. CaseNotFound; InvalidData for a day that is not to come or an empty text.
        """
        with self._working(actor) as work:
            case = work.readable(case_id)
            today = work.today(case.department)
        errors: list[tuple[str, str]] = []
        if case.ended_at is not None:
            errors.append(("case", "Ce dossier est terminé : il n'attend plus rien."))
        day: object = until
        if not isinstance(day, date) or isinstance(day, datetime) or day <= today:
            errors.append(("until", f"Attendu un jour à venir, après le {day_in_words(today)}."))
        try:
            said = clean_text(text, label="Motif", path="text")
        except InvalidData as invalid:
            errors += invalid.errors
        if errors:
            raise InvalidData(errors)
        note = Note(case_id=case.id, until=until, text=said, version=case.version)
        with self._database.transaction() as raw:
            self._store.put_note(raw, actor.id, note)
        return note

    def take_up(self, case_id: str, *, actor: Actor) -> bool:
        """Bring a case back into the actor's agenda; return whether it was put aside. CaseNotFound."""
        with self._working(actor) as work:
            case = work.readable(case_id)
        with self._database.transaction() as raw:
            return self._store.remove_note(raw, actor.id, case.id)

    def give_feed(self, actor: Actor) -> Feed:
        """Return a new key to the actor's calendar; a former one opens nothing any more."""
        person = self._people.get(actor.id)
        key = secrets.token_urlsafe(32)
        with self._database.transaction() as raw:
            self._store.put_feed(raw, person.id, _digest(key), at=self._clock())
        return Feed(key=key)

    def revoke_feed(self, actor: Actor) -> bool:
        """Close the actor's calendar; return whether it was open."""
        with self._database.transaction() as raw:
            return self._store.remove_feed(raw, actor.id)

    def calendar(self, key: str) -> bytes:
        """Return the calendar that a key opens, as iCalendar, with the rights that its owner has today.

        AppuiError `unknown_feed` for a key that opens nothing: never given, replaced, revoked, its owner gone.
        """
        with self._database.reading() as raw:
            owner = self._store.owner_of_feed(raw, _digest(str(key)))
        try:
            actor = None if owner is None else self._people.actor(owner)
        except AppuiError:
            actor = None
        if actor is None:
            raise AppuiError("Cette adresse d'agenda n'ouvre plus rien : demandez-en une autre.", code="unknown_feed")
        return calendar_file(self.of(actor), owner=actor.name, now=self._clock())

    @contextmanager
    def _working(self, actor: Actor) -> Iterator[Work]:
        self._tools.procedures.load()
        with self._database.reading() as raw:
            yield Work(self._tools, raw, actor, self._clock(), writing=False)

    def _open_cases(self, scope: Any, people: Collection[str] | None) -> tuple[list[Case], bool]:
        with self._database.sa_reading() as connection:
            return list_open_cases(connection, scope, people=people, limit=MOST)

    @staticmethod
    def _can_move_on(work: Work, case: Case) -> bool:
        procedure = work.procedure(case)
        roles = procedure.roles_in(case.state, suspended=case.suspended_since is not None)
        return bool(held_on(work.standing, case, work.today(case.department)).roles & roles)

    def _stuck(self, work: Work, cases: Collection[Case], deadlines: dict[str, Any]) -> Iterator[Stuck]:
        """Yield the cases on which nobody of the service can act today, or on the day of their next deadline."""

        @cache
        def anybody(roles: frozenset[str], territories: tuple[str, ...], on: date) -> bool:
            return bool(self._store.people_holding(work.raw, roles, territories, on))

        @cache
        def person(person_id: str) -> Person | None:
            return self._store.find_person(work.raw, person_id)

        for case in cases:
            today = work.today(case.department)
            roles = work.procedure(case).roles_in(case.state, suspended=case.suspended_since is not None)
            inside = roles - OUTSIDE_ROLES
            dues = [each.due_on for each in deadlines.get(case.id, ()) if each.due_on is not None]
            days = sorted({today, *(day for day in dues if day > today)})[:2]
            empty = next((day for day in days if not anybody(inside, territories_of(case), day)), None)
            follower = person(case.assignee) if case.assignee else None
            if empty is not None:
                yield Stuck(case, empty, _nobody(inside, empty, today))
            elif follower is not None and (why := _left_alone(follower, person, today)):
                yield Stuck(case, today, why)


def _nobody(roles: Collection[str], day: date, today: date) -> str:
    when = "aujourd'hui" if day == today else f"le {day_in_words(day)}, jour de son échéance"
    names = listed([ROLES[role] for role in sorted(roles)], last="ou")
    return f"Personne ne peut agir {when} : il faut un rôle de {names}."


def _left_alone(follower: Person, person: Callable[[str], Person | None], today: date) -> str:
    if follower.disabled_at is not None:
        return f"{follower.name}, qui suit ce dossier, a quitté le service : confiez-le à quelqu'un d'autre."
    away = [each for each in follower.absences if each.since <= today <= each.until]
    substitutes = [person(each.substitute) for each in away if each.substitute]
    if not away or any(each is not None and each.disabled_at is None for each in substitutes):
        return ""
    back = day_in_words(max(each.until for each in away))
    return f"{follower.name}, qui suit ce dossier, est absent jusqu'au {back} sans remplaçant."


def _named(names_of: Callable[[Any, Collection[str]], dict[str, str]], raw: Any, items: Collection[Item]) -> list[Item]:
    """Return the items with providers by their names where they are known."""
    asked = {each for item in items for each in item.waiting_on}
    names = names_of(raw, asked) if asked else {}
    return [
        replace(item, waiting_on=tuple(names.get(each, each) for each in item.waiting_on)) if item.waiting_on else item
        for item in items
    ]


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()

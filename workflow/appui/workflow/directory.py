"""The directory: people with their rights and absences, as the service keeps them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from appui.states.actor import ROLES, Actor, Grant
from appui.states.errors import AppuiError, InvalidData
from appui.states.fields import clean_value
from appui.states.procedure import Field
from appui.states.wording import listed
from appui.workflow.authorization import Standing, Substitution
from appui.workflow.clock import Clock
from appui.workflow.db.database import Database
from appui.workflow.db.store import Store
from appui.workflow.people import Absence, Person
from appui.workflow.territories import register, shown, unknown_territory

_ID = Field(name="id", type="identifier", label="Identifiant", required=True)
_NAME = Field(name="name", type="text", label="Nom", required=True)
_EMAIL = Field(name="email", type="email", label="Courriel")
_PHONE = Field(name="phone", type="phone", label="Téléphone")
_RESERVED = re.compile(r"system", re.IGNORECASE)


def check_actor(actor: object) -> None:
    """Raise InvalidData, with every fault, for what cannot act."""
    if not isinstance(actor, Actor):
        raise InvalidData([("actor", "Qui agit doit être dit : attendu un Actor.")])
    faults = [(f"actor.{path}", text) for path, text in (*_faults(_ID, actor.id), *_faults(_NAME, actor.name))]
    if faults:
        raise InvalidData(faults)


def standing_of(actor: Actor, rights: Iterable[tuple[str, Grant]]) -> Standing:
    """Return the actor with the rights vouched for, those stored, and those of the absent people they stand in for.

    A substitution lends the absent person's own grants, never what that person was lent.
    """
    own: list[Grant] = list(actor.grants)
    lent: dict[str, list[Grant]] = {}
    for holder, grant in rights:
        (own if holder == actor.id else lent.setdefault(holder, [])).append(grant)
    return Standing(actor, tuple(own), tuple(Substitution(holder, tuple(grants)) for holder, grants in lent.items()))


class People:
    """The people of the service. Who may change it is settled by the door: it is the administrator's."""

    def __init__(self, database: Database, store: Store, clock: Clock) -> None:
        self._database = database
        self._store = store
        self._clock = clock

    def add(self, person: Person) -> Person:
        """Keep a person with their grants and absences, replacing what was known of their name and address.

        Grants and absences are added to those known; the very same one twice counts once. InvalidData tells all faults.
        """
        self._refuse([*_faults_of_person(person), *_faults_of_grants(person.grants)])
        with self._database.transaction() as raw:
            self._store.upsert_person(raw, replace(person, grants=(), absences=()))
            for grant in person.grants:
                self._store.add_grant(raw, person.id, grant)
            for absence in person.absences:
                self._check_absence(raw, person.id, absence)
                self._store.add_absence(raw, person.id, absence)
            return self._get(raw, person.id)

    def get(self, person_id: str) -> Person:
        """Return a person with grants and absences. AppuiError `unknown_person` when there is none."""
        with self._database.reading() as raw:
            return self._get(raw, person_id)

    def list(self) -> list[Person]:
        """Return everybody, by name."""
        with self._database.reading() as raw:
            return self._store.list_people(raw)

    def grant(self, person_id: str, grant: Grant) -> Person:
        """Give a person a role in a territory."""
        self._refuse(list(_faults_of_grants((grant,))))
        with self._database.transaction() as raw:
            self._get(raw, person_id)
            self._store.add_grant(raw, person_id, grant)
            return self._get(raw, person_id)

    def revoke(self, person_id: str, role: str, territory: str, *, last_day: date) -> Person:
        """End a role in a territory after `last_day`, local. AppuiError `no_such_grant` when it is not held then."""
        with self._database.transaction() as raw:
            self._get(raw, person_id)
            if not self._store.revoke_grants(raw, person_id, role=role, territory=territory, last_day=last_day):
                label = register().territory_label(territory)
                raise AppuiError(
                    f"{person_id} n'est pas {ROLES.get(role, role)} ({label}) après ce jour.", code="no_such_grant"
                )
            return self._get(raw, person_id)

    def absent(self, person_id: str, absence: Absence) -> Person:
        """Note an absence and who stands in."""
        with self._database.transaction() as raw:
            self._get(raw, person_id)
            self._check_absence(raw, person_id, absence)
            self._store.add_absence(raw, person_id, absence)
            return self._get(raw, person_id)

    def disable(self, person_id: str) -> None:
        """End everything a person may do, at once; what they did stays in the journals."""
        with self._database.transaction() as raw:
            self._get(raw, person_id)
            self._store.disable_person(raw, person_id, self._clock())

    def actor(self, person_id: str) -> Actor:
        """Return a person as an actor, grants left to be read when they act. AppuiError when unknown or disabled."""
        person = self.get(person_id)
        if person.disabled_at is not None:
            raise AppuiError(f"Le compte de {person.name} est fermé.", code="disabled_person")
        return Actor(person.id, person.name, person.email)

    def _get(self, raw: Any, person_id: str) -> Person:
        person = None if _faults(_ID, person_id) else self._store.find_person(raw, person_id)
        if person is None:
            raise AppuiError(
                f"Personne inconnue : « {shown(person_id)} » ; « appui user list » donne les identifiants.",
                code="unknown_person",
            )
        return person

    def _check_absence(self, raw: Any, person_id: str, absence: Absence) -> None:
        errors = []
        if absence.since > absence.until:
            errors.append(("absences.until", "L'absence finirait avant de commencer."))
        if absence.substitute == person_id:
            errors.append(("absences.substitute", "Une personne ne se remplace pas elle-même."))
        elif absence.substitute is not None and self._store.find_person(raw, absence.substitute) is None:
            errors.append(("absences.substitute", f"Personne inconnue : « {shown(absence.substitute)} »."))
        self._refuse(errors)

    @staticmethod
    def _refuse(errors: Sequence[tuple[str, str]]) -> None:
        if errors:
            raise InvalidData(errors)


def _faults_of_person(person: Person) -> Iterator[tuple[str, str]]:
    yield from _faults(_ID, person.id)
    yield from _faults(_NAME, person.name)
    yield from _faults(_EMAIL, person.email)
    yield from _faults(_PHONE, person.phone)
    if _RESERVED.fullmatch(str(person.id)):
        yield "id", "« system » désigne appui lui-même : choisissez un autre identifiant."


def _faults_of_grants(grants: tuple[Grant, ...]) -> Iterator[tuple[str, str]]:
    for place, grant in enumerate(grants):
        path = f"grants[{place}]"
        if grant.role not in ROLES:
            yield f"{path}.role", f"Rôle inconnu : « {shown(grant.role)} » ; attendu {listed(list(ROLES), last='ou')}."
        if not register().territory_exists(grant.territory):
            yield f"{path}.territory", unknown_territory(grant.territory)
        if grant.since and grant.until and grant.since > grant.until:
            yield f"{path}.until", "Le droit finirait avant de commencer."


def _faults(field: Field, value: object) -> list[tuple[str, str]]:
    if value is None:
        return [(field.name, f"Champ obligatoire : « {field.label} ».")] if field.required else []
    try:
        found = clean_value(field, value, path=field.name, today=date.max)
    except InvalidData as invalid:
        return invalid.errors
    return [] if found else [(field.name, f"Champ obligatoire : « {field.label} ».")]

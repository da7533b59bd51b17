"""Queries on people, their roles and absences."""

# ruff: noqa: S608 - texts are put together from constants of this package, values are always parameters

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from operator import attrgetter, itemgetter
from typing import Any

from appui.states.actor import Grant
from appui.workflow.db.dialects import Spoken
from appui.workflow.db.rows import instant_or_none, iso_or_none, json_text, read_day_or_none, read_instant_or_none
from appui.workflow.people import Absence, Holder, Person

_PERSON = "id, name, email, phone, $instant(disabled_at)"
_GRANT = "person_id, role, territory, $day(since), $day(until)"
_ABSENCE = "person_id, $day(since), $day(until), substitute"

RIGHTS = """
    SELECT held.id, held.person_id, held.role, held.territory, held.since, held.until
    FROM appui_grant AS held
    JOIN appui_person AS holder ON holder.id = held.person_id AND holder.disabled_at IS NULL
    WHERE held.person_id = :person_id
    UNION ALL
    SELECT held.id, held.person_id, held.role, held.territory, held.since, held.until
    FROM appui_absence AS away
    JOIN appui_person AS holder ON holder.id = away.person_id AND holder.disabled_at IS NULL
    JOIN appui_grant AS held ON held.person_id = holder.id
    WHERE away.substitute = :person_id AND away.until >= $as_day(:day) AND away.since <= $as_day(:day)
    AND NOT EXISTS (SELECT 1 FROM appui_person WHERE id = :person_id AND disabled_at IS NOT NULL)"""
"""The grants of `:person_id` and of the absent people they stand in for on `:day`, in no order, some perhaps twice."""

USABLE = """
    FROM appui_grant AS held
    JOIN appui_person AS holder ON holder.id = held.person_id AND holder.disabled_at IS NULL
    LEFT JOIN appui_absence AS away ON away.person_id = holder.id
        AND away.since <= $as_day(:day) AND away.until >= $as_day(:day)
    JOIN appui_person AS person ON person.disabled_at IS NULL
        AND person.id = CASE WHEN away.id IS NULL THEN holder.id ELSE away.substitute END
    WHERE (held.since IS NULL OR held.since <= $as_day(:day)) AND (held.until IS NULL OR held.until >= $as_day(:day))"""
"""The grants `held` that a `person` can use on `:day`: their own, or those of the absent people they stand in for."""

HOLDERS = f"SELECT DISTINCT person.id, person.name, held.role {USABLE}"
"""Who can use which role on `:day`, in no order; in which territories is for who asks to add."""


class PeopleStore(Spoken):
    """What is asked about people."""

    def upsert_person(self, raw: Any, person: Person) -> None:
        """Keep the person; grants and absences are left as they are, they have methods of their own."""
        self.run(
            raw,
            """INSERT INTO appui_person (id, name, email, phone, disabled_at)
            VALUES (:id, :name, :email, :phone, $as_instant(:disabled_at))
            ON CONFLICT (id) DO UPDATE SET name = excluded.name, email = excluded.email, phone = excluded.phone,
                disabled_at = excluded.disabled_at""",
            {
                "id": person.id,
                "name": person.name,
                "email": person.email,
                "phone": person.phone,
                "disabled_at": instant_or_none(person.disabled_at),
            },
        )

    def disable_person(self, raw: Any, person_id: str, at: datetime | None) -> bool:
        """Disable the person from that instant, or enable with None; return whether the person is known."""
        text = "UPDATE appui_person SET disabled_at = $as_instant(:at) WHERE id = :id"
        return self.run(raw, text, {"id": person_id, "at": instant_or_none(at)}) == 1

    def find_person(self, raw: Any, person_id: str) -> Person | None:
        """Return the person with all grants and absences, past ones included, or None."""
        only = {"id": person_id}
        row = self.one(raw, f"SELECT {_PERSON} FROM appui_person WHERE id = :id", only)
        if row is None:
            return None
        absences = self.all(
            raw,
            f"SELECT {_ABSENCE} FROM appui_absence WHERE person_id = :id ORDER BY since, id",
            only,
        )
        return _person_of(row, self.list_grants(raw, person_id), [_absence_of(each) for each in absences])

    def list_people(self, raw: Any) -> list[Person]:
        """Return everybody by name, with all grants and absences."""
        grants: dict[str, list[Grant]] = {}
        for each in self.all(raw, f"SELECT {_GRANT} FROM appui_grant ORDER BY id", {}):
            grants.setdefault(each[0], []).append(_grant_of(each))
        absences: dict[str, list[Absence]] = {}
        for each in self.all(raw, f"SELECT {_ABSENCE} FROM appui_absence ORDER BY since, id", {}):
            absences.setdefault(each[0], []).append(_absence_of(each))
        people = self.all(raw, f"SELECT {_PERSON} FROM appui_person ORDER BY name, id", {})
        return [_person_of(row, grants.get(row[0], ()), absences.get(row[0], ())) for row in people]

    def add_grant(self, raw: Any, person_id: str, grant: Grant) -> None:
        """Give the person a role; the very same grant a second time changes nothing."""
        self.run(
            raw,
            """INSERT INTO appui_grant (person_id, role, territory, since, until)
            SELECT $as_text(:person_id), $as_text(:role), $as_text(:territory), $as_day(:since), $as_day(:until)
            WHERE NOT EXISTS (SELECT 1 FROM appui_grant AS held
                WHERE held.person_id = $as_text(:person_id)
                AND held.role = $as_text(:role) AND held.territory = $as_text(:territory)
                AND held.since $same() $as_day(:since) AND held.until $same() $as_day(:until))""",
            {
                "person_id": person_id,
                "role": grant.role,
                "territory": grant.territory,
                "since": iso_or_none(grant.since),
                "until": iso_or_none(grant.until),
            },
        )

    def list_grants(self, raw: Any, person_id: str) -> list[Grant]:
        """Return the person's grants, oldest first, those of other days and of a disabled person included."""
        text = f"SELECT {_GRANT} FROM appui_grant WHERE person_id = :id ORDER BY id"
        return [_grant_of(row) for row in self.all(raw, text, {"id": person_id})]

    def list_rights(self, raw: Any, person_id: str, day: date) -> list[tuple[str, Grant]]:
        """Return (holder, grant) for the person's own grants, and for those of absent people they stand in for.

        `day` is the local day of the absences; grants of other days are included. Who is disabled has no rights and
        lends none.
        """
        text = f"SELECT id, person_id, role, territory, $day(since), $day(until) FROM ({RIGHTS}) AS held"
        return rights_of(self.all(raw, text, {"person_id": person_id, "day": day.isoformat()}))

    def revoke_grants(self, raw: Any, person_id: str, *, role: str, territory: str, last_day: date) -> int:
        """End that role in that territory after `last_day`; return how many grants were shortened."""
        return self.run(
            raw,
            """UPDATE appui_grant SET until = $as_day(:last_day)
            WHERE person_id = :person_id AND role = :role AND territory = :territory
            AND (until IS NULL OR until > $as_day(:last_day))""",
            {"person_id": person_id, "role": role, "territory": territory, "last_day": last_day.isoformat()},
        )

    def people_holding(self, raw: Any, roles: Iterable[str], territories: Iterable[str], day: date) -> list[Holder]:
        """Return who can use one of the roles in the territories that day, by name: substitutes for the absent."""
        rows = self.all(
            raw,
            f"{HOLDERS} AND held.territory $in(:territories) AND held.role $in(:roles)",
            {
                "roles": json_text(sorted(roles)),
                "territories": json_text(sorted(territories)),
                "day": day.isoformat(),
            },
        )
        return holders_of(rows)

    def substitute_of(self, raw: Any, person_id: str, day: date) -> Person | None:
        """Return who stands in for the person on that local day, None when they are there or nobody does."""
        row = self.one(
            raw,
            """SELECT away.substitute FROM appui_absence AS away
            JOIN appui_person AS person ON person.id = away.substitute AND person.disabled_at IS NULL
            WHERE away.person_id = :id AND away.since <= $as_day(:day) AND away.until >= $as_day(:day)
            ORDER BY away.id LIMIT 1""",
            {"id": person_id, "day": day.isoformat()},
        )
        return None if row is None else self.find_person(raw, row[0])

    def add_absence(self, raw: Any, person_id: str, absence: Absence) -> None:
        """Keep an absence; the very same one a second time changes nothing."""
        self.run(
            raw,
            """INSERT INTO appui_absence (person_id, since, until, substitute)
            SELECT $as_text(:person_id), $as_day(:since), $as_day(:until), $as_text(:substitute)
            WHERE NOT EXISTS (SELECT 1 FROM appui_absence AS noted
                WHERE noted.person_id = $as_text(:person_id)
                AND noted.since = $as_day(:since) AND noted.until = $as_day(:until)
                AND noted.substitute $same() $as_text(:substitute))""",
            {
                "person_id": person_id,
                "since": absence.since.isoformat(),
                "until": absence.until.isoformat(),
                "substitute": absence.substitute,
            },
        )


def _person_of(row: tuple[Any, ...], grants: Iterable[Grant], absences: Iterable[Absence]) -> Person:
    person_id, name, email, phone, disabled_at = row
    return Person(person_id, name, email, phone, tuple(grants), tuple(absences), read_instant_or_none(disabled_at))


def rights_of(rows: Iterable[Sequence[Any]]) -> list[tuple[str, Grant]]:
    """Return (holder, grant) for the rows of `RIGHTS`, days as text: the oldest first, each once."""
    return [(row[1], _grant_of(row[1:])) for row in sorted({row[0]: row for row in rows}.values(), key=itemgetter(0))]


def holders_of(rows: Iterable[Sequence[Any]]) -> list[Holder]:
    """Return the holders in the rows of `HOLDERS`, by name."""
    return sorted((Holder(*row) for row in rows), key=attrgetter("name", "id", "role"))


def _grant_of(row: Sequence[Any]) -> Grant:
    _, role, territory, since, until = row
    return Grant(role, territory, read_day_or_none(since), read_day_or_none(until))


def _absence_of(row: tuple[Any, ...]) -> Absence:
    _, since, until, substitute = row
    return Absence(date.fromisoformat(since), date.fromisoformat(until), substitute)

"""People: somebody decides in every département, somebody can act on every open case, who answers for one is there."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from appui.states.actor import OUTSIDE_ROLES
from appui.states.wording import counted, listed
from appui.workflow.db.surroundings_store import OpenGroup
from appui.workflow.doctor.examination import Examination
from appui.workflow.doctor.findings import Examples, Finding, fault, good, warning
from appui.workflow.territories import register
from appui.workflow.territory_rows import Department

DECIDING_ROLES = frozenset({"delegate", "deputy_delegate"})
"""Who routes and decides: without one of them a département's cases stop."""
_GRANT = "donnez ce rôle par « appui user grant PERSONNE ROLE department:… »"

Held = set[tuple[str, str]]
"""(role, territory) that somebody can use today, for themselves or for who is absent."""


def deciders(examination: Examination) -> Finding:
    """Whether each département that has an open case has somebody who decides."""
    alone = []
    for department, _, held in _departments_at_work(examination):
        where = ("nation", f"region:{department.region}", f"department:{department.code}")
        if not any((role, territory) in held for role in DECIDING_ROLES for territory in where):
            alone.append(f"{department.name} ({department.code})")
    if not alone:
        return good("deciders", "Chaque département qui a des dossiers en cours a qui décide")
    remedy = "donnez ce rôle par « appui user grant PERSONNE deputy_delegate department:… »"
    return fault("deciders", f"Personne ne peut décider : {listed(alone)}", remedy)


def actors(examination: Examination) -> Finding:
    """Whether somebody inside the service holds a role that some action of each open case asks for."""
    library = examination.library
    stuck = Examples()

    @cache
    def roles(procedure: str, version: int, state: str, *, suspended: bool) -> frozenset[str]:
        found = library.find(procedure, version)
        return frozenset() if found is None else found.roles_in(state, suspended=suspended) - OUTSIDE_ROLES

    for department, groups, held in _departments_at_work(examination):
        for group in groups:
            able = roles(group.procedure, group.procedure_version, group.state, suspended=group.suspended)
            if not any((role, where) in held for role in able for where in _territories(group, department)):
                others = f" et {group.count - 1} de même lieu" if group.count > 1 else ""
                stuck.add(f"{group.reference}{others}", times=group.count)
    if not stuck.count:
        return good("actors", "Chaque dossier en cours a qui peut agir")
    count = counted(stuck.count, "dossier en cours", "dossiers en cours")
    return fault("actors", f"Personne ne peut agir sur {count}", _GRANT, stuck.details)


def assignees(examination: Examination) -> Finding:
    """Whether who answers for open cases can act, or has somebody stand in."""
    with examination.database.reading() as raw:
        away = examination.store.list_away_assignees(raw, examination.today())
    if not away:
        return good("assignees", "Les agents référents sont là, ou remplacés")
    found = Examples()
    for each in away:
        why = "compte fermé" if each.closed else "absence sans remplaçant"
        cases = counted(each.count, "dossier en cours", "dossiers en cours")
        found.add(f"{each.name} ({why}) : {cases}, dont {each.reference}")
    text = f"Agents référents qui ne peuvent pas agir : {found.count}"
    remedy = "donnez un remplaçant par « appui user absence », ou confiez les dossiers à un autre (action « assign »)"
    return warning("assignees", text, remedy, found.details)


def _departments_at_work(examination: Examination) -> Iterator[tuple[Department, list[OpenGroup], Held]]:
    """Yield each département that has open cases, with them and with what people hold there today."""
    for department in register().departments():
        with examination.database.reading() as raw:
            groups = examination.store.list_open_groups(raw, department.code)
            held = examination.store.usable_roles(raw, examination.today(department.code)) if groups else set()
        if groups:
            yield department, groups, held


def _territories(group: OpenGroup, department: Department) -> list[str]:
    codes = (
        ("region", department.region),
        ("department", department.code),
        ("arrondissement", group.arrondissement),
        ("epci", group.epci),
        ("commune", group.applicant_code),
    )
    return ["nation", *(f"{kind}:{code}" for kind, code in codes if code)]

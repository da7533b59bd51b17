"""Authorization: role × territory × dates → may, or why not. Pure; every door asks these functions and no other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from appui.states.actor import OUTSIDE_ROLES, ROLES, SYSTEM_ID, Actor, Grant
from appui.states.case import Case
from appui.states.procedure import Action
from appui.states.wording import listed
from appui.workflow.scope import Scope
from appui.workflow.territories import register

METROPOLIS = "75"
"""The département by whose day a right begins and ends where no case says another."""
NOT_READING = frozenset({"administrator", "committee_member"})
"""Roles that see no case by themselves: one runs the instance, the other reads the file of a session."""
CATALOGUE_KEEPERS = ("intake_officer", "case_officer", "deputy_delegate", "delegate", "administrator")
"""Roles that, held over a whole département, let one keep its catalogue of providers."""


@dataclass(frozen=True, slots=True)
class Substitution:
    """The rights of an absent person, which the actor holds during the absence."""

    person_id: str
    grants: tuple[Grant, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """An actor with every right that counts: vouched for, stored, and those of absent people."""

    actor: Actor
    grants: tuple[Grant, ...] = ()
    substitutions: tuple[Substitution, ...] = ()

    @property
    def is_system(self) -> bool:
        """Whether it is the engine itself that asks."""
        return self.actor.id == SYSTEM_ID


@dataclass(frozen=True, slots=True)
class Permission:
    """The answer of `may`."""

    ok: bool
    roles: frozenset[str] = frozenset()
    """The roles held on the case, whether or not they permit the action."""
    on_behalf_of: str | None = None
    """The absent person whose rights are needed."""
    text: str = ""
    """Why not, in one French sentence."""


BY_THE_SYSTEM = Permission(ok=True)
"""That of the clocks: they do nothing that a procedure could refuse."""


@dataclass(frozen=True, slots=True)
class Holding:
    """The roles that an actor holds on a case, on a local day."""

    standing: Standing
    case: Case
    on: date
    own: frozenset[str]
    lent: tuple[tuple[str, frozenset[str]], ...]
    """(absent person, the roles that they lend)."""

    @property
    def roles(self) -> frozenset[str]:
        """Every role, those of absent people included."""
        return self.own.union(*(roles for _, roles in self.lent))


def held_on(standing: Standing, case: Case, on: date) -> Holding:
    """Return what the actor holds on the case that day: asked once, then read for each action."""
    own = roles_on(standing, standing.grants, case, on)
    lent = ((absent.person_id, roles_on(standing, absent.grants, case, on)) for absent in standing.substitutions)
    return Holding(standing, case, on, own, tuple(lent))


def may(holding: Holding, action: Action) -> Permission:
    """Return whether the actor holds a role that the action asks for."""
    if holding.standing.is_system or not holding.own.isdisjoint(action.roles):
        return Permission(ok=True, roles=holding.own)
    for person_id, roles in holding.lent:
        if not roles.isdisjoint(action.roles):
            return Permission(ok=True, roles=roles, on_behalf_of=person_id)
    return Permission(ok=False, roles=holding.own, text=_why_not(holding, action))


def may_read(holding: Holding) -> bool:
    """Return whether the actor sees the case: by any role on it, or because it is shared with their département."""
    if holding.standing.is_system or holding.roles - NOT_READING:
        return True
    if not holding.case.shared_with:
        return False
    return any(_follows_shared(_inside(grants, holding.on), holding.case) for grants in _everyone(holding.standing))


def may_keep_catalogue(standing: Standing, department: str, on: date) -> Permission:
    """Return whether the actor may change the catalogue of providers of a département on that local day."""
    whole = register().enclosing(f"department:{department}")
    held = (grant for grants in _everyone(standing) for grant in grants if grant.territory in whole)
    if standing.is_system or any(grant.role in CATALOGUE_KEEPERS and grant.holds_on(on) for grant in held):
        return Permission(ok=True)
    able = listed([ROLES[role] for role in CATALOGUE_KEEPERS], last="ou")
    here = register().department(department).name
    text = (
        f"Vous ne tenez pas le catalogue de ce département ({here}) : il y faut, pour tout le département, "
        f"un rôle de {able}."
    )
    return Permission(ok=False, text=text)


def _follows_shared(grants: Iterable[Grant], case: Case) -> bool:
    """Return whether a reading role held on a whole département, or its region, is one that the case is shared with."""
    whole = [grant.territory.partition(":") for grant in grants if grant.role not in NOT_READING]
    departments = {code for kind, _, code in whole if kind == "department"}
    regions = {code for kind, _, code in whole if kind == "region"}
    return bool((departments | _departments_in(regions)) & set(case.shared_with))


def roles_on(standing: Standing, grants: Sequence[Grant], case: Case, on: date) -> frozenset[str]:
    """Return the roles that the grants give on a case that day."""
    held = [grant for grant in grants if grant.holds_on(on)]
    inside = {grant.role for grant in _inside(held, on) if covers(grant, case, held)}
    outside = set(_outside_roles(standing, held, case)) if grants is standing.grants else set()
    return frozenset(inside | outside)


def covers(grant: Grant, case: Case, held: Iterable[Grant]) -> bool:
    """Return whether the territory of a grant holds the case. An EPCI counts within the holder's départements."""
    kind, _, code = grant.territory.partition(":")
    applicant = case.applicant
    match kind:
        case "nation":
            return True
        case "region":
            return applicant.region == code
        case "department":
            return applicant.department == code
        case "arrondissement":
            return applicant.arrondissement == code
        case "commune":
            return applicant.code == code
        case "epci":
            return applicant.epci == code and case.department in _departments_for(code, held)
        case _:
            return False


def territories_of(case: Case) -> tuple[str, ...]:
    """Return every territory whose holders have the case in theirs, widest first."""
    applicant = case.applicant
    codes = (
        ("region", applicant.region),
        ("department", applicant.department),
        ("arrondissement", applicant.arrondissement),
        ("epci", applicant.epci),
        ("commune", applicant.code),
    )
    return ("nation", *(f"{kind}:{code}" for kind, code in codes if code))


def may_see_figures(standing: Standing, territory: str, on: date) -> Permission:
    """Return whether the actor reads cases somewhere in a territory: figures then count those that they see.

    One's own cases, as applicant or provider, make no figures.
    """
    asked = set(register().departments_in(territory))
    for grants in _everyone(standing):
        held = [grant for grant in _inside(grants, on) if grant.role not in NOT_READING]
        if any(asked & set(register().departments_in(grant.territory)) for grant in held):
            return Permission(ok=True)
    if standing.is_system:
        return Permission(ok=True)
    where = register().territory_label(territory)
    return Permission(ok=False, text=f"Vos droits ne donnent pas à lire les chiffres de ce territoire ({where}).")


def scope_of(standing: Standing, today: Callable[[str], date]) -> Scope:
    """Return which cases the actor may list: the same rule as `may_read`, as a value for queries.

    `today` gives the local day of a département: each case is judged by its own.
    """
    if not any(grant.since or grant.until for grants in _everyone(standing) for grant in grants):
        return scope_on(standing, today(METROPOLIS))
    departments: dict[date, set[str]] = defaultdict(set)
    for each in register().departments():
        departments[today(each.code)].add(each.code)
    scopes = {day: scope_on(standing, day) for day in departments}
    if len(set(scopes.values())) == 1:
        return scopes.popitem()[1]
    first, *others = (replace(scope, within=frozenset(departments[day])) for day, scope in scopes.items())
    return replace(first, elsewhere=tuple(others))


def scope_on(standing: Standing, on: date) -> Scope:
    """Return which cases the actor may list where it is that local day."""
    if standing.is_system:
        return Scope(nation=True)
    codes: dict[str, set[str]] = defaultdict(set)
    groupings: set[tuple[str, str]] = set()
    for grants in _everyone(standing):
        held = [grant for grant in grants if grant.holds_on(on)]
        for grant in _inside(held, on):
            kind, _, code = grant.territory.partition(":")
            if grant.role in NOT_READING:
                continue
            codes[kind].add(code)
            if kind == "epci":
                groupings |= {(code, department) for department in _departments_for(code, held)}
    own = [grant for grant in standing.grants if grant.holds_on(on)]
    granted = {grant.role for grant in own}
    return Scope(
        nation="nation" in codes,
        departments=frozenset(codes["department"] | _departments_in(codes["region"])),
        arrondissements=frozenset(codes["arrondissement"]),
        groupings=frozenset(groupings),
        applicants=frozenset(
            codes["commune"] | {grant.territory.partition(":")[2] for grant in own if grant.role == "applicant"}
        ),
        provider=standing.actor.id if "provider" in granted else None,
        # Who is a provider and no applicant sees a case of theirs only once they are asked.
        cases=frozenset() if granted & OUTSIDE_ROLES == {"provider"} else frozenset(standing.actor.cases),
    )


def _everyone(standing: Standing) -> list[tuple[Grant, ...]]:
    """Return the grants that count, holder by holder: what one holds says nothing about another's territory."""
    return [standing.grants, *(absent.grants for absent in standing.substitutions)]


def _inside(grants: Iterable[Grant], on: date) -> list[Grant]:
    return [grant for grant in grants if grant.role not in OUTSIDE_ROLES and grant.holds_on(on)]


def _outside_roles(standing: Standing, held: Sequence[Grant], case: Case) -> Iterator[str]:
    """Yield the roles held on one's own case: as its applicant, or as a provider that was asked or chosen."""
    granted = {grant.role for grant in held}
    named = case.id in standing.actor.cases
    code = case.applicant.code or case.applicant.siren
    is_applicant = any(grant.role == "applicant" and grant.territory.partition(":")[2] == code for grant in held)
    asked = standing.actor.id in (case.data.get("consultations") or {})
    if is_applicant or (named and ("applicant" in granted or not (granted & OUTSIDE_ROLES or asked))):
        yield "applicant"
    if asked and ("provider" in granted or named):
        yield "provider"


def _departments(grants: Iterable[Grant]) -> set[str]:
    """Return the départements in which grants lie; those of an EPCI only when nothing else says."""
    found: set[str] = set()
    for grant in grants:
        kind, _, code = grant.territory.partition(":")
        if kind in ("department", "arrondissement", "commune"):
            found.add(code[:3] if code[:2] in ("97", "98") else code[:2])
        elif kind == "region":
            found |= _departments_in({code})
    return found


def _departments_for(epci: str, held: Iterable[Grant]) -> frozenset[str]:
    grants = list(held)
    spanned = register().epci_departments(epci)
    if any(grant.territory == "nation" for grant in grants):
        return frozenset(spanned)
    return frozenset(_departments(grants) & set(spanned)) or frozenset(spanned[:1])


def _departments_in(regions: Iterable[str]) -> set[str]:
    wanted = set(regions)
    return {each.code for each in register().departments() if each.region in wanted} if wanted else set()


def _why_not(holding: Holding, action: Action) -> str:
    able = listed([ROLES[role] for role in action.roles], last="ou")
    grants, own = holding.standing.grants, holding.own
    lapsed = [grant for grant in grants if grant.role in action.roles and not grant.holds_on(holding.on)]
    if lapsed:
        return f"Vos droits de {ROLES[lapsed[0].role]} ne valent pas aujourd'hui ; peut le faire : {able}."
    held = listed([ROLES[role] for role in sorted(own)])
    mine = f"Vous êtes {held} sur ce dossier" if own else "Vous n'avez pas de rôle ici"
    return f"{mine} ; « {action.label} » revient à : {able}."

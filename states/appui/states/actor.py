"""Actors: who asks, and the rights that are vouched for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

SYSTEM_ID = "system"

ROLES: dict[str, str] = {
    "applicant": "collectivité demandeuse",
    "intake_officer": "guichet",
    "case_officer": "agent instructeur",
    "sub_prefect": "sous-préfet d'arrondissement",
    "programme_referent": "référent de programme",
    "deputy_delegate": "délégué territorial adjoint",
    "delegate": "délégué territorial",
    "provider": "prestataire",
    "anct_officer": "chargé de mission de l'ANCT",
    "committee_member": "membre du comité local de cohésion territoriale",
    "auditor": "inspection",
    "administrator": "administrateur",
}
"""Role → French label."""

OUTSIDE_ROLES = frozenset({"applicant", "provider"})
"""Roles held on one's own cases only."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A role held in a territory between two local days, both included."""

    role: str
    territory: str
    """`nation`, `region:75`, `department:79`, `arrondissement:791`, `epci:200040244` or `commune:79049`."""
    since: date | None = None
    until: date | None = None

    def holds_on(self, day: date) -> bool:
        """Return whether the grant is in force on that local day."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks. `grants` is what the host vouches for; those stored for the same id are added to it."""

    id: str
    name: str
    email: str | None = None
    grants: tuple[Grant, ...] = ()
    cases: tuple[str, ...] = ()
    """Cases that are the actor's own, as applicant or provider."""

    @staticmethod
    def system() -> Actor:
        """Return the actor in whose name timers and imports act."""
        return Actor(SYSTEM_ID, "appui")

"""Applicants: the commune, grouping or other body that asks for support."""

from __future__ import annotations

from dataclasses import dataclass

KINDS: dict[str, str] = {
    "commune": "commune",
    "CC": "communauté de communes",
    "CA": "communauté d'agglomération",
    "CU": "communauté urbaine",
    "METRO": "métropole",
    "PETR": "pôle d'équilibre territorial et rural",
    "syndicat": "syndicat",
    "departement": "département",
    "other": "autre",
}
"""Kind → French label."""

GROUPINGS = frozenset({"CC", "CA", "CU", "METRO"})
"""Kinds that are EPCI à fiscalité propre."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Applicant:
    """Who asks for support, frozen as known on the day of registration."""

    name: str
    kind: str
    department: str
    """The département to which its cases belong, e.g. `79`, `2A`, `971`."""
    code: str | None = None
    """INSEE code of a commune or SIREN of an EPCI in the register; None when entered by hand."""
    siren: str | None = None
    population: int | None = None
    population_year: int | None = None
    population_source: str | None = None
    region: str | None = None
    arrondissement: str | None = None
    epci: str | None = None
    """SIREN of the EPCI that it is or belongs to."""

    @property
    def identified(self) -> bool:
        """Whether a SIREN or INSEE code is known, as a convention needs."""
        return self.code is not None or self.siren is not None


@dataclass(frozen=True, slots=True)
class ApplicantByHand:
    """An applicant that stands in no register (a PETR, a syndicat), as the desk types it."""

    name: str
    kind: str
    department: str
    siren: str | None = None
    population: int | None = None


def canonical_code(code: object) -> str:
    """Return a code as registers write it, without spaces and in capitals; empty for what cannot be one."""
    if not isinstance(code, str) or len(code) > 32:
        return ""
    return "".join(code.split()).upper()


def siren_is_valid(siren: str) -> bool:
    """Return whether nine digits satisfy the Luhn key of a SIREN (INSEE)."""
    return len(siren) == 9 and _key_is_right(siren)


def siret_is_valid(siret: str) -> bool:
    """Return whether fourteen digits satisfy the Luhn key of a SIRET (INSEE). La Poste's own rule is not known here."""
    return len(siret) == 14 and _key_is_right(siret)


def _key_is_right(digits: str) -> bool:
    if not digits.isascii() or not digits.isdigit():
        return False
    doubled = (int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0

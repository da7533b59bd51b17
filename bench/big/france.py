"""France in shape: fictive communes as many and as populated, département by département, as the real ones.

Départements and arrondissements have their own codes, since rights are held there. Nothing else is anybody's: no
commune, EPCI, person or provider of these exists, and no figure here says anything about a real place.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from itertools import accumulate
from random import Random

from appui.workflow.territories import register

_COLLECTIVITIES = frozenset({"975", "977", "978", "984", "986", "987", "988", "989"})
"""Codes of the register that are no départements: 101 remain."""
_LEAST_COMMUNES = 6
_LEAST_SHARE = 0.2
FREE_BELOW = 3500
"""Under which a commune is covered in full: models of cases keep to one side of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Commune:
    """A commune that does not exist."""

    code: str
    """Six characters: no INSEE code has as many."""
    name: str
    population: int
    arrondissement: str
    epci: str
    """No SIREN: it has letters."""


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person or a provider that does not exist."""

    id: str
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Crew:
    """Who works in a département."""

    agents: tuple[Somebody, ...]
    desk: Somebody
    deputy: Somebody
    delegate: Somebody
    providers: tuple[Somebody, ...]


@dataclass(frozen=True, kw_only=True)
class Land:
    """A département of the big base."""

    code: str
    region: str
    weight: float
    """How many requests it receives, beside the others."""
    crew: Crew
    neighbour: str
    """Another département, with which cases are shared."""
    communes: Mapping[bool, Sequence[Commune]] = field(repr=False)
    """Covered in full → those communes."""
    activity: Mapping[bool, Sequence[float]] = field(repr=False)
    """The same → cumulated weights: a few ask often, most of them seldom."""


def agency_of(region: str) -> Somebody:
    """Return who receives a region's referrals at the agency."""
    return Somebody(f"anct.{region}", f"Chargé de mission fictif {region}")


def lands(rng: Random, *, cases: int) -> list[Land]:
    """Return the 101 départements, with people enough for that many cases in all."""
    real = _register_by_department()
    departments = [each for each in register().departments() if each.code not in _COLLECTIVITIES]
    weights = {
        each.code: _LEAST_SHARE + len(real[each.code]) ** 0.7 * rng.lognormvariate(0, 0.5) for each in departments
    }
    total = sum(weights.values())
    made = []
    for place, department in enumerate(departments):
        communes = _communes(rng, department.code, real[department.code])
        expected = round(cases * weights[department.code] / total)
        made.append(
            Land(
                code=department.code,
                region=department.region,
                weight=weights[department.code],
                crew=_crew(department.code, agents=2 + min(40, expected // 800)),
                neighbour=departments[place - 1].code,
                communes=communes,
                activity={free: _skewed(rng, len(each)) for free, each in communes.items()},
            )
        )
    return made


def _communes(rng: Random, department: str, real: Sequence[tuple[int, str, str]]) -> dict[bool, list[Commune]]:
    """Return fictive communes in the shape of real ones: (population, arrondissement, EPCI) of each."""
    shapes = list(real)
    while len(shapes) < _LEAST_COMMUNES:
        shapes.append(shapes[0])
    rng.shuffle(shapes)
    groupings: dict[str, str] = {}
    found: dict[bool, list[Commune]] = {True: [], False: []}
    for number, (population, arrondissement, epci) in enumerate(shapes, start=1):
        inhabitants = max(11, round(population * rng.uniform(0.85, 1.15)))
        found[inhabitants < FREE_BELOW].append(
            Commune(
                code=f"{department}F{number:03}",
                name=f"Villefictive {department}-{number:03}",
                population=inhabitants,
                arrondissement=arrondissement,
                epci=groupings.setdefault(epci, f"EPCI-{department}-{len(groupings) + 1:02}"),
            )
        )
    for free in (True, False):
        if not found[free]:
            # Both kinds everywhere: Paris has no village, some départements of ours could have no town.
            model = found[not free][0]
            found[free].append(
                Commune(
                    code=f"{department}F999",
                    name=f"Villefictive {department}-999",
                    population=800 if free else 12_000,
                    arrondissement=model.arrondissement,
                    epci=model.epci,
                )
            )
    return found


def _skewed(rng: Random, count: int) -> list[float]:
    return list(accumulate(rng.paretovariate(1.2) for _ in range(count)))


def _crew(department: str, *, agents: int) -> Crew:
    return Crew(
        agents=tuple(
            Somebody(f"agent.{department}.{number:02}", f"Agent fictif {department}-{number:02}")
            for number in range(1, agents + 1)
        ),
        desk=Somebody(f"guichet.{department}", f"Guichet fictif {department}"),
        deputy=Somebody(f"adjoint.{department}", f"Adjoint fictif {department}"),
        delegate=Somebody(f"delegue.{department}", f"Délégué fictif {department}"),
        providers=tuple(
            Somebody(f"prestataire.{department}.{number}", f"Prestataire fictif {department}-{number}")
            for number in range(1, 10)
        ),
    )


def _register_by_department() -> dict[str, list[tuple[int, str, str]]]:
    content = gzip.decompress((files("appui.workflow") / "territories_data" / "communes.csv.gz").read_bytes())
    found = defaultdict(list)
    for code, _, arrondissement, _, population, epci in csv.reader(io.StringIO(content.decode()), delimiter=";"):
        department = code[:3] if code.startswith(("97", "98")) else code[:2]
        found[department].append((int(population or 0), arrondissement, epci))
    return dict(found)

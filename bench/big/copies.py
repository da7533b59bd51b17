"""Copies: models made into as many cases as wanted, spread over the country, in the order in which they were opened."""

from __future__ import annotations

from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from random import Random
from typing import TypeVar

from appui.workflow.calendars import SUBDIVISIONS, zone_of
from appui.workflow.db.terms import EMPTY, search_text, words_of
from bench.big.france import Land, agency_of
from bench.big.furnishing import source_of
from bench.big.lives import Model
from bench.big.presses import COLUMNS, Press, uuid_of
from bench.big.stencils import Format
from bench.big.titles import title

BATCH = 10_000
"""Cases whose rows are in memory at once; their entries are in order of time, as those of so many open cases are."""

Kind = tuple[str | None, str]
"""What deadlines and instants depend on: the public holidays and the time zone."""
References = Counter[tuple[str, int]]
"""(département, year) → how many references were given."""
T = TypeVar("T")


def kind_of(department: str) -> Kind:
    """Return what a model for that département must have been led under."""
    return SUBDIVISIONS.get(department), zone_of(department).key


def batches(
    models: Sequence[tuple[Model, Kind]],
    france: Sequence[Land],
    format_: Format,
    rng: Random,
    *,
    cases: int,
    references: References,
) -> Iterator[dict[str, list[str]]]:
    """Yield rows by table; `references` counts those given. `models` come in the order of their opening."""
    where: dict[Kind, list[Land]] = defaultdict(list)
    for land in france:
        where[kind_of(land.code)].append(land)
    weights = {kind: list(accumulate(land.weight for land in each)) for kind, each in where.items()}
    entries, others = _nothing()
    for (model, kind), times in zip(models, _times(models, weights, cases), strict=True):
        press = Press(model, format_)
        for _ in range(times):
            own = _own(model, _one(rng, where[kind], weights[kind]), rng, references)
            words = {*words_of(own["title"]), *words_of(own["commune"])} - EMPTY
            lines, rest = press.copy(own, words, rng)
            entries += lines
            for table, line in rest:
                others[table].append(line)
            if len(others["appui_case"]) == BATCH:
                yield _batch(entries, others)
                entries, others = _nothing()
    yield _batch(entries, others)


def _times(models: Sequence[tuple[Model, Kind]], weights: Mapping[Kind, Sequence[float]], cases: int) -> list[int]:
    """Return how often each model is copied: each calendar has its share, and all together make that many cases."""
    led = Counter(kind for _, kind in models)
    total = sum(each[-1] for each in weights.values())
    part = {kind: cases * weights[kind][-1] / total / count for kind, count in led.items()}
    marks = [round(mark) for mark in accumulate((part[kind] for _, kind in models), initial=0.0)]
    marks[-1] = cases
    return [after - before for before, after in pairwise(marks)]


def _nothing() -> tuple[list[tuple[str, str]], dict[str, list[str]]]:
    return [], {table: [] for table in COLUMNS if table != "appui_entry"}


def _batch(entries: list[tuple[str, str]], others: dict[str, list[str]]) -> dict[str, list[str]]:
    entries.sort()
    return {"appui_entry": [line for _, line in entries]} | others


def _own(model: Model, land: Land, rng: Random, references: References) -> dict[str, str]:
    """Return what tells one copy from all others, by the names of its holes."""
    commune = _one(rng, land.communes[model.free], land.activity[model.free])
    year = model.opened_at.astimezone(zone_of(land.code)).year
    references[land.code, year] += 1
    reference = f"{land.code}-{year}-{references[land.code, year]:04}"
    about = title(rng)
    crew = land.crew
    agents = len(crew.agents)
    # The first ones have most of the cases, as happens.
    place = int(agents * rng.random() ** 1.6)
    people = {
        "agent": crew.agents[place],
        "colleague": crew.agents[(place + 1) % agents],
        "desk": crew.desk,
        "deputy": crew.deputy,
        "delegate": crew.delegate,
        "agency": agency_of(land.region),
    }
    asked = rng.randrange(len(crew.providers) - 2)
    return {
        "case_id": uuid_of(rng.randbytes(16).hex()),
        "reference": reference,
        "title": about,
        "contact": f"Contact fictif {commune.code}",
        "email": f"{commune.code.lower()}@exemple.invalid",
        "code": commune.code,
        "commune": commune.name,
        "population": str(commune.population),
        "department": land.code,
        "neighbour": land.neighbour,
        "region": land.region,
        "arrondissement": commune.arrondissement,
        "epci": commune.epci,
        "source": source_of(land.code),
        "search": search_text(about, commune.name),
        "seconds": f"{rng.randrange(60):02}.{rng.randrange(1_000_000):06}",
        **{name: each.id for name, each in people.items()},
        **{f"{name}_name": each.name for name, each in people.items()},
        # In the order of their names, as the model has them: the texts that are hashed sort their keys.
        **{f"provider{number}": crew.providers[asked + number - 1].id for number in (1, 2, 3)},
    }


def _one(rng: Random, of: Sequence[T], weights: Sequence[float]) -> T:
    return of[bisect(weights, rng.random() * weights[-1])]

"""Generation: a base of as many cases as asked for, from a few thousand lives led through the machine."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from appui.states.effects import BUILT_IN
from appui.states.library import Library, shipped
from appui.workflow.calendars import calendar_of
from appui.workflow.config import Settings
from bench.big.copies import Kind, References, batches, kind_of
from bench.big.france import Land, lands
from bench.big.furnishing import furnish, keep_counts
from bench.big.lives import Life, Model
from bench.big.loading import loader
from bench.big.plots import lead

YEARS = 8
"""How far back the requests go."""
_IMPORTED = 0.08
_FREE = 0.8
_LEAST_LIVES = 8
"""Of each calendar: some départements have public holidays, or an hour, of their own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """What went into a base."""

    lives: int
    rows: Mapping[str, int]
    """Table → how many."""


def generate(
    settings: Settings,
    *,
    cases: int,
    today: date,
    now: datetime,
    lives: int = 3000,
    seed: int = 1,
    progress: Callable[[int], object] = lambda _cases: None,
) -> Made:
    """Fill the base of these settings, which must hold no case yet. The same seed gives the same cases.

    `today`: the last local day on which something happens. `progress` is told how many cases are in.
    """
    rng = Random(seed)  # noqa: S311 (no secret: the same base every time)
    france = lands(rng, cases=cases)
    library = shipped(BUILT_IN)
    models = _models(library, france, rng, today=today, lives=lives)
    furnish(settings, france, library, now=now)
    references: References = Counter()
    rows: Counter[str] = Counter()
    with loader(settings.database.url) as into, ThreadPoolExecutor(1) as background:
        loading: Future[None] | None = None
        for batch in batches(models, france, into.format, rng, cases=cases, references=references):
            if loading is not None:
                loading.result()
                progress(rows["appui_case"])
            # The base takes a batch in while the next one is made: each has a processor.
            loading = background.submit(into.load, batch)
            rows.update({table: len(lines) for table, lines in batch.items()})
        if loading is not None:
            loading.result()
    keep_counts(settings, references, france)
    return Made(lives=len(models), rows=dict(rows))


def _models(
    library: Library, france: Sequence[Land], rng: Random, *, today: date, lives: int
) -> list[tuple[Model, Kind]]:
    """Return lives under each calendar of the country, by the instant of their opening."""
    weights: dict[Kind, float] = defaultdict(float)
    somewhere: dict[Kind, str] = {}
    for land in france:
        weights[kind_of(land.code)] += land.weight
        somewhere[kind_of(land.code)] = land.code
    total = sum(weights.values())
    models = []
    for kind, weight in weights.items():
        for _ in range(max(_LEAST_LIVES, round(lives * weight / total))):
            # Denser towards the present: there are more requests every year.
            back = timedelta(days=round(365 * YEARS * rng.random() ** 1.4))
            calendar, free = calendar_of(somewhere[kind]), rng.random() < _FREE
            life = Life(library, calendar, rng, opened_on=today - back, today=today, free=free)
            lead(life, rng, imported=rng.random() < _IMPORTED)
            models.append((life.model(), kind))
    return sorted(models, key=lambda each: each[0].opened_at)

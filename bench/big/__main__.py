"""`python -m bench.big`: makes a big base, then measures what appui takes to work on it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, time
from itertools import chain
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any

from appui.workflow.clock import ManualClock, system_clock
from appui.workflow.config import Settings
from appui.workflow.engine import Engine
from bench.big import report
from bench.big.generation import generate
from bench.big.measures import Place, Timing, asked, figures, lists, single_cases
from bench.big.servers import base
from bench.big.sizes import sizes
from bench.hardware import machine, moment, peak_mib

ROOT = Path(__file__).parents[2]
KEPT, PAGE = ROOT / "bench" / "results" / "big.json", ROOT / "docs" / "reference" / "big-base.md"
TODAY = date(2026, 3, 3)
"""The last day in the life of every base: the same cases, and the same deadlines late, whenever it is made."""
EVENING = datetime.combine(TODAY, time(20), UTC)


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what the command line asks."""
    options = _options(arguments)
    folder = Path(options.folder)
    made = folder / "generation.json"
    with base(options.base, folder) as settings:
        if "generate" in options.what:
            made.write_text(json.dumps(make(settings, cases=options.cases, lives=options.lives)), encoding="utf-8")
        if "measure" in options.what:
            found = measure(settings, base=options.base, made=json.loads(made.read_text(encoding="utf-8")))
            print(report.page(found))
            if options.keep:
                KEPT.write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
                PAGE.write_text(report.page(found), encoding="utf-8")


def make(settings: Settings, *, cases: int, lives: int) -> dict[str, object]:
    """Fill the base; return what that took."""
    began = perf_counter()

    def told(done: int) -> None:
        _tell(f"{done:,} dossiers en {perf_counter() - began:.0f} s".replace(",", "\u202f"))

    made = generate(settings, cases=cases, today=TODAY, now=EVENING, lives=lives, progress=told)
    seconds = perf_counter() - began
    _tell(f"{made.lives} vies recopiées en {seconds:.0f} s : {made.rows['appui_entry']} écritures")
    return {
        "cases": cases,
        "lives": made.lives,
        "rows": made.rows,
        "seconds": round(seconds, 1),
        "peak_mib": peak_mib(),
        "load": moment()["load"],
    }


def measure(settings: Settings, *, base: str, made: Mapping[str, Any]) -> dict[str, Any]:
    """Return every timing, the size of the base, what filling it took, and on what that was measured."""
    clock, before, taken_at = ManualClock(EVENING), moment(), system_clock().isoformat(timespec="seconds")
    at_rest = peak_mib()
    engine = Engine(settings, clock=clock)
    timings: list[Timing] = []
    try:
        place = Place(engine, Random(1))  # noqa: S311 (no secret: the same questions every time)
        timings += _told(asked(lists(place)))
        after_lists = peak_mib()
        timings += _told(asked(chain(figures(place, TODAY), single_cases(place, clock))))
    finally:
        engine.stop()
    return {
        "taken_at": taken_at,
        "base": base,
        "generation": dict(made),
        "peak_mib": {"at rest": at_rest, "after the lists": after_lists, "after everything": peak_mib()},
        "machine": machine(),
        "before": before,
        "after": moment(),
        "timings": [asdict(each) for each in timings],
        "sizes": sizes(settings.database.url),
    }


def _told(timings: Iterable[Timing]) -> Iterator[Timing]:
    for timing in timings:
        _tell(f"{timing.name} : médiane {timing.median:.2f} ms, p95 {timing.p95:.2f} ms")
        yield timing


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.big", description="Une base d'un million de dossiers fictifs."
    )
    parser.add_argument("what", nargs="*", default=["generate", "measure"], help="generate, measure, ou les deux")
    parser.add_argument("--cases", type=int, default=1_000_000, help="nombre de dossiers")
    parser.add_argument("--lives", type=int, default=3000, help="nombre de vies menées avant d'être recopiées")
    parser.add_argument("--base", choices=("postgresql", "sqlite"), default="postgresql", help="quelle base")
    parser.add_argument("--folder", default="var/big", help="dossier où elle est, et reste")
    parser.add_argument("--keep", action="store_true", help="garde les chiffres et réécrit docs/reference/big-base.md")
    return parser.parse_args(arguments)


def _tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()

"""`python -m bench`: a run, whole or in part. A whole one writes report, kept figures and the README's table."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from appui.workflow.clock import system_clock
from bench import report
from bench.databases import DIALECTS, Dialect, running
from bench.figures import LATEST, Figures, OnDatabase
from bench.hardware import machine, moment, versions
from bench.lines import LINES, Line
from bench.rounds import Plan, measure
from bench.subjects import ABOUT

ROOT = Path(__file__).parents[1]
REPORT, README = ROOT / "docs" / "reference" / "speed.md", ROOT / "README.md"


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what the command line asks."""
    options = _options(arguments)
    if options.report:
        publish(Figures.read(LATEST))
        return
    lines = tuple(line for line in LINES if not options.only or line.subject in options.only)
    databases = tuple(options.database or DIALECTS)
    whole = not options.quick and lines == LINES and databases == DIALECTS
    figures = run(_quick(lines) if options.quick else _whole(lines), databases)
    print(report.page(figures))
    if whole:
        figures.write(LATEST)
        publish(figures)
    else:
        _tell("Mesure partielle : rien n'est écrit.")


def run(plan: Plan, databases: Sequence[Dialect]) -> Figures:
    """Measure a plan on each kind of database, one after the other."""
    before, taken_at = moment(), system_clock().isoformat(timespec="seconds")
    found: dict[str, OnDatabase] = {}
    for dialect in databases:
        with running(dialect) as up:
            found[dialect] = measure(up, plan, told=partial(_tell, dialect))
    subjects = {line.subject for line in plan.lines}
    return Figures(
        taken_at=taken_at,
        seconds=plan.seconds,
        many=plan.many,
        machine=machine(),
        before=before,
        after=moment(),
        versions=versions(package for name in subjects for package in ABOUT[name].packages),
        databases=found,
    )


def publish(figures: Figures) -> None:
    """Write the report and the README's table."""
    REPORT.write_text(report.page(figures), encoding="utf-8")
    README.write_text(report.readme(README.read_text(encoding="utf-8"), figures), encoding="utf-8")


def _whole(lines: Sequence[Line]) -> Plan:
    """Return a plan of less than ten minutes for both databases, fewer rounds on a machine that is busy otherwise."""
    return Plan(rounds=7, seconds=0.4, many=20_000, patience=200, lines=tuple(lines))


def _quick(lines: Sequence[Line]) -> Plan:
    """Return a plan of a minute, with one worker: to see that all of it works, not to learn how fast it is."""
    return Plan(rounds=1, seconds=0.2, many=500, lines=tuple(replace(line, workers=(1,)) for line in lines))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Mesure le moteur à côté de ses pairs.")
    parser.add_argument("--quick", action="store_true", help="une minute, un processus par sujet, rien n'est écrit")
    parser.add_argument("--only", action="append", choices=list(ABOUT), help="ce sujet seulement ; peut être répété")
    parser.add_argument("--database", action="append", choices=DIALECTS, help="cette base seulement")
    parser.add_argument("--report", action="store_true", help="réécrit le rapport d'après les chiffres gardés")
    return parser.parse_args(arguments)


def _tell(*words: str) -> None:
    print(*words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()

"""The report on a big base, in Markdown. A pure function of the figures that were kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def page(figures: Mapping[str, Any]) -> str:
    """Return the whole report."""
    parts = [
        "# A big base",
        _introduction(figures),
        "## Filling it",
        _filling(figures["generation"]),
        "## Working on it",
        _table(
            ["what", "times", "median, ms", "p95, ms"],
            (
                [each["name"], str(each["times"]), f"{each['median']:.2f}", f"{each['p95']:.2f}"]
                for each in figures["timings"]
            ),
        ),
        "## Memory",
        _memory(figures),
        "## On the disk",
        _sizes(figures["sizes"]),
        "## What it was measured on",
        _machine(figures),
    ]
    return "\n\n".join(parts) + "\n"


def _introduction(figures: Mapping[str, Any]) -> str:
    made, load = figures["generation"], figures["before"]["load"][0]
    return (
        f"Written by `make big` (with `--keep`) on {figures['taken_at'][:10]}: {made['cases']:,} fictive cases with "
        f"{made['rows']['appui_entry']:,} entries over 101 départements, in {NAMES[figures['base']]}. Times are those "
        "of the engine itself, one process, rights and values included; HTTP would be added. The load of the machine "
        f"was {load:g} on {figures['machine']['cores']} cores: where it exceeds them, each time holds as much of "
        "waiting for a turn."
        "\n\n[Run a big base](../how-to/run-a-big-base.md) says how to keep it so."
    )


def _filling(made: Mapping[str, Any]) -> str:
    rate = made["rows"]["appui_entry"] / made["seconds"]
    lines = [
        f"{made['seconds']:,.0f} s, indexes and statistics included: {made['cases'] / made['seconds']:,.0f} cases and "
        f"{rate:,.0f} entries a second",
        f"{made['lives']:,} lives were led through the machine, then copied, each copy with its own people, place, "
        "salts and chain of hashes",
        f"the process held {made['peak_mib']} MiB at most; load average of 1, 5 and 15 minutes at the end: "
        f"{', '.join(map(str, made['load']))}",
    ]
    rows = _table(["rows in", ""], ([f"`{name}`", f"{count:,}"] for name, count in made["rows"].items()))
    return "\n".join(f"- {line}" for line in lines) + f"\n\n{rows}"


def _memory(figures: Mapping[str, Any]) -> str:
    return _table(
        ["the most that the process held", "MiB"], ([when, str(mib)] for when, mib in figures["peak_mib"].items())
    )


def _sizes(sizes: Sequence[Sequence[Any]]) -> str:
    total = sum(rows + indexes for _, rows, indexes in sizes)
    told = ([f"`{name}`", _mib(rows), _mib(indexes)] for name, rows, indexes in sizes if rows + indexes >= total / 1000)
    return _table(["table", "rows, MiB", "indexes, MiB"], told) + f"\n\n{_mib(total)} MiB in all."


def _mib(size: int) -> str:
    return f"{size / 2**20:,.0f}"


def _machine(figures: Mapping[str, Any]) -> str:
    machine, before, after = figures["machine"], figures["before"], figures["after"]
    lines = [
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB; {machine['system']}; "
        f"Python {machine['python']}",
        f"load average of 1, 5 and 15 minutes before the questions: {', '.join(map(str, before['load']))}; "
        f"after them: {', '.join(map(str, after['load']))}",
        f"a small write is safe on this disk after {before['fsync_ms']} ms (median; after the run: {after['fsync_ms']} "
        "ms)",
    ]
    return "\n".join(f"- {line}" for line in lines)


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)

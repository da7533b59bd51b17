"""The report: what a run says, in Markdown. A pure function of the figures that were kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from bench.figures import Figures, OnDatabase, Spread, spread
from bench.goals import Verdict, best_peer, verdicts
from bench.lines import LINES, Line
from bench.subjects import ABOUT

NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
BEGIN, END = "<!-- speed: written by `make bench` -->", "<!-- /speed -->"
FAIRNESS = """Peers write the case, a line of history, the deadline and the messages, with texts of the sizes that the
engine writes, into tables with fewer columns and indexes, without chain heads, projections or hashes: what differs is
in their favour. None of them checks rights, counts working days or can explain a refusal in these lines. Every SQLite
file is in WAL mode, and `synchronous` is FULL for all, SQLite's default. PostgreSQL has the settings of `initdb`."""


def page(figures: Figures) -> str:
    """Return the whole report."""
    parts = [
        "# Speed",
        _introduction(figures),
        "## Goals",
        _reading(figures),
        _goals(figures),
        *(part for name, on in figures.databases.items() for part in _database(name, on)),
        "## What it was measured on",
        _machine(figures),
        "## What an action writes",
        _rows(figures),
        "## How each is used",
        *(f"**{about.label}.** {_one_line(about.how)}" for about in ABOUT.values()),
        _one_line(FAIRNESS),
    ]
    return "\n\n".join(parts) + "\n"


def readme(text: str, figures: Figures) -> str:
    """Return the README with its block written anew."""
    block = f"{BEGIN}\n{summary(figures)}\n{END}"
    return re.sub(f"{re.escape(BEGIN)}.*?{re.escape(END)}", lambda _: block, text, flags=re.DOTALL)


def summary(figures: Figures) -> str:
    """Return the few lines that the README shows."""
    found = list(verdicts(figures))
    rows: dict[str, list[str]] = {}
    for each in found:
        workers = f", {each.workers} workers" if each.workers > 1 else ""
        rows.setdefault(f"{each.goal.what}{workers}", []).append(_short(each))
    table = _table(["", *(NAMES[name] for name in figures.databases)], ([what, *told] for what, told in rows.items()))
    reached = sum(each.is_reached for each in found)
    measured = sum(each.found is not None for each in found)
    return (
        f"{table}\n\n{reached} of the {measured} goals that could be measured are reached; in bold those that are not. "
        f"Medians of {_rounds(figures)}, interleaved in one run on {figures.machine['cores']} cores, every commit "
        "durable. [The report](docs/reference/speed.md) has the rates, the spread, and how each peer is used."
    )


def _introduction(figures: Figures) -> str:
    return _one_line(
        f"""Written by `make bench` on {figures.taken_at[:10]}. Everything was measured in one run: {_rounds(figures)},
        in each of which every line was timed in its turn for {figures.seconds:g} s, after a round that warmed up. Each
        worker is a process of its own; they start together. Rates are cases a second. Ratios are taken round by round,
        then their median: what else the machine does changes rates much more than ratios. A busy disk brings all
        ratios near 1, since every commit waits for it. Processor time is that of the workers' own processes: it
        depends the least on what else the machine does, and leaves out the database server's. « Many live cases » are
        {figures.many:,}."""
    )


def _rounds(figures: Figures) -> str:
    return " and ".join(f"{on.rounds} rounds on {NAMES[name]}" for name, on in figures.databases.items())


def _reading(figures: Figures) -> str:
    """Return in plain words what is reached and what is not."""
    found = list(verdicts(figures))
    measured = [each for each in found if each.found is not None]
    reached, aimed = (sum(each.is_reached for each in measured), sum(each.is_as_aimed for each in measured))
    parts = [f"{reached} of {len(measured)} goals are reached, {aimed} of them as far as we aim."]
    short = [
        f"- {_where(each)}: {_value(each)}, {_asked(each, each.must)} is asked: {each.missing:.2f} × as fast would do"
        for each in measured
        if not each.is_reached
    ]
    absent = [f"- {_where(each)}: {each.reason}" for each in found if each.found is None]
    bounds = [f"- {text}" for text in _bounds(figures)]
    told = (
        ("Not reached:", short),
        ("Not measured:", absent),
        ("The bare driver, which decides nothing, is itself:", bounds),
    )
    for title, lines in told:
        parts += [title, "\n".join(lines)] if lines else []
    return "\n\n".join(parts)


def _bounds(figures: Figures) -> Iterator[str]:
    """Yield by how much the bare driver is faster than the best peer: what no engine of these rows can exceed."""
    for name, on in figures.databases.items():
        for workers in (1, 4):
            peer = best_peer(on, workers)
            found = on.ratio(f"bare.act.{workers}", f"{peer}.act.{workers}") if peer else None
            if peer and found is not None:
                told = f", {workers} workers" if workers > 1 else ""
                yield f"{found.median:.2f} × {ABOUT[peer].label}, on {NAMES[name]}{told}"


def _goals(figures: Figures) -> str:
    return _table(
        ["what", "on", "workers", "found", "quartiles", "must", "aim", "reached"],
        (
            [
                each.goal.what,
                NAMES[each.database],
                str(each.workers),
                _value(each),
                _quartiles(each.found, ".2f"),
                _asked(each, each.must),
                "" if each.aim is None else _asked(each, each.aim),
                _reached(each),
            ]
            for each in verdicts(figures)
        ),
    )


def _database(name: str, on: OnDatabase) -> Iterator[str]:
    yield f"## {NAMES[name]}"
    in_order = sorted(LINES, key=lambda line: list(ABOUT).index(line.subject))
    lines = [(line, workers) for line in in_order for workers in line.workers if line.key(workers) in on.measured]
    yield _table(
        [
            "",
            "what",
            "workers",
            "cases a second",
            "quartiles",
            "least – most",
            "one takes",
            "its processor time",
            "÷ bare driver",
        ],
        (_measured(line, workers, on) for line, workers in lines),
    )


def _measured(line: Line, workers: int, on: OnDatabase) -> list[str]:
    key, label = line.key(workers), ABOUT[line.subject].label
    found, cpu = spread(on.rates(key)), on.cpu_ms(key)
    if found is None:
        return [label, line.label, str(workers), f"not measured: {on.reason(key)}", "", "", "", "", ""]
    beside = on.ratio(key, f"bare.act.{workers}") if line.name.startswith("act") else None
    return [
        label,
        line.label,
        str(workers),
        f"{found.median:,.0f}",
        _quartiles(found, ",.0f"),
        f"{found.least:,.0f} – {found.most:,.0f}",
        f"{1000 * workers / found.median:.2f} ms",
        "" if cpu is None else f"{cpu.median:.2f} ms",
        "" if beside is None else f"{beside.median:.2f}",
    ]


def _machine(figures: Figures) -> str:
    machine, before, after = figures.machine, figures.before, figures.after
    lines = [
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB; {machine['system']}; "
        f"Python {machine['python']}",
        f"a small write is safe on this disk after {before['fsync_ms']} ms (median; after the run: {after['fsync_ms']} "
        "ms), and no durable commit is faster",
        f"load average of 1, 5 and 15 minutes before the run: {', '.join(map(str, before['load']))}; "
        f"after it: {', '.join(map(str, after['load']))}",
        *(
            f"{NAMES[name]}: {', '.join(f'{key} {value}' for key, value in on.settings.items())}"
            for name, on in figures.databases.items()
        ),
        ", ".join(f"{package} {version}" for package, version in figures.versions.items()),
    ]
    return "\n".join(f"- {line}" for line in lines)


def _rows(figures: Figures) -> str:
    tables = sorted({table for on in figures.databases.values() for table in on.rows})
    text = _table(
        ["rows in", *(NAMES[name] for name in figures.databases)],
        ([f"`{table}`", *(str(on.rows.get(table, 0)) for on in figures.databases.values())] for table in tables),
    )
    shared = sorted({table for on in figures.databases.values() for table in on.shared})
    return f"{text}\n\nThe engine alone also alters rows of several cases, in {', '.join(shared)}." if shared else text


def _short(each: Verdict) -> str:
    if each.found is None:
        return f"not measured: {each.reason}"
    told = f"{_value(each)} ({_asked(each, each.must)})"
    return told if each.is_reached else f"**{told}**"


def _where(each: Verdict) -> str:
    workers = f", {each.workers} workers" if each.workers > 1 else ""
    return f"{each.goal.what}, on {NAMES[each.database]}{workers}"


def _value(each: Verdict) -> str:
    if each.found is None:
        return "not measured"
    beside = f" × {each.peer}" if each.peer else ""
    return f"{each.found.median:.2f}{' ms' if each.is_time else beside}"


def _asked(each: Verdict, value: float) -> str:
    return f"≤ {value:g} ms" if each.is_time else f"≥ {value:g}"


def _reached(each: Verdict) -> str:
    if each.found is None:
        return "–"
    if each.is_as_aimed:
        return "yes, as aimed"
    return "yes" if each.is_reached else "**no**"


def _quartiles(found: Spread | None, form: str) -> str:
    return "" if found is None else f"{found.low:{form}} – {found.high:{form}}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["|".join(("", *(f" {cell} " if cell else " " for cell in line), "")) for line in (head, *rows)]
    return "\n".join((lines[0], "|" + "---|" * len(head), *lines[1:]))


def _one_line(text: str) -> str:
    return " ".join(text.split())

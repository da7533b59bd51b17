"""`appui doctor`: whether all that appui needs is there and as it was written, and what to do when it is not."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from appui.states.errors import AppuiError
from appui.states.wording import counted
from appui.workflow.cli.access import settings_of
from appui.workflow.cli.french import WrongUse
from appui.workflow.cli.json_output import write_json
from appui.workflow.cli.options import Json
from appui.workflow.cli.terminal import plain, say
from appui.workflow.doctor.checks import examine, is_mendable, is_repairable, repairs
from appui.workflow.doctor.examination import Examination
from appui.workflow.doctor.findings import FAULT, GOOD, WARNING, Examples, Finding, fault, good

MARKS = {GOOD: "✓", WARNING: "!", FAULT: "✗"}
_BLANK = "\r\x1b[K"
"""Erases the line of a terminal."""


def doctor(
    ctx: typer.Context,
    *,
    quick: Annotated[bool, typer.Option("--quick", help="sans relire tous les journaux ni tous les fichiers")] = False,
    repair: Annotated[bool, typer.Option("--repair", help="montre ce qui peut être réparé sans perte")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="avec --repair : le fait")] = False,
    json: Json = False,
) -> None:
    """Vérifie l'installation et dit quoi faire ; le code de sortie est 1 quand quelque chose ne va pas."""
    if yes and not repair:
        raise WrongUse("--yes ne va qu'avec --repair.")
    show: Callable[[Finding], None] = (lambda _: None) if json else _show
    findings = _examined(ctx, quick=quick, show=show)
    done, failed = Examples(), Examples()
    if repair and is_repairable(findings):
        done, failed = _repaired(ctx, quick=quick, yes=yes)
        if not json:
            _show_repairs(done, failed, yes=yes)
        if done.count and yes:
            findings = _examined(ctx, quick=quick, show=show)
    ok = all(each.ok for each in findings)
    if json:
        answer: dict[str, object] = {"ok": ok, "checks": [_plain(each) for each in findings]}
        if repair:
            answer["repairs"] = {"done": yes, "count": done.count, "details": done.details, "failed": failed.details}
        write_json(answer)
    if not ok or failed.count:
        raise typer.Exit(1)


def _examined(ctx: typer.Context, *, quick: bool, show: Callable[[Finding], None]) -> list[Finding]:
    """Return the findings, each shown as soon as it is known: on a big base the long ones take minutes."""
    findings = []
    for each in _findings(ctx, quick=quick):
        show(each)
        findings.append(each)
    return findings


def _findings(ctx: typer.Context, *, quick: bool) -> Iterator[Finding]:
    try:
        with _opened(ctx, quick=quick) as examination:
            yield good("config", "Configuration lisible")
            yield from examine(examination)
    except AppuiError as error:
        yield fault("config", "Configuration illisible", error.text)


def _repaired(ctx: typer.Context, *, quick: bool, yes: bool) -> tuple[Examples, Examples]:
    """Return what can be put right, or was when `yes`, and what could not be, with the reason."""
    done, failed = Examples(), Examples()
    with _opened(ctx, quick=quick) as examination:
        for each in repairs(examination):
            try:
                if yes:
                    each.do()
                done.add(each.text)
            except (AppuiError, OSError) as error:
                failed.add(f"{each.text} : {error}")
    return done, failed


@contextmanager
def _opened(ctx: typer.Context, *, quick: bool) -> Iterator[Examination]:
    examination = Examination.of(settings_of(ctx), quick=quick, progress=_Progress())
    try:
        yield examination
    finally:
        examination.database.dispose()


class _Progress:
    """Tells a terminal how far the reading of the journals is; nobody else."""

    def __init__(self) -> None:
        self._cases = 0

    def __call__(self, more: int) -> None:
        self._cases += more
        if sys.stderr.isatty():
            cases = counted(self._cases, "dossier relu", "dossiers relus")
            sys.stderr.write(f"{_BLANK}… {cases}" if more else _BLANK)
            sys.stderr.flush()


def _show_repairs(done: Examples, failed: Examples, *, yes: bool) -> None:
    one, many = ("réparation faite", "réparations faites") if yes else ("réparation possible", "réparations possibles")
    again = " ; « appui doctor --repair --yes » répare" if done.count and not yes else ""
    say(plain(f"{counted(done.count, one, many)}{again}"), *(plain(f"  → {text}") for text in done.details))
    if failed.count:
        one, many = "réparation impossible, rien n'y est changé", "réparations impossibles, rien n'y est changé"
        say(plain(counted(failed.count, one, many)), *(plain(f"  ✗ {text}") for text in failed.details))


def _show(finding: Finding) -> None:
    remedy = f" : {finding.remedy}" if finding.remedy else ""
    say(plain(f"{MARKS[finding.level]} {finding.text}{remedy}"), *(plain(f"    {text}") for text in finding.details))


def _plain(finding: Finding) -> dict[str, object]:
    return {
        "check": finding.check,
        "ok": finding.ok,
        "level": finding.level,
        "text": finding.text,
        "remedy": finding.remedy,
        "details": finding.details,
        "repairable": is_mendable(finding),
    }

"""Checks: what is looked at, in the order of the report. To add one, write a function and enter it in the table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from appui.states.errors import AppuiError
from appui.workflow.doctor import base, cases, files, people, surroundings, waiting
from appui.workflow.doctor.examination import Examination
from appui.workflow.doctor.findings import GOOD, Finding, Repair, fault

Look = Callable[[Examination], Finding]
Mend = Callable[[Examination], Iterator[Repair]]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is looked at."""

    look: Look
    mend: Mend | None = None
    """What yields the repairs, when some of what is found can be put right without a loss."""
    long: bool = False
    """Whether it reads the whole base: `--quick` leaves it out."""
    gate: bool = False
    """Whether nobody looks further into the base when something is wrong here."""
    always: bool = False
    """Whether it looks all the same."""


CHECKS: Mapping[str, Check] = {
    "database": Check(base.database, gate=True),
    "structure": Check(base.structure, gate=True),
    "documents": Check(files.folder, always=True),
    "disk": Check(surroundings.disks, always=True),
    "settings": Check(base.settings),
    "damages": Check(base.damages, long=True),
    "indexes": Check(base.indexes, mend=base.mend_indexes),
    "statistics": Check(base.statistics, mend=base.mend_statistics),
    "idle": Check(base.idle),
    "clock": Check(surroundings.clock),
    "procedures": Check(base.procedures),
    "journal": Check(cases.journal, long=True),
    "cases": Check(cases.rows, mend=cases.mend_rows, long=True),
    "files": Check(files.contents),
    "orphans": Check(files.orphans, mend=files.mend_orphans),
    "work": Check(waiting.work),
    "mails": Check(waiting.mails),
    "deciders": Check(people.deciders),
    "actors": Check(people.actors),
    "assignees": Check(people.assignees),
}
"""Name → check."""


def examine(examination: Examination) -> Iterator[Finding]:
    """Yield what each check finds; only some look when the base cannot be looked into. Nothing is changed."""
    ready = True
    for name, check in CHECKS.items():
        if (ready or check.always) and not (examination.quick and check.long):
            finding = _looked(name, check, examination)
            ready = ready and (finding.ok or not check.gate)
            yield finding


def is_repairable(findings: Iterable[Finding]) -> bool:
    """Return whether the base was found fit for repairs."""
    gates = {name for name, check in CHECKS.items() if check.gate}
    return gates <= {each.check for each in findings if each.ok}


def repairs(examination: Examination) -> Iterator[Repair]:
    """Yield what can be put right, a few in memory at a time; nothing is done until it is asked."""
    for check in CHECKS.values():
        if check.mend is not None and not (examination.quick and check.long):
            yield from check.mend(examination)


def is_mendable(finding: Finding) -> bool:
    """Return whether `repairs` can put right what was found."""
    check = CHECKS.get(finding.check)
    return finding.level != GOOD and check is not None and check.mend is not None


def _looked(name: str, check: Check, examination: Examination) -> Finding:
    try:
        return check.look(examination)
    except (AppuiError, OSError) as error:
        return fault(name, f"Vérification impossible (« {name} »)", str(error))

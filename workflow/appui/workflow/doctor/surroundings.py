"""Surroundings: the clock and the disks."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from appui.states.wording import counted
from appui.workflow.doctor.examination import Examination
from appui.workflow.doctor.findings import Finding, fault, good, warning

APART = timedelta(minutes=1)
"""How far two clocks may be from each other: deadlines are days, journals are read to the second."""
QUIET = timedelta(days=366)
"""After so long without an entry either nobody works here, or the clock is ahead."""
GIB = 1 << 30
FREE_LEAST, FREE_PART = 1 * GIB, 0.05
"""Under one of which a disk is nearly full."""


def clock(examination: Examination) -> Finding:
    """Whether the clock agrees with what was written last, and with that of the database's machine."""
    with examination.database.reading() as raw:
        last, server = examination.store.last_written_at(raw), examination.store.server_clock(raw)
    # Asked last: others write meanwhile.
    now = examination.clock()
    if server is not None and abs(server - now) > APART:
        text = f"L'horloge dit {_said(now)}, celle de la base {_said(server)}"
        return fault("clock", text, "mettez les deux machines à l'heure, par le même service de temps")
    if last is not None and last > now:
        text = f"L'horloge dit {_said(now)}, avant la dernière écriture ({_said(last)})"
        return fault("clock", text, "remettez l'horloge de la machine à l'heure")
    if last is not None and now - last > QUIET:
        days = counted((now - last).days, "jour", "jours")
        text = f"L'horloge dit {_said(now)}, {days} après la dernière écriture"
        return warning("clock", text, "si le service a travaillé depuis, remettez l'horloge à l'heure")
    return good("clock", f"Horloge plausible : {_said(now)}")


def disks(examination: Examination) -> Finding:
    """Whether there is room where the base (SQLite) and the documents are."""
    full = []
    for place in _places(examination):
        total, _, free = examination.disk_usage(place)
        if free < max(FREE_LEAST, FREE_PART * total):
            full.append(f"{place} : il reste {_gib(free)} sur {_gib(total)}")
    if not full:
        return good("disk", "Place sur le disque")
    return fault(
        "disk", "Disque presque plein", "libérez de la place, ou changez de disque : plus rien ne s'écrira", full
    )


def _places(examination: Examination) -> list[Path]:
    base = examination.database.path
    wanted = [examination.settings.documents_folder.absolute(), *([base.parent] if base is not None else [])]
    there = (next(each for each in (place, *place.parents) if each.exists()) for place in wanted)
    return list(dict.fromkeys(there))


def _gib(size: int) -> str:
    return f"{size / GIB:.1f} Gio".replace(".", ",")


def _said(moment: datetime) -> str:
    return f"{moment:%d/%m/%Y %H:%M} UTC"

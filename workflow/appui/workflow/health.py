"""Health: whether somebody ticks, whether due work waits, and which cases fail. For whoever runs the instance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from appui.states.wording import counted, listed
from appui.workflow.db.due_store import Failing, Heartbeat
from appui.workflow.db.store import Store

SILENCE = timedelta(minutes=1)
"""Without a tick for that long, nobody ticks."""
WAITING = timedelta(hours=1)
"""Due work that waits for longer is worth saying: ticks do not keep up."""
_SHOWN = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    """How the clocks of an instance are."""

    ok: bool
    """Whether somebody ticks, without failing, and keeps up."""
    text: str
    """In French, what is wrong and what to do, or that all is well."""
    ticked_at: datetime | None
    """The last tick of any process, aware, UTC; None when there never was one."""
    oldest_due_at: datetime | None
    """Since when the oldest due work waits; None when none does."""
    failing: tuple[Failing, ...]
    """Deadlines that were tried again and again, the worst first."""
    processes: tuple[Heartbeat, ...]
    """Those that tick, or did until lately."""


def health_of(raw: Any, store: Store, now: datetime) -> Health:
    """Return how the clocks are at that instant."""
    processes = store.list_heartbeats(raw)
    oldest = store.oldest_due(raw, now)
    failing = store.list_failing(raw, limit=_SHOWN)
    ticking = [each for each in processes if each.ticked_at >= now - SILENCE]
    troubles = []
    if not ticking:
        troubles.append("plus rien ne surveille les échéances : lancez « appui worker » (ou le service hôte)")
    elif all(each.failure for each in ticking):
        troubles.append(f"la surveillance des échéances échoue ({ticking[0].failure})")
    if oldest is not None and oldest < now - WAITING:
        troubles.append(f"une échéance attend depuis {_hours(now - oldest)}")
    references = sorted({each.reference for each in failing})
    if references:
        remarks = f"{counted(len(references), 'dossier échoue', 'dossiers échouent')} ({listed(references[:5])})"
    else:
        remarks = ""
    told = [*troubles, *([remarks] if remarks else [])]
    text = " ; ".join(told) or "les échéances sont surveillées"
    return Health(
        ok=not troubles,
        text=f"{text[0].upper()}{text[1:]}.",
        ticked_at=processes[0].ticked_at if processes else None,
        oldest_due_at=oldest,
        failing=tuple(failing),
        processes=tuple(processes),
    )


def _hours(duration: timedelta) -> str:
    hours = int(duration.total_seconds() // 3600)
    return counted(hours, "heure", "heures") if hours < 48 else counted(hours // 24, "jour", "jours")

"""`appui worker`: a process that ticks, without a door. Any number of them may run."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from appui.states.wording import counted
from appui.workflow.cli.access import opened
from appui.workflow.cli.terminal import flush_quietly, say

_STOPPING = (signal.SIGTERM, signal.SIGINT)


def worker(
    ctx: typer.Context,
    *,
    once: Annotated[bool, typer.Option("--once", help="traite ce qui est dû maintenant, puis s'arrête")] = False,
) -> None:
    """Surveille les échéances, prépare les relances et envoie les courriels, jusqu'à ce qu'on l'arrête.

    SIGTERM ou Ctrl-C l'arrêtent. Il peut y en avoir plusieurs à la fois.
    """
    with opened(ctx) as engine:
        if once:
            seen, tried = engine.see_to_due_work(), engine.deliver_due()
            say(f"{counted(seen, 'échéance traitée', 'échéances traitées')}." if seen else "Aucune échéance à traiter.")
            say(f"{counted(tried, 'courriel traité', 'courriels traités')}." if tried else "Aucun courriel à envoyer.")
            return
        with _stop_signals() as wait:
            engine.start()
            say("appui surveille et envoie, jusqu'à SIGTERM ou Ctrl-C.")
            flush_quietly()
            wait()
        say("appui ne surveille et n'envoie plus rien.")


@contextmanager
def _stop_signals() -> Iterator[Callable[[], object]]:
    """Give what waits until the process is asked to stop; what runs is then brought to its end.

    The signals are blocked and waited for, since a handler would run in the middle of whatever waits and could lock it.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)
    try:
        yield lambda: signal.sigwait(_STOPPING)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

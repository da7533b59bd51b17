"""The report: an account as a person reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from appui.states.wording import NBSP, counted, in_thousands
from appui.workflow.torture.account import Account
from appui.workflow.torture.bases import KINDS
from appui.workflow.torture.chaos import BLOWS, KILL
from appui.workflow.torture.verdict import CHECKS

_FAULTS_SHOWN = 20


def lines_of(account: Account) -> Iterator[str]:
    """Yield the lines of the report."""
    trial = account.trial
    server = ", serveur démarré pour l'épreuve" if trial.own_server else ""
    workers = counted(trial.workers, "processus", "processus")
    yield f"Épreuve sur {KINDS[trial.base]}{server} : {workers}, {_seconds(trial.seconds)}, graine {trial.seed}"
    if not trial.complete:
        yield "Le temps donné s'est écoulé avant que tout ce qui était demandé soit fait."
    yield ""
    yield from _table(
        {
            "actions acquittées": f"{in_thousands(account.actions)} ({_rate(account)} par seconde)",
            "commandes refusées par la procédure": _counts(account.refused),
            "commandes remises à plus tard": _counts(account.troubled),
            "réponses perdues, effet retrouvé": in_thousands(account.found),
            "refus opposés à tous": f"{_seconds(account.refusal_seconds)}, dont "
            f"{_seconds(account.longest_refusal_seconds)} d'affilée",
            "processus tués (kill -9)": in_thousands(trial.blows[KILL]),
            **{blow.label: _struck(account, name) for name, blow in BLOWS.items()},
        }
    )
    yield ""
    yield from _table({check.label: in_thousands(account.counts[kind]) for kind, check in CHECKS.items()})
    yield ""
    if account.unexpected:
        yield f"✗ erreurs qu'appui n'a pas dites lui-même : {_counts(account.unexpected)}"
    if trial.deaths:
        yield f"✗ {counted(trial.deaths, 'processus arrêté de lui-même', 'processus arrêtés d’eux-mêmes')}"
    yield from (f"✗ {fault.where} : {fault.text}" for fault in account.faults[:_FAULTS_SHOWN])
    if len(account.faults) > _FAULTS_SHOWN:
        yield f"… et {in_thousands(len(account.faults) - _FAULTS_SHOWN)} autres."
    yield "✓ Rien de perdu, rien en double, rien de rompu." if account.ok else "✗ Une promesse n'a pas été tenue."


def _struck(account: Account, name: str) -> str:
    hindrance = account.trial.hindered.get(name)
    return f"non tentés : {hindrance}" if hindrance else in_thousands(account.trial.blows[name])


def _rate(account: Account) -> str:
    return _decimal(account.actions / account.trial.seconds if account.trial.seconds else 0)


def _table(rows: Mapping[str, str]) -> Iterator[str]:
    width = max(len(label) for label in rows)
    yield from (f"  {label.ljust(width)}  {value}" for label, value in rows.items())


def _counts(counts: Mapping[str, int]) -> str:
    total = in_thousands(sum(counts.values()))
    each = ", ".join(f"{code} {in_thousands(count)}" for code, count in counts.items())
    return f"{total} ({each})" if each else total


def _decimal(number: float) -> str:
    return f"{number:.1f}".replace(".", ",")


def _seconds(number: float) -> str:
    return f"{_decimal(number)}{NBSP}s"

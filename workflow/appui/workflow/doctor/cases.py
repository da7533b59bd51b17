"""Cases: their journals intact, their rows and what is kept beside them as their journals tell."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from appui.states.errors import AppuiError
from appui.states.wording import counted, listed
from appui.workflow.doctor.examination import Examination
from appui.workflow.doctor.findings import Finding, Repair, fault, good


def journal(examination: Examination) -> Finding:
    """Whether every chain is as it was written."""
    replay = examination.replay
    if not replay.broken.count:
        said = f"{counted(replay.cases, 'dossier', 'dossiers')}, {counted(replay.entries, 'écriture', 'écritures')}"
        return good("journal", f"Journaux intacts ({said})")
    return fault(
        "journal",
        f"Journaux modifiés sur {counted(replay.broken.count, 'dossier', 'dossiers')}",
        "reprenez une sauvegarde et prévenez qui tient la base : ne corrigez rien à la main",
        replay.broken.details,
    )


def rows(examination: Examination) -> Finding:
    """Whether every case is what its journal tells, down to its deadlines and to what lists read."""
    found = examination.replay.unlike
    if not found.count:
        return good("cases", "Dossiers, échéances et listes conformes aux journaux")
    text = counted(found.count, "dossier n'est pas", "dossiers ne sont pas")
    remedy = "lancez « appui doctor --repair », qui les récrit d'après leurs journaux"
    return fault("cases", f"{text} ce que dit le journal", remedy, found.details)


def mend_rows(examination: Examination) -> Iterator[Repair]:
    """Yield, for each case that differs from its journal, the rebuilding from it. No journal is ever touched."""
    for each, _ in examination.replayed():
        if each.unlike:
            text = f"récrire {each.reference} d'après son journal : {listed(each.unlike)}"
            yield Repair(text=text, do=partial(rebuild, examination, each.id))


def rebuild(examination: Examination, case_id: str) -> None:
    """Write a case anew from its journal, with all that is kept beside it, in one transaction.

    AppuiError, with nothing written: `broken_journal` when its journal does not verify, `reference_taken` when
    another case bears its reference.
    """
    with examination.database.transaction() as raw:
        [whole] = examination.store.list_whole_cases(raw, case_id, case_id, lock=True)
        told = examination.told_again(whole)
        if told.told is None:
            raise AppuiError(f"{told.reference} n'est pas récrit : {' '.join(told.faults)}", code="broken_journal")
        found = None if whole.row is None else int(whole.row["version"])
        if not examination.store.rewrite(raw, told.told, told.deadlines, found_version=found):
            text = f"{told.reference} n'est pas récrit : un autre dossier porte cette référence."
            raise AppuiError(text, code="reference_taken")

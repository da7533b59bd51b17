"""What waits: deadlines that nobody sees to, cases on which that fails, mails that do not leave or were refused."""

from __future__ import annotations

from appui.states.wording import counted
from appui.workflow.doctor.examination import Examination
from appui.workflow.doctor.findings import SHOWN, Finding, fault, good, warning
from appui.workflow.health import WAITING

_WORKER = "lancez « appui worker », ou le service hôte qui en tient lieu"


def work(examination: Examination) -> Finding:
    """Whether due deadlines are seen to, and none fails again and again."""
    now = examination.clock()
    with examination.database.reading() as raw:
        oldest = examination.store.oldest_due(raw, now - WAITING)
        failing = examination.store.list_failing(raw, limit=SHOWN)
    if failing:
        details = [f"{each.reference} : échéance « {each.key} », essayée {each.attempt} fois" for each in failing]
        remedy = "lisez ce qu'en dit le journal du programme : ces dossiers sont essayés de nouveau d'eux-mêmes"
        return fault("work", "Échéances que le programme n'arrive pas à traiter", remedy, details)
    if oldest is not None:
        return fault("work", f"Une échéance attend depuis le {oldest:%d/%m/%Y %H:%M} UTC", _WORKER)
    return good("work", "Aucune échéance n'attend d'être traitée")


def mails(examination: Examination) -> Finding:
    """Whether mails leave: none overdue, none claimed by somebody who died, none refused."""
    before = examination.clock() - WAITING
    with examination.database.reading() as raw:
        overdue, stuck = examination.store.count_unsent(raw, before)
        refused = examination.store.list_refused(raw)
    if overdue or stuck:
        told = [counted(overdue, "courriel en attente", "courriels en attente")] if overdue else []
        told += [counted(stuck, "envoi interrompu", "envois interrompus")] if stuck else []
        return fault("mails", "Des courriels ne partent pas depuis plus d'une heure", _WORKER, told)
    if refused:
        details = [f"{reference} : {label}, à {who}" for reference, label, who in refused[:SHOWN]]
        remedy = "« appui outbox list --status refused » dit pourquoi ; corrigez l'adresse, puis « appui outbox retry »"
        text = f"{counted(len(refused), 'courriel a été refusé', 'courriels ont été refusés')}"
        return warning("mails", text, remedy, details)
    return good("mails", "Aucun courriel en retard ni refusé")

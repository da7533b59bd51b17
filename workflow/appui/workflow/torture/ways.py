"""Ways: the lives that cases lead in a trial. Tables say what may come next in each state, chance picks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from appui.states.case import Case
from appui.workflow.torture.orders import AGENT, DEPARTMENTS

Data = Mapping[str, Any]
AMOUNT_CENTS = 30_000
"""Of each convention."""
ENVELOPE_CENTS = 40 * AMOUNT_CENTS
"""Of each département and year: less than what the cases ask for, so that commitments meet the limit."""
DOCUMENT = "@document"
"""Stands for a document of the case, attached first when it has none."""

_PROVIDERS = ("agence-fictive", "conseil-fictif", "bureau-fictif")
_PARTIES = ({"id": "state", "name": "L'État"}, {"id": "mairie", "name": "La commune", "email": "m@exemple.invalid"})

ONWARD: Mapping[str, tuple[str, ...]] = {
    "received": ("start_scoping", "start_scoping", "answer_locally", "ask_completion"),
    "incomplete": ("provide_completion", "start_scoping"),
    "scoping": ("schedule_framing", "record_framing", "record_framing", "route_operator"),
    "framing": ("record_framing", "reschedule_framing", "cancel_framing"),
    "framed": ("consult_providers", "give_up_searching", "give_up_searching"),
    "local_search": ("route_national", "route_national", "record_answer", "route_local"),
    "routed_local": ("start_service", "complete", "reroute"),
    "routed_operator": ("start_service", "complete"),
    "national_submitted": ("accept_national", "accept_national", "refuse_national"),
    "national_refused": ("give_up_searching", "reroute"),
    "national_accepted": ("draft_convention",),
    "convention_draft": ("send_for_signature", "send_for_signature", "draft_convention"),
    "convention_signing": ("sign", "sign", "sign", "revise_convention"),
    "convention_signed": ("commit_funds",),
    "committed": ("start_service",),
    "in_progress": ("accept_deliverable", "complete"),
    "delivered": ("complete",),
}
"""State → what leads on from it; what stands twice is twice as likely."""
ASIDE = ("comment", "comment", "assign", "share", "correct", "undo", "undo", "suspend", "attach", "withdraw")
"""What may be done in any open state."""
SUSPENDED = ("resume", "resume", "comment", "drop")
ENDED = ("reopen", "comment", "correct")
_ASIDE_ONCE_IN = 3

_WORDS: Mapping[str, tuple[str, Data]] = {
    "give_up_searching": ("consult_providers", {"none_exists": True, "reason": "Personne ne peut"}),
}
"""Way → the action that it is, and its data, when the same action is asked in two ways."""

DATA: Mapping[str, Data | Callable[[Case, Random], Data]] = {
    "ask_completion": {"items": ["Plan cadastral"]},
    "provide_completion": {"answer": "Le voici"},
    "start_scoping": {"case_officer": AGENT},
    "schedule_framing": {"starts_at": "2030-04-10T10:00+02:00", "place": "Mairie"},
    "reschedule_framing": {"starts_at": "2030-04-11T10:00+02:00", "place": "Mairie"},
    "cancel_framing": {},
    "record_framing": {"outcome": "need_confirmed"},
    "consult_providers": lambda _case, chance: {"providers": chance.sample(_PROVIDERS, chance.randint(1, 3))},
    "record_answer": lambda _case, chance: {"provider": chance.choice(_PROVIDERS), "accepts": chance.random() < 0.3},
    "answer_locally": lambda _case, chance: {"provider": chance.choice(_PROVIDERS), "how": "téléphone"},
    "route_local": lambda _case, chance: {"provider": chance.choice(_PROVIDERS), "single_contact": AGENT},
    "route_operator": {"operator": "Opérateur d'épreuve"},
    "route_national": {
        "grounds": ["rare_engineering"],
        "justification": "Compétence absente du département",
        "below_target_reason": "Aucune autre voie",
    },
    "reroute": {"reason": "Le prestataire s'est désisté"},
    "accept_national": {"instrument": "grant"},
    "refuse_national": {"reason": "Pas cette année"},
    "draft_convention": {
        "amount_cents": AMOUNT_CENTS,
        "coverage_rate": "0.50",
        "override_reason": "Vu en comité",
        "parties": _PARTIES,
    },
    "send_for_signature": {"document": DOCUMENT},
    "sign": lambda case, chance: {"party": chance.choice(_unsigned(case)), "on_paper": True},
    "revise_convention": {"reason": "Une coquille"},
    "commit_funds": {"amount_cents": AMOUNT_CENTS},
    "start_service": {},
    "accept_deliverable": {"document": DOCUMENT},
    "complete": {"result": "achieved"},
    "withdraw": {"reason": "Nous renonçons"},
    "drop": {"reason": "Sans nouvelles"},
    "suspend": {"reason": "Élections"},
    "resume": {},
    "reopen": {"reason": "Du nouveau"},
    "assign": lambda _case, chance: {"assignee": chance.choice((AGENT, "collegue"))},
    "comment": {"text": "Vu au téléphone"},
    "attach": {"document": DOCUMENT},
    "share": lambda case, _chance: {"department": next(each for each in DEPARTMENTS if each != case.department)},
    "correct": lambda _case, chance: {
        "what": chance.choice(("title", "need")),
        "value": f"Corrigé {chance.randint(1, 999)}",
        "reason": "Mal noté",
    },
    "undo": {"reason": "Erreur"},
}
"""Action → data that are enough for it when the case is where the tables ask it."""


def next_action(case: Case, chance: Random) -> tuple[str, Data]:
    """Return what is asked of a case next, with its data."""
    if case.ended_at is not None:
        way = chance.choice(ENDED)
    elif case.suspended_since is not None:
        way = chance.choice(SUSPENDED)
    elif chance.randrange(_ASIDE_ONCE_IN) == 0:
        way = chance.choice(ASIDE)
    else:
        way = chance.choice(ONWARD[case.state])
    if way in _WORDS:
        return _WORDS[way]
    data = DATA[way]
    return way, data(case, chance) if callable(data) else data


def opening(chance: Random) -> Data:
    """Return the data of a request that comes in."""
    channel = chance.choice(("email", "phone", "letter"))
    contact = {"name": "Secrétariat", "email": "mairie@exemple.invalid"}
    return {"need": "Que faire de la friche ?", "channel": channel, "works_design": False, "contact": contact}


def _unsigned(case: Case) -> tuple[str, ...]:
    """Return the parties whose signature is missing, or all when none is."""
    parties = tuple(each["id"] for each in case.fact("convention.parties") or _PARTIES)
    signed = case.data.get("signatures") or {}
    return tuple(each for each in parties if each not in signed) or parties

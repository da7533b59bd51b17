"""Plots: what becomes of requests, and how often: tables, from which lives are drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from appui.states.opening import UnderWay
from bench.big.holes import CONTACT, EMAIL, NEIGHBOUR, TITLE, hole
from bench.big.lives import Life, Unfinished

Data = dict[str, Any]

THEMES = (
    "territory_project", "citizen_participation", "mobility", "tourism", "culture", "access_to_services",
    "ecological_transition",
)  # fmt: skip
NEEDS = (
    "Que faire de la friche du bourg : état des lieux, usages possibles, premiers coûts.",
    "Savoir si l'ancienne école peut accueillir des logements et un commerce.",
    "Écrire un projet de territoire avec les habitants, en une année.",
    "Étudier une liaison cyclable entre le bourg et la gare.",
    "Trouver comment garder un médecin : maison de santé, cabinet partagé ou permanence.",
    "Réduire la facture d'énergie des bâtiments communaux, à commencer par la salle des fêtes.",
)
_CHANNELS = ("email",) * 5 + ("portal",) * 2 + ("phone",) * 2 + ("letter", "meeting")


@dataclass(frozen=True, slots=True)
class Step:
    """Something done some days after what came before."""

    action: str
    days: tuple[int, int]
    who: str = "agent"
    data: Callable[[Life, Random], Data] = lambda _life, _rng: {}


def _given(**data: Any) -> Callable[[Life, Random], Data]:
    return lambda _life, _rng: data


def _consultation(_life: Life, rng: Random) -> Data:
    return {"providers": [hole(f"provider{number}") for number in range(1, rng.choice((2, 3, 4)))]}


def _convention(life: Life, rng: Random) -> Data:
    parties = [{"id": "state", "name": "L'État"}, {"id": "mairie", "name": hole("commune"), "email": EMAIL}]
    cents = rng.randrange(800_000, 6_000_000, 5_000)
    return {"amount_cents": cents, "coverage_rate": life.case.data["coverage"]["rate"], "parties": parties}


def _commitment(life: Life, _rng: Random) -> Data:
    return {"amount_cents": life.case.data["shares"]["covered_cents"]}


def _document(life: Life, _rng: Random) -> Data:
    return {"document": life.attach()}


_SCOPE = Step("start_scoping", (1, 12), "desk", _given(case_officer=hole("agent")))
_MEET = (
    Step("schedule_framing", (3, 15), data=_given(starts_at="2024-06-11T14:00+02:00", place="Mairie")),
    Step(
        "record_framing",
        (5, 30),
        data=_given(outcome="need_confirmed", minutes="Le besoin est confirmé ; une étude suffit."),
    ),
)
_SEARCH = Step("consult_providers", (2, 20), data=_consultation)
_ACCEPTS = Step("record_answer", (3, 25), data=_given(provider=hole("provider1"), accepts=True))
_DECLINES = Step("record_answer", (3, 18), data=_given(provider=hole("provider1"), accepts=False, reason="Trop chargé"))
_SERVICE = (
    Step("start_service", (5, 40)),
    Step("accept_deliverable", (40, 160), data=_document),
    Step("complete", (5, 60), data=_given(result="achieved")),
)
_NOBODY = Step(
    "consult_providers",
    (20, 40),
    data=_given(none_exists=True, reason="Aucun prestataire du département ne sait faire."),
)
_REFER = Step(
    "route_national",
    (2, 12),
    "deputy",
    _given(
        grounds=["fragility", "local_shortage"],
        justification="Trois agents, aucun ingénieur ; aucune réponse locale.",
        below_target_reason="La seule demande de ce genre cette année.",
    ),
)
_AGREEMENT = (
    Step("draft_convention", (10, 40), data=_convention),
    Step("send_for_signature", (3, 20), data=_document),
    Step("sign", (5, 30), data=_given(party="mairie", on_paper=True)),
    Step("sign", (3, 30), data=_given(party="state", on_paper=True)),
)
_LOCAL_ANSWER = Step(
    "answer_locally", (1, 14), data=_given(provider=hole("provider2"), how="téléphone", advice="Voir l'agence.")
)
_ROUTE_LOCAL = Step("route_local", (1, 12), "deputy", _given(provider=hole("provider1"), single_contact=hole("agent")))

PLOTS: Mapping[str, tuple[float, tuple[Step, ...]]] = {
    "short way": (34, (_LOCAL_ANSWER, Step("complete", (20, 150), data=_given(result="achieved")))),
    "completed first": (
        12,
        (
            Step("ask_completion", (1, 8), "desk", _given(items=["Plan cadastral", "Délibération"])),
            Step("provide_completion", (4, 45), "desk", _given(answer="Voici les pièces demandées.")),
            _LOCAL_ANSWER,
            *_SERVICE,
        ),
    ),
    "local search": (26, (_SCOPE, *_MEET, _SEARCH, _DECLINES, _ACCEPTS, _ROUTE_LOCAL, *_SERVICE)),
    "operator": (
        7,
        (_SCOPE, Step("route_operator", (5, 30), "deputy", _given(operator="Opérateur (fictif)")), *_SERVICE),
    ),
    "national": (
        7,
        (
            _SCOPE,
            *_MEET,
            Step("consult_providers", (2, 20), data=_given(providers=[hole("provider1")])),
            _DECLINES,
            _REFER,
            Step("accept_national", (10, 60), "agency", _given(instrument="call_off_contract")),
            *_AGREEMENT,
            Step("commit_funds", (5, 40), "agency", _commitment),
            *_SERVICE,
        ),
    ),
    "refused by the agency": (
        1.5,
        (
            _SCOPE,
            *_MEET,
            _NOBODY,
            _REFER,
            Step("refuse_national", (10, 60), "agency", _given(reason="Une réponse locale paraît possible.")),
            _SEARCH,
            _ACCEPTS,
            _ROUTE_LOCAL,
            *_SERVICE,
        ),
    ),
    "ineligible": (
        3.5,
        (
            _SCOPE,
            Step("declare_ineligible", (3, 20), "deputy", _given(ground="out_of_scope", reason="Hors du champ.")),
        ),
    ),
    "withdrawn": (3, (_SCOPE, *_MEET, Step("withdraw", (5, 60), data=_given(reason="Le conseil y renonce.")))),
    "dropped": (3.5, (_SCOPE, Step("drop", (60, 240), data=_given(reason="Sans nouvelles depuis des mois.")))),
    "reopened": (
        1.5,
        (
            _LOCAL_ANSWER,
            Step("complete", (10, 60), data=_given(result="partly")),
            Step("reopen", (10, 90), "deputy", _given(reason="La commune a un nouveau besoin, le même projet.")),
            Step("reroute", (2, 20), "deputy", _given(reason="Le prestataire n'est plus disponible.")),
            _SEARCH,
            _ACCEPTS,
            _ROUTE_LOCAL,
            *_SERVICE,
        ),
    ),
}
"""Plot → (weight, what happens one after the other)."""

IMPORTS: tuple[tuple[float, str, str | None, tuple[str, ...], tuple[Step, ...]], ...] = (
    (50, "completed", "local", (), ()),
    (22, "routed_local", "local", (), (Step("complete", (30, 400), data=_given(result="achieved")),)),
    (6, "routed_operator", "operator", (), ()),
    (6, "national_accepted", "national", ("local_search_done",), ()),
    (10, "local_search", None, (), (_SEARCH, _ACCEPTS, _ROUTE_LOCAL)),
    (6, "refused", None, (), ()),
)
"""(weight, state, route, presumed facts, what happens after the import)."""

ASIDES: tuple[tuple[float, tuple[Step, ...]], ...] = (
    (62, (Step("comment", (0, 4), data=_given(text="Échange au téléphone : le maire attend une réponse écrite.")),)),
    (
        10,
        (
            Step(
                "comment",
                (0, 9),
                "colleague",
                _given(text="Vu en réunion de service, rien de nouveau."),
            ),
        ),
    ),
    (8, (Step("attach", (0, 3), data=_document),)),
    (7, (Step("assign", (0, 6), "deputy", _given(assignee=hole("colleague"))),)),
    (3, (Step("correct", (0, 5), data=_given(what="need", value="Besoin précisé au téléphone.", reason="Mal noté")),)),
    (
        4,
        (
            Step("comment", (0, 0), data=_given(text="Erreur de dossier.")),
            Step("undo", (0, 0), data=_given(reason="Erreur")),
        ),
    ),
    (
        4,
        (
            Step("suspend", (1, 10), data=_given(reason="La commune délibère.")),
            Step("resume", (10, 60), data=_given(reason="Délibération reçue.")),
        ),
    ),
    (2, (Step("share", (0, 5), data=_given(department=NEIGHBOUR, reason="Projet à cheval")),)),
)
"""(weight, what happens beside the plot)."""
_ASIDE_CHANCE = 0.4
_STALLED_CHANCE = 0.012
"""Of a step that never comes: somebody forgets, and deadlines pass."""


def lead(life: Life, rng: Random, *, imported: bool) -> None:
    """Lead a life through a plot, as far as the present day lets it go."""
    if imported:
        [(_, state, route, presumed, steps)] = rng.choices(IMPORTS, weights=[each[0] for each in IMPORTS])
        _take_in(life, state, route, presumed)
    else:
        [(_, steps)] = rng.choices(list(PLOTS.values()), weights=[weight for weight, _ in PLOTS.values()])
        life.open(rng.choice(("desk", "desk", "agent")), _request(rng))
    try:
        for step in steps:
            _asides(life, rng)
            if rng.random() < _STALLED_CHANCE:
                return
            _do(life, rng, step)
        _asides(life, rng)
    except Unfinished:
        return


def _asides(life: Life, rng: Random) -> None:
    while rng.random() < _ASIDE_CHANCE:
        [(_, steps)] = rng.choices(ASIDES, weights=[weight for weight, _ in ASIDES])
        if all(life.takes(step.action) for step in steps[:1]):
            for step in steps:
                _do(life, rng, step)


def _do(life: Life, rng: Random, step: Step) -> None:
    if not life.knows(step.action):
        return
    life.wait(rng.randint(*step.days))
    life.act(step.action, step.who, step.data(life, rng))


def _take_in(life: Life, state: str, route: str | None, presumed: tuple[str, ...]) -> None:
    known_on = life.day
    words = {"Collectivité": hole("commune"), "Objet": TITLE, "Suite donnée": state}
    under_way = UnderWay(
        state=state, known_on=known_on, route=route, presumed=presumed, words=words, source=hole("source")
    )
    life.take_in(
        under_way, {"received_before": known_on.isoformat(), "channel": "import", "programme": "Tableau de suivi"}
    )


def _request(rng: Random) -> Data:
    contact = {"name": CONTACT, "phone": "05 00 00 00 00"} | ({"email": EMAIL} if rng.random() < 0.8 else {})
    return {
        "need": rng.choice(NEEDS),
        "themes": rng.sample(THEMES, rng.choice((1, 1, 1, 2))),
        "channel": rng.choice(_CHANNELS),
        "works_design": False,
        "contact": contact,
    }

"""Orders: what a worker asks of the engine, as plain data that a ledger keeps, and how it is asked again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from appui.states.actor import Actor, Grant
from appui.states.applicant import ApplicantByHand
from appui.states.case import Case, Entry
from appui.workflow.commands import Act, ImportCase, OpenCase
from appui.workflow.engine import Engine
from appui.workflow.views import ADDED, CHANGED

PROCEDURE = "engineering_request"
DEPARTMENTS = ("79", "86")
"""Those of the trial's cases; each case may be shared with the other."""
SOURCE = "Épreuve"
LINE = "ligne"
"""The column that tells an imported line."""
AGENT = "epreuve"
_NAME = "Épreuve"
_FICTIVE_SIREN = "000000000"
"""Its key is right and it belongs to nobody."""
_ROLES = ("intake_officer", "case_officer", "deputy_delegate", "delegate", "anct_officer")
_CONTENT = b"%PDF-1.4\n%%EOF\n"

OPEN, ACT, IMPORT, ATTACH = "open", "act", "import", "attach"


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """One command of one worker. Its mark is the name of who acts: the journal itself says whose effect an entry is."""

    mark: str
    kind: str
    """`open`, `act`, `import` or `attach`."""
    content: Mapping[str, Any]
    """Plain data."""
    host: bool = False
    """Whether it is carried out in a transaction of the worker's own, as a host would."""
    twice: bool = False
    """Whether two threads send it at once, as a double click does."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What an acknowledged order has left in the base."""

    case_id: str
    version: int | None
    """Version to which the case rose; None when the order wrote no entry: a known line, a document."""
    document: str | None = None


def actor_of(order: Order) -> Actor:
    """Return who asks: always the same agent, under a name that bears the order's mark."""
    return Actor(AGENT, f"{_NAME} {order.mark}", grants=tuple(Grant(role, "nation") for role in _ROLES))


def mark_of(entry: Entry) -> str | None:
    """Return the mark of the order that wrote an entry, None when none did."""
    name, _, mark = (entry.actor_name or "").partition(" ")
    return mark if name == _NAME else None


def carried_out(engine: Engine, order: Order) -> Effect:
    """Send the order and return its effect. Raises what the engine raises."""
    if not order.host or order.kind == ATTACH:
        return _SENDING[order.kind](engine, order, None)
    with engine.begin() as connection:
        return _SENDING[order.kind](engine, order, connection)


def find_effect(engine: Engine, order: Order) -> Effect | None:
    """Return the effect that an order left although its answer was lost; None when it left none."""
    reader = actor_of(order)
    if order.kind == ATTACH:
        documents = engine.documents(order.content["case_id"], actor=reader)
        found = next((each.id for each in documents if each.name == _file_name(order)), None)
        return None if found is None else Effect(order.content["case_id"], None, found)
    if order.kind == ACT:
        candidates = [order.content["case_id"]]
    else:
        candidates = [case.id for case in engine.cases(actor=reader, text=_title(order), limit=50).items]
    for case_id in candidates:
        for entry in engine.journal(case_id, actor=reader):
            if mark_of(entry) == order.mark:
                return Effect(case_id, entry.seq)
    return None


def repeatable(order: Order) -> bool:
    """Return whether the engine itself tells a second sending from a first one: by the version that was read."""
    return order.kind == ACT


def _title(order: Order) -> str:
    # Closed by a sign, so that no title begins another.
    return f"{order.content['line']}." if order.kind == IMPORT else f"{_NAME} {order.mark}."


def _file_name(order: Order) -> str:
    return f"{order.mark}.pdf"


def _applicant(department: str) -> ApplicantByHand:
    return ApplicantByHand("Commune d'épreuve (fictive)", "commune", department, siren=_FICTIVE_SIREN, population=400)


def _open(engine: Engine, order: Order, connection: object) -> Effect:
    content = order.content
    command = OpenCase(PROCEDURE, _applicant(content["department"]), _title(order), content["data"])
    return _written(engine.open(command, actor=actor_of(order), connection=connection))


def _act(engine: Engine, order: Order, connection: object) -> Effect:
    content = order.content
    command = Act(content["case_id"], content["action"], content["data"], content["version"])
    return _written(engine.act(command, actor=actor_of(order), connection=connection))


def _import(engine: Engine, order: Order, connection: object) -> Effect:
    content = order.content
    command = ImportCase(
        procedure=PROCEDURE,
        applicant=_applicant(content["department"]),
        title=_title(order),
        data={"received_before": content["known_on"], "channel": "import"},
        state=content["state"],
        known_on=date.fromisoformat(content["known_on"]),
        words={LINE: content["line"], "suite": content["said"]},
        source=SOURCE,
        key=content["line"],
        # Of two sent at once, the second may come after another worker's, and would change the case back.
        accept=not order.twice,
    )
    imported = engine.import_case(command, actor=actor_of(order), connection=connection)
    if imported.status in (ADDED, CHANGED):
        return _written(imported.case)
    return Effect(imported.case.id, None)


def _attach(engine: Engine, order: Order, _connection: object) -> Effect:
    document = engine.attach(order.content["case_id"], _file_name(order), _CONTENT, actor=actor_of(order))
    return Effect(order.content["case_id"], None, document.id)


def _written(case: Case) -> Effect:
    return Effect(case.id, case.version)


_SENDING: Mapping[str, Callable[[Engine, Order, object], Effect]] = {
    OPEN: _open,
    ACT: _act,
    IMPORT: _import,
    ATTACH: _attach,
}
"""Kind of order → what sends it."""

"""Walks: which order a worker gives next, as it reads the base and as chance has it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from random import Random
from typing import Any

from appui.states.actor import Actor
from appui.states.case import Case
from appui.workflow.calendars import calendar_of
from appui.workflow.engine import Engine
from appui.workflow.torture.orders import ACT, ATTACH, DEPARTMENTS, IMPORT, OPEN, Order
from appui.workflow.torture.plan import Mix
from appui.workflow.torture.ways import DOCUMENT, next_action, opening

_SAID = {"Cadrage en cours": "scoping", "Besoin cadré": "framed", "On cherche": "local_search"}
"""What an imported line may say → the state that it stands for."""
_ENDED = 0.05
"""Share of the actions that are asked of cases that may have ended."""
_CASES = 40
_READ_AGAIN_AFTER = 20
_LINE_SECONDS = 0.5
"""All workers import the same line during that time: they meet on it, and meet it again later."""


class Walk:
    """The orders of one life of one worker."""

    def __init__(self, engine: Engine, chance: Random, *, prefix: str, mix: Mix) -> None:
        self._engine = engine
        self._chance = chance
        self._prefix = prefix
        self._mix = mix
        self._number = 0
        self._cases: tuple[str, ...] = ()
        self._left = 0

    def blank(self, kind: str, content: Mapping[str, Any] | None = None) -> Order:
        """Return an order under a mark of its own."""
        self._number += 1
        return Order(mark=f"{self._prefix}-{self._number}", kind=kind, content=content or {})

    def next(self) -> Order:
        """Return the next order; the base is read for it. Raises what the engine raises when it cannot be."""
        drawn = self._chance.random()
        if drawn < self._mix.openings:
            return self._opening()
        if drawn < self._mix.openings + self._mix.imports:
            return self._importing()
        case = self._case()
        return self._opening() if case is None else self._acting(case)

    def _opening(self) -> Order:
        return self._sent(OPEN, {"department": self._department(), "data": opening(self._chance)})

    def _importing(self) -> Order:
        line = int(time.monotonic() / _LINE_SECONDS)
        if self._chance.random() < 0.3:
            line -= self._chance.randint(1, 20)
        said = self._chance.choice(tuple(_SAID))
        # The line says of which département it is: the same line always tells the same.
        department = DEPARTMENTS[line % len(DEPARTMENTS)]
        known_on = calendar_of(department).local_day(self._engine.clock()).isoformat()
        content = {"department": department, "line": f"ligne {line}", "said": said, "state": _SAID[said]}
        return self._sent(IMPORT, {**content, "known_on": known_on})

    def _acting(self, case: Case) -> Order:
        action, data = next_action(case, self._chance)
        if data.get("document") == DOCUMENT:
            documents = self._engine.documents(case.id, actor=Actor.system())
            if not documents:
                return self._sent(ATTACH, {"case_id": case.id})
            data = {**data, "document": self._chance.choice(documents).id}
        return self._sent(ACT, {"case_id": case.id, "action": action, "data": data, "version": case.version})

    def _sent(self, kind: str, content: Mapping[str, Any]) -> Order:
        order = self.blank(kind, content)
        drawn = self._chance.random()
        twice = kind in (ACT, IMPORT) and drawn < self._mix.twice
        return Order(mark=order.mark, kind=kind, content=content, host=drawn > 1 - self._mix.host, twice=twice)

    def _case(self) -> Case | None:
        if self._left == 0 or not self._cases:
            still_open = self._chance.random() >= _ENDED
            page = self._engine.cases(actor=Actor.system(), open=still_open, limit=_CASES)
            self._cases, self._left = tuple(case.id for case in page.items), _READ_AGAIN_AFTER
        if not self._cases:
            return None
        self._left -= 1
        return self._engine.get(self._chance.choice(self._cases), actor=Actor.system())

    def _department(self) -> str:
        return self._chance.choice(DEPARTMENTS)

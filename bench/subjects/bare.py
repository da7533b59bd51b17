"""The bare driver: one SELECT, then the engine's own rows by hand-written SQL. Alone, or with a shared `Machine`."""

# ruff: noqa: S608 - names come from the base's own catalogue, values are always parameters

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any

from transitions import Machine

from bench.databases import Place
from bench.footprint import CASE_TABLE, Sample
from bench.peer_rows import check_written
from bench.procedure import procedure
from bench.scenario import ACTION
from bench.statements import Target, in_turn, whole
from bench.subjects import Doing
from bench.tables import tables_of

Move = Callable[[str], None]
"""Takes a case out of a state, or raises."""
_FIRST_NUMBER = 100_000
"""Where the references of cases begin that the engine did not open."""


class Bare:
    """psycopg on an autocommitting connection, or sqlite3 with BEGIN IMMEDIATE and `synchronous=FULL`."""

    def __init__(self, place: Place, sample: Sample) -> None:
        self._place, self._sample = place, sample
        self._sqlite = place.dialect == "sqlite"
        self._opened = 0

    def set_up(self) -> None:
        """Leave the base as appui made it."""

    def prepare(self, count: int, line: str) -> Sequence[str]:  # noqa: ARG002 (all lines begin alike)
        """Write the rows of that many opened cases, in one commit."""
        first = _FIRST_NUMBER + self._opened
        self._opened += count
        targets = [Target(str(uuid.uuid4()), f"79-2026-{first + number}") for number in range(count)]
        sample = self._sample
        statements = in_turn(sample, sample.opening) if self._sqlite else [whole(sample, sample.opening)]
        with closing(self._place.connect()) as raw, closing(raw.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE" if self._sqlite else "BEGIN")
            for statement in statements:
                cursor.executemany(statement.text, [statement.parameters(target) for target in targets])
            cursor.execute("COMMIT")
        return [target.id for target in targets]

    @contextmanager
    def doing(self, line: str) -> Iterator[Doing]:
        """Give the action; the line `act_with_machine` fires the procedure's machine before it writes."""
        move = _MOVES[line]()
        acting = _acting_on_sqlite if self._sqlite else _acting_on_postgresql
        with closing(self._place.connect()) as raw:
            yield acting(raw, self._reading(raw), self._sample, move)

    def check(self, case: str) -> str:
        """Return the state of the case."""
        with closing(self._place.connect()) as raw:
            return str(raw.execute(self._reading(raw), (case,)).fetchone()[1])

    def _reading(self, raw: Any) -> str:
        [case] = [table for table in tables_of(self._place, raw) if table.name == CASE_TABLE]
        columns = ("version", "state", "reference", *case.columns)
        if self._sqlite:
            return f"SELECT {', '.join(columns)} FROM {CASE_TABLE} WHERE id = ?"
        return f"SELECT {', '.join(f'{column}::text' for column in columns)} FROM {CASE_TABLE} WHERE id = %s"


def _acting_on_postgresql(raw: Any, reading: str, sample: Sample, move: Move) -> Doing:
    writing = whole(sample, sample.action)

    def act(case_id: str) -> None:
        version, state, reference, *_ = raw.execute(reading, (case_id,)).fetchone()
        move(state)
        target = Target(case_id, reference, version)
        check_written(raw.execute(writing.text, writing.parameters(target)).fetchone()[0])

    return act


def _acting_on_sqlite(raw: Any, reading: str, sample: Sample, move: Move) -> Doing:
    first, *others = in_turn(sample, sample.action)

    def act(case_id: str) -> None:
        raw.execute("BEGIN IMMEDIATE")
        version, state, reference, *_ = raw.execute(reading, (case_id,)).fetchone()
        move(state)
        target = Target(case_id, reference, version)
        check_written(raw.execute(first.text, first.parameters(target)).rowcount)
        for statement in others:
            raw.execute(statement.text, statement.parameters(target))
        raw.execute("COMMIT")

    return act


def _stay(_: str) -> None:
    """Let the case go where the sample says."""


def _moving() -> Move:
    """Return what fires one shared machine, made once from the same procedure, on a tiny object of its own."""
    states = list(procedure().states)
    machine: Any = Machine(model=None, states=states, auto_transitions=False, send_event=True, initial=states[0])
    for source, target, action, _ in procedure().edges():
        machine.add_transition(action.name, source, target, conditions=[_is_permitted])

    def move(state: str) -> None:
        if not machine.events[ACTION].trigger(_Whereabouts(state)):
            raise RuntimeError(f"{ACTION} leads nowhere from {state}")

    return move


_MOVES: Mapping[str, Callable[[], Move]] = {"act": lambda: _stay, "act_with_machine": _moving}


class _Whereabouts:
    """What the machine moves."""

    __slots__ = ("state",)

    def __init__(self, state: str) -> None:
        self.state = state


def _is_permitted(_: Any) -> bool:
    return True

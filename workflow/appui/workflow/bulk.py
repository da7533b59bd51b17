"""Bulk: lists of actions, a hundred a commit, each accepted or refused on its own."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, TypeVar

from appui.states.actor import Actor
from appui.states.case import Case
from appui.states.errors import ActionRefused, AppuiError, CaseNotFound, InvalidData, NotAllowed, StaleCase
from appui.states.fields import clean_text
from appui.states.machine import references_in
from appui.workflow.commands import Act
from appui.workflow.db.batch import Batch
from appui.workflow.db.failures import is_conflict
from appui.workflow.db.loading import FACTS
from appui.workflow.db.rows import DoneKey, ImportLine
from appui.workflow.db.writing import Overtaken
from appui.workflow.journal import canonical
from appui.workflow.views import DONE, KNOWN, REFUSED, Acted
from appui.workflow.work import Tools, Work, is_identifier

T = TypeVar("T")
TOGETHER = 100
"""Actions a commit."""
REFUSALS = (CaseNotFound, NotAllowed, StaleCase, InvalidData, ActionRefused)
"""What refuses one action; any other error is about the whole list."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An action of a list, and its key, if it has one."""

    command: Any
    """An Act, unless the caller has mistaken something else for one."""
    key: Any
    """A text, or None."""


class BatchWork(Work):
    """Work whose store reads ahead and holds back."""

    def __init__(self, tools: Tools, raw: Any, actor: Actor, now: datetime) -> None:
        self._batch = Batch(tools.store)
        super().__init__(replace(tools, store=self._batch), raw, actor, now, writing=True)

    def read_ahead(self, commands: Iterable[Act]) -> None:
        """Lock the cases and read all that deciding the commands may need."""
        facts: set[str] = set()
        references: dict[str, set[str]] = defaultdict(set)
        ids = set()
        for command in commands:
            foreseen = self.tools.procedures.foreseen(command.action)
            facts |= foreseen.facts
            for kind, names in references_in(foreseen.references, command.data).items():
                references[kind] |= set(names)
            if is_identifier(command.case_id):
                ids.add(command.case_id)
        self._batch.read_ahead(
            self.raw,
            ids,
            references=references,
            facts=FACTS.intersection(facts).difference(self.tools.host_facts),
        )

    def read_lines_ahead(self, lines: Iterable[ImportLine]) -> None:
        """Claim the lines of trackers that may become cases, and read those that already have."""
        by_source = attrgetter("source")
        for _, same in groupby(sorted(lines, key=by_source), key=by_source):
            self._batch.read_lines_ahead(self.raw, list(same))

    def finish(self) -> None:
        """Write what is still held back."""
        self._batch.finish(self.raw)


def hundreds(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Yield the items, as many at a time as are committed together."""
    return (items[first : first + TOGETHER] for first in range(0, len(items), TOGETHER))


def asked_of(commands: Iterable[Act] | Mapping[str, Act]) -> list[Asked]:
    """Return the commands in their order, with their keys when they have some."""
    if isinstance(commands, Mapping):
        return [Asked(command, key) for key, command in commands.items()]
    return [Asked(command, None) for command in commands]


def acted(
    asked: Sequence[Asked],
    *,
    together: Callable[[], AbstractContextManager[BatchWork]],
    alone: Callable[[], AbstractContextManager[Work]],
    apart: Callable[[object], bool],
) -> Iterator[Acted]:
    """Do the actions and yield what became of each, in their order.

    `together` and `alone` open a transaction; `apart` says of an action, by name, whether it must have its own.
    """
    for batch in _batches(asked, apart):
        yield from _done_alone(batch, alone) if len(batch) == 1 else _done_together(batch, together, alone)


def _batches(asked: Sequence[Asked], apart: Callable[[object], bool]) -> Iterator[list[Asked]]:
    batch: list[Asked] = []
    for each in asked:
        lone = isinstance(each.command, Act) and apart(each.command.action)
        if batch and (lone or len(batch) == TOGETHER):
            yield batch
            batch = []
        batch.append(each)
        if lone:
            yield batch
            batch = []
    if batch:
        yield batch


def _done_together(
    batch: Sequence[Asked],
    together: Callable[[], AbstractContextManager[BatchWork]],
    alone: Callable[[], AbstractContextManager[Work]],
) -> list[Acted]:
    try:
        with together() as work:
            work.read_ahead(each.command for each in batch if isinstance(each.command, Act))
            return _each(work, batch)
    except (AppuiError, Overtaken) as error:
        if not _is_overtaken(error):
            raise
    # PostgreSQL gave this transaction up for another's: one by one, nobody waits for two rows.
    return list(_done_alone(batch, alone))


def _is_overtaken(error: Exception) -> bool:
    if isinstance(error, StaleCase | Overtaken):
        return True
    return error.__cause__ is not None and is_conflict(error.__cause__)


def _done_alone(batch: Iterable[Asked], alone: Callable[[], AbstractContextManager[Work]]) -> Iterator[Acted]:
    for each in batch:
        try:
            yield _tried(each, alone)
        except REFUSALS as error:
            yield _refused(each, error)


def _tried(asked: Asked, alone: Callable[[], AbstractContextManager[Work]]) -> Acted:
    try:
        with alone() as work:
            return _one(work, asked)
    except (StaleCase, Overtaken):
        if asked.key is None:
            raise
    # Who came first may have been the same list, given twice at once: then its key is known by now.
    with alone() as work:
        return _one(work, asked)


def _one(work: Work, asked: Asked) -> Acted:
    """Return what became of an action that has its own transaction. Raises what refuses it."""
    known = _known(work, [asked])
    acted, done = _done(work, asked, known)
    _keep(work, done)
    return acted


def _each(work: Work, batch: Sequence[Asked]) -> list[Acted]:
    known = _known(work, batch)
    found: list[Acted] = []
    kept: list[DoneKey] = []
    for each in batch:
        try:
            acted, done = _done(work, each, known)
        except REFUSALS as error:
            found.append(_refused(each, error))
        else:
            found.append(acted)
            kept += done
    _keep(work, kept)
    return found


def _done(work: Work, asked: Asked, known: Mapping[str, DoneKey]) -> tuple[Acted, list[DoneKey]]:
    """Return what became of an action, and its key if it is to be kept. Raises what refuses it."""
    command, key = asked.command, asked.key
    if not isinstance(command, Act):
        raise InvalidData([("", "Chaque élément de la liste est une action sur un dossier : attendu un Act.")])
    if key is None:
        return Acted(command=command, status=DONE, case=work.carry_out(work.ask(command))), []
    clean_text(key, label="Clé", path="key")
    digest = _digest(command)
    if key in known:
        return Acted(command=command, status=KNOWN, case=_case_of(work, known[key], digest), key=key), []
    case = work.carry_out(work.ask(command))
    done = DoneKey(work.actor.id, key, case.id, case.version, digest)
    return Acted(command=command, status=DONE, case=case, key=key), [done]


def _known(work: Work, batch: Iterable[Asked]) -> dict[str, DoneKey]:
    keys = [each.key for each in batch if isinstance(each.key, str)]
    return work.tools.store.find_keys(work.raw, work.actor.id, keys)


def _case_of(work: Work, done: DoneKey, digest: str) -> Case:
    if done.digest != digest:
        raise InvalidData([("key", "Cette clé a déjà servi à une autre action : donnez-en une nouvelle.")])
    return work.readable(done.case_id)


def _keep(work: Work, keys: Sequence[DoneKey]) -> None:
    if not work.tools.store.keep_keys(work.raw, keys):
        raise Overtaken


def _refused(asked: Asked, error: AppuiError) -> Acted:
    return Acted(command=asked.command, status=REFUSED, refusal=error.with_traceback(None), key=asked.key)


def _digest(command: Act) -> str:
    """Return the hash of what is asked; not of the version, which a list that is made again reads again."""
    what = [command.case_id, command.action, command.data]
    try:
        text = canonical(what)
    except (TypeError, ValueError):
        text = repr(what)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

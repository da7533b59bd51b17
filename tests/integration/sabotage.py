"""Sabotage: engines broken on purpose, to show that what tests them would notice."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from appui.states.actor import Actor
from appui.states.case import Case
from appui.workflow import Act, Engine
from appui.workflow.config import Settings
from appui.workflow.db import writing
from appui.workflow.db.dialects import Parameters
from appui.workflow.db.store import Store


class Heedless(Engine):
    """Forgets which version was read: each command is done on whatever version there is."""

    def act(self, command: Act, *, actor: Actor, connection: object = None) -> Case:
        """Do something to a case, whoever has changed it since it was read."""
        version = self.get(command.case_id, actor=actor).version
        return super().act(replace(command, expected_version=version), actor=actor, connection=connection)


class _Reworded(Store):
    """Says some of its SQL otherwise."""

    instead: ClassVar[tuple[str, str]]

    def translated(self, text: str) -> str:
        """Return the statement, its words replaced."""
        return super().translated(text.replace(*self.instead))


class _Torn(Store):
    """Writes one part of each action in a transaction of its own, after the rest."""

    part: ClassVar[str]
    """As PostgreSQL's whole statement names it."""
    step: ClassVar[str]
    """The same, as SQLite takes it."""

    def run(self, raw: Any, text: str, parameters: Parameters) -> int:
        """Run one statement; SQLite's part comes after a commit."""
        self._end_before(raw, text)
        return super().run(raw, text, parameters)

    def run_each(self, raw: Any, text: str, lines: Sequence[Parameters]) -> None:
        """Run one statement for each line, after a commit for SQLite's part."""
        if lines:
            self._end_before(raw, text)
        super().run_each(raw, text, lines)

    def one(self, raw: Any, text: str, parameters: Parameters) -> tuple[Any, ...] | None:
        """Run PostgreSQL's whole statement without its part, then the part."""
        part = writing._POSTGRESQL_PARTS[self.part]
        if part not in text:
            return super().one(raw, text, parameters)
        found = super().one(raw, text.replace(f", {self.part} AS ({part})", ""), parameters)
        super().run(raw, f"WITH changed AS (SELECT $as_text(:id) AS id) {part}", parameters)
        return found

    def _end_before(self, raw: Any, text: str) -> None:
        if text == self.step:
            raw.commit()
            raw.execute("BEGIN IMMEDIATE")


class _WithStore(Engine):
    store: ClassVar[type[Store]]

    def __init__(self, settings: Settings, **options: Any) -> None:
        super().__init__(settings, **options)
        self._store = self.store(self.database.dialect, settings.database.schema_name)
        self._tools = replace(self._tools, store=self._store)


class _JournalLater(_Torn):
    part, step = "line", writing._SQLITE_ENTRY


class _MessagesLater(_Torn):
    part, step = "messages", writing._SQLITE_MESSAGE


class _Unversioned(_Reworded):
    instead = ("AND appui_case.version = :expected_version", "")


class _Unlocked(Store):
    def set_envelope(self, raw: Any, department: str, year: int, granted_cents: int) -> None:
        """Leave the envelope to everybody."""


class _Hasty(_Reworded):
    instead = ("xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint", "true")


class JournalLater(_WithStore):
    """Writes the journal's line in a second transaction."""

    store = _JournalLater


class MessagesLater(_WithStore):
    """Writes the messages once the action is committed."""

    store = _MessagesLater


class Unversioned(_WithStore):
    """Overwrites a case whatever version it has by now."""

    store = _Unversioned


class Unlocked(_WithStore):
    """Reads the envelope without keeping others from committing on it."""

    store = _Unlocked


class Hasty(_WithStore):
    """Shows in its feed what is committed, though something that comes before is not yet."""

    store = _Hasty

"""Engines that are broken on purpose, each in one way: the torture must tell."""

import os
import signal
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import replace
from random import SystemRandom
from threading import Event

from appui.states.errors import StaleCase
from appui.workflow import Engine
from appui.workflow.db.rows import entry_parameters
from appui.workflow.db.store import Store
from appui.workflow.db.writing import _POSTGRESQL_PARTS, _SQLITE_ENTRY

_CHANCE = SystemRandom()
_WIDE = 0.05
"""Seconds by which a gap is widened, so that what may fall into it does."""
_FORGOTTEN = 0.5
"""Share of the actions that are not finished."""


class WithoutVersionCheck(Engine):
    """Acts on whatever the case has become."""

    def act(self, command, *, actor, connection=None):
        """Act, and break what the class says."""
        while True:
            version = self.get(command.case_id, actor=actor).version
            with suppress(StaleCase):
                return super().act(replace(command, expected_version=version), actor=actor, connection=connection)


class WithJournalApart(Engine):
    """Writes the journal's line in a second transaction."""

    def act(self, command, *, actor, connection=None):
        """Act, and break what the class says."""
        case = super().act(command, actor=actor, connection=connection)
        if connection is None:
            self._write_apart(case)
        return case

    def _write_apart(self, case):
        with self.database.transaction() as raw:
            sealed = self._store.list_entries(raw, case.id)[case.version - 1]
            self._store.run(
                raw, "DELETE FROM appui_entry WHERE case_id = :id AND seq = :seq", {"id": case.id, "seq": case.version}
            )
        if _CHANCE.random() < _FORGOTTEN:
            # The kill that chance would send here sooner or later: no test waits for luck.
            os.kill(os.getpid(), signal.SIGKILL)
        line = {
            "sqlite": _SQLITE_ENTRY,
            "postgresql": f"WITH changed AS (SELECT $as_text(:id) AS id) {_POSTGRESQL_PARTS['line']}",
        }[self.database.dialect]
        with self.database.transaction() as raw:
            self._store.run(raw, line, entry_parameters(sealed) | {"id": case.id})


class WithoutLock(Engine):
    """Looks whether a line was taken in before it has the lock, and believes it afterwards."""

    def __init__(self, settings, **options):
        super().__init__(settings, **options)
        self._tools = replace(self._tools, store=_Believing(self.database.dialect, settings.database.schema_name))

    def import_case(self, command, *, actor, connection=None):
        """Take the line in, and break what the class says."""
        with self.database.reading() as raw:
            _is_new.set(self._store.find_import_line(raw, command.source, command.key) is None)
        Event().wait(_WIDE)
        return super().import_case(command, actor=actor, connection=connection)


_is_new: ContextVar[bool] = ContextVar("_is_new")


class _Believing(Store):
    def claim_import_line(self, raw, line):  # noqa: ARG002 (as the store has it)
        """Return what was found before the lock."""
        return _is_new.get()


class Forgetful(Engine):
    """Answers, then now and then rolls back."""

    def act(self, command, *, actor, connection=None):
        """Act, and break what the class says."""
        if connection is not None:
            return super().act(command, actor=actor, connection=connection)
        with suppress(_Forgotten), self.begin() as own:
            case = super().act(command, actor=actor, connection=own)
            if _CHANCE.random() < _FORGOTTEN:
                raise _Forgotten
        return case


class _Forgotten(Exception):
    """Ends a transaction without its writes."""


class Speechless(Engine):
    """Lets an error through that is none of appui's, each time it begins."""

    spoke = False

    def open(self, command, *, actor, connection=None):
        """Open, but for the first time."""
        if not self.spoke:
            self.spoke = True
            raise KeyError("a fault of the program")
        return super().open(command, actor=actor, connection=connection)

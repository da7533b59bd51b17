"""Examinations: the installation that checks look at, opened without changing anything in it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from functools import cached_property
from pathlib import Path
from typing import Any

from appui.states.calendar import Calendar
from appui.states.effects import BUILT_IN
from appui.states.errors import AppuiError, InvalidProcedure
from appui.states.functions import Functions
from appui.states.library import Library
from appui.states.parsing import build_procedure
from appui.states.procedure import Procedure
from appui.workflow.authorization import METROPOLIS
from appui.workflow.calendars import calendars_with
from appui.workflow.clock import Clock, system_clock
from appui.workflow.config import Settings
from appui.workflow.db.database import Database
from appui.workflow.db.inspection_store import WholeCase
from appui.workflow.db.rows import KeptProcedure
from appui.workflow.db.store import Store
from appui.workflow.doctor.replay import Replay, Replayed, replayed, told_again
from appui.workflow.documents import DocumentFiles
from appui.workflow.procedures import assembled
from appui.workflow.verification import UNREADABLE

DiskUsage = Callable[[Path], tuple[int, int, int]]
"""What a disk holds: total, used and free bytes, as `shutil.disk_usage` says."""


def _untold(_: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, kw_only=True)
class Examination:
    """What is looked at. An engine would upgrade an embedded base: none is built here."""

    settings: Settings
    database: Database
    clock: Clock = system_clock
    functions: Functions = BUILT_IN
    disk_usage: DiskUsage = shutil.disk_usage
    quick: bool = False
    """Whether to leave out what reads the whole base or every file."""
    idle_seconds: float = 3600
    """From when on an open transaction is one that was forgotten."""
    progress: Callable[[int], None] = _untold
    """Told how many more cases have been looked at."""

    @classmethod
    def of(cls, settings: Settings, **options: Any) -> Examination:
        """Return the examination of a configured installation. InvalidConfig for a base that cannot be one.

        `options`: the fields; `functions` are those that a host's procedures name.
        """
        database = Database(
            settings.database.url,
            schema=settings.database.schema_name,
            pool_size=settings.database.pool_size,
            busy_timeout_seconds=settings.database.busy_timeout_seconds,
        )
        return cls(settings=settings, database=database, **options)

    @cached_property
    def store(self) -> Store:
        """The queries on the base."""
        return Store(self.database.dialect, self.database.schema)

    @cached_property
    def files(self) -> DocumentFiles:
        """The files of the documents."""
        return DocumentFiles(self.settings.documents_folder, max_bytes=self.settings.documents.max_bytes)

    @cached_property
    def own_library(self) -> Library:
        """The procedures that come with the program and the configured folder. InvalidProcedure for a faulty file."""
        return assembled((), functions=self.functions, folder=self.settings.procedures.folder)

    @cached_property
    def kept(self) -> Sequence[KeptProcedure]:
        """The versions of procedures that the base keeps for the cases that follow them."""
        with self.database.reading() as raw:
            return self.store.list_procedures(raw)

    @cached_property
    def pinned(self) -> Mapping[tuple[str, int], Procedure | str]:
        """What each of them says, or why it does not read any more, in French."""
        return {(each.key, each.version): self._read(each) for each in self.kept}

    @cached_property
    def library(self) -> Library:
        """The procedures as cases follow them: a version that the base keeps goes before one that a file gives."""
        try:
            own = self.own_library
        except InvalidProcedure:
            own = Library([])
        return own.with_more(each for each in self.pinned.values() if isinstance(each, Procedure))

    def _read(self, kept: KeptProcedure) -> Procedure | str:
        try:
            found = build_procedure(kept.content, self.functions, source=f"{kept.key} {kept.version}")
        except AppuiError as error:
            return error.text
        except UNREADABLE as error:
            return f"son contenu ne se lit plus ({type(error).__name__})"
        return found if found.content_hash == kept.content_hash else "son contenu n'est plus celui de son empreinte"

    @cached_property
    def replay(self) -> Replay:
        """Every case told again from its journal: the long part, done once."""
        return Replay.of(self.replayed())

    def replayed(self) -> Iterator[tuple[Replayed, int]]:
        """Yield every case told again from its journal, as `replay.replayed` does."""
        return replayed(self.database, self.store, self.library, self.calendar, progress=self.progress)

    def told_again(self, whole: WholeCase) -> Replayed:
        """Return one case told again from its journal."""
        return told_again(whole, self.library, self.calendar)

    def today(self, department: str = METROPOLIS) -> date:
        """Return the local day in a département."""
        return self.calendar(department).local_day(self.clock())

    @cached_property
    def calendar(self) -> Callable[[str], Calendar]:
        """What gives the calendar of a département, with the closed days of the configuration."""
        return calendars_with(self.settings.calendars.closed_days_in, opens_at=time(self.settings.reminders.opens_at))

"""Bases: one made for each trial and removed after it, never the configured one."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from appui.workflow.clock import system_clock
from appui.workflow.config import Database, Documents, Envelope, Settings
from appui.workflow.db import trials
from appui.workflow.torture.orders import DEPARTMENTS
from appui.workflow.torture.server import OwnServer
from appui.workflow.torture.ways import ENVELOPE_CENTS

SQLITE, POSTGRESQL = "sqlite", "postgresql"
KINDS = {SQLITE: "SQLite", POSTGRESQL: "PostgreSQL"}
"""Kind of base → its name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TrialBase:
    """A base of a trial's own."""

    kind: str
    """`sqlite` or `postgresql`."""
    settings: Settings
    folder: Path
    """Where the trial keeps its files; removed with the base."""
    name: str
    """What its sessions are known by to a server, and its schema."""
    server: OwnServer | None
    """The server, when it is ours to kill."""

    @property
    def url(self) -> str:
        """The address by which the trial itself reaches the base."""
        return self.settings.database.url

    @property
    def ledgers(self) -> Path:
        """Where the workers write down what they do."""
        return self.folder / "ledgers"

    def session(self, worker: int) -> str:
        """Return the name of a worker's sessions; none begins another."""
        return f"{self.name}_{worker:03}"

    def settings_of(self, worker: int, *, relay: int | None = None) -> Settings:
        """Return the settings of a worker's engine, which reaches a server through that port of a relay, if any."""
        if self.kind == SQLITE:
            return self.settings
        url = trials.named(self.url, self.session(worker))
        url = url if relay is None else trials.through(url, relay)
        database = self.settings.database.model_copy(update={"url": url})
        return self.settings.model_copy(update={"database": database})


@contextmanager
def made(kind: str, configured: Settings) -> Iterator[TrialBase]:
    """Give a base of that kind, removed at the end.

    SQLite: a new file. PostgreSQL: a schema of its own in the configured base or, when that is none, on a server that
    is started for it. AppuiError when there can be none.
    """
    name = f"appui_torture_{secrets.token_hex(4)}"
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=f"{name}_", ignore_cleanup_errors=True)))
        (folder / "ledgers").mkdir()
        server = None
        if kind == SQLITE:
            database = Database(url=f"sqlite:///{folder / 'trial.db'}")
        else:
            url = configured.database.url
            if configured.database.sqlite_file is not None:
                server = stack.enter_context(OwnServer())
                url = server.url
            else:
                stack.callback(trials.drop_schema, url, name)
            trials.create_schema(url, name)
            database = Database(url=url, schema=name)
        settings = Settings(database=database, documents=Documents(folder=folder / "documents"), envelopes=_envelopes())
        yield TrialBase(kind=kind, settings=settings, folder=folder, name=name, server=server)


def _envelopes() -> tuple[Envelope, ...]:
    """Return an envelope for each département and each year that a clock of the trial may show."""
    year = system_clock().year
    return tuple(
        Envelope(department=department, year=each, granted_cents=ENVELOPE_CENTS)
        for department in DEPARTMENTS
        for each in range(year - 1, year + 3)
    )

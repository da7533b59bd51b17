"""The ledger: what each worker is about to send and what it is told, written down before anything else happens."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from appui.workflow.torture.orders import Effect, Order

SENT, ACKNOWLEDGED, REFUSED, TROUBLED = "sent", "acknowledged", "refused", "troubled"
"""About to be sent · accepted, with its effect · not accepted, for a reason of the domain · no answer, or « later »."""
_ROLLED_AT_BYTES = 96 << 10
"""A file stays under the size at which a full disk is played, so that the ledger itself never fails."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """A line of a ledger."""

    at: float
    """Seconds of the machine's steady clock, the same for all its processes."""
    what: str
    worker: int
    life: int
    """How many times this worker was started before."""
    order: Order
    code: str = ""
    """Of a refusal or a trouble: the error's code, or the name of its class."""
    effect: Effect | None = None
    found: bool = False
    """Whether the answer was lost, and the effect then found in the base."""

    @property
    def wrote(self) -> bool:
        """Whether it acknowledges an order that wrote an entry."""
        return self.effect is not None and self.effect.version is not None


class Ledger:
    """What one life of one worker writes down. A line, once written, outlives the process."""

    def __init__(self, folder: Path, *, worker: int, life: int) -> None:
        self._folder = folder
        self._worker = worker
        self._life = life
        self._part = 0
        self._file = self._opened()
        self._size = 0

    def write(self, what: str, order: Order, **more: Any) -> None:
        """Write one line, for the fields of a `Record`."""
        record = Record(at=time.monotonic(), what=what, worker=self._worker, life=self._life, order=order, **more)
        self._size += os.write(self._file, (json.dumps(asdict(record)) + "\n").encode())
        if self._size > _ROLLED_AT_BYTES:
            os.close(self._file)
            self._part, self._size = self._part + 1, 0
            self._file = self._opened()

    def _opened(self) -> int:
        name = f"{self._worker:03}-{self._life:05}-{self._part:05}.jsonl"
        return os.open(self._folder / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


class Reading:
    """The ledgers of a folder, read on as they grow."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[Path, int] = {}

    def more(self) -> list[Record]:
        """Return the lines written since the last call, in the order of each ledger."""
        return [record for path in sorted(self._folder.glob("*.jsonl")) for record in self._more_of(path)]

    def _more_of(self, path: Path) -> Iterator[Record]:
        read = self._read.get(path, 0)
        with path.open("rb") as file:
            file.seek(read)
            content = file.read()
        # What a kill cut off was never written: nobody was told about it.
        whole = content[: content.rfind(b"\n") + 1]
        self._read[path] = read + len(whole)
        yield from (_record_of(json.loads(line)) for line in whole.splitlines())


def _record_of(line: dict[str, Any]) -> Record:
    effect = line["effect"]
    return Record(**{**line, "order": Order(**line["order"]), "effect": None if effect is None else Effect(**effect)})

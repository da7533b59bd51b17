"""Maildir: letters kept on disk, for an installation without a mail server. Any mail program reads such a folder."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from appui.notifications.transport import TemporaryFailure

_FOLDERS = ("tmp", "new", "cur")


class MaildirTransport:
    """Writes each letter to a file, whole or not at all; the same letter again is the same file."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is made with the first letter."""
        self.folder = folder

    def send(self, sender: str, recipient: str, content: bytes) -> str | None:
        """Keep a letter and return where. TemporaryFailure when the disk does not take it."""
        head = f"Return-Path: <{sender}>\nDelivered-To: {recipient}\n".encode()
        name = f"{hashlib.sha256(head + content).hexdigest()[:32]}.appui"
        try:
            for each in _FOLDERS:
                (self.folder / each).mkdir(parents=True, exist_ok=True)
            # A reader moves what it has seen to `cur`, with its marks behind the name.
            if not any((self.folder / "cur").glob(f"{name}*")):
                self._write(name, head + content)
        except OSError as error:
            raise TemporaryFailure(f"Le dossier {self.folder} ne prend pas le courriel : {error.strerror}.") from error
        return f"rangé dans {self.folder}"

    def _write(self, name: str, content: bytes) -> None:
        part = self.folder / "tmp" / f"{name}.{os.getpid()}"
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self.folder / "new" / name)
        folder = os.open(self.folder / "new", os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

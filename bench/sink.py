"""The sink: a mail server on this machine that takes every letter and keeps none, in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LINE_MAX = 1 << 20


@contextmanager
def running() -> Iterator[int]:
    """Give the port of a sink; it is gone at the end."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as listener:
        number = listener.fileno()
        # Not by `multiprocessing`: the bench's own workers may have no children of that kind.
        command = [sys.executable, str(Path(__file__)), str(number)]
        process = subprocess.Popen(command, pass_fds=[number])  # noqa: S603 (this very file)
        port = int(listener.getsockname()[1])
    try:
        yield port
    finally:
        process.kill()
        process.wait()


async def _serve(listener: socket.socket) -> None:
    async with await asyncio.start_server(_take, sock=listener, limit=_LINE_MAX) as server:
        await server.serve_forever()


async def _take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Speak with one client until it says goodbye, or is gone."""
    writer.write(b"220 sink\r\n")
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            command = (await reader.readuntil(b"\r\n"))[:4].upper()
            if command == b"DATA":
                writer.write(b"354 go ahead\r\n")
                await reader.readuntil(b"\r\n.\r\n")
            writer.write(b"221 bye\r\n" if command == b"QUIT" else b"250 OK\r\n")
    writer.close()


if __name__ == "__main__":
    asyncio.run(_serve(socket.socket(fileno=int(sys.argv[1]))))

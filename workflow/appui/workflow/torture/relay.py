"""The relay: a network between workers and their server that can be cut between a commit and its answer."""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

_BYTES = 1 << 16
_WAKES_SECONDS = 0.2


class Relay:
    """Hands bytes on in both directions, and cuts. A server answers once it has committed: a cut hides the commit."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._selector = selectors.DefaultSelector()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        self._peers: dict[socket.socket, socket.socket] = {}
        self._cut_after: int | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)
        self.cuts = 0
        """How many answers were cut off."""

    @property
    def port(self) -> int:
        """Where workers connect, on this machine."""
        return int(self._listener.getsockname()[1])

    def start(self) -> None:
        """Begin to hand on."""
        self._thread.start()

    def stop(self) -> None:
        """Cut everything."""
        self._stopping.set()
        self._thread.join()
        while self._peers:
            self._close(next(iter(self._peers)))
        self._listener.close()
        self._selector.close()

    def cut_after(self, answers: int) -> None:
        """Swallow an answer of the server once so many more have passed, and hang up on both sides."""
        self._cut_after = answers

    def _run(self) -> None:
        while not self._stopping.is_set():
            for key, _ in self._selector.select(timeout=_WAKES_SECONDS):
                # An earlier one of this round may have closed it.
                if key.fileobj is self._listener or key.fileobj in self._peers:
                    key.data()

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        try:
            server = _connected(*self._target)
        except OSError:
            client.close()
            return
        self._peers[client], self._peers[server] = server, client
        self._watch(client, partial(self._hand_on, client))
        self._watch(server, partial(self._answer, server))

    def _watch(self, one: socket.socket, callback: Callable[[], None]) -> None:
        self._selector.register(one, selectors.EVENT_READ, callback)

    def _hand_on(self, one: socket.socket) -> None:
        try:
            content = one.recv(_BYTES)
            if content:
                self._peers[one].sendall(content)
                return
        except OSError:
            pass
        self._close(one)

    def _answer(self, server: socket.socket) -> None:
        if self._cut_after is None:
            self._hand_on(server)
        elif self._cut_after > 0:
            self._cut_after -= 1
            self._hand_on(server)
        else:
            self._cut_after = None
            self.cuts += 1
            self._close(server)

    def _close(self, one: socket.socket) -> None:
        for each in (one, self._peers.pop(one)):
            self._peers.pop(each, None)
            with suppress(KeyError):
                self._selector.unregister(each)
            each.close()


def _connected(host: str, port: int) -> socket.socket:
    if not host.startswith("/"):
        return socket.create_connection((host, port), timeout=_WAKES_SECONDS * 50)
    one = socket.socket(socket.AF_UNIX)
    try:
        one.connect(str(Path(host) / f".s.PGSQL.{port}"))
    except OSError:
        one.close()
        raise
    return one

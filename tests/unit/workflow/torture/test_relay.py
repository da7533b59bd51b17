"""The relay: bytes go through, until an answer is swallowed."""

import socket
import socketserver
import threading
from contextlib import suppress

import pytest

from appui.workflow.torture.relay import Relay


class Echo(socketserver.BaseRequestHandler):
    """Says back what it hears."""

    def handle(self):
        """Go on until either side hangs up."""
        with suppress(ConnectionError):
            while content := self.request.recv(100):
                self.request.sendall(content)


@pytest.fixture
def relay():
    """A relay to a server that says back what it hears."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        relay = Relay(*server.server_address)
        relay.start()
        yield relay
        relay.stop()
        server.shutdown()
        thread.join()


def _client(relay):
    return socket.create_connection(("127.0.0.1", relay.port), timeout=10)


def test_what_is_asked_and_answered_goes_through(relay):
    """Whoever is behind a relay notices nothing."""
    with _client(relay) as client:
        client.sendall(b"one")

        assert client.recv(100) == b"one"


def test_an_answer_that_is_cut_never_arrives_and_the_line_is_dead(relay):
    """What was asked is done, and who asked cannot know it; the next connection works."""
    relay.cut_after(1)
    with _client(relay) as client:
        client.sendall(b"one")
        first = client.recv(100)
        client.sendall(b"two")
        second = client.recv(100)
    with _client(relay) as client:
        client.sendall(b"three")
        third = client.recv(100)

    assert (first, second, third) == (b"one", b"", b"three")
    assert relay.cuts == 1


def test_a_relay_that_stops_hangs_up_on_everybody(relay):
    """No session outlives the trial."""
    with _client(relay) as client:
        client.sendall(b"one")
        first = client.recv(100)
        relay.stop()

        assert (first, client.recv(100)) == (b"one", b"")

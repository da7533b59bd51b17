"""Mail servers for tests."""

import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from tests.integration.mail.post import Post, Sink

from appui.notifications.smtp import Server, SmtpTransport


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """The certificate of an authority, and what a server that it vouches for needs."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return path, context


@pytest.fixture
def post() -> Post:
    """What the server has taken."""
    return Post()


@pytest.fixture
def make_sink(post: Post) -> Iterator[Callable[..., int]]:
    """Start a server that hands to `post`; return its port."""
    started: list[Sink] = []

    def make(**options: Any) -> int:
        sink = Sink(post, hostname="127.0.0.1", port=free_port(), **options)
        sink.start()
        started.append(sink)
        return sink.port

    yield make
    post.late.set()
    for sink in started:
        sink.stop()


@pytest.fixture
def make_transport() -> Iterator[Callable[..., SmtpTransport]]:
    """Return a transport to a port of this machine, unencrypted unless told otherwise."""
    made: list[SmtpTransport] = []

    def make(port: int, **options: Any) -> SmtpTransport:
        given = {"security": "none", "timeout_seconds": 10, **options}
        made.append(SmtpTransport(Server(host="127.0.0.1", port=port, **given)))
        return made[-1]

    yield make
    for transport in made:
        transport.close()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

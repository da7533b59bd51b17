"""Workers that are killed while they send: no message is lost, and each that may have left twice is flagged."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from tests.integration.engine.world import START, Desk

from appui.workflow import Engine, Settings
from appui.workflow.clock import ManualClock

ROOT = Path(__file__).parents[3]
MESSAGES = 12
WORKER = """
import json, sys
from datetime import datetime
from appui.workflow import Engine, Settings
from appui.workflow.clock import ManualClock

settings, now = json.load(sys.stdin)
engine = Engine(Settings.model_validate(settings), clock=ManualClock(datetime.fromisoformat(now)))
engine.deliver_due()
engine.stop()
"""


@pytest.fixture
def environment():
    """What a worker needs to find the sources."""
    paths = (str(ROOT / each) for each in ("states", "notifications", "workflow", "."))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("APPUI_")}
    return {**kept, "PYTHONPATH": os.pathsep.join(paths)}


def test_killed_workers_lose_nothing_and_flag_what_may_repeat(
    make_url, dialect, tmp_path, make_sink, post, environment
):
    """A kill -9 after the server took the text and before its answer is heard: the worst moment there is."""
    mail = {"host": "127.0.0.1", "port": make_sink(), "security": "none", "sender": "appui@exemple.fr"}
    settings = {
        "database": {"url": make_url(dialect)},
        "documents": {"folder": str(tmp_path / "documents")},
        "mail": {**mail, "timeout_seconds": 5},
    }
    clock = ManualClock(START)
    engine = Engine(Settings.model_validate(settings), clock=clock)
    desk = Desk(engine, clock)
    for number in range(MESSAGES):
        desk.open(contact={"name": "M. Maire", "email": f"mairie{number}@exemple.fr"})
    workers: list[subprocess.Popen[bytes]] = []
    killed_at = {3, 6, 10}

    def kill_sometimes(_recipient):
        number = len(post.taken) + 1
        if number in killed_at:
            killed_at.discard(number)
            workers[-1].send_signal(signal.SIGKILL)

    def waiting():
        return [each for each in engine.outbox.list(limit=1000) if each.message.status != "refused"]

    post.data = kill_sometimes
    while waiting():
        clock.advance(timedelta(minutes=20))
        window = 4 if len(workers) == 1 else 1
        orders = [settings | {"mail": settings["mail"] | {"window": window}}, clock().isoformat()]
        workers.append(subprocess.Popen([sys.executable, "-c", WORKER], stdin=subprocess.PIPE, env=environment))
        workers[-1].communicate(json.dumps(orders).encode(), timeout=60)
    sent = {each.message.id: each.message for each in engine.outbox.list(statuses=["sent"], limit=1000)}
    engine.stop()
    names = [each.strip("<>").partition("@")[0] for each in post.message_ids]
    contents = {(name, content) for name, (_, _, content) in zip(names, post.taken, strict=True)}
    twice = {name for name, times in Counter(names).items() if times > 1}
    doubtful = {message.id for message in sent.values() if message.doubtful}

    assert [worker.returncode for worker in workers] == [-signal.SIGKILL] * 3 + [0] * (len(workers) - 3)
    assert len(sent) == MESSAGES
    assert set(names) == set(sent)
    # Of a window, those that were answered before the kill are not recorded either.
    assert twice
    assert twice <= doubtful
    assert len(doubtful) <= 1 + 4 + 1
    assert len(contents) == MESSAGES

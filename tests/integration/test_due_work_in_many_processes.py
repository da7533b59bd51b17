"""Several processes see to what is due, some are killed at it: nothing is lost, nothing is done twice."""

import json
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from tests.integration.officials import OFFICER, START, engine_on, opened

from appui.workflow.clock import ManualClock
from appui.workflow.due_work import LEASE

ROOT = Path(__file__).parents[2]
CASES = 24
LATE = START + timedelta(days=45)
WORKER = """
import json, sys
from datetime import datetime
from pathlib import Path
from appui.workflow.clock import ManualClock
from tests.integration.officials import engine_on

url, folder, now = json.load(sys.stdin)
engine = engine_on(url, Path(folder), clock=ManualClock(datetime.fromisoformat(now)))
while engine._due_work.see_to(3):
    print("some", flush=True)
engine.stop()
"""


def worker(url, folder):
    """Start a process that sees to what is due, three deadlines at a time, and says a word after each three."""
    paths = ":".join(str(ROOT / each) for each in ("states", "notifications", "workflow", "."))
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": paths},
    )
    process.stdin.write(json.dumps([url, str(folder), LATE.isoformat()]))
    process.stdin.close()
    return process


@pytest.mark.parametrize("words", [1, 2])
def test_workers_that_are_killed_lose_nothing_and_do_nothing_twice(dialect, make_url, tmp_path, words):
    """What they had claimed is free again when their lease is over; each deadline has passed once, told once."""
    url = make_url(dialect)
    clock = ManualClock(START)
    engine = engine_on(url, tmp_path, clock=clock)
    cases = [opened(engine) for _ in range(CASES)]
    clock.set(LATE)
    workers = [worker(url, tmp_path) for _ in range(3)]
    for each in workers[:2]:
        for _ in range(words):
            each.stdout.readline()
        each.kill()
    for each in workers:
        each.wait(timeout=60)
        each.stdout.close()
    clock.advance(LEASE)
    engine.see_to_due_work()

    for case in cases:
        entries = engine.journal(case.id, actor=OFFICER)
        passed = Counter(event.key for entry in entries for event in entry.events if event.type == "deadline_passed")
        assert passed == {"first_answer": 1}
        told = [message for message in engine.messages(case.id, actor=OFFICER) if "deadlines" in message.data]
        assert len({message.recipient for message in told}) == len(told) > 0
    assert workers[2].returncode == 0
    assert engine.verify_journal() == []
    engine.stop()

"""Many hands on the same cases, in threads and processes: nothing is lost or counts twice, nobody sees a lock."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.integration.officials import AGENCY, OFFICER, START, engine_on, opened, signed

from appui.workflow import Act, AppuiError, InvalidData, StaleCase

ROOT = Path(__file__).parents[2]
ROUNDS = 12
WORKER = """
import json, sys
from pathlib import Path
from appui.workflow import Act, StaleCase
from tests.integration.officials import OFFICER, engine_on

url, folder, cases, rounds, name = json.load(sys.stdin)
engine = engine_on(url, Path(folder))
done = 0
for number in range(rounds):
    for case_id in cases:
        while True:
            version = engine.get(case_id, actor=OFFICER).version
            try:
                engine.act(Act(case_id, "comment", {"text": f"{name} {number}"}, version), actor=OFFICER)
            except StaleCase:
                continue
            done += 1
            break
engine.stop()
print(done)
"""


def _comment_until_accepted(engine, case_id, text):
    while True:
        version = engine.get(case_id, actor=OFFICER).version
        try:
            return engine.act(Act(case_id, "comment", {"text": text}, version), actor=OFFICER)
        except StaleCase:
            continue


def _texts(engine, case):
    return sorted(each.data["text"] for each in engine.journal(case.id, actor=OFFICER) if each.action == "comment")


@pytest.fixture
def engine(dialect, make_url, tmp_path):
    """An engine on each kind of base."""
    engine = engine_on(make_url(dialect), tmp_path)
    yield engine
    engine.stop()


def test_eight_threads_on_the_same_cases_lose_and_double_nothing(engine):
    """Each action that was accepted stands once in the journal, and the chain is whole."""
    cases = [opened(engine) for _ in range(2)]
    texts = [f"{thread}-{number}" for thread in range(8) for number in range(ROUNDS)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda text: [_comment_until_accepted(engine, case.id, text) for case in cases], texts))

    assert [_texts(engine, case) for case in cases] == [sorted(texts)] * 2
    assert [engine.get(case.id, actor=OFFICER).version for case in cases] == [1 + len(texts)] * 2
    assert engine.verify_journal() == []


def test_four_processes_on_the_same_cases_lose_and_double_nothing(dialect, make_url, tmp_path):
    """Each process has its own engine on the one base; none is told that the base is locked."""
    url = make_url(dialect)
    engine = engine_on(url, tmp_path)
    cases = [opened(engine) for _ in range(2)]
    paths = ":".join(str(ROOT / each) for each in ("states", "notifications", "workflow", "."))
    ids = [case.id for case in cases]

    def work(name):
        orders = json.dumps([url, str(tmp_path), ids, ROUNDS, name])
        done = subprocess.run(
            [sys.executable, "-c", WORKER],
            input=orders,
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={"PYTHONPATH": paths},
            check=False,
        )
        return done.stdout, done.stderr, done.returncode

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(work, range(4)))
    texts = sorted(f"{name} {number}" for name in range(4) for number in range(ROUNDS))

    assert told == [(f"{2 * ROUNDS}\n", "", 0)] * 4
    assert [_texts(engine, case) for case in cases] == [texts] * 2
    assert engine.verify_journal() == []
    engine.stop()


def test_of_two_decisions_on_the_same_version_one_is_told_to_reload(engine):
    """Two officers press at once: one decides, seven are asked to read again."""
    case = opened(engine)

    def decide(_):
        try:
            engine.act(Act(case.id, "drop", {"reason": "Sans nouvelles"}, case.version), actor=OFFICER)
        except StaleCase:
            return "stale"
        return "done"

    with ThreadPoolExecutor(8) as pool:
        told = sorted(pool.map(decide, range(8)))

    assert told == ["done", *["stale"] * 7]
    assert len(engine.journal(case.id, actor=OFFICER)) == 2


def test_references_opened_at_once_are_all_different_and_without_a_gap(engine):
    """A number given back by a refusal is given to the next."""

    def open_or_fail(number):
        try:
            return opened(engine, channel="email" if number % 3 else "pigeon").reference
        except InvalidData:
            return None

    with ThreadPoolExecutor(8) as pool:
        given = sorted(filter(None, pool.map(open_or_fail, range(24))))

    assert given == [f"79-2026-{number:04}" for number in range(1, 17)]


def test_commitments_made_at_once_never_exceed_the_envelope(dialect, make_url, tmp_path):
    """Eight conventions of 300 € are signed, the envelope of the year holds three."""
    grants = [{"department": "79", "year": START.year, "granted_cents": 100_000}]
    engine = engine_on(make_url(dialect), tmp_path, envelopes=grants)
    cases = [signed(engine) for _ in range(8)]

    def commit(case):
        try:
            engine.act(Act(case.id, "commit_funds", {"amount_cents": 30_000}, case.version), actor=AGENCY)
        except InvalidData as refusal:
            return [each.code for each in refusal.refusals]
        return "committed"

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(commit, cases))
    engine.stop()

    assert told.count("committed") == 3
    assert told.count(["within_envelope"]) == 5


def test_an_undo_and_an_action_at_once_leave_one_of_both(engine):
    """Whoever comes second reads again: no undo takes back what it never saw."""
    for _ in range(6):
        case = opened(engine)
        case = engine.act(Act(case.id, "suspend", {"reason": "Élections"}, 1), actor=OFFICER)
        case = engine.act(Act(case.id, "resume", {}, 2), actor=OFFICER)
        commands = [("undo", {"reason": "Erreur"}), ("drop", {"reason": "Sans nouvelles"})]

        def attempt(command, case=case):
            try:
                engine.act(Act(case.id, *command, case.version), actor=OFFICER)
            except AppuiError as error:
                return error.code
            return "done"

        with ThreadPoolExecutor(2) as pool:
            told = sorted(pool.map(attempt, commands))

        assert told == ["done", "stale_case"]
    assert engine.verify_journal() == []

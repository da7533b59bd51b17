"""The ticks of a started engine, and what its health answers about them."""

import threading
from contextlib import suppress
from datetime import timedelta

import psycopg
import pytest
from tests.integration.engine.world import AGENT, START

from appui.states.errors import AppuiError

LATE = START + timedelta(days=30)
PATIENCE = 60


def test_a_started_engine_sees_to_what_is_due_by_itself(engine, desk, clock):
    """A host starts it, and that is all."""
    case = desk.open(received_on="2026-03-03")
    passed = threading.Event()
    engine.subscribe("deadline_passed", lambda _: passed.set())
    clock.set(LATE)
    with engine:
        assert passed.wait(PATIENCE)

    assert engine.journal(case.id, actor=AGENT)[-1].action == "deadline_passed"


def test_health_says_when_nothing_ticks(engine, clock):
    """Before the first tick, after one, and a minute after the last."""
    before = engine.health()
    engine._due_work.tick()
    during = engine.health()
    clock.advance(timedelta(seconds=61))
    after = engine.health()

    assert [each.ok for each in (before, during, after)] == [False, True, False]
    assert during.text == "Les échéances sont surveillées."
    assert "lancez « appui worker »" in before.text
    assert before.ticked_at is None
    assert after.ticked_at == clock() - timedelta(seconds=61)


def test_health_says_since_when_due_work_waits_and_which_cases_fail(engine, desk, clock):
    """A case that was damaged by hand is named, and nobody else's work is in the way."""
    poison = desk.open(received_on="2026-03-03")
    with engine.database.transaction() as raw:
        engine._store.run(raw, "UPDATE appui_case SET steps = '[1]' WHERE id = :id", {"id": poison.id})
    clock.set(LATE)
    waiting = engine.health()
    for minutes in (2, 4, 8):
        engine._due_work.tick()
        clock.advance(timedelta(minutes=minutes))
    engine._due_work.tick()
    failing = engine.health()

    assert not waiting.ok
    assert "attend depuis 20\N{NO-BREAK SPACE}jours" in waiting.text
    assert failing.ok
    assert failing.text == f"1\N{NO-BREAK SPACE}dossier échoue ({poison.reference})."
    assert [each.reference for each in failing.failing] == [poison.reference]


def test_a_process_that_fails_at_every_tick_says_so(engine, desk, clock):
    """The table is gone: health has the reason, and is well again once it is back."""
    engine._due_work.tick()
    with engine.database.transaction() as raw:
        engine._store.run(raw, "ALTER TABLE appui_deadline RENAME TO appui_deadline_away", {})
    with pytest.raises(AppuiError, match="n'a pas les tables"):
        engine._due_work.tick()
    with engine.database.transaction() as raw:
        engine._store.run(raw, "ALTER TABLE appui_deadline_away RENAME TO appui_deadline", {})
    failed = engine.health()
    engine._due_work.tick()

    assert not failed.ok
    assert "échoue (La base n'a pas les tables" in failed.text
    assert engine.health().ok


def test_ticks_survive_a_restart_of_the_database(make_engine, desk, clock, dialect, url):
    """Every connection is cut: one tick may fail, the next one does the work."""
    engine = make_engine()
    case = desk.open(received_on="2026-03-03")
    engine._due_work.tick()
    clock.set(LATE)
    if dialect == "postgresql":
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
    else:
        engine.database.dispose()
    for _ in range(2):
        with suppress(AppuiError):
            engine._due_work.tick()

    assert engine.journal(case.id, actor=AGENT)[-1].action == "deadline_passed"
    assert engine.health().ok

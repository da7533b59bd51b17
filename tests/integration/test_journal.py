"""The journal: whoever changes, removes, inserts or cuts off an entry is found, and a person can be forgotten."""

import json
import threading
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from tests.integration.officials import OFFICER, START, engine_on, opened

from appui.workflow import Act


@pytest.fixture
def engine(dialect, make_url, tmp_path):
    """An engine on each kind of base."""
    engine = engine_on(make_url(dialect), tmp_path)
    yield engine
    engine.stop()


@pytest.fixture
def case(engine):
    """A case of four entries, a personal fact in the second, a correction in the third."""
    case = opened(engine)
    for action, data in (
        ("comment", {"text": "Mme Dupont a rappelé"}),
        ("correct", {"what": "title", "value": "Friche du vieux bourg", "reason": "Faute"}),
        ("suspend", {"reason": "Élections"}),
    ):
        case = engine.act(Act(case.id, action, data, case.version), actor=OFFICER)
    return case


def _tamper(engine, *statements, **values):
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement), values)


TAMPERINGS = {
    "a field changed": ["UPDATE appui_entry SET data = '{\"reason\": \"Autre\"}' WHERE case_id = :id AND seq = 4"],
    "an event changed": ["UPDATE appui_entry SET events = '[]' WHERE case_id = :id AND seq = 4"],
    "an actor changed": ["UPDATE appui_entry SET actor_id = 'autre' WHERE case_id = :id AND seq = 2"],
    "a name changed": ["UPDATE appui_entry SET actor_name = 'Autre' WHERE case_id = :id AND seq = 2"],
    "a day changed": ["UPDATE appui_entry SET effective_on = '2026-01-01' WHERE case_id = :id AND seq = 3"],
    "a personal text changed": ["UPDATE appui_entry SET data = '{\"text\": \"Non\"}' WHERE case_id = :id AND seq = 2"],
    "a salt changed": [
        "UPDATE appui_entry SET salts = '{\"actor_name\": \"00\", \"data.text\": \"\"}' WHERE case_id = :id AND seq = 2"
    ],
    "salts removed, values kept": ["UPDATE appui_entry SET salts = '{}' WHERE case_id = :id AND seq = 2"],
    "an entry removed": ["DELETE FROM appui_entry WHERE case_id = :id AND seq = 3"],
    "an entry removed, the rest moved up": [
        "DELETE FROM appui_entry WHERE case_id = :id AND seq = 3",
        "UPDATE appui_entry SET seq = 3 WHERE case_id = :id AND seq = 4",
    ],
    "the end cut off": ["DELETE FROM appui_entry WHERE case_id = :id AND seq = 4"],
    "two entries swapped": [
        "UPDATE appui_entry SET seq = 99 WHERE case_id = :id AND seq = 2",
        "UPDATE appui_entry SET seq = 2 WHERE case_id = :id AND seq = 3",
        "UPDATE appui_entry SET seq = 3 WHERE case_id = :id AND seq = 99",
    ],
    "an entry inserted": [
        """INSERT INTO appui_entry (case_id, seq, recorded_at, effective_on, actor_id, actor_name, on_behalf_of, action,
        data, events, commitments, salts, hash, previous_hash, position, xid)
        SELECT case_id, 5, recorded_at, effective_on, actor_id, actor_name, on_behalf_of, action, data, events,
        commitments, salts, hash, hash, 1000, xid FROM appui_entry WHERE case_id = :id AND seq = 4""",
        "UPDATE appui_chain_head SET seq = 5 WHERE case_id = :id",
    ],
    "the head changed": ["UPDATE appui_chain_head SET hash = previous_hash FROM appui_entry AS each "
                         "WHERE each.case_id = :id AND each.seq = 4 AND appui_chain_head.case_id = :id"],
    "the head removed": ["DELETE FROM appui_chain_head WHERE case_id = :id"],
    "the whole chain removed": ["DELETE FROM appui_entry WHERE case_id = :id"],
    "chain and head removed, the case left": [
        "DELETE FROM appui_entry WHERE case_id = :id",
        "DELETE FROM appui_chain_head WHERE case_id = :id",
    ],
}  # fmt: skip


@pytest.mark.parametrize("statements", TAMPERINGS.values(), ids=TAMPERINGS)
def test_a_journal_that_somebody_touched_no_longer_verifies(engine, case, statements):
    """An auditor runs one command and is shown the case."""
    other = opened(engine)
    _tamper(engine, *statements, id=case.id)

    assert {fault.case_id for fault in engine.verify_journal()} == {case.id}
    assert engine.verify_journal(case.id)
    assert engine.verify_journal(other.id) == []


def test_a_person_can_be_forgotten_and_the_chain_still_verifies(engine, case):
    """Value and salt are erased together: what remains is a commitment that says nothing."""
    salts = json.dumps({})
    _tamper(
        engine,
        "UPDATE appui_entry SET data = '{}', actor_name = NULL, salts = :salts WHERE case_id = :id AND seq = 2",
        id=case.id,
        salts=salts,
    )

    assert engine.verify_journal() == []
    assert engine.journal(case.id, actor=OFFICER)[1].actor_name is None


def test_what_was_known_on_a_day_does_not_change_afterwards(engine):
    """`as_of` goes by the day of the fact, `recorded_as_of` by the moment at which it was entered."""
    case = opened(engine)
    engine.clock.advance(timedelta(days=5))
    moment = engine.clock()
    engine.clock.advance(timedelta(hours=1))
    engine.act(Act(case.id, "suspend", {"reason": "Vu", "happened_on": "2026-03-04"}, 1), actor=OFFICER)

    def known(**bounds):
        return [entry.seq for entry in engine.journal(case.id, actor=OFFICER, **bounds)]

    assert known(as_of=date(2026, 3, 3)) == [1]
    assert known(as_of=date(2026, 3, 4)) == [1, 2]
    assert known(recorded_as_of=moment) == [1]
    assert known(as_of=date(2026, 3, 4), recorded_as_of=moment) == [1]


def test_each_entry_says_the_day_of_the_fact_and_the_moment_of_the_entry(engine):
    """Durations use the first, the journal shows both."""
    case = opened(engine)
    [entry] = engine.journal(case.id, actor=OFFICER)

    assert (entry.effective_on, entry.recorded_at) == (date(2026, 2, 27), START)
    assert (entry.seq, entry.actor_id, entry.action, len(entry.hash)) == (1, "agent", "open", 64)


def test_the_feed_tells_every_committed_event_once_and_in_order(engine, case):
    """A service that reads page by page, however small, misses nothing and reads nothing twice."""
    whole = engine.events()
    pages, cursor = [], None
    while page := engine.events(after=cursor, limit=2):
        pages += page
        cursor = page[-1].cursor

    assert pages == whole
    assert [event.seq for event in whole] == sorted(event.seq for event in whole)
    assert {"case_opened", "state_entered", "corrected", "stepped"} <= {event.type for event in whole}
    assert {event.case_id for event in whole} == {case.id}


def test_a_subscriber_hears_what_happens_from_then_on(engine, case):
    """A host that starts the engine is called for each event of the type that it asked for."""
    heard, rung = [], threading.Event()
    engine.subscribe("suspended", heard.append)

    def hear(event):
        heard.append(event)
        rung.set()

    engine.subscribe("stepped", hear)
    with engine:
        engine.act(Act(case.id, "resume", {}, case.version), actor=OFFICER)
        assert rung.wait(20)

    assert [(event.type, event.action) for event in heard] == [("stepped", "resume")]

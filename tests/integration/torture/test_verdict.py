"""The verdict: made-up ledgers, and bases altered behind the engine's back, are told for what they are."""

from itertools import count

import pytest

from appui.workflow import Engine
from appui.workflow.config import Database, Documents, Settings
from appui.workflow.torture.ledger import ACKNOWLEDGED, REFUSED, SENT, Record
from appui.workflow.torture.orders import ACT, ATTACH, IMPORT, OPEN, Effect, Order, carried_out
from appui.workflow.torture.verdict import judged

REQUEST = {
    "need": "Que faire de la friche ?",
    "channel": "email",
    "works_design": False,
    "contact": {"name": "Secrétariat", "email": "mairie@exemple.invalid"},
}
ABSENT = "00000000-0000-0000-0000-000000000000"


class Trial:
    """A worker's hand: orders are carried out and written down as a worker does."""

    def __init__(self, engine):
        self.engine = engine
        self.records = []
        self._at = count()

    def note(self, what, order, **more):
        """Write a line, whether it is true or not."""
        self.records.append(Record(at=next(self._at), what=what, worker=0, life=0, order=order, **more))

    def done(self, mark, kind, **content):
        """Carry out an order and write down what came of it."""
        order = Order(mark=mark, kind=kind, content=content)
        self.note(SENT, order)
        effect = carried_out(self.engine, order)
        self.note(ACKNOWLEDGED, order, effect=effect)
        return order, effect

    def found(self):
        """Return the kinds of fault that the verdict finds."""
        return {fault.kind for fault in judged(self.engine, self.records)}

    def alter(self, statement):
        """Change the base behind the engine's back."""
        with self.engine.database.transaction() as raw:
            raw.execute(statement)


@pytest.fixture
def trial(dialect, make_url, tmp_path):
    """A trial in which one request was opened, completed and commented upon."""
    settings = Settings(database=Database(url=make_url(dialect)), documents=Documents(folder=tmp_path / "documents"))
    engine = Engine(settings)
    trial = Trial(engine)
    trial.opened, effect = trial.done("0-0-1", OPEN, department="79", data=REQUEST)
    trial.case_id = effect.case_id
    answer = {"items": ["Plan cadastral"]}
    trial.asked, _ = trial.done("0-0-2", ACT, case_id=trial.case_id, action="ask_completion", data=answer, version=1)
    yield trial
    engine.stop()


def test_what_was_done_and_said_so_is_found_whole(trial):
    """A ledger and a base that agree give no fault."""
    trial.done("0-0-3", ATTACH, case_id=trial.case_id)
    trial.done(
        "0-0-4", IMPORT, department="79", line="ligne 1", said="On cherche", state="scoping", known_on="2026-03-02"
    )

    assert judged(trial.engine, trial.records) == []


@pytest.mark.parametrize(
    "effect",
    [
        lambda _: Effect(ABSENT, 1),
        lambda trial: Effect(trial.case_id, 7),
        lambda trial: Effect(trial.case_id, 1),
        lambda trial: Effect(trial.case_id, None, ABSENT),
    ],
    ids=["no such case", "no such version", "the version of another order", "no such document"],
)
def test_what_was_acknowledged_and_is_absent_is_lost(trial, effect):
    """The person was told that it was done."""
    trial.note(ACKNOWLEDGED, Order(mark="0-0-9", kind=ACT, content={}), effect=effect(trial))

    assert trial.found() == {"lost"}


def test_one_intention_present_twice_is_doubled(trial):
    """A click, and a second one for the same form, open one request."""
    carried_out(trial.engine, trial.opened)

    assert trial.found() == {"doubled"}


def test_a_file_attached_twice_by_one_order_is_doubled(trial):
    """An upload that was repeated leaves one document."""
    order, _ = trial.done("0-0-3", ATTACH, case_id=trial.case_id)
    carried_out(trial.engine, order)

    assert trial.found() == {"doubled"}


def test_what_was_sent_and_never_answered_may_be_there_or_not(trial):
    """Who was killed before the answer can have no grudge, whichever way it went."""
    present = Order(mark="0-0-3", kind=ACT, content={**trial.asked.content, "action": "comment", "version": 2})
    present.content["data"] = {"text": "Vu"}
    absent = Order(mark="0-0-4", kind=ACT, content=present.content)
    for order in (present, absent):
        trial.note(SENT, order)
    carried_out(trial.engine, present)

    assert trial.found() == set()


def test_what_was_refused_and_is_there_is_told(trial):
    """A refusal changes nothing."""
    trial.records = [each for each in trial.records if each.what == SENT]
    trial.note(REFUSED, trial.asked, code="stale_case")

    assert trial.found() == {"undue"}


@pytest.mark.parametrize(
    ("statement", "kinds"),
    [
        ("DELETE FROM appui_entry WHERE seq = 2", {"lost", "broken"}),
        ("UPDATE appui_case SET state = 'scoping'", {"broken"}),
        ("UPDATE appui_chain_head SET seq = 1", {"broken"}),
        ("UPDATE appui_counter SET last = 5", set()),
        ("UPDATE appui_case SET reference = '79-2026-0003'", {"broken", "references"}),
        ("DELETE FROM appui_message", {"messages"}),
        ("UPDATE appui_deadline SET derivation = 'autre'", {"deadlines"}),
        ("DELETE FROM appui_deadline", {"deadlines"}),
    ],
)
def test_what_an_action_wrote_in_part_is_told(trial, statement, kinds):
    """Case, journal, chain, deadlines and messages agree, or it is said which do not."""
    trial.alter(statement)

    assert trial.found() == kinds

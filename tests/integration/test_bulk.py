"""Lists of actions: each accepted or refused on its own, a hundred a commit, none of them twice."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from tests.integration.officials import AGENCY, DEPUTY, DESK, OFFICER, START, STRANGER, engine_on, opened, signed
from tests.integration.test_random_walks import DATA, WITH_REASON

from appui.workflow import Act, Actor, AppuiError, ImportCase, InvalidData, NotAllowed

ROOT = Path(__file__).parents[2]
UNKNOWN = "00000000-0000-4000-8000-000000000000"
DROP = ("drop", {"reason": "Sans nouvelles"})
CUT = """
import json, os, signal, sys
from pathlib import Path
from appui.workflow import Act
from appui.workflow.people import Person
from tests.integration.officials import OFFICER, engine_on

class Directory:
    def find(self, person_id):
        if person_id == "coupure":
            os.kill(os.getpid(), signal.SIGKILL)
        return Person(person_id, "Quelqu'un")

url, folder, cases, cut = json.load(sys.stdin)
engine = engine_on(url, Path(folder), people=Directory())
names = ["coupure" if place == cut else "collegue" for place in range(len(cases))]
engine.act_many(
    {str(place): Act(case, "assign", {"assignee": name}, 1) for place, (case, name) in enumerate(zip(cases, names))},
    actor=OFFICER,
)
"""


@pytest.fixture
def url(make_url, dialect):
    """The address of a base that is ready, once on SQLite and once on PostgreSQL."""
    return make_url(dialect)


@pytest.fixture
def make_engine(url, tmp_path):
    """Return an engine on the test's base, any number of times."""
    made = []

    def make(**options):
        made.append(engine_on(url, tmp_path, **options))
        return made[-1]

    yield make
    for engine in made:
        engine.stop()


@pytest.fixture
def engine(make_engine):
    """An engine on each kind of base."""
    return make_engine()


def cases_in(engine, count):
    """Open that many cases in one transaction and return their identifiers."""
    with engine.begin() as connection:
        return [opened(engine, connection=connection).id for _ in range(count)]


def comment(case_id, text="Vu", version=1):
    """Return the command that notes something on a case."""
    return Act(case_id, "comment", {"text": text}, version)


def statuses(acted):
    """Return what became of each command."""
    return [each.status for each in acted]


def journal_of(engine, case_id):
    """Return the actions of a case, in their order."""
    return [each.action for each in engine.journal(case_id, actor=OFFICER)]


def test_each_action_of_a_list_is_accepted_or_refused_on_its_own(engine):
    """What is unknown, foreign, stale, refused or malformed is told as alone, and hinders nobody."""
    ids = cases_in(engine, 4)
    elsewhere = Actor("ailleurs", "A. Ailleurs")
    wrong = [
        Act(UNKNOWN, *DROP, 1),
        Act(12, *DROP, 1),
        Act(ids[0], *DROP, 7),
        Act(ids[0], *DROP, "1"),
        Act(ids[0], "complete", {"result": "achieved"}, 1),
        Act(ids[0], "route_martian", {}, 1),
        Act(ids[0], ["drop"], {}, 1),
        Act(ids[0], "drop", {"reason": 3}, 1),
        Act(ids[0], "drop", None, 1),
        Act(ids[0], "answer_locally", {"provider": [], "how": "téléphone"}, 1),
    ]
    alone = [refused(engine, each) for each in wrong]
    right = [comment(ids[1], str(version), version) for version in range(1, 11)]
    commands = [each for pair in zip(right, wrong, strict=True) for each in pair]

    acted = engine.act_many([*commands, "drop", Act(ids[2], *DROP, 1)], actor=OFFICER)
    foreign = engine.act_many([comment(ids[3])], actor=STRANGER) + engine.act_many([comment(ids[3])], actor=elsewhere)

    assert statuses(acted) == ["done", "refused"] * 10 + ["refused", "done"]
    assert [(type(each.refusal), str(each.refusal)) for each in acted[1:20:2]] == alone
    assert isinstance(acted[20].refusal, InvalidData)
    assert [each.refusal.code for each in foreign] == ["case_not_found"] * 2
    assert [engine.get(each, actor=OFFICER).version for each in ids] == [1, 11, 2, 1]
    assert engine.verify_journal() == []


def refused(engine, command):
    """Return how a command is refused alone."""
    with pytest.raises(AppuiError) as error:
        engine.act(command, actor=OFFICER)
    return type(error.value), str(error.value)


def test_the_second_action_of_a_list_on_a_case_sees_the_first(engine):
    """A case is reopened by the list that has just closed it, then followed further, whatever comes in between."""
    first, other = cases_in(engine, 2)
    acted = engine.act_many(
        [
            Act(first, *DROP, 1),
            comment(other),
            Act(first, "reopen", {"reason": "Du nouveau"}, 2),
            Act(first, "undo", {"reason": "Erreur"}, 3),
            comment(first, version=3),
        ],
        actor=DEPUTY,
    )

    assert statuses(acted) == ["done", "done", "done", "done", "refused"]
    assert acted[0].case.ended_at is not None
    assert journal_of(engine, first) == ["open", "drop", "reopen", "undo"]
    assert engine.get(first, actor=OFFICER) == acted[3].case


def test_an_action_counts_what_those_before_it_in_the_list_have_done(engine):
    """Nine local answers make room for one national referral without a reason, and not for two."""
    here, (first, second) = cases_in(engine, 9), cases_in(engine, 2)
    for action, data, version in (
        ("start_scoping", {"case_officer": "agent"}, 1),
        ("record_framing", {"outcome": "need_confirmed"}, 2),
        ("consult_providers", {"none_exists": True, "reason": "Personne"}, 3),
    ):
        engine.act_many([Act(each, action, data, version) for each in (first, second)], actor=OFFICER)
    national = {"grounds": ["rare_engineering"], "justification": "Rare"}
    answers = [Act(each, "answer_locally", {"provider": "agence79", "how": "téléphone"}, 1) for each in here]
    referrals = [Act(each, "route_national", national, 4) for each in (first, second)]
    acted = engine.act_many([*answers, *referrals], actor=DEPUTY)

    assert statuses(acted) == ["done"] * 10 + ["refused"]
    assert acted[-1].refusal.errors[0][0] == "below_target_reason"


ACTIONS = [*sorted(DATA), "undo", "undo", "suspend", "resume", "drop", "reopen"]
ASKED = st.sampled_from(ACTIONS).flatmap(
    lambda action: st.tuples(st.integers(0, 3), st.just(action), DATA.get(action, WITH_REASON), st.integers(0, 9))
)
"""(which case, action, data, 0 when the page is stale)."""


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_a_list_does_what_its_actions_do_one_by_one(make_url, tmp_path, dialect):
    """Whatever is asked, in whatever order: the same cases, journals, deadlines and messages, the same refusals."""
    single, many = (engine_on(make_url(dialect), tmp_path) for _ in range(2))

    @settings(
        max_examples=15,
        deadline=None,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(ASKED, min_size=8, max_size=40), st.sampled_from([OFFICER, DEPUTY, DEPUTY, AGENCY, DESK, STRANGER]))
    def same(asked, actor):
        here, there = cases_in(single, 4), cases_in(many, 4)
        commands, told = [], []
        for place, action, data, stale in asked:
            version = single.get(here[place], actor=OFFICER).version - (stale == 0)
            commands.append(Act(there[place], action, data, version))
            told.append(outcome(lambda: single.act(Act(here[place], action, data, version), actor=actor)))  # noqa: B023
        acted = many.act_many(commands, actor=actor)

        assert [(each.case and bare(each.case)) or words(each.refusal) for each in acted] == told
        assert [all_of(many, each) for each in there] == [all_of(single, each) for each in here]
        assert [fault for each in there for fault in many.verify_journal(each)] == []

    same()
    single.stop()
    many.stop()


def outcome(attempt):
    """Return the case, or the words of the refusal."""
    try:
        return bare(attempt())
    except AppuiError as error:
        return words(error)


def words(error):
    """Return what an error says, whatever the identifier of its case."""
    return error.code, "" if error.code == "case_not_found" else str(error)


def bare(case):
    """Return a case without what chance gives it."""
    return replace(case, id="", head="")


def all_of(engine, case_id):
    """Return all that is kept of a case, without what chance gives it."""
    entries = engine.journal(case_id, actor=OFFICER)
    return (
        bare(engine.get(case_id, actor=OFFICER)),
        [(each.seq, each.action, each.data, each.events, each.actor_id, each.effective_on) for each in entries],
        engine.deadlines(case_id, actor=OFFICER),
        sorted(
            (each.seq, each.notice, each.recipient, each.status, each.visit, json.dumps(each.data))
            for each in engine.messages(case_id, actor=OFFICER)
        ),
    )


def test_a_list_that_was_cut_short_is_finished_by_giving_it_again(engine, url, tmp_path):
    """The process dies in the second hundred: the first is there whole, and the same list does the rest, each once."""
    ids = cases_in(engine, 230)
    paths = ":".join(str(ROOT / each) for each in ("states", "notifications", "workflow", "."))
    died = subprocess.run(
        [sys.executable, "-c", CUT],
        input=json.dumps([url, str(tmp_path), ids, 150]),
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PYTHONPATH": paths},
        check=False,
    )
    left = [engine.get(each, actor=OFFICER).version for each in ids]
    names = ["coupure" if place == 150 else "collegue" for place in range(230)]
    again = {str(n): Act(ids[n], "assign", {"assignee": name}, 1) for n, name in enumerate(names)}
    acted = engine.act_many(again, actor=OFFICER)

    assert (died.returncode, died.stderr) == (-9, "")
    assert left == [2] * 100 + [1] * 130
    assert statuses(acted) == ["known"] * 100 + ["done"] * 130
    assert [each.case.version for each in acted] == [2] * 230
    assert {tuple(journal_of(engine, each)) for each in ids} == {("open", "assign")}
    assert engine.verify_journal(ids[99]) + engine.verify_journal(ids[150]) == []


def test_a_key_is_of_one_action_and_one_actor(engine):
    """The same key for something else is refused; somebody else's key is their own."""
    first, second = cases_in(engine, 2)
    engine.act_many({"1": comment(first)}, actor=OFFICER)
    engine.act(comment(first, "Revu", 2), actor=OFFICER)

    known = engine.act_many({"1": comment(first), "2": comment(second)}, actor=OFFICER)
    other = engine.act_many({"1": comment(first, "Autre", 3), "": comment(first, version=3)}, actor=OFFICER)
    theirs = engine.act_many({"1": comment(second, version=2)}, actor=DEPUTY)

    assert statuses(known) == ["known", "done"]
    assert known[0].case.version == 3
    assert [(each.status, each.refusal.errors[0][0]) for each in other] == [("refused", "key")] * 2
    assert statuses(theirs) == ["done"]
    assert (len(journal_of(engine, first)), len(journal_of(engine, second))) == (3, 3)


def test_the_same_list_given_twice_at_once_does_each_action_once(make_engine):
    """Two officers press the same button: what one has done, the other is told as known."""
    engines = [make_engine(), make_engine()]
    ids = cases_in(engines[0], 60)
    commands = {each: Act(each, *DROP, 1) if n % 20 else Act(each, "commit_funds", {}, 1) for n, each in enumerate(ids)}
    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(lambda engine: engine.act_many(commands, actor=OFFICER), engines))
    pairs = {tuple(sorted(pair)) for pair in zip(*(statuses(each) for each in told), strict=True)}

    assert pairs == {("done", "known"), ("refused", "refused")}
    assert {len(journal_of(engines[0], each.command.case_id)) for each in told[0] if each.status != "refused"} == {2}


def test_two_lists_over_the_same_cases_in_opposite_orders_wait_for_each_other(make_engine):
    """Each case is acted on by one of them, the other is told to read again; nobody is told to come back later."""
    engines = [make_engine(), make_engine()]
    ids = cases_in(engines[0], 100)
    orders = [ids, ids[::-1]]
    with ThreadPoolExecutor(2) as pool:
        told = list(
            pool.map(lambda engine, order: engine.act_many(map(comment, order), actor=OFFICER), engines, orders)
        )
    pairs = zip(statuses(told[0]), statuses(told[1])[::-1], strict=True)

    assert {tuple(sorted(pair)) for pair in pairs} == {("done", "refused")}
    assert {each.refusal.code for each in (*told[0], *told[1]) if each.refusal} == {"stale_case"}


def test_lists_of_commitments_at_once_never_exceed_the_envelope(make_engine):
    """Six conventions of 300 € are signed, the envelope of the year holds two, and two lists ask for all of them."""
    grants = [{"department": "79", "year": START.year, "granted_cents": 70_000}]
    engines = [make_engine(envelopes=grants), make_engine(envelopes=grants)]
    ready = [signed(engines[0]) for _ in range(6)]
    commands = [Act(case.id, "commit_funds", {"amount_cents": 30_000}, case.version) for case in ready]
    with ThreadPoolExecutor(2) as pool:
        told = pool.map(
            lambda engine, order: engine.act_many([comment(ready[0].id, version=0), *order], actor=AGENCY),
            engines,
            [commands[:3], commands[3:]],
        )
        codes = [each.refusal.code if each.refusal else "done" for acted in told for each in acted]

    assert codes.count("done") == 2
    assert codes.count("invalid_data") == 4


def test_a_list_in_the_transaction_of_a_host_is_kept_or_dropped_with_it(engine):
    """The host that takes its transaction back takes the whole list back."""
    ids = cases_in(engine, 120)
    commands = {each: comment(each) for each in ids}

    def attempt(*, keep):
        with engine.begin() as connection:
            acted = engine.act_many(commands, actor=OFFICER, connection=connection)
            if not keep:
                connection.rollback()
        return set(statuses(acted))

    assert attempt(keep=False) == {"done"}
    assert {engine.get(each, actor=OFFICER).version for each in ids} == {1}
    assert attempt(keep=True) == {"done"}
    assert attempt(keep=True) == {"known"}
    assert {engine.get(each, actor=OFFICER).version for each in ids} == {2}


def test_a_list_of_nobody_changes_nothing(engine):
    """Who acts must be said, once for the whole list."""
    [case] = cases_in(engine, 1)

    with pytest.raises(InvalidData):
        engine.act_many([comment(case)], actor="agent")
    assert journal_of(engine, case) == ["open"]


def test_a_list_of_nothing_does_nothing(engine):
    """An empty list is done."""
    assert engine.act_many([], actor=OFFICER) == engine.act_many({}, actor=OFFICER) == ()


def line_of(key, **changes):
    """Return a line of a tracker, under that key."""
    said = {
        "procedure": "engineering_request",
        "applicant": "79109",
        "title": f"Friche {key}",
        "data": {"channel": "import", "need": "", "received_before": "2026-03-01"},
        "state": "scoping",
        "known_on": date(2026, 3, 1),
        "source": "suivi",
        "key": key,
        "words": {"Suite": key},
    }
    return ImportCase(**{**said, **changes})


LINES = [
    line_of("a", state="inconnu"),
    line_of("b"),
    line_of("c", applicant="01001"),
    line_of("b", words={"Suite": "autre"}),
    line_of("b"),
    line_of("", title="Sans clé"),
    line_of("a"),
    line_of("d", title=""),
    line_of("e", source="autre suivi", caveat="À relire."),
    line_of("b", words={"Suite": "accepté"}, accept=True),
]


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_lines_taken_in_together_are_what_they_are_one_by_one(make_url, tmp_path, dialect):
    """The same cases, numbers without a gap, lines known again and differences, the same refusals."""
    single, many = (engine_on(make_url(dialect), tmp_path) for _ in range(2))

    def alone(line):
        try:
            return single.import_case(line, actor=OFFICER)
        except (InvalidData, NotAllowed) as error:
            return error

    for _ in range(2):
        told = [alone(line) for line in LINES]
        found = many.import_many(LINES, actor=OFFICER)

        assert [imported_words(each) for each in found] == [imported_words(each) for each in told]
    assert many.verify_journal() == []
    assert lines_kept(many) == lines_kept(single)
    single.stop()
    many.stop()


def imported_words(imported):
    """Return what became of a line, without what chance gives it."""
    if isinstance(imported, AppuiError):
        return words(imported)
    return imported.status, bare(imported.case), imported.differences, imported.conflict


def lines_kept(engine):
    """Return what the base remembers of lines, sources and numbers."""
    with engine.database.sa_reading() as connection:
        return [
            sorted(connection.execute(text(each)).all())
            for each in (
                "SELECT source, line_key, digest, reference FROM appui_import_line JOIN appui_case ON id = case_id",
                "SELECT source, line_key FROM appui_import_line",
                "SELECT source, caveat FROM appui_import_source",
                "SELECT department, year, last FROM appui_counter",
            )
        ]


def test_lines_that_are_all_refused_leave_nothing(engine):
    """No number is taken, no line is known: as if nobody had asked."""
    found = engine.import_many([line_of("a", state="inconnu"), line_of("c", applicant="01001")], actor=OFFICER)

    assert [each.code for each in found] == ["invalid_data", "not_allowed"]
    assert lines_kept(engine) == [[], [], [], []]

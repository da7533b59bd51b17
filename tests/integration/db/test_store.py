"""The store gives back what it was given, and an action is written whole or not at all."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest

from appui.states.case import Step
from appui.states.events import Computed, Shared
from appui.workflow.db.rows import AttachedDocument, FeedEntry, ImportLine, KeptProcedure
from appui.workflow.journal import verify_chain

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)


def test_a_case_comes_back_as_it_was_written(database, store, keeper):
    """Every field counts, whatever its type, and whatever characters people type."""
    with database.transaction() as raw:
        case = keeper.open(
            raw,
            route="national",
            routed_by=1,
            suspended_since=date(2026, 3, 4),
            ended_at=NOON + timedelta(microseconds=1),
            assignee="m.agent",
            presumed=("framing_held",),
            shared_with=("86", "2A"),
            steps=(Step(1, "import", None, "received"), Step(2, "suspend", date(2026, 3, 4), None)),
        )

    with database.reading() as raw:
        assert store.load_case(raw, case.id) == case


def test_facts_keep_their_order(database, store, keeper):
    """Providers are shown in the order in which they were asked."""
    with database.transaction() as raw:
        case = keeper.open(raw, data={"consultations": {"zz": 1, "caue79": 2, "a": 3}})
        read = store.load_case(raw, case.id)

    assert list(read.data["consultations"]) == ["zz", "caue79", "a"]


def test_an_unknown_case_is_none(database, store):
    """Nothing is invented."""
    with database.reading() as raw:
        assert store.load_case(raw, "79-2026-0001") is None


def head_of(store, raw, case_id):
    """Return the number and the hash of the last line, as kept apart from the journal."""
    [whole] = store.list_whole_cases(raw, case_id, case_id)
    return whole.head


def test_a_journal_comes_back_as_it_was_sealed(database, store, keeper):
    """The hashes of a chain hold after a stay in the base, whatever numbers the data contain."""
    with database.transaction() as raw:
        case = keeper.open(raw)
        case = keeper.act(raw, case)

    with database.reading() as raw:
        entries = store.list_entries(raw, case.id)
        head = head_of(store, raw, case.id)

    assert [each.entry.seq for each in entries] == [1, 2]
    assert entries[0].entry.events[0].reference == case.reference
    assert verify_chain(case.id, entries, head) == []


def test_a_journal_is_read_as_of_a_day_and_as_known_at_an_instant(database, store, keeper):
    """A figure can be had again as it was."""
    with database.transaction() as raw:
        case = keeper.open(raw)
        keeper.act(raw, case, updated_at=NOON + timedelta(days=1))

    with database.reading() as raw:
        known = store.list_entries(raw, case.id, recorded_as_of=NOON + timedelta(hours=1))
        before = store.list_entries(raw, case.id, as_of=date(2026, 3, 2))

    assert [each.entry.seq for each in known] == [1]
    assert before == []


def test_deadlines_and_messages_come_back_as_they_were_written(database, store, keeper, make_deadline, make_message):
    """A deadline that changes replaces its former run; one without a date comes last."""
    with database.transaction() as raw:
        case = keeper.open(raw)
        message = make_message(case, 2, 1)
        case = keeper.act(raw, case, deadlines=(make_deadline("a"), make_deadline("b")), messages=(message,))
        stopped = make_deadline("a", status="stopped", due_on=None, due_at=None)
        keeper.act(raw, case, deadlines=(stopped,))

    with database.reading() as raw:
        assert store.list_deadlines(raw, case.id) == [make_deadline("b"), stopped]
        assert store.list_messages(raw, case.id) == [message]


def test_a_stale_write_writes_nothing(database, store, keeper, make_deadline, make_message):
    """Who decided on an older version changes neither the case nor what surrounds it."""
    with database.transaction() as raw:
        first = keeper.open(raw)
        second = keeper.act(raw, first)
    with database.transaction() as raw:
        late = keeper.act(
            raw,
            first,
            events=(Shared("86"),),
            deadlines=(make_deadline("a"),),
            messages=(make_message(first, 2, 1),),
            state="scoping",
            shared_with=("86",),
        )

    with database.reading() as raw:
        shares = store.all(raw, "SELECT * FROM appui_share", {})
        assert late is None
        assert store.load_case(raw, first.id) == second
        assert len(store.list_entries(raw, first.id)) == 2
        assert head_of(store, raw, first.id) == (2, second.head)
        assert (store.list_deadlines(raw, first.id), store.list_messages(raw, first.id), list(shares)) == ([], [], [])


def test_a_case_is_opened_once(database, store, keeper):
    """The same identifier again writes nothing."""
    with database.transaction() as raw:
        case = keeper.open(raw)
        again = replace(case, title="Autre")
        written = store.write(raw, keeper.sealed(again, "open", ()), again, [], [], expected_version=0)

    with database.reading() as raw:
        assert not written
        assert store.load_case(raw, case.id) == case


def test_eight_threads_on_one_case_lose_and_double_nothing(database, store, keeper, make_deadline, make_message):
    """Each action that was acknowledged stands once in the journal, and the chain holds."""
    with database.transaction() as raw:
        case = keeper.open(raw)
    start = threading.Barrier(8)

    def ten_actions(thread: int) -> int:
        start.wait(timeout=30)
        done = 0
        while done < 10:
            hot_path = database.autocommit if database.dialect == "postgresql" else database.transaction
            with hot_path() as raw:
                read = store.load_case(raw, case.id)
                message = make_message(read, read.version + 1, thread * 1000 + read.version)
                kept = keeper.act(raw, read, deadlines=(make_deadline("a"),), messages=(message,))
            done += kept is not None
        return done

    with ThreadPoolExecutor(8) as threads:
        done = sum(threads.map(ten_actions, range(8)))

    with database.reading() as raw:
        entries = store.list_entries(raw, case.id)
        assert done == 80
        assert store.load_case(raw, case.id).version == 81
        assert len(store.list_messages(raw, case.id)) == 80
        assert verify_chain(case.id, entries, head_of(store, raw, case.id)) == []


def test_references_rise_without_gap_under_threads(database, store):
    """Two desks that register at the same moment get two numbers that follow each other."""

    def take(_):
        with database.transaction() as raw:
            return store.next_reference(raw, "79", 2026)

    with ThreadPoolExecutor(8) as threads:
        taken = sorted(threads.map(take, range(40)))

    assert taken == [f"79-2026-{number:04}" for number in range(1, 41)]


def test_a_reference_that_was_not_used_is_given_again(database, store):
    """A registration that fails leaves no gap."""

    def register_and_fail() -> None:
        with database.transaction() as raw:
            store.next_reference(raw, "79", 2026)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        register_and_fail()

    with database.transaction() as raw:
        assert store.next_reference(raw, "79", 2026) == "79-2026-0001"
        assert store.next_reference(raw, "79", 2027) == "79-2027-0001"


def test_shares_follow_the_case(database, store, keeper):
    """A département that no longer follows a case loses it from its lists."""
    with database.transaction() as raw:
        case = keeper.open(raw)
        case = keeper.act(raw, case, events=(Shared("86"),), shared_with=("86", "17"))
        case = keeper.act(raw, case)
        shared = store.all(raw, "SELECT department FROM appui_share ORDER BY department", {})
        keeper.undo(raw, replace(case, shared_with=("17",)), 2)
        after = store.all(raw, "SELECT department FROM appui_share", {})

    assert [row[0] for row in shared] == ["17", "86"]
    assert [row[0] for row in after] == ["17"]


def test_consulted_providers_follow_the_case(database, store, keeper):
    """A provider finds the cases about which it was asked, as long as the asking counts."""
    asked: dict[str, dict[str, object]] = {"consultations": {"caue79": {}, "adm79": {}}}
    with database.transaction() as raw:
        case = keeper.open(raw)
        events = (Computed("consultations", asked["consultations"]),)
        case = keeper.act(raw, case, events=events, data=asked)
        consulted = store.all(raw, "SELECT provider FROM appui_consultation ORDER BY provider", {})
        keeper.undo(raw, replace(case, data={}), 2)
        after = store.all(raw, "SELECT provider FROM appui_consultation", {})

    assert [row[0] for row in consulted] == ["adm79", "caue79"]
    assert list(after) == []


def test_recalled_messages_do_not_leave_and_departed_ones_are_named(database, store, keeper, make_message):
    """Taking an action back stops what waits, and says what cannot be stopped any more."""
    with database.transaction() as raw:
        case = keeper.open(raw)
        messages = (
            make_message(case, 2, 1),
            make_message(case, 2, 2, status="sent"),
            make_message(case, 2, 3, status="cancelled"),
        )
        case = keeper.act(raw, case, messages=messages)
        keeper.act(raw, case, messages=(make_message(case, 3, 4),))
        departed = store.recall_messages(raw, case.id, 2)
        statuses = [message.status for message in store.list_messages(raw, case.id)]

    assert departed == ["Accusé de réception 2"]
    assert statuses == ["cancelled", "sent", "cancelled", "queued"]


def test_the_last_action_is_the_last_that_a_person_did_and_that_still_counts(database, store, keeper, make_message):
    """An opening, what was undone, the undoing itself and what timers did are not taken back."""
    with database.transaction() as raw:
        case = keeper.open(raw)
        nothing = store.last_action(raw, case.id)
        case = keeper.act(raw, case, action="assign", messages=(make_message(case, 2, 1, status="sent"),))
        case = keeper.act(raw, case, action="start_scoping")
        case = keeper.act(raw, case, action="remind", actor_id="system")
        scoping = store.last_action(raw, case.id)
        case = keeper.undo(raw, case, 3)
        assigning = store.last_action(raw, case.id)
        keeper.undo(raw, case, 2)
        nothing_again = store.last_action(raw, case.id)

    assert (nothing, nothing_again) == (None, None)
    assert scoping == {"seq": 3, "action": "start_scoping", "actor_id": "m.agent", "departed": []}
    assert assigning == {"seq": 2, "action": "assign", "actor_id": "m.agent", "departed": ["Accusé de réception 1"]}


def test_every_case_is_listed_for_verification_even_without_its_row(database, store, keeper):
    """Who deletes a case does not escape the verification of its journal."""
    with database.transaction() as raw:
        ids = [keeper.open(raw).id for _ in range(5)]
        store.run(raw, "DELETE FROM appui_case WHERE id = :id", {"id": ids[1]})
        store.run(raw, "DELETE FROM appui_entry WHERE case_id = :id", {"id": ids[3]})

    with database.reading() as raw:
        first = store.list_case_ids(raw, None, 3)
        rest = store.list_case_ids(raw, first[-1], 3)

    assert first + rest == ids


def test_the_feed_follows_the_commits_and_goes_on_from_a_cursor(database, store, keeper):
    """A reader that comes back gets what followed, once."""
    with database.transaction() as raw:
        one = keeper.open(raw)
    with database.transaction() as raw:
        two = keeper.open(raw)
    with database.transaction() as raw:
        keeper.act(raw, one)

    with database.reading() as raw:
        feed = store.list_feed(raw, None, 2)
        rest = store.list_feed(raw, feed[-1].cursor, 2)

    assert [(each.reference, each.entry.seq) for each in feed] == [(one.reference, 1), (two.reference, 1)]
    assert [(each.reference, each.entry.seq, each.department) for each in rest] == [(one.reference, 2, "79")]


def test_the_feed_misses_nothing_when_transactions_overlap(make_database, make_keeper):
    """A slow transaction that began first and ends last is not jumped over by a reader."""
    database = make_database("postgresql")
    keeper = make_keeper(database)
    seen: list[FeedEntry] = []

    def read() -> None:
        with database.autocommit() as raw:
            feed = keeper.store.list_feed(raw, seen[-1].cursor if seen else None, 100)
        seen.extend(feed)

    with database.transaction() as slow:
        early = keeper.open(slow)
        with database.transaction() as fast:
            late = keeper.open(fast)
        read()
        while_running = list(seen)
        again = keeper.open(slow)
    read()

    assert while_running == []
    assert sorted(each.reference for each in seen) == [early.reference, late.reference, again.reference]


def test_a_locked_case_waits(make_database, make_keeper):
    """Who holds the case keeps another from changing it."""
    database = make_database("postgresql")
    keeper = make_keeper(database)
    with database.transaction() as raw:
        case = keeper.open(raw)

    with database.transaction() as holder:
        keeper.store.load_case(holder, case.id, lock=True)
        with database.autocommit() as other:
            other.execute("SET lock_timeout = '50ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                keeper.act(other, case)


def test_routes_are_counted_by_the_year_of_the_routing(database, store, keeper):
    """What was routed in the civil year counts, by its local day, beside what waits to be routed."""

    def steps(day: date) -> tuple[Step, ...]:
        return (Step(1, "open", None, "received"), Step(2, "route", day, "routed"))

    with database.transaction() as raw:
        for route, day in [
            ("local", date(2026, 1, 1)),
            ("local", date(2026, 12, 31)),
            ("national", date(2026, 6, 1)),
            ("operator", date(2025, 12, 31)),
        ]:
            keeper.open(raw, route=route, routed_by=2, steps=steps(day))
        keeper.open(raw)

    with database.reading() as raw:
        counted = [
            store.place_counts(raw, department, "engineering_request", date(2026, 1, 1), date(2026, 12, 31))
            for department in ("79", "86")
        ]

    assert counted == [
        {"local": 2, "operator": 0, "national": 1, "not_routed": 1},
        {"local": 0, "operator": 0, "national": 0, "not_routed": 0},
    ]


def test_an_envelope_knows_what_was_committed_in_its_year(database, store, keeper):
    """Commitments of other years and départements do not count."""
    with database.transaction() as raw:
        for day, cents in [("2026-01-01", 10_000_000_000), ("2026-12-31", 5), ("2025-12-31", 7)]:
            keeper.open(raw, data={"commitment": {"committed_on": day, "amount_cents": cents}})
        keeper.open(raw)

    with database.transaction() as raw:
        assert store.committed_cents(raw, "79", 2026) == 10_000_000_005
        assert store.committed_cents(raw, "86", 2026) == 0


def test_documents_belong_to_their_case(database, store, keeper):
    """A document of another case is no document of this one; a content is kept while a document names it."""
    with database.transaction() as raw:
        case, other = keeper.open(raw), keeper.open(raw)
        document = AttachedDocument(
            id="d1",
            case_id=case.id,
            sha256="a" * 64,
            name="Délibération.pdf",
            media_type="application/pdf",
            size=3_000_000_000,
            added_at=NOON,
            added_by="m.agent",
        )
        store.add_document(raw, document)

    with database.reading() as raw:
        assert store.list_documents(raw, case.id) == [document]
        assert store.known_hashes(raw, ["a" * 64, "b" * 64]) == {"a" * 64}
        assert store.existing_ids(raw, "document", {"d1", "d2"}) == {"d1"}
        assert store.existing_ids(raw, "document", {"d1"}, case_id=case.id) == {"d1"}
        assert store.existing_ids(raw, "document", {"d1"}, case_id=other.id) == set()


def test_a_version_of_a_procedure_is_kept_once(database, store):
    """The content that a case follows never changes under its feet."""
    first = KeptProcedure(
        key="engineering_request", version=2, content_hash="a", content={"states": ["b", "a"]}, recorded_at=NOON
    )
    with database.transaction() as raw:
        kept = store.record_procedure(raw, first)
        again = store.record_procedure(raw, replace(first, content_hash="b"))

    with database.reading() as raw:
        assert (kept, again) == (True, False)
        assert store.find_procedure(raw, "engineering_request", 2) == first
        assert store.find_procedure(raw, "engineering_request", 1) is None
        assert store.list_procedures(raw) == [first]


def test_an_imported_line_is_remembered_with_what_it_said_the_last_time(database, store):
    """Importing a file twice does nothing twice; a line that changed is known by what it says now."""
    line = ImportLine(
        source="2026.xlsx", line_key="12", case_id="c1", digest="d", imported_at=NOON, department="79", line=13
    )
    later = replace(line, digest="e", line=14)
    with database.transaction() as raw:
        for each in (line, later):
            store.keep_import_line(raw, each, caveat="Sans les closes")

    with database.reading() as raw:
        assert store.find_import_line(raw, "2026.xlsx", "12") == later
        assert store.find_import_line_of(raw, "c1", "2026.xlsx") == later
        assert store.find_import_line_of(raw, "c1", "2025.xlsx") is None
        assert store.import_places(raw, "2026.xlsx") == {"c1": 14}
        assert store.find_import_line(raw, "2026.xlsx", "13") is None

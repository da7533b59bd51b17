"""What the bench times happens: every line of ours acts, and the bare driver writes what the engine writes."""

from contextlib import closing

import pytest

from bench import peer_rows
from bench.contract import OFFICER, OPENING, PROVIDER, engine_on
from bench.databases import Place
from bench.lines import LINES
from bench.recording import observed, record
from bench.scenario import ANSWERED, OPENED_AT, RECEIVED
from bench.statements import Target, in_turn, whole
from bench.subjects import ABOUT, subject

OURS = [name for name, about in ABOUT.items() if not about.peer]
REFERENCE = {
    "sqlite": "SELECT reference FROM appui_case WHERE id = ?",
    "postgresql": "SELECT reference FROM appui_case WHERE id = %s",
}


@pytest.fixture
def place(dialect, make_url):
    """A base as the bench makes it ready."""
    url = make_url(dialect)
    engine = engine_on(url, now=OPENED_AT)
    engine.providers.add(PROVIDER)
    engine.open(OPENING, actor=OFFICER)
    engine.stop()
    return Place(dialect, url.removeprefix("sqlite:///"))


@pytest.fixture
def sample(place):
    """What the engine writes."""
    return record(place)


def sizes(changes, reference=""):
    """Return the table of each row, whether it is new, and the length of each value, but for what only numbers them."""
    return sorted(
        (
            change.table.name,
            change.new,
            sorted(
                (name, len(str(value).replace(reference, "")))
                for name, value in change.values.items()
                if name not in change.table.given and name not in change.table.numbered
            ),
        )
        for change in changes
    )


@pytest.mark.parametrize("name", OURS)
def test_every_line_does_what_it_times(name, place, sample):
    """A handful of cases: those that are acted on are answered, those that are read stay as they are."""
    timed = subject(name, place, sample)
    lines = [line for line in LINES if line.subject == name]
    found = {line.name: states_after(timed, line) for line in lines}

    assert found == {line.name: {ANSWERED if line.name.startswith("act") else RECEIVED} for line in lines}


def states_after(timed, line):
    """Return the states of a few cases, once a line has been done to each."""
    cases = timed.prepare(3, line.name)
    with timed.doing(line.name) as doing:
        for call in [cases] if line.together > 1 else cases:
            doing(call)
    return {timed.check(case) for case in cases}


def test_the_bare_driver_writes_what_the_engine_writes(place, sample):
    """The same rows in the same tables, column by column of the same size, for a case that the engine never saw."""
    bare = subject("bare", place, sample)
    prepared, opening = observed(place, lambda: bare.prepare(1, "act"))
    with bare.doing("act") as doing:
        _, action = observed(place, lambda: doing(prepared[0]))

    with closing(place.connect()) as raw:
        [reference] = raw.execute(REFERENCE[place.dialect], (prepared[0],)).fetchone()
    assert sizes(action, reference) == sizes(sample.action, sample.reference)
    assert [(table, new) for table, new, _ in sizes(opening)] == [
        (table, new) for table, new, _ in sizes(sample.opening)
    ]


def test_the_bare_driver_writes_nothing_over_a_newer_version(place, sample):
    """The check that makes the comparison fair: whoever read before somebody else wrote changes no row."""
    bare = subject("bare", place, sample)
    [case] = bare.prepare(1, "act")
    with bare.doing("act") as doing:
        doing(case)
    late = Target(case, version=1)
    with closing(place.connect()) as raw:
        if place.dialect == "sqlite":
            first = in_turn(sample, sample.action)[0]
            changed = raw.execute(first.text, first.parameters(late)).rowcount
        else:
            statement = whole(sample, sample.action)
            [changed] = raw.execute(statement.text, statement.parameters(late)).fetchone()

    assert changed == 0


def test_the_engine_acts_on_what_the_bare_driver_opened(place, sample):
    """The crowded base is full of cases that the engine takes for its own."""
    [case] = subject("bare", place, sample).prepare(1, "act")
    engine = engine_on(place.url)
    views = engine.explain(case, actor=OFFICER)
    engine.stop()

    assert any(view.permitted for view in views)


def test_the_rows_of_the_peers_are_of_the_sizes_that_the_engine_writes(place, sample):
    """A peer's line of history and its messages hold the engine's own texts."""
    payload = peer_rows.payload_of(sample)
    [entry] = sample.rows("appui_entry")

    assert len(payload.entry) >= sum(len(str(value)) for value in entry.values())
    assert len(payload.messages) == len(sample.rows("appui_message"))


def test_the_hand_written_sql_of_the_peers_writes_all_of_an_action(place, sample):
    """The case is answered, with its history, its deadline met and its messages queued; a stale version writes none."""
    payload = peer_rows.payload_of(sample)
    peer_rows.create(place)
    [case] = peer_rows.prepare(place, payload, 1)
    texts = [peer_rows.marked(text, place.dialect) for text in peer_rows.writing(place.dialect, payload)]
    given = payload.action(case, version=1)
    with closing(place.connect()) as raw:
        for text in texts:
            raw.execute(text, given)
        again = raw.execute(texts[0], given)
        changed = again.rowcount if place.dialect == "sqlite" else again.fetchone()[0]
        counts = {
            table: raw.execute(f"SELECT count(*) FROM peer_{table}").fetchone()[0]  # noqa: S608 (our own names)
            for table in ("case", "entry", "deadline", "message")
        }
        [status] = raw.execute("SELECT status FROM peer_deadline").fetchone()

    assert peer_rows.state_of(place, case) == ANSWERED
    assert counts == {"case": 1, "entry": 2, "deadline": 1, "message": len(payload.messages)}
    assert (status, changed) == (payload.met["status"], 0)

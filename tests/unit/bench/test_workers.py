"""A lap: what is counted, and when it ends."""

from bench.lines import Line
from bench.workers import Order, lap, warm_up

SINGLE = Line(subject="appui", name="act", label="")
BULK = Line(subject="appui", name="act_many", label="", together=10)
AGAIN = Line(subject="appui", name="get", label="", uses_up=False)


def lap_of(line, cases, *, seconds):
    """Return the calls that were made before the start and after it, and the lap."""
    calls, starts = [], []
    done = lap(calls.append, Order(line, cases, 1, seconds), start=lambda: starts.append(len(calls)))
    [begun] = starts
    return calls[:begun], calls[begun:], done


def test_calls_that_warm_up_are_not_counted():
    """Connections that open and statements that are prepared cost no line any time."""
    before, after, done = lap_of(SINGLE, list(range(20)), seconds=60)

    assert before == list(range(warm_up(SINGLE)))
    assert after == list(range(warm_up(SINGLE), 20))
    assert done.done == len(after)


def test_a_lap_ends_with_its_time():
    """When the time is over no call begins, however many cases are left."""
    _, after, done = lap_of(SINGLE, list(range(20)), seconds=0)

    assert (len(after), done.done) == (1, 1)


def test_bulk_takes_its_cases_together_and_counts_each():
    """A call with ten cases counts for ten."""
    before, after, done = lap_of(BULK, list(range(30)), seconds=60)

    assert [len(call) for call in before + after] == [10, 10, 10]
    assert done.done == 20


def test_what_uses_no_case_up_goes_round():
    """A few cases are read again and again, until the time is over."""
    before, after, _ = lap_of(AGAIN, ["one", "two"], seconds=0)

    assert (before + after)[:5] == ["one", "two", "one", "two", "one"]

"""The pace at which due work is seen to."""

from datetime import UTC, datetime, timedelta

from appui.workflow.clock import ManualClock
from appui.workflow.db.due_store import Claim
from appui.workflow.due_work import FIRST_PAUSE, LONGEST_PAUSE, Pace, pause_after

NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)


def test_a_long_stop_is_made_good_at_a_pace():
    """So many a minute; a pause does not let more than a minute's worth through at once, a clock set back none."""
    clock = ManualClock(NOW)
    pace = Pace(60, clock)
    lefts = [pace.left()]
    pace.spend(60)
    for seconds in (0, 30, -3600, 3600, 86_400):
        clock.advance(timedelta(seconds=seconds))
        lefts.append(pace.left())

    assert lefts == [60, 0, 30, 30, 60, 60]


def test_what_fails_rests_twice_as_long_each_time_up_to_some_hours():
    """A case that will never do is tried four times a day, not every minute."""
    pauses = [
        pause_after([Claim(case_id="c", key="k", attempt=attempt, until=NOW)]) for attempt in (1, 2, 3, 9, 10, 10_000)
    ]

    assert pauses[:3] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert pauses[3:] == [256 * FIRST_PAUSE, LONGEST_PAUSE, LONGEST_PAUSE]

"""The pace: so many a minute, whatever the clock does."""

from datetime import UTC, datetime, timedelta

from appui.workflow.clock import ManualClock
from appui.workflow.pace import Pace

NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)


def test_a_long_stop_is_made_good_at_a_pace():
    """A pause lets no more than a minute's worth through at once; a clock set back gives nothing, and takes nothing."""
    clock = ManualClock(NOW)
    pace = Pace(60, clock)
    taken = [pace.take(100)]
    for seconds in (0, 30, -3600, 30, 3600, 86_400):
        clock.advance(timedelta(seconds=seconds))
        taken.append(pace.take(100))

    assert taken == [60, 0, 30, 0, 30, 60, 60]


def test_what_was_allowed_and_not_done_may_be_done_later():
    """Nothing was left to do: the next minute is not shorter for it."""
    pace = Pace(60, ManualClock(NOW))
    pace.take(50)
    pace.give_back(50)

    assert pace.take(100) == 60


def test_without_a_limit_all_that_is_wanted_may_be_done():
    """0 means as fast as one can."""
    pace = Pace(0, ManualClock(NOW))

    assert [pace.take(500), pace.take(500)] == [500, 500]

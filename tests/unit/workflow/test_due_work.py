"""How long due work rests that fails."""

from datetime import UTC, datetime

from appui.workflow.db.due_store import Claim
from appui.workflow.due_work import FIRST_PAUSE, LONGEST_PAUSE, pause_after

NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)


def test_what_fails_rests_twice_as_long_each_time_up_to_some_hours():
    """A case that will never do is tried four times a day, not every minute."""
    pauses = [
        pause_after([Claim(case_id="c", key="k", attempt=attempt, until=NOW)]) for attempt in (1, 2, 3, 9, 10, 10_000)
    ]

    assert pauses[:3] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert pauses[3:] == [256 * FIRST_PAUSE, LONGEST_PAUSE, LONGEST_PAUSE]

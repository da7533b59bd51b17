"""The clock is the one place that knows the time, and a test can hold it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from appui.workflow.clock import ManualClock, system_clock

NOON = datetime(2026, 3, 28, 12, tzinfo=UTC)


def test_the_system_clock_gives_aware_utc_instants():
    """Instants never depend on the zone of the machine."""
    assert system_clock().utcoffset() == timedelta(0)


def test_a_manual_clock_moves_only_when_told():
    """A demonstration can jump to any day, backwards too."""
    clock = ManualClock(NOON)
    seen = [clock(), clock()]
    clock.advance(timedelta(days=3))
    seen.append(clock())
    clock.set(NOON - timedelta(days=1))
    seen.append(clock())

    assert seen == [NOON, NOON, NOON + timedelta(days=3), NOON - timedelta(days=1)]


def test_advancing_counts_real_hours_over_the_change_to_summer_time():
    """On the night of 28 March 2026, 24 hours after noon is one o'clock in Paris."""
    clock = ManualClock(datetime(2026, 3, 28, 12, tzinfo=ZoneInfo("Europe/Paris")))
    clock.advance(timedelta(hours=24))

    assert clock() == datetime(2026, 3, 29, 11, tzinfo=UTC)
    assert clock().hour == 13


@pytest.mark.parametrize("act", [ManualClock, lambda naive: ManualClock(NOON).set(naive)], ids=["start", "set"])
def test_an_instant_without_a_zone_is_refused(act):
    """A naive instant would mean something else on another machine."""
    with pytest.raises(ValueError, match="fuseau horaire"):
        act(NOON.replace(tzinfo=None))

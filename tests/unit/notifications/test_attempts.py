"""Attempts: what becomes of a message after each way in which a try ends."""

from datetime import UTC, datetime, timedelta

import pytest

from appui.notifications.attempts import DELAYS, accepted, delay_after, failed
from appui.notifications.transport import LostAnswer, PermanentFailure, TemporaryFailure, Unreachable

NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)


def after(error, *, attempts=0, doubtful=False, chance=0.5):
    """Return what becomes of a message whose try raised that."""
    return failed(error, attempts=attempts, doubtful=doubtful, now=NOW, chance=lambda: chance)


@pytest.mark.parametrize(
    ("error", "doubtful", "status"),
    [
        (TemporaryFailure("451"), False, "queued"),
        (Unreachable("421"), False, "queued"),
        (TemporaryFailure("451"), True, "unknown"),
        (LostAnswer("?"), False, "unknown"),
        (RuntimeError("?"), False, "unknown"),
        (PermanentFailure("550"), False, "refused"),
        (PermanentFailure("550"), True, "refused"),
    ],
)
def test_each_end_of_a_try_has_its_status(error, doubtful, status):
    """What may have been received is never said to wait."""
    assert after(error, doubtful=doubtful).status == status


@pytest.mark.parametrize(
    ("error", "unanswered"), [(LostAnswer("?"), True), (OSError(), True), (Unreachable("?"), False)]
)
def test_only_a_try_without_an_answer_raises_a_doubt(error, unanswered):
    """A server that said no has not taken it."""
    assert after(error).doubtful == unanswered


def test_the_wait_grows_and_ends_after_about_three_days():
    """A minute, five, thirty, two hours… then somebody has to look."""
    waits = [delay_after(attempts, lambda: 0.5) for attempts in range(1, len(DELAYS) + 2)]

    assert waits == [*DELAYS, None]
    assert sorted(DELAYS[:-1]) == list(DELAYS[:-1])
    assert timedelta(days=2.5) < sum(DELAYS, timedelta()) < timedelta(days=3.5)


def test_chance_spreads_what_failed_together():
    """A tenth more or less."""
    assert after(TemporaryFailure("451"), chance=0).not_before == NOW + timedelta(seconds=54)
    assert after(TemporaryFailure("451"), chance=1).not_before == NOW + timedelta(seconds=66)


def test_a_message_given_up_says_after_how_many_tries_and_why():
    """Its last answer is the one to act upon."""
    given_up = after(TemporaryFailure("451 plus tard"), attempts=len(DELAYS))

    assert (given_up.status, given_up.not_before) == ("refused", None)
    assert given_up.answer == f"Abandonné après {len(DELAYS) + 1} essais. 451 plus tard"


def test_an_answer_is_one_line_of_printable_text():
    """Servers answer in several lines, and in anything."""
    assert accepted("250 OK\r\n queued\x1b[31m as 1", now=NOW).answer == "250 OK queued [31m as 1"
    assert len(accepted("x" * 9000, now=NOW).answer) == 500

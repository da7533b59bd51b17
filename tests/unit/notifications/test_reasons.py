"""Reasons: why a message exists, asked again when it is about to leave."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from appui.notifications.message import Message
from appui.notifications.notices import notices
from appui.notifications.reasons import ANSWERED, lapsed

MESSAGE = Message(
    id="m1", case_id="c1", seq=2, notice="completion_asked", label="Compléments demandés", recipient="applicant",
    name=None, email=None, outside=True, visit=2, not_before=datetime(2026, 3, 3, tzinfo=UTC),
)  # fmt: skip


class _Visit:
    seq = 2


class _Case:
    current_visit = _Visit
    data = {  # noqa: RUF012 (a case of this test alone)
        "signatures": {"mairie": {}},
        "consultations": {"caue": {"accepts": False}, "agence": {"accepts": None}},
    }


def test_a_message_of_the_present_visit_still_makes_sense():
    """Nothing has changed since."""
    assert lapsed(MESSAGE, _Case) is None


def test_a_notice_that_lapses_does_so_with_its_visit():
    """Another visit of the same state is another reason."""
    assert lapsed(replace(MESSAGE, visit=1), _Case) == "Le dossier n'en est plus à cette étape."


def test_a_notice_that_does_not_lapse_is_told_whatever_came_next():
    """An acknowledgement is due even when the answer follows within minutes."""
    assert lapsed(replace(MESSAGE, notice="acknowledgement", visit=1), _Case) is None


@pytest.mark.parametrize(
    ("notice", "recipient", "still"),
    [
        ("convention_to_sign", "party:mairie", False),
        ("convention_to_sign", "party:state", True),
        ("provider_answer_due", "provider:caue", False),
        ("provider_answer_due", "provider:agence", True),
        ("provider_answer_due", "provider:autre", True),
    ],
)
def test_who_has_done_what_was_asked_is_left_in_peace(notice, recipient, still):
    """Only those who have not signed, or answered."""
    assert (lapsed(replace(MESSAGE, notice=notice, recipient=recipient), _Case) is None) == still


def test_a_case_that_is_gone_has_nothing_to_say():
    """Nobody writes about it."""
    assert lapsed(MESSAGE, None) == "Le dossier n'existe plus."


def test_every_rule_that_may_lapse_is_one_of_some_notice():
    """No dead rule."""
    assert set(ANSWERED) <= {rule for notice in notices().values() for rule in notice.to}


def test_a_reminder_makes_sense_as_long_as_one_of_its_deadlines_runs():
    """The answer came in the night: nobody is reminded of it in the morning."""
    reminder = replace(MESSAGE, notice="first_answer_due", data={"deadlines": [{"key": "first_answer"}, {"key": "x"}]})

    assert lapsed(reminder, _Case, running={"x"}) is None
    assert (
        lapsed(reminder, _Case, running={"other"}) == "Ce qui était attendu est arrivé entre-temps, ou ne l'est plus."
    )

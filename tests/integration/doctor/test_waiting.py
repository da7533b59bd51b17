"""The doctor sees what waits: deadlines that nobody sees to, mails that do not leave, and those that were refused."""

from datetime import timedelta

import pytest

from appui.notifications.memory import MemoryTransport
from appui.workflow.clock import system_clock
from appui.workflow.engine import Engine


@pytest.fixture
def clinic(make_clinic, dialect):
    """An installation with a desk at work, on which no worker runs."""
    return make_clinic(dialect)


def worked(clinic):
    """Do once what a worker does all the time."""
    engine = Engine(clinic.settings, transport=MemoryTransport())
    try:
        engine.see_to_due_work()
        engine.deliver_due()
    finally:
        engine.stop()


def test_an_installation_without_a_worker_is_told_to_start_one(clinic):
    """Deadlines passed weeks ago and the acknowledgement never left: both are said, with what to do."""
    clinic.open()
    found = clinic.look(quick=True, waiting=True)

    assert [found[name].level for name in ("work", "mails")] == ["fault", "fault"]
    assert all("appui worker" in found[name].remedy for name in ("work", "mails"))
    worked(clinic)
    found = clinic.look(quick=True, waiting=True)
    assert found["work"].level == "good"
    assert found["mails"].level in ("good", "warning"), "what nobody holds the role for is refused"


def test_a_mail_that_was_refused_is_to_be_watched(clinic):
    """Its case and its reader are named, and the command that says why."""
    case = clinic.open(contact={"name": "M. Maire"})
    clinic.break_("UPDATE appui_message SET status = 'refused', name = 'M. Maire'")
    found = clinic.look(quick=True, waiting=True)["mails"]

    assert found.level == "warning"
    assert "appui outbox list --status refused" in found.remedy
    assert any(case.reference in each and "M. Maire" in each for each in found.details)


def test_a_sending_that_nobody_took_over_is_said(clinic):
    """Its worker died, and no other came: the lease is over for hours."""
    clinic.open()
    long_ago = (system_clock() - timedelta(hours=3)).isoformat(timespec="microseconds")
    clinic.break_("UPDATE appui_message SET status = 'sending', lease = 1, lease_until = :until", until=long_ago)
    found = clinic.look(quick=True, waiting=True)["mails"]

    assert found.level == "fault"
    assert any("interrompu" in each for each in found.details)


def test_a_case_on_which_the_program_fails_is_named(clinic):
    """It is tried again and again: somebody has to look."""
    case = clinic.open()
    clinic.break_("UPDATE appui_deadline SET attempt = 5 WHERE status = 'open'")
    found = clinic.look(quick=True, waiting=True)["work"]

    assert found.level == "fault"
    assert any(case.reference in each for each in found.details)

"""What the torture claims to catch, it catches: engines broken on purpose are found out, sound ones are not."""

from tests.integration.torture.sabotages import (
    Forgetful,
    Speechless,
    WithJournalApart,
    WithoutLock,
    WithoutVersionCheck,
)

from appui.workflow import Engine
from appui.workflow.torture.plan import Mix


def _found(account):
    return {kind for kind, times in account.counts.items() if times}


def test_a_sound_engine_keeps_every_promise(tried):
    """On the base of the configuration too, beside whatever is there: nothing lost, doubled or broken."""
    account = tried(Engine, workers=3, actions=60, kills=4)

    assert (list(account.faults), account.unexpected, account.ok) == ([], {}, True)
    assert account.trial.complete


def test_a_version_check_that_is_dropped_is_found(tried):
    """An order that is sent twice takes effect twice."""
    account = tried(WithoutVersionCheck, actions=30, mix=Mix(twice=0.5))

    assert "doubled" in _found(account)
    assert not account.ok


def test_a_journal_written_in_a_second_transaction_is_found(tried):
    """A process killed between the two leaves a case that its journal does not tell."""
    account = tried(WithJournalApart, actions=20)

    assert "broken" in _found(account)
    assert not account.ok


def test_a_lock_that_is_forgotten_is_found(tried):
    """Two processes that take in the same line at once add it twice."""
    account = tried(WithoutLock, workers=3, actions=30, mix=Mix(imports=0.8, twice=0.3))

    assert "doubled" in _found(account)
    assert any("ligne" in fault.where for fault in account.faults)


def test_an_answer_that_outlives_its_write_is_found(tried):
    """What was acknowledged and rolled back is lost."""
    account = tried(Forgetful, actions=30)

    assert "lost" in _found(account)
    assert not account.ok


def test_an_error_that_is_none_of_appui_s_is_found(tried):
    """A refusal is a sentence, never the exception of a library or of a mistake."""
    account = tried(Speechless, actions=15)

    assert set(account.unexpected) == {"KeyError"}
    assert not account.ok

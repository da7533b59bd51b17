"""The account: figures that ledgers make, and the report that tells them."""

from appui.workflow.torture.account import Trial, account_of, refusals_of
from appui.workflow.torture.chaos import BLOWS, KILL, FullDisk
from appui.workflow.torture.ledger import ACKNOWLEDGED, REFUSED, SENT, TROUBLED, Record
from appui.workflow.torture.orders import ACT, Effect, Order
from appui.workflow.torture.report import lines_of
from appui.workflow.torture.verdict import Fault

ORDER = Order(mark="0-0-1", kind=ACT, content={})
TRIAL = Trial(
    base="sqlite",
    own_server=False,
    seed=7,
    workers=2,
    seconds=10.0,
    complete=True,
    blows={KILL: 3, **dict.fromkeys(BLOWS, 1)},
    hindered={"server_killed": "SQLite n'a pas de serveur"},
    deaths=0,
)


def line(at, what, code="", *, worker=0, effect=None):
    """Return a line of a ledger."""
    return Record(at=at, what=what, worker=worker, life=0, order=ORDER, code=code, effect=effect)


def report(account):
    """Return the report as one text."""
    return "\n".join(lines_of(account))


def test_a_refusal_lasts_from_the_first_that_was_put_off_to_the_next_answer_of_anybody():
    """Seconds in which everybody was refused, and no others."""
    records = [
        line(1.0, SENT),
        line(2.0, TROUBLED, "busy"),
        line(3.5, TROUBLED, "database_unavailable", worker=1),
        line(4.0, ACKNOWLEDGED, worker=1, effect=Effect("a", 2)),
        line(5.0, REFUSED, "stale_case"),
        line(6.0, TROUBLED, "busy"),
        line(6.5, REFUSED, "stale_case"),
    ]

    assert list(refusals_of(reversed(records))) == [2.0, 0.5]


def test_an_answer_that_was_lost_is_no_refusal():
    """The engine did answer."""
    records = [line(1.0, TROUBLED, "answer_lost"), line(2.0, ACKNOWLEDGED, effect=Effect("a", 2))]

    assert list(refusals_of(records)) == []


def test_an_action_is_counted_when_it_wrote_an_entry():
    """A document, or a line that was known, is acknowledged and is no action."""
    records = [line(1.0, ACKNOWLEDGED, effect=Effect("a", 2)), line(2.0, ACKNOWLEDGED, effect=Effect("a", None))]
    account = account_of(records, [], trial=TRIAL)

    assert (account.acknowledged, account.actions, account.ok) == (2, 1, True)


def test_an_error_that_is_none_of_appui_s_is_a_fault_unless_the_disk_was_full():
    """Drivers have words of their own for a file that cannot grow."""
    records = [line(5.0, TROUBLED, "InternalError"), line(9.0, TROUBLED, "busy")]

    assert account_of(records, [], trial=TRIAL, full=[FullDisk(0, 4.5, 5.5)]).ok
    assert account_of(records, [], trial=TRIAL, full=[FullDisk(1, 4.5, 5.5)]).unexpected == {"InternalError": 1}
    assert not account_of(records, [], trial=TRIAL).ok


def test_a_trial_without_a_fault_says_what_was_kept_and_what_was_not_tried():
    """Nobody takes for proven what could not be tried here."""
    told = report(account_of([], [], trial=TRIAL))

    assert "arrêts brutaux du serveur            non tentés : SQLite n'a pas de serveur" in told
    assert told.endswith("✓ Rien de perdu, rien en double, rien de rompu.")


def test_each_fault_says_where_and_a_long_list_is_cut():
    """Twenty are enough to begin with; JSON has them all."""
    faults = [Fault("lost", f"0-0-{number}", "acquittée, son dossier n'existe pas") for number in range(25)]
    told = report(account_of([], faults, trial=TRIAL))

    assert "✗ 0-0-0 : acquittée, son dossier n'existe pas" in told
    assert "… et 5 autres." in told
    assert told.endswith("✗ Une promesse n'a pas été tenue.")

"""The ledger: what a worker writes is read back, whatever killed it."""

from appui.workflow.torture.ledger import ACKNOWLEDGED, SENT, Ledger, Reading
from appui.workflow.torture.orders import ACT, Effect, Order

ORDER = Order(mark="0-0-1", kind=ACT, content={"action": "comment", "data": {"text": "Été"}})


def test_what_is_written_is_read_once_and_in_order(tmp_path):
    """The supervisor follows ledgers as they grow."""
    ledger, reading = Ledger(tmp_path, worker=1, life=2), Reading(tmp_path)
    ledger.write(SENT, ORDER)
    first = reading.more()
    ledger.write(ACKNOWLEDGED, ORDER, effect=Effect("a", 3))
    second = reading.more()

    assert [(each.what, each.worker, each.life, each.order) for each in first] == [(SENT, 1, 2, ORDER)]
    assert [(each.what, each.effect) for each in second] == [(ACKNOWLEDGED, Effect("a", 3))]
    assert reading.more() == []


def test_a_line_cut_off_by_a_kill_was_never_said(tmp_path):
    """Half a line waits for its end, which may never come."""
    Ledger(tmp_path, worker=1, life=2).write(SENT, ORDER)
    [path] = tmp_path.iterdir()
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:20])
    reading = Reading(tmp_path)

    assert len(reading.more()) == 1
    path.write_bytes(whole + whole)
    assert len(reading.more()) == 1


def test_no_file_grows_to_where_a_full_disk_begins(tmp_path):
    """A ledger goes on when the base cannot."""
    ledger = Ledger(tmp_path, worker=1, life=2)
    for _ in range(1000):
        ledger.write(SENT, ORDER)

    assert max(path.stat().st_size for path in tmp_path.iterdir()) < 128 << 10
    assert len(Reading(tmp_path).more()) == 1000

"""Verification: cases read whole, a few in memory at a time, and what of them is not as it was written."""

from __future__ import annotations

from collections.abc import Iterator

from appui.workflow.db.database import Database
from appui.workflow.db.inspection_store import WholeCase
from appui.workflow.db.store import Store
from appui.workflow.journal import Fault, verify_case, verify_chain

UNREADABLE = (ValueError, KeyError, TypeError, AttributeError)
"""What reading a line raises that somebody else wrote."""
_AT_ONCE = 100


def batches_of_cases(database: Database, store: Store) -> Iterator[list[WholeCase]]:
    """Yield every case that has a row, an entry or a chain head, some at a time, each batch as of one instant."""
    after: str | None = None
    while True:
        with database.reading() as raw:
            ids = store.list_case_ids(raw, after, _AT_ONCE)
            whole = store.list_whole_cases(raw, ids[0], ids[-1]) if ids else []
        if not ids:
            return
        yield whole
        after = ids[-1]


def faults_of(whole: WholeCase) -> list[Fault]:
    """Return what is wrong with a case's chain; when nothing is, whether its row is what its journal tells."""
    try:
        entries = whole.entries()
        return verify_chain(whole.id, entries, whole.head) or verify_case(whole.id, whole.case(), entries)
    except UNREADABLE as error:
        return [Fault(whole.id, None, f"Une ligne ne se lit plus ({type(error).__name__}).")]

"""The account: the figures of a trial, from its ledgers, its blows and its verdict. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from appui.workflow.torture.chaos import FullDisk
from appui.workflow.torture.ledger import ACKNOWLEDGED, REFUSED, SENT, TROUBLED, Record
from appui.workflow.torture.verdict import CHECKS, Fault
from appui.workflow.torture.workers import ANSWER_LOST, LATER


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """What was tried, and for how long."""

    base: str
    """`sqlite` or `postgresql`."""
    own_server: bool
    """Whether a server was started for it, and could be killed."""
    seed: int
    workers: int
    seconds: float
    """The verdict left out."""
    complete: bool
    """Whether all the actions and kills that were asked for were done before the time was over."""
    blows: Mapping[str, int]
    """Name, or `kill` → how many fell."""
    hindered: Mapping[str, str]
    """Name → why such blows could not fall, in French."""
    deaths: int
    """Workers that ended by themselves."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """What came of a trial."""

    trial: Trial
    sent: int
    acknowledged: int
    actions: int
    """Of those acknowledged, the ones that wrote an entry."""
    found: int
    """Orders whose answer was lost and whose effect was then found in the base."""
    refused: Mapping[str, int]
    """Code → orders refused for a reason of the domain."""
    troubled: Mapping[str, int]
    """Code → times that an order had no answer, or was put off."""
    unexpected: Mapping[str, int]
    """Class → errors that are none of appui's, met while the disk was not full."""
    refusal_seconds: float
    """Time during which orders were put off and none, of any worker, was answered."""
    longest_refusal_seconds: float
    counts: Mapping[str, int]
    """Kind of fault → how many."""
    faults: Sequence[Fault]

    @property
    def ok(self) -> bool:
        """Whether every promise was kept, and every error told as one of appui's."""
        return not (self.faults or self.unexpected or self.trial.deaths)


def account_of(
    records: Sequence[Record], faults: Sequence[Fault], *, trial: Trial, full: Sequence[FullDisk] = ()
) -> Account:
    """Return the account that ledgers and verdict make."""
    by_what = Counter(record.what for record in records)
    healthy = [record for record in records if not _is_full(record, full)]
    spans = list(refusals_of(healthy))
    kinds = Counter(fault.kind for fault in faults)
    return Account(
        trial=trial,
        sent=by_what[SENT],
        acknowledged=by_what[ACKNOWLEDGED],
        actions=sum(record.wrote for record in records),
        found=sum(record.found for record in records),
        refused=_codes(records, REFUSED),
        troubled=_codes(records, TROUBLED),
        unexpected={code: times for code, times in _codes(healthy, TROUBLED).items() if code not in _TOLD},
        refusal_seconds=round(sum(spans), 2),
        longest_refusal_seconds=round(max(spans, default=0.0), 2),
        counts={kind: kinds[kind] for kind in CHECKS},
        faults=tuple(faults),
    )


_TOLD = LATER | {ANSWER_LOST}


def refusals_of(records: Sequence[Record]) -> Iterator[float]:
    """Yield the seconds of each span in which nobody was answered: from the first « later » to the next answer."""
    since: float | None = None
    for record in sorted(records, key=lambda each: each.at):
        if record.what in (ACKNOWLEDGED, REFUSED):
            if since is not None:
                yield record.at - since
            since = None
        elif record.what == TROUBLED and record.code != ANSWER_LOST and since is None:
            since = record.at


def _is_full(record: Record, full: Sequence[FullDisk]) -> bool:
    return any(each.worker == record.worker and each.since <= record.at <= each.until for each in full)


def _codes(records: Sequence[Record], what: str) -> dict[str, int]:
    return dict(Counter(record.code for record in records if record.what == what).most_common())

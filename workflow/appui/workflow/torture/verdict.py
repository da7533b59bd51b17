"""The verdict: what the base holds after a trial, against what the workers were told."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from appui.notifications.message import Message
from appui.notifications.notices import messages_for
from appui.states.actor import Actor
from appui.states.case import Case, Entry, day_of, fold
from appui.states.deadlines import CANCELLED, Deadline, deadlines_of
from appui.states.errors import AppuiError
from appui.states.machine import Decision
from appui.states.opening import IMPORT
from appui.states.procedure import Procedure
from appui.workflow.calendars import calendar_of
from appui.workflow.engine import Engine
from appui.workflow.torture.ledger import ACKNOWLEDGED, REFUSED, Record
from appui.workflow.torture.orders import LINE, mark_of
from appui.workflow.views import Document

_READER = Actor.system()
_PAGE = 200


@dataclass(frozen=True, slots=True)
class Fault:
    """One promise that was not kept."""

    kind: str
    """A key of `CHECKS`."""
    where: str
    """Mark of an order, reference or identifier of a case."""
    text: str
    """In French."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """Everything that the engine tells of one case."""

    case: Case
    procedure: Procedure
    entries: Sequence[Entry]
    deadlines: Sequence[Deadline]
    messages: Sequence[Message]
    documents: Sequence[Document]


class Evidence:
    """All that a base holds, read once, and what the workers wrote down."""

    def __init__(self, engine: Engine, records: Sequence[Record]) -> None:
        self.engine = engine
        self.records = records
        self.faults = engine.verify_journal()
        self.told = {case.id: self._told(case) for case in _every_case(engine)}
        broken = {fault.case_id for fault in self.faults}
        self.whole = [told for told in self.told.values() if told.case.id not in broken]
        """Cases that their journals tell: of the others nothing more can be said."""
        entries = (entry for told in self.told.values() for entry in told.entries)
        self.marks = Counter(mark for entry in entries if (mark := mark_of(entry)) is not None)
        """Mark of an order → how many entries bear it."""

    def of(self, what: str) -> Iterator[Record]:
        """Yield the lines of the ledgers that say so."""
        return (record for record in self.records if record.what == what)

    def content_of(self, case_id: str, document_id: str) -> bytes | None:
        """Return the content of a document, None when it cannot be read."""
        try:
            return self.engine.read_document(case_id, document_id, actor=_READER)
        except AppuiError:
            return None

    def _told(self, case: Case) -> Told:
        return Told(
            case=case,
            procedure=self.engine.library.get(case.procedure, case.procedure_version),
            entries=self.engine.journal(case.id, actor=_READER),
            deadlines=self.engine.deadlines(case.id, actor=_READER),
            messages=self.engine.messages(case.id, actor=_READER),
            documents=self.engine.documents(case.id, actor=_READER),
        )


def judged(engine: Engine, records: Sequence[Record]) -> list[Fault]:
    """Return every promise that was not kept; empty when all were."""
    evidence = Evidence(engine, records)
    return [Fault(kind, where, text) for kind, check in CHECKS.items() for where, text in check.find(evidence)]


def _every_case(engine: Engine) -> Iterator[Case]:
    after: str | None = None
    while True:
        page = engine.cases(actor=_READER, after=after, limit=_PAGE)
        yield from page.items
        if page.next is None:
            return
        after = page.next


Findings = Iterator[tuple[str, str]]
"""(where, what in French)."""


def _lost(evidence: Evidence) -> Findings:
    """An order that was acknowledged stands where it was said to stand."""
    standing = {(told.case.id, each.seq, mark_of(each)) for told in evidence.told.values() for each in told.entries}
    for record in evidence.of(ACKNOWLEDGED):
        effect, mark = record.effect, record.order.mark
        if effect is None:
            continue
        if effect.case_id not in evidence.told:
            yield mark, "acquittée, son dossier n'existe pas"
        elif effect.document is not None and not evidence.content_of(effect.case_id, effect.document):
            yield mark, "document acquitté, et qui ne se lit pas"
        elif effect.version is not None and (effect.case_id, effect.version, mark) not in standing:
            reference = evidence.told[effect.case_id].case.reference
            yield mark, f"acquittée à la version {effect.version} de {reference}, absente de son journal"


def _doubled(evidence: Evidence) -> Findings:
    """An order has one effect at most, a line becomes one case, a file is attached once."""
    for mark, times in evidence.marks.items():
        if times > 1:
            yield mark, f"{times} écritures pour une seule commande"
    lines = Counter(told.case.fact(f"imported.words.{LINE}") for told in evidence.told.values())
    for line, times in lines.items():
        if line is not None and times > 1:
            yield str(line), f"une seule ligne reprise, {times} dossiers"
    names = Counter((told.case.reference, each.name) for told in evidence.told.values() for each in told.documents)
    for (reference, name), times in names.items():
        if times > 1:
            yield reference, f"{name} déposé {times} fois par une seule commande"


def _undue(evidence: Evidence) -> Findings:
    """An order that was refused has left nothing."""
    for record in evidence.of(REFUSED):
        if evidence.marks[record.order.mark]:
            yield record.order.mark, f"refusée ({record.code}), et pourtant écrite"


def _broken(evidence: Evidence) -> Findings:
    """Every chain of hashes is whole, and every case is what its journal tells."""
    return ((fault.case_id, fault.text) for fault in evidence.faults)


def _references(evidence: Evidence) -> Findings:
    """References run from 1 without a gap, each given once."""
    given: dict[str, Counter[int]] = defaultdict(Counter)
    for told in evidence.told.values():
        series, _, number = told.case.reference.rpartition("-")
        given[series][int(number)] += 1
    for series, numbers in given.items():
        for each in range(1, max(numbers) + 1):
            if numbers[each] != 1:
                yield f"{series}-{each:04}", f"référence donnée {numbers[each]} fois"


def _envelopes(evidence: Evidence) -> Findings:
    """No département commits more in a year than its envelope holds."""
    committed: Counter[tuple[str, int]] = Counter()
    for told in evidence.told.values():
        day = day_of(told.case.fact("commitment.committed_on"))
        if day is not None:
            committed[told.case.department, day.year] += told.case.fact("commitment.amount_cents")
    for (department, year), cents in committed.items():
        granted = evidence.engine.settings.envelope_of(department, year)
        if granted is not None and cents > granted:
            yield f"{department}, {year}", f"{cents} centimes engagés, l'enveloppe en compte {granted}"


def _ends(evidence: Evidence) -> Findings:
    """A case has an end if and only if its state is final."""
    for told in evidence.whole:
        if (told.case.ended_at is not None) != told.procedure.states[told.case.state].final:
            yield told.case.reference, f"fin {told.case.ended_at or 'absente'} dans l'état {told.case.state}"


def _deadlines(evidence: Evidence) -> Findings:
    """The deadlines kept are those that the history of the case gives, and no other."""
    now = evidence.engine.clock()
    for told in evidence.whole:
        expected = deadlines_of(told.procedure, told.case, calendar_of(told.case.department))
        kept = {each.key: each for each in told.deadlines}
        for key in expected.keys() | kept.keys():
            one, other = kept.get(key), expected.get(key)
            if one is not None and other is not None:
                same = _due(one.at(now)) == _due(other.at(now))
            else:
                same = one is not None and one.status == CANCELLED
            if not same:
                yield told.case.reference, f"l'échéance « {key} » n'est pas celle que donne l'histoire du dossier"


def _due(deadline: Deadline) -> tuple[object, ...]:
    return deadline.status, deadline.due_on, deadline.due_at, deadline.derivation


def _messages(evidence: Evidence) -> Findings:
    """Each entry has queued the messages that its notices ask for, each once."""
    for told in evidence.whole:
        kept = Counter((each.seq, each.notice, each.email or each.recipient) for each in told.messages)
        expected = Counter(_expected(told))
        for surplus, what in ((kept - expected, "de trop"), (expected - kept, "manquant")):
            for seq, notice, recipient in surplus.elements():
                yield told.case.reference, f"message {what} : « {notice} », écriture {seq}, {recipient}"


def _expected(told: Told) -> Iterator[tuple[int, str, str]]:
    before: Case | None = None
    for place, entry in enumerate(told.entries, start=1):
        case = fold(told.entries[:place])
        if entry.action != IMPORT:
            decision = Decision(case=case, before=before, entry=entry, deadlines=())
            notices = told.procedure.actions[entry.action].notices
            queued = messages_for(notices, decision, not_before=entry.recorded_at, new_id=lambda: "")
            yield from {(entry.seq, each.notice, each.email or each.recipient) for each in queued}
        before = case


@dataclass(frozen=True, slots=True)
class Check:
    """One promise, and what finds where it was not kept."""

    label: str
    """In French: what a count counts."""
    find: Callable[[Evidence], Findings]


CHECKS: Mapping[str, Check] = {
    "lost": Check("commandes acquittées et perdues", _lost),
    "doubled": Check("effets doublés", _doubled),
    "undue": Check("commandes refusées et pourtant écrites", _undue),
    "broken": Check("chaînes rompues, dossiers autres que leur journal", _broken),
    "references": Check("références données deux fois ou sautées", _references),
    "envelopes": Check("enveloppes dépassées", _envelopes),
    "ends": Check("fins de dossier fausses", _ends),
    "deadlines": Check("échéances autres que l'histoire", _deadlines),
    "messages": Check("messages perdus ou en double", _messages),
}
"""Kind of fault → what finds it, in the order of the report."""

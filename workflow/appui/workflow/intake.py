"""Intake: how a request comes in, as somebody registers it or from what a service kept elsewhere."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial

from appui.states.applicant import Applicant, ApplicantByHand
from appui.states.case import Case, iso
from appui.states.errors import AppuiError, InvalidData, NotAllowed
from appui.states.fields import day_in
from appui.states.machine import action_of
from appui.states.opening import (
    IMPORT,
    UnderWay,
    blank_case,
    check_under_way,
    conflict_of,
    import_case,
    open_case,
    reimport_case,
)
from appui.states.procedure import Procedure
from appui.states.wording import listed
from appui.workflow.bulk import BatchWork
from appui.workflow.commands import ImportCase, OpenCase, check_import
from appui.workflow.db.rows import ImportLine
from appui.workflow.journal import canonical
from appui.workflow.territories import register
from appui.workflow.views import ADDED, CHANGED, DIFFERENT, KNOWN, Difference, Imported
from appui.workflow.work import Work


def register_request(work: Work, command: OpenCase) -> Case:
    """Open a case, and return it. Raises what `Engine.open` says."""
    received = _reception_day(command.data)
    year = (received or work.now.date()).year
    applicant = _applicant(command.applicant, command.department, year)
    day = received or work.today(applicant.department)
    procedure = work.tools.procedures.library.for_reception(command.procedure, day)
    blank = blank_case(str(uuid.uuid4()), procedure, applicant, command.title, work.now)
    action = action_of(procedure, "open")
    permission = work.permission(action, work.held_on(blank))
    situation = work.situation(procedure, blank, permission, work.facts_for(action, command.data, blank))
    reference = work.next_reference(applicant.department)
    decision = open_case(situation, work.tools.functions, command.data, reference=reference)
    work.keep(procedure)
    return work.write(procedure, decision, notices=action.notices)


def take_in(work: Work, command: ImportCase) -> Imported:
    """Take in a line that began elsewhere, or compare it with what it said. Raises what `Engine.import_case` says."""
    check_import(command)
    applicant = _applicant(command.applicant, command.department, command.known_on.year)
    if command.known_on > work.today(applicant.department):
        raise InvalidData([("known_on", "La source ne peut pas dire ce qui sera vrai après aujourd'hui.")])
    day = _reception_day(command.data) or command.known_on
    procedure = work.tools.procedures.library.for_reception(command.procedure, day)
    blank = blank_case(str(uuid.uuid4()), procedure, applicant, command.title, work.now)
    permission = work.permission(action_of(procedure, "open"), work.held_on(blank))
    known = _known(work, command, blank)
    under_way = UnderWay(
        state=command.state,
        known_on=command.known_on,
        route=command.route,
        presumed=command.presumed,
        words=command.words,
        source=command.source,
        routed_on=command.routed_on,
    )
    if known is not None:
        return _compared(work, command, under_way, known)
    situation = work.situation(procedure, blank, permission, {})
    reference = work.next_reference(applicant.department)
    decision = import_case(situation, work.tools.functions, command.data, under_way, reference=reference)
    work.keep(procedure)
    case = work.write(procedure, decision, notices=())
    work.tools.store.keep_import_line(work.raw, _line_of(command, case, work.now), caveat=command.caveat)
    return Imported(case=case, status=ADDED)


def take_in_many(work: BatchWork, commands: Sequence[ImportCase]) -> list[Imported | AppuiError]:
    """Take in lines, each on its own; return what became of each, or what refused it."""
    work.read_lines_ahead([line for line in map(partial(_line_to_claim, work), commands) if line is not None])
    found: list[Imported | AppuiError] = []
    for command in commands:
        try:
            found.append(take_in(work, command))
        except (InvalidData, NotAllowed) as error:
            found.append(error.with_traceback(None))
    return found


def _line_to_claim(work: Work, command: ImportCase) -> ImportLine | None:
    """Return the line that a command is about; None when it says so little that `take_in` will refuse it."""
    try:
        check_import(command)
    except InvalidData:
        return None
    return ImportLine(
        source=command.source, line_key=command.key, case_id="", digest="", imported_at=work.now, department=""
    )


def _known(work: Work, command: ImportCase, blank: Case) -> ImportLine | None:
    """Return the line as it was last taken in; None when it is new, and from now on nobody else's to take in."""
    store = work.tools.store
    if store.claim_import_line(work.raw, _line_of(command, blank, work.now)):
        return None
    return store.find_import_line(work.raw, command.source, command.key)


def _compared(work: Work, command: ImportCase, under_way: UnderWay, known: ImportLine) -> Imported:
    """Return what became of a line that was taken in before."""
    case = work.readable(known.case_id)
    line = _line_of(command, case, work.now)
    if line.digest == known.digest:
        return Imported(case=case, status=KNOWN)
    procedure = work.procedure(case)
    check_under_way(under_way, procedure, work.tools.functions)
    differences = tuple(_differences(case, under_way, procedure))
    if not command.accept:
        conflict = conflict_of(case, under_way, procedure)
        return Imported(case=case, status=DIFFERENT, differences=differences, conflict=conflict)
    permission = work.permission(action_of(procedure, "open"), work.held_on(case))
    situation = work.situation(procedure, case, permission, {})
    decision = reimport_case(situation, work.tools.functions, command.data, under_way)
    case = work.write(procedure, decision, notices=())
    work.tools.store.keep_import_line(work.raw, line, caveat=command.caveat)
    return Imported(case=case, status=CHANGED, differences=differences)


def _differences(case: Case, under_way: UnderWay, procedure: Procedure) -> Iterator[Difference]:
    """Yield what a line says otherwise than the last time, column by column, then how it is read otherwise."""
    before: Mapping[str, str] = case.fact("imported.words") or {}
    for name in dict.fromkeys((*before, *under_way.words)):
        was, says = before.get(name, ""), under_way.words.get(name, "")
        if was != says:
            yield Difference(name, was, says)
    states = [step.state for step in case.steps if step.action == IMPORT and step.state is not None]
    if states and states[-1] != under_way.state:
        yield Difference("state", procedure.states[states[-1]].label, procedure.states[under_way.state].label)


def _line_of(command: ImportCase, case: Case, now: datetime) -> ImportLine:
    said = [dict(command.words), command.state, command.route, iso(command.routed_on), sorted(command.presumed)]
    return ImportLine(
        source=command.source,
        line_key=command.key,
        case_id=case.id,
        digest=hashlib.sha256(canonical(said).encode()).hexdigest(),
        imported_at=now,
        department=case.department,
        line=command.line,
    )


def _applicant(applicant: object, department: str | None, year: int) -> Applicant:
    """Return the applicant of a command, from the register or by hand. InvalidData on `applicant` or `department`."""
    if isinstance(applicant, ApplicantByHand):
        found = register().by_hand(applicant, year=year)
    else:
        found = register().get(applicant)
    if department is None or department == found.department:
        return found
    spanned = register().epci_departments(found.code or "")
    if department not in spanned:
        where = listed(list(spanned) or [found.department], last="ou")
        raise InvalidData([("department", f"{found.name} n'est pas dans ce département ; attendu {where}.")])
    return replace(found, department=department, region=register().department(department).region)


def _reception_day(data: object) -> date | None:
    """Return the day of reception when the data give one that can be read; what is wrong with it is said later."""
    if not isinstance(data, Mapping):
        return None
    return day_in(data.get("received_on") or data.get("received_before") or data.get("happened_on"))

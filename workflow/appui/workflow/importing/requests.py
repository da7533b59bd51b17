"""Requests: the lines of a tracker as cases under way, taken in all together or not at all."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from appui.states.actor import Actor
from appui.states.applicant import Applicant, ApplicantByHand
from appui.states.errors import InvalidData, NotAllowed
from appui.states.wording import day_in_words, listed
from appui.workflow.calendars import calendar_of
from appui.workflow.commands import ImportCase
from appui.workflow.engine import Engine
from appui.workflow.importing.mapping import TrackerMapping, fold_wording, parse_mapping
from appui.workflow.importing.tracker import Row, read_tracker
from appui.workflow.territories import fold_name, register, shown

PROCEDURE = "engineering_request"
UNTITLED = "Objet non précisé dans la source"
"""Title of a line that has none: a case needs a title, and none may be invented."""

ADDED, KNOWN, REFUSED = "added", "known", "refused"
STATUSES = {ADDED: "ajouté", KNOWN: "déjà là", REFUSED: "refusé"}
"""What became of a line → French word."""

_KIND_BY_FIRST_WORD = {
    "petr": "PETR",
    "cc": "CC",
    "ca": "CA",
    "cu": "CU",
    "metropole": "METRO",
    "syndicat": "syndicat",
    "departement": "departement",
}
"""First word of a folded name → kind; nothing else tells the kind of an applicant that stands in no register."""
_SHOWN = 3
_NEVER_IN_REGISTER = frozenset({"PETR", "syndicat", "departement"})


@dataclass(frozen=True, kw_only=True, slots=True)
class LineResult:
    """What became of one line."""

    line: int
    applicant: str
    title: str
    status: str
    text: str = ""
    """Why it is refused, or what should be looked at; French, often empty."""
    case_id: str | None = None
    reference: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What became of a tracker."""

    lines: tuple[LineResult, ...]
    written: bool
    """False when a line was refused, or when it was only tried."""

    def count(self, status: str) -> int:
        """Return how many lines came to that status."""
        return sum(line.status == status for line in self.lines)

    @property
    def refused(self) -> bool:
        """Whether a line could not be taken in: nothing was, then."""
        return self.count(REFUSED) > 0


class _TakenBack(Exception):
    """Ends the transaction without keeping anything."""


def import_requests(
    engine: Engine,
    tracker: bytes,
    mapping: bytes,
    *,
    department: str,
    known_on: date,
    actor: Actor,
    dry_run: bool = False,
) -> Report:
    """Take in the lines of a département's tracker, true on the local day `known_on`; return what became of each.

    Everything is written in one transaction: nothing at all when a line is refused, or when `dry_run` only tries. A
    line known from an earlier import of the same source adds nothing. InvalidData when a file or an option is wrong.
    """
    register().department(department)
    today = calendar_of(department).local_day(engine.clock())
    if known_on > today:
        text = f"Le tableau ne peut pas dire ce qui sera vrai le {day_in_words(known_on)}, après aujourd'hui."
        raise InvalidData([("known_on", text)])
    procedure = engine.library.for_reception(PROCEDURE, known_on)
    read = parse_mapping(mapping, states=procedure.states, facts=engine.functions.guards)
    rows = read_tracker(tracker, expected=read.columns.values())
    planned = list(_planned(rows, read, department=department, known_on=known_on))
    lines: list[LineResult] = []
    try:
        with engine.begin() as connection:
            lines += (_carried_out(engine, each, actor, connection) for each in planned)
            if dry_run or any(line.status == REFUSED for line in lines):
                raise _TakenBack
    except _TakenBack:
        kept = (replace(line, case_id=None, reference=None) if line.status == ADDED else line for line in lines)
        return Report(lines=tuple(kept), written=False)
    return Report(lines=tuple(lines), written=True)


@dataclass(frozen=True, slots=True)
class _Planned:
    """A line, with what to ask of the engine or why nothing can be."""

    result: LineResult
    command: ImportCase | None


def _carried_out(engine: Engine, planned: _Planned, actor: Actor, connection: object) -> LineResult:
    if planned.command is None:
        return planned.result
    try:
        imported = engine.import_case(planned.command, actor=actor, connection=connection)
    except (InvalidData, NotAllowed) as error:
        texts = [text for _, text in error.errors] if isinstance(error, InvalidData) else [error.text]
        return replace(planned.result, status=REFUSED, text=" ".join(texts))
    return replace(
        planned.result,
        status=imported.status,
        applicant=imported.case.applicant.name,
        case_id=imported.case.id,
        reference=imported.case.reference,
    )


def _planned(rows: Iterable[Row], mapping: TrackerMapping, *, department: str, known_on: date) -> Iterator[_Planned]:
    ranks: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        said = {field: row.cells.get(column, "") for field, column in mapping.columns.items()}
        title = " ".join(said.get("title", "").split()) or UNTITLED
        result = LineResult(line=row.line, applicant=shown(said["applicant"]), title=title, status=ADDED)
        try:
            applicant = _applicant(said["applicant"], department)
            command = _command(row, said, mapping, title=title, applicant=applicant, known_on=known_on)
        except InvalidData as invalid:
            yield _Planned(replace(result, status=REFUSED, text=" ".join(text for _, text in invalid.errors)), None)
            continue
        same = (_identity(applicant), fold_wording(title), fold_wording(said.get("programme", "")))
        ranks[same] += 1
        note = _note(applicant) if isinstance(applicant, ApplicantByHand) else ""
        yield _Planned(replace(result, text=note), replace(command, key=_key(*same, ranks[same])))


def _command(
    row: Row,
    said: dict[str, str],
    mapping: TrackerMapping,
    *,
    title: str,
    applicant: Applicant | ApplicantByHand,
    known_on: date,
) -> ImportCase:
    """Return what to ask of the engine, its key left empty. InvalidData for a wording that the mapping lacks."""
    provider = said.get("provider", "")
    outcome = mapping.find_outcome(said["outcome"], provider)
    if outcome is None:
        beside = f" (avec « {shown(provider)} »)" if provider else ""
        heard = f"« {shown(said['outcome'], limit=80)} »{beside} n'est dans aucune table [[outcomes]]"
        text = f"{heard} : ajoutez la formulation à la correspondance."
        raise InvalidData([("outcome", text if said["outcome"] else "La suite donnée n'est pas dite.")])
    programme = " ".join(said.get("programme", "").split())
    return ImportCase(
        procedure=PROCEDURE,
        applicant=applicant if isinstance(applicant, ApplicantByHand) else str(applicant.code),
        department=applicant.department,
        title=title,
        data={"received_before": known_on.isoformat(), "channel": "import", "programme": programme},
        state=outcome.state,
        known_on=known_on,
        route=outcome.route,
        presumed=outcome.presumed,
        words=row.cells,
        source=mapping.source,
        key="",
    )


def _applicant(written: str, department: str) -> Applicant | ApplicantByHand:
    """Return who a name or a code stands for. InvalidData when that is unclear, or in another département."""
    if not written:
        raise InvalidData([("applicant", "Le demandeur n'est pas dit.")])
    matches = register().match(written, department=department)
    if len(matches) > 1:
        choices = listed([f"{each.name} ({each.code})" for each in matches], last="ou")
        text = f"« {shown(written)} » peut être {choices} : écrivez son code à la place du nom."
        raise InvalidData([("applicant", text)])
    found = matches[0] if matches else register().find(written)
    if found is not None:
        return _in_department(found, department)
    if written.replace(" ", "").isdigit():
        register().get(written)
    kind = _KIND_BY_FIRST_WORD.get(fold_name(written).partition(" ")[0], "other")
    return ApplicantByHand(name=written, kind=kind, department=department)


def _in_department(applicant: Applicant, department: str) -> Applicant:
    if department == applicant.department or department in register().epci_departments(str(applicant.code)):
        return replace(applicant, department=department)
    text = f"{applicant.name} relève de {_named(applicant.department)}, pas de {_named(department)}."
    raise InvalidData([("applicant", text)])


@cache
def _departments_of(name: str) -> tuple[str, ...]:
    """Return the départements in which a commune or an EPCI bears that folded name, as they are named."""
    return tuple(_named(each.code) for each in register().departments() if register().match(name, department=each.code))


def _named(department: str) -> str:
    return f"« {register().department(department).name} » ({department})"


def _identity(applicant: Applicant | ApplicantByHand) -> str:
    return fold_name(applicant.name) if isinstance(applicant, ApplicantByHand) else str(applicant.code)


def _note(applicant: ApplicantByHand) -> str:
    elsewhere = () if applicant.kind in _NEVER_IN_REGISTER else _departments_of(fold_name(applicant.name))
    if elsewhere:
        more = "…" if len(elsewhere) > _SHOWN else ""
        where = f"{listed(elsewhere[:_SHOWN])}{more}"
        return f"Demandeur absent de ce département, gardé comme écrit ; ce nom existe dans {where} : à vérifier."
    if applicant.kind == "other":
        return "Demandeur absent du registre, nature inconnue : à vérifier."
    return "Demandeur absent du registre, gardé tel qu'il est écrit."


def _key(applicant: str, title: str, programme: str, rank: int) -> str:
    """Return what tells a line from the others of its source, at every import."""
    line = json.dumps([applicant, title, programme, rank], ensure_ascii=False)
    return hashlib.sha256(line.encode()).hexdigest()

"""Requests: the lines of a tracker as cases under way, taken in all together or not at all, unless asked otherwise."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from appui.states.actor import Actor
from appui.states.applicant import Applicant, ApplicantByHand
from appui.states.case import Case
from appui.states.errors import AppuiError, InvalidData
from appui.states.procedure import Procedure
from appui.states.wording import day_in_words, listed
from appui.workflow.bulk import hundreds
from appui.workflow.calendars import calendar_of
from appui.workflow.commands import ImportCase
from appui.workflow.engine import ENGINEERING_REQUEST, Engine
from appui.workflow.importing.applicants import applicant_of, identity_of, note_on
from appui.workflow.importing.days import read_day
from appui.workflow.importing.mapping import OPTIONAL_FIELDS, TrackerMapping, fold_wording, parse_mapping
from appui.workflow.importing.quoting import first_listed, quoted
from appui.workflow.importing.refusals import without_refusals
from appui.workflow.importing.tables import Row, Table, read_table
from appui.workflow.importing.tracker_lines import UNTITLED, columns_of, line_of
from appui.workflow.names import fold_name
from appui.workflow.territories import register, shown
from appui.workflow.views import ADDED, CHANGED, DIFFERENT, KNOWN, Difference, Imported

REFUSED = "refused"
STATUSES = {ADDED: "ajouté", KNOWN: "déjà là", DIFFERENT: "différent", CHANGED: "modifié", REFUSED: "refusé"}
"""What became of a line → French word."""
ROUTES = {"local": "voie locale", "operator": "autre opérateur", "national": "voie nationale"}
"""Route → how it is told beside the state."""
ALL: Literal["all"] = "all"

Accepted = Collection[int] | Literal["all"]
"""Numbers of the lines whose differences are accepted, or all of them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LineResult:
    """What became of one line."""

    line: int
    applicant: str
    title: str
    """Both empty for a line that cannot be read."""
    status: str
    becomes: str = ""
    """Where the line places its case, in French: « Convention signée, voie nationale »; empty when nobody knows."""
    text: str = ""
    """Why it is refused, or what should be looked at; French, often empty."""
    differences: tuple[Difference, ...] = ()
    """What a line that was taken in before says otherwise now."""
    case_id: str | None = None
    reference: str | None = None
    cells: Mapping[str, str] | None = None
    """What is written there, by column; None for a line that cannot be read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What became of a tracker."""

    lines: tuple[LineResult, ...]
    written: bool
    """False when nothing was: a line was refused and all were to come in together, or it was only tried."""
    headers: tuple[str, ...]
    """The columns of the file, in its order."""
    notes: tuple[str, ...] = ()
    """What one should know of how the file was read; French."""

    def count(self, status: str) -> int:
        """Return how many lines came to that status."""
        return sum(line.status == status for line in self.lines)

    @property
    def refused(self) -> bool:
        """Whether a line could not be taken in."""
        return self.count(REFUSED) > 0


class _TakenBack(Exception):
    """Ends the transaction without keeping anything."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Reading:
    """How the lines of one file are to be understood."""

    engine: Engine
    actor: Actor
    mapping: TrackerMapping
    procedure: Procedure
    """The version in force on the day on which the source was true: its states have the names."""
    department: str
    known_on: date
    accept: Accepted
    providers: Mapping[str, str]
    """Identifier → name."""


@dataclass(frozen=True, slots=True)
class _Planned:
    """A line, with what to ask of the engine; nothing when there is nothing to ask."""

    result: LineResult
    command: ImportCase | None


def import_requests(
    engine: Engine,
    tracker: bytes,
    mapping: bytes,
    *,
    known_on: date,
    actor: Actor,
    department: str | None = None,
    sheet: str | None = None,
    accept: Accepted = (),
    partial: bool = False,
    dry_run: bool = False,
) -> Report:
    """Take in the lines of a département's tracker, true on the local day `known_on`; return what became of each.

    One transaction holds them all: nothing is written when a line is refused, unless `partial`, or when `dry_run` only
    tries. A line known from an earlier import of the same source adds nothing; what it says otherwise is shown, and
    changes its case when its number is in `accept`. `department` and `sheet` may stand in the mapping. InvalidData when
    a file or an option is wrong.
    """
    procedure = engine.library.for_reception(ENGINEERING_REQUEST, known_on)
    read = parse_mapping(mapping, states=procedure.states, facts=engine.functions.guards)
    where = _department(department, read.department)
    if known_on > calendar_of(where).local_day(engine.clock()):
        text = f"Le tableau ne peut pas dire ce qui sera vrai le {day_in_words(known_on)}, après aujourd'hui."
        raise InvalidData([("known_on", text)])
    table = _table(tracker, read, sheet=sheet)
    reading = _Reading(
        engine=engine,
        actor=actor,
        mapping=read,
        procedure=procedure,
        department=where,
        known_on=known_on,
        accept=accept,
        providers=provider_names(engine),
    )
    planned = sorted([*_unreadable(table), *_planned(table.rows, reading)], key=lambda each: each.result.line)
    lines: list[LineResult] = []
    try:
        if partial and not dry_run:
            for some in hundreds(planned):
                lines += _carried_out(reading, some)
            return Report(lines=tuple(lines), written=True, headers=table.headers, notes=table.notes)
        with engine.begin() as connection:
            for some in hundreds(planned):
                lines += _carried_out(reading, some, connection)
            if dry_run or (not partial and any(line.status == REFUSED for line in lines)):
                raise _TakenBack
    except _TakenBack:
        kept = (replace(line, case_id=None, reference=None) if line.status == ADDED else line for line in lines)
        return Report(lines=tuple(kept), written=False, headers=table.headers, notes=table.notes)
    return Report(lines=tuple(lines), written=True, headers=table.headers, notes=table.notes)


def _table(content: bytes, mapping: TrackerMapping, *, sheet: str | None) -> Table:
    """Return the lines of a tracker, or of a file of refusals made from one."""
    table = without_refusals(
        read_table(
            content,
            expected=[column for field, column in mapping.columns.items() if field not in OPTIONAL_FIELDS],
            optional=[column for field, column in columns_of(mapping).items() if field in OPTIONAL_FIELDS],
            sheet=sheet or mapping.sheet,
            blank_in_totals=[mapping.columns["outcome"]],
        )
    )
    if not table.extra:
        return table
    kept = f"Colonnes en plus, gardées telles quelles : {first_listed([quoted([name]) for name in table.extra])}."
    return replace(table, notes=(*table.notes, kept))


def _department(asked: str | None, mapped: str | None) -> str:
    """Return the département of the tracker. InvalidData when nobody says it, or two say different ones."""
    if asked is not None and mapped is not None and asked != mapped:
        text = f"La correspondance est celle du département {mapped}, et le {asked} est demandé : gardez l'un des deux."
        raise InvalidData([("department", text)])
    if asked is None and mapped is None:
        text = "Le département du tableau n'est dit ni par la demande ni par la correspondance (department = …)."
        raise InvalidData([("department", text)])
    return register().department(asked or mapped or "").code


def _carried_out(reading: _Reading, planned: Sequence[_Planned], connection: object = None) -> Iterator[LineResult]:
    """Take in some lines and yield what became of each."""
    commands = [each.command for each in planned if each.command is not None]
    imported = iter(reading.engine.import_many(commands, actor=reading.actor, connection=connection))
    for each in planned:
        yield each.result if each.command is None else _told(each.result, next(imported))


def _told(result: LineResult, imported: Imported | AppuiError) -> LineResult:
    if isinstance(imported, AppuiError):
        texts = [text for _, text in imported.errors] if isinstance(imported, InvalidData) else [imported.text]
        return replace(result, status=REFUSED, text=" ".join(texts))
    return replace(
        result,
        status=imported.status,
        applicant=imported.case.applicant.name,
        text=imported.conflict or (result.text if imported.status == ADDED else ""),
        differences=imported.differences,
        case_id=imported.case.id,
        reference=imported.case.reference,
    )


def _unreadable(table: Table) -> Iterator[_Planned]:
    for line, text in table.faults:
        yield _Planned(LineResult(line=line, applicant="", title="", status=REFUSED, text=text), None)


def _planned(rows: Iterable[Row], reading: _Reading) -> Iterator[_Planned]:
    columns = columns_of(reading.mapping)
    ranks: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        said = {field: row.cells.get(column, "") for field, column in columns.items()}
        title = " ".join(said.get("title", "").split()) or UNTITLED
        result = LineResult(
            line=row.line, applicant=shown(said["applicant"]), title=title, status=ADDED, cells=row.cells
        )
        try:
            known = _of_reference(said["reference"], result, reading) if said["reference"] else None
            if known is not None and known.status != CHANGED:
                yield _Planned(known, None)
                continue
            applicant = applicant_of(said["applicant"], reading.department)
            command = _command(row, said, reading, title=title, applicant=applicant)
            same = (identity_of(applicant), fold_wording(title), fold_wording(said.get("programme", "")))
            ranks[same] += 1
            result = replace(result, becomes=_place(command, reading.procedure), text=note_on(applicant))
            key = (
                None
                if known is None
                else reading.engine.import_key(str(known.case_id), reading.mapping.source, actor=reading.actor)
            )
            yield _Planned(result, replace(command, key=key or _key(*same, ranks[same])))
        except InvalidData as invalid:
            text = " ".join(text for _, text in invalid.errors)
            yield _Planned(replace(result, status=REFUSED, text=text), None)


def _of_reference(reference: str, result: LineResult, reading: _Reading) -> LineResult:
    """Return what became of a line that names its case: a sheet that went out of appui comes back in.

    `known` as it went out, `different` when only the case's own actions can change it, `changed` when its source can.
    InvalidData when there is no such case there.
    """
    engine, actor = reading.engine, reading.actor
    found = engine.cases(actor=actor, reference=reference, department=reading.department, limit=1).items
    if not found:
        text = f"Aucun dossier « {shown(reference)} » dans ce département : corrigez la référence, ou videz la cellule."
        raise InvalidData([("reference", text)])
    case = found[0]
    cells = result.cells or {}
    here = line_in(engine, case, reading.mapping, reading.providers)
    differences = tuple(
        Difference(column, text, cells.get(column, ""))
        for column, text in here.items()
        if cells.get(column, "").split() != text.split()
    )
    known = replace(result, status=KNOWN, case_id=case.id, reference=case.reference, applicant=case.applicant.name)
    if not differences:
        return known
    if engine.import_key(case.id, reading.mapping.source, actor=actor) is not None:
        return replace(known, status=CHANGED)
    text = "Ce dossier est né dans appui : ce qui est à changer s'y fait par ses actions, ou par une correction."
    return replace(known, status=DIFFERENT, differences=differences, text=text)


def provider_names(engine: Engine) -> dict[str, str]:
    """Return the name of every provider of the catalogue, by identifier."""
    return {each.id: each.name for each in engine.providers.list()}


def line_in(engine: Engine, case: Case, mapping: TrackerMapping, providers: Mapping[str, str]) -> dict[str, str]:
    """Return what a case is in the columns of a tracker: column → text."""
    words: Mapping[str, str] = case.fact("imported.words") or {}
    return line_of(
        case,
        mapping,
        engine.library.get(case.procedure, case.procedure_version),
        same_applicant=_stands_for(words.get(mapping.columns["applicant"], ""), case.applicant),
        providers=providers,
    )


def _stands_for(word: str, applicant: Applicant) -> bool:
    try:
        found = applicant_of(word, applicant.department)
    except InvalidData:
        return False
    return identity_of(found) == (applicant.code or fold_name(applicant.name))


def _command(
    row: Row, said: Mapping[str, str], reading: _Reading, *, title: str, applicant: Applicant | ApplicantByHand
) -> ImportCase:
    """Return what to ask of the engine, its key left empty. InvalidData for a wording that the mapping lacks."""
    mapping = reading.mapping
    provider = said.get("provider", "")
    outcome = mapping.find_outcome(said["outcome"], provider)
    if outcome is None:
        raise InvalidData([("outcome", _unknown_wording(mapping, said["outcome"], provider))])
    received_on, routed_on = (_day(said.get(field, ""), mapping.columns.get(field)) for field in _DAYS)
    reception = {"received_before": reading.known_on} if received_on is None else {"received_on": received_on}
    data = {"channel": "import", "programme": " ".join(said.get("programme", "").split()), "need": said.get("need", "")}
    return ImportCase(
        procedure=ENGINEERING_REQUEST,
        applicant=applicant if isinstance(applicant, ApplicantByHand) else str(applicant.code),
        department=applicant.department,
        title=title,
        data={**data, **{name: day.isoformat() for name, day in reception.items()}},
        state=outcome.state,
        known_on=reading.known_on,
        route=outcome.route,
        routed_on=routed_on if outcome.route is not None else None,
        presumed=outcome.presumed,
        words={column: text for column, text in row.cells.items() if column != columns_of(mapping)["reference"]},
        source=mapping.source,
        caveat=mapping.caveat,
        key="",
        line=row.line,
        accept=reading.accept == ALL or row.line in reading.accept,
    )


_DAYS = ("received_on", "routed_on")


def _day(text: str, column: str | None) -> date | None:
    if not text:
        return None
    try:
        return read_day(text)
    except InvalidData as invalid:
        raise InvalidData([("", f"{column} : {sentence}") for _, sentence in invalid.errors]) from None


def _unknown_wording(mapping: TrackerMapping, wording: str, provider: str) -> str:
    if not wording:
        return "La suite donnée n'est pas dite."
    beside = f" (avec « {shown(provider)} »)" if provider else ""
    near = [f"« {shown(each, limit=80)} »" for each in mapping.nearest_wordings(wording)]
    help_ = f" ; il y a {listed(near)}" if near else ""
    heard = f"« {shown(wording, limit=80)} »{beside} n'est dans aucune table [[outcomes]]{help_}"
    return f"{heard} : ajoutez la formulation à la correspondance, ou corrigez le tableau."


def _place(command: ImportCase, procedure: Procedure) -> str:
    label = procedure.states[command.state].label
    if command.route is None:
        return label
    implied = any(
        target == command.state for _, target, action, _ in procedure.edges() if action.route == command.route
    )
    return label if implied else f"{label}, {ROUTES[command.route]}"


def _key(applicant: str, title: str, programme: str, rank: int) -> str:
    """Return what tells a line from the others of its source, at every import."""
    line = json.dumps([applicant, title, programme, rank], ensure_ascii=False)
    return hashlib.sha256(line.encode()).hexdigest()

"""Providers: the lines of a catalogue's file as sheets, taken in all together, or as many as can be when asked so."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from appui.states.actor import Actor
from appui.states.wording import shown
from appui.workflow.engine import Engine
from appui.workflow.importing.provider_columns import ALL_HEADERS, recognised
from appui.workflow.importing.provider_mapping import ProviderMapping, parse_provider_mapping
from appui.workflow.importing.provider_sheets import ReadSheet, Terms, read_sheets
from appui.workflow.importing.quoting import first_listed, quoted
from appui.workflow.importing.refusals import Refused, refusals_file, without_refusals
from appui.workflow.importing.tables import Table, headers_of, read_table
from appui.workflow.providers import SheetDifference
from appui.workflow.revisions import REFUSED, Revision
from appui.workflow.territories import register
from appui.workflow.views import ADDED, CHANGED, DIFFERENT, KNOWN

STATUSES = {
    ADDED: "ajoutée",
    KNOWN: "déjà là",
    CHANGED: "modifiée",
    DIFFERENT: "différente",
    REFUSED: "refusée",
}
"""What became of a sheet → French word."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LineResult:
    """What became of one line."""

    line: int
    id: str
    name: str
    """Both empty for a line that cannot be read."""
    status: str
    text: str = ""
    """Why it is refused, or what should be looked at; French, often empty."""
    differences: tuple[SheetDifference, ...] = ()
    """What it says otherwise than the sheet that is known."""
    cells: Mapping[str, str] = field(default_factory=dict)
    """Column → what is written there."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What became of a catalogue."""

    source: str
    """Its declared name, when a mapping gives it."""
    headers: tuple[str, ...]
    lines: tuple[LineResult, ...]
    written: bool
    """False when nothing could be, since a line was refused or since it was only tried."""
    notes: tuple[str, ...] = ()
    """What one should know of how the file was read; French."""

    def count(self, status: str) -> int:
        """Return how many lines came to that status."""
        return sum(line.status == status for line in self.lines)

    @property
    def refused(self) -> bool:
        """Whether a line could not be taken in."""
        return self.count(REFUSED) > 0

    def refusals_file(self) -> bytes:
        """Return the refused lines with their reasons, as a file to correct and to import again."""
        refused = (Refused(each.line, each.cells, each.text) for each in self.lines if each.status == REFUSED)
        return refusals_file(self.headers, refused)


def import_providers(
    engine: Engine,
    content: bytes,
    mapping: bytes | None = None,
    *,
    department: str,
    actor: Actor,
    sheet: str | None = None,
    accept: Collection[str] = (),
    accept_all: bool = False,
    partial: bool = False,
    dry_run: bool = False,
) -> Report:
    """Take in the sheets of a département's catalogue; return what became of each line.

    A sheet is known by its identifier: a second import adds nothing, and what it says otherwise is written only when
    accepted. One transaction: nothing at all when a line is refused (unless `partial`), or when `dry_run` only tries.
    `mapping`: without one, columns are recognised by their headers; `sheet`: that of a workbook. NotAllowed when the
    actor does not keep that catalogue; InvalidData when a file or an option is wrong.
    """
    register().department(department)
    themes = engine.providers.themes
    terms = ProviderMapping() if mapping is None else parse_provider_mapping(mapping, themes=themes)
    table, columns = _table(content, terms, sheet)
    read = read_sheets(table.rows, Terms(columns, terms, themes, department))
    sound = [each for each in read if not each.faults]
    faulty = {each.sheet.provider.id for each in read if each.faults}
    revisions = engine.providers.take_in(
        [each.sheet for each in sound],
        department=department,
        actor=actor,
        accept=[each for each in accept if each not in faulty],
        accept_all=accept_all,
        partial=partial,
        dry_run=dry_run or (bool(faulty or table.faults) and not partial),
    )
    lines = [*_unreadable(table), *_faulty(read), *map(_line, sound, revisions)]
    lines.sort(key=lambda each: each.line)
    return Report(
        source=terms.source,
        headers=table.headers,
        lines=tuple(lines),
        written=not dry_run and (partial or all(each.status != REFUSED for each in lines)),
        notes=(*table.notes, *_left_out(table)),
    )


def _table(content: bytes, mapping: ProviderMapping, sheet: str | None) -> tuple[Table, Mapping[str, str]]:
    """Return the table of a file, and what a sheet says → its column there."""
    columns = mapping.columns or recognised(headers_of(content, among=ALL_HEADERS, sheet=sheet))
    table = read_table(content, expected=columns.values(), sheet=sheet, blank_in_totals=[columns["kind"]])
    return without_refusals(table), columns


def _unreadable(table: Table) -> Iterator[LineResult]:
    for line, text in table.faults:
        yield LineResult(line=line, id="", name="", status=REFUSED, text=text)


def _faulty(read: Iterable[ReadSheet]) -> Iterator[LineResult]:
    for each in read:
        if each.faults:
            provider = each.sheet.provider
            yield LineResult(
                line=each.row.line,
                id=shown(provider.id),
                name=shown(provider.name),
                status=REFUSED,
                text=" ".join(each.faults),
                cells=each.row.cells,
            )


def _line(read: ReadSheet, revision: Revision) -> LineResult:
    return LineResult(
        line=read.row.line,
        id=read.sheet.provider.id,
        name=read.sheet.provider.name,
        status=revision.status,
        text=read.note if revision.status == ADDED else revision.text,
        differences=revision.differences,
        cells=read.row.cells,
    )


def _left_out(table: Table) -> Iterator[str]:
    if table.extra:
        yield f"Colonnes laissées de côté : {first_listed([quoted([name]) for name in table.extra])}."

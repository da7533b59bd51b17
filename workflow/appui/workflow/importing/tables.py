"""Tables: the lines of a service's own spreadsheet, CSV or XLSX, from the bytes of its file. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from appui.states.errors import InvalidData
from appui.states.wording import counted
from appui.workflow.importing.cells import faults_of_cell, tidy_cell
from appui.workflow.importing.csv_table import read_csv
from appui.workflow.importing.headers import closest, find_headers
from appui.workflow.importing.kinds import is_workbook
from appui.workflow.importing.quoting import first_listed, quoted
from appui.workflow.importing.records import LINES_MAX, Record, Source
from appui.workflow.importing.totals import is_total
from appui.workflow.importing.xlsx_table import read_xlsx
from appui.workflow.territories import shown

FILE_MAX_BYTES = 20 << 20


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    line: int
    """Its number in the file, as a person reads it; of its first line, when it goes over several."""
    cells: Mapping[str, str]
    """Column → what is written there, trimmed, in the order of the columns; blank cells left out."""


@dataclass(frozen=True, slots=True)
class Table:
    """What a file holds for whoever asked."""

    headers: tuple[str, ...]
    """In the file's order; as the caller names them, or as the file does when the caller does not."""
    rows: tuple[Row, ...]
    faults: tuple[tuple[int, str], ...]
    """(line, French sentences): one for each line that cannot be read, which stands in no row."""
    notes: tuple[str, ...] = ()
    """French sentences on what was left out, or read in a way that one should know."""
    extra: tuple[str, ...] = ()
    """Columns that the caller did not ask for, in the file's order: it says what becomes of them."""


def read_table(
    content: bytes,
    *,
    expected: Collection[str],
    optional: Collection[str] = (),
    sheet: str | None = None,
    blank_in_totals: Collection[str] = (),
) -> Table:
    """Return the table of a CSV or XLSX file: under the first line that names all `expected` columns, blank ones out.

    `sheet` chooses among those of a workbook. A line that begins with « Total » and says nothing in the columns
    `blank_in_totals` is left out. InvalidData when the file as a whole holds no such table.
    """
    source = _source(content, expected=expected, sheet=sheet)
    headers = find_headers(source.records, expected=expected, optional=optional)
    below = [each for each in source.records if each.line > headers.last_line]
    if len(below) > LINES_MAX:
        raise InvalidData([("", f"Le tableau compte plus de {LINES_MAX} lignes : partagez-le en plusieurs fichiers.")])
    rows: list[Row] = []
    faults: list[tuple[int, str]] = []
    totals: list[Row] = []
    width = headers.width
    for record in below:
        row = Row(record.line, _cells(record, headers.names))
        wrong = " ".join(_faults(record, headers.names, width=width))
        if is_total(row.cells, blank=blank_in_totals):
            totals.append(row)
        elif wrong:
            faults.append((record.line, wrong))
        elif row.cells:
            rows.append(row)
    if not rows and not faults:
        raise InvalidData([("", "Le tableau n'a aucune ligne sous ses en-têtes.")])
    names = tuple(filter(None, headers.names))
    extra = tuple(name for name in names if name not in {*expected, *optional})
    titled = any(cell.strip() for each in source.records if each.line < headers.line for cell in each.cells)
    notes = _notes(headers.line if titled else None, totals=totals)
    return Table(names, tuple(rows), tuple(faults), notes=(*source.notes, *notes), extra=extra)


def headers_of(content: bytes, *, among: Collection[str], sheet: str | None = None) -> tuple[str, ...]:
    """Return the columns of a CSV or XLSX file as it names them: those of the first line that names most of `among`.

    A workbook with text in several sheets needs `sheet`. InvalidData when the file holds no such table.
    """
    expected = () if is_workbook(content) else among
    found = closest(_source(content, expected=expected, sheet=sheet).records, among)
    return tuple(name for cell in found.cells if (name := tidy_cell(cell)))


def _source(content: bytes, *, expected: Collection[str], sheet: str | None) -> Source:
    if len(content) > FILE_MAX_BYTES:
        raise InvalidData([("", f"Le fichier dépasse {FILE_MAX_BYTES >> 20} Mio : partagez-le en plusieurs fichiers.")])
    if is_workbook(content):
        return read_xlsx(content, expected=expected, sheet=sheet)
    if sheet is not None:
        raise InvalidData([("", f"Un fichier CSV n'a pas de feuille : ne demandez pas la feuille « {shown(sheet)} ».")])
    return read_csv(content, expected=expected)


def _cells(record: Record, names: Sequence[str]) -> dict[str, str]:
    texts = zip(names, map(tidy_cell, record.cells), strict=False)
    return {name: text for name, text in texts if name and text}


def _faults(record: Record, names: Sequence[str], *, width: int) -> Iterator[str]:
    yield from record.faults
    written = [place for place, cell in enumerate(record.cells, start=1) if cell.strip()]
    if not written:
        return
    if written[-1] > len(names):
        yield (
            f"{counted(len(record.cells), 'cellule', 'cellules')} pour {counted(width, 'colonne', 'colonnes')} : "
            "un séparateur de trop, ou un texte à mettre entre guillemets."
        )
        return
    if len(record.cells) < width:
        yield f"{counted(len(record.cells), 'cellule', 'cellules')} seulement pour {width} colonnes."
        return
    for place in written:
        name, text = names[place - 1], tidy_cell(record.cells[place - 1])
        if not name:
            yield f"Du texte sous une colonne sans nom : « {shown(text)} »."
        yield from faults_of_cell(text, label=name)


def _notes(line: int | None, *, totals: Sequence[Row]) -> Iterator[str]:
    if line is not None:
        yield f"Les en-têtes sont à la ligne {line} : ce qui est écrit au-dessus n'est pas lu."
    if totals:
        lines = [f"ligne {row.line} ({quoted([next(iter(row.cells.values()))])})" for row in totals]
        yield f"Totaux, laissés de côté : {first_listed(lines)}."

"""Indicators as tables: the same for a terminal, a CSV file and a workbook. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from appui.states.local_share import OPERATOR_COUNTS
from appui.states.wording import counted, day_in_words
from appui.workflow.indicators import Count, Indicators
from appui.workflow.reports.sheets import EUROS, NUMBER, SHARE, Cell, Column, Sheet

_LONG = (Column("Rubrique"), Column("Élément"), Column("Mesure"), Column("Valeur"), Column("Unité"))
_UNITS = {NUMBER: "", EUROS: "€", SHARE: "%"}


def heading_of(found: Indicators) -> str:
    """Return what the figures are about: « Deux-Sèvres, au 24 novembre 2026, année 2026 »."""
    parts = [found.territory_label, f"au {day_in_words(found.on)}"]
    if found.first is not None and found.last is not None:
        whole = (found.first.month, found.first.day, found.last.month, found.last.day) == (1, 1, 12, 31)
        same = found.first.year == found.last.year
        between = f"du {day_in_words(found.first)} au {day_in_words(found.last)}"
        parts.append(f"année {found.first.year}" if whole and same else between)
    return ", ".join(parts)


def sheets_of(found: Indicators) -> tuple[Sheet, ...]:
    """Return the figures, a table a subject: the summary, the details, what must be said with them."""
    remarks = Sheet("À savoir", (Column("À savoir"),), tuple((text,) for text in remarks_of(found)))
    return (_summary(found), *details_of(found), remarks)


def details_of(found: Indicators) -> tuple[Sheet, ...]:
    """Return the tables that the summary does not hold, those without a line left out."""
    sheets = (
        _counts("Étapes", "Étape", found.states),
        _counts("Thématiques", "Thématique", found.themes),
        _agreements(found),
        _times(found),
        _counts("Échéances en retard", "Échéance en retard", found.late),
    )
    return tuple(sheet for sheet in sheets if sheet.rows)


def long_sheet(found: Indicators) -> Sheet:
    """Return all the figures in one table, a figure a line: what a file without tabs can hold."""
    rows = [(sheet.title, *row) for sheet in sheets_of(found) for row in _figures(sheet)]
    return Sheet("Indicateurs", _LONG, tuple(rows))


def remarks_of(found: Indicators) -> Iterator[str]:
    """Yield what must be said with the figures."""
    yield from found.share.caveats
    if found.imported:
        yield (
            f"{counted(found.imported, 'demande vient', 'demandes viennent')} d'un tableau : sans jour d'orientation "
            "connu, leur voie compte au jour où le tableau était vrai ; aucune durée n'en est tirée."
        )
    yield "Durées en jours calendaires, suspensions comprises ; neuf séjours sur dix ne dépassent pas le 90e centile."


def _summary(found: Indicators) -> Sheet:
    share, each = found.share, found.envelope
    numbers: list[tuple[str, int]] = [
        ("Demandes", found.cases),
        ("Demandes en cours", found.open),
        ("Demandes reprises d'un tableau", found.imported),
        ("Orientées localement", share.local),
        (f"Confiées à un autre opérateur ({OPERATOR_COUNTS[share.operator_counts]})", share.operator),
        ("Orientées vers l'ANCT", share.national),
        ("À orienter", share.not_routed),
        ("Pouvant encore aller à l'ANCT", share.allowance),
    ]
    shares = [
        ("Part locale", share.share),
        ("Part locale, autres opérateurs comptés comme locaux", share.share_with_operators),
        ("Objectif de part locale", share.target),
    ]
    amounts = [
        (f"Enveloppe {each.year} accordée", each.granted_cents),
        (f"Enveloppe {each.year} réservée par des conventions", each.reserved_cents),
        (f"Enveloppe {each.year} engagée", each.committed_cents),
        (f"Enveloppe {each.year} restante", each.left_cents),
    ]
    return Sheet(
        "Synthèse",
        (Column("Indicateur"), Column("Nombre", NUMBER), Column("Part", SHARE), Column("Montant", EUROS)),
        (
            *((label, number, None, None) for label, number in numbers),
            *((label, None, part, None) for label, part in shares),
            *((label, None, None, cents) for label, cents in amounts),
        ),
    )


def _agreements(found: Indicators) -> Sheet:
    each = found.agreements
    known = each.signed + each.drafted > each.without_amount
    rows = (
        ("Signées", each.signed, None),
        ("En rédaction ou en signature", each.drafted, None),
        ("Dont le montant n'est pas connu", each.without_amount, None),
    )
    amounts = (
        ("Prises en charge en totalité", each.free, None),
        ("Avec un reste à charge", each.shared, None),
        ("Montant total connu", None, each.amount_cents),
        ("Part prise en charge", None, each.covered_cents),
        ("Reste à charge des collectivités", None, each.applicant_cents),
    )
    columns = (Column("Conventions"), Column("Nombre", NUMBER), Column("Montant", EUROS))
    shown = (*rows, *amounts) if known else rows
    return Sheet("Conventions", columns, shown if each.signed + each.drafted else ())


def _times(found: Indicators) -> Sheet:
    columns = (
        Column("Étape"),
        Column("Médiane (jours)", NUMBER),
        Column("90e centile (jours)", NUMBER),
        Column("Séjours mesurés", NUMBER),
        Column("Dates inconnues", NUMBER),
    )
    rows = tuple((step.label, step.median_days, step.p90_days, step.measured, step.unknown) for step in found.steps)
    return Sheet("Durées", columns, rows)


def _counts(title: str, noun: str, counts: Iterable[Count]) -> Sheet:
    columns = (Column(noun), Column("Nombre", NUMBER))
    return Sheet(title, columns, tuple((each.label, each.count) for each in counts))


def _figures(sheet: Sheet) -> Iterator[tuple[Cell, ...]]:
    """Yield (element, measure, value, unit) for each figure of a table."""
    for row in sheet.rows:
        label, *values = row
        if not values:
            yield label, "", "", ""
        for column, value in zip(sheet.columns[1:], values, strict=True):
            if value is not None:
                yield label, column.title, _written(value, column.kind), _UNITS[column.kind]


def _written(value: Cell, kind: str) -> str:
    """Return a value as a spreadsheet reads it in a file without types: decimal commas, no unit."""
    number = value / 100 if kind == EUROS and isinstance(value, int) else value
    number = number * 100 if kind == SHARE and isinstance(number, int | float) else number
    return f"{number:.10g}".replace(".", ",") if isinstance(number, float) else str(number)

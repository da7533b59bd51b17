"""Tracker lines: what a case is in a service's own columns: the way back of an import. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from appui.states.case import Case
from appui.states.errors import InvalidData
from appui.states.opening import IMPORT
from appui.states.procedure import Procedure
from appui.states.wording import percent
from appui.workflow.importing.days import read_day
from appui.workflow.importing.mapping import TrackerMapping

REFERENCE = "Référence"
"""Column that a sheet from appui has, under this name unless the mapping gives another."""
UNTITLED = "Objet non précisé dans la source"
"""Title of a line that has none: a case needs a title, and none may be invented."""


def columns_of(mapping: TrackerMapping) -> dict[str, str]:
    """Return field → column, in the order of the tracker, the reference last unless the mapping places it."""
    return {**mapping.columns, "reference": mapping.columns.get("reference", REFERENCE)}


def line_of(
    case: Case, mapping: TrackerMapping, procedure: Procedure, *, same_applicant: bool, providers: Mapping[str, str]
) -> dict[str, str]:
    """Return column → text for a case; what the source wrote stays as it wrote it as long as it still holds.

    Columns of the source that the mapping does not know come along. `same_applicant`: whether the source's word still
    stands for the applicant. `providers`: identifier → name.
    """
    words: Mapping[str, str] = case.fact("imported.words") or {}
    said = {field: words.get(column, "") for field, column in mapping.columns.items()}
    untouched = _is_as_imported(case)
    texts = {
        "applicant": said.get("applicant", "") if same_applicant else case.applicant.name,
        "title": _unless_changed(said.get("title", ""), "" if case.title == UNTITLED else case.title),
        "programme": _unless_changed(said.get("programme", ""), case.data.get("programme") or ""),
        "outcome": said.get("outcome", "") if untouched else _outcome(case, mapping, procedure),
        "provider": said.get("provider", "") if untouched else _provider(case, providers),
        "coverage": said.get("coverage", "") or _coverage(case),
        "need": _unless_changed(said.get("need", ""), case.data.get("need") or ""),
        "received_on": _day(said.get("received_on", ""), case.received_on),
        "routed_on": _day(said.get("routed_on", ""), case.routed_on),
        "reference": case.reference,
    }
    known = columns_of(mapping)
    line = {column: texts.get(field, said.get(field, "")) for field, column in known.items()}
    return {**line, **{column: text for column, text in words.items() if column not in line}}


def _is_as_imported(case: Case) -> bool:
    """Return whether the case stands where its source put it, on the way that the source said."""
    routed = next((step.action for step in case.steps if step.seq == case.routed_by), IMPORT)
    return case.current_visit.action == IMPORT and routed == IMPORT


def _outcome(case: Case, mapping: TrackerMapping, procedure: Procedure) -> str:
    """Return the tracker's own wording for where the case stands, else the name of its state."""
    return mapping.wording_of(case.state, case.route) or procedure.states[case.state].label


def _provider(case: Case, providers: Mapping[str, str]) -> str:
    match case.route:
        case "local":
            chosen = str(case.fact("local_answer.provider") or "")
            return providers.get(chosen, chosen)
        case "operator":
            return str(case.fact("operator_route.operator") or "")
        case "national":
            return str(case.fact("national_agreement.contractor") or "ANCT")
        case _:
            return ""


def _coverage(case: Case) -> str:
    rate = case.fact("convention.coverage_rate")
    return "" if rate is None else percent(float(rate))


def _unless_changed(word: str, value: str) -> str:
    """Return the source's word while it says the same as the case, line breaks and spaces aside."""
    return word if word.split() == value.split() else value


def _day(word: str, day: date | None) -> str:
    """Return the source's word while it is that day, or while no day is known."""
    if day is None:
        return word
    try:
        same = read_day(word) == day
    except InvalidData:
        same = False
    return word if same else f"{day:%d/%m/%Y}"

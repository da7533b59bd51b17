"""Effects: what an accepted action makes true beyond its own data, as events. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from appui.states import consultations, coverage
from appui.states.case import Case
from appui.states.checks import CHECKS, share_after
from appui.states.corrections import correction_of
from appui.states.deadlines import deadlines_of
from appui.states.events import Assigned, CaseEvent, Computed, Shared, Undone
from appui.states.functions import ChoiceFunction, ComputedFunction, Data, EffectFunction, Functions, Situation, needs
from appui.states.guards import GUARDS
from appui.states.procedure import SAME, Procedure


def number_meeting(situation: Situation, _data: Data, _on: date) -> Iterator[CaseEvent]:
    """Raise the meeting's number, so that calendars replace the earlier invitation."""
    yield Computed("meeting_sequence", (situation.case.data.get("meeting_sequence") or 0) + 1)


def forget_meeting(_situation: Situation, _data: Data, _on: date) -> Iterator[CaseEvent]:
    """No meeting is ahead any more."""
    yield Computed("meeting", None)


def ask_providers(situation: Situation, data: Data, on: date) -> Iterator[CaseEvent]:
    """Ask these providers; when there is none to ask, the data alone say so."""
    if data.get("providers"):
        facts = consultations.asked(situation.case, data["providers"], on, data.get("due_on"))
        yield Computed("consultations", facts)


def note_answer(situation: Situation, data: Data, on: date) -> Iterator[CaseEvent]:
    """Keep a provider's answer; the last one counts."""
    facts = consultations.answered(situation.case, data["provider"], on, accepts=data["accepts"])
    yield Computed("consultations", facts)


def note_acceptance(situation: Situation, data: Data, _on: date) -> Iterator[CaseEvent]:
    """A provider accepted at once: its consultation, and the single contact (by default whoever follows the case)."""
    accepted_on = date.fromisoformat(data["accepted_on"])
    facts = consultations.answered(situation.case, data["provider"], accepted_on, accepts=True)
    yield Computed("consultations", facts)
    yield Assigned(data.get("single_contact") or situation.case.assignee or situation.actor.id)


def note_choice(situation: Situation, data: Data, on: date) -> Iterator[CaseEvent]:
    """A provider that is chosen without having been asked is asked that day: it follows the case from then on."""
    if data["provider"] not in (situation.case.data.get("consultations") or {}):
        yield Computed("consultations", consultations.asked(situation.case, [data["provider"]], on, None))


@needs("routed")
def note_share(situation: Situation, _data: Data, _on: date) -> Iterator[CaseEvent]:
    """Keep the local share after this routing, as it was known then."""
    after = share_after(situation)
    kept = {"local": after.local, "operator": after.operator, "national": after.national, "below": after.below_target}
    yield Computed("share_after", kept)


def void_signatures(_situation: Situation, _data: Data, _on: date) -> Iterator[CaseEvent]:
    """What was signed is not this text any more."""
    yield Computed("signatures", {})


def add_signature(situation: Situation, data: Data, _on: date) -> Iterator[CaseEvent]:
    """One more party has signed."""
    signed = {"signed_on": data["signed_on"], "on_paper": bool(data.get("on_paper"))}
    yield Computed("signatures", {**(situation.case.data.get("signatures") or {}), data["party"]: signed})


def extend_deadline(situation: Situation, data: Data, on: date) -> Iterator[CaseEvent]:
    """The run of a deadline that is under way ends later; why stands in the entry."""
    key = data["deadline"]
    run = deadlines_of(situation.procedure, situation.case, situation.calendar)[key]
    granted = {"until": data["until"], "granted_on": on.isoformat(), "started_on": run.started_on.isoformat()}
    yield Computed("extensions", {**(situation.case.data.get("extensions") or {}), key: granted})


def share_case(_situation: Situation, data: Data, _on: date) -> Iterator[CaseEvent]:
    """Another département may follow the case."""
    yield Shared(data["department"])


def correct_fact(situation: Situation, data: Data, _on: date) -> Iterator[CaseEvent]:
    """A wrong fact is replaced by the entry's value."""
    yield correction_of(situation.case, situation.procedure, data["what"])


@needs("last_action", "journal")
def undo_last(situation: Situation, _data: Data, _on: date) -> Iterator[CaseEvent]:
    """The last action that counts no longer does."""
    yield Undone(situation.facts["last_action"]["seq"])


def proposed_coverage(case: Case, procedure: Procedure) -> dict[str, str | None]:
    """Return the rate that the rules propose for the year of reception, on the population frozen at registration."""
    settings = procedure.settings
    received = case.received_on or case.received_before or case.opened_at
    proposal = coverage.propose(
        case.applicant,
        received.year,
        commune_below=settings["free_below_commune"],
        grouping_below=settings["free_below_grouping"],
        otherwise=settings["coverage_otherwise"],
    )
    return {"rate": proposal.rate, "reason": proposal.reason}


def shares(case: Case, _procedure: Procedure) -> dict[str, int] | None:
    """Return the two shares of the convention's amount, in cents; None before a convention is drafted."""
    convention = case.data.get("convention")
    if not convention:
        return None
    split = coverage.split(convention["amount_cents"], convention["coverage_rate"])
    return {"covered_cents": split.covered_cents, "applicant_cents": split.applicant_cents}


def last_signature(situation: Situation, data: Data) -> str:
    """Return where a signature leads: to `convention_signed` when it is the last one."""
    signed = {*(situation.case.data.get("signatures") or {}), data["party"]}
    parties = situation.case.fact("convention.parties") or []
    return "convention_signed" if all(party["id"] in signed for party in parties) else SAME


EFFECTS: dict[str, EffectFunction] = {
    function.__name__: function
    for function in (
        number_meeting,
        forget_meeting,
        ask_providers,
        note_choice,
        note_share,
        note_answer,
        note_acceptance,
        void_signatures,
        add_signature,
        extend_deadline,
        share_case,
        correct_fact,
        undo_last,
    )
}
"""Name in procedures → function."""

COMPUTED: dict[str, ComputedFunction] = {
    "coverage": proposed_coverage,
    "shares": shares,
    "pending": consultations.pending,
}
"""Name of the fact → function, in the order in which they are computed."""

CHOICES: dict[str, ChoiceFunction] = {"last_signature": last_signature}
"""Name in procedures → function."""

BUILT_IN = Functions(guards=GUARDS, checks=CHECKS, choices=CHOICES, effects=EFFECTS, computed=COMPUTED)
"""Every function that the shipped procedures may name."""

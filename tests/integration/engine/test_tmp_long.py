"""Whatever people do in whatever order: what must hold of a case after each step."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from appui.notifications.message import CANCELLED
from appui.states import deadlines
from appui.states.case import fold
from appui.states.corrections import correctable
from appui.states.deadlines import deadlines_of
from appui.states.events import Undone
from appui.states.procedure import Field
from appui.workflow import Act, ActionRefused, AppuiError, CaseNotFound, InvalidData, NotAllowed, StaleCase
from appui.workflow.calendars import calendar_of
from tests.integration.engine.world import ACTORS, AGENT, DEPUTY, ENOUGH, START, STRANGER, Desk

ANYBODY = st.sampled_from([*ACTORS.values(), STRANGER])
SOMEBODY = st.sampled_from([ACTORS[role] for role in ("deputy_delegate", "case_officer", "delegate", "anct_officer")])
JUNK: st.SearchStrategy[Any] = st.sampled_from(
    [None, "", " ", [], {}, 0, -1, 10**30, 0.5, float("nan"), True, "\0", "\u202e", "x" * 400, b"octets", [[]], {"a": {}}]
)
OF_TYPE: dict[str, st.SearchStrategy[Any]] = {
    "text": st.sampled_from(["Mairie", "e\u0301tude", " « avec espaces » ", "x" * 300]),
    "paragraph": st.sampled_from(["Deux\nlignes", "Une « phrase »"]),
    "identifier": st.sampled_from(["state", "mairie", "caue", "inconnu"]),
    "person": st.sampled_from(["case_officer", "collegue"]),
    "provider": st.sampled_from(["caue", "id79", "cpie"]),
    "document": st.sampled_from(["@document", "inconnu"]),
    "email": st.just("mairie@exemple.fr"),
    "phone": st.just("05 49 00 00 01"),
    "url": st.just("https://visio.exemple.fr/salle"),
    "commune": st.sampled_from(["79001", "79049"]),
    "department": st.sampled_from(["86", "79", "17"]),
    "siren": st.just("217900018"),
    "date": st.dates(date(2026, 2, 20), date(2026, 8, 1)).map(date.isoformat),
    "datetime": st.sampled_from(["2026-04-10T10:00+02:00", "2026-04-10T09:00+00:00"]),
    "integer": st.integers(0, 5000),
    "cents": st.integers(0, 3_000_001),
    "rate": st.sampled_from(["0", "0.5", "0.3333", "1"]),
    "boolean": st.booleans(),
    "any": st.sampled_from(["Friche du centre", 12, True]),
}


def values_of(field: Field) -> st.SearchStrategy[Any]:
    """Return values of the field's shape."""
    if field.type == "group":
        one: st.SearchStrategy[Any] = members(field.fields)
    elif field.type == "choice":
        one = st.sampled_from([name for name, _ in field.options])
    else:
        one = OF_TYPE[field.type]
    return st.lists(one, min_size=1, max_size=3) if field.many else one


def members(fields: tuple[Field, ...]) -> st.SearchStrategy[dict[str, Any]]:
    """Return data with the required fields and some others; now and then something else in their place."""

    def with_junk(field: Field) -> st.SearchStrategy[Any]:
        return st.integers(0, 30).flatmap(lambda chance: JUNK if chance == 30 else values_of(field))

    return st.fixed_dictionaries(
        {field.name: with_junk(field) for field in fields if field.required},
        optional={field.name: with_junk(field) for field in fields if not field.required},
    )


class Life(RuleBasedStateMachine):
    """One request, to which anybody does anything."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.engine = desk.engine

    @initialize(
        regime=st.sampled_from([2020, 2024]),
        contact=st.sampled_from([{}, {"contact": {}}, {"works_design": True}]),
        way=st.sampled_from(["", "start_scoping consult_providers", "signed", "answer_locally complete"]),
    )
    def opened(self, regime: int, contact: dict[str, Any], way: str) -> None:
        """A request is there, some way along already."""
        self.desk.clock.set(START)
        if way == "signed":
            self.case = self.desk.signed(regime, contact={})
        else:
            self.case = self.desk.through(self.desk.open(regime, **({} if way else contact)), *way.split())
        self.procedure = self.engine.library.get(self.case.procedure, self.case.procedure_version)

    @rule(data=st.data(), actor=ANYBODY, behind=st.sampled_from([0, 0, 0, 0, 0, 1]))
    def anything(self, data: st.DataObject, actor: Any, behind: int) -> None:
        """Anybody tries any action with any data."""
        action = data.draw(st.sampled_from(sorted(set(self.procedure.actions) - {"open"})))
        fields = self.procedure.actions[action].fields
        given = data.draw(st.one_of(st.just(ENOUGH[action]), members(fields)))
        when = data.draw(st.sampled_from([{}, {}, {}, {"happened_on": self.desk.today.isoformat()}]))
        self.attempt(action, {**given, **when}, actor, behind)

    @rule(data=st.data(), actor=SOMEBODY)
    def something_permitted(self, data: st.DataObject, actor: Any) -> None:
        """An officer does what the page offers."""
        offered = [view.name for view in self.engine.explain(self.case.id, actor=actor) if view.permitted]
        assume(offered)
        action = data.draw(st.sampled_from(offered))
        self.attempt(action, ENOUGH[action], actor, 0)

    @rule(data=st.data())
    def correction(self, data: st.DataObject) -> None:
        """A fact, or the day of a step, was wrong."""
        facts = {**correctable(self.procedure)}
        facts |= {f"{step.seq}.happened_on": Field(name="d", type="date", label="Jour") for step in self.case.steps}
        what = data.draw(st.sampled_from(sorted(facts)))
        value = data.draw(st.one_of(values_of(facts[what]), values_of(facts[what]), JUNK))
        self.attempt("correct", {"what": what, "value": value, "reason": "Mal noté"}, AGENT, 0)

    @rule(action=st.sampled_from(["undo", "undo", "suspend", "resume", "drop", "reopen", "consult_providers"]))
    def turn(self, action: str) -> None:
        """What goes back and forth."""
        self.attempt(action, ENOUGH[action], DEPUTY, 0)

    @rule(days=st.sampled_from([1, 3, 30]))
    def later(self, days: int) -> None:
        """Days go by."""
        self.desk.clock.advance(timedelta(days=days, hours=1))

    def attempt(self, action: str, data: Any, actor: Any, behind: int) -> None:
        """Preview the action, then do it; both must agree with each other and with the explanation."""
        before = self.case
        given = self.desk.filled(before, data)
        command = Act(before.id, action, given, before.version - behind)
        views = outcome_of(lambda: self.engine.explain(before.id, actor=actor))
        foreseen = outcome_of(lambda: self.engine.preview(command, actor=actor))
        assert self.engine.get(before.id, actor=AGENT) == before

        found = outcome_of(lambda: self.engine.act(command, actor=actor))

        if isinstance(found, AppuiError):
            assert (type(found), str(found)) == (type(foreseen), str(foreseen))
            assert self.engine.get(before.id, actor=AGENT) == before
        else:
            self.case = found
            entry = self.engine.journal(before.id, actor=AGENT)[-1]
            changed = {each.key: each for each in self.stored_deadlines() if each.key in keys(foreseen)}
            assert foreseen.state == found.state
            assert foreseen.events == entry.events
            assert {each.key: each.at(self.desk.clock()) for each in foreseen.deadlines} == changed
        if isinstance(views, CaseNotFound):
            assert isinstance(found, CaseNotFound)
            return
        view = next(each for each in views if each.name == action)
        if not view.permitted:
            assert isinstance(found, NotAllowed | ActionRefused | StaleCase | InvalidData)
            assert behind or isinstance(found, NotAllowed | ActionRefused) or found.refusals == ()
        elif isinstance(found, AppuiError):
            assert isinstance(found, InvalidData | StaleCase)

    def stored_deadlines(self) -> list[Any]:
        """Return the deadlines as the base has them."""
        return self.engine.deadlines(self.case.id, actor=AGENT)

    @invariant()
    def the_journal_tells_the_case(self) -> None:
        """The case as stored is the one that its journal folds to, and every list shows the same."""
        journal = self.engine.journal(self.case.id, actor=AGENT)
        stored = self.engine.get(self.case.id, actor=AGENT)

        assert fold(journal) == stored == self.case
        assert [entry.seq for entry in journal] == list(range(1, stored.version + 1))
        assert self.engine.verify_journal(self.case.id) == []
        assert self.engine.cases(actor=AGENT, reference=stored.reference).items == (stored,)

    @invariant()
    def an_end_date_if_and_only_if_the_state_is_final(self) -> None:
        """Reopening takes the end away, closing gives one."""
        assert (self.case.ended_at is not None) == (self.case.state in self.procedure.final_states)

    @invariant()
    def shares_add_up(self) -> None:
        """To the cent, whatever was corrected."""
        convention = self.case.data.get("convention")
        if convention:
            assert sum(self.case.data["shares"].values()) == convention["amount_cents"]
        else:
            assert not self.case.data.get("shares")

    @invariant()
    def deadlines_follow_from_the_journal(self) -> None:
        """Every stored deadline is what the pure function says today, or cancelled when it knows it no more."""
        now = self.desk.clock()
        case = fold(self.engine.journal(self.case.id, actor=AGENT))
        known = deadlines_of(self.procedure, case, calendar_of(case.department))
        stored = {each.key: each for each in self.stored_deadlines()}

        assert {key: each.at(now) for key, each in known.items()} == {key: stored[key] for key in known}
        assert {stored[key].status for key in stored.keys() - known.keys()} <= {deadlines.CANCELLED}

    @invariant()
    def what_was_undone_is_not_sent(self) -> None:
        """Mails of an entry that no longer counts are cancelled, and only those."""
        journal = self.engine.journal(self.case.id, actor=AGENT)
        undone = {event.seq for entry in journal for event in entry.events if isinstance(event, Undone)}
        messages = self.engine.messages(self.case.id, actor=AGENT)

        assert {each.seq for each in messages if each.status == CANCELLED} == undone & {each.seq for each in messages}


def keys(outcome: Any) -> set[str]:
    """Return the keys of the deadlines that a preview would change."""
    return {each.key for each in outcome.deadlines}


def outcome_of(call: Any) -> Any:
    """Return what the call returns, or the error of ours that it raises."""
    try:
        return call()
    except AppuiError as error:
        assert str(error)
        return error


@pytest.mark.parametrize("dialect", [pytest.param("sqlite", id="sqlite"), pytest.param("postgresql", id="postgresql")])
def test_whatever_people_do_a_case_stays_whole(make_engine, clock, dialect):
    """Random actions, permitted or not, with good data or bad, corrections, undoing, reopening, days going by."""
    granted = [{"department": "79", "year": 2026, "granted_cents": 2_000_000}]
    desk = Desk(make_engine(envelopes=granted), clock)
    effort = settings(
        max_examples=600 if dialect=="sqlite" else 150,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )

    run_state_machine_as_test(lambda: Life(desk), settings=effort)


def test_the_strategies_know_every_type_of_field(engine):
    """A new type of field must be tried here too."""
    types = {
        field.type for procedure in engine.library for action in procedure.actions.values() for field in action.fields
    }

    assert types <= {*OF_TYPE, "group", "choice"}

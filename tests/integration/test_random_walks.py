"""Whatever is asked of a case, in whatever order: what is explained, previewed, done, kept and replayed agree."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from tests.integration.officials import AGENCY, DEPUTY, DESK, OFFICER, PREFECT, START, STRANGER, engine_on, opened

from appui.states.case import fold
from appui.states.deadlines import CANCELLED, deadlines_of
from appui.workflow import Act, Actor, AppuiError, Grant
from appui.workflow.calendars import calendar_of

NAMES = tuple(f"fiche{number}" for number in range(3))
PARTIES = [{"id": "state", "name": "L'État"}, {"id": "mairie", "name": "La commune"}]
CORRECTIONS: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {"what": "received_on", "value": "2026-02-20"},
        {"what": "need", "value": "Autre besoin"},
        {"what": "convention.amount_cents", "value": 333_333},
        {"what": "2.happened_on", "value": "2026-03-03"},
        {"what": "inconnu", "value": 1},
    ]
)
DATA = {
    "ask_completion": st.sampled_from([{"items": ["Plan"]}, {"items": ["Plan"], "due_on": "2026-05-04"}, {}]),
    "provide_completion": st.sampled_from([{"answer": "Voici"}, {}]),
    "start_scoping": st.just({"case_officer": "agent"}),
    "declare_ineligible": st.sampled_from([{"ground": "other", "reason": "Non"}, {"ground": "nope", "reason": "Non"}]),
    "schedule_framing": st.just({"starts_at": "2026-04-10T10:00+02:00", "place": "Mairie"}),
    "reschedule_framing": st.just({"starts_at": "2026-04-11T10:00+02:00", "link": "https://visio.exemple.invalid/1"}),
    "record_framing": st.sampled_from(
        [{"outcome": "need_confirmed"}, {"outcome": "need_confirmed", "held_on": "hier"}]
    ),
    "consult_providers": st.one_of(
        st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True).map(lambda each: {"providers": each}),
        st.just({"none_exists": True, "reason": "Personne"}),
        st.just({}),
    ),
    "record_answer": st.builds(
        lambda who, accepts: {"provider": who, "accepts": accepts}, st.sampled_from(NAMES), st.booleans()
    ),
    "answer_locally": st.sampled_from(NAMES).map(lambda who: {"provider": who, "how": "téléphone"}),
    "route_local": st.sampled_from(NAMES).map(lambda who: {"provider": who, "single_contact": "agent"}),
    "route_operator": st.just({"operator": "CEREMA"}),
    "route_national": st.sampled_from(
        [
            {"grounds": ["fragility", "local_shortage"], "justification": "Rien ici", "below_target_reason": "Urgent"},
            {"grounds": ["complex"], "justification": "Trop peu", "below_target_reason": "Urgent"},
        ]
    ),
    "accept_national": st.just({"instrument": "grant", "estimate_cents": 500}),
    "draft_convention": st.builds(
        lambda cents, rate: {"amount_cents": cents, "coverage_rate": rate, "parties": PARTIES, "override_reason": "Vu"},
        st.integers(0, 10_000_000),
        st.sampled_from(["0", "0.3333", "0.50", "1"]),
    ),
    "send_for_signature": st.just({"document": "absent"}),
    "sign": st.builds(
        lambda who, paper: {"party": who, "on_paper": paper},
        st.sampled_from(["state", "mairie", "autre"]),
        st.booleans(),
    ),
    "commit_funds": st.just({"amount_cents": 100}),
    "accept_deliverable": st.just({"document": "absent"}),
    "complete": st.just({"result": "achieved"}),
    "assign": st.just({"assignee": "collegue"}),
    "comment": st.just({"text": "Vu"}),
    "attach": st.just({"document": "absent"}),
    "share": st.just({"department": "86"}),
    "correct": CORRECTIONS.map(lambda each: {**each, "reason": "Erreur"}),
}
WITH_REASON = st.just({"reason": "Parce que"})
DOCUMENT = b"%PDF-1.4\n%%EOF"
OFTEN = ("suspend", "resume", "undo", "correct", "reopen", "consult_providers", "record_answer")


class Walk(RuleBasedStateMachine):
    """One case, many hands."""

    engine: Any

    @initialize()
    def begin(self):
        """A request comes in; the mairie and three providers have a hand in it."""
        self.engine.clock.set(START)
        self.case = opened(self.engine)
        self.document = self.engine.attach(self.case.id, "piece.pdf", DOCUMENT, actor=OFFICER).id
        mairie = Actor("mairie", "La mairie", grants=(Grant("applicant", "commune:79109"),))
        provider = Actor(NAMES[0], "Une agence", grants=(Grant("provider", "department:79"),))
        self.hands = (OFFICER, DEPUTY, PREFECT, AGENCY, DESK, STRANGER, mairie, provider)
        self.actions = [each for each in self.engine.library.get(self.case.procedure, 2).actions if each != "open"]

    @rule(data=st.data(), days=st.sampled_from([0, 0, 0, 1, 3, 20]))
    def somebody_asks_for_something(self, data, days):
        """Any action, by anybody, with data that may be wrong: done exactly when it was said that it could be."""
        self.engine.clock.advance(timedelta(days=days))
        action = data.draw(st.one_of(st.sampled_from(self.actions), st.sampled_from(OFTEN)), label="action")
        actor = data.draw(st.sampled_from((*self.hands, OFFICER, DEPUTY)), label="actor")
        values = dict(data.draw(DATA.get(action, WITH_REASON), label="data"))
        if values.get("document") == "absent" and data.draw(st.booleans(), label="attached"):
            values["document"] = self.document
        if data.draw(st.integers(0, 5), label="dated") == 0:
            values["happened_on"] = (START + timedelta(days=data.draw(st.integers(-10, 60)))).date().isoformat()
        stale = data.draw(st.integers(0, 9), label="stale") == 0
        command = Act(self.case.id, action, values, self.case.version - stale)
        permitted = self._permitted(action, actor)
        foreseen = self._tried(lambda: self.engine.preview(command, actor=actor))
        done = self._tried(lambda: self.engine.act(command, actor=actor))

        assert type(done) is type(foreseen) or not isinstance(done, AppuiError)
        assert isinstance(done, AppuiError) == isinstance(foreseen, AppuiError)
        if isinstance(done, AppuiError):
            assert (done.code, str(done)) == (foreseen.code, str(foreseen))
            assert self.engine.get(self.case.id, actor=OFFICER) == self.case
        else:
            assert permitted
            assert (done.state, done.data, done.version) == (foreseen.state, foreseen.case.data, self.case.version + 1)
            self.case = done

    def _permitted(self, action, actor):
        views = self._tried(lambda: self.engine.explain(self.case.id, actor=actor))
        return not isinstance(views, AppuiError) and {view.name: view.permitted for view in views}[action]

    @staticmethod
    def _tried(attempt):
        try:
            return attempt()
        except AppuiError as error:
            return error

    @invariant()
    def what_is_kept_is_what_the_journal_tells(self):
        """Case, end, money and deadlines are functions of the journal, and the chain is whole."""
        if not hasattr(self, "case"):
            return
        entries = self.engine.journal(self.case.id, actor=OFFICER)
        kept = self.engine.get(self.case.id, actor=OFFICER)
        procedure = self.engine.library.get(kept.procedure, kept.procedure_version)

        assert fold(entries) == kept == self.case
        assert kept.version == len(entries)
        assert (kept.ended_at is not None) == procedure.states[kept.state].final
        assert self.engine.verify_journal(kept.id) == []
        if kept.data.get("shares"):
            assert sum(kept.data["shares"].values()) == kept.data["convention"]["amount_cents"]
        expected = deadlines_of(procedure, kept, calendar_of("79"))
        stored = {each.key: each for each in self.engine.deadlines(kept.id, actor=OFFICER)}
        for key, deadline in stored.items():
            if key in expected:
                assert replace(deadline, status=expected[key].at(self.engine.clock()).status) == deadline
                assert (deadline.due_on, deadline.derivation) == (expected[key].due_on, expected[key].derivation)
            else:
                assert deadline.status == CANCELLED
        assert expected.keys() <= stored.keys()


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_whatever_is_asked_explanation_preview_action_and_journal_agree(dialect, make_url, tmp_path):
    """If explain refuses, act refuses; preview succeeds if and only if act does; and everything replays."""
    engine = engine_on(make_url(dialect), tmp_path)
    machine = type("Walk", (Walk,), {"engine": engine})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            # A walk on a real base is slow to shorten; its printed steps can be replayed as they are.
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    engine.stop()

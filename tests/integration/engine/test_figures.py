"""Figures: one definition each, the same on screens, in reports and for programs, now and as of a day."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.integration.engine.world import ACTORS, AGENT, DELEGATE, DEPUTY, ENOUGH, STRANGER, VILLAGE

from appui.states.errors import AppuiError, InvalidData, NotAllowed, UnknownProcedure
from appui.workflow import Act, Actor, Grant
from appui.workflow.territories import register

HERE = "department:79"
NEIGHBOUR = "79191"
"""INSEE code of a commune of another arrondissement; nothing is said about the real one."""
BOTH = (Grant("anct_officer", "nation"), Grant("deputy_delegate", HERE))
NATIONALLY = ("start_scoping", "record_framing", "consult_providers", "record_answer", "route_national")


def share(desk, **asked):
    """Return (local, operator, national, not routed) of the département."""
    found = desk.engine.local_share(actor=AGENT, department="79", **asked)
    return found.local, found.operator, found.national, found.not_routed


def answered(desk, **opening):
    """Return a case that was answered locally."""
    return desk.act(desk.open(**opening), "answer_locally")


def test_a_case_counts_once_by_the_last_route_in_force(desk):
    """Answered locally, taken up again, then sent to an operator: one request, with the operator."""
    case = answered(desk)
    assert share(desk) == (1, 0, 0, 0)

    case = desk.act(case, "reroute")
    assert share(desk) == (0, 0, 0, 1)

    desk.act(case, "route_operator")
    assert share(desk) == (0, 1, 0, 0)


def test_a_refusal_by_the_agency_takes_the_route_back(desk):
    """What the agency has refused waits to be routed again."""
    case = desk.through(desk.open(), *NATIONALLY)
    assert share(desk) == (0, 0, 1, 0)

    desk.act(case, "refuse_national")
    assert share(desk) == (0, 0, 0, 1)


def test_what_ended_without_a_route_counts_nowhere(desk):
    """A request that was withdrawn waits for nobody; one that was solved stays solved."""
    desk.act(desk.open(), "withdraw")
    desk.act(answered(desk), "complete")

    assert share(desk) == (1, 0, 0, 0)


def test_each_route_counts_in_the_civil_year_of_its_own_day(desk, clock):
    """Received in December and answered in January: it counts in January's year."""
    clock.set(datetime(2026, 12, 28, 9, tzinfo=UTC))
    case = desk.open(received_on="2026-12-20")
    clock.set(datetime(2027, 1, 4, 9, tzinfo=UTC))
    desk.act(case, "answer_locally")

    assert share(desk, period=2026) == (0, 0, 0, 0)
    assert share(desk, period="2027") == (1, 0, 0, 0)
    assert share(desk, period=(date(2027, 1, 4), date(2027, 1, 4))) == (1, 0, 0, 0)


def test_the_share_of_yesterday_is_unchanged_by_what_is_done_or_corrected_today(desk, clock):
    """A figure that was given to the prefect stays what it was, whatever is found out since."""
    routed = answered(desk)
    waiting = desk.open()
    undone = answered(desk)
    yesterday, instant = desk.today, clock()
    before = share(desk)
    clock.advance(timedelta(days=1))
    step = f"{routed.version}.happened_on"
    routed = desk.act(routed, "correct", {"what": step, "value": "2026-03-02", "reason": "Mal noté"})
    desk.act(routed, "reroute")
    desk.act(waiting, "answer_locally")
    desk.act(undone, "undo", {"reason": "Erreur"})
    answered(desk, received_on="2026-03-04")

    assert before == (2, 0, 0, 1)
    assert share(desk) == (2, 0, 0, 2)
    assert share(desk, as_of=yesterday) == before
    assert share(desk, recorded_as_of=instant) == before
    assert share(desk, as_of=yesterday, recorded_as_of=instant) == before


def test_what_is_entered_late_counts_on_its_day_for_who_asks_by_day(desk, clock):
    """Entered on Friday, done on Wednesday: the share of Wednesday has it, what was known on Wednesday has not."""
    case = desk.open()
    wednesday, instant = desk.today + timedelta(days=1), clock() + timedelta(days=1)
    clock.advance(timedelta(days=3))
    desk.act(case, "answer_locally", {**ENOUGH["answer_locally"], "happened_on": wednesday.isoformat()})

    assert share(desk, as_of=wednesday) == (1, 0, 0, 0)
    assert share(desk, as_of=wednesday, recorded_as_of=instant) == (0, 0, 0, 1)


def test_before_the_first_request_there_is_nothing(desk):
    """No figure is made up for a time when nobody kept any."""
    answered(desk)

    assert share(desk, as_of=date(2020, 1, 1)) == (0, 0, 0, 0)
    assert desk.engine.indicators(actor=AGENT, as_of=date(2020, 1, 1)).cases == 0


def test_a_preview_shows_the_share_before_and_after_the_routing(desk):
    """The deputy sees what the routing does to the 90 % before deciding."""
    for _ in range(9):
        answered(desk)
    case = desk.through(desk.open(), *NATIONALLY[:-1])
    outcome = desk.engine.preview(Act(case.id, "route_national", ENOUGH["route_national"], case.version), actor=DEPUTY)

    assert (outcome.share_before.share, outcome.share_before.allowance) == (1.0, 1)
    assert (outcome.share_after.share, outcome.share_after.below_target) == (0.9, False)
    assert (outcome.share_before.not_routed, outcome.share_after.not_routed) == (1, 0)
    assert outcome.share_after == replace(
        desk.engine.local_share(actor=AGENT, department="79", period=2026),
        **{name: getattr(outcome.share_after, name) for name in ("national", "not_routed", "share", "allowance")},
        share_with_operators=0.9,
    )


def test_a_preview_that_changes_no_route_shows_no_share(desk):
    """A comment does nothing to the 90 %."""
    case = desk.open()
    outcome = desk.engine.preview(Act(case.id, "comment", {"text": "Vu"}, case.version), actor=AGENT)

    assert (outcome.share_before, outcome.share_after) == (None, None)


def test_what_the_preview_announced_is_what_is_counted_afterwards(desk):
    """One definition: the preview, the reason that is asked for, the mail to the delegate and the share agree."""
    answered(desk)
    case = desk.through(desk.open(), *NATIONALLY[:-1])
    command = Act(case.id, "route_national", ENOUGH["route_national"], case.version)
    announced = desk.engine.preview(command, actor=DEPUTY).share_after
    case = desk.engine.act(command, actor=DEPUTY)

    assert announced == desk.engine.local_share(actor=AGENT, department="79", period=2026)
    assert case.data["share_after"] == {"local": 1, "operator": 0, "national": 1, "below": True}
    assert "below_target" in {message.notice for message in desk.engine.messages(case.id, actor=DELEGATE)}


def test_the_allowance_goes_down_with_each_national_routing(desk):
    """Ten requests of the year, one may go; once it has, none."""
    for _ in range(9):
        answered(desk)
    case = desk.through(desk.open(), *NATIONALLY[:-1])
    assert desk.engine.national_allowance("79", 2026, actor=AGENT) == 1

    desk.act(case, "route_national")
    assert desk.engine.national_allowance("79", 2026, actor=AGENT) == 0


def test_an_envelope_tells_what_is_granted_reserved_committed_and_left(make_engine, desk, clock):
    """A convention reserves what is covered from its draft on; the commitment takes its place."""
    engine = make_engine(envelopes=[{"department": "79", "year": 2026, "granted_cents": 3_000_000}])
    desk.engine = engine
    amounts = {**ENOUGH["draft_convention"], "coverage_rate": "0.50", "override_reason": "Ressources"}
    case = desk.through(desk.open(), *NATIONALLY, "accept_national")
    case = desk.act(case, "draft_convention", amounts)

    def cents():
        found = engine.envelope("79", 2026, actor=AGENT)
        return found.granted_cents, found.reserved_cents, found.committed_cents, found.left_cents

    assert cents() == (3_000_000, 500_000, 0, 2_500_000)

    case = desk.act(case, "send_for_signature")
    for party in ("state", "mairie"):
        case = desk.act(case, "sign", {"party": party, "on_paper": True}, actor=AGENT)
    case = desk.act(case, "commit_funds", {"amount_cents": 500_000})
    assert cents() == (3_000_000, 0, 500_000, 2_500_000)
    assert engine.envelope("79", 2025, actor=AGENT).committed_cents == 0

    desk.act(case, "undo", {"reason": "Erreur"}, actor=Actor("anct", "N. Anct", grants=BOTH))
    assert cents() == (3_000_000, 500_000, 0, 2_500_000)


def test_without_an_envelope_nothing_is_capped_and_nothing_is_left_to_say(desk):
    """What is taken is told all the same."""
    found = desk.engine.envelope("79", 2026, actor=AGENT)

    assert (found.granted_cents, found.left_cents, found.committed_cents) == (None, None, 0)


def test_the_agreements_of_2020_take_nothing_from_an_envelope(make_engine, desk):
    """The agency pays for them: they would stay reserved for ever."""
    desk.engine = make_engine(envelopes=[{"department": "79", "year": 2026, "granted_cents": 3_000_000}])
    desk.signed(2020)

    assert desk.engine.envelope("79", 2026, actor=AGENT).reserved_cents == 0


def test_indicators_tell_states_themes_agreements_and_the_time_in_each_step(desk, clock):
    """What an officer is asked for at the committee, from the cases themselves."""
    desk.signed(themes=["mobility", "tourism"])
    waiting = desk.open(themes=["mobility"])
    clock.advance(timedelta(days=40))
    found = desk.engine.indicators(actor=AGENT, territory=HERE)

    assert (found.cases, found.open, found.imported) == (2, 2, 0)
    assert {each.key: each.count for each in found.states} == {"received": 1, "convention_signed": 1}
    assert {each.key: each.count for each in found.themes} == {"mobility": 2, "tourism": 1}
    assert (found.agreements.signed, found.agreements.drafted, found.agreements.without_amount) == (1, 0, 0)
    assert (found.agreements.covered_cents, found.agreements.applicant_cents) == (1_000_001, 0)
    assert {each.key: (each.measured, each.median_days, each.p90_days) for each in found.steps} == {
        "received": (1, 2.0, 2),
        "scoping": (1, 1.0, 1),
        "framed": (1, 1.0, 1),
        "local_search": (1, 2.0, 2),
        "national_submitted": (1, 1.0, 1),
        "national_accepted": (1, 1.0, 1),
        "convention_draft": (1, 1.0, 1),
        "convention_signing": (1, 0.0, 0),
    }
    assert {each.key: each.count for each in found.late} == {"first_answer": 1}
    assert "late" in {each.status for each in desk.engine.deadlines(waiting.id, actor=AGENT)}


def test_a_deadline_is_late_from_the_day_after_it_for_who_asks_by_day(desk, clock):
    """Asked for the day itself, it could still be met; both kinds of asking agree with the case."""
    case = desk.open()
    due = next(each for each in desk.engine.deadlines(case.id, actor=AGENT) if each.key == "first_answer").due_on
    clock.set(datetime(2026, 6, 1, tzinfo=UTC))
    desk.act(case, "comment")

    def late(on):
        return [each.key for each in desk.engine.indicators(actor=AGENT, territory=HERE, as_of=on).late]

    assert late(due) == []
    assert late(due + timedelta(days=1)) == late(date(2026, 5, 31)) == ["first_answer"]


def test_who_reads_a_part_of_the_territory_gets_the_figures_of_that_part(desk):
    """A sub-prefect's share is that of the arrondissement."""
    answered(desk)
    answered(desk, applicant=NEIGHBOUR)
    elsewhere = register().get(NEIGHBOUR).arrondissement
    sub_prefect = Actor("sp", "Mme Sous-Préfète", grants=(Grant("sub_prefect", f"arrondissement:{elsewhere}"),))

    assert desk.engine.local_share(actor=sub_prefect, department="79").local == 1
    assert desk.engine.indicators(actor=AGENT, territory=f"commune:{VILLAGE}").cases == 1
    assert desk.engine.indicators(actor=AGENT, territory=f"arrondissement:{elsewhere}").cases == 1


@pytest.mark.parametrize(
    "actor",
    [STRANGER, ACTORS["applicant"], ACTORS["provider"], ACTORS["administrator"], ACTORS["committee_member"]],
    ids=lambda actor: actor.id,
)
def test_who_reads_no_case_there_gets_no_figure(desk, actor):
    """Zero would be a lie, and the true figure a leak."""
    answered(desk)

    for ask in (
        lambda: desk.engine.local_share(actor=actor, department="79"),
        lambda: desk.engine.indicators(actor=actor, territory=HERE),
        lambda: desk.engine.envelope("79", 2026, actor=actor),
        lambda: desk.engine.national_allowance("79", 2026, actor=actor),
    ):
        with pytest.raises(NotAllowed):
            ask()


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ({"department": "99"}, "department"),
        ({"department": 79}, "department"),
        ({"region": "0"}, "region"),
        ({"department": "79", "region": "75"}, "region"),
        ({"period": "deux ans"}, "period"),
        ({"period": 0}, "period"),
        ({"period": (date(2026, 2, 1), date(2026, 1, 1))}, "period"),
        ({"period": True}, "period"),
        ({"as_of": "hier"}, "as_of"),
        ({"as_of": datetime(2026, 1, 1, tzinfo=UTC)}, "as_of"),
        ({"recorded_as_of": datetime(2026, 1, 1)}, "recorded_as_of"),  # noqa: DTZ001 - a naive instant is the mistake
        ({"recorded_as_of": date(2026, 1, 1)}, "recorded_as_of"),
    ],
)
def test_a_question_that_makes_no_sense_gets_a_sentence(desk, asked, path):
    """What, where, and what would be right."""
    with pytest.raises(InvalidData) as refusal:
        desk.engine.local_share(actor=AGENT, **asked)

    assert [found for found, _ in refusal.value.errors] == [path]


def test_an_unknown_procedure_or_territory_gets_a_sentence(desk):
    """The names that are known stand in it, or an example."""
    with pytest.raises(UnknownProcedure, match="engineering_request"):
        desk.engine.local_share(actor=AGENT, procedure="pizza")
    with pytest.raises(InvalidData, match="department:79"):
        desk.engine.indicators(actor=AGENT, territory="ici")


STEPS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(
            [
                "answer_locally", "start_scoping", "consult_providers", "record_answer", "route_operator",
                "route_national", "refuse_national", "accept_national", "draft_convention", "reroute", "withdraw",
                "complete", "reopen", "undo", "suspend", "resume", "drop",
            ]
        ),
        st.integers(0, 12),
    ),
    min_size=4,
    max_size=14,
)  # fmt: skip


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lives=STEPS)
def test_a_figure_asked_later_as_it_was_known_is_the_figure_that_was_seen(make_engine, desk, clock, lives):
    """Whatever happened since: the report of an instant is the screen of that instant, to the last deadline."""
    cases = [desk.open(applicant=code, received_on=desk.today.isoformat()) for code in (VILLAGE, NEIGHBOUR, VILLAGE)]
    seen = []
    for which, action, days in lives:
        clock.advance(timedelta(days=days, seconds=1))
        try:
            cases[which] = desk.act(cases[which], action)
        except AppuiError:
            continue
        seen.append((clock(), desk.engine.indicators(actor=AGENT, territory=HERE, period=2026)))
    clock.advance(timedelta(days=30))

    for instant, screen in seen:
        asked = {"actor": AGENT, "period": 2026, "recorded_as_of": instant}
        assert desk.engine.indicators(territory=HERE, **asked) == screen
        assert desk.engine.local_share(department="79", **asked) == screen.share

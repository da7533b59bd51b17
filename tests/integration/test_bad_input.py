"""Bad input gets one French sentence that says what, where and what would be right, and changes nothing."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.integration.officials import COMMUNE, DEPUTY, OFFICER, PREFECT, REQUEST, engine_on, opened

from appui.workflow import (
    Act,
    ActionRefused,
    Actor,
    ApplicantByHand,
    AppuiError,
    Grant,
    ImportCase,
    InvalidData,
    NotAllowed,
    OpenCase,
    StaleCase,
    UnknownProcedure,
)

BEFORE = "2026-02-26"
TOMORROW = "2026-03-03"


@pytest.fixture
def engine(dialect, make_url, tmp_path):
    """An engine on each kind of base."""
    engine = engine_on(make_url(dialect), tmp_path)
    yield engine
    engine.stop()


def _everything(engine, case):
    return (
        engine.get(case.id, actor=OFFICER),
        engine.journal(case.id, actor=OFFICER),
        engine.messages(case.id, actor=OFFICER),
        [each.id for each in engine.cases(actor=OFFICER).items],
    )


OPENINGS = {
    "unknown applicant": ({"applicant": "79999"}, "applicant"),
    "wrong SIREN": ({"applicant": "200040245"}, "applicant"),
    "no code": ({"applicant": "Échiré"}, "applicant"),
    "by hand, wrong SIREN": ({"applicant": ApplicantByHand("X", "PETR", "79", "200040245")}, "applicant.siren"),
    "received tomorrow": ({"data": {**REQUEST, "received_on": TOMORROW}}, "received_on"),
    "two receptions": ({"data": {**REQUEST, "received_before": BEFORE}}, "received_before"),
    "missing need": ({"data": {**REQUEST, "need": "  "}}, "need"),
    "unknown field": ({"data": {**REQUEST, "besoin": "X"}}, "besoin"),
    "10 MB of text": ({"data": {**REQUEST, "need": "x" * 10_000_000}}, "need"),
    "NUL": ({"data": {**REQUEST, "need": "a\0b"}}, "need"),
    "an escape": ({"data": {**REQUEST, "need": "\x1b[31m"}}, "need"),
    "right-to-left mark": ({"title": "Friche\u202e"}, "title"),
    "invisible title": ({"title": "\u200b"}, "title"),
    "no title": ({"title": ""}, "title"),
    "a title of 10 MB": ({"title": "x" * 10_000_000}, "title"),
    "no object": ({"data": ["need"]}, ""),
    "wrong type": ({"data": {**REQUEST, "works_design": "non"}}, "works_design"),
    "another département": ({"department": "01"}, "department"),
}


@pytest.mark.parametrize(("changes", "path"), OPENINGS.values(), ids=OPENINGS)
def test_an_opening_that_cannot_be_taken_says_which_field_and_opens_nothing(engine, changes, path):
    """And the number that it would have had is given to the next."""
    command = {"procedure": "engineering_request", "applicant": COMMUNE, "title": "Friche", "data": REQUEST, **changes}
    with pytest.raises(InvalidData) as refusal:
        engine.open(OpenCase(**command), actor=OFFICER)

    assert [found for found, _ in refusal.value.errors] == [path]
    assert all(text[-1] in ".?" for _, text in refusal.value.errors)
    assert opened(engine).reference == "79-2026-0001"


def test_a_procedure_that_nobody_knows_is_named(engine):
    """The sentence lists those that there are."""
    with pytest.raises(UnknownProcedure, match="engineering_request"):
        engine.open(OpenCase("demande", COMMUNE, "Friche", REQUEST), actor=OFFICER)


def test_errors_are_asked_in_the_order_of_the_contract(engine):
    """Right before version, version before shape, shape before guards, guards before checks."""
    case = opened(engine)
    applicant = Actor("mairie", "Mairie", grants=(Grant("applicant", f"commune:{COMMUNE}"),))
    wrong = {"raison": 1}
    asked = [
        (applicant, "refuse", wrong, 9, NotAllowed),
        (DEPUTY, "refuse", wrong, 9, StaleCase),
        (DEPUTY, "route_national", wrong, 1, InvalidData),
        (DEPUTY, "route_national", {"grounds": ["complex"], "justification": "X"}, 1, ActionRefused),
        (DEPUTY, "inconnue", {}, 1, InvalidData),
    ]
    before = _everything(engine, case)
    for actor, action, data, version, error in asked:
        for ask in (engine.act, engine.preview):
            with pytest.raises(error):
                ask(Act(case.id, action, data, version), actor=actor)

    assert _everything(engine, case) == before


@pytest.mark.parametrize(
    ("action", "data", "path"),
    [
        ("start_scoping", {"case_officer": "agent", "happened_on": BEFORE}, "happened_on"),
        ("start_scoping", {"case_officer": "agent", "happened_on": TOMORROW}, "happened_on"),
        ("answer_locally", {"provider": "caue", "accepted_on": "1950-01-01"}, "accepted_on"),
        ("answer_locally", {"provider": "caue", "accepted_on": "hier"}, "accepted_on"),
        ("ask_completion", {"items": ["Plan"], "due_on": BEFORE}, "due_on"),
        ("ask_completion", {"items": "Plan"}, "items"),
        ("correct", {"what": "convention.amount_cents", "value": 5, "reason": "X"}, "what"),
        ("correct", {"what": "received_on", "value": "2024-02-29", "reason": "X"}, "value"),
        ("correct", {"what": "need", "value": "\0", "reason": "X"}, "value"),
    ],
)
def test_an_action_that_cannot_be_taken_says_which_field_and_changes_nothing(engine, action, data, path):
    """A slip on a date, an amount or a name is told beside its field."""
    case = opened(engine)
    before = _everything(engine, case)
    with pytest.raises(InvalidData) as refusal:
        engine.act(Act(case.id, action, data, 1), actor=OFFICER)

    assert [found for found, _ in refusal.value.errors] == [path]
    assert _everything(engine, case) == before


def test_a_day_before_the_previous_step_is_refused_whatever_the_step(engine):
    """A referral cannot precede the answer that permitted it."""
    case = opened(engine)
    engine.clock.advance(timedelta(days=20))
    for action, data in (
        ("start_scoping", {"case_officer": "agent", "happened_on": "2026-03-03"}),
        ("consult_providers", {"providers": ["caue"], "happened_on": "2026-03-04"}),
        ("record_answer", {"provider": "caue", "accepts": False, "happened_on": "2026-03-17"}),
    ):
        case = engine.act(Act(case.id, action, data, case.version), actor=OFFICER)
    late = {"operator": "CEREMA", "happened_on": "2026-03-05"}
    with pytest.raises(InvalidData) as refusal:
        engine.act(Act(case.id, "route_operator", late, case.version), actor=DEPUTY)

    assert [found for found, _ in refusal.value.errors] == ["happened_on"]


def test_a_corrected_day_moves_what_counts_from_it(engine):
    """The providers were asked on the 4th, not on the 10th: their delay counts from the 4th."""
    case = opened(engine)
    engine.clock.advance(timedelta(days=8))
    for action, data in (
        ("start_scoping", {"case_officer": "agent", "happened_on": "2026-03-03"}),
        ("consult_providers", {"providers": ["caue"]}),
        ("correct", {"what": "3.happened_on", "value": "2026-03-04", "reason": "Mal noté"}),
    ):
        case = engine.act(Act(case.id, action, data, case.version), actor=OFFICER)
    [deadline] = [each for each in engine.deadlines(case.id, actor=OFFICER) if each.key == "provider_answer"]

    assert case.data["consultations"]["caue"]["asked_on"] == "2026-03-04"
    assert (deadline.started_on, deadline.due_on) == (date(2026, 3, 4), date(2026, 3, 25))


def test_a_request_of_before_2024_follows_the_rules_of_its_day(engine):
    """Whichever field gives the day of reception."""
    days = [{"received_on": "2024-02-29"}, {"received_before": "2024-02-29"}, {"happened_on": "2024-02-29"}]
    data = {name: value for name, value in REQUEST.items() if name != "received_on"}
    commands = [OpenCase("engineering_request", COMMUNE, "Friche", data | day) for day in days]

    assert [engine.open(each, actor=OFFICER).procedure_version for each in commands] == [1, 1, 1]


def test_the_mairie_signs_for_itself_and_the_officer_on_paper(engine):
    """Nobody signs for the State but who may, whatever the case of its identifier."""
    case = _out_for_signature(engine)
    mairie = Actor("mairie", "Mairie", grants=(Grant("applicant", f"commune:{COMMUNE}"),))
    for actor, party in ((mairie, "ANCT"), (mairie, "departement"), (DEPUTY, COMMUNE), (OFFICER, "ANCT")):
        with pytest.raises(InvalidData):
            engine.act(Act(case.id, "sign", {"party": party}, case.version), actor=actor)
    for actor, data in (
        (mairie, {"party": COMMUNE}),
        (PREFECT, {"party": "ANCT"}),
        (OFFICER, {"party": "departement", "on_paper": True}),
    ):
        case = engine.act(Act(case.id, "sign", data, case.version), actor=actor)

    assert case.state == "convention_signed"


def test_corrections_answer_to_the_checks_of_what_they_correct(engine):
    """No amount of zero, no other rate without its reason, no reference to nothing."""
    case = _out_for_signature(engine)
    for what, value in (
        ("convention.amount_cents", 0),
        ("convention.coverage_rate", "0"),
        ("convention.parties", [{"id": "x", "name": "X"}]),
        ("signing.document", "rien"),
    ):
        command = Act(case.id, "correct", {"what": what, "value": value, "reason": "X"}, case.version)
        with pytest.raises(InvalidData):
            engine.act(command, actor=OFFICER)
    right = {"what": "convention.amount_cents", "value": 100_001, "reason": "Mal lu"}
    case = engine.act(Act(case.id, "correct", right, case.version), actor=OFFICER)

    assert case.data["shares"] == {"covered_cents": 50_000, "applicant_cents": 50_001}


def test_an_import_says_what_is_wrong_with_it_too(engine):
    """Words, source, key, state and day: each has its sentence, and nothing comes in."""
    right = {
        "procedure": "engineering_request", "applicant": COMMUNE, "title": "Friche", "data": {"channel": "import"},
        "state": "scoping", "known_on": date(2021, 9, 14), "source": "Tableau", "key": "1",
    }  # fmt: skip
    for change in (
        {"words": {"Objet": "\0"}}, {"words": ["Objet"]}, {"source": "a\0"}, {"key": "x" * 400}, {"state": "nulle"},
        {"state": ["scoping"]}, {"known_on": "2021"}, {"known_on": date(2090, 1, 1)}, {"route": "autre"},
        {"words": {"O": 1}}, {"presumed": ("undoable",)},
    ):  # fmt: skip
        with pytest.raises(InvalidData):
            engine.import_case(ImportCase(**{**right, **change}), actor=OFFICER)

    assert engine.cases(actor=OFFICER).items == ()
    assert engine.import_case(ImportCase(**right), actor=OFFICER).status == "added"


@pytest.mark.parametrize("accept", [False, True])
def test_a_line_that_comes_again_says_what_is_wrong_with_it_too(engine, accept):
    """It was fine the first time: by now it names a state, a route or a fact that nobody knows."""
    right = {
        "procedure": "engineering_request", "applicant": COMMUNE, "title": "Friche", "data": {"channel": "import"},
        "state": "scoping", "known_on": date(2021, 9, 14), "source": "Tableau", "key": "1",
    }  # fmt: skip
    engine.import_case(ImportCase(**right), actor=OFFICER)
    for change in ({"state": "nulle"}, {"route": "autre"}, {"presumed": ("undoable",)}):
        with pytest.raises(InvalidData):
            engine.import_case(ImportCase(**{**right, **change}, accept=accept), actor=OFFICER)

    assert [case.version for case in engine.cases(actor=OFFICER).items] == [1]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(case_id=ANYTHING, action=ANYTHING, data=ANYTHING, version=ANYTHING, right=st.lists(st.booleans(), min_size=4))
def test_whatever_is_given_the_answer_is_a_sentence(engine, case_id, action, data, version, right):
    """Any value in any place: an error of ours, never a traceback."""
    case = opened(engine) if not engine.cases(actor=OFFICER).items else engine.cases(actor=OFFICER).items[-1]
    command = Act(
        case.id if right[0] else case_id,
        "comment" if right[1] else action,
        {"text": data} if right[2] else data,
        case.version if right[3] else version,
    )
    try:
        engine.act(command, actor=OFFICER)
    except AppuiError as error:
        told = str(error)
    else:
        told = "fait"

    assert told


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(procedure=ANYTHING, applicant=ANYTHING, title=ANYTHING, data=ANYTHING, right=st.lists(st.booleans(), min_size=4))
def test_whatever_is_given_to_open_the_answer_is_a_sentence(engine, procedure, applicant, title, data, right):
    """The same for a request that comes in."""
    command = OpenCase(
        "engineering_request" if right[0] else procedure,
        COMMUNE if right[1] else applicant,
        "Friche" if right[2] else title,
        {**REQUEST, "themes": data} if right[3] else data,
    )
    try:
        engine.open(command, actor=OFFICER)
    except AppuiError as error:
        told = str(error)
    else:
        told = "fait"

    assert told


def _out_for_signature(engine):
    case = opened(engine)
    document = engine.attach(case.id, "convention.pdf", b"%PDF-1.4\n%%EOF", actor=OFFICER).id
    parties = [
        {"id": "ANCT", "name": "L'ANCT"},
        {"id": COMMUNE, "name": "La commune"},
        {"id": "departement", "name": "Le département"},
    ]
    for action, data, actor in (
        ("start_scoping", {"case_officer": "agent"}, OFFICER),
        ("record_framing", {"outcome": "need_confirmed"}, OFFICER),
        ("consult_providers", {"none_exists": True, "reason": "Personne"}, OFFICER),
        ("route_national", {"grounds": ["national_scope"], "justification": "X", "below_target_reason": "X"}, DEPUTY),
        ("accept_national", {"instrument": "grant"}, DEPUTY),
        ("draft_convention", {"amount_cents": 90_000, "coverage_rate": "0.50", "parties": parties}, OFFICER),
        ("send_for_signature", {"document": document}, OFFICER),
    ):
        case = engine.act(Act(case.id, action, data, case.version), actor=actor)
    return case


def test_a_word_of_a_justification_can_be_corrected_later(engine):
    """What lay outside the case was looked at when it was routed, and is not asked again."""
    case = _out_for_signature(engine)
    data = {"what": "national_referral.justification", "value": "Portée nationale", "reason": "Faute"}
    case = engine.act(Act(case.id, "correct", data, case.version), actor=OFFICER)

    assert case.data["national_referral"]["justification"] == "Portée nationale"

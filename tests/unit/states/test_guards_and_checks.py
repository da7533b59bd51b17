"""Guards and checks: each refuses with its name, its reason and what would lift it, and grants otherwise."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.unit.states.world import ENOUGH, LIBRARY, PARTIES, REGIMES, World, found_in, opened, played

from appui.states.actor import Actor
from appui.states.applicant import Applicant
from appui.states.checks import CHECKS
from appui.states.errors import ActionRefused, InvalidData
from appui.states.guards import GUARDS, NEVER_PRESUMED
from appui.states.machine import decide, presumed_of
from appui.states.opening import open_case

CONVENTION = ENOUGH["draft_convention"]
TO_SEARCH = ("start_scoping", ("consult_providers", {"providers": ["caue", "id79"]}))
PETR = Applicant(name="PETR du Bocage", kind="PETR", department="79", population=80_000, population_year=2026)


def signing(regime=2024):
    """Return a convention that is out for signature."""
    return played_from("national_accepted", regime, "record_framing", "draft_convention", "send_for_signature")


def played_from(state, regime, *actions):
    """Return an imported case after these actions."""
    world = found_in(state, regime)
    for action in actions:
        world.act(action)
    return world


def adhered():
    """Return a town that joined its programme on 1 March 2026."""
    world = World(LIBRARY.get("town_revitalisation", 1))
    given = {"adhesion_signed_on": "2026-03-01", "communes": ["79001"]}
    return world._keep(open_case(world.blank, world.functions, given, reference="79-2026-0001"))


def nobody_asked():
    """Return a search in which nobody was asked."""
    return found_in("local_search")


def one_accepted():
    """Return a search in which one of two accepted."""
    world = played(2024, *TO_SEARCH)
    world.act("record_answer", {"provider": "caue", "accepts": True})
    world.act("record_answer", {"provider": "id79", "accepts": False})
    return world


def declined():
    """Return a search in which one of two declined."""
    return played(2024, *TO_SEARCH, "record_answer")


def all_declined():
    """Return a search in which both declined."""
    return played(2024, *TO_SEARCH, "record_answer", ("record_answer", {"provider": "id79", "accepts": False}))


def below_target():
    """Return a search after which one more national routing is too many."""
    world = all_declined()
    world.facts["routed"] = {"local": 8, "national": 0}
    return world


def small_envelope():
    """Return a signed convention before an envelope with 6 € left."""
    world = found_in("convention_signed", presumed=("all_signed",))
    world.facts["envelope"] = {"year": 2026, "granted_cents": 1_000, "committed_cents": 400}
    return world


def unidentified():
    """Return an agreement for an applicant without a SIREN."""
    return World(REGIMES[2024], applicant=PETR).import_in("national_accepted")


def out_for_signature_unsigned():
    """Return a convention said to be signed, without its signatures."""
    return found_in("convention_signed")


def departed():
    """Return a case whose last action has already been told."""
    world = played(2024, "start_scoping")
    world.departed.append("Votre demande est à l'étude")
    return world


REFUSALS = {
    # name: (the case, the action, its data)
    "applicant_identified": (unidentified, "draft_convention", None),
    "not_works_design": (lambda: opened(works_design=True), "answer_locally", None),
    "local_search_done": (nobody_asked, "route_national", None),
    "framing_scheduled": (lambda: found_in("local_search"), "reschedule_framing", None),
    "framing_held": (lambda: found_in("convention_draft"), "send_for_signature", None),
    "all_signed": (out_for_signature_unsigned, "commit_funds", None),
    "is_suspended": (opened, "resume", None),
    "undoable": (departed, "undo", None),
    "provider_willing": (declined, "route_local", None),
    "provider_speaks_for_itself": (declined, "record_answer", {"provider": "personne", "accepts": True}),
    "national_justified": (all_declined, "route_national", {"grounds": ["fragility"], "justification": "Non"}),
    "below_target_reason": (below_target, "route_national", None),
    "amounts_add_up": (
        lambda: found_in("national_accepted"),
        "draft_convention",
        CONVENTION | {"covered_cents": 1_000_000, "applicant_cents": 0},
    ),
    "coverage_explained": (
        lambda: found_in("national_accepted"),
        "draft_convention",
        CONVENTION | {"coverage_rate": "0.5"},
    ),
    "parties_distinct": (
        lambda: found_in("national_accepted"),
        "draft_convention",
        CONVENTION | {"parties": [PARTIES[0], PARTIES[0]]},
    ),
    "party_can_sign": (signing, "sign", {"party": "prefet"}),
    "within_envelope": (small_envelope, "commit_funds", {"amount_cents": 601}),
    "deliverable_attached": (lambda: found_in("in_progress"), "accept_deliverable", {"document": "autre"}),
    "ends_after_start": (
        lambda: found_in("scoping"),
        "schedule_framing",
        ENOUGH["schedule_framing"] | {"ends_at": "2026-04-10T10:00+02:00"},
    ),
    "due_later": (opened, "ask_completion", {"items": ["Plan"], "due_on": "2026-03-01"}),
    "ort_after_adhesion": (adhered, "sign_ort", {"signed_on": "2026-02-28", "communes": ["79001"]}),
    "providers_or_none": (
        lambda: found_in("scoping"),
        "consult_providers",
        {"providers": ["caue"], "none_exists": True, "reason": "Personne"},
    ),
    "another_department": (opened, "share", {"department": "79"}),
    "extendable": (
        opened,
        "extend_deadline",
        {"deadline": "first_answer", "until": "2026-03-16", "reason": "Trop tôt"},
    ),
}

GRANTS = {
    "applicant_identified": (lambda: found_in("national_accepted"), "draft_convention", None),
    "not_works_design": (opened, "answer_locally", None),
    "local_search_done": (all_declined, "route_national", None),
    "framing_scheduled": (
        lambda: played_from("local_search", 2024, "schedule_framing"),
        "reschedule_framing",
        None,
    ),
    "framing_held": (
        lambda: played_from("convention_draft", 2024, "record_framing"),
        "send_for_signature",
        None,
    ),
    "all_signed": (lambda: signed_by_all(2024), "commit_funds", None),
    "is_suspended": (lambda: played(2024, "suspend"), "resume", None),
    "undoable": (lambda: played(2024, "start_scoping"), "undo", None),
    "provider_willing": (declined, "route_local", {"provider": "id79", "single_contact": "agent"}),
    "provider_speaks_for_itself": (declined, "record_answer", {"provider": "caue", "accepts": True}),
    "national_justified": (
        all_declined,
        "route_national",
        {"grounds": ["fragility", "complex"], "justification": "Oui"},
    ),
    "below_target_reason": (
        below_target,
        "route_national",
        ENOUGH["route_national"] | {"below_target_reason": "Personne ici"},
    ),
    "amounts_add_up": (
        lambda: found_in("national_accepted"),
        "draft_convention",
        CONVENTION | {"covered_cents": 1_000_001, "applicant_cents": 0},
    ),
    "coverage_explained": (
        lambda: found_in("national_accepted"),
        "draft_convention",
        CONVENTION | {"coverage_rate": "0.5", "override_reason": "Décidé en comité"},
    ),
    "parties_distinct": (lambda: found_in("national_accepted"), "draft_convention", None),
    "party_can_sign": (signing, "sign", {"party": "state"}),
    "within_envelope": (small_envelope, "commit_funds", {"amount_cents": 600}),
    "deliverable_attached": (lambda: found_in("in_progress"), "accept_deliverable", {"document": "rapport"}),
    "ends_after_start": (
        lambda: found_in("scoping"),
        "schedule_framing",
        ENOUGH["schedule_framing"] | {"ends_at": "2026-04-10T10:01+02:00"},
    ),
    "due_later": (opened, "ask_completion", {"items": ["Plan"], "due_on": "2026-03-02"}),
    "ort_after_adhesion": (adhered, "sign_ort", {"signed_on": "2026-03-02", "communes": ["79001"]}),
    "providers_or_none": (
        lambda: found_in("scoping"),
        "consult_providers",
        {"none_exists": True, "reason": "Personne"},
    ),
    "another_department": (opened, "share", {"department": "86"}),
    "extendable": (opened, "extend_deadline", {"deadline": "first_answer", "until": "2026-03-17", "reason": "Congés"}),
}


def signed_by_all(regime):
    """Return a convention that everybody has signed."""
    world = signing(regime)
    world.act("sign", {"party": "state"})
    world.act("sign")
    return world


def test_every_registered_condition_is_refused_and_granted_here():
    """A new guard or check comes with its refusal and its grant."""
    assert set(REFUSALS) == set(GRANTS) == set(GUARDS) | set(CHECKS)


@pytest.mark.parametrize("name", REFUSALS)
def test_a_condition_refuses_under_its_own_name(name):
    """The officer reads which condition stands in the way, why, and what to do about it."""
    build, action, data = REFUSALS[name]
    world = build()

    with pytest.raises((ActionRefused, InvalidData)) as caught:
        decide(world.situation(), world.functions, action, ENOUGH[action] if data is None else data)

    refusal = next(each for each in caught.value.refusals if each.code == name)
    assert refusal.text.endswith(".")
    assert refusal.facts or name in CHECKS or name == "undoable"


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_points_at_a_field_of_the_form(name):
    """The sentence stands beside the field that has to change."""
    build, action, data = REFUSALS[name]
    world = build()

    with pytest.raises(InvalidData) as caught:
        decide(world.situation(), world.functions, action, ENOUGH[action] if data is None else data)

    fields = {field.name for field in world.procedure.actions[action].fields}
    assert {path for path, _ in caught.value.errors} <= fields


@pytest.mark.parametrize("name", GRANTS)
def test_a_condition_grants_what_is_right(name):
    """Nothing is refused for nothing."""
    build, action, data = GRANTS[name]

    assert build().refusals(action, data) == []


PRESUMED_ON = {
    "framing_held": ("convention_draft", "send_for_signature"),
    "local_search_done": ("local_search", "route_national"),
    "framing_scheduled": ("local_search", "reschedule_framing"),
    "all_signed": ("convention_signed", "commit_funds"),
    "not_works_design": ("scoping", "route_operator"),
}


@pytest.mark.parametrize("name", PRESUMED_ON)
def test_what_an_import_implies_is_accepted_and_said(name):
    """A spreadsheet says « en signature » without the day of the meeting: the guard trusts it and shows it."""
    state, action = PRESUMED_ON[name]
    data = {"works_design": True} if name == "not_works_design" else {}
    world = found_in(state, presumed=(name,), data=data)

    assert world.refusals(action) == []
    assert presumed_of(world.situation(), world.functions, world.procedure.actions[action]) == [name]
    assert name in found_in(state, data=data).refusals(action)


def test_a_fact_that_comes_later_replaces_the_presumption():
    """Once the meeting is recorded, nothing is presumed any more."""
    world = found_in("convention_draft", presumed=("framing_held",))
    world.act("record_framing")

    assert presumed_of(world.situation(), world.functions, world.procedure.actions["send_for_signature"]) == []


def test_what_another_way_would_presume_is_not_said():
    """The service of a local solution starts without any meeting: no presumption is behind it."""
    world = found_in("routed_local", presumed=("framing_held", "all_signed"))

    assert presumed_of(world.situation(), world.functions, world.procedure.actions["start_service"]) == []


@pytest.mark.parametrize("name", sorted(NEVER_PRESUMED))
def test_what_was_done_in_the_case_itself_is_never_presumed(name):
    """No spreadsheet can know whether the last action may be undone."""
    with pytest.raises(InvalidData) as refusal:
        found_in("scoping", presumed=(name,))

    assert [path for path, _ in refusal.value.errors] == ["presumed"]


@pytest.mark.parametrize(
    ("words", "path"),
    [({"state": "lost"}, "state"), ({"route": "regional"}, "route"), ({"presumed": ("luck",)}, "presumed")],
)
def test_an_import_names_what_it_cannot_place(words, path):
    """A wrong mapping is told before anything is written."""
    with pytest.raises(InvalidData) as refusal:
        World(REGIMES[2024]).import_in(**({"state": "scoping"} | words))

    assert [where for where, _ in refusal.value.errors] == [path]


def test_resuming_the_search_asks_for_a_real_one():
    """An imported agreement that is given up does not prove any local search."""
    world = found_in("national_accepted", presumed=("local_search_done",), route="national")
    world.act("reroute")

    assert world.refusals("route_national") == ["local_search_done"]
    assert world.case.route is None


def test_asking_providers_ends_the_presumption_of_a_finished_search():
    """Whoever asks again waits for the answer, and an acceptance stands."""
    world = found_in("local_search", presumed=("local_search_done",))
    world.act("consult_providers")

    assert world.refusals("route_national") == ["local_search_done"]


def test_no_national_market_where_a_provider_accepted():
    """Subsidiarity: an acceptance stands, whatever the others answered."""
    assert one_accepted().refusals("route_national") == ["local_search_done"]


def test_noting_that_nobody_exists_does_not_hide_an_acceptance():
    """The case went local, came back to the search, and the provider still accepts."""
    none_exists = ("consult_providers", {"none_exists": True, "reason": "Personne"})
    world = played(2024, "start_scoping", none_exists, "answer_locally", "reroute")

    assert world.refusals("route_national") == ["local_search_done"]


def test_a_withdrawn_acceptance_frees_the_way():
    """The last answer of a provider counts."""
    world = one_accepted()
    world.act("record_answer", {"provider": "caue", "accepts": False})

    assert world.refusals("route_national") == []


def test_a_declined_provider_that_changes_its_mind_can_be_chosen():
    """The last answer counts in this direction too."""
    world = declined()
    world.act("record_answer", {"provider": "caue", "accepts": True})

    assert world.refusals("route_local") == []


def test_asking_a_provider_again_awaits_a_new_answer():
    """Its earlier refusal was about an earlier question."""
    world = all_declined()
    world.act("consult_providers")

    assert world.refusals("route_national") == ["local_search_done"]


def test_an_unanswered_provider_stands_in_the_way_until_its_delay_is_over():
    """15 working days from the request: on the last day it is still awaited, the day after it is overdue."""
    world = played(2024, *TO_SEARCH)
    due = world.decision.deadlines[0].due_on
    world.now += due - world.today
    awaited = world.refusals("route_national")
    world.now += timedelta(days=1)

    assert awaited == ["local_search_done"]
    assert world.refusals("route_national") == []


def test_a_suspension_gives_the_provider_its_days_back():
    """Suspended days don't make anybody overdue."""
    world = played(2024, *TO_SEARCH, "suspend")
    world.act("resume", days=60)

    assert world.refusals("route_national") == ["local_search_done"]


def test_noting_nobody_needs_a_reason_and_a_yes():
    """« Aucun » without a reason, or an unticked box alone, is no search."""
    world = played(2024, "start_scoping")

    assert world.refusals("consult_providers", {"none_exists": True}) == ["reason"]
    assert world.refusals("consult_providers", {"none_exists": False}) == ["providers"]


@pytest.mark.parametrize(("local", "national", "refused"), [(9, 0, False), (8, 0, True), (18, 1, False), (17, 1, True)])
def test_the_share_is_compared_strictly_after_this_routing(local, national, refused):
    """9 local and this national one make exactly 90 %: no reason is asked."""
    world = all_declined()
    world.facts["routed"] = {"local": local, "national": national}

    assert world.refusals("route_national") == (["below_target_reason"] if refused else [])


@pytest.mark.parametrize(
    ("regime", "roles", "party", "signs"),
    [
        (2020, {"anct_officer"}, "state", True),
        (2020, {"applicant"}, "state", False),
        (2020, {"applicant"}, "mairie", True),
        (2020, {"anct_officer"}, "mairie", False),
        (2020, {"case_officer"}, "state", False),
        (2020, {"case_officer", "delegate"}, "state", False),
        (2024, {"delegate"}, "state", True),
        (2024, {"deputy_delegate"}, "state", True),
        (2024, {"delegate"}, "mairie", False),
        (2024, {"case_officer", "anct_officer"}, "state", False),
    ],
)
def test_each_signatory_signs_for_its_own_side(regime, roles, party, signs):
    """The agency signs for the State in the regime of 2020, the delegate in that of 2024."""
    world = signing(regime)

    assert (world.refusals("sign", {"party": party}, roles=roles) == []) is signs


@pytest.mark.parametrize("party", ["state", "mairie"])
def test_an_officer_records_a_signature_on_paper_only(party):
    """The paper came by post: the officer says so."""
    world = signing()

    assert world.refusals("sign", {"party": party, "on_paper": True}, roles={"case_officer"}) == []
    assert world.refusals("sign", {"party": party, "on_paper": False}, roles={"case_officer"}) == ["party_can_sign"]


def test_an_applicant_cannot_pass_a_screen_off_as_paper():
    """« Sur papier » is the word of the service."""
    world = signing()

    assert world.refusals("sign", {"party": "state", "on_paper": True}, roles={"applicant"}) == ["party_can_sign"]


def test_nobody_signs_twice():
    """The day of the first signature stays."""
    world = signing()
    world.act("sign")

    assert world.refusals("sign") == ["party_can_sign"]


def test_revising_the_convention_voids_the_signatures():
    """What was signed is not this text any more: everybody signs again."""
    world = signing()
    for action in ("sign", "revise_convention", "draft_convention", "send_for_signature"):
        world.act(action)

    assert world.case.data["signatures"] == {}
    assert world.act("sign", {"party": "state"}).case.state == "convention_signing"


def test_a_convention_found_in_signature_without_its_text_says_what_to_do():
    """The spreadsheet did not hold the parties."""
    with pytest.raises(InvalidData, match="Rédiger d'abord la convention"):
        found_in("convention_signing").act("sign")


def test_a_provider_answers_for_itself_only():
    """The CAUE cannot decline in the name of ID79."""
    world = played(2024, *TO_SEARCH)
    caue = {"actor": Actor("caue", "CAUE"), "roles": {"provider"}}

    assert world.refusals("record_answer", {"provider": "id79", "accepts": False}, **caue) == [
        "provider_speaks_for_itself"
    ]
    assert world.refusals("record_answer", {"provider": "caue", "accepts": False}, **caue) == []


def test_a_corrected_siren_lifts_the_guard():
    """A PETR is registered without one; the convention needs it."""
    world = unidentified()
    world.act("correct", {"what": "applicant.siren", "value": "200 040 244", "reason": "Trouvé"})

    assert world.case.applicant.siren == "200040244"
    assert world.refusals("draft_convention", CONVENTION | {"override_reason": "Décidé"}) == []


def test_a_convention_of_nothing_is_refused():
    """Zero adds up, and means nothing."""
    world = found_in("national_accepted")

    assert world.refusals("draft_convention", CONVENTION | {"amount_cents": 0}) == ["amounts_add_up"]


def test_the_missing_signatories_are_named():
    """The officer sees whom to call."""
    world = signed_by_all(2024)
    gone = replace(world.case, data={**world.case.data, "signatures": {}})
    verdict = GUARDS["all_signed"](replace(world.situation(), case=gone))

    assert verdict.text == "Il manque la signature de L'État et La commune."


def test_references_must_exist():
    """Nobody is put in charge who is unknown to the service; the place of the fault is said."""
    world = played(2024, "start_scoping")
    world.facts["known"] = {"provider": {"id79"}, "person": set(), "document": None}

    with pytest.raises(InvalidData) as refusal:
        world.act("consult_providers", {"providers": ["id79", "caue"]})

    assert refusal.value.errors == [("providers[1]", "Prestataire inconnu : « caue ».")]

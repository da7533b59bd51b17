"""Procedures of a host's own: beside ours, with functions of its own, and pinned to the cases that follow them."""

from dataclasses import replace

import pytest
from tests.integration.engine.world import AGENT, DELEGATE, REQUEST, VILLAGE, Desk, refusal

from appui.workflow import (
    Act,
    ActionRefused,
    InvalidProcedure,
    OpenCase,
    UnknownProcedure,
    Verdict,
    needs,
    refused,
)

LOAN = """
key = "loan"
version = 1
label = "Prêt de matériel"
[states.asked]
label = "Demandé"
public = { label = "Demandé", sentence = "Votre demande est arrivée." }
[states.lent]
label = "Prêté"
public = { label = "Prêté", sentence = "Le matériel est chez vous." }
[states.returned]
label = "Rendu"
final = true
public = { label = "Rendu", sentence = "Le matériel est rendu." }
[[deadlines]]
key = "return"
label = "Retour"
starts = "state:lent"
after = "30 days"
met_by = ["give_back"]
[[actions]]
name = "open"
label = "Demander"
from = ["@new"]
to = "asked"
roles = ["case_officer"]
fields = [{ name = "what", type = "text", label = "Matériel", required = true }]
[[actions]]
name = "lend"
label = "Prêter"
from = ["asked"]
to = "lent"
roles = ["case_officer", "delegate"]
guards = ["in_stock"]
keep = "journal"
[[actions]]
name = "give_back"
label = "Rendre"
from = ["lent"]
to = "returned"
roles = ["case_officer"]
keep = "journal"
[[actions]]
name = "undo"
label = "Annuler"
from = ["@any"]
to = "@same"
guards = ["undoable"]
roles = ["case_officer"]
keep = "journal"
effects = ["undo_last"]
"""


@needs("stock")
def in_stock(situation):
    """What is lent is on the shelf."""
    left = situation.facts["stock"]
    return Verdict(ok=True) if left else refused("Il n'en reste plus.", unlock="Attendre un retour.", left=left)


@pytest.fixture
def shelf():
    """What the host has in stock, by name."""
    return {"Barnum": 1}


@pytest.fixture
def loans(make_engine, shelf):
    """An engine that knows loans beside the rest."""
    return lambda text=LOAN, **options: make_engine(
        procedures=[text],
        guards={"in_stock": in_stock},
        facts={"stock": lambda case: shelf.get(case.data.get("what"), 0)},
        **options,
    )


def ask(engine, what="Barnum"):
    """Open a loan."""
    return engine.open(OpenCase("loan", VILLAGE, "Un prêt", {"what": what}), actor=AGENT)


def permitted(engine, case, actor=AGENT):
    """Return the actions that the page offers."""
    return {view.name for view in engine.explain(case.id, actor=actor) if view.permitted}


def test_a_hosts_procedure_lives_beside_ours(loans):
    """States, deadline, journal, undoing: the whole engine for a file of fifty lines."""
    engine = loans()
    case = ask(engine)
    case = engine.act(Act(case.id, "lend", {}, 1), actor=DELEGATE)
    due = engine.deadlines(case.id, actor=AGENT)
    case = engine.act(Act(case.id, "give_back", {}, 2), actor=AGENT)

    assert [(each.key, each.due_on.isoformat()) for each in due] == [("return", "2026-04-02")]
    assert (case.state, case.ended_at is not None) == ("returned", True)
    assert engine.verify_journal() == []


def test_a_hosts_guard_reads_a_hosts_fact(loans, shelf):
    """The page says why not, with the fact, and the same reason stops the action."""
    engine = loans()
    case = ask(engine)
    shelf["Barnum"] = 0

    with pytest.raises(ActionRefused, match="Il n'en reste plus") as refusal:
        engine.act(Act(case.id, "lend", {}, 1), actor=AGENT)

    assert refusal.value.refusals[0].facts == (("left", 0),)
    assert "lend" not in permitted(engine, case)
    shelf["Barnum"] = 1
    assert "lend" in permitted(engine, case)


def test_a_guard_may_ask_which_role_is_used(make_engine):
    """The page and the action give the guard the same roles to look at."""

    def in_stock_for_the_delegate(situation):
        return Verdict(ok=True) if "delegate" in situation.roles else refused("Le délégué seulement.")

    engine = make_engine(procedures=[LOAN], guards={"in_stock": in_stock_for_the_delegate})
    case = ask(engine)

    assert "lend" in permitted(engine, case, DELEGATE)
    assert "lend" not in permitted(engine, case, AGENT)
    assert engine.act(Act(case.id, "lend", {}, 1), actor=DELEGATE).state == "lent"


def test_a_guard_that_asks_for_a_fact_that_nobody_gives_is_refused_at_the_start(make_engine):
    """A service must not find out at the first click."""
    with pytest.raises(ValueError, match="stock"):
        make_engine(procedures=[LOAN], guards={"in_stock": in_stock})


def test_a_procedure_that_names_an_unknown_guard_is_refused_at_the_start(make_engine):
    """The sentence names the guard."""
    with pytest.raises(InvalidProcedure, match="in_stock"):
        make_engine(procedures=[LOAN])


def test_a_guard_cannot_take_the_name_of_one_of_ours(make_engine):
    """Nobody replaces a rule of the product without a name of their own."""
    with pytest.raises(ValueError, match="undoable"):
        make_engine(guards={"undoable": in_stock})


def test_a_procedure_changed_in_memory_is_not_pinned_under_the_content_of_another(make_engine, shelf):
    """What the base keeps of a version must give that very version back, and its graph be its own."""
    given = {"guards": {"in_stock": in_stock}, "facts": {"stock": lambda _case: len(shelf)}}
    loan = make_engine(procedures=[LOAN], **given).library.get("loan", 1)
    assert make_engine(procedures=[loan], **given).library.get("loan", 1) == loan

    for changed in (replace(loan, label="Location"), replace(loan, content={})):
        with pytest.raises(InvalidProcedure, match="loan 1"):
            make_engine(procedures=[changed], **given)


def test_a_changed_file_needs_a_new_number_once_a_case_follows_it(loans):
    """A case keeps the rules under which it began."""
    changed = LOAN.replace("30 days", "10 days")
    assert loans(changed).library.find("loan", 1).deadlines["return"].after == "10 days"
    ask(loans())

    with pytest.raises(InvalidProcedure, match="nouveau numéro"):
        ask(loans(changed))
    assert ask(loans(changed.replace("version = 1", "version = 2"))).procedure_version == 2


def test_two_processes_with_different_files_of_one_version_do_not_mix(loans):
    """Both were started before any case followed the version: the second to open one is told."""
    mine, theirs = loans(), loans(LOAN.replace("30 days", "10 days"))
    assert [each.library is not None for each in (mine, theirs)] == [True, True]
    ask(mine)

    with pytest.raises(InvalidProcedure, match="numéro"):
        ask(theirs)


def test_a_version_that_appears_while_the_engine_runs_is_found(loans, make_engine):
    """Another process opened a case under a newer version than this one knows: it can be read and moved here."""
    old = loans()
    assert old.library.find("loan", 2) is None
    new = loans(LOAN.replace("version = 1", "version = 2").replace("30 days", "10 days"))
    case = ask(new)

    assert old.get(case.id, actor=AGENT) == case
    assert old.act(Act(case.id, "lend", {}, 1), actor=AGENT).state == "lent"
    assert old.deadlines(case.id, actor=AGENT)[0].due_on.isoformat() == "2026-03-13"


def test_a_version_kept_in_the_base_alone_still_runs_its_cases(loans, make_engine):
    """The file is gone; the cases go on under their own rules, and the number may go on too."""
    first = ask(loans())
    second_file = LOAN.replace("version = 1", "version = 2").replace("30 days", "10 days")
    engine = loans(second_file)
    second = ask(engine)
    for case in (first, second):
        engine.act(Act(case.id, "lend", {}, 1), actor=AGENT)

    due = [engine.deadlines(case.id, actor=AGENT)[0].due_on.isoformat() for case in (first, second)]
    assert (first.procedure_version, second.procedure_version) == (1, 2)
    assert due == ["2026-04-02", "2026-03-13"]
    assert engine.verify_journal() == []


def test_the_engine_tells_when_a_kept_version_needs_a_guard_that_is_gone(loans, make_engine):
    """Nothing runs under half of its rules."""
    case = ask(loans())

    with pytest.raises(InvalidProcedure, match="in_stock"):
        make_engine().explain(case.id, actor=AGENT)


def test_a_department_changes_one_delay_and_nothing_else(make_engine, clock, tmp_path):
    """A file that extends ours, in the configured folder, for what is received from some day on."""
    folder = tmp_path / "procedures"
    folder.mkdir()
    (folder / "ours.toml").write_text(
        """
        extends = "engineering_request@2"
        version = 3
        applies_to_received = ["2026-03-01", ""]
        [[deadlines]]
        key = "first_answer"
        label = "Première réponse"
        starts = "state:received"
        after = "20 working days"
        stops_in = ["incomplete"]
        met_by = ["start_scoping", "answer_locally", "route_operator", "declare_ineligible"]
        """
    )
    desk = Desk(make_engine(folder=folder), clock)
    new, old = desk.open(), desk.open(received_on="2026-02-27")

    def due(case):
        deadlines = desk.engine.deadlines(case.id, actor=AGENT)
        return next(each.derivation for each in deadlines if each.key == "first_answer")

    assert (new.procedure_version, old.procedure_version) == (3, 2)
    assert due(new).startswith("20 jours ouvrés")
    assert due(old).startswith("10 jours ouvrés")
    assert desk.through(new, "answer_locally", "complete").state == "completed"


def test_a_request_that_no_version_covers_is_refused(make_engine, clock):
    """A host's procedure may begin on some day; nothing is invented before it."""
    text = LOAN.replace("version = 1", 'version = 1\napplies_to_received = ["2026-04-01", ""]').replace(
        "fields = [", 'fields = [{ name = "received_on", type = "date", label = "Reçue le" }, '
    )
    engine = make_engine(procedures=[text], guards={"in_stock": lambda _: Verdict(ok=True)})

    with pytest.raises(UnknownProcedure, match="mars 2026"):
        ask(engine)
    assert (
        refusal(lambda: engine.open(OpenCase("pret", VILLAGE, "X", REQUEST), actor=AGENT)).code == "unknown_procedure"
    )

"""The catalogue says who can help where and on what, and only those who keep it change it."""

from dataclasses import replace
from datetime import date

import pytest
from tests.integration.engine.world import AGENT, DELEGATE, STRANGER

from appui.states.errors import AppuiError, InvalidData, NotAllowed
from appui.workflow import Absence, Actor, ApplicantByHand, Grant, OpenCase, Person, Provider
from appui.workflow.providers import LABELS
from appui.workflow.revisions import REFUSED, ProviderSheet
from appui.workflow.views import ADDED, CHANGED, DIFFERENT, KNOWN

HERE = "department:79"
AGENCY = Provider(
    "agence",
    "Agence (fictive)",
    "agence",
    ("mobility", "tourism"),
    (HERE,),
    "agence@exemple.invalid",
    "Accueil",
    "05 00 00 00 01",
    "Gratuite pour les communes.",
)
REGIE = Provider("regie", "Régie (fictive)", "régie", ("tourism",), ("epci:200040244",))
OPERATOR = Provider("operateur", "Opérateur (fictif)", "opérateur", (), ("nation",))
ELSEWHERE = Provider("autre", "Agence de Vienne (fictive)", "agence", (), ("department:86",))


@pytest.fixture
def catalogue(engine):
    """A catalogue with a few providers, and the engine that keeps it."""
    for each in (AGENCY, REGIE, OPERATOR, ELSEWHERE):
        engine.providers.add(each)
    return engine.providers


def ids(providers):
    """Return their identifiers, in order."""
    return [provider.id for provider in providers]


def take_in(providers, *sheets, actor=AGENT, **options):
    """Take whole sheets into the catalogue of Deux-Sèvres; return their statuses."""
    given = [ProviderSheet(each, frozenset(LABELS)) for each in sheets]
    return [each.status for each in providers.take_in(given, department="79", actor=actor, **options)]


def test_a_sheet_comes_back_as_it_was_given(catalogue):
    """Everything that it says, conditions included."""
    assert catalogue.get("agence") == AGENCY


def test_a_sheet_is_tidied_when_it_is_kept(engine):
    """Blanks around a name, an empty telephone and a theme said twice are slips of the hand."""
    kept = engine.providers.add(
        Provider(" x ", " X\u00a0", "k ", ("mobility", "mobility"), (HERE, HERE), " ", "", None, " a \n b ")
    )

    assert kept == Provider("x", "X", "k", ("mobility",), (HERE,), None, None, None, "a \n b")
    assert engine.providers.get("x") == kept


def test_every_fault_of_a_sheet_is_named(engine):
    """Whoever types it corrects it in one go, and nothing is kept meanwhile."""
    faulty = Provider("a b", "", "k", ("mobilty",), ("departement:79",), "x", "\0", "x" * 40, "\x1b")

    with pytest.raises(InvalidData) as refusal:
        engine.providers.add(faulty)

    assert [path for path, _ in refusal.value.errors] == [
        "id", "name", "email", "contact", "phone", "conditions", "themes", "territories",
    ]  # fmt: skip
    assert "« Mobilité » (mobility)" in str(refusal.value)
    assert "« department:79 » (Deux-Sèvres)" in str(refusal.value)
    assert engine.providers.list() == []


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["autre", "agence", "operateur", "regie"]),
        ({"territory": "commune:79049"}, ["regie", "agence", "operateur"]),
        ({"territory": "commune:79191"}, ["agence", "operateur"]),
        ({"territory": "arrondissement:791"}, ["agence", "operateur"]),
        ({"territory": HERE}, ["agence", "operateur"]),
        ({"territory": "region:75"}, ["operateur"]),
        ({"territory": "nation"}, ["operateur"]),
        ({"territory": "commune:86194"}, ["autre", "operateur"]),
        ({"theme": "mobility"}, ["autre", "agence", "operateur"]),
        ({"theme": "culture", "territory": "commune:79049"}, ["operateur"]),
        ({"text": "gratuite"}, ["agence"]),
    ],
)
def test_providers_are_found_by_theme_territory_and_words(catalogue, asked, found):
    """Who works in the whole of a territory works in each part of it, and not the other way round."""
    assert sorted(ids(catalogue.search(**asked))) == sorted(found)
    assert "territory" not in asked or ids(catalogue.search(**asked)) == found


def test_an_epci_over_two_departements_is_served_by_those_of_each(engine):
    """Its members in Côte-d'Or are helped by the agency of Côte-d'Or."""
    for code in ("21", "71", "79"):
        engine.providers.add(Provider(f"agence{code}", f"Agence {code}", "agence", (), (f"department:{code}",)))
    engine.providers.add(Provider("region", "Région", "région", (), ("region:27",)))

    assert ids(engine.providers.search(territory="epci:200006682")) == ["agence21", "agence71", "region"]


@pytest.mark.parametrize(
    ("asked", "path", "near"),
    [
        ({"theme": "mobilty"}, "theme", "mobility"),
        ({"territory": "79"}, "territory", "department:79"),
        ({"theme": 7}, "theme", "tourism"),
        ({"territory": "\ud800"}, "territory", "department:79"),
    ],
)
def test_an_unknown_theme_or_territory_is_told(catalogue, asked, path, near):
    """A slip is no empty answer."""
    with pytest.raises(InvalidData) as refusal:
        catalogue.search(**asked)

    [(where, text)] = refusal.value.errors
    assert (where, near in text) == (path, True)


def test_an_unknown_provider_is_told_with_the_nearest(catalogue):
    """« agnce » is probably « agence »."""
    with pytest.raises(AppuiError, match="vouliez-vous dire « agence »") as refusal:
        catalogue.get("agnce")

    assert refusal.value.code == "unknown_provider"


@pytest.mark.parametrize(
    ("applicant", "themes", "found"),
    [
        ("79049", ["tourism"], ["regie", "agence", "operateur"]),
        ("79049", ["culture", "mobility"], ["agence", "operateur"]),
        ("79049", None, ["regie", "agence", "operateur"]),
        ("200040244", ["tourism"], ["regie", "agence", "operateur"]),
        (ApplicantByHand("PETR fictif", "PETR", "79"), ["tourism"], ["agence", "operateur"]),
    ],
    ids=["theme", "two themes", "no theme", "EPCI", "by hand"],
)
def test_a_case_is_shown_who_can_help_it(engine, catalogue, applicant, themes, found):
    """By any of its themes, where its applicant is; nearest first."""
    data = {"need": "Halle", "channel": "email", "contact": {"name": "M", "email": "m@exemple.invalid"}}
    case = engine.open(
        OpenCase("engineering_request", applicant, "Halle", {**data, "themes": themes, "received_on": "2026-03-02"}),
        actor=AGENT,
    )

    assert ids(catalogue.for_case(case)) == found


def test_sheets_come_in_once(engine):
    """A second time, everything is already there."""
    first = take_in(engine.providers, AGENCY, REGIE)
    second = take_in(engine.providers, AGENCY, REGIE)

    assert (first, second) == ([ADDED, ADDED], [KNOWN, KNOWN])
    assert engine.providers.get("agence") == AGENCY


def test_a_difference_is_written_for_those_accepted_only(catalogue):
    """« Accepter agence » leaves the other as it is."""
    new = [replace(each, conditions="Payant") for each in (AGENCY, REGIE)]

    assert take_in(catalogue, *new) == [DIFFERENT, DIFFERENT]
    assert take_in(catalogue, *new, accept=["agence"]) == [CHANGED, DIFFERENT]
    assert [catalogue.get(each).conditions for each in ("agence", "regie")] == ["Payant", None]
    assert take_in(catalogue, *new, accept_all=True) == [KNOWN, CHANGED]


def test_an_accepted_identifier_that_no_sheet_has_is_told(catalogue):
    """A slip in an identifier accepts nothing else."""
    with pytest.raises(InvalidData, match="« agnce » ; vouliez-vous dire « agence »"):
        take_in(catalogue, replace(AGENCY, kind="K"), accept=["agnce"])

    assert catalogue.get("agence") == AGENCY


def test_one_refused_sheet_keeps_all_the_others_out_unless_partial(catalogue):
    """All or nothing, unless somebody says otherwise."""
    stolen, new = replace(ELSEWHERE, territories=(HERE,)), replace(AGENCY, id="neuve", name="Neuve")

    assert take_in(catalogue, stolen, new) == [REFUSED, ADDED]
    assert "neuve" not in ids(catalogue.list())
    assert take_in(catalogue, stolen, new, partial=True) == [REFUSED, ADDED]
    assert catalogue.get("neuve") == new
    assert catalogue.get("autre") == ELSEWHERE


def test_a_dry_run_writes_nothing(catalogue):
    """One looks before one leaps."""
    assert take_in(catalogue, replace(AGENCY, kind="K"), accept_all=True, dry_run=True) == [CHANGED]
    assert catalogue.get("agence") == AGENCY


@pytest.mark.parametrize(
    ("role", "territory"),
    [
        ("administrator", HERE),
        ("deputy_delegate", HERE),
        ("delegate", HERE),
        ("case_officer", "region:75"),
        ("intake_officer", "nation"),
    ],
)
def test_who_holds_one_of_five_roles_over_the_departement_keeps_its_catalogue(engine, role, territory):
    """The administrator, the delegates and the officers."""
    actor = Actor("x", "X", grants=(Grant(role, territory),))

    assert take_in(engine.providers, AGENCY, actor=actor) == [ADDED]


@pytest.mark.parametrize(
    ("role", "territory", "until"),
    [
        ("auditor", HERE, None),
        ("sub_prefect", HERE, None),
        ("provider", HERE, None),
        ("case_officer", "arrondissement:791", None),
        ("case_officer", "epci:200040244", None),
        ("delegate", "department:86", None),
        ("delegate", HERE, date(2026, 3, 1)),
    ],
)
def test_nobody_else_does(engine, role, territory, until):
    """Neither another role, nor a part of the département, nor another one, nor a right that has ended."""
    actor = Actor("x", "X", grants=(Grant(role, territory, until=until),))

    with pytest.raises(NotAllowed, match=r"Vous ne tenez pas le catalogue de ce département \(Deux-Sèvres\)"):
        take_in(engine.providers, AGENCY, actor=actor)

    assert engine.providers.list() == []


def test_a_stranger_changes_nothing_even_by_trying(engine):
    """A dry run asks for the same right."""
    with pytest.raises(NotAllowed):
        take_in(engine.providers, AGENCY, actor=STRANGER, dry_run=True)


def test_a_substitute_keeps_the_catalogue_of_who_is_away(engine):
    """The substitute holds the rights of the absent delegate."""
    engine.people.add(Person("remplacant", "R. Place"))
    engine.people.add(
        Person(
            "absent",
            "A. Bsent",
            grants=(Grant("delegate", HERE),),
            absences=(Absence(date(2026, 1, 1), date(2026, 12, 31), "remplacant"),),
        )
    )

    assert take_in(engine.providers, AGENCY, actor=engine.people.actor("remplacant")) == [ADDED]


def test_an_unknown_departement_is_told(engine):
    """« 00 » is no département."""
    with pytest.raises(InvalidData, match="n'est pas un département connu"):
        engine.providers.take_in([], department="00", actor=DELEGATE)

"""The register knows every commune and EPCI of 2026, by code and by the names that people write."""

import unicodedata
from importlib.resources import files

import pytest

from appui.states.applicant import KINDS, Applicant, ApplicantByHand
from appui.states.errors import InvalidData
from appui.workflow.territories import Register, register, shown
from appui.workflow.territory_rows import Department


def _short(value):
    return ascii(value)[:30]


HOSTILE = [
    pytest.param("", id="empty"),
    pytest.param(" ", id="blank"),
    pytest.param("\0", id="NUL"),
    pytest.param("79049\0", id="code and NUL"),
    pytest.param("7" * 10_000_000, id="10 MB"),
    pytest.param("\ud800", id="lone surrogate"),
    pytest.param("２１７９０１０９９", id="wide digits"),
    pytest.param("'; drop table--", id="quotes"),
    pytest.param(None, id="None"),
    pytest.param(79049, id="number"),
    pytest.param(b"79049", id="bytes"),
    pytest.param(True, id="true"),
    pytest.param(["79049"], id="list"),
    pytest.param({"code": "79049"}, id="dict"),
]


def test_the_register_holds_the_territories_of_2026():
    """The figures are those of INSEE and DGCL for 2026."""
    whole = register()
    communes = [whole.get(code) for code in whole._communes]
    groupings = [whole.get(siren) for siren in whole._epci]

    assert (len(communes), len(groupings), len(whole.departments())) == (34_969, 1_255, 109)
    assert (len(whole._regions), len(whole._arrondissements)) == (26, 333)
    assert sum(commune.population is None for commune in communes) == 6
    assert sum(commune.epci is None for commune in communes) == 98
    assert sum(len(whole.epci_departments(siren)) > 1 for siren in whole._epci) == 89
    assert {applicant.kind for applicant in communes + groupings} == {"commune", "CC", "CA", "CU", "METRO"}


def test_the_register_stays_small_in_the_package():
    """The package's data weigh less than one mebibyte."""
    data = files("appui.workflow") / "territories_data"

    assert sum(len(file.read_bytes()) for file in data.iterdir()) < 1 << 20


def test_a_commune_comes_with_all_that_is_known_of_it():
    """La Mothe-Saint-Héray, its population and who it belongs to."""
    assert register().get("79184") == Applicant(
        name="La Mothe-Saint-Héray",
        kind="commune",
        department="79",
        code="79184",
        siren="217901842",
        population=1652,
        population_year=2026,
        population_source="INSEE, millésime 2026",
        region="75",
        arrondissement="792",
        epci="200069755",
    )


def test_an_epci_comes_with_all_that_is_known_of_it():
    """CC du Thouarsais lies within the arrondissement of Bressuire."""
    assert register().get("247900798") == Applicant(
        name="CC du Thouarsais",
        kind="CC",
        department="79",
        code="247900798",
        siren="247900798",
        population=35369,
        population_year=2026,
        population_source="DGCL, millésime 2026",
        region="75",
        arrondissement="791",
        epci="247900798",
    )


@pytest.mark.parametrize(
    ("code", "name", "department"),
    [
        ("79109", "Échiré", "79"),
        ("217901099", "Échiré", "79"),
        (" 217 901 099 ", "Échiré", "79"),
        ("2a004", "Ajaccio", "2A"),
        ("01053", "Bourg-en-Bresse", "01"),
        ("97105", "Basse-Terre", "971"),
        ("98818", "Nouméa", "988"),
        ("200046977", "Métropole de Lyon", "69"),
    ],
)
def test_a_code_is_found_as_people_copy_it(code, name, department):
    """INSEE code or SIREN, with spaces or in small letters."""
    found = register().get(code)

    assert (found.name, found.department) == (name, department)


def test_the_metropole_de_lyon_is_a_metropole():
    """The register's source sets it apart; for the rules it is a métropole like the others."""
    assert register().get("200046977").kind == "METRO"


def test_a_commune_without_inhabitants_has_no_population_and_no_year():
    """Nothing is invented for the archipelago of Kerguelen."""
    kerguelen = register().get("98412")

    assert (kerguelen.population, kerguelen.population_year, kerguelen.population_source) == (None, None, None)


def test_an_epci_over_several_arrondissements_is_given_none():
    """The register does not say where its seat is."""
    assert register().get("200041317").name == "CA du Niortais"
    assert register().get("200069755").arrondissement == "792"
    assert register().get("200006682").arrondissement is None


@pytest.mark.parametrize("code", HOSTILE)
def test_what_is_no_code_is_answered_with_a_sentence(code):
    """Whatever arrives, the desk reads what was given and what would be right."""
    with pytest.raises(InvalidData) as refusal:
        register().get(code)

    assert register().find(code) is None
    assert [path for path, _ in refusal.value.errors] == ["applicant"]
    assert "79191" in str(refusal.value)
    assert len(str(refusal.value).encode()) < 500


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("217901098", "clé de contrôle"),
        ("732829320", "aucun EPCI du registre 2026"),
        ("79410", "n'est pas le code postal"),
        ("2C004", "aucune commune du registre 2026"),
        ("217901099 00012", "les premiers du SIRET"),
    ],
)
def test_a_wrong_code_is_told_from_an_unknown_one(code, says):
    """A typing mistake, a postal code, a SIRET and an unknown body each get their own advice."""
    with pytest.raises(InvalidData, match=says):
        register().get(code)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Échiré", "79109"),
        ("Echiré", "79109"),
        ("ÉCHIRÉ", "79109"),
        ("echire ", "79109"),
        (unicodedata.normalize("NFD", "Échiré"), "79109"),
        ("La Mothe Saint-Héray", "79184"),
        ("la mothe-saint-heray", "79184"),
        ("Mothe Saint Héray", "79184"),
        ("Saint-Maixent-l'Ecole", "79270"),
        ("Saint-Maixent-l’École", "79270"),
        ("Coulonges-sur-l’Autize", "79101"),
        ("CC Thouarsais", "247900798"),
        ("CC du Thouarsais", "247900798"),
        ("Communauté de communes du Thouarsais", "247900798"),
        ("CA Bocage Bressuirais", "200040244"),
        ("Communauté d'agglomération du Bocage Bressuirais", "200040244"),
    ],
)
def test_a_name_is_recognised_as_people_write_it(written, code):
    """Accents, case, hyphens, apostrophes and articles do not count."""
    assert [found.code for found in register().match(written, department="79")] == [code]


def test_every_name_of_the_deux_sevres_is_its_own_and_is_found():
    """The register matches itself: no two names of the département are folded into one."""
    whole = register()
    codes = [commune.code for commune in whole._communes.values() if commune.department == "79"]

    assert len(codes) == 252
    assert all([found.code for found in whole.match(whole.get(code).name, department="79")] == [code] for code in codes)


@pytest.mark.parametrize("written", ["La Vergne", "Vergné", "vergne"])
def test_a_name_that_several_bear_gives_them_all(written):
    """In the Charente-Maritime, Vergné and La Vergne differ by an accent and an article: the desk chooses."""
    assert [found.name for found in register().match(written, department="17")] == ["Vergné", "La Vergne"]


@pytest.mark.parametrize("department", ["21", "71"])
def test_an_epci_over_several_departements_is_found_in_each(department):
    """CA Beaune, Côte et Sud spans the Côte-d'Or and the Saône-et-Loire."""
    [found] = register().match("CA Beaune Côte et Sud - Communauté Beaune-Chagny-Nolay", department=department)

    assert (found.code, found.department) == ("200006682", "21")
    assert register().epci_departments("200006682") == ("21", "71")


@pytest.mark.parametrize("written", ["PETR de Gâtine", "Échir", "Niort Ouest", "Paris", "Thouarsais", "-", "'"])
def test_what_bears_another_name_is_not_guessed(written):
    """Only equality after folding counts, within the département."""
    assert register().match(written, department="79") == []


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_matches_nobody(name):
    """An import goes on to the next line."""
    assert register().match(name, department="79") == []


@pytest.mark.parametrize("department", ["99", "", "79\0", None, 79, ["79"]], ids=_short)
def test_nobody_is_matched_in_an_unknown_departement(department):
    """A wrong département is no reason to look elsewhere."""
    assert register().match("Échiré", department=department) == []


def test_departements_and_regions_answer_by_code():
    """Deux-Sèvres lies in Nouvelle-Aquitaine."""
    assert register().department("79") == Department("79", "Deux-Sèvres", "75")
    assert register().region_of("79").name == "Nouvelle-Aquitaine"
    assert [department.code for department in register().departments()][:2] == ["01", "02"]


@pytest.mark.parametrize("code", ["99", "", "079", None, 79, b"79", ["79"], "9" * 10_000_000], ids=_short)
def test_an_unknown_departement_is_refused_with_its_code(code):
    """The sentence says what a code looks like."""
    with pytest.raises(InvalidData, match="2A ou 971"):
        register().department(code)


def test_the_members_of_an_epci_are_its_communes():
    """The commune says to which EPCI it belongs, and the EPCI who its members are."""
    members = register().members("200041317")

    assert "79109" in [member.code for member in members]
    assert {member.epci for member in members} == {"200041317"}
    assert register().members("217901099") == []
    assert register().epci_departments("217901099") == ()


@pytest.mark.parametrize(
    ("territory", "label"),
    [
        ("nation", "France entière"),
        ("region:75", "région Nouvelle-Aquitaine"),
        ("department:79", "Deux-Sèvres"),
        ("department:2A", "Corse-du-Sud"),
        ("arrondissement:793", "arrondissement de Parthenay"),
        ("arrondissement:762", "arrondissement du Havre"),
        ("arrondissement:853", "arrondissement des Sables-d'Olonne"),
        ("arrondissement:173", "arrondissement de La Rochelle"),
        ("arrondissement:881", "arrondissement d'Épinal"),
        ("epci:200040244", "CA du Bocage Bressuirais"),
        ("commune:79049", "Bressuire (commune)"),
    ],
)
def test_a_territory_of_a_grant_has_a_french_name(territory, label):
    """An account's rights are read in words."""
    assert register().territory_exists(territory)
    assert register().territory_label(territory) == label


@pytest.mark.parametrize(
    "territory",
    [
        "",
        "nation:",
        "NATION",
        "region:79",
        "department:",
        "department: 79",
        "epci:217901099",
        "commune:217901099",
        "x:79",
        *HOSTILE,
    ],
)
def test_an_unknown_territory_is_shown_as_such(territory):
    """A grant that names nothing gives no right, and the screen says why."""
    assert not register().territory_exists(territory)
    assert register().territory_label(territory).startswith("territoire inconnu « ")
    assert len(register().territory_label(territory)) < 80


@pytest.mark.parametrize(
    ("territory", "around"),
    [
        ("commune:79049", ("epci:200040244", "arrondissement:791", "department:79", "region:75", "nation")),
        ("commune:29155", ("arrondissement:291", "department:29", "region:53", "nation")),
        ("commune:97601", ("epci:200060465", "department:976", "region:06", "nation")),
        ("epci:200040244", ("arrondissement:791", "department:79", "region:75", "nation")),
        ("epci:200007177", ("department:18", "region:24", "nation")),
        ("epci:200006682", ("region:27", "nation")),
        ("epci:200030435", ("nation",)),
        ("arrondissement:791", ("department:79", "region:75", "nation")),
        ("department:79", ("region:75", "nation")),
        ("region:75", ("nation",)),
        ("nation", ()),
    ],
    ids=[
        "commune",
        "commune of no EPCI",
        "commune of no arrondissement",
        "EPCI",
        "EPCI over two arrondissements",
        "EPCI over two départements",
        "EPCI over two regions",
        "arrondissement",
        "département",
        "region",
        "nation",
    ],
)
def test_a_territory_lies_in_those_that_hold_the_whole_of_it(territory, around):
    """Whoever works in the whole of a département works in each of its communes; nearest first, France last."""
    assert register().enclosing(territory) == (territory, *around)


@pytest.mark.parametrize("territory", ["department:00", "commune:217901099", "nation:", *HOSTILE])
def test_an_unknown_territory_lies_nowhere(territory):
    """A slip in a territory is said in one sentence, never taken for France."""
    with pytest.raises(InvalidData) as refusal:
        register().enclosing(territory)

    [(path, text)] = refusal.value.errors
    assert path == "territory"
    assert text.startswith("Territoire inconnu : « ")
    assert len(text) < 140


def test_what_a_territory_lies_in_is_the_same_for_all_that_hold_it():
    """Each territory around a commune lies itself in the wider ones, and the nation holds them all."""
    for code in ("79049", "13055", "75056", "2A004", "97411", "29155"):
        _, *around = register().enclosing(f"commune:{code}")
        for each in around:
            assert set(register().enclosing(each)) <= {each, *around}


def test_a_body_of_no_register_is_taken_by_hand():
    """A PETR has no line in the register; its name, nature and département are enough."""
    petr = register().by_hand(ApplicantByHand("  PETR de\u00a0Gâtine ", "PETR", "79"))

    assert petr == Applicant(name="PETR de Gâtine", kind="PETR", department="79", region="75")
    assert not petr.identified


def test_the_population_given_by_hand_says_where_it_comes_from():
    """The coverage rule needs to know of which year and of whom the figure is."""
    petr = register().by_hand(ApplicantByHand("PETR", "PETR", "79", "217 901 099", 64_000), year=2026)

    assert (petr.siren, petr.population, petr.population_year) == ("217901099", 64_000, 2026)
    assert petr.population_source == "déclarée à l'enregistrement"


def test_all_faults_of_an_applicant_by_hand_are_named_at_once():
    """The desk corrects its form in one go."""
    with pytest.raises(InvalidData) as refusal:
        register().by_hand(ApplicantByHand(" ", "ville", "99", "217901098", -1))

    assert [path for path, _ in refusal.value.errors] == [
        "applicant.name",
        "applicant.kind",
        "applicant.department",
        "applicant.siren",
        "applicant.population",
    ]


@pytest.mark.parametrize("value", [*HOSTILE, "x" * 201, "PETR\u202ecod.exe"])
def test_hostile_names_kinds_and_sirens_by_hand_are_refused_with_sentences(value):
    """No value of any type gets through, or breaks the form."""
    with pytest.raises(InvalidData) as refusal:
        register().by_hand(ApplicantByHand("PETR", value, value, value or "x", 10))

    assert [path for path, _ in refusal.value.errors] == [
        f"applicant.{field}" for field in ("kind", "department", "siren")
    ]
    assert str(refusal.value).isprintable()


@pytest.mark.parametrize("name", ["x" * 201, "PETR\u202ecod.exe", "\0", "", None, 3, b"PETR", "\ud800"], ids=_short)
def test_a_name_that_cannot_be_printed_in_a_letter_is_refused(name):
    """Empty, too long or with invisible characters."""
    with pytest.raises(InvalidData, match=r"^applicant\.name : "):
        register().by_hand(ApplicantByHand(name, "PETR", "79"))


@pytest.mark.parametrize("population", [-1, 10**400, True, 3.5, "12", b"1", [1]], ids=_short)
def test_a_population_that_is_no_count_is_refused(population):
    """Only a whole number of inhabitants is kept."""
    with pytest.raises(InvalidData, match=r"^applicant\.population : "):
        register().by_hand(ApplicantByHand("PETR", "PETR", "79", None, population))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_can_be_taken_by_hand(kind):
    """The register is one year old: a new commune or EPCI may be missing from it."""
    assert register().by_hand(ApplicantByHand("Un organisme", kind, "975")).kind == kind


def test_what_was_given_is_quoted_short_and_printable():
    """A sentence never carries the megabytes or the control characters that it answers."""
    assert shown("a" * 41) == "a" * 40 + "…"
    assert shown("a\nb\ud800") == "a�b�"
    assert shown(None) == "(rien)"


def test_the_register_is_read_once():
    """One instance serves the whole process."""
    assert register() is register()
    assert isinstance(register(), Register)

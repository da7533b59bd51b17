"""A département's catalogue comes in whole, once, and only what somebody accepts changes it."""

import io
from datetime import UTC, date, datetime

import pytest
import xlsxwriter

from appui.states.actor import Actor, Grant
from appui.states.errors import InvalidData, NotAllowed
from appui.workflow.clock import ManualClock
from appui.workflow.config import Database, Documents, Settings
from appui.workflow.engine import Engine
from appui.workflow.importing.providers import import_providers
from appui.workflow.people import Person
from appui.workflow.providers import Provider, SheetDifference
from appui.workflow.revisions import REFUSED
from appui.workflow.views import ADDED, CHANGED, DIFFERENT, KNOWN

HEADERS = "Nom;Nature;Thématiques;Territoire;Contact;Courriel;Téléphone;Conditions"
AGENCY = "Agence (fictive);agence;Mobilité / Tourisme;Deux-Sèvres;Accueil;a@exemple.invalid;+33 500000001;Gratuite"
REGIE = "Régie (fictive);régie;toutes;CC du Thouarsais, Niort;;;;"
BARE = "Atelier (fictif);bureau;;;;;;"
FAULTY = "Bureau (fictif);bureau;pêche;;;;+33 500000002;"
MAPPING = """
source = "Plaquette (fictive)"
[columns]
id = "Code"
name = "Raison sociale"
kind = "Famille"
themes = "Sujets"
[themes]
"Se déplacer" = "mobility"
"""


@pytest.fixture
def make_engine(make_url, tmp_path):
    """Return an engine on a new base, whose desk knows one agent of Deux-Sèvres."""
    made = []

    def make(dialect="sqlite"):
        settings = Settings(
            database=Database(url=make_url(dialect)), documents=Documents(folder=tmp_path / "documents")
        )
        engine = Engine(settings, clock=ManualClock(datetime(2026, 3, 2, 8, tzinfo=UTC)))
        engine.people.add(Person("agent", "M. Agent", grants=(Grant("case_officer", "department:79"),)))
        made.append(engine)
        return engine

    yield make
    for engine in made:
        engine.stop()


@pytest.fixture
def engine(make_engine):
    """An engine on SQLite."""
    return make_engine()


def file_of(*lines, headers=HEADERS):
    """Return a CSV file of such lines."""
    return "\n".join([headers, *lines]).encode()


def take_in(engine, content, mapping=None, **options):
    """Import a catalogue in the agent's name."""
    given = {"department": "79", "actor": engine.people.actor("agent"), **options}
    return import_providers(engine, content, mapping and mapping.encode(), **given)


def statuses(report):
    """Return what became of each line, in order."""
    return [line.status for line in report.lines]


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_a_catalogue_comes_in_whole_and_once(make_engine, dialect):
    """Its sheets are found by theme and territory; a second import adds nothing."""
    engine = make_engine(dialect)
    content = file_of(AGENCY, REGIE, BARE)
    first, second = take_in(engine, content), take_in(engine, content)

    assert (first.written, statuses(first), statuses(second)) == (True, [ADDED] * 3, [KNOWN] * 3)
    assert engine.providers.get("agence-fictive") == Provider(
        "agence-fictive", "Agence (fictive)", "agence", ("mobility", "tourism"), ("department:79",),
        "a@exemple.invalid", "Accueil", "+33 500000001", "Gratuite",
    )  # fmt: skip
    found = engine.providers.search(theme="tourism", territory="commune:79191")
    assert [each.id for each in found] == ["regie-fictive", "agence-fictive", "atelier-fictif"]


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_a_changed_sheet_is_shown_field_by_field_and_waits(make_engine, dialect):
    """The catalogue says what it said until somebody accepts the new telephone."""
    engine = make_engine(dialect)
    take_in(engine, file_of(AGENCY, REGIE))
    changed = file_of(AGENCY.replace("0001", "0009"), REGIE.replace("Niort", "Vienne"))
    report = take_in(engine, changed)

    assert statuses(report) == [DIFFERENT, DIFFERENT]
    assert report.lines[0].differences == (SheetDifference("phone", "+33 500000001", "+33 500000009"),)
    assert engine.providers.get("agence-fictive").phone == "+33 500000001"
    assert statuses(take_in(engine, changed, accept=["agence-fictive"])) == [CHANGED, DIFFERENT]
    assert statuses(take_in(engine, changed, accept_all=True)) == [KNOWN, CHANGED]
    assert statuses(take_in(engine, changed)) == [KNOWN, KNOWN]


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_one_refused_line_keeps_all_the_others_out(make_engine, dialect):
    """A catalogue that is half in would be worse than none."""
    engine = make_engine(dialect)
    report = take_in(engine, file_of(AGENCY, FAULTY))

    assert (report.written, statuses(report)) == (False, [ADDED, REFUSED])
    assert engine.providers.list() == []


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_the_others_come_in_when_asked_and_the_refused_are_left_to_correct(make_engine, dialect):
    """The file of refusals, corrected, completes the import; what looks like a formula in it does nothing meanwhile."""
    engine = make_engine(dialect)
    report = take_in(engine, file_of(AGENCY, FAULTY, BARE), partial=True)
    left = report.refusals_file()

    assert (report.written, statuses(report)) == (True, [ADDED, REFUSED, ADDED])
    assert left.decode("utf-8-sig").startswith(f"{HEADERS};Ligne;Motif\r\nBureau (fictif);bureau;pêche;;;;'+33")
    assert ';3;"Thématique inconnue : « pêche »' in left.decode()

    again = take_in(engine, left.replace("pêche".encode(), b"culture"))

    assert statuses(again) == [ADDED]
    assert engine.providers.get("bureau-fictif").phone == "+33 500000002"


def test_a_provider_of_elsewhere_is_refused_with_its_line(engine):
    """Its sheet is kept by its own département."""
    engine.providers.add(Provider("agence-fictive", "Agence de Vienne", "agence", (), ("department:86",)))
    report = take_in(engine, file_of(AGENCY, BARE), partial=True, accept_all=True)

    assert statuses(report) == [REFUSED, ADDED]
    assert "qui n'intervient pas dans ce département" in report.lines[0].text
    assert b"Agence (fictive);agence" in report.refusals_file()


def test_a_dry_run_writes_nothing(engine):
    """One looks before one leaps."""
    report = take_in(engine, file_of(AGENCY, FAULTY), dry_run=True, partial=True)

    assert (report.written, statuses(report)) == (False, [ADDED, REFUSED])
    assert engine.providers.list() == []


def test_a_mapping_reads_headers_and_words_of_ones_own(engine):
    """Identifiers come from the file; the source is named."""
    content = file_of("x1;Agence;agence;Se déplacer, Offre culturelle", headers="Code;Raison sociale;Famille;Sujets")
    report = take_in(engine, content, MAPPING)

    assert (report.source, statuses(report)) == ("Plaquette (fictive)", [ADDED])
    assert engine.providers.get("x1").themes == ("mobility", "culture")


def test_a_column_that_is_not_there_erases_nothing(engine):
    """A shorter file says less, it does not say that there is none."""
    take_in(engine, file_of(AGENCY))
    report = take_in(engine, file_of("Agence (fictive);agence", headers="Nom;Nature"), accept_all=True)

    assert statuses(report) == [KNOWN]
    assert engine.providers.get("agence-fictive").phone == "+33 500000001"


def test_a_workbook_comes_in_as_well(engine):
    """Under a title, with a total below and a column that no sheet has."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        tab = book.add_worksheet("Plaquette")
        tab.write_row(0, 0, ["Plaquette (fictive)"])
        tab.write_row(2, 0, ["Structure", "Type", "Domaines", "Site web"])
        tab.write_row(3, 0, ["Agence (fictive)", "agence", "Mobilité\nTourisme", "x"])
        tab.write_row(4, 0, ["Total", "", "1"])
    report = take_in(engine, content.getvalue())

    assert statuses(report) == [ADDED]
    assert engine.providers.get("agence-fictive").themes == ("mobility", "tourism")
    assert "Colonnes laissées de côté : « Site web »." in report.notes


@pytest.mark.parametrize(
    ("content", "mapping", "part"),
    [
        (file_of("A;B;x", headers="Nom;Structure;Nature"), None, "Deux colonnes disent le nom"),
        (file_of("A;B", headers="Raison;Ville"), None, "Aucune colonne ne dit le nom"),
        (file_of(AGENCY), MAPPING, "« Raison sociale »"),
        (file_of(AGENCY), MAPPING.replace("[themes]", "[theme]"), "vouliez-vous dire"),
        (b"", None, "vide"),
        (file_of(), None, "aucune ligne"),
        (b"\0", None, "CSV"),
    ],
    ids=["two columns", "no column", "column not there", "unknown key", "empty", "no line", "no table"],
)
def test_a_file_that_is_no_catalogue_is_told_and_changes_nothing(engine, content, mapping, part):
    """One sentence says what, where, and what would be right."""
    with pytest.raises(InvalidData, match=part):
        take_in(engine, content, mapping)

    assert engine.providers.list() == []


def test_an_accepted_identifier_must_be_one_of_the_file(engine):
    """A slip accepts nothing; that of a refused line is no slip."""
    with pytest.raises(InvalidData, match="vouliez-vous dire « agence-fictive »"):
        take_in(engine, file_of(AGENCY), accept=["agence-fictve"])

    assert statuses(take_in(engine, file_of(FAULTY), accept=["bureau-fictif"])) == [REFUSED]


@pytest.mark.parametrize("content", [file_of(AGENCY), file_of(FAULTY)], ids=["sound", "faulty"])
def test_who_does_not_keep_the_catalogue_learns_and_changes_nothing(engine, content):
    """An agent of another département."""
    stranger = Actor("x", "X", grants=(Grant("case_officer", "department:86"),))

    with pytest.raises(NotAllowed):
        take_in(engine, content, actor=stranger, partial=True)

    assert engine.providers.list() == []


def test_a_right_that_has_ended_is_none(engine):
    """The day is that of the département."""
    past = Actor("x", "X", grants=(Grant("case_officer", "department:79", until=date(2026, 3, 1)),))

    with pytest.raises(NotAllowed):
        take_in(engine, file_of(AGENCY), actor=past)

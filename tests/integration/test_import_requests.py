"""A service's own tracker comes in whole, once, with what it says and nothing else."""

import csv
import io
from collections import Counter
from datetime import UTC, date, datetime
from importlib.resources import files

import pytest
from openpyxl import Workbook
from typer.testing import CliRunner

from appui.states.actor import Actor, Grant
from appui.states.errors import InvalidData
from appui.workflow.cli.app import app
from appui.workflow.clock import ManualClock
from appui.workflow.config import Database, Documents, Settings
from appui.workflow.engine import Engine
from appui.workflow.importing.requests import REFUSED, import_requests
from appui.workflow.importing.tracker_lines import UNTITLED
from appui.workflow.people import Person
from appui.workflow.territories import register
from appui.workflow.views import ADDED, KNOWN

DATA = files("appui.workflow.importing") / "data"
TRACKER = (DATA / "deux-sevres-2021.csv").read_bytes()
MAPPING = (DATA / "deux-sevres-2021.toml").read_bytes()
ANYWHERE = MAPPING.replace(b'department = "79"\n', b"")
"""The same for the tracker of another département."""
KNOWN_ON = date(2021, 9, 14)
HEADERS = TRACKER.split(b"\n")[0].decode()
OVER_TWO = "200006682"
"""SIREN of an EPCI over several départements."""
SCOPING = "Échanges avec la collectivité pour cadrer le besoin"


@pytest.fixture
def make_engine(make_url, tmp_path):
    """Return an engine on a new base, whose desk knows one agent of Deux-Sèvres."""
    made = []

    def make(dialect="sqlite"):
        settings = Settings(
            database=Database(url=make_url(dialect)), documents=Documents(folder=tmp_path / "documents")
        )
        engine = Engine(settings, clock=ManualClock(datetime(2026, 3, 2, 8, tzinfo=UTC)))
        engine.people.add(Person("agent", "M. Agent", grants=(Grant("intake_officer", "department:79"),)))
        made.append(engine)
        return engine

    yield make
    for engine in made:
        engine.stop()


@pytest.fixture
def engine(make_engine):
    """An engine on SQLite."""
    return make_engine()


def take_in(engine, tracker=TRACKER, mapping=MAPPING, **options):
    """Import a tracker in the agent's name."""
    given = {"department": "79", "known_on": KNOWN_ON, "actor": engine.people.actor("agent"), **options}
    return import_requests(engine, tracker, mapping, **given)


def cases_of(engine):
    """Return every case of the base."""
    return engine.cases(actor=engine.people.actor("agent"), limit=100).items


def tracker_of(*lines):
    """Return a tracker of such lines under the headers of Deux-Sèvres."""
    return "\n".join([HEADERS, *lines]).encode()


def tracker_rows():
    """Return the cells of the tracker of Deux-Sèvres, its headers first."""
    return list(csv.reader(TRACKER.decode().splitlines(), delimiter=";"))


def workbook(*rows, name="Suivi"):
    """Return a workbook of such rows, by default the tracker of Deux-Sèvres."""
    book = Workbook()
    book.active.title = name
    for row in rows or tracker_rows():
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def of_scoping(name):
    """Return the line of a request of that applicant."""
    return f"{name};Friche;;{SCOPING};;;"


def of_applicant(name):
    """Return a tracker with one request of that applicant."""
    return tracker_of(of_scoping(name))


def text_of_refusal(engine, tracker):
    """Return why the only line of a tracker is refused."""
    [line] = take_in(engine, tracker).lines

    assert line.status == REFUSED

    return line.text


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_the_tracker_of_deux_sevres_comes_in_whole(make_engine, dialect):
    """Twenty-three lines are named by the source: so many cases, where the source says that they stand."""
    engine = make_engine(dialect)
    report = take_in(engine)
    board = engine.board(actor=engine.people.actor("agent"), department="79")

    assert report.written
    assert report.count(ADDED) == 23
    assert board["route"] == {"local": 2, "national": 10, "operator": 9, "": 2}
    assert board["state"] == {
        "convention_draft": 3,
        "convention_signed": 5,
        "in_progress": 2,
        "routed_local": 2,
        "routed_operator": 9,
        "scoping": 2,
    }


def test_a_second_import_adds_nothing(engine):
    """Whoever is not sure may import again."""
    first, second = take_in(engine), take_in(engine)

    assert second.count(KNOWN) == 23
    assert [line.case_id for line in second.lines] == [line.case_id for line in first.lines]
    assert len(cases_of(engine)) == 23


def test_a_new_line_comes_in_beside_those_known(engine):
    """A tracker grows: only what is new is added."""
    take_in(engine)
    report = take_in(engine, TRACKER + f"Aubigny;Friche;;{SCOPING};;;\n".encode())

    assert (report.count(ADDED), report.count(KNOWN)) == (1, 23)


def test_equal_lines_are_two_requests(engine):
    """A commune may ask twice for the same: the second line is no repetition of the first."""
    line = f"Aubigny;Friche;;{SCOPING};;;"
    report = take_in(engine, tracker_of(line, line))

    assert report.count(ADDED) == 2
    assert take_in(engine, tracker_of(line, line)).count(KNOWN) == 2


def test_a_dry_run_writes_nothing(engine):
    """One looks before one leaps."""
    report = take_in(engine, dry_run=True)

    assert (report.written, report.count(ADDED)) == (False, 23)
    assert {line.reference for line in report.lines} == {None}
    assert not cases_of(engine)


def test_one_refused_line_keeps_all_the_others_out(engine):
    """A tracker that is half in would be worse than none."""
    report = take_in(engine, TRACKER + b"Aubigny;Friche;;Perdue;;;\n")

    assert not report.written
    assert [line.line for line in report.lines if line.status == REFUSED] == [25]
    assert not cases_of(engine)


def test_a_line_that_cannot_be_read_is_refused_with_the_others(engine):
    """One word too many in a line: it is told among them, in its place, and nothing comes in."""
    report = take_in(engine, tracker_of("Aubigny;Friche;;Perdue;;;", "Échiré;Friche", of_scoping("Niort")))

    assert [(line.line, line.status) for line in report.lines] == [(2, REFUSED), (3, REFUSED), (4, ADDED)]
    assert "2 cellules seulement" in report.lines[1].text.replace("\u00a0", " ")
    assert not cases_of(engine)


def test_the_same_tracker_as_a_workbook_comes_in_whole(engine):
    """Whole, and line by line the same as its CSV: a second import of either adds nothing."""
    report = take_in(engine, workbook())

    assert (report.written, report.count(ADDED)) == (True, 23)
    assert take_in(engine).count(KNOWN) == 23


def test_how_the_file_was_read_is_told(engine):
    """Titles above the headers, a total at the end: left out, and said."""
    report = take_in(engine, workbook(["Suivi au 14 septembre"], *tracker_rows(), ["Total", "23"]))

    assert report.count(ADDED) == 23
    assert report.notes == (
        "Les en-têtes sont à la ligne 2 : ce qui est écrit au-dessus n'est pas lu.",
        "Totaux, laissés de côté : ligne 26 (« Total »).",
    )


def test_after_a_refusal_references_have_no_gap(engine):
    """What was not written has taken no number."""
    take_in(engine, TRACKER + b"Aubigny;Friche;;Perdue;;;\n")
    references = sorted(line.reference for line in take_in(engine).lines)

    assert references[0] == "79-2026-0001"
    assert references[-1] == "79-2026-0023"


def test_the_words_of_the_source_are_kept_as_written(engine):
    """« La Mothe Saint-Héray » and « 100 % » are what somebody wrote; the register's name stands beside them."""
    take_in(engine)
    [case] = [each for each in cases_of(engine) if "friche" in each.title]
    [entry] = engine.journal(case.id, actor=engine.people.actor("agent"))

    assert case.applicant.name == "La Mothe-Saint-Héray"
    assert entry.data["words"]["Demandeur"] == "La Mothe Saint-Héray"
    assert entry.data["words"]["Prise en charge"] == "100 %"
    assert entry.data["source"] == "Comité local de cohésion territoriale des Deux-Sèvres, 14 septembre 2021"


def test_nothing_is_invented_of_what_the_source_leaves_out(engine):
    """No day of reception, no amount, no signature: what is not known stays unknown."""
    take_in(engine)

    for case in cases_of(engine):
        assert case.received_on is None
        assert case.received_before == KNOWN_ON
        assert {step.on for step in case.steps} == {None}
        assert case.data.keys() <= {"channel", "received_before", "programme", "imported", "coverage", "shares"}


def test_nobody_is_written_to(engine):
    """An import tells no commune what it has known for years."""
    take_in(engine)
    agent = engine.people.actor("agent")

    assert [engine.messages(case.id, actor=agent) for case in cases_of(engine)] == [[]] * 23


def test_a_line_without_a_subject_says_so_in_its_title(engine):
    """Two lines have none: nobody makes one up."""
    take_in(engine)

    assert Counter(case.title for case in cases_of(engine))[UNTITLED] == 2


@pytest.mark.parametrize(
    ("written", "name", "kind", "code"),
    [
        ("La Mothe Saint-Héray", "La Mothe-Saint-Héray", "commune", "79184"),
        ("Echiré", "Échiré", "commune", "79109"),
        ("79191", "Niort", "commune", "79191"),
        ("CC Thouarsais", "CC du Thouarsais", "CC", "247900798"),
        ("PETR de Gâtine", "PETR de Gâtine", "PETR", None),
        ("Syndicat du Val de Loire", "Syndicat du Val de Loire", "syndicat", None),
        ("Les amis du lavoir", "Les amis du lavoir", "other", None),
    ],
)
def test_applicants_are_found_in_the_register_or_kept_as_written(engine, written, name, kind, code):
    """The kind of who stands in no register comes from the first word of the name, or stays « autre »."""
    take_in(engine, of_applicant(written))
    [case] = cases_of(engine)

    assert (case.applicant.name, case.applicant.kind, case.applicant.code) == (name, kind, code)


@pytest.mark.parametrize(
    ("written", "part"),
    [
        ("17300", "La Rochelle relève de « Charente-Maritime » (17)"),
        ("123456789", "n'est pas un SIREN"),
        ("99999", "n'est celui d'aucune commune"),
        ("", "Le demandeur n'est pas dit"),
    ],
    ids=["code elsewhere", "no SIREN", "no commune", "blank"],
)
def test_an_applicant_that_cannot_be_told_gets_a_sentence(engine, written, part):
    """Neither an error of département nor a slip in a code makes a case."""
    assert part in text_of_refusal(engine, of_applicant(written))


def test_a_name_that_stands_elsewhere_is_kept_as_written_and_pointed_out(engine):
    """A commune merged into another keeps its old name in trackers, and that name may live on far away."""
    [line] = take_in(engine, of_applicant("La Rochelle")).lines
    [case] = cases_of(engine)

    assert "ce nom existe dans « Charente-Maritime » (17) et" in line.text
    assert (case.applicant.code, case.applicant.kind, case.department) == (None, "other", "79")


@pytest.mark.parametrize(
    ("written", "note"),
    [
        ("Echir", "Demandeur absent du registre, nature inconnue : à vérifier ; le registre a « Échiré » (79109)."),
        ("CC Thouarsai", "gardé tel qu'il est écrit : à vérifier ; le registre a « CC du Thouarsais » (247900798)"),
        ("Coulonges", "(17) : à vérifier ; le registre a « Coulonges-sur-l'Autize » (79101) et « Coulonges-Th"),
        ("PETR du Thouarsais", "Demandeur absent du registre, gardé tel qu'il est écrit."),
        ("Les amis du lavoir", "Demandeur absent du registre, nature inconnue : à vérifier."),
    ],
)
def test_a_name_kept_by_hand_is_shown_with_those_of_the_register_that_are_near(engine, written, note):
    """A slip in a tracker is kept as written, and whoever imports reads what was probably meant."""
    [line] = take_in(engine, of_applicant(written)).lines
    [case] = cases_of(engine)

    assert note in line.text
    assert (case.applicant.name, case.applicant.code) == (written, None)


@pytest.mark.parametrize(
    ("written", "department"),
    [
        ("La Vergne", "17"),
        ("Mairie d'Échiré", "79"),
        ("Échiré (79)", "79"),
        ("217 901 099 00010", "79"),
        ("Communauté d'agglo du Niortais", "79"),
    ],
)
def test_a_name_is_accepted_when_the_register_is_sure(engine, written, department):
    """The import recognises what the look-up does."""
    nation = Actor("nation", "Appui national", grants=(Grant("intake_officer", "nation"),))
    [line] = take_in(engine, of_applicant(written), ANYWHERE, department=department, actor=nation).lines

    assert line.applicant == register().look_up(written, department=department).accepted.name


def test_an_epci_over_several_departments_comes_in_where_the_tracker_is(engine):
    """The tracker of the département that holds the smaller part of an EPCI may name it."""
    spanned = register().epci_departments(OVER_TWO)
    nation = Actor("nation", "Appui national", grants=(Grant("intake_officer", "nation"),))
    [line] = take_in(engine, of_applicant(OVER_TWO), ANYWHERE, department=spanned[1], actor=nation).lines

    assert (line.status, engine.get(line.case_id, actor=nation).department) == ("added", spanned[1])


def test_a_name_that_several_bear_is_refused_with_the_choices(engine):
    """Vergné and La Vergne fold to the same name: only who wrote it knows which."""
    [line] = take_in(engine, of_applicant("Vergne"), ANYWHERE, department="17").lines

    assert line.text == "« Vergne » peut être Vergné (17464) ou La Vergne (17465) : écrivez son code à la place du nom."


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("Aubigny;Friche;;Perdue;;;", "« Perdue » n'est dans aucune table [[outcomes]]"),
        ("Aubigny;Friche;;Convention signée;Autre;;", "(avec « Autre »)"),
        ("Aubigny;Friche;;;;;", "La suite donnée n'est pas dite"),
        (f"Aubigny;{'x' * 301};;{SCOPING};;;", "301 caractères"),
    ],
    ids=["unknown wording", "unknown provider", "no wording", "long subject"],
)
def test_a_line_that_cannot_be_read_gets_a_sentence(engine, line, part):
    """The sentence says what to add to the mapping, or to correct in the tracker."""
    assert part in text_of_refusal(engine, tracker_of(line))


@pytest.mark.parametrize(
    ("options", "path"),
    [({"department": "99"}, "department"), ({"known_on": date(2026, 3, 3)}, "known_on")],
)
def test_an_impossible_option_gets_a_sentence(engine, options, path):
    """No département 99, and no table that is true tomorrow."""
    with pytest.raises(InvalidData) as refusal:
        take_in(engine, **options)

    assert [found for found, _ in refusal.value.errors] == [path]


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"a;a\nb;c\n"])
def test_a_file_that_is_no_tracker_changes_nothing(engine, content):
    """A picture sent by mistake is refused in words."""
    with pytest.raises(InvalidData):
        take_in(engine, content)

    assert not cases_of(engine)


def test_who_holds_no_right_there_takes_nothing_in(engine):
    """An import gives no right that opening a case would not."""
    engine.people.add(Person("voisine", "Mme Voisine", grants=(Grant("intake_officer", "department:17"),)))
    report = take_in(engine, actor=engine.people.actor("voisine"))

    assert report.count(REFUSED) == 23
    assert not cases_of(engine)


@pytest.fixture
def command_line(engine, tmp_path):
    """Return what the command `appui import requests` says, and its exit code."""
    (tmp_path / "config.toml").write_text(f'[database]\nurl = "sqlite:///{engine.database.path}"\n')
    (tmp_path / "mapping.toml").write_bytes(MAPPING)

    def run(tracker, *options):
        (tmp_path / "tracker.csv").write_bytes(tracker)
        given = ["import", "requests", str(tmp_path / "tracker.csv"), "--mapping", str(tmp_path / "mapping.toml")]
        given += ["--department", "79", "--known-on", "2021-09-14", "--as", "agent", *options]
        result = CliRunner().invoke(app, ["--config", str(tmp_path / "config.toml"), *given])
        return " ".join((result.stdout + result.stderr).split()), result.exit_code

    return run


def test_the_command_tells_each_line_and_the_totals(command_line):
    """Whoever imports reads what became of each line."""
    told, code = command_line(TRACKER)

    assert code == 0
    assert "ligne 9 · ajouté 79-2026-0008 · Échiré · Étude de déplacement doux" in told
    assert told.endswith("23 lignes — ajouté : 23.")


def test_the_command_takes_a_workbook_and_one_of_its_sheets(command_line):
    """The sheet that is asked for is the one that is read."""
    told, code = command_line(workbook(name="Suivi 2021"), "--sheet", "Suivi 2021")

    assert (code, told.endswith("23 lignes — ajouté : 23.")) == (0, True)
    assert command_line(workbook(), "--sheet", "Suivi 2021")[1] == 1


def test_the_command_tells_how_the_file_was_read(command_line):
    """What was left out is said beside the lines."""
    told, _ = command_line(workbook(["Suivi"], *tracker_rows()), "--dry-run")

    assert "Lecture : Les en-têtes sont à la ligne 2 : ce qui est écrit au-dessus n'est pas lu." in told


def test_the_command_only_tries_when_asked_to(command_line, engine):
    """« --dry-run » promises to write nothing."""
    told, code = command_line(TRACKER, "--dry-run")

    assert (code, told.endswith("Essai seulement : rien n'a été écrit.")) == (0, True)
    assert not cases_of(engine)


@pytest.mark.parametrize(
    ("tracker", "part"),
    [
        (TRACKER + b"Aubigny;Friche;;Perdue;;;\n", "Rien n'a été écrit"),
        (TRACKER + b"Aubigny;Friche\n", "ligne 25 · refusé — 2 cellules seulement pour 7 colonnes."),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image PNG"),
    ],
    ids=["refused line", "short line", "picture"],
)
def test_the_command_fails_with_a_sentence(command_line, tracker, part):
    """A script that runs it sees that nothing came in."""
    told, code = command_line(tracker)

    assert code == 1
    assert part in told
    assert "Traceback" not in told

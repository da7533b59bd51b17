"""A tracker that was taken in comes again: changed, partly wrong, as a workbook, as the sheet that appui gave back."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from typer.testing import CliRunner

from appui.states.actor import Grant
from appui.states.errors import InvalidData
from appui.workflow import Act, OpenCase
from appui.workflow.cli.app import app
from appui.workflow.clock import ManualClock
from appui.workflow.config import Database, Documents, Settings
from appui.workflow.engine import Engine
from appui.workflow.importing.export import read_mapping, register_sheet
from appui.workflow.importing.requests import ALL, REFUSED, import_requests
from appui.workflow.people import Person
from appui.workflow.reports.sheets import to_csv, to_xlsx
from appui.workflow.views import ADDED, CHANGED, DIFFERENT, KNOWN

DATA = files("appui.workflow.importing") / "data"
TRACKER = (DATA / "deux-sevres-2021.csv").read_bytes()
MAPPING = (DATA / "deux-sevres-2021.toml").read_bytes()
KNOWN_ON = date(2021, 9, 14)
HEADERS = TRACKER.split(b"\n")[0].decode()
SCOPING = "Échanges avec la collectivité pour cadrer le besoin"
SIGNED_NOW = TRACKER.replace(
    f"Azay-le-Brûlé;;;{SCOPING};;".encode(), "Azay-le-Brûlé;;;Accompagnement local;ID79;".encode()
)
"""The tracker, in which a request that was scoped has found its local answer."""
DAYS = MAPPING.replace(b"[columns]", '[columns]\nreceived_on = "Reçue le"\nrouted_on = "Orientée le"'.encode())
EVERYTHING = ("intake_officer", "case_officer", "deputy_delegate", "delegate")


@pytest.fixture
def engine(make_url, dialect, tmp_path):
    """An engine, once on SQLite and once on PostgreSQL, whose desk knows one agent who may do everything."""
    clock = ManualClock(datetime(2026, 3, 2, 8, tzinfo=UTC))
    configured = Settings(database=Database(url=make_url(dialect)), documents=Documents(folder=tmp_path / "documents"))
    engine = Engine(configured, clock=clock)
    grants = tuple(Grant(role, "department:79") for role in EVERYTHING)
    engine.people.add(Person("agent", "M. Agent", grants=grants))
    yield engine
    engine.stop()


def agent(engine):
    """Return who imports."""
    return engine.people.actor("agent")


def take_in(engine, tracker=TRACKER, mapping=MAPPING, **options):
    """Import a tracker in the agent's name."""
    return import_requests(engine, tracker, mapping, **{"known_on": KNOWN_ON, "actor": agent(engine), **options})


def statuses(report):
    """Return status → how many lines, those of none left out."""
    counted = {status: report.count(status) for status in (ADDED, KNOWN, DIFFERENT, CHANGED, REFUSED)}
    return {status: count for status, count in counted.items() if count}


def case_of(engine, applicant):
    """Return the one case of that applicant."""
    [case] = [each for each in engine.cases(actor=agent(engine), limit=100).items if each.applicant.name == applicant]
    return case


def register_of(engine, mapping=MAPPING):
    """Return the register in the columns of the tracker."""
    return register_sheet(engine, read_mapping(engine, mapping), department="79", actor=agent(engine))


def rows_of(content):
    """Return the cells of a CSV file, as the standard reader finds them."""
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def workbook_of(content, *, above=(), below=()):
    """Return a workbook of a tracker, with rows above its header and below its lines."""
    book = Workbook()
    sheet = book.active
    for row in [*above, *rows_of(content), *below]:
        sheet.append([cell or None for cell in row])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def test_a_line_that_changed_is_shown_and_changes_nothing_by_itself(engine):
    """The twenty-two others are there already; what the line said before stands beside what it says now."""
    take_in(engine)
    report = take_in(engine, SIGNED_NOW)
    [line] = [each for each in report.lines if each.status == DIFFERENT]

    assert statuses(report) == {KNOWN: 22, DIFFERENT: 1}
    assert [(each.name, each.before, each.after) for each in line.differences] == [
        ("Suite donnée au 14/09/2021", SCOPING, "Accompagnement local"),
        ("Opérateur ou prestataire", "", "ID79"),
        ("state", "Cadrage du besoin", "Solution locale"),
    ]
    assert case_of(engine, "Azay-le-Brûlé").state == "scoping"


def test_an_accepted_difference_changes_its_case_once(engine):
    """By one more entry; the words that the source had before stay in the journal."""
    take_in(engine)
    [line] = [each.line for each in take_in(engine, SIGNED_NOW).lines if each.status == DIFFERENT]
    accepted = take_in(engine, SIGNED_NOW, accept=[line])
    again = take_in(engine, SIGNED_NOW, accept=ALL)
    case = case_of(engine, "Azay-le-Brûlé")

    assert (statuses(accepted), statuses(again)) == ({KNOWN: 22, CHANGED: 1}, {KNOWN: 23})
    assert (case.state, case.route, case.version) == ("routed_local", "local", 2)
    assert engine.verify_journal() == []
    share = engine.local_share(actor=agent(engine), department="79")
    assert (share.local, share.not_routed) == (3, 1)


def test_only_the_lines_that_were_named_are_accepted(engine):
    """Accepting line 12 says nothing of line 13."""
    take_in(engine)
    report = take_in(engine, SIGNED_NOW, accept=[3])

    assert statuses(report) == {KNOWN: 22, DIFFERENT: 1}


def test_a_request_that_went_on_in_appui_is_not_pulled_back_by_the_tracker(engine):
    """The line says why, and the import as a whole is refused when somebody insists."""
    take_in(engine)
    case = case_of(engine, "Azay-le-Brûlé")
    none = {"none_exists": True, "reason": "Personne"}
    engine.act(Act(case.id, "consult_providers", none, case.version), actor=agent(engine))
    shown = take_in(engine, SIGNED_NOW, known_on=date(2026, 3, 2))
    insisted = take_in(engine, SIGNED_NOW, known_on=date(2026, 3, 2), accept=ALL)

    assert [each.text for each in shown.lines if each.status == DIFFERENT] == [
        "Le dossier a avancé depuis sa reprise, jusqu'à « Recherche locale » : faites l'action qui convient, ou "
        "laissez cette différence."
    ]
    assert (statuses(insisted), insisted.written) == ({KNOWN: 22, REFUSED: 1}, False)
    assert case_of(engine, "Azay-le-Brûlé").state == "local_search"


def test_another_reading_of_the_same_words_is_a_difference_too(engine):
    """A mapping that was wrong is mended, and the cases follow if one accepts."""
    take_in(engine)
    mended = MAPPING.replace(b'state = "scoping"', b'state = "framed"')
    report = take_in(engine, mapping=mended, accept=ALL)

    assert statuses(report) == {KNOWN: 21, CHANGED: 2}
    assert case_of(engine, "Azay-le-Brûlé").state == "framed"


def test_what_can_be_taken_in_is_when_one_asks_for_it(engine):
    """The others wait, each with its reason."""
    wrong = f"Aubigny;Friche;;Perdue;;;\nAubigny;{'x' * 301};;{SCOPING};;;\nAubigny;Halle;;{SCOPING};;;\n"
    report = take_in(engine, TRACKER + wrong.encode(), partial=True)

    assert (statuses(report), report.written) == ({ADDED: 24, REFUSED: 2}, True)
    assert len(engine.cases(actor=agent(engine), limit=100).items) == 24


def test_trying_partially_writes_nothing_either(engine):
    """« --dry-run » keeps its promise."""
    report = take_in(engine, TRACKER + b"Aubigny;Friche;;Perdue;;;\n", partial=True, dry_run=True)

    assert (statuses(report), report.written) == ({ADDED: 23, REFUSED: 1}, False)
    assert engine.cases(actor=agent(engine)).items == ()


def test_the_tracker_as_a_workbook_comes_in_as_the_same_requests(engine):
    """Title rows above, a total below: what a service keeps in Excel is what it keeps in CSV."""
    take_in(engine)
    book = workbook_of(
        TRACKER,
        above=[["Suivi de l'ingénierie"], ["Préfecture", "mis à jour le 14/09/2021"], []],
        below=[["Total", "23"]],
    )
    report = take_in(engine, book)

    assert statuses(report) == {KNOWN: 23}
    assert any("Total" in note for note in report.notes)


def test_days_of_reception_and_routing_count_where_the_tracker_has_them(engine):
    """A route counts in the year of its own day, not in that of the tracker."""
    tracker = f"{HEADERS};Reçue le;Orientée le\nAubigny;Friche;;Accompagnement local;ID79;;;3 févr. 2020;14/11/2020\n"
    take_in(engine, tracker.encode(), DAYS)
    case = case_of(engine, "Aubigny")

    assert (case.received_on, case.received_before) == (date(2020, 2, 3), None)
    assert (case.routed_on, case.counted_on) == (date(2020, 11, 14), date(2020, 11, 14))
    assert engine.local_share(actor=agent(engine), period=2020).local == 1
    assert engine.local_share(actor=agent(engine), period=2021).local == 0


@pytest.mark.parametrize(
    ("written", "part"),
    [("nov. 2019", "est un mois, pas un jour"), ("31/02/2021", "n'existe pas"), ("bientôt", "n'est pas un jour")],
)
def test_a_day_that_is_none_gets_a_sentence_and_the_others_come_in(engine, written, part):
    """The line, the column, and what to write."""
    tracker = (
        f"{HEADERS};Reçue le;Orientée le\nAubigny;Friche;;{SCOPING};;;;{written};\nAubigny;Halle;;{SCOPING};;;;;\n"
    )
    report = take_in(engine, tracker.encode(), DAYS, partial=True)
    [line] = [each for each in report.lines if each.status == REFUSED]

    assert (line.line, statuses(report)) == (2, {ADDED: 1, REFUSED: 1})
    assert line.text.startswith(f"Reçue le : « {written} »")
    assert part in line.text


def test_an_unknown_wording_is_told_with_those_that_look_like_it(engine):
    """A slip of the pen is found at once."""
    [line] = take_in(engine, f"{HEADERS}\nAubigny;Friche;;Convention signé;;;\n".encode()).lines

    assert "il y a « Convention signée »" in line.text


@pytest.mark.parametrize(
    ("asked", "mapped", "part"),
    [("17", b'department = "79"', "gardez l'un des deux"), (None, b"", "n'est dit ni par"), ("99", b"", "99")],
)
def test_the_departement_is_said_once(engine, asked, mapped, part):
    """By the mapping or by the command."""
    mapping = MAPPING.replace(b'department = "79"', mapped)

    with pytest.raises(InvalidData, match=part):
        take_in(engine, mapping=mapping, department=asked)


def test_a_sheet_goes_in_and_comes_back_out(engine):
    """Cell for cell, in the tracker's own columns and order; the reference is added at the end."""
    take_in(engine)
    rows = rows_of(to_csv(register_of(engine)))

    assert [row[:-1] for row in rows] == rows_of(TRACKER)
    assert rows[0][-1] == "Référence"
    assert [row[-1] for row in rows[1:]] == [f"79-2026-{number:04}" for number in range(1, 24)]


@pytest.mark.parametrize("write", [to_csv, lambda sheet: to_xlsx([sheet])], ids=["csv", "xlsx"])
def test_the_sheet_that_came_out_comes_in_as_it_went_out(engine, write):
    """With what was done in appui since, and with what was born there: nothing is added, nothing differs."""
    take_in(engine)
    case = case_of(engine, "Azay-le-Brûlé")
    engine.act(
        Act(case.id, "answer_locally", {"provider": "id79", "how": "téléphone"}, case.version), actor=agent(engine)
    )
    request = {"need": "Que faire ?", "channel": "phone", "works_design": False}
    engine.open(OpenCase("engineering_request", "79191", "=1+1", request), actor=agent(engine))
    sheet = register_of(engine)
    report = take_in(engine, write(sheet))

    assert statuses(report) == {KNOWN: 24}
    assert [row[3] for row in sheet.rows if row[0] == "Azay-le-Brûlé"] == ["Accompagnement local"]
    assert [row[3] for row in sheet.rows if row[0] == "Niort" and row[1] == "=1+1"] == ["Reçue"]


def test_a_cell_that_somebody_changed_in_the_sheet_is_found(engine):
    """By the reference, whatever else of the line has changed."""
    take_in(engine)
    changed = (
        to_csv(register_of(engine)).decode("utf-8-sig").replace("Étude patrimoniale;", "Étude du patrimoine bâti;")
    )
    report = take_in(engine, changed.encode())
    [line] = [each for each in report.lines if each.status == DIFFERENT]

    assert statuses(report) == {KNOWN: 22, DIFFERENT: 1}
    assert ("Objet", "Étude patrimoniale", "Étude du patrimoine bâti") in [
        (each.name, each.before, each.after) for each in line.differences
    ]


def test_what_was_born_in_appui_is_changed_in_appui(engine):
    """A cell of a sheet is no decision: the difference is shown, and accepting it does nothing."""
    request = {"need": "Que faire ?", "channel": "phone", "works_design": False}
    engine.open(OpenCase("engineering_request", "79191", "Friche", request), actor=agent(engine))
    changed = to_csv(register_of(engine)).decode("utf-8-sig").replace("Friche", "Halle")
    report = take_in(engine, changed.encode(), accept=ALL)

    assert statuses(report) == {DIFFERENT: 1}
    assert "né dans appui" in report.lines[0].text


def test_a_reference_that_stands_for_nothing_gets_a_sentence(engine):
    """Neither a new case nor somebody else's."""
    tracker = f"{HEADERS};Référence\nAubigny;Friche;;{SCOPING};;;;79-2026-0999\n"
    [line] = take_in(engine, tracker.encode()).lines

    assert (line.status, "Aucun dossier « 79-2026-0999 »" in line.text) == (REFUSED, True)


TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cf", "Zl", "Zp", "Co", "Cn")), min_size=1, max_size=30)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(st.tuples(TEXT, TEXT, st.sampled_from(["", "PVD"])), min_size=1, max_size=6))
def test_whatever_the_words_they_go_in_and_come_back_out(engine, lines):
    """Quotes, separators, formulas, accents: by CSV and by XLSX, nothing is added the second time."""
    content = io.StringIO(newline="")
    writer = csv.writer(content, delimiter=";")
    writer.writerow([*HEADERS.split(";")])
    writer.writerows(["Aubigny", title, programme, SCOPING, "", "", remark] for title, remark, programme in lines)
    first = take_in(engine, content.getvalue().encode(), partial=True)
    sheet = register_of(engine)

    assert set(statuses(first)) <= {ADDED, KNOWN, DIFFERENT, REFUSED}
    for written in (to_csv(sheet), to_xlsx([sheet])):
        assert set(statuses(take_in(engine, written))) == {KNOWN}


@pytest.fixture
def command_line(make_url, tmp_path):
    """Return what `appui …` says on a base of its own, and its exit code; files are named by their name alone."""
    url = make_url("sqlite")
    engine = Engine(Settings(database=Database(url=url), documents=Documents(folder=tmp_path / "documents")))
    grants = tuple(Grant(role, "department:79") for role in EVERYTHING)
    engine.people.add(Person("agent", "M. Agent", grants=grants))
    engine.stop()
    (tmp_path / "config.toml").write_text(f'[database]\nurl = "{url}"\n')
    (tmp_path / "suivi.toml").write_bytes(MAPPING)

    def run(*words):
        given = [str(tmp_path / word) if "." in word else word for word in words]
        given += ["--mapping", str(tmp_path / "suivi.toml"), "--as", "agent"]
        result = CliRunner().invoke(app, ["--config", str(tmp_path / "config.toml"), *given])
        return " ".join((result.stdout + result.stderr).split()), result.exit_code

    return run


def test_the_refused_lines_go_to_a_file_that_can_be_corrected_and_imported(command_line, tmp_path):
    """The service corrects eleven lines, not two hundred."""
    (tmp_path / "suivi.csv").write_bytes(TRACKER + f"Aubigny;=Friche;;Perdue;;;{SCOPING[:5]}\n".encode())
    told, code = command_line("import", "requests", "suivi.csv", "--known-on", "2021-09-14", "--partial")
    refused = (tmp_path / "suivi-refus.csv").read_text(encoding="utf-8-sig")
    [headers, line] = rows_of(refused.encode())
    (tmp_path / "corrige.csv").write_text(refused.replace("Perdue", SCOPING), encoding="utf-8-sig")
    again, code_again = command_line("import", "requests", "corrige.csv", "--known-on", "2021-09-14")

    assert (code, code_again) == (0, 0)
    assert "1 ligne refusée, avec leur motif" in told or "1 ligne refusée" in told
    assert headers[-2:] == ["Ligne", "Motif"]
    assert (line[0], line[1], line[-2]) == ("Aubigny", "'=Friche", "25")
    assert "« Perdue » n'est dans aucune table" in line[-1]
    assert "1 ligne — ajouté : 1." in again
    assert "=Friche" in again


def test_a_file_of_refusals_is_never_written_over(command_line, tmp_path):
    """Somebody may be correcting it."""
    (tmp_path / "suivi.csv").write_bytes(TRACKER + b"Aubigny;Friche;;Perdue;;;\n")
    (tmp_path / "suivi-refus.csv").write_text("mien")
    told, code = command_line("import", "requests", "suivi.csv", "--known-on", "2021-09-14", "--partial")

    assert (code, "existe déjà" in told) == (1, True)
    assert (tmp_path / "suivi-refus.csv").read_text() == "mien"


def test_the_command_shows_differences_and_how_to_accept_them(command_line, tmp_path):
    """Column by column, before and after."""
    (tmp_path / "avant.csv").write_bytes(TRACKER)
    (tmp_path / "apres.csv").write_bytes(SIGNED_NOW)
    command_line("import", "requests", "avant.csv", "--known-on", "2021-09-14")
    told, code = command_line("import", "requests", "apres.csv", "--known-on", "2021-09-14")
    accepted, _ = command_line("import", "requests", "apres.csv", "--known-on", "2021-09-14", "--accept", "12")

    assert code == 0
    assert "étape : « Cadrage du besoin » → « Solution locale »" in told
    assert "n'a pas été repris (ligne 12) : --accept-all reprend tout, --accept LIGNE une ligne." in told
    assert accepted.endswith("23 lignes — déjà là : 22, modifié : 1.")


def test_the_dry_run_says_where_each_line_goes(command_line, tmp_path):
    """Before anything is written."""
    (tmp_path / "suivi.csv").write_bytes(TRACKER)
    told, _ = command_line("import", "requests", "suivi.csv", "--known-on", "2021-09-14", "--dry-run")

    assert "PETR de Gâtine · Appui pour le CRTE · Convention signée, voie nationale" in told
    assert "Chef-Boutonne · Marchés de conception et de travaux sur les espaces publics · Solution locale" in told
    assert told.endswith("Essai seulement : rien n'a été écrit.")


@pytest.mark.parametrize("name", ["registre.csv", "registre.xlsx"])
def test_the_register_is_written_to_a_file_and_says_what_its_lines_are(command_line, tmp_path, name):
    """The 23 lines are those that the source names, not its « 19 demandes »: the command says so."""
    (tmp_path / "suivi.csv").write_bytes(TRACKER)
    command_line("import", "requests", "suivi.csv", "--known-on", "2021-09-14")
    told, code = command_line("export", "requests", name)
    content = (tmp_path / name).read_bytes()
    lines = rows_of(content) if name.endswith("csv") else list(load_workbook(io.BytesIO(content)).worksheets[0])

    assert (code, len(lines)) == (0, 24)
    assert "Fait : 23 demandes dans" in told
    assert "et non les « 19 demandes »" in told


@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        (("export", "requests", "registre.docx"), 2, "en .csv ou en .xlsx"),
        (("export", "requests", "nulle/registre.csv"), 1, "ne peut pas être écrit"),
        (("import", "requests", "rien.csv", "--known-on", "2021-09-14"), 1, "ne peut pas être lu"),
        (("import", "requests", "suivi.toml", "--known-on", "2021-09-14", "--accept", "x"), 2, "--accept attend"),
        (("import", "requests", "suivi.toml", "--known-on", "2021-09-14", "--errors", "e.csv"), 2, "qu'avec --partial"),
    ],
)
def test_a_wrong_use_gets_a_sentence(command_line, words, code, part):
    """And no traceback."""
    told, found = command_line(*words)

    assert (found, part in told) == (code, True), told


def test_days_of_cases_follow_the_time_of_the_department(engine):
    """A tracker that is true today is taken in as soon as it is today there."""
    engine.clock.set(datetime(2026, 3, 2, 23, 30, tzinfo=UTC))

    assert take_in(engine, known_on=date(2026, 3, 3)).written
    with pytest.raises(InvalidData):
        take_in(engine, known_on=date(2026, 3, 3) + timedelta(days=1))


def test_two_imports_at_once_add_each_request_once(engine):
    """Two officers take in the same file at the same moment: the second finds the lines of the first."""
    with ThreadPoolExecutor(2) as pool:
        reports = [each.result() for each in [pool.submit(take_in, engine) for _ in range(2)]]

    assert sorted((report.count(ADDED), report.count(KNOWN)) for report in reports) == [(0, 23), (23, 0)]
    assert len(engine.cases(actor=agent(engine), limit=100).items) == 23

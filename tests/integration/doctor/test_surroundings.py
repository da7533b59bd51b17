"""What surrounds the cases: base, files, people, money, clock, disk and procedures; each broken on purpose."""

import os
import sqlite3
from contextlib import closing
from datetime import timedelta
from importlib.resources import files
from pathlib import Path

import psycopg
import pytest
from tests.integration.engine.world import AGENT, DEPUTY, PDF

from appui.states.actor import Grant
from appui.workflow.clock import system_clock
from appui.workflow.db.indexes import wrong_indexes
from appui.workflow.db.store import Store
from appui.workflow.db.tables import CASES
from appui.workflow.doctor.checks import repairs
from appui.workflow.people import Absence, Person

GIB = 1 << 30


def _names_of_wrong_indexes(clinic):
    with clinic.engine.database.sa_reading() as connection:
        return [each.name for each in wrong_indexes(connection, schema=None)]


def test_a_base_of_an_older_program_is_told_and_nothing_else_is_asked_of_it(clinic):
    """Who forgot to upgrade reads one sentence, not ten errors."""
    clinic.break_("UPDATE appui_alembic_version SET version_num = '0001'")
    found = clinic.look()

    assert [name for name, each in found.items() if not each.ok] == ["database"]
    assert "appui db upgrade" in found["database"].remedy
    assert "indexes" not in found


@pytest.mark.parametrize(
    "broken",
    [
        ("DROP INDEX appui_case_by_department",),
        (
            "DROP INDEX appui_case_routed",
            "CREATE INDEX appui_case_routed ON appui_case (route) WHERE route IS NOT NULL",
        ),
        ("DROP INDEX appui_entry_by_commit", "CREATE INDEX appui_entry_by_commit ON appui_entry (xid, position)"),
        ("DROP INDEX appui_deadline_open", "CREATE INDEX appui_deadline_open ON appui_deadline (due_at)"),
    ],
    ids=["missing", "on other columns", "no longer unique", "no longer partial"],
)
def test_an_index_that_is_not_as_it_should_be_is_created_anew(clinic, broken):
    """Without it a list reads the whole base."""
    before = clinic.desk.written()
    clinic.break_(*broken)
    found = clinic.look(quick=True)["indexes"]
    shown = clinic.repair(do=False)

    assert not found.ok
    assert len(shown) == len(_names_of_wrong_indexes(clinic)) == 1
    clinic.repair(do=True)
    assert _names_of_wrong_indexes(clinic) == []
    assert clinic.desk.written() == before


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("DROP TABLE appui_import_source", "table appui_import_source"),
        ("ALTER TABLE appui_person RENAME COLUMN phone TO telephone", "colonne appui_person.phone"),
    ],
)
def test_a_table_or_a_column_that_is_missing_is_named(clinic, broken, said):
    """Nobody can make up what was in it."""
    clinic.break_(broken)
    found = clinic.look(quick=True)

    assert [name for name, each in found.items() if not each.ok] == ["structure"]
    assert found["structure"].details == (said,)


def test_a_constraint_that_is_missing_is_named(make_clinic):
    """SQLite cannot lose one without its table; PostgreSQL can."""
    clinic = make_clinic("postgresql")
    lost = {
        "appui_case": "appui_case_version_check",
        "appui_document": "appui_document_case_id_fk",
        "appui_share": "appui_share_pk",
    }
    clinic.break_(
        "ALTER TABLE appui_case DROP CONSTRAINT appui_case_reference_unique",
        *(f"ALTER TABLE {table} DROP CONSTRAINT {name}" for table, name in lost.items()),
    )
    found = clinic.look(quick=True)["structure"]

    assert set(found.details) == {
        "contrainte appui_case_reference_unique",
        "contrainte appui_case_version_check",
        "contrainte appui_document_case_id_fk",
        "clé primaire de appui_share",
    }


def test_a_base_in_a_schema_of_its_own_is_looked_at_and_mended_there(make_clinic):
    """A host keeps its own tables beside; theirs do not stand for ours."""
    clinic = make_clinic("postgresql", schema="demandes")
    clinic.open()

    assert clinic.faults() == []
    clinic.break_("DROP INDEX demandes.appui_case_by_update", "UPDATE demandes.appui_case SET title = 'Autre'")
    assert clinic.faults() == ["indexes", "cases"]
    assert len(clinic.repair(do=True)) == 2
    assert clinic.faults() == []


def test_an_index_whose_creation_was_interrupted_is_created_anew(make_clinic):
    """PostgreSQL keeps it, pays for it at each writing, and does not use it."""
    clinic = make_clinic("postgresql")
    clinic.open()
    with clinic.engine.database.autocommit() as raw:
        raw.execute("DROP INDEX appui_deadline_open")
        with pytest.raises(psycopg.errors.DivisionByZero):
            raw.execute("CREATE INDEX CONCURRENTLY appui_deadline_open ON appui_deadline ((1 / (length(key) * 0)))")
    found = clinic.look(quick=True)["indexes"]

    assert found.details == ("appui_deadline_open (à refaire)",)
    clinic.repair(do=True)
    assert _names_of_wrong_indexes(clinic) == []


@pytest.mark.parametrize(
    ("spoilt", "wrong"),
    [("appui_message_by_case", ["damages"]), ("appui_person", ["damages", "assignees"])],
    ids=["index", "table"],
)
def test_a_page_of_the_base_that_does_not_read_is_told(make_clinic, spoilt, wrong):
    """A disk that fails is known before the page is needed; what needs it says so, the rest is still looked at."""
    clinic = make_clinic("sqlite")
    clinic.desk.act(clinic.open(), "start_scoping")
    clinic.engine.database.dispose()
    with closing(sqlite3.connect(clinic.engine.database.path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        [page] = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", [spoilt]).fetchone()
        [size] = connection.execute("PRAGMA page_size").fetchone()
    with clinic.engine.database.path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    found = clinic.look()

    assert set(wrong) <= {name for name, each in found.items() if not each.ok}
    assert found["damages"].details
    assert "sauvegarde" in found["damages"].remedy
    assert found["journal"].ok


def test_a_document_of_a_case_that_is_gone_is_told(make_clinic):
    """SQLite checks references only on connections that ask for it."""
    clinic = make_clinic("sqlite")
    case = clinic.open()
    clinic.desk.attach(case)
    with closing(sqlite3.connect(clinic.engine.database.path)) as connection, connection:
        connection.execute("DELETE FROM appui_case")
    found = clinic.look()["damages"]

    assert found.details == ("appui_document, ligne 1 : appui_case manque",)


def test_a_connection_that_could_lose_writings_is_told(tmp_path):
    """A folder on a network keeps SQLite from its WAL, and a setting from the disk."""
    with closing(sqlite3.connect(tmp_path / "base.db")) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        wrong = Store("sqlite").wrong_settings(connection)

    assert wrong == [("journal_mode", "delete", "wal"), ("synchronous", "0", "2"), ("foreign_keys", "0", "1")]


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("ALTER DATABASE {} SET synchronous_commit = off", "synchronous_commit"),
        ("ALTER TABLE appui_case SET (autovacuum_enabled = false)", "appui_case"),
    ],
)
def test_a_server_that_is_not_set_as_it_should_be_is_told(make_clinic, broken, said):
    """What is acknowledged must stay, and the base must be tended."""
    clinic = make_clinic("postgresql")
    name = clinic.engine.database._url.database
    clinic.break_(broken.format(name))
    found = clinic.look(quick=True)["settings"]

    assert not found.ok
    assert said in found.remedy


def test_a_base_that_is_not_in_utf8_is_told(postgresql_folder):
    """It would refuse names."""
    with psycopg.connect(host=str(postgresql_folder), user="postgres", dbname="postgres", autocommit=True) as server:
        server.execute("CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
        try:
            with psycopg.connect(host=str(postgresql_folder), user="postgres", dbname="latin") as connection:
                wrong = Store("postgresql").wrong_settings(connection)
        finally:
            server.execute("DROP DATABASE latin WITH (FORCE)")

    assert wrong == [("server_encoding", "LATIN1", "UTF8")]


def test_a_transaction_that_was_forgotten_is_to_be_watched(make_clinic):
    """Behind it nothing can be tidied up."""
    clinic = make_clinic("postgresql")
    with clinic.engine.database.reading():
        healthy, found = clinic.look(quick=True)["idle"], clinic.look(quick=True, idle_seconds=0)["idle"]

    assert (healthy.level, found.level) == ("good", "warning")
    assert "pg_terminate_backend" in found.remedy


def test_a_big_base_without_statistics_is_looked_at(clinic):
    """Without them lists may read everything."""
    numbers = {
        "sqlite": "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) SELECT i FROM n",
        "postgresql": "SELECT i FROM generate_series(1, 10000) AS n (i)",
    }[clinic.engine.database.dialect]
    columns = [column.name for column in CASES.columns]
    changed = {"id": "id || i", "reference": "reference || '-' || i"}
    values = ", ".join(changed.get(name, name) for name in columns)
    clinic.open()
    if clinic.engine.database.dialect == "postgresql":
        clinic.break_("ALTER TABLE appui_case SET (autovacuum_enabled = false)")
    clinic.break_(f"INSERT INTO appui_case ({', '.join(columns)}) SELECT {values} FROM appui_case, ({numbers}) AS many")  # noqa: S608 (the names of our columns)
    found = clinic.look(quick=True)["statistics"]

    assert (found.level, found.details) == ("warning", ("appui_case",))
    examination = clinic.examination(quick=True)
    [repair] = repairs(examination)
    repair.do()
    examination.database.dispose()
    assert clinic.look(quick=True)["statistics"].level == "good"


def test_a_file_that_is_missing_or_cut_short_is_named_with_its_case(clinic):
    """A convention that cannot be read any more is known before somebody needs it."""
    case = clinic.open()
    clinic.desk.attach(case, "convention.pdf")
    clinic.desk.attach(case, "plan.pdf", PDF + b"\n")
    gone, cut = sorted((clinic.folder / "documents").glob("??/*"))
    gone.unlink()
    cut.write_bytes(b"%PDF")
    found = clinic.look(quick=True)["files"]

    assert not found.ok
    assert len(found.details) == 2
    assert all(case.reference in each for each in found.details)


def test_a_file_whose_content_has_changed_is_named_unless_the_visit_is_quick(clinic):
    """A disk may alter a file and leave its size."""
    case = clinic.open()
    clinic.desk.attach(case, "convention.pdf")
    [file] = (clinic.folder / "documents").glob("??/*")
    file.write_bytes(PDF.replace(b"1 0 obj", b"2 0 obj"))
    found = clinic.look()["files"]

    assert "convention.pdf" in found.details[0]
    assert "n'a plus son contenu" in found.details[0]
    assert clinic.faults(quick=True) == []


def test_a_file_that_no_case_names_is_taken_away_once_it_is_old(clinic):
    """A crash leaves one behind; one of today may be on its way into a case."""
    clinic.desk.attach(clinic.open())
    old, new = _orphans(clinic)
    found = clinic.look(quick=True)["orphans"]

    assert (found.ok, found.level) == (True, "warning")
    assert "1\xa0fichier" in found.text
    assert clinic.repair(do=False) == ["retirer 1\xa0fichier que ne cite aucun dossier"]
    assert (old.exists(), new.exists()) == (True, True)
    clinic.repair(do=True)
    assert (old.exists(), new.exists()) == (False, True)
    assert clinic.faults() == []


def _orphans(clinic):
    made = []
    for digit in "ab":
        path = clinic.folder / "documents" / (digit * 2) / (digit * 64)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"perdu")
        made.append(path)
    two_days_ago = (system_clock() - timedelta(days=2)).timestamp()
    os.utime(made[0], (two_days_ago, two_days_ago))
    return made


def test_a_departement_where_nobody_decides_is_named(clinic):
    """Its cases would stop at the first routing."""
    clinic.open()
    clinic.engine.people.disable(DEPUTY.id)

    assert clinic.faults(quick=True) == ["deciders"]
    assert "Deux-Sèvres (79)" in clinic.look(quick=True)["deciders"].text


def test_an_open_case_on_which_nobody_can_act_is_named(clinic):
    """Closed ones need nobody."""
    stuck = clinic.open()
    clinic.desk.act(clinic.open(), "withdraw")
    for actor in (AGENT, DEPUTY):
        clinic.engine.people.disable(actor.id)
    found = clinic.look(quick=True)["actors"]

    assert not found.ok
    assert found.details == (stuck.reference,)
    assert "appui user grant" in found.remedy


def test_a_right_that_has_lapsed_helps_nobody(clinic):
    """Rights have dates, and the doctor asks for today."""
    clinic.open()
    clinic.break_("UPDATE appui_grant SET until = '2020-01-01'")

    assert clinic.faults(quick=True) == ["deciders", "actors"]


def test_who_is_absent_without_a_substitute_can_do_nothing(clinic):
    """With one, the case goes on."""
    clinic.open()
    today = system_clock().date()
    away = today - timedelta(days=2), today + timedelta(days=2)
    clinic.engine.people.absent(DEPUTY.id, Absence(*away))

    assert clinic.faults(quick=True) == ["deciders"]
    clinic.engine.people.add(Person("collegue", "C. Collègue"))
    clinic.engine.people.absent(DEPUTY.id, Absence(*away, "collegue"))
    assert clinic.faults(quick=True) == []


@pytest.mark.parametrize("closed", [True, False], ids=["closed account", "absence"])
def test_who_answers_for_open_cases_and_cannot_act_is_to_be_watched(clinic, closed):
    """Somebody else may act, but nobody knows that they must."""
    case = clinic.desk.act(clinic.open(), "start_scoping")
    clinic.engine.people.add(Person("collegue", "C. Collègue", grants=(Grant("case_officer", "department:79"),)))
    today = system_clock().date()
    if closed:
        clinic.engine.people.disable(AGENT.id)
    else:
        clinic.engine.people.absent(AGENT.id, Absence(today - timedelta(days=2), today + timedelta(days=2)))
    found = clinic.look(quick=True)

    assert [name for name, each in found.items() if each.level != "good"] == ["assignees"]
    assert (found["assignees"].ok, case.reference in found["assignees"].details[0]) == (True, True)
    assert ("compte fermé" in found["assignees"].details[0]) is closed


def test_who_answers_for_open_cases_and_is_replaced_is_not_told(clinic):
    """The substitute has the same rights."""
    clinic.desk.act(clinic.open(), "start_scoping")
    clinic.engine.people.add(Person("collegue", "C. Collègue"))
    today = system_clock().date()
    clinic.engine.people.absent(AGENT.id, Absence(today - timedelta(days=2), today + timedelta(days=2), "collegue"))

    assert clinic.faults(quick=True) == []


def test_a_clock_behind_the_last_entry_is_told(clinic):
    """Deadlines would be computed from a day that is over."""
    clinic.open()
    found = clinic.look(quick=True, clock=lambda: system_clock() - timedelta(days=100))["clock"]

    assert not found.ok


def test_a_clock_long_after_the_last_entry_is_worth_knowing(clinic):
    """Either nobody works here, or the clock is ahead; PostgreSQL's own says which."""
    clinic.open()
    found = clinic.look(quick=True, clock=lambda: system_clock() + timedelta(days=400))["clock"]

    assert found.level == ("warning" if clinic.engine.database.dialect == "sqlite" else "fault")


def test_a_clock_that_differs_from_that_of_the_base_is_told(make_clinic):
    """The two machines would not agree on what is late."""
    clinic = make_clinic("postgresql")
    found = clinic.look(quick=True, clock=lambda: system_clock() + timedelta(minutes=5))["clock"]

    assert not found.ok
    assert "celle de la base" in found.text


@pytest.mark.parametrize(("total", "free", "ok"), [(100, 50, True), (100, 4, False), (4, 0.9, False), (1000, 60, True)])
def test_a_disk_that_is_nearly_full_is_told(clinic, total, free, ok):
    """Under a gibibyte, or a twentieth of the whole."""
    sizes = (total * GIB, int((total - free) * GIB), int(free * GIB))
    found = clinic.look(quick=True, disk_usage=lambda _place: sizes)["disk"]

    assert found.ok is ok
    assert ok or str(clinic.folder) in str(found.details)


def test_a_folder_that_does_not_exist_yet_is_on_the_disk_above_it(clinic):
    """The first document makes it."""
    asked: list[Path] = []
    clinic.look(quick=True, disk_usage=lambda place: (asked.append(place), (100 * GIB, 0, 100 * GIB))[1])

    assert all(place.exists() for place in asked)


def test_a_folder_of_documents_where_nothing_can_be_written_is_told(clinic):
    """Before somebody loses a convention that they were about to attach."""
    clinic.given["documents"] = {"folder": Path("/proc/self")}
    found = clinic.look(quick=True)["documents"]

    assert not found.ok
    assert "/proc/self" in found.text


def test_a_procedure_that_changed_under_its_cases_is_named(clinic):
    """The engine would refuse to start; the doctor says why, and goes on with what the base keeps."""
    shipped = clinic.engine.library.get("engineering_request", 2)
    case = clinic.open()
    folder = clinic.folder / "procedures"
    folder.mkdir()
    text = (files("appui.states") / "procedures" / "engineering_request_2.toml").read_text(encoding="utf-8")
    (folder / "changed.toml").write_text(text.replace("Crédits engagés", "Engagés"), encoding="utf-8")
    clinic.given["procedures"] = {"folder": folder}
    found = clinic.look()

    assert [name for name, each in found.items() if not each.ok] == ["procedures"]
    assert f"{shipped.key} {shipped.version}" in found["procedures"].text
    assert case.procedure_version == shipped.version


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("UPDATE appui_procedure SET content = '{}' WHERE key = 'local_request'", "local_request 2 : "),
        ("UPDATE appui_procedure SET content_hash = 'autre' WHERE key = 'local_request'", "empreinte"),
        ("DELETE FROM appui_procedure WHERE key = 'local_request'", "inconnue, 1\xa0dossier en cours la suit"),
    ],
    ids=["unreadable", "altered", "removed"],
)
def test_a_procedure_that_cases_follow_and_that_does_not_read_is_named(clinic, broken, said):
    """Its cases could not move on, and nothing could be said of their deadlines."""
    clinic.open_with_procedure_of_a_host("local_request")
    healthy = clinic.look()["procedures"]
    clinic.break_(broken)
    found = clinic.look()["procedures"]

    assert (healthy.ok, found.ok) == (True, False)
    assert said in found.details[0]


def test_a_faulty_file_of_procedures_is_told(clinic):
    """With its name, and what is wrong in it."""
    folder = clinic.folder / "procedures"
    folder.mkdir()
    (folder / "fausse.toml").write_text("key =")
    clinic.given["procedures"] = {"folder": folder}
    found = clinic.look(quick=True)["procedures"]

    assert not found.ok
    assert "fausse.toml" in found.remedy


def test_a_base_that_is_away_is_told(clinic):
    """The other checks wait for it."""
    clinic.given["database"] = {"url": "postgresql://nobody@127.0.0.1:1/nothing"}
    found = clinic.look()

    assert [name for name, each in found.items() if not each.ok] == ["database"]

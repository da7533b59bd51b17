"""`appui doctor`: what an operator reads, what a program reads, and what is mended only when asked twice."""

import json
import sqlite3
from contextlib import closing

import pytest
from tests.integration.cli.test_terminal import on_a_terminal, opened

from appui.workflow.doctor.checks import CHECKS


def altered(house, *statements):
    """Change the base behind the back of appui."""
    with closing(sqlite3.connect(house.base)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def held(house):
    """Return every row of the base."""
    with closing(sqlite3.connect(house.base)) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {table: sorted(connection.execute(f"SELECT * FROM {table}"), key=repr) for table in tables}  # noqa: S608 (its own names)


def checks(house, *options):
    """Return what the doctor found, by name."""
    return {each["check"]: each for each in json.loads(house.run("doctor", "--json", *options).stdout)["checks"]}


def test_the_doctor_finds_a_healthy_installation_healthy(house):
    """Each line begins with a tick."""
    page = house.done("doctor")

    assert page.count("✓ ") == 1 + len(CHECKS)
    assert "✗" not in page


def test_the_doctor_creates_nothing(empty_house):
    """Looking changes nothing: a base that is missing stays missing."""
    result = empty_house.run("doctor")

    assert result.exit_code == 1
    assert "lancez « appui db upgrade »" in " ".join(result.stdout.split())
    assert not empty_house.base.exists()


def test_the_doctor_misses_whoever_decides(house):
    """A département with open cases and no delegate is stuck."""
    house.done("user", "disable", "d.dta")
    found = checks(house)["deciders"]

    assert (found["ok"], "Deux-Sèvres (79)" in found["text"]) == (False, True)
    assert "appui user grant" in found["remedy"]


def test_the_doctor_finds_a_changed_journal_and_a_clock_that_is_behind(house):
    """Both mean that figures and deadlines would be wrong."""
    altered(house, "UPDATE appui_case SET updated_at = '2199-01-01T00:00:00.000000+00:00'")
    altered(house, "UPDATE appui_entry SET actor_id = 'autre'")
    found = checks(house)

    assert (found["clock"]["ok"], found["journal"]["ok"]) == (False, False)
    assert found["procedures"]["ok"] is True


def test_the_doctor_tells_an_unusable_configuration_folder_and_base(house):
    """Each comes with what to do."""
    house.config.write_text('[database]\nurl = "mysql://x"\n')
    assert checks(house)["config"]["ok"] is False

    (house.folder / "pas-une-base.db").write_text("ceci n'est pas une base")
    house.config.write_text(f'[database]\nurl = "sqlite:///{(house.folder / "pas-une-base.db").as_posix()}"\n')
    found = checks(house)["database"]

    assert found["ok"] is False
    assert found["remedy"]


def test_a_repair_is_shown_first_and_done_when_it_is_confirmed(house, reference):
    """Nobody mends a base by mistake."""
    before = held(house)
    altered(house, "UPDATE appui_case SET state = 'completed'", "DROP INDEX appui_case_by_update")
    broken = held(house)
    shown = house.run("doctor", "--repair")

    assert shown.exit_code == 1
    assert "2\xa0réparations possibles" in shown.stdout
    assert f"→ récrire {reference} d'après son journal : état" in " ".join(shown.stdout.split())
    assert held(house) == broken

    done = house.done("doctor", "--repair", "--yes")
    assert "2\xa0réparations faites" in done
    assert held(house) == before
    assert "0\xa0réparation possible" in house.done("doctor", "--repair")


def test_a_program_reads_the_repairs_too(house, reference):
    """One object, the findings being those after the repair."""
    altered(house, "UPDATE appui_case SET title = 'Autre'")
    answer = json.loads(house.done("doctor", "--repair", "--yes", "--json"))

    assert answer["ok"] is True
    assert (answer["repairs"]["done"], answer["repairs"]["count"]) == (True, 1)
    assert reference in answer["repairs"]["details"][0]


def test_a_program_reads_what_can_be_repaired(house):
    """An index is made again, a clock is not."""
    altered(
        house,
        "DROP INDEX appui_case_by_update",
        "UPDATE appui_case SET updated_at = '2199-01-01T00:00:00.000000+00:00'",
    )
    found = checks(house, "--quick")

    assert (found["indexes"]["repairable"], found["clock"]["repairable"]) == (True, False)
    assert found["files"]["repairable"] is False


def test_confirming_nothing_is_a_wrong_use(house):
    """`--yes` alone confirms nothing."""
    result = house.run("doctor", "--yes")

    assert result.exit_code == 2
    assert "--repair" in result.stderr


def test_a_quick_visit_leaves_the_journals_out(house):
    """On a big base they take an hour."""
    assert {"journal", "cases"}.isdisjoint(checks(house, "--quick"))


@pytest.mark.parametrize("options", [(), ("--json",), ("--repair",), ("--repair", "--yes", "--json")], ids=" ".join)
def test_a_base_that_cannot_be_looked_into_is_told_and_nothing_is_tried(empty_house, options):
    """Whatever was asked, the answer is the same sentence and exit code."""
    result = empty_house.run("doctor", *options)

    assert result.exit_code == 1
    assert "appui db upgrade" in " ".join(result.stdout.split())
    assert not empty_house.base.exists()


def test_a_procedure_folder_that_cannot_be_read_is_told(house):
    """The file and its fault are named."""
    folder = house.folder / "procedures"
    folder.mkdir()
    (folder / "fausse.toml").write_text("key =")
    house.config.write_text(house.config.read_text() + f'[procedures]\nfolder = "{folder.as_posix()}"\n')

    assert checks(house)["procedures"]["ok"] is False


def test_how_far_the_reading_is_shows_on_a_terminal_alone(house, surroundings):
    """On a big base it takes minutes; a mail or a program is not told."""
    screen = on_a_terminal(house.command("doctor"), surroundings, columns=80)
    piped = house.start("doctor")

    assert "… 1\xa0dossier relu" in screen
    assert piped.stderr == b""


def test_a_repair_that_is_impossible_is_said_with_its_reason(house, reference):
    """The others are done, nothing is half done, and the exit code tells."""
    other = opened(house, "Halle")
    altered(
        house,
        "DELETE FROM appui_chain_head WHERE case_id = (SELECT id FROM appui_case WHERE title = 'Halle')",
        f"UPDATE appui_case SET reference = 'perdue' WHERE reference = '{reference}'",  # noqa: S608 (our own)
        f"UPDATE appui_case SET reference = '{reference}' WHERE reference = '{other}'",  # noqa: S608 (our own)
        "DROP INDEX appui_case_by_update",
    )
    result = house.run("doctor", "--repair", "--yes")
    said = " ".join(result.stdout.split())

    assert result.exit_code == 1
    assert "1 réparation faite → créer l'index appui_case_by_update" in said
    assert f"{reference} n'est pas récrit : un autre dossier porte cette référence." in said

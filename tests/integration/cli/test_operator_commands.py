"""What the operator runs: people, providers, procedures, base and journals."""

import json
import sqlite3
from contextlib import closing

import pytest


def altered(house, statement):
    """Change the base behind the back of appui."""
    with closing(sqlite3.connect(house.base)) as connection:
        connection.execute(statement)
        connection.commit()


def test_a_right_is_given_and_taken_back_at_once(house, reference):
    """Whoever leaves a post loses its rights the same day."""
    house.done("user", "grant", "m.agent", "delegate", "department:79", "--since", "2020-01-01")
    assert "délégué territorial, Deux-Sèvres" in house.done("user", "list")

    house.done("user", "revoke", "m.agent", "delegate", "department:79")
    assert "délégué territorial, Deux-Sèvres" not in house.done("user", "list").replace("adjoint, Deux-Sèvres", "")


def test_a_substitute_acts_for_who_is_away(house, reference):
    """Cases do not wait for the end of a leave."""
    house.done("user", "add", "r.place", "Rémi Place")
    house.done("user", "absence", "m.agent", "2020-01-01", "2199-12-31", "--substitute", "r.place")
    house.done("case", "act", reference, "comment", "--as", "r.place", "--data", '{"text": "Vu."}')

    assert "Rémi Place, pour" in " ".join(house.done("case", "journal", reference).split())


def test_a_closed_account_does_nothing_more(house, reference):
    """The account is closed at once, what it did stays."""
    house.done("user", "disable", "m.agent")
    result = house.run("case", "show", reference, "--as", "m.agent")

    assert result.exit_code == 1
    assert "est fermé" in result.stderr
    assert "compte fermé" in house.done("user", "list")


@pytest.mark.parametrize(
    "words",
    [
        ["user", "add", "m agent", "Marie"],
        ["user", "add", "x", "\x1b[31mrouge"],
        ["user", "add", "x", "X", "--email", "pas une adresse"],
        ["user", "add", "x", "X", "--grant", "roi@department:79"],
        ["user", "grant", "m.agent", "delegate", "department:00"],
        ["user", "grant", "nobody", "delegate", "nation"],
        ["user", "grant", "m.agent", "delegate", "nation", "--since", "2026-02-01", "--until", "2026-01-01"],
        ["user", "revoke", "m.agent", "delegate", "nation"],
        ["user", "absence", "m.agent", "2026-02-01", "2026-01-01"],
        ["user", "disable", "nobody"],
        ["provider", "add", "x", "", "CAUE"],
        ["provider", "add", "x", "X", "CAUE", "--territory", "mars"],
        ["procedure", "diagram", "nothing"],
        ["procedure", "diagram", "engineering_request", "--version", "99"],
        ["procedure", "check", "absent.toml"],
        ["case", "list", "--after", "nimporte"],
    ],
    ids=lambda words: " ".join(words)[:50],
)
def test_what_cannot_be_done_is_told_with_the_exit_code_1(house, words):
    """A French sentence on stderr, nothing on stdout."""
    result = house.run(*words)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.strip()
    assert "imprévue" not in result.stderr
    assert "\x1b" not in result.stderr


def test_people_are_given_as_json(house):
    """Other programs read the directory."""
    people = house.read("user", "list")

    assert set(people[0]) == {"id", "name", "email", "phone", "grants", "absences", "disabled_at"}


def test_procedures_are_listed_drawn_and_checked(house):
    """What comes with appui is sound."""
    listed = house.read("procedure", "list")
    diagram = house.done("procedure", "diagram", "engineering_request", "--short")

    assert {(each["key"], each["version"]) for each in listed} >= {
        ("engineering_request", 1),
        ("engineering_request", 2),
    }
    assert diagram.startswith("stateDiagram-v2\n")


def test_a_faulty_procedure_file_has_all_its_faults_named(house):
    """Whoever writes a procedure corrects it in one go."""
    file = house.folder / "mienne.toml"
    file.write_text('key = "mienne"\nversion = 1\nlabel = "M"\nstates = {}\nactions = []\nnimporte = 1\n')
    told = house.run("procedure", "check", str(file))
    answer = house.run("procedure", "check", str(file), "--json")

    assert (told.exit_code, answer.exit_code) == (1, 1)
    assert "nimporte : " in told.stderr
    assert json.loads(answer.stdout)["faults"][0]["path"] == "nimporte"


def test_a_changed_journal_is_found(house, reference):
    """What was changed in the base directly cannot be passed off as the truth."""
    assert "intacts" in house.done("journal", "verify", reference)
    altered(house, "UPDATE appui_entry SET effective_on = '2020-01-01'")
    result = house.run("journal", "verify")

    assert result.exit_code == 1
    assert "a été modifiée" in result.stdout
    assert json.loads(house.run("journal", "verify", "--json").stdout)["ok"] is False


def test_the_base_is_created_by_upgrade_and_checked(empty_house):
    """A new installation begins here; the second time nothing changes."""
    assert empty_house.run("db", "check").exit_code == 1
    assert "est à jour" in empty_house.done("db", "upgrade")
    assert "déjà à jour" in empty_house.done("db", "upgrade")
    assert empty_house.read("db", "check") == {"current": True}

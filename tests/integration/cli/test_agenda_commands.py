"""An officer's day from the command line, and the pages that it shows."""

from datetime import timedelta

import icalendar
import pytest

from appui.workflow.clock import system_clock

SOON = (system_clock() + timedelta(days=3)).date().isoformat()


def test_an_officer_sees_what_is_to_do_and_puts_it_aside(house, reference):
    """The request that came in is there with what is expected of it; put aside, it says why and until when."""
    page = house.done("agenda", "--as", "m.agent")
    assert all(said in page for said in (reference, "Bressuire", "Friche du bourg", "Première réponse"))

    said = house.done("agenda", "aside", reference, "relancer la mairie", "--until", SOON, "--as", "m.agent")
    assert f"{reference} reviendra à votre agenda" in said
    page = house.done("agenda", "--as", "m.agent")
    assert "Mis de côté (1)" in page
    assert "relancer la mairie, dans 3" in " ".join(page.split())

    assert "revient à votre agenda" in house.done("agenda", "take-up", reference, "--as", "m.agent")
    assert "n'était pas de côté" in house.done("agenda", "take-up", reference, "--as", "m.agent")


def test_programs_read_the_agenda_as_json(house, reference):
    """Items with their part, their deadline and whom they wait on."""
    found = house.read("agenda", "--as", "m.agent")

    assert [item["case"]["reference"] for item in found["items"]] == [reference]
    assert {"part", "deadline", "waiting_on", "since", "note", "on_behalf_of", "on"} <= set(found["items"][0])


def test_an_empty_agenda_says_so(house):
    """Nothing is a sentence, not an empty page."""
    house.done("user", "add", "i.inspection", "Ida Inspection", "--grant", "auditor@department:79")

    assert house.done("agenda", "--as", "i.inspection").startswith("Rien à faire")


def test_a_calendar_program_reads_the_agenda_by_its_key(house, reference, tmp_path):
    """The key is said once; revoked, it opens nothing."""
    key = house.done("agenda", "key", "--as", "m.agent").strip()
    file = tmp_path / "agenda.ics"
    house.done("agenda", "calendar", str(file), "--key", key)
    events = icalendar.Calendar.from_ical(file.read_bytes()).walk("VEVENT")

    assert [reference in str(event["summary"]) for event in events] == [True]
    house.done("agenda", "key", "--revoke", "--as", "m.agent")
    assert "n'ouvre plus rien" in house.run("agenda", "calendar", "--key", key).stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["agenda", "--json"], 2, "Il manque l'option --as PERSONNE"),
        (["agenda", "--as", "personne"], 1, "Personne inconnue"),
        (["agenda", "--as", "m.agent", "aside", "79-2026-0001", "x"], 2, "s'écrivent après « aside »"),
        (["agenda", "aside", "79-2026-0001", "relancer", "--until", "demain", "--as", "m.agent"], 2, "attend une date"),
        (["agenda", "aside", "79-1999-0001", "relancer", "--until", SOON, "--as", "m.agent"], 1, "79-1999-0001"),
        (["agenda", "aside", "79-1999-0001", "--until", SOON, "--as", "m.agent"], 2, "MOTIF"),
        (["agenda", "calendar", "--key", "fausse"], 1, "n'ouvre plus rien"),
        (["agenda", "demain"], 2, "demain"),
    ],
)
def test_a_wrong_command_gets_one_sentence(house, arguments, code, said):
    """What is wrong, and what would be right."""
    result = house.run(*arguments)

    assert (result.exit_code, said in result.stderr) == (code, True), result.stderr

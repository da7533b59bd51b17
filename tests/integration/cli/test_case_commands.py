"""Cases from the command line: what is read, what is done, and what is refused, in French and with exit codes."""

import json

import pytest

ROUTE = json.dumps({"grounds": ["rare_engineering"], "justification": "Ouvrage rare."})
REASON = json.dumps({"reason": "Projet abandonné."})
CASE_KEYS = {
    "id", "reference", "procedure", "procedure_version", "state", "version", "department", "applicant",
    "beneficiaries", "title", "received_on", "received_before", "route", "routed_on", "suspended_since", "opened_at",
    "updated_at", "ended_at", "assignee", "shared_with", "presumed", "data",
}  # fmt: skip


def test_a_case_is_shown_with_what_matters_first(house, reference):
    """Who asks, where it stands, who follows it and what is due, then the facts under their French labels."""
    house.done("case", "act", reference, "assign", "--as", "d.dta", "--data", '{"assignee": "m.agent"}')
    page = house.done("case", "show", reference)

    for said in ("Friche du bourg", "Bressuire (commune", "Reçue, depuis", "Marie Agent · 05 00 00 00 01", "Échéance",
                 "Besoin", "Arrivée par", "téléphone", "Possible maintenant", "answer_locally"):  # fmt: skip
        assert said in page


def test_a_case_is_found_by_its_identifier_as_by_its_reference(house, reference):
    """The reference stands on letters, the identifier in other programs; small letters do no harm."""
    case = house.read("case", "show", reference)["case"]

    assert house.read("case", "show", case["id"])["case"] == case
    assert house.read("case", "show", f" {reference.lower()} ")["case"] == case


@pytest.mark.parametrize("name", ["79-2026-9999", "rien", "é" * 500, "--", "\x1b[31m"])
def test_an_unknown_case_gets_a_sentence(house, name):
    """A slip in a reference is told, nothing else happens."""
    result = house.run("case", "show", "--", name)

    assert result.exit_code == 1
    assert "Aucun dossier" in result.stderr
    assert "\x1b" not in result.output


def test_the_list_is_filtered(house, reference):
    """An officer looks for a town among open cases."""
    assert reference in house.done("case", "list", "--text", "bressuire", "--open")
    assert "Aucun dossier." in house.done("case", "list", "--closed")
    assert "Aucun dossier." in house.done("case", "list", "--department", "17")


def test_a_long_list_says_how_to_go_on(house):
    """The repère at the end of a page leads to the next one, and nothing is shown twice."""
    house.done("case", "open", "engineering_request", "79049", "Halle", "--as", "m.agent", "--data",
               '{"need": "Halle", "themes": ["culture"], "channel": "email", "contact": {"name": "Maire", '
               '"email": "maire@bressuire.example"}}')  # fmt: skip
    first = house.read("case", "list", "--limit", "1")
    second = house.read("case", "list", "--limit", "1", "--after", first["next"])
    titles = [page["items"][0]["title"] for page in (first, second)]

    assert titles == ["Halle", "Friche du bourg"]
    assert "--after" in house.done("case", "list", "--limit", "1")


def test_an_action_moves_the_case_and_says_who_is_told(house, reference):
    """One command, one sentence, and the mails that leave because of it."""
    said = house.done("case", "act", reference, "answer_locally", "--as", "m.agent", "--data", '{"provider": "caue79"}')

    assert "« Solution locale », version 2" in said
    assert "Vont être prévenus" in said
    assert "Mme Secrétaire" in said


def test_a_stale_version_is_refused(house, reference):
    """Who says which version they read is told when somebody was faster."""
    house.done("case", "act", reference, "comment", "--as", "m.agent", "--data", '{"text": "Vu."}')
    result = house.run("case", "act", reference, "drop", "--as", "m.agent", "--data", REASON, "--version", "1")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "version 2" in result.stderr


def test_a_refused_action_says_what_would_unlock_it(house, reference):
    """Each reason on its line, with the way out."""
    result = house.run("case", "act", reference, "route_national", "--as", "d.dta", "--data", ROUTE)

    assert result.exit_code == 1
    assert "n'est pas possible quand la demande est" in result.stderr
    assert "Pour débloquer :" in result.stderr


def test_wrong_data_are_named_field_by_field(house, reference):
    """Two faults, two lines, each with its field."""
    data = '{"provider": "personne", "accepted_on": "hier"}'
    result = house.run("case", "act", reference, "answer_locally", "--as", "m.agent", "--data", data)

    assert result.exit_code == 1
    assert any(line.startswith("accepted_on : ") for line in result.stderr.splitlines())
    assert house.read("case", "show", reference)["case"]["version"] == 1


def test_acting_asks_for_a_person(house, reference):
    """Nobody acts anonymously: without --as the command is not understood."""
    result = house.run("case", "act", reference, "drop", "--data", REASON)

    assert result.exit_code == 2
    assert "Il manque l'option --as PERSONNE" in result.stderr


@pytest.mark.parametrize("person", ["nobody", "system", ""])
def test_an_unknown_person_neither_reads_nor_acts(house, reference, person):
    """No identifier opens more doors than the rights that are stored for it."""
    for command in (["show", reference], ["list"], ["act", reference, "drop", "--data", REASON]):
        result = house.run("case", *command, "--as", person)

        assert (result.exit_code, result.stdout) == (1, "")
        assert "Personne inconnue" in result.stderr


def test_a_person_of_elsewhere_sees_nothing(house, reference):
    """A foreign case answers as one that does not exist."""
    house.done("user", "add", "a.loin", "Anne Loin", "--grant", "delegate@department:17")
    result = house.run("case", "show", reference, "--as", "a.loin")

    assert result.exit_code == 1
    assert "Aucun dossier" in result.stderr
    assert "Aucun dossier." in house.done("case", "list", "--as", "a.loin")


def test_a_preview_changes_nothing(house, reference):
    """What would change and who would be told, before anything leaves."""
    page = house.done(
        "case", "preview", reference, "answer_locally", "--as", "m.agent", "--data", '{"provider": "caue79"}'
    )

    assert "rien n'est enregistré" in page
    assert "« Reçue » → « Solution locale »" in page
    assert house.read("case", "show", reference)["case"]["version"] == 1


def test_explanations_put_what_is_possible_first(house, reference):
    """Then what is not yet, why and who can; what only another state allows takes one line."""
    page = house.done("case", "explain", reference, "--as", "m.agent")
    full = house.done("case", "explain", reference, "--as", "m.agent", "--all")

    assert page.index("Possible maintenant") < page.index("Pas encore") < page.index("Autres actions")
    assert "Qui peut : Denis Adjoint (délégué territorial adjoint)" in page
    assert "Autres actions" not in full
    assert len(full) > 2 * len(page)


def test_data_come_from_a_file_or_the_standard_input(house, reference):
    """Long texts are not typed on a command line."""
    file = house.folder / "motif.json"
    file.write_text('\ufeff{"text": "Depuis un fichier"}', encoding="utf-8")
    house.done("case", "act", reference, "comment", "--as", "m.agent", "--data", f"@{file}")
    house.done(
        "case", "act", reference, "comment", "--as", "m.agent", "--data", "@-", given='{"text": "Depuis un tube"}'
    )
    texts = [entry["data"].get("text") for entry in house.read("case", "journal", reference)]

    assert texts[1:] == ["Depuis un fichier", "Depuis un tube"]


def test_an_applicant_in_no_register_is_given_by_hand(house):
    """A PETR has no code; it opens a case all the same."""
    data = (
        '{"need": "Mobilité", "themes": ["mobility"], "channel": "email", "contact": {"name": "X", "email": "x@y.fr"}}'
    )
    petr = '{"name": "PETR du Bocage", "kind": "PETR", "department": "79"}'
    case = house.read(
        "case", "open", "engineering_request", "Navettes", "--by-hand", petr, "--as", "m.agent", "--data", data
    )

    assert case["applicant"]["name"] == "PETR du Bocage"
    assert case["title"] == "Navettes"


def test_a_file_is_attached_and_its_identifier_given_back(house, reference):
    """The identifier is what document fields take."""
    file = house.folder / "note.txt"
    file.write_text("Une note.")
    document = house.read("case", "attach", reference, str(file), "--as", "m.agent")
    data = json.dumps({"document": document["id"]})

    assert document["name"] == "note.txt"
    assert "Fait" in house.done("case", "act", reference, "attach", "--as", "m.agent", "--data", data)


@pytest.mark.parametrize("name", ["absent.txt", "."])
def test_a_file_that_cannot_be_read_is_told(house, reference, name):
    """A slip in a path is no traceback."""
    result = house.run("case", "attach", reference, name, "--as", "m.agent")

    assert result.exit_code == 1
    assert "ne peut pas être lu" in result.stderr


def test_json_answers_keep_their_keys(house, reference):
    """Other programs read them: a key never disappears."""
    page = house.read("case", "list")
    shown = house.read("case", "show", reference)
    entry = house.read("case", "journal", reference)[0]
    view = house.read("case", "explain", reference)[0]
    deadline = house.read("case", "deadlines", reference)[0]
    message = house.read("case", "messages", reference)[0]
    preview = house.read("case", "preview", reference, "comment", "--data", '{"text": "Vu."}')

    assert set(page) == {"items", "next"}
    assert set(page["items"][0]) == set(shown["case"]) == set(preview["case"]) == CASE_KEYS
    assert set(shown) == {"case", "deadlines", "actions"}
    assert {"seq", "recorded_at", "effective_on", "actor_id", "action", "data", "events", "hash"} < set(entry)
    assert {"name", "label", "permitted", "refusals", "who_can", "fields"} < set(view)
    assert {"key", "due_on", "due_at", "derivation", "status"} < set(deadline)
    assert {"id", "notice", "recipient", "email", "status"} < set(message)
    assert set(preview) == {"case", "state", "events", "deadlines", "messages", "share_before", "share_after"}


def test_the_journal_of_a_day_leaves_out_what_came_later(house, reference):
    """As of the day before the request, there is nothing."""
    assert house.read("case", "journal", reference, "--as-of", "2020-01-01") == []
    assert "Aucune entrée." in house.done("case", "journal", reference, "--as-of", "2020-01-01")


def test_a_preview_of_a_routing_says_what_it_does_to_the_local_share(house, reference):
    """Before and after, with the denominator: the deputy sees it before deciding."""
    data = '{"provider": "caue79", "how": "téléphone"}'
    told = " ".join(
        house.done("case", "preview", reference, "answer_locally", "--data", data, "--as", "m.agent").split()
    )

    assert "avant : aucune demande orientée, 1 à orienter" in told
    assert "après : 100,0 % (1 sur 1 orientées, 0 à orienter), objectif 90,0 %" in told

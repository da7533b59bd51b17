"""The mails on the command line: who hears what, and what it says before anybody hears it."""

import pytest


def test_the_list_says_to_whom_each_notice_goes(house):
    """An operator finds the name that a template's file must have."""
    page = " ".join(house.done("notice", "list").split())

    assert "acknowledgement Accusé de réception la collectivité" in page
    assert {"notice", "label", "to"} == set(house.read("notice", "list")[0])


def test_a_preview_shows_a_fictive_case(house):
    """Nobody real is in it, and nothing leaves."""
    page = house.done("notice", "preview", "acknowledgement")

    assert page.startswith("Objet : Accusé de réception de votre demande – 79-2026-0001\n")
    assert "Madame, Monsieur," in page
    assert "Exemple-sur-Sèvre" in page


def test_a_preview_writes_the_page_too(house):
    """A browser shows what the reader's telephone will."""
    page = house.folder / "page.html"
    house.done("notice", "preview", "refused", "--html", str(page))

    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_a_preview_of_a_real_case_is_for_those_who_may_read_it(house, reference):
    """The agent reads it with the applicant's words; who has no right there reads nothing."""
    house.done("user", "add", "ailleurs", "A. Ailleurs", "--grant", "delegate@department:01")
    shown = house.read("notice", "preview", "acknowledgement", "--case", reference, "--as", "m.agent")
    refused = house.run("notice", "preview", "acknowledgement", "--case", reference, "--as", "ailleurs")

    assert reference in shown["subject"]
    assert "Friche du bourg" in shown["text"]
    assert refused.exit_code == 1
    assert "Aucun dossier" in refused.stderr


def test_the_service_of_a_departement_signs(house, reference):
    """Each département has its desk, the rest is that of all."""
    house.config.write_text(
        house.config.read_text()
        + '[service]\nphone = "05 00 00 00 10"\n'
        + '[[service.departments]]\ndepartment = "79"\nname = "Le guichet d\'essai"\n',
        encoding="utf-8",
    )
    text = house.read("notice", "preview", "acknowledgement", "--case", reference)["text"]

    assert "Le guichet d'essai\nTéléphone\u00a0: 05 00 00 00 10\n" in text


def test_an_operator_s_template_is_previewed(house):
    """What the folder holds is what leaves."""
    folder = house.folder / "modeles"
    folder.mkdir()
    template = "{% block subject %}Bonne nouvelle – {{ reference }}{% endblock %}{% block body %}Oui !{% endblock %}"
    (folder / "solved_locally.j2").write_text(template, encoding="utf-8")
    house.config.write_text(
        f'{house.config.read_text()}[mail]\ntemplates_folder = "{folder.as_posix()}"\n', encoding="utf-8"
    )

    assert house.done("notice", "preview", "solved_locally").startswith("Objet : Bonne nouvelle – 79-2026-0001")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["acknowledgment"], "vouliez-vous dire « acknowledgement »"),
        (["refused", "--as", "m.agent"], "--as va avec --case"),
        (["refused", "--case", "79-2026-9999"], "Aucun dossier"),
        (["refused", "--html", "/"], "ne peut pas être écrit"),
    ],
)
def test_a_preview_that_cannot_be_says_why(house, words, sentence):
    """One sentence, no traceback."""
    result = house.run("notice", "preview", *words)

    assert result.exit_code != 0
    assert sentence in " ".join(result.stderr.split())

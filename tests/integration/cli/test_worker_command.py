"""`appui worker`: it watches until it is stopped, or sees to what is due and stops by itself."""

import email
import email.policy
import json
import signal
import subprocess

from tests.integration.cli.conftest import _environment


def test_once_sees_to_what_is_due_and_stops(house):
    """For a timer of the system, or a test."""
    seen, tried = house.done("worker", "--once").splitlines()

    assert seen in ("Aucune échéance à traiter.", "1\u00a0échéance traitée.", "1 échéance traitée.")
    assert tried == "Aucun courriel à envoyer."


def test_what_a_worker_sends_without_a_server_lies_in_a_folder(house):
    """The whole way: a request is opened, its acknowledgement leaves, and anybody may read it as it would arrive."""
    house.config.write_text(f"{house.config.read_text()}[mail]\nrecall_minutes = 0\n")
    contact = {"name": "Mme Maire", "email": "m@exemple.fr"}
    data = json.dumps({"need": "Une halle", "channel": "phone", "contact": contact})
    house.done("case", "open", "engineering_request", "79049", "Halle", "--as", "m.agent", "--data", data)

    assert house.done("worker", "--once").splitlines()[1] == "1\u00a0courriel traité."
    [letter] = (house.folder / "mail" / "new").iterdir()
    mail = email.message_from_bytes(letter.read_bytes(), policy=email.policy.default)
    assert (mail["To"], mail["Subject"].startswith("Accusé de réception")) == ("Mme Maire <m@exemple.fr>", True)
    assert "« Halle »" in mail.get_body(("plain",)).get_content().replace("\u00a0", " ")
    assert len(house.read("outbox", "list", "--status", "sent")) == 1


def test_a_worker_says_what_it_does_and_stops_when_asked(house):
    """One line, then nothing until SIGTERM; the exit code is that of a success."""
    process = subprocess.Popen(
        house.command("worker"), env=_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    said = process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    rest, complaints = process.communicate(timeout=60)

    assert said == "appui surveille et envoie, jusqu'à SIGTERM ou Ctrl-C.\n"
    assert (rest, complaints, process.returncode) == ("appui ne surveille et n'envoie plus rien.\n", "", 0)

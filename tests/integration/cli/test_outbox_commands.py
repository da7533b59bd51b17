"""`appui outbox` and `appui mail`: the operator sees what leaves, and helps what cannot."""

from datetime import timedelta

import pytest

from appui.workflow import Engine, Settings
from appui.workflow.clock import system_clock


def messages(house, *words):
    """Return the messages of a list, by their notice."""
    return {each["message"]["notice"]: each["message"] for each in house.read("outbox", "list", *words)}


@pytest.fixture
def tried(house):
    """Everything that waited has been tried: the town hall's letter left, the desk has nobody to read its own."""
    engine = Engine(Settings.load(house.config), clock=lambda: system_clock() + timedelta(hours=1))
    engine.deliver_due()
    engine.stop()


def test_what_waits_is_listed_with_its_case(house, reference):
    """To whom, since when it may leave, and about what."""
    page = house.done("outbox", "list")
    waiting = messages(house, "--case", reference)

    assert reference in page
    assert "en attente" in page
    assert waiting["acknowledgement"]["email"] == "mairie@bressuire.example"


def test_without_a_server_letters_are_in_a_folder_beside_the_base(house, tried):
    """What would have left can be read."""
    (letter,) = (house.folder / "mail" / "new").iterdir()
    (sent,) = messages(house, "--status", "sent").values()
    shown = house.done("outbox", "show", sent["id"], "--letter")

    assert b"mairie@bressuire.example" in letter.read_bytes()
    assert "Accusé de réception" in shown
    assert "Message-ID:" in shown


def test_a_refused_message_is_an_alarm_until_a_hand_ends_it(house, reference, tried):
    """The list of cases finds it, the case says why, and the alarm ends when it is dealt with."""
    refused = messages(house)["request_received"]
    why = house.done("outbox", "show", refused["id"])
    alarmed = house.read("case", "list", "--mail-refused")["items"]
    house.done("outbox", "cancel", refused["id"])

    assert refused["status"] == "refused"
    assert "que personne ne tient ici" in " ".join(why.split())
    assert [each["reference"] for each in alarmed] == [reference]
    assert house.read("case", "list", "--mail-refused")["items"] == []
    assert house.done("outbox", "list", "--case", reference) == "Aucun message.\n"


def test_a_refused_message_can_be_sent_again(house, tried):
    """Once somebody holds the role, it leaves."""
    refused = messages(house)["request_received"]
    house.done("user", "add", "g.uichet", "Gil Uichet", "--email", "g@ex.fr", "--grant", "intake_officer@department:79")
    said = house.done("outbox", "retry", refused["id"])
    engine = Engine(Settings.load(house.config))
    engine.deliver_due()
    engine.stop()

    assert "en attente" in said
    assert messages(house, "--status", "sent")["request_received"]["email"] == "g@ex.fr"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["outbox", "show", "absent"], "Aucun message « absent »."),
        (["outbox", "retry", "absent"], "Aucun message « absent »."),
        (["outbox", "list", "--status", "parti"], "« parti » n'est pas un état de message"),
        (["outbox", "list", "--case", "79-2020-9999"], "Aucun dossier"),
        (["mail", "test", "pas une adresse"], "n'est pas une adresse"),
    ],
)
def test_what_cannot_be_is_one_sentence(house, words, says):
    """No traceback, nothing changed."""
    result = house.run(*words)

    assert result.exit_code == 1
    assert says in " ".join(result.stderr.split())


def test_what_was_sent_is_over(house, tried):
    """Neither again nor back."""
    (sent,) = messages(house, "--status", "sent").values()
    result = house.run("outbox", "cancel", sent["id"])

    assert result.exit_code == 1
    assert "Ce message est envoyé" in result.stderr


def test_a_test_letter_tells_where_it_went(house):
    """Without a server, into the folder."""
    assert "est parti (rangé dans" in " ".join(house.done("mail", "test", "moi@exemple.fr").split())

"""Letters: what travels, to the byte."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.utils import getaddresses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appui.notifications.letters import Envelope, ImpossibleLetter, Mailbox, is_address, mailbox_of, written
from appui.notifications.words import Words

WORDS = Words(subject="Accusé de réception – 79-2026-0001", text="Bonjour,\n", html="<body><p>Bonjour,</p></body>")
ENVELOPE = Envelope(
    message_id="m1",
    case_id="c1",
    sender=Mailbox(address="guichet@exemple.fr", name="Guichet, Deux-Sèvres"),
    recipient=Mailbox(address="mairie@exemple.fr", name='Maire, Élodie "Lo"'),
    written_at=datetime(2026, 3, 3, 9, tzinfo=UTC),
)


def parsed(words=WORDS, envelope=ENVELOPE):
    """Return the letter as a mail program reads it."""
    return message_from_bytes(written(words, envelope), policy=policy.default)


def test_a_letter_has_what_mail_programs_ask_for():
    """Who, to whom, when, about which thread, and that no person wrote it."""
    letter = parsed()

    assert letter["Subject"] == WORDS.subject
    assert letter["Message-ID"] == "<m1@exemple.fr>"
    assert letter["References"] == letter["In-Reply-To"] == "<c1@exemple.fr>"
    assert letter["Date"].datetime == ENVELOPE.written_at
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter.get_body(("plain",)).get_content() == WORDS.text
    assert letter.get_body(("html",)).get_content() == WORDS.html


def test_a_comma_in_a_name_does_not_make_two_recipients():
    """« Maire, Élodie » is one person."""
    letter = parsed()

    assert [each.addr_spec for each in letter["To"].addresses] == ["mairie@exemple.fr"]
    assert letter["To"].addresses[0].display_name == ENVELOPE.recipient.name
    assert [each.addr_spec for each in letter["From"].addresses] == ["guichet@exemple.fr"]


def test_the_same_message_is_the_same_letter():
    """Nothing in it is chance."""
    assert written(WORDS, ENVELOPE) == written(WORDS, ENVELOPE)


def test_every_line_fits_what_servers_take():
    """998 characters a line, ASCII alone."""
    content = written(replace(WORDS, text="é" * 5000, subject="à" * 300), ENVELOPE)

    assert content.isascii()
    assert max(map(len, content.splitlines())) <= 998


@pytest.mark.parametrize("injected", ["\n", "\r", "\r\nBcc: tous@exemple.fr", "\x00", "\x85", "\u2028"])
@pytest.mark.parametrize("place", ["subject", "name", "sender"])
def test_no_line_break_enters_a_header(injected, place):
    """A title or a name cannot add recipients."""
    words = replace(WORDS, subject=f"Essai{injected}") if place == "subject" else WORDS
    box = Mailbox(address="a@exemple.fr", name=f"A{injected}")
    envelope = (
        replace(ENVELOPE, **{{"name": "recipient"}.get(place, "sender"): box}) if place != "subject" else ENVELOPE
    )

    with pytest.raises(ImpossibleLetter):
        written(words, envelope)


@pytest.mark.parametrize(
    "address", ["", "a", "a@", "@b.fr", "a b@c.fr", "a@b.fr, c@d.fr", "a@b.fr\n", "é@b.fr", "<a@b.fr>", "a@b..fr"]
)
def test_what_is_no_address_gets_no_letter(address):
    """One address, ASCII, nothing around it."""
    assert not is_address(address)
    with pytest.raises(ImpossibleLetter):
        written(WORDS, replace(ENVELOPE, recipient=Mailbox(address=address)))


@given(st.text(max_size=40), st.text(max_size=60))
def test_whatever_a_name_and_a_subject_hold_there_is_one_recipient(name, subject):
    """Or no letter at all."""
    envelope = replace(ENVELOPE, recipient=Mailbox(address="mairie@exemple.fr", name=name))
    try:
        content = written(replace(WORDS, subject=subject), envelope)
    except (ImpossibleLetter, UnicodeEncodeError):
        return
    letter = message_from_bytes(content)

    assert [address for _, address in getaddresses([letter["To"]])] == ["mairie@exemple.fr"]
    assert letter.get_all("Bcc") is None


@pytest.mark.parametrize(
    ("text", "mailbox"),
    [
        ("a@b.fr", Mailbox(address="a@b.fr")),
        ("Guichet <a@b.fr>", Mailbox(address="a@b.fr", name="Guichet")),
        ('"Guichet, 79" <a@b.fr>', Mailbox(address="a@b.fr", name="Guichet, 79")),
        ("Guichet", None),
        ("a@b.fr, c@d.fr", None),
        ("", None),
    ],
)
def test_a_sender_is_a_name_and_an_address(text, mailbox):
    """As operators write it in the configuration."""
    assert mailbox_of(text) == mailbox


def test_an_instance_for_tries_says_so_at_the_top():
    """In the text and in the page, before anything else."""
    letter = parsed(envelope=replace(ENVELOPE, only_to="essai@exemple.fr"))

    assert letter["Subject"].startswith("[essai] ")
    assert [each.addr_spec for each in letter["To"].addresses] == ["essai@exemple.fr"]
    assert letter.get_body(("plain",)).get_content().startswith("Instance d'essai : ce courriel était destiné à Maire")
    assert letter.get_body(("html",)).get_content().startswith("<body><p><strong>Instance d&#x27;essai")

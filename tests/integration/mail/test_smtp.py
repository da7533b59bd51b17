"""SMTP against a real server: what it answers, how it fails, what that means for a letter."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.integration.mail.conftest import free_port
from tests.integration.mail.post import CUT, HANG, LATE, PASSWORD, USER, authenticated

from appui.notifications.smtp import LETTERS_A_CONNECTION
from appui.notifications.transport import LostAnswer, PermanentFailure, TemporaryFailure, Unreachable

LETTER = b"From: a@exemple.fr\nTo: b@exemple.fr\nMessage-ID: <1@exemple.fr>\nSubject: Essai\n\n.point\nbonjour\n"


def _send(transport, recipient="b@exemple.fr"):
    return transport.send("a@exemple.fr", recipient, LETTER)


def test_a_letter_arrives_as_it_was_written(make_sink, make_transport, post):
    """Lines that begin with a point included; the answer is the server's."""
    answer = _send(make_transport(make_sink()))
    ((sender, recipient, content),) = post.taken

    assert answer == "250 OK queued"
    assert (sender, recipient) == ("a@exemple.fr", "b@exemple.fr")
    assert content.replace(b"\r\n", b"\n") == LETTER


def test_one_connection_takes_many_letters_then_is_changed(make_sink, make_transport, post):
    """Fifty letters, then goodbye: servers think ill of those who never leave."""
    transport = make_transport(make_sink())
    for _ in range(LETTERS_A_CONNECTION + 1):
        _send(transport)

    assert len(post.taken) == LETTERS_A_CONNECTION + 1
    assert len(post.connections) == 2


def test_threads_have_a_connection_each(make_sink, make_transport, post):
    """A connection speaks of one letter at a time."""
    transport = make_transport(make_sink())
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: _send(transport, f"b{n}@exemple.fr"), range(40)))

    assert sorted(recipient for _, recipient, _ in post.taken) == sorted(f"b{n}@exemple.fr" for n in range(40))
    assert 1 <= len(post.connections) <= 4


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_letters_travel_encrypted_to_a_server_that_is_known(make_sink, make_transport, post, authority, security):
    """The certificate is checked against the authority of the configuration."""
    ca_file, context = authority
    options = {"tls_context": context, "require_starttls": True} if security == "starttls" else {"ssl_context": context}
    answer = _send(make_transport(make_sink(**options), security=security, ca_file=ca_file))

    assert answer == "250 OK queued"
    assert len(post.taken) == 1


def test_a_server_that_nobody_vouches_for_gets_nothing(make_sink, make_transport, post, authority):
    """Somebody in between could read the letters."""
    port = make_sink(tls_context=authority[1])

    with pytest.raises(Unreachable, match="le chiffrement a échoué"):
        _send(make_transport(port, security="starttls"))
    assert post.taken == []


def test_a_server_without_encryption_gets_nothing(make_sink, make_transport, post):
    """Encryption that was asked for is never given up."""
    with pytest.raises(Unreachable, match="n'offre pas le chiffrement"):
        _send(make_transport(make_sink(), security="starttls"))
    assert post.taken == []


def test_who_knows_the_password_is_let_in(make_sink, make_transport, post, authority):
    """Others are refused as a whole: their letters wait, none is given up for it."""
    ca_file, context = authority
    port = make_sink(tls_context=context, require_starttls=True, authenticator=authenticated, auth_required=True)
    options = {"security": "starttls", "ca_file": ca_file, "user": USER}
    _send(make_transport(port, password=PASSWORD, **options))

    with pytest.raises(Unreachable, match="535"):
        _send(make_transport(port, password=PASSWORD[1:], **options))
    assert len(post.taken) == 1


@pytest.mark.parametrize(
    ("answer", "error"), [("450 plus tard", TemporaryFailure), ("550 inconnu", PermanentFailure)], ids=["4xx", "5xx"]
)
@pytest.mark.parametrize("where", ["rcpt", "data"])
def test_a_refusal_is_of_that_letter_alone(make_sink, make_transport, post, where, answer, error):
    """The next one goes over the same connection."""
    setattr(post, where, lambda recipient: answer if recipient == "non@exemple.fr" else None)
    transport = make_transport(make_sink())
    _send(transport)
    with pytest.raises(error, match=answer) as refusal:
        _send(transport, "non@exemple.fr")
    _send(transport)

    assert not isinstance(refusal.value, Unreachable | LostAnswer)
    assert len(post.taken) == 2
    assert len(post.connections) == 1


@pytest.mark.parametrize("how", [CUT, HANG, LATE])
def test_a_letter_without_an_answer_is_lost_from_sight(make_sink, make_transport, post, how):
    """It may have been taken: here, when the answer is late, it was."""
    post.data = lambda recipient: how if recipient == "b@exemple.fr" else None
    transport = make_transport(make_sink(), timeout_seconds=1)
    with pytest.raises(LostAnswer, match="Aucune réponse après l'envoi du texte"):
        _send(transport)
    post.late.set()
    _send(transport, "c@exemple.fr")

    assert "c@exemple.fr" in {recipient for _, recipient, _ in post.taken}


def test_a_server_that_closes_in_the_middle_of_the_text_may_have_taken_it(make_sink, make_transport, post):
    """Nobody can tell from here."""
    post.cut_in_text = True

    with pytest.raises(LostAnswer):
        _send(make_transport(make_sink()))


def test_nobody_there_is_said(make_transport):
    """The letter waits; so do the others."""
    with pytest.raises(Unreachable, match=r"Le serveur 127\.0\.0\.1 ne répond pas : connexion impossible"):
        _send(make_transport(free_port()))


def test_a_server_that_hangs_before_the_text_has_taken_nothing(make_sink, make_transport, post):
    """Its silence is a failure of the server, not a doubt about the letter."""
    release = threading.Event()

    def hang(_recipient):
        release.wait(20)

    post.rcpt = hang
    transport = make_transport(make_sink(), timeout_seconds=1)
    with pytest.raises(Unreachable, match="délai dépassé"):
        _send(transport)
    release.set()

    assert post.taken == []


def test_a_kept_connection_that_the_server_closed_is_opened_again(make_sink, make_transport, post):
    """Servers close what rests: the letter does not suffer from it."""
    post.cut_after_one = True
    transport = make_transport(make_sink())
    _send(transport)
    _send(transport)

    assert len(post.taken) == 2

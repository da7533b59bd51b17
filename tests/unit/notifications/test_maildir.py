"""Maildir: letters on disk, whole, once each."""

import pytest

from appui.notifications.maildir import MaildirTransport
from appui.notifications.transport import TemporaryFailure


def test_a_letter_is_a_file_that_mail_programs_read(tmp_path):
    """With whom it was for on top."""
    MaildirTransport(tmp_path / "mail").send("a@b.fr", "c@d.fr", b"Subject: Essai\n\nBonjour\n")
    (file,) = (tmp_path / "mail" / "new").iterdir()

    assert file.read_bytes() == b"Return-Path: <a@b.fr>\nDelivered-To: c@d.fr\nSubject: Essai\n\nBonjour\n"
    assert list((tmp_path / "mail" / "tmp").iterdir()) == []


def test_the_same_letter_again_is_the_same_file(tmp_path):
    """A try repeated after a crash leaves no second copy, even once the first was read."""
    transport = MaildirTransport(tmp_path)
    for _ in range(2):
        transport.send("a@b.fr", "c@d.fr", b"x")
    (file,) = (tmp_path / "new").iterdir()
    file.rename(tmp_path / "cur" / f"{file.name}:2,S")
    transport.send("a@b.fr", "c@d.fr", b"x")

    assert list((tmp_path / "new").iterdir()) == []


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    """The letter waits until the operator has read why."""
    (tmp_path / "mail").write_text("a file")

    with pytest.raises(TemporaryFailure, match="ne prend pas le courriel"):
        MaildirTransport(tmp_path / "mail").send("a@b.fr", "c@d.fr", b"x")

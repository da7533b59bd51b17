"""Mailing: the transport that a configuration asks for."""

from __future__ import annotations

from appui.notifications.maildir import MaildirTransport
from appui.notifications.smtp import Server, SmtpTransport
from appui.notifications.transport import Transport
from appui.workflow.config import Settings


def transport_of(settings: Settings) -> Transport:
    """Return what sends letters: the mail server, or without one a folder. Nothing is opened or made yet."""
    mail = settings.mail
    if not mail.host:
        return MaildirTransport(settings.mail_folder)
    server = Server(
        host=mail.host,
        port=mail.port,
        security=mail.security,
        user=mail.user,
        password=mail.password.get_secret_value(),
        timeout_seconds=mail.timeout_seconds,
        ca_file=mail.ca_file,
    )
    return SmtpTransport(server)

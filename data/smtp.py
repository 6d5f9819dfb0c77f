"""Sends a mail: text and the same as a page, over an encrypted connection to a server whose certificate is checked."""

import ipaddress
import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from triage.errors import TriageError
from triage.mail import MailServer

__all__ = ["Mail", "MailUnsent", "send_mail"]

_TIMEOUT_SECONDS = 30.0


class MailUnsent(TriageError):
    """The mail server did not take a mail; nobody has got it. It names the server, never the password or the mail."""


@dataclass(frozen=True, slots=True)
class Mail:
    """What is sent.

    Attributes:
        id: stays the same from attempt to attempt, so that a mail that comes twice is known by it.
        sender: an address.
        recipients: addresses, which see one another.
        subject: one line.
        text: for whoever reads no pages.
        html: the same as a page.
    """

    id: str
    sender: str
    recipients: Sequence[str]
    subject: str
    text: str
    html: str

    def message(self, now: datetime) -> EmailMessage:
        """As it goes over the wire; a line break in anything but the two texts is refused by the policy itself.

        Raises:
            ValueError: a header would hold one.
        """
        message = EmailMessage(policy=SMTP)
        message["From"] = Address(addr_spec=self.sender)
        message["To"] = [Address(addr_spec=each) for each in self.recipients]
        message["Subject"] = self.subject
        message["Date"] = now
        message["Message-ID"] = f"<{self.id}@{self.sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"  # so that nobody's absence is answered
        message.set_content(self.text)
        message.add_alternative(self.html, subtype="html")
        return message


def send_mail(server: MailServer, mail: Mail, now: datetime, context: ssl.SSLContext | None = None) -> list[str]:
    """Gives a mail to the server; the addresses that it refused while it took the others.

    Without encryption nothing is said to a server, but to one on this machine that offers none.

    Args:
        server: that takes it.
        mail: to send.
        now: its date.
        context: whose certificates are believed; those of this machine, if missing.

    Raises:
        MailUnsent: nobody gets it.
    """
    message = mail.message(now)
    try:
        with _connected(server, context or ssl.create_default_context()) as client:
            if server.user is not None:
                client.login(server.user, server.password or "")
            return list(client.send_message(message, mail.sender, list(mail.recipients)))
    except smtplib.SMTPRecipientsRefused as refused:
        codes = sorted({code for code, _ in refused.recipients.values()})
        raise MailUnsent(f"{_named(server)} refused all addresses ({', '.join(map(str, codes))}).") from None
    except smtplib.SMTPResponseException as answer:
        raise MailUnsent(f"{_named(server)} answered {answer.smtp_code}.") from None
    except smtplib.SMTPNotSupportedError:
        raise MailUnsent(
            f"{_named(server)} cannot do what is needed: STARTTLS, or signing in with a password."
        ) from None
    except ssl.SSLError as error:
        raise MailUnsent(f"{_named(server)} could not prove who it is: {error.reason or 'TLS failed'}.") from None
    except (OSError, smtplib.SMTPException) as error:
        raise MailUnsent(f"{_named(server)} cannot be reached: {type(error).__name__}.") from None


@contextmanager
def _connected(server: MailServer, context: ssl.SSLContext) -> Iterator[smtplib.SMTP]:
    if server.is_tls:
        with smtplib.SMTP_SSL(server.host, server.port, timeout=_TIMEOUT_SECONDS, context=context) as client:
            yield client
        return
    with smtplib.SMTP(server.host, server.port, timeout=_TIMEOUT_SECONDS) as client:
        client.ehlo()
        if client.has_extn("starttls") or not _is_here(server.host):
            client.starttls(context=context)
        yield client


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _named(server: MailServer) -> str:
    return f"The mail server {server.host}:{server.port}"

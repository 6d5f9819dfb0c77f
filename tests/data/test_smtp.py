"""Mails, as a server on this machine gets them."""

import smtplib
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from data.smtp import Mail, MailUnsent, send_mail
from tests.fake_smtp import FakeMailServer, mail_server
from triage.mail import MailServer

PASSWORD = "secret"  # noqa: S105  (nobody's)
NOW = datetime(2026, 6, 29, 6, tzinfo=UTC)
MAIL = Mail(
    "triage-digest-2026-06-22",
    "triage@example.org",
    ("lead@example.org", "second@example.org"),
    "Service desk, 2026-06-22 to 2026-06-28",
    "Ä text — plain",
    "<p>Ä page</p>",
)


def here(fake: FakeMailServer) -> MailServer:
    """That server."""
    return MailServer("127.0.0.1", fake.port, False)


def test_a_mail_has_both_texts_and_each_header_once() -> None:
    """Mail programs that show no pages need the one; strict servers have refused mails with two dates."""
    with mail_server() as fake:
        refused = send_mail(here(fake), MAIL, NOW)

    ((recipients, mail),) = fake.mails
    parts = {part.get_content_type(): part.get_content() for part in fake.mail.iter_parts()}  # type: ignore[attr-defined]
    assert refused == []
    assert recipients == ["lead@example.org", "second@example.org"]
    assert parts["text/plain"].strip() == "Ä text — plain"
    assert parts["text/html"].strip() == "<p>Ä page</p>"
    assert [len(mail.get_all(name, [])) for name in ("From", "To", "Subject", "Date", "Message-ID")] == [1] * 5
    assert mail["Message-ID"] == "<triage-digest-2026-06-22@example.org>"
    assert mail["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "Week\r\nBcc: all@example.org"},
        {"subject": "Week\nX: y"},
        {"id": "a\r\nBcc: all@example.org"},
    ],
)
def test_no_header_can_be_smuggled_in(changes: dict[str, str]) -> None:
    """Mailers that put a subject together from data have sent mail to whomever the data named."""
    with mail_server() as fake, pytest.raises(ValueError, match=r"linefeed|carriage return|newline|header"):
        send_mail(here(fake), replace(MAIL, **changes), NOW)  # type: ignore[arg-type]

    assert fake.mails == []


def test_one_refused_address_keeps_nobody_else_from_the_mail() -> None:
    """Reports of digests tell of whole batches lost, or sent again to all, because of one former colleague."""
    with mail_server(FakeMailServer(answers={"RCPT lead@example.org": "550 nobody here"})) as fake:
        refused = send_mail(here(fake), MAIL, NOW)

    assert refused == ["lead@example.org"]
    assert [recipients for recipients, _ in fake.mails] == [["second@example.org"]]


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"RCPT": "550 nobody here"}, "refused all addresses (550)"),
        ({"MAIL": "451 not now"}, "answered 451"),
        ({"HELLO": "554 go away"}, "answered 554"),
        ({"DATA": "452 full"}, "answered 452"),
    ],
)
def test_a_mail_that_nobody_gets_is_said_to_be_unsent(answers: dict[str, str], said: str) -> None:
    """Else a week is noted as sent that nobody has seen."""
    with mail_server(FakeMailServer(answers=answers)) as fake, pytest.raises(MailUnsent) as unsent:
        send_mail(here(fake), MAIL, NOW)

    assert said in str(unsent.value)
    assert fake.mails == []


def test_without_anybody_listening_it_is_unsent() -> None:
    """A server that restarts must not take the worker with it."""
    with mail_server() as fake:
        pass

    with pytest.raises(MailUnsent, match="cannot be reached"):
        send_mail(here(fake), MAIL, NOW)


def test_a_failed_handshake_is_an_end_and_no_reason_to_go_on_in_the_open() -> None:
    """Mailers have ignored it and sent the password in the open: this server says yes to STARTTLS and speaks no TLS."""
    fake = FakeMailServer(offers=("STARTTLS", "AUTH PLAIN"), answers={"STARTTLS": "220 go on"})
    with mail_server(fake), pytest.raises(MailUnsent):
        send_mail(replace(here(fake), user="desk", password=PASSWORD), MAIL, NOW)

    assert not {"AUTH", "MAIL", "DATA"} & set(fake.commands)


def test_a_server_elsewhere_has_to_encrypt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is said in the open over a network; this server only looks as if it were away."""
    monkeypatch.setattr("data.smtp._is_here", lambda _host: False)
    with mail_server() as fake, pytest.raises(MailUnsent, match="STARTTLS"):
        send_mail(here(fake), MAIL, NOW)

    assert "MAIL" not in fake.commands


def test_who_signs_in_where_nobody_can_is_told() -> None:
    """A password that the server does not want is a mistake in the settings."""
    with mail_server() as fake, pytest.raises(MailUnsent, match="signing in"):
        send_mail(replace(here(fake), user="desk", password=PASSWORD), MAIL, NOW)


def test_no_failure_tells_the_password() -> None:
    """It ends in the log."""
    fake = FakeMailServer(offers=("AUTH PLAIN LOGIN",), answers={"AUTH": "535 wrong: secret"})
    with mail_server(fake), pytest.raises(MailUnsent) as unsent:
        send_mail(replace(here(fake), user="desk", password=PASSWORD), MAIL, NOW)

    assert "secret" not in str(unsent.value)
    assert smtplib.SMTPException not in type(unsent.value).__mro__

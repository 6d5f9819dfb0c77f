"""Addresses and mail servers out of settings."""

import pytest

from triage.errors import InvalidInput
from triage.mail import MailServer, read_addresses, read_mail_server


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.org", MailServer("mail.example.org", 587, is_tls=False)),
        ("smtps://mail.example.org", MailServer("mail.example.org", 465, is_tls=True)),
        ("smtp://127.0.0.1:2525/", MailServer("127.0.0.1", 2525, is_tls=False)),
        (
            "smtps://desk%40example.org:p%3Aa%2Fb@mail.example.org:4650",
            MailServer("mail.example.org", 4650, True, "desk@example.org", "p:a/b"),
        ),
    ],
)
def test_a_url_names_a_server(url: str, server: MailServer) -> None:
    """Passwords have any characters, so they are written as in every URL."""
    assert read_mail_server(url) == server


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example.org",
        "http://mail.example.org",
        "smtp://",
        "smtp://mail:notaport",
        "smtp://a/b",
        "smtp://a?b=c",
        "smtp://user:secret@host\r\nX: y",
        "smtp://[::1",
    ],
)
def test_what_is_no_server_is_refused_without_repeating_it(url: str) -> None:
    """The text may hold a password, and the refusal ends in a log."""
    with pytest.raises(InvalidInput) as refused:
        read_mail_server(url)

    assert "secret" not in str(refused.value)


def test_a_server_does_not_show_its_password() -> None:
    """What is shown ends in logs."""
    assert "secret" not in repr(read_mail_server("smtp://user:secret@mail.example.org"))


def test_addresses_are_parted_by_commas_and_each_is_there_once() -> None:
    """Twice in the list is two mails a week."""
    assert read_addresses(" lead@example.org, boss@example.org ,lead@example.org,") == (
        "lead@example.org",
        "boss@example.org",
    )
    assert read_addresses("") == ()


@pytest.mark.parametrize(
    "text",
    [
        "lead",
        "lead@example.org\r\nBcc: all@example.org",
        "lead@example.org\nX",
        "Lead <lead@example.org>",
        "lead@exa mple.org",
        "lead@example.org; other@example.org",
        ",".join(f"a{n}@example.org" for n in range(51)),
    ],
)
def test_what_could_end_a_header_is_no_address(text: str) -> None:
    """Mailers have been made to send to anybody by a line break in an address."""
    with pytest.raises(InvalidInput):
        read_addresses(text)

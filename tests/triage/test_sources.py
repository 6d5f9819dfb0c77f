"""What a source is, whoever read it."""

import pytest

from triage.sources import Source


def make_source(**changes: object) -> Source:
    """A Zendesk that nothing is asked of."""
    usual = {
        "name": "desk",
        "system": "zendesk",
        "url": "https://desk.example.org",
        "accounts": ("8447", "triage@example.org"),
        "credentials": {"user": "DESK_USER", "api_token": "DESK_TOKEN"},
        "webhook_secrets": ("DESK_HOOK", "DESK_TOKEN"),
    }
    return Source(**usual | changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("actor", "is_own"),
    [
        ("8447", True),
        ("Triage@Example.org", True),
        ("Triage <triage@example.org>", True),
        ("84470", False),
        ("ann.lee@example.org", False),
        ("", False),
        (None, False),
    ],
)
def test_the_service_account_is_known_in_every_spelling(actor: str | None, is_own: bool) -> None:
    """Our own change comes back as an event, and answering it would never end."""
    assert make_source().is_own_account(actor) is is_own


def test_an_account_that_stands_for_nobody_is_not_everybody() -> None:
    """Two placeholders are not the same person."""
    assert not make_source(accounts=("unknown",)).is_own_account("anonymous")


def test_every_variable_is_named_once() -> None:
    """A person who sets them goes through the list."""
    assert make_source().variables == ("DESK_USER", "DESK_TOKEN", "DESK_HOOK")

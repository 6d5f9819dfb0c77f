"""Connected ticketing systems on the command line."""

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from typer.testing import Result

from commands import connectors as command
from commands.connectors import app
from data.connectors.client import open_client
from data.sources import Connection
from tests.data.connectors.peers import FakePeer, FakeRt, FakeZendesk
from triage.errors import InvalidInput, NotFound, UnusableSources

Run = Callable[..., Result]

SOURCES = """
[sources.desk]
system = "zendesk"
url = "https://desk.example.org"
mode = "auto"
credentials = { user = "DESK_USER", api_token = "DESK_TOKEN" }
webhook_secrets = "DESK_HOOK"
account = "8447"

[sources.it]
system = "rt"
url = "https://rt.example.org"
credentials = { token = "RT_TOKEN" }
webhook_secrets = "RT_HOOK"
account = "triage"
"""
SECRETS = {
    "DESK_USER": "triage@example.org",
    "DESK_TOKEN": "token-of-the-desk",
    "DESK_HOOK": "hook-of-the-desk",
    "RT_TOKEN": "token-of-the-rt",
    "RT_HOOK": "hook-of-the-rt-system",
}


@pytest.fixture
def peers(home: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, FakePeer]:  # noqa: ARG001 - the working folder
    """Two sources with their secrets, and what answers in the place of their systems."""
    Path("triage.toml").write_text(SOURCES)
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    answering: dict[str, FakePeer] = {"desk": FakeZendesk(), "it": FakeRt()}

    def opened(connection: Connection) -> httpx.Client:
        transport = httpx.MockTransport(answering[connection.source.name])
        return open_client(connection.source.url, connection.credentials, transport=transport)

    monkeypatch.setattr(Connection, "open", opened)
    return answering


@pytest.mark.usefixtures("peers")
def test_sources_are_listed_without_their_secrets(invoke: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists are pasted into tickets; a missing secret is named by its variable."""
    monkeypatch.delenv("RT_HOOK")

    table, listed = invoke(app, "list").stdout, invoke(app, "list", "--json").stdout

    assert "not set: RT_HOOK" in table
    assert "all set" in table
    desk, it = json.loads(listed)
    assert (desk["name"], desk["system"], desk["mode"], desk["blind_share"]) == ("desk", "zendesk", "auto", 0.02)
    assert desk["secrets"] == {"DESK_USER": True, "DESK_TOKEN": True, "DESK_HOOK": True}
    assert it["secrets"] == {"RT_TOKEN": True, "RT_HOOK": False}
    assert not [value for value in SECRETS.values() if value in table + listed]


def test_no_sources_are_an_empty_list(invoke: Run) -> None:
    """A script must not have to tell apart nothing and an error."""
    assert json.loads(invoke(app, "list", "--json").stdout) == []
    assert "triage.toml names no source" in invoke(app, "list").stderr


def test_a_file_that_does_not_fit_is_refused(invoke: Run) -> None:
    """With its line."""
    Path("triage.toml").write_text(SOURCES + "colour = 1\n")

    with pytest.raises(UnusableSources, match=r"\[sources.it\] has 'colour'"):
        invoke(app, "list")


def test_every_source_is_checked_and_nothing_written(invoke: Run, peers: dict[str, FakePeer]) -> None:
    """The first thing that somebody does after writing the file."""
    result = invoke(app, "check", "--json")

    found = json.loads(result.stdout)
    assert result.exit_code == 0
    assert [each["sentence"] for each in found["desk"]] == [
        "Signed in as Triage.",
        "Found a ticket.",
        "Can read a ticket.",
        "Can list 2 groups.",
    ]
    assert {each["passed"] for each in found["it"]} == {True}
    assert not peers["desk"].writes + peers["it"].writes


def test_a_missing_right_is_said_and_fails(invoke: Run, peers: dict[str, FakePeer]) -> None:
    """A script relies on the exit code, a person on the sentence."""
    peers["desk"].failures = [httpx.Response(401)]

    result = invoke(app, "check", "desk")

    assert result.exit_code == 1
    assert "FAILED  Cannot sign in: desk.example.org does not accept the credentials (401)." in result.stdout
    assert not peers["it"].requests


def test_a_source_without_its_secrets_does_not_hinder_the_others(
    invoke: Run, peers: dict[str, FakePeer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that is wrong is seen at once."""
    monkeypatch.delenv("DESK_TOKEN")

    result = invoke(app, "check", "--json")

    found = json.loads(result.stdout)
    assert result.exit_code == 1
    assert found["desk"] == [
        {"passed": False, "sentence": "[sources.desk] names DESK_TOKEN, not set in the environment."}
    ]
    assert peers["it"].requests
    assert not peers["desk"].requests


def test_a_named_ticket_is_read_and_with_leave_written_to(invoke: Run, peers: dict[str, FakePeer]) -> None:
    """The right to leave a note is known only by leaving one."""
    assert invoke(app, "check", "desk", "--ticket", "35436").exit_code == 0
    assert not peers["desk"].writes

    result = invoke(app, "check", "desk", "--ticket", "35436", "--write", "--yes")

    assert result.exit_code == 0
    assert "Left a note that customers do not see." in result.stdout
    assert len(peers["desk"].notes) == 1
    assert not peers["desk"].public_notes


@pytest.mark.parametrize(("answer", "exit_code", "n_notes"), [("y\n", 0, 1), ("n\n", 1, 0)])
def test_writing_asks_first(
    invoke: Run,
    peers: dict[str, FakePeer],
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    exit_code: int,
    n_notes: int,
) -> None:
    """The ticket may be a customer's."""
    monkeypatch.setattr(command, "_is_asked", lambda: True)

    result = invoke(app, "check", "desk", "--ticket", "35436", "--write", answers=answer)

    assert result.exit_code == exit_code
    assert len(peers["desk"].notes) == n_notes


def test_writing_without_a_terminal_needs_yes(invoke: Run, peers: dict[str, FakePeer]) -> None:
    """Nobody has agreed."""
    with pytest.raises(InvalidInput, match="--yes"):
        invoke(app, "check", "desk", "--ticket", "35436", "--write")

    assert not peers["desk"].requests


@pytest.mark.usefixtures("peers")
@pytest.mark.parametrize("words", [("--write",), ("desk", "--write"), ("--ticket", "1")])
def test_writing_needs_a_source_and_a_ticket(invoke: Run, words: tuple[str, ...]) -> None:
    """Nothing is written to a ticket that nobody named."""
    result = invoke(app, "check", *words)

    assert result.exit_code == 2


@pytest.mark.usefixtures("peers")
def test_an_unknown_source_lists_the_known_ones(invoke: Run) -> None:
    """The likeliest cause is a typing mistake."""
    with pytest.raises(NotFound, match=r"No source named 'dsk'\. Known: desk, it\."):
        invoke(app, "check", "dsk")


def test_without_sources_there_is_nothing_to_check(invoke: Run) -> None:
    """And it is no success."""
    with pytest.raises(NotFound, match="names no source"):
        invoke(app, "check")

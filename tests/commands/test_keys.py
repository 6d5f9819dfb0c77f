"""Keys on the command line."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from commands import keys as command
from commands.keys import app
from data import keys
from data.database import open_database, reading
from triage.errors import InvalidInput, NotFound

Run = Callable[..., Result]


def test_a_key_is_printed_alone_and_works(invoke: Run, home: Path) -> None:
    """`KEY=$(triage keys create …)` is how scripts use it, also as the first command of an installation."""
    printed = invoke(app, "create", "helpdesk", "--scopes", "score, read").stdout

    engine = open_database(f"sqlite:///{home / 'triage.db'}")
    with reading(engine) as connection:
        key = keys.find(connection, printed.removesuffix("\n"))
    assert key is not None
    assert (key.name, key.scopes) == ("helpdesk", ("score", "read"))
    engine.dispose()


def test_a_key_as_json_is_one_document(invoke: Run) -> None:
    """Provisioning tools read it."""
    created = json.loads(invoke(app, "create", "helpdesk", "--scopes", "score", "--json").stdout)

    assert created["key"].startswith(f"triage_{created['id']}_")
    assert (created["name"], created["scopes"], created["revoked_at"]) == ("helpdesk", ["score"], None)


def test_keys_are_listed_without_their_secrets(invoke: Run) -> None:
    """Lists are pasted into tickets."""
    created = json.loads(invoke(app, "create", "helpdesk", "--scopes", "score", "--json").stdout)

    table, listed = invoke(app, "list").stdout, invoke(app, "list", "--json").stdout

    assert created["id"] in table
    assert "helpdesk" in table
    assert [key["id"] for key in json.loads(listed)] == [created["id"]]
    assert created["key"].split("_", 2)[2] not in table + listed


def test_no_keys_are_an_empty_list(invoke: Run) -> None:
    """A script must not have to tell apart nothing and an error."""
    assert json.loads(invoke(app, "list", "--json").stdout) == []


@pytest.mark.parametrize("scopes", ["score,everything", "", ","])
def test_scopes_that_do_not_exist_are_refused(invoke: Run, scopes: str) -> None:
    """With those that do."""
    with pytest.raises(InvalidInput, match="Known: score, read, review, admin"):
        invoke(app, "create", "helpdesk", "--scopes", scopes)


def test_revoking_without_a_terminal_asks_nobody(invoke: Run) -> None:
    """A script that hangs at a question at night helps nobody; whoever wrote it has named the key."""
    key = json.loads(invoke(app, "create", "helpdesk", "--scopes", "score", "--json").stdout)

    revoked = json.loads(invoke(app, "revoke", key["id"], "--json").stdout)

    assert revoked["id"] == key["id"]
    assert json.loads(invoke(app, "list", "--json").stdout)[0]["revoked_at"] is not None


@pytest.mark.parametrize(("answer", "exit_code", "revoked"), [("y\n", 0, True), ("n\n", 1, False)])
def test_revoking_at_a_terminal_asks(
    invoke: Run, monkeypatch: pytest.MonkeyPatch, answer: str, exit_code: int, revoked: bool
) -> None:
    """The id is one digit away from another one."""
    key = json.loads(invoke(app, "create", "helpdesk", "--scopes", "score", "--json").stdout)
    monkeypatch.setattr(command, "_is_asked", lambda: True)

    result = invoke(app, "revoke", key["id"], answers=answer)

    assert result.exit_code == exit_code
    assert (json.loads(invoke(app, "list", "--json").stdout)[0]["revoked_at"] is not None) is revoked


def test_revoking_an_unknown_key_lists_the_known_ones(invoke: Run) -> None:
    """The likeliest cause is a typing mistake."""
    key = json.loads(invoke(app, "create", "helpdesk", "--scopes", "score", "--json").stdout)

    with pytest.raises(NotFound, match=key["id"]):
        invoke(app, "revoke", "nope", "--yes")

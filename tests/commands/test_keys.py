"""Keys on the command line."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import Result

from commands import keys as command
from commands.keys import app
from data import audit, keys
from data.database import open_database, reading
from triage.errors import InvalidInput, NotFound

Run = Callable[..., Result]


def test_a_key_is_printed_alone_and_works(invoke: Run, home: Path) -> None:
    """`KEY=$(triage keys create …)` is how scripts use it, also as the first command of an installation."""
    printed = invoke(app, "create", "helpdesk", "--scopes", "score, read").stdout

    engine = open_database(f"sqlite:///{home / 'triage.db'}")
    with reading(engine) as connection:
        key = keys.find(connection, printed.removesuffix("\n"), datetime.now(UTC))
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


def entries(home: Path) -> list[audit.Entry]:
    """What the audit log says, oldest first."""
    engine = open_database(f"sqlite:///{home / 'triage.db'}")
    with reading(engine) as connection:
        found = audit.entries(connection)
    engine.dispose()
    return found[::-1]


def test_a_key_is_made_to_end(invoke: Run) -> None:
    """Auditors ask for it, and a key that nobody uses any more goes by itself."""
    begun = datetime.now(UTC)
    created = invoke(app, "create", "helpdesk", "--scopes", "score", "--expires-in", "90d", "--json")

    ends_at = datetime.fromisoformat(json.loads(created.stdout)["expires_at"])
    table = invoke(app, "list").stdout

    assert timedelta(0) <= ends_at - begun - timedelta(days=90) < timedelta(minutes=1)
    assert f"until {ends_at:%Y-%m-%d %H:%M} UTC" in created.stderr
    assert f"{ends_at:%Y-%m-%d}" in table
    assert "live" in table


@pytest.mark.parametrize("words", [["--expires-in", "soon"], ["--expires-in", "-1d"], ["--expires-in", "90"]])
def test_an_end_is_days_or_hours(invoke: Run, words: list[str]) -> None:
    """What is misread would end another day."""
    refused = invoke(app, "create", "helpdesk", "--scopes", "score", *words)

    assert refused.exit_code == 2
    assert "days or hours, such as 90d or 12h" in " ".join(refused.stderr.replace("\u2502", " ").split())


def test_a_rotated_key_is_printed_alone_and_both_work(invoke: Run, home: Path) -> None:
    """The new one goes into a script's variable; the sentence beside it says how long the old one goes on."""
    old = json.loads(invoke(app, "create", "helpdesk", "--scopes", "score", "--json").stdout)

    rotated = invoke(app, "rotate", old["id"], "--keep", "12h")
    listed = json.loads(invoke(app, "list", "--json").stdout)

    plaintext = rotated.stdout.removesuffix("\n")
    engine = open_database(f"sqlite:///{home / 'triage.db'}")
    with reading(engine) as connection:
        both = [keys.find(connection, text, datetime.now(UTC)) for text in (old["key"], plaintext)]
        later = keys.find(connection, old["key"], datetime.now(UTC) + timedelta(hours=12))
    engine.dispose()
    assert [key.name for key in both if key is not None] == ["helpdesk", "helpdesk"]
    assert later is None
    assert [key["state"] for key in listed] == ["rotated", "live"]
    assert listed[0]["replaced_by"] == listed[1]["id"]
    assert old["id"] in rotated.stderr


def test_without_more_words_the_old_key_goes_on_for_a_week(invoke: Run) -> None:
    """Long enough for every program to be told, short enough to be over."""
    old = json.loads(invoke(app, "create", "helpdesk", "--scopes", "score", "--json").stdout)

    rotated = json.loads(invoke(app, "rotate", old["id"], "--json").stdout)

    left = datetime.fromisoformat(rotated["replaces"]["expires_at"]) - datetime.now(UTC)
    assert rotated["replaces"]["id"] == old["id"]
    assert timedelta(days=6, hours=23) < left <= timedelta(days=7)
    assert rotated["key"].startswith(f"triage_{rotated['id']}_")


def test_what_is_done_to_keys_is_on_record(invoke: Run, home: Path) -> None:
    """With names and scopes, and never a secret; a second revoking changes nothing and is none."""
    old = json.loads(invoke(app, "create", "helpdesk", "--scopes", "score", "--json").stdout)
    new = json.loads(invoke(app, "rotate", old["id"], "--json").stdout)
    for _ in range(2):
        invoke(app, "revoke", old["id"], "--yes")

    found = entries(home)

    assert [(entry.action, entry.object, entry.actor) for entry in found] == [
        ("key.created", f"key:{old['id']}", "command"),
        ("key.rotated", f"key:{old['id']}", "command"),
        ("key.revoked", f"key:{old['id']}", "command"),
    ]
    assert found[0].details["scopes"] == ["score"]
    assert found[1].details["successor"] == new["id"]
    assert all(entry.details["by"] for entry in found)
    for key in (old, new):
        assert key["key"].split("_", 2)[2] not in str(found)

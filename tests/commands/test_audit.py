"""The audit log on the command line."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, update
from typer.testing import Result

from commands import recorded
from commands.audit import app
from data import audit, keys, users
from data.database import open_database, writing
from data.schema import upgrade
from data.tables import audit_entries
from triage.errors import NotFound
from triage.settings import read_settings

Run = Callable[..., Result]

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.fixture
def engine(home: Path) -> Iterator[Engine]:
    """The installation's database, in which a key was made, and used by somebody to promote a model a day later."""
    engine = open_database(f"sqlite:///{home / 'triage.db'}")
    upgrade(engine)
    with writing(engine) as connection:
        key, _ = keys.create(connection, "desk portal", ["admin"], NOW)
        ann = users.add(connection, "ann@example.org", "admin", None, NOW)
        audit.append(connection, "command", "key.created", f"key:{key.id}", {"scopes": ["admin"]}, NOW)
        audit.append(connection, f"key:{key.id}", "model.promoted", "model:7", {}, NOW + timedelta(days=1))
        audit.append(connection, f"user:{ann.id}", "key.revoked", f"key:{key.id}", {}, NOW + timedelta(days=1))
    yield engine
    engine.dispose()


def numbers(invoke: Run, *words: str) -> list[int]:
    """Of the entries that are listed."""
    return [entry["number"] for entry in json.loads(invoke(app, "list", "--json", *words).stdout)]


@pytest.mark.usefixtures("engine")
def test_entries_are_listed_with_names(invoke: Run) -> None:
    """Nobody knows people or keys by twelve hex digits."""
    table, entries = invoke(app, "list").stdout, json.loads(invoke(app, "list", "--json").stdout)

    assert [entry["name"] for entry in entries] == ["ann@example.org", "desk portal", "command line"]
    assert [entry["action"] for entry in entries] == ["key.revoked", "model.promoted", "key.created"]
    assert entries[2]["details"] == {"scopes": ["admin"]}
    lines = table.splitlines()
    assert any("ann@example.org" in line and "key.revoked" in line and "desk portal" in line for line in lines)
    assert any('scopes ["admin"]' in line for line in lines)


@pytest.mark.usefixtures("engine")
def test_entries_are_found_by_day_and_by_whoever(invoke: Run) -> None:
    """People by the address that they go by."""
    assert numbers(invoke, "--since", "2026-11-22") == [3, 2]
    assert numbers(invoke, "--actor", "Ann@example.org") == [3]
    assert numbers(invoke, "--actor", "command") == [1]
    assert numbers(invoke, "--most", "1") == [3]
    with pytest.raises(NotFound, match=r"Known: ann@example\.org"):
        invoke(app, "list", "--actor", "an@example.org")


@pytest.mark.usefixtures("engine")
def test_a_log_that_holds_says_so_with_its_head(invoke: Run) -> None:
    """The head is what to keep elsewhere, and is taken back as it was printed."""
    told, document = invoke(app, "verify"), json.loads(invoke(app, "verify", "--json").stdout)

    head = document["head"]
    assert told.stdout == f"3 entries hold.\nHead: {head}\n"
    assert (document["holds"], document["entries"], document["fault"]) == (True, 3, None)
    assert invoke(app, "verify", "--expect", head).exit_code == 0


def test_a_changed_entry_is_told_and_the_exit_code_says_so(invoke: Run, engine: Engine) -> None:
    """A job at night looks at nothing else."""
    with writing(engine) as connection:
        connection.execute(update(audit_entries).where(audit_entries.c.id == 2).values(actor="command"))

    told, found = invoke(app, "verify"), invoke(app, "verify", "--json")

    assert (told.exit_code, found.exit_code) == (1, 1)
    assert "1 entry holds. Entry 2 says something else than when it was written. (changed)" in told.stdout
    document = json.loads(found.stdout)
    assert (document["holds"], document["fault"]["number"], document["fault"]["way"]) == (False, 2, "changed")


def test_what_was_cut_off_shows_beside_the_head_that_was_kept(invoke: Run, engine: Engine) -> None:
    """Without it the log holds."""
    head = json.loads(invoke(app, "verify", "--json").stdout)["head"]
    with writing(engine) as connection:
        connection.execute(delete(audit_entries).where(audit_entries.c.id == 3))

    assert invoke(app, "verify").exit_code == 0
    told = invoke(app, "verify", "--expect", head)
    assert told.exit_code == 1
    assert "the log was cut off after entry 2" in told.stdout


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("head", ["", "3", "3:abc", "0:" + "a" * 64, "3:" + "A" * 64])
def test_what_is_no_head_is_wrong_usage(invoke: Run, head: str) -> None:
    """It must not look like a log that was tampered with."""
    assert invoke(app, "verify", "--expect", head).exit_code == 2


def test_an_empty_log_holds(invoke: Run) -> None:
    """A new installation is no finding."""
    assert invoke(app, "verify").stdout == "0 entries hold.\n"


@pytest.mark.usefixtures("home")
def test_what_is_done_outside_of_the_database_is_recorded_in_it(invoke: Run) -> None:
    """Also as the first thing that an installation does."""
    recorded.record_beside(read_settings(), "model.promoted", "model:7", {"forced": False})

    (entry,) = json.loads(invoke(app, "list", "--json").stdout)
    assert (entry["actor"], entry["action"], entry["object"]) == ("command", "model.promoted", "model:7")
    assert entry["details"].keys() == {"forced", "by"}


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("postgresql://127.0.0.1:9/triage", "cannot be used"),
        ("sqlite:////proc/nowhere/triage.db", "cannot be made"),
        ("mysql://127.0.0.1/triage", "No database of the kind"),
    ],
)
def test_without_its_database_it_is_done_all_the_same_and_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], url: str, why: str
) -> None:
    """The hour in which a model must go is the hour in which other things are down."""
    monkeypatch.setenv("TRIAGE_DATABASE_URL", url)

    recorded.record_beside(read_settings(), "model.rolled_back", "model:6", {})

    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("Note: it is done, and the audit log does not say so. ")
    assert why in printed.err

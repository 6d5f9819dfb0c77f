"""The outbox on the command line."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from typer.testing import Result

from commands import waiting
from commands.outbox import app
from data import audit, outbox
from data.database import open_database, reading, writing
from data.outbox import claim
from data.schema import upgrade
from tests.data.stores.entries import make_entry, put
from triage.errors import Conflict, NotFound

Run = Callable[..., Result]

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.fixture
def engine(home: Path) -> Iterator[Engine]:
    """The installation's database with three changes: one written, one dead, one that waits."""
    engine = open_database(f"sqlite:///{home / 'triage.db'}")
    upgrade(engine)
    put(engine, NOW, make_entry(1, "1"), make_entry(2, "2"), make_entry(3, "3"))
    written, dead = claim(engine, NOW, 2, timedelta(minutes=5))
    with writing(engine) as connection:
        outbox.settle(connection, written.lease, "written", NOW)
        outbox.bury(connection, dead.lease, "The desk has no group of this name (422).", NOW)
    yield engine
    engine.dispose()


def states(invoke: Run) -> dict[int, str]:
    """The entries' states."""
    return {entry["id"]: entry["state"] for entry in json.loads(invoke(app, "list", "--json").stdout)}


@pytest.mark.usefixtures("engine")
def test_changes_are_listed_with_what_became_of_them(invoke: Run) -> None:
    """Somebody asks why a ticket has no group."""
    listed, entries = invoke(app, "list"), json.loads(invoke(app, "list", "--json").stdout)

    assert "The desk has no group of this name (422)." in listed.stdout
    assert listed.stderr == ""
    assert [entry["id"] for entry in entries] == [3, 2, 1]
    assert entries[1] == {
        "id": 2,
        "source": "desk",
        "reference": "ref2",
        "ticket_id": "2",
        "model_version": "3",
        "state": "dead",
        "reason": None,
        "attempts": 1,
        "next_attempt_at": None,
        "leased_until": None,
        "last_error": "The desk has no group of this name (422).",
        "created_at": "2026-11-21T09:00:00+00:00",
        "settled_at": "2026-11-21T09:00:00+00:00",
    }
    assert entries[0]["next_attempt_at"] == "2026-11-21T09:00:00+00:00"


@pytest.mark.usefixtures("engine")
def test_a_list_says_nothing_of_what_is_in_tickets(invoke: Run) -> None:
    """Lists are pasted into tickets; a note may speak of one."""
    assert "Suggested" not in invoke(app, "list").stdout + invoke(app, "list", "--json").stdout


@pytest.mark.usefixtures("engine")
def test_one_state_is_listed_alone(invoke: Run) -> None:
    """What is dead is what somebody has to look at."""
    dead = json.loads(invoke(app, "list", "--state", "dead", "--json").stdout)

    assert [entry["id"] for entry in dead] == [2]


@pytest.mark.usefixtures("engine")
def test_a_list_that_is_cut_says_so(invoke: Run) -> None:
    """Or somebody takes it for all there is."""
    cut = invoke(app, "list", "--most", "1", "--json")

    assert (len(json.loads(cut.stdout)), cut.stderr) == (1, "The newest 1 of 3; --most shows more.\n")


def test_an_empty_outbox_is_an_empty_list(invoke: Run) -> None:
    """A script must not have to tell apart nothing and an error, also before anything else was done."""
    assert json.loads(invoke(app, "list", "--json").stdout) == []


@pytest.mark.usefixtures("engine")
def test_a_state_that_does_not_exist_is_wrong_usage(invoke: Run) -> None:
    """With those that do."""
    refused = invoke(app, "list", "--state", "lost")

    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "waiting, written" in refused.stderr


@pytest.mark.usefixtures("engine")
def test_one_change_is_shown_with_what_it_writes(invoke: Run) -> None:
    """Before somebody decides what to do about it."""
    shown = invoke(app, "show", "2").stdout.splitlines()
    document = json.loads(invoke(app, "show", "2", "--json").stdout)

    assert shown == [
        "id                2",
        "source            desk",
        "ticket            ref2 (here 2)",
        "model             3",
        "state             dead",
        "why               The desk has no group of this name (422).",
        "attempts          1",
        "created           2026-11-21 09:00 UTC",
        "settled           2026-11-21 09:00 UTC",
        "assignment_group  Network",
        "tags              triage_network",
        "mark              triage:00000002",
        "note              Entry 2.",
        "                  Suggested by triage.",
    ]
    assert document["change"] == {
        "fields": {"assignment_group": "Network"},
        "tags": ["triage_network"],
        "note": "Entry 2.\nSuggested by triage.",
        "mark": "triage:00000002",
        "version": "7",
    }


def test_one_that_is_being_written_is_shown_as_such(invoke: Run, engine: Engine) -> None:
    """Whoever watches wants to know how long to wait."""
    claim(engine, NOW, 1, timedelta(minutes=5))

    shown = invoke(app, "show", "3").stdout

    assert "next attempt      2026-11-21 09:00 UTC" in shown
    assert "worker until      2026-11-21 09:05 UTC" in shown


@pytest.mark.usefixtures("engine")
def test_a_dead_change_is_tried_again(invoke: Run) -> None:
    """Somebody has made the group."""
    retried = invoke(app, "retry", "2", "--json")

    assert (json.loads(retried.stdout)["state"], retried.stderr) == ("waiting", "Entry 2 is tried again.\n")
    assert states(invoke) == {1: "written", 2: "waiting", 3: "waiting"}


def test_all_dead_changes_are_tried_again_but_those_that_were_overtaken(invoke: Run, engine: Engine) -> None:
    """After an outage nobody wants to type hundreds of ids."""
    put(engine, NOW, make_entry(4, "2"))
    third, later = claim(engine, NOW, 10, timedelta(minutes=5))
    with writing(engine) as connection:
        outbox.bury(connection, third.lease, "The desk cannot be reached.", NOW)
        outbox.settle(connection, later.lease, "written", NOW)

    done = invoke(app, "retry", "--all-dead")
    again = invoke(app, "retry", "--all-dead", "--json")

    assert states(invoke) == {1: "written", 2: "dead", 3: "waiting", 4: "written"}
    assert done.stdout == "1 dead entry is tried again.\n"
    assert done.stderr == "1 stays dead: a later change of the same ticket was written. Drop it.\n"
    assert json.loads(again.stdout) == {"retried": 0, "dead": 1}


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("words", [[], ["2", "--all-dead"], ["two"]])
def test_it_has_to_be_said_what_to_try_again(invoke: Run, words: list[str]) -> None:
    """One or all, and not both."""
    assert invoke(app, "retry", *words).exit_code == 2
    assert states(invoke)[2] == "dead"


@pytest.mark.usefixtures("engine")
def test_dropping_without_a_terminal_asks_nobody(invoke: Run) -> None:
    """A script that hangs at a question at night helps nobody; it can be taken back."""
    dropped = invoke(app, "drop", "2", "--json")

    assert (json.loads(dropped.stdout)["state"], dropped.stderr) == ("dropped", "Entry 2 is dropped.\n")


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize(
    ("words", "answer", "exit_code", "state"),
    [([], "y\n", 0, "dropped"), ([], "n\n", 1, "waiting"), (["--yes"], None, 0, "dropped")],
)
def test_dropping_at_a_terminal_asks(
    invoke: Run,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    answer: str | None,
    exit_code: int,
    state: str,
) -> None:
    """The id is one digit away from another one."""
    monkeypatch.setattr(waiting, "_is_asked", lambda: True)

    result = invoke(app, "drop", "3", *words, answers=answer)

    assert (result.exit_code, states(invoke)[3]) == (exit_code, state)
    assert ("ticket ref3 of desk" in result.stderr) is (answer is not None)


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("words", [["show"], ["retry"], ["drop", "--yes"]])
def test_an_unknown_entry_is_refused(invoke: Run, words: list[str]) -> None:
    """With the command that lists the known ones."""
    with pytest.raises(NotFound, match="triage outbox list"):
        invoke(app, *words, "99")


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("words", [["retry"], ["drop", "--yes"]])
def test_what_is_written_is_neither_tried_again_nor_dropped(invoke: Run, words: list[str]) -> None:
    """It stands in the ticket."""
    with pytest.raises(Conflict, match="Entry 1 is written"):
        invoke(app, *words, "1")


def test_what_is_done_by_hand_is_on_record(invoke: Run, engine: Engine) -> None:
    """Somebody asks why a ticket was never written; a retry of nothing is no entry."""
    invoke(app, "drop", "3", "--yes")
    invoke(app, "retry", "3")
    for _ in range(2):
        invoke(app, "retry", "--all-dead")

    with reading(engine) as connection:
        entries = audit.entries(connection)[::-1]
    assert [(entry.actor, entry.action, entry.object) for entry in entries] == [
        ("command", "outbox.dropped", "outbox:3"),
        ("command", "outbox.retried", "outbox:3"),
        ("command", "outbox.retried", "outbox"),
    ]
    assert (entries[0].details["source"], entries[2].details["entries"]) == ("desk", 1)

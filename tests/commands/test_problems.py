"""`triage problems`, as a user types it."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import Result

from commands.audit import app as audit_app
from commands.problems import app
from data.database import open_database, writing
from data.found_problems import JOB
from data.jobs import claim
from data.schema import prepare
from data.tickets import import_worked
from tests.data.stores.problem_desks import as_ticket
from tests.triage.problems.incidents import NOW, burst, everyday
from triage.errors import InvalidInput, NotFound, Overloaded
from triage.settings import read_settings

Invoke = Callable[..., Result]


@pytest.fixture
def stored(home: Path) -> None:  # noqa: ARG001  (sets the environment)
    """A desk whose burst ended some months ago, as of today."""
    engine = open_database(read_settings().database)
    prepare(engine)
    now = datetime.now(UTC)
    moved = [replace(one, opened_at=one.opened_at + (now - NOW)) for one in (*everyday(600), *burst(20))]
    with writing(engine) as connection:
        import_worked(connection, map(as_ticket, moved), now)
    engine.dispose()


@pytest.mark.usefixtures("stored")
def test_problems_are_found_listed_and_shown(invoke: Invoke) -> None:
    """The look of the night, at once."""
    found = json.loads(invoke(app, "find", "--json").stdout)
    (listed,) = json.loads(invoke(app, "list", "--json").stdout)
    shown = json.loads(invoke(app, "show", str(listed["id"]), "--json").stdout)

    assert found["found"] == 1
    assert found["new"] == [listed["id"]]
    assert len(shown["latest"]) == min(shown["tickets"], 20)
    assert "VPN" in invoke(app, "list").stdout
    assert "workdays lost" in invoke(app, "show", str(listed["id"])).stdout
    assert "1 problems found: 0 new" in invoke(app, "find").stdout
    assert "None;" in invoke(app, "list", "--state", "resolved").stderr


@pytest.mark.usefixtures("stored")
def test_what_people_do_is_kept_and_on_record(invoke: Invoke) -> None:
    """State, split and merge, each with an entry."""
    (id_,) = json.loads(invoke(app, "find", "--json").stdout)["new"]
    ids = [one["id"] for one in json.loads(invoke(app, "show", str(id_), "--json").stdout)["latest"][:2]]

    said = json.loads(invoke(app, "state", str(id_), "known error", "--owner", "Ines", "--json").stdout)
    part = json.loads(invoke(app, "split", str(id_), "--tickets", ",".join(ids), "--json").stdout)
    merged = invoke(app, "merge", str(id_), str(part["id"]))

    assert (said["state"], said["owner"]) == ("known_error", "Ines")
    assert part["tickets"] == 2
    assert merged.stdout.startswith(f"Problem {id_} has ")
    log = invoke(audit_app, "list", "--json").stdout
    assert [log.count(action) for action in ("problem.changed", "problem.split", "problem.merged")] == [1, 1, 1]


@pytest.mark.usefixtures("stored")
def test_mistakes_are_refused_with_a_sentence(invoke: Invoke) -> None:
    """An unknown number or state, and tickets that are not its."""
    (id_,) = json.loads(invoke(app, "find", "--json").stdout)["new"]

    with pytest.raises(NotFound):
        invoke(app, "show", "999")
    with pytest.raises(InvalidInput, match="under_investigation"):
        invoke(app, "state", str(id_), "open")
    with pytest.raises(InvalidInput):
        invoke(app, "split", str(id_), "--tickets", "nobody")


@pytest.mark.usefixtures("stored")
def test_two_looks_at_once_are_one(invoke: Invoke) -> None:
    """The service may be looking at this moment."""
    engine = open_database(read_settings().database)
    assert claim(engine, JOB, timedelta(days=1), datetime.now(UTC), timedelta(minutes=5)) is not None

    with pytest.raises(Overloaded):
        invoke(app, "find")
    engine.dispose()

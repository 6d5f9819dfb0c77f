"""Deliveries on the command line; what is the same for all that waits is tried with the outbox."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from typer.testing import Result

from commands.deliveries import app
from data import deliveries
from data.connectors.connector import Delivery
from data.database import open_database, writing
from data.schema import upgrade
from triage.errors import Conflict, NotFound
from triage.events import Event

Run = Callable[..., Result]

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
BODY = b'{"ticket": {"subject": "zebra"}}'


@pytest.fixture
def engine(home: Path) -> Iterator[Engine]:
    """The installation's database with four deliveries: done, ignored, dead, and one that waits."""
    engine = open_database(f"sqlite:///{home / 'triage.db'}")
    upgrade(engine)
    with writing(engine) as connection:
        for n in range(1, 5):
            event = Event(delivery_id=f"d{n}", kind="created", reference=f"ref{n}", number=str(n))
            deliveries.receive(connection, "desk", Delivery({}, BODY), event, None, NOW)
    done, ignored, dead = deliveries.claim(engine, NOW, 3, timedelta(minutes=5))
    with writing(engine) as connection:
        deliveries.finish(connection, done.lease, NOW)
        deliveries.ignore(connection, ignored.lease, "closed", NOW)
        deliveries.bury(connection, dead.lease, "The desk did not accept what was asked (422).", NOW)
    yield engine
    engine.dispose()


def states(invoke: Run) -> dict[int, str]:
    """The deliveries' states."""
    return {each["id"]: each["state"] for each in json.loads(invoke(app, "list", "--json").stdout)}


@pytest.mark.usefixtures("engine")
def test_deliveries_are_listed_with_what_became_of_them(invoke: Run) -> None:
    """Somebody asks why a ticket has no suggestion."""
    listed = invoke(app, "list").stdout
    (dead,) = json.loads(invoke(app, "list", "--dead", "--json").stdout)

    assert states(invoke) == {4: "waiting", 3: "dead", 2: "ignored", 1: "done"}
    assert "closed" in listed
    assert dead == {
        "id": 3,
        "source": "desk",
        "reference": "ref3",
        "delivery_id": "d3",
        "characters": len(BODY),
        "state": "dead",
        "reason": None,
        "attempts": 1,
        "next_attempt_at": None,
        "leased_until": None,
        "last_error": "The desk did not accept what was asked (422).",
        "created_at": "2026-11-21T09:00:00+00:00",
        "settled_at": "2026-11-21T09:00:00+00:00",
    }


@pytest.mark.usefixtures("engine")
def test_one_delivery_is_shown_without_its_text(invoke: Run) -> None:
    """It is what somebody wrote, and this is pasted into tickets."""
    shown = invoke(app, "show", "3").stdout

    assert shown.splitlines()[:4] == [
        "id                3",
        "source            desk",
        "ticket            ref3",
        "delivery id       d3",
    ]
    assert "zebra" not in shown + invoke(app, "show", "3", "--json").stdout


def test_a_dead_delivery_is_worked_on_again(invoke: Run, engine: Engine) -> None:
    """With all that it said."""
    retried = invoke(app, "retry", "3")

    assert retried.stdout == "Delivery 3 is tried again.\n"
    claimed = deliveries.claim(engine, datetime.now(UTC), 10, timedelta(minutes=5))
    assert [(each.reference, each.delivery.body) for each in claimed] == [("ref4", BODY), ("ref3", BODY)]


def test_a_dropped_delivery_stays_until_somebody_wants_it_again(invoke: Run, engine: Engine) -> None:
    """Nothing is lost by a typing mistake."""
    invoke(app, "drop", "3", "--yes")

    assert states(invoke)[3] == "dropped"
    assert [each.reference for each in deliveries.claim(engine, NOW, 10, timedelta(minutes=5))] == ["ref4"]
    assert invoke(app, "retry", "3").exit_code == 0
    assert states(invoke)[3] == "waiting"


@pytest.mark.usefixtures("engine")
def test_all_dead_deliveries_are_worked_on_again(invoke: Run) -> None:
    """After an outage nobody wants to type hundreds of ids."""
    assert invoke(app, "retry", "--all-dead").stdout == "1 dead delivery is tried again.\n"
    assert states(invoke)[3] == "waiting"


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("words", [["retry"], ["drop", "--yes"]])
@pytest.mark.parametrize(("id_", "state"), [("1", "done"), ("2", "ignored")])
def test_what_nothing_is_left_of_is_refused(invoke: Run, words: list[str], id_: str, state: str) -> None:
    """Its text is gone."""
    with pytest.raises(Conflict, match=f"Delivery {id_} is {state}"):
        invoke(app, *words, id_)


@pytest.mark.usefixtures("engine")
def test_an_unknown_delivery_is_refused(invoke: Run) -> None:
    """With the command that lists the known ones."""
    with pytest.raises(NotFound, match="triage deliveries list"):
        invoke(app, "show", "99")

"""Which model serves is told to whoever wants to know, once."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from api.promotions import LOOK_BACK, Promotions
from api.tidying import EVERY_SECONDS, FIRST_AFTER_SECONDS, KEPT, Tidying
from data import deliveries, events
from data.connectors.connector import Delivery
from data.database import reading, writing
from models.journal import write_entry
from tests.data.test_events_page import example
from tests.triage.test_subscribers import make_subscriber
from triage.events import Event


@pytest.fixture
def told(app: FastAPI) -> Iterator[FastAPI]:
    """An application with two subscribers that does not run."""
    app.state.desk = replace(app.state.desk, subscribers=(make_subscriber("a"), make_subscriber("b")))
    yield app
    app.state.queue.stop()
    app.state.desk.engine.dispose()


def promotions(app: FastAPI, folder: Path) -> Promotions:
    """The worker of a process."""
    return Promotions(lambda: app.state.desk, folder)


def heard(app: FastAPI, by: str = "a") -> list[dict[str, Any]]:
    """What a subscriber is told, the oldest first."""
    with reading(app.state.desk.engine) as connection:
        found = events.listed(connection, None, 100)[::-1]
    return [json.loads(event.payload) for event in found if event.subscriber == by]


def test_what_another_process_promotes_is_told_once_by_all_of_them(told: FastAPI, tmp_path: Path) -> None:
    """The command line writes the journal, and several processes serve."""
    here, there = promotions(told, tmp_path), promotions(told, tmp_path)
    here.work(datetime.now(UTC))
    entry = write_entry(tmp_path, "promoted", "7", before="6", reason="Ann Example wanted it")

    for _ in range(2):
        here.work(datetime.now(UTC))
        there.work(datetime.now(UTC))
    promotions(told, tmp_path).work(datetime.now(UTC))

    data = {"version": "7", "before": "6", "how": "promoted"}
    assert heard(told, "a") == heard(told, "b")
    assert data.keys() == example("model.promoted").keys()
    assert heard(told) == [{"type": "model.promoted", "timestamp": entry.at.isoformat(), "data": data}]


def test_a_rollback_is_told_too_and_a_refusal_is_not(told: FastAPI, tmp_path: Path) -> None:
    """In the order in which they were."""
    worker = promotions(told, tmp_path)
    for event, version in (("promoted", "7"), ("refused", "8"), ("set", "7"), ("rolled back", "6")):
        write_entry(tmp_path, event, version, before="6")  # type: ignore[arg-type]
    worker.work(datetime.now(UTC))
    write_entry(tmp_path, "promoted", "9", before="6")
    worker.work(datetime.now(UTC))

    assert [(each["data"]["how"], each["data"]["version"]) for each in heard(told)] == [
        ("promoted", "7"),
        ("rolled_back", "6"),
        ("promoted", "9"),
    ]


def test_what_was_long_ago_is_told_to_nobody(told: FastAPI, tmp_path: Path) -> None:
    """A subscriber of today is not told of last year; and what was thrown away is not told again."""
    write_entry(tmp_path, "promoted", "7", before=None)
    now = datetime.now(UTC)

    promotions(told, tmp_path).work(now + LOOK_BACK)

    assert heard(told) == []
    assert LOOK_BACK < KEPT


def test_what_was_settled_long_ago_is_thrown_away_now_and_then(told: FastAPI) -> None:
    """Bodies are texts of people, and events tell of them."""
    then, clock = datetime(2026, 10, 1, 9, tzinfo=UTC), [0.0]
    engine = told.state.desk.engine
    with writing(engine) as connection:
        event = Event(delivery_id="1", kind="created", reference="1", number="1")
        deliveries.receive(connection, "desk", Delivery({}, b"{}"), event, None, then)
        events.publish(connection, told.state.desk.subscribers[:1], "model.promoted", "model", {}, then)
        events.publish(connection, [make_subscriber("gone")], "model.promoted", "model", {}, then)
    (delivery,) = deliveries.claim(engine, then, 1, timedelta(minutes=1))
    (claim,) = events.claim(engine, "a", then, 1, timedelta(minutes=1))
    with writing(engine) as connection:
        deliveries.bury(connection, delivery.lease, "It cannot be read.", then)
        events.deliver(connection, claim.lease, then)
    tidying = Tidying(lambda: told.state.desk, lambda: clock[0])

    left = []
    for seconds, now in (
        (FIRST_AFTER_SECONDS - 1, then + KEPT * 2),
        (FIRST_AFTER_SECONDS, then + KEPT),
        (FIRST_AFTER_SECONDS + 1, then + KEPT * 2),
        (FIRST_AFTER_SECONDS + EVERY_SECONDS, then + KEPT + timedelta(seconds=1)),
    ):
        clock[0] = seconds
        tidying.work(now)
        with reading(engine) as connection:
            left.append((sum(deliveries.counts(connection).values()), events.counts(connection)))

    before = {"waiting": 1, "delivered": 1, "dead": 0, "dropped": 0}
    given_up = {"waiting": 0, "delivered": 1, "dead": 1, "dropped": 0}
    assert left == [(1, before), (1, given_up), (1, given_up), (0, given_up | {"delivered": 0})]

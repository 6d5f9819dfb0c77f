"""Nothing is lost and nothing is written twice while processes are killed and the ticketing system fails.

The same as `python -m benchmarks reliability`, with fewer tickets.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine

from benchmarks.reliability.kills import TAGS, faults_of, survive
from benchmarks.reliability.peer import FAULTS
from tests.data.stores.conftest import postgres_url as databases

postgres_url = databases
N_TICKETS, N_KILLS = 300, 4
PATIENCE_SECONDS = 300.0
QUICK_FAULTS = {name: share for name, share in FAULTS.items() if name != "slow"}
"""Waiting for an answer that never comes takes as long as the whole test; `test_webhook_to_note` has that."""


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """An empty database of each kind; None for a file."""
    if request.param == "sqlite":
        yield None
        return
    database: str = request.getfixturevalue("postgres_url")
    yield database
    engine = create_engine(database)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    engine.dispose()


def test_every_ticket_is_written_once(url: str | None, tmp_path: Path) -> None:
    """Power, memory, an impatient supervisor, and a ticketing system that has a bad day."""
    found = survive(
        N_TICKETS,
        N_KILLS,
        url=url,
        n_workers=1 if url is None else 2,
        patience_seconds=PATIENCE_SECONDS,
        faults=QUICK_FAULTS,
        log=tmp_path / "service.log",
    )

    assert found.faults == [], (tmp_path / "service.log").read_text(encoding="utf-8")[-5_000:]
    assert found.n_kills == N_KILLS
    assert sum(found.n_failed.values()) / found.n_requests > 0.2
    assert found.n_failed["lost"] > 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({"notes": ["m", "m"]}, ["2 notes"]),
        ({"notes": []}, ["0 notes"]),
        ({"group": "Network"}, ["'Network' after 1 moves"]),
        ({"n_moves": 2}, ["after 2 moves"]),
        ({"tags": []}, ["has the tags []"]),
        ({"scored": ["0", "0"]}, ["not once in scored"]),
        ({"tickets": []}, ["not once in tickets"]),
        ({"outbox": [("0", "dead", 12, "The desk is busy.")]}, ["not written in outbox", "The desk is busy."]),
        ({"deliveries": []}, ["not done in deliveries"]),
    ],
)
def test_whatever_is_lost_doubled_or_wrong_is_found(change: dict[str, Any], said: list[str]) -> None:
    """A judge who overlooks something makes all of it worthless."""
    right = {"group": "Printing", "n_moves": 1, "tags": [TAGS["Printing"]], "notes": ["m"], "at": 1.0}
    rows = {
        "tickets": ["0"],
        "scored": ["0"],
        "deliveries": [("0", "done", 1, None)],
        "outbox": [("0", "written", 1, None)],
    }
    rows |= {name: value for name, value in change.items() if name in rows}
    ticket = list((right | {name: value for name, value in change.items() if name in right}).values())

    found = list(faults_of(1, rows, {"0": ticket}))

    assert len(found) == min(len(said), 1)
    assert all(part in found[0] for part in said)

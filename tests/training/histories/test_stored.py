"""A history out of the database: whose labels there are, and which count for more."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from data import predictions
from data.database import open_database, to_json, writing
from data.outcomes import record as record_outcome
from data.reviews import Said
from data.reviews import record as record_review
from data.schema import upgrade
from data.tickets import file, import_worked
from training.histories.stored import read_stored
from triage.ticket import NewTicket, WorkedTicket

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TARGET = "assignment_group"
SAID = {"confidence": 0.7, "threshold": 0.8, "decision": "suggest", "reason": "below_threshold", "top": []}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """One ticket each: imported, accepted, corrected, rejected, left to the model, and decided elsewhere."""
    engine = open_database(f"sqlite:///{tmp_path / 'triage.db'}")
    upgrade(engine)
    with writing(engine) as connection:
        imported = WorkedTicket(filed=NewTicket(id="T1"), assignment_group="Network", closed_at=NOW)
        import_worked(connection, [imported], NOW - timedelta(days=8))
        for id_ in ("S0", "S1", "S2", "S3", "S4"):
            file(connection, [NewTicket(id=id_)], NOW - timedelta(days=5))
            answers = to_json({TARGET: {"value": "Network", **SAID}})
            predictions.record(connection, [(id_, answers)], "7", NOW - timedelta(days=5))
        for id_, verdict, value in (("S0", "accepted", None), ("S1", "corrected", "Mail"), ("S2", "rejected", None)):
            said = Said(target=TARGET, verdict=verdict, value=value)  # type: ignore[arg-type]
            record_review(connection, id_, said, "user:a", NOW - timedelta(days=3))
        record_outcome(connection, "S3", {TARGET: "Network"}, "automatic", "desk", NOW - timedelta(days=3))
        record_outcome(connection, "S4", {TARGET: "Apps"}, "human", "desk", NOW - timedelta(days=1))
    yield engine
    engine.dispose()


def test_labels_are_those_that_people_gave(engine: Engine) -> None:
    """What a model set and what was rejected is left out."""
    told: list[float] = []
    history = read_stored(engine, NOW, on_progress=told.append)

    assert {ticket.filed.id: ticket.assignment_group for ticket in history.tickets} == {
        "T1": "Network",
        "S0": "Network",
        "S1": "Mail",
        "S2": None,
        "S3": None,
        "S4": "Apps",
    }
    assert told == [1.0]


def test_it_is_counted_who_gave_them(engine: Engine) -> None:
    """For the manifest: a reader sees what a model rests on."""
    history = read_stored(engine, NOW)

    assert history.labels() == {
        TARGET: {"imported": 1, "decided": 1, "accepted": 1, "corrected": 1, "automatic": 1, "rejected": 1}
    }
    assert history.provenance(3.0, [TARGET, "priority"]) == {"labels": history.labels(), "correction_weight": 3.0}


def test_corrections_weigh_more(engine: Engine) -> None:
    """And nothing else does."""
    assert read_stored(engine, NOW).weights(3.0) == {("S1", TARGET): 3.0}


def test_what_is_new_is_what_people_gave_since(engine: Engine) -> None:
    """Of the targets that are asked for."""
    history = read_stored(engine, NOW)

    assert history.n_new(NOW - timedelta(days=9), [TARGET]) == 4
    assert history.n_new(NOW - timedelta(days=2), [TARGET]) == 1
    assert history.n_new(NOW - timedelta(days=9), ["priority"]) == 0


def test_what_is_said_later_does_not_count(engine: Engine) -> None:
    """A training is of what was known when it began."""
    history = read_stored(engine, NOW - timedelta(days=4))

    assert {ticket.assignment_group for ticket in history.tickets} == {"Network", None}

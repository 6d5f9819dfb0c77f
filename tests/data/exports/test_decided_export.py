"""The stored tickets as the next file to learn from: what people decided, and nothing that a model only said."""

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from data import predictions
from data.database import open_database, to_json, writing
from data.exports.decided_export import write_decided
from data.exports.files import read_tickets
from data.exports.preset import load_preset
from data.imports import import_chunks
from data.outcomes import record as record_outcome
from data.reviews import Said
from data.reviews import record as record_review
from data.schema import upgrade
from data.tickets import file, import_worked
from triage.errors import UnusableFile
from triage.ticket import NewTicket, WorkedTicket

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TARGET = "assignment_group"
SAID = {"confidence": 0.7, "threshold": 0.8, "decision": "suggest", "reason": "below_threshold", "top": []}
IMPORTED = WorkedTicket(
    filed=NewTicket(
        id="T1",
        subject='Say "hello", please',
        body="two\nlines",
        opened_at=NOW - timedelta(days=9),
        customer_id="Ann.Lee@example.org",
        attributes={"location": "Lyon", "browser version": "9"},
    ),
    ticket_type="incident",
    assignment_group="Network",
    closed_at=NOW - timedelta(days=8),
    satisfaction=4.5,
    made_sla=True,
    attributes={"location": "Graz", "closure_code": "Fulfilled"},
)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A database with an imported ticket, and one each that was accepted, corrected, rejected, left, and told of."""
    engine = open_database(f"sqlite:///{tmp_path / 'triage.db'}")
    upgrade(engine)
    with writing(engine) as connection:
        import_worked(connection, [IMPORTED], NOW - timedelta(days=8))
        made = [NewTicket(id=f"S{n}", subject="VPN", opened_at=NOW - timedelta(days=5 - n)) for n in range(5)]
        file(connection, made, NOW - timedelta(days=5))
        for ticket in made:
            answers = to_json({TARGET: {"value": "Network", **SAID}})
            predictions.record(connection, [(ticket.id, answers)], "7", NOW - timedelta(days=5))
            record_outcome(connection, ticket.id, {TARGET: "Network"}, "automatic", "desk", NOW - timedelta(days=4))
        for id_, verdict, value in (("S0", "accepted", None), ("S1", "corrected", "Mail"), ("S2", "rejected", None)):
            said = Said(target=TARGET, verdict=verdict, value=value)  # type: ignore[arg-type]
            record_review(connection, id_, said, "user:a", NOW - timedelta(days=3))
        record_outcome(connection, "S4", {TARGET: "Apps", "queue": "b"}, "human", "desk", NOW - timedelta(days=2))
    yield engine
    engine.dispose()


def rows(path: Path) -> dict[str, dict[str, str]]:
    """A CSV's rows by the tickets' numbers."""
    with path.open(encoding="utf-8", newline="") as lines:
        return {row["id"]: row for row in csv.DictReader(lines)}


def test_the_file_holds_what_people_decided(engine: Engine, tmp_path: Path) -> None:
    """An automatic value that nobody touched, and one that was rejected, are empty; how many is said."""
    count = write_decided(engine, tmp_path / "out.csv", NOW)

    found = rows(tmp_path / "out.csv")
    assert {id_: (row[TARGET], row[f"label_provenance.{TARGET}"]) for id_, row in found.items()} == {
        "T1": ("Network", "imported"),
        "S0": ("Network", "accepted"),
        "S1": ("Mail", "corrected"),
        "S2": ("", "automatic"),
        "S3": ("", "automatic"),
        "S4": ("Apps", "decided"),
    }
    assert (found["S4"]["queue"], found["S4"]["label_provenance.queue"]) == ("b", "decided")
    assert found["S1"]["closed_at"] == (NOW - timedelta(days=3)).isoformat()
    assert found["S3"]["closed_at"] == ""
    assert (count.n_tickets, count.n_automatic, count.n_evidence) == (6, 2, 6)
    assert count.labels[TARGET]["corrected"] == 1


@pytest.mark.parametrize("name", ["out.csv", "out.csv.gz", "out.jsonl", "out.parquet"])
def test_the_file_is_read_back_as_it_was_stored(engine: Engine, tmp_path: Path, name: str) -> None:
    """What was written later stays no feature, also where its column is named as one that is."""
    write_decided(engine, tmp_path / name, NOW)

    tickets, summary = read_tickets(tmp_path / name, load_preset("generic"), rejected=tmp_path / "rejected.csv")

    assert (summary.n_usable, summary.n_rejected) == (6, 0)
    (back,) = [ticket for ticket in tickets if ticket.filed.id == "T1"]
    filed = back.filed
    assert (filed.subject, filed.body, filed.opened_at) == (
        IMPORTED.filed.subject,
        IMPORTED.filed.body,
        IMPORTED.filed.opened_at,
    )
    assert filed.attributes == {"location": "Lyon", "browser version": "9"}
    assert (back.assignment_group, back.closed_at, back.satisfaction, back.made_sla) == (
        "Network",
        IMPORTED.closed_at,
        4.5,
        True,
    )
    assert (back.attributes["decided.location"], back.attributes["closure_code"]) == ("Graz", "Fulfilled")


def test_a_second_export_of_what_was_read_back_is_the_first(engine: Engine, tmp_path: Path) -> None:
    """An imported history is in the next export as what it is: elsewhere imported labels were left out of exports."""
    write_decided(engine, tmp_path / "first.csv", NOW)
    tickets, _ = read_tickets(tmp_path / "first.csv", load_preset("generic"), rejected=tmp_path / "rejected.csv")
    other = open_database(f"sqlite:///{tmp_path / 'other.db'}")
    upgrade(other)
    import_chunks(other, [tickets], None, NOW)
    write_decided(other, tmp_path / "second.csv", NOW)
    other.dispose()

    first, second = rows(tmp_path / "first.csv"), rows(tmp_path / "second.csv")

    kept = ("id", "subject", "body", "opened_at", "customer_id", TARGET, "ticket_type", "closed_at", "closure_code")
    assert [[row[name] for name in kept] for row in first.values()] == [
        [row[name] for name in kept] for row in second.values()
    ]


def test_only_what_was_opened_since(engine: Engine, tmp_path: Path) -> None:
    """For whoever adds to an earlier file."""
    assert write_decided(engine, tmp_path / "out.csv", NOW, since=NOW - timedelta(days=3)).n_tickets == 3


def test_customers_stay_who_they_are(tmp_path: Path) -> None:
    """With a key their ids are hashes, marked as such: read back under the same key they are the same customers."""
    key = SecretStr("a key of some length")
    engine = open_database(f"sqlite:///{tmp_path / 'triage.db'}")
    upgrade(engine)
    import_chunks(engine, [[IMPORTED]], key, NOW)
    write_decided(engine, tmp_path / "out.csv", NOW, key=key)
    tickets, _ = read_tickets(tmp_path / "out.csv", load_preset("generic"), rejected=tmp_path / "rejected.csv")

    assert "example.org" not in (tmp_path / "out.csv").read_text(encoding="utf-8")
    assert import_chunks(engine, [tickets], key, NOW).n_new == 0
    write_decided(engine, tmp_path / "again.csv", NOW, key=key)
    assert rows(tmp_path / "again.csv")["T1"]["customer_id"] == rows(tmp_path / "out.csv")["T1"]["customer_id"]
    engine.dispose()


def test_progress_is_told_and_a_failure_leaves_what_stood_there(engine: Engine, tmp_path: Path) -> None:
    """Half an export would be taken for a small desk."""
    out = tmp_path / "out.jsonl"
    out.write_text("before", encoding="utf-8")
    told: list[float] = []

    def stop(done: float) -> None:
        told.append(done)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_decided(engine, out, NOW, on_progress=stop)

    assert told == [1.0]
    assert out.read_text(encoding="utf-8") == "before"
    assert sorted(path.name for path in tmp_path.glob("*out*")) == ["out.jsonl"]

    write_decided(engine, out, NOW)

    assert len([json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]) == 6


@pytest.mark.parametrize("name", ["out.xlsx", "nowhere/out.csv"])
def test_what_cannot_be_written_is_said_before_the_work(engine: Engine, tmp_path: Path, name: str) -> None:
    """A large desk takes a minute."""
    with pytest.raises(UnusableFile):
        write_decided(engine, tmp_path / name, NOW, on_progress=pytest.fail)

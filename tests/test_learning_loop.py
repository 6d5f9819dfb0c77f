"""The whole loop: tickets are scored by HTTP, people decide, and the next training knows who said what."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from data import keys
from data.database import open_database, writing
from data.samples.desk import generate_desk
from data.samples.export import write_desk
from tests.conftest import Run
from triage.settings import read_settings

TARGET = "assignment_group"
N_ACCEPTED, N_CORRECTED, N_REJECTED, N_DECIDED, N_AUTOMATIC = 30, 15, 3, 7, 5
FAST = ("--fast", "--targets", TARGET)


@pytest.fixture
def desk(run: Run, tmp_path: Path) -> Run:
    """An installation with an imported history and a champion that was learned from it."""
    write_desk(generate_desk(n_tickets=900, n_customers=60, seed=1), tmp_path / "desk.csv")
    assert run("tickets", "import", tmp_path / "desk.csv").code == 0
    assert run("models", "train", "--from-store", *FAST).code == 0
    assert run("models", "promote", "challenger").code == 0
    return run


@pytest.fixture
def client(desk: Run) -> Iterator[TestClient]:
    """A page or a program with every right."""
    assert desk("db", "upgrade").code == 0
    engine = open_database(read_settings().database)
    with writing(engine) as connection:
        key = keys.create(connection, "desk", ("score", "read", "review"), datetime.now(UTC))[1]
    engine.dispose()
    with TestClient(create_app(read_settings()), headers={"X-API-Key": key}) as client:
        yield client


def decide(client: TestClient) -> dict[str, tuple[str, str]]:
    """Scores sixty tickets and decides on most: by number what the group is in the end, and by whose word."""
    later = generate_desk(n_tickets=60, n_customers=20, seed=2)
    sent = [
        {
            "id": f"NEW{n}",
            "subject": ticket.filed.subject,
            "body": ticket.filed.body,
            "opened_at": str(ticket.filed.opened_at),
        }
        for n, ticket in enumerate(later.tickets)
    ]
    scored = client.post("/v1/score/batch", json={"tickets": sent}).json()["results"]
    suggested = {each["ticket_id"]: each["predictions"][TARGET]["value"] for each in scored}
    remaining = iter(suggested.items())
    expected: dict[str, tuple[str, str]] = {}
    reviews: list[dict[str, Any]] = []
    for verdict, n in (("accepted", N_ACCEPTED), ("corrected", N_CORRECTED), ("rejected", N_REJECTED)):
        for _ in range(n):
            id_, value = next(remaining)
            other = "Network" if value != "Network" else "Database"
            given = {"value": other} if verdict == "corrected" else {}
            reviews.append({"ticket_id": id_, "target": TARGET, "verdict": verdict, "model_version": "1"} | given)
            expected[id_] = {"accepted": (value, "accepted"), "corrected": (other, "corrected")}.get(verdict, ("", ""))
    answers = client.post("/v1/reviews/batch", json={"reviews": reviews}).json()["results"]
    assert all("status" not in answer for answer in answers)
    for provenance, n in (("human", N_DECIDED), ("automatic", N_AUTOMATIC)):
        for _ in range(n):
            id_, value = next(remaining)
            body = {"values": {TARGET: value}, "provenance": provenance}
            assert client.put(f"/v1/tickets/{id_}/outcome", json=body).status_code == 200
            expected[id_] = (value, "decided") if provenance == "human" else ("", "automatic")
    assert next(remaining, None) is None
    return expected


def test_what_people_decide_is_what_is_learned_next(
    desk: Run, client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exactly that, with who said so; and the gate has the last word."""
    expected = decide(client)

    exported = desk("tickets", "export", tmp_path / "next.csv", "--json")
    with (tmp_path / "next.csv").open(encoding="utf-8", newline="") as lines:
        rows = {row["id"]: (row[TARGET], row[f"label_provenance.{TARGET}"]) for row in csv.DictReader(lines)}

    assert {id_: found for id_, found in rows.items() if id_.startswith("NEW")} == expected
    assert len(rows) == exported.json["tickets"] == 960
    assert exported.json["labels"][TARGET] == {
        "imported": 900,
        "decided": N_DECIDED,
        "accepted": N_ACCEPTED,
        "corrected": N_CORRECTED,
        "automatic": N_AUTOMATIC,
    }
    assert f"{N_AUTOMATIC} automatic values that nobody touched are left empty." in exported.err

    checked = desk("tickets", "check", tmp_path / "next.csv", "--preset", "generic", "--json")
    n_human = 900 + N_ACCEPTED + N_CORRECTED + N_DECIDED
    assert sum(checked.json["labels"][TARGET].values()) == n_human
    from_file = desk("models", "train", "--tickets", tmp_path / "next.csv", "--preset", "generic", *FAST)
    assert from_file.code == 0

    trained = desk("models", "train", "--from-store", *FAST, "--json")
    manifest = desk("models", "show", trained.json["version"], "--json").json
    assert manifest["provenance"] == {
        "labels": {
            TARGET: {
                "imported": 900,
                "decided": N_DECIDED,
                "accepted": N_ACCEPTED,
                "corrected": N_CORRECTED,
                "automatic": N_AUTOMATIC,
                "rejected": N_REJECTED,
            }
        },
        "correction_weight": 3.0,
    }
    assert manifest["window"] is not None
    card = desk("models", "show", trained.json["version"]).out
    assert "15 corrected" in card
    assert desk("models", "show", "2", "--json").json.get("provenance", {}) == {}

    monkeypatch.setattr("training.promotion.RULES", (always_objects,))
    refused = desk("models", "retrain", "--from-store", "--json")
    assert refused.code == 1
    assert (refused.json["refused"], refused.json["promoted"]) == (["always_objects"], False)
    assert "is worse than model 1, or nothing shows that it is not" in refused.err
    assert desk("models", "list", "--json").json[-1]["aliases"] == ["champion"]
    monkeypatch.setattr("training.promotion.RULES", ())

    retrained = desk("models", "retrain", "--from-store", "--promote", "--json")
    assert retrained.code == 0
    assert retrained.json["champion"] == "1"
    assert retrained.json["new_labels"] == N_ACCEPTED + N_CORRECTED + N_DECIDED
    assert (retrained.json["refused"], retrained.json["promoted"]) == ([], True)
    champion = desk("models", "show", "champion", "--json").json
    assert champion["bundle_hash"] == desk("models", "show", retrained.json["version"], "--json").json["bundle_hash"]
    assert (champion["parameters"]["fast"], [head["target"] for head in champion["heads"]]) == (True, [TARGET])

    again = desk("models", "retrain", "--from-store")
    assert again.code == 1
    assert "People have given 0 labels since" in again.err


def always_objects(found: object) -> str | None:
    """Always."""
    return f"{type(found).__name__}"


@pytest.mark.parametrize(
    "words",
    [
        ("models", "train"),
        ("models", "train", "--from-store", "--tickets", "x.csv"),
        ("models", "train", "--from-store", "--map", "body=Text"),
        ("models", "retrain"),
    ],
)
def test_a_history_comes_from_one_place(run: Run, words: tuple[str, ...]) -> None:
    """Whoever names two, or none, is told so."""
    assert run(*words).code == 2


def test_without_history_or_champion_there_is_nothing_to_learn(run: Run) -> None:
    """One sentence says what to do."""
    empty = run("models", "train", "--from-store", "--fast")
    without = run("models", "retrain", "--from-store")

    assert (empty.code, without.code) == (1, 1)
    assert "The database holds no tickets: `triage tickets import FILE`" in empty.err
    assert "There is no champion to train again" in without.err

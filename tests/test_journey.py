"""The whole thread: real exports through the command line, and a generated desk up to the scored ticket."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from starlette.testclient import TestClient

from api.app import create_app
from data.samples.desk import generate_desk
from data.samples.export import write_desk
from tests.conftest import Run
from training.learning.derived_priority import PARTS
from triage.settings import read_settings

ENDAVA = ("--map", "body=text", "--map", "assignment_group=topic")


@pytest.mark.parametrize(
    ("name", "reading", "targets", "n_tickets", "least_accuracy"),
    [
        ("endava_it_tickets.csv.gz", ENDAVA, "assignment_group,ticket_type", 34_271, 0.85),
        ("servicenow_incidents_with_callers.csv.gz", ("--preset", "servicenow"), "assignment_group", 6_438, 0.55),
        ("multilingual_helpdesk.csv.gz", (), "ticket_type,assignment_group,priority", 3_764, 0.68),
        ("servicenow_incident_log.csv.gz", ("--preset", "servicenow-log"), "assignment_group,priority", 17_114, 0.50),
    ],
)
def test_a_real_export_goes_through(  # noqa: PLR0917 - one row a desk
    run: Run,
    real_data: Path,
    tmp_path: Path,
    name: str,
    reading: tuple[str, ...],
    targets: str,
    n_tickets: int,
    least_accuracy: float,
) -> None:
    """What works on generated desks alone works nowhere; the bound lies below what is reached and above guessing."""
    file = real_data / name

    checked = run("tickets", "check", file, *reading, "--json").json
    trained = run("models", "train", "--tickets", file, "--fast", *reading, "--targets", targets, "--json").json
    evaluated = run("models", "evaluate", "challenger", "--tickets", file, *reading, "--json").json
    run("models", "promote", "challenger")
    scored = run("score", file, *reading, "--out", tmp_path / "scores.parquet", "--json").json

    asked = targets.split(",")
    first = trained["targets"][asked[0]]
    assert checked["usable"] == evaluated["rows"] == scored["tickets"] == n_tickets
    assert [name for name in trained["targets"] if name not in PARTS] == asked
    assert first["accuracy"] > max(least_accuracy, first["baseline_accuracy"])
    assert pq.read_table(tmp_path / "scores.parquet").num_rows == n_tickets


def test_a_ticketing_system_gets_answers_from_what_a_data_scientist_trained(run: Run, tmp_path: Path) -> None:
    """Every room takes part: history, model, promotion, customers, key, and the answer with all that it promises."""
    desk = generate_desk(n_tickets=600, n_customers=30, seed=2)
    write_desk(desk, tmp_path / "desk.csv.gz")
    last = desk.tickets[-1].filed
    run("models", "train", "--tickets", tmp_path / "desk.csv.gz", "--fast")
    run("models", "promote", "challenger")
    run("tickets", "import", tmp_path / "desk.csv.gz")
    key = run("keys", "create", "our desk", "--scopes", "score", "--json").json["key"]
    ticket = {
        "id": "NEW-1",
        "subject": last.subject,
        "body": last.body,
        "opened_at": last.opened_at.isoformat(),
        "customer_id": last.customer_id,
    }

    with TestClient(create_app(read_settings())) as client:
        ready = client.get("/readyz")
        answer = client.post("/v1/score?explain=true", json=ticket, headers={"Authorization": f"Bearer {key}"})

    known = [t for t in desk.tickets if t.filed.customer_id == last.customer_id]
    recent = [t for t in known if (last.opened_at - t.filed.opened_at).days < 30]
    assert ready.status_code == answer.status_code == 200
    assert set(answer.json()["predictions"]) == {"ticket_type", "assignment_group", "priority", *PARTS}
    assert answer.json()["predictions"]["assignment_group"]["explanation"]
    assert answer.json()["customer"]["profile"]["contacts_30d"] == len(recent) + 1
    assert answer.json()["model"]["version"] == "1"

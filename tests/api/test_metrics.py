"""What is counted, under which names, and at what price."""

import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine, insert
from starlette.testclient import TestClient

from api import metrics
from api.metrics import FOLDER_VARIABLE, Metrics, StoredQueues
from data.database import open_database, writing
from data.tables import deliveries
from triage.prediction import Prediction


def samples(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Every value by name and labels."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(text: str, name: str, **labels: str) -> float | None:
    """One value; None where there is none."""
    return samples(text).get((name, frozenset(labels.items())))


@pytest.fixture
def scrape(reader: TestClient) -> Callable[[], str]:
    """What Prometheus reads now."""

    def scraped() -> str:
        answer = reader.get("/metrics")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain; version=")
        return answer.text

    return scraped


def test_what_was_answered_is_counted(client: TestClient, scrape: Callable[[], str]) -> None:
    """Requests, batches and decisions are what every alert rests on."""
    client.post("/v1/score", json={"subject": "VPN down"})
    client.post("/v1/score", json={"subject": "printer"})
    client.post("/v1/score/batch", json={"tickets": [{"subject": "VPN"}, {"subject": "VPN"}, {"subject": ""}]})

    text = scrape()

    answered = {"method": "POST", "status": "200"}
    decided = {"target": "assignment_group"}
    assert value(text, "triage_http_requests_total", route="/v1/score", **answered) == 2
    assert value(text, "triage_http_requests_total", route="/v1/score/batch", **answered) == 1
    assert value(text, "triage_http_request_seconds_count", route="/v1/score") == 2
    assert value(text, "triage_http_request_seconds_sum", route="/v1/score") > 0  # type: ignore[operator] # it is there
    assert value(text, "triage_decisions_total", decision="auto", reason="above_threshold", **decided) == 3
    assert value(text, "triage_decisions_total", decision="suggest", reason="below_threshold", **decided) == 1
    assert value(text, "triage_decisions_total", decision="abstain", reason="too_short", **decided) == 1
    assert value(text, "triage_batch_tickets_sum") == 5
    assert value(text, "triage_batch_tickets_bucket", le="1.0") == 2
    assert value(text, "triage_model_processes", version="7") == 1
    assert value(text, "triage_waiting_tickets") == 0
    assert value(text, "triage_database_up") == 1


def test_a_route_is_told_by_its_template_and_refusals_too(
    client: TestClient, reader: TestClient, stranger: TestClient, scrape: Callable[[], str]
) -> None:
    """An alert on 5xx or 4xx must say where."""
    reader.get("/v1/customers/hunter2")
    reader.get("/v1/customers/hunter3")
    client.post("/v1/score", content=b"no json", headers={"Content-Type": "application/json"})
    stranger.post("/v1/score", json={})

    text = scrape()

    assert value(text, "triage_http_requests_total", route="/v1/customers/{id}", method="GET", status="200") == 2
    assert value(text, "triage_http_requests_total", route="/v1/score", method="POST", status="400") == 1
    assert value(text, "triage_http_requests_total", route="unmatched", method="POST", status="401") == 1


def test_what_strangers_make_up_becomes_no_label(
    client: TestClient, stranger: TestClient, scrape: Callable[[], str]
) -> None:
    """Scanners ask for thousands of paths, and each would be kept in memory for ever; texts and keys would be read."""
    before = len(samples(scrape()))
    for i in range(50):
        stranger.get(f"/.env-hunter{i}")
        client.get(f"/files/hunter{i}.php")
        client.request(f"HUNTER{i}", "/v1/score")
        client.post("/v1/score", json={"subject": f"hunter{i}", "customer_id": f"hunter{i}", "id": f"hunter{i}"})

    text = scrape()

    assert "hunter" not in text.lower()
    assert client.headers["authorization"].split("_")[1] not in text
    assert len(samples(text)) - before < 80
    assert value(text, "triage_http_requests_total", route="unmatched", method="GET", status="401") == 50
    assert value(text, "triage_http_requests_total", route="unmatched", method="GET", status="404") == 50


def test_an_error_of_ours_is_a_500(client: TestClient, model: object, scrape: Callable[[], str]) -> None:
    """It is what wakes somebody up."""
    model.fault = RuntimeError("hunter2")  # type: ignore[attr-defined] # the fake's

    client.post("/v1/score", json={"subject": "VPN"})

    assert value(scrape(), "triage_http_requests_total", route="/v1/score", method="POST", status="500") == 1


@pytest.mark.parametrize("scopes", [("score",), ("review",), ("admin",)])
def test_it_takes_the_scope_read(stranger: TestClient, new_key: Callable[..., str], scopes: tuple[str, ...]) -> None:
    """How busy a desk is concerns those who may read."""
    assert stranger.get("/metrics").status_code == 401
    assert stranger.get("/metrics", headers={"X-API-Key": new_key(*scopes)}).status_code == 403


def test_what_waits_in_the_database_is_told_by_state_and_age(
    app: FastAPI, scrape: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A queue that nobody works on is the fault that no request shows."""
    monkeypatch.setattr(metrics, "FRESH_SECONDS", 0.0)
    engine: Engine = app.state.desk.engine
    long_ago = datetime.now(UTC) - timedelta(hours=2)
    with writing(engine) as connection:
        row = {"source": "desk", "delivery_id": "d1", "reference": "1", "headers": {}, "body": "{}"}
        waits = {"state": "waiting", "n_attempts": 0, "received_at": long_ago, "next_attempt_at": long_ago}
        connection.execute(insert(deliveries).values(**row, **waits))

    text = scrape()

    assert value(text, "triage_deliveries", state="waiting") == 1
    assert value(text, "triage_outbox", state="waiting") == 0
    assert 7_190 < (value(text, "triage_deliveries_oldest_seconds") or 0) < 7_300
    assert value(text, "triage_outbox_oldest_seconds") == 0


def test_the_database_is_asked_once_in_a_while(tmp_path: Path) -> None:
    """Several may scrape each few seconds, and counting rows has its price."""
    clock = iter([0.0, 14.0, 15.0, 15.0]).__next__
    engine = open_database(f"sqlite:///{tmp_path / 'none.db'}")
    queues = StoredQueues(engine, clock)

    first = list(queues.collect())
    again = list(queues.collect())
    later = list(queues.collect())

    engine.dispose()
    assert first == again
    assert first[0] is again[0]
    assert later[0] is not first[0]


def test_a_database_out_of_reach_is_said_and_the_rest_is_told(
    app: FastAPI, scrape: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """That is the hour in which somebody looks."""
    monkeypatch.setattr(metrics, "FRESH_SECONDS", 0.0)
    with writing(app.state.desk.engine) as connection:
        connection.exec_driver_sql("DROP TABLE deliveries")
    scrape()

    text = scrape()

    assert value(text, "triage_database_up") == 0
    assert value(text, "triage_deliveries_oldest_seconds") is None
    assert "triage_http_request_seconds_bucket" in text


def test_processes_that_died_count_on_and_wait_for_nothing(tmp_path: Path) -> None:
    """Counters must not go back; what a dead process said of itself must not be told for ever (a known complaint)."""
    died = (
        "import os; from api.metrics import Metrics; m = Metrics(); m.count_request('/v1/score', 'POST', 200, 0.01); "
        "m.tell_waiting(9); m.tell_version('3'); print(os.getpid(), flush=True); os._exit(9)"
    )
    told = (
        "import sys; from prometheus_client.multiprocess import mark_process_dead as mark; mark(int(sys.argv[1])); "
        "from api.metrics import Metrics; m = Metrics(); m.count_request('/v1/score', 'POST', 200, 0.01); "
        "m.tell_waiting(2); m.tell_version('3'); m.tell_version('4'); print(m.text().decode())"
    )
    environment = {FOLDER_VARIABLE: str(tmp_path), "PATH": ""}

    def run(program: str, *words: str) -> str:
        root = Path(__file__).parents[2]
        done = subprocess.run(
            [sys.executable, "-c", program, *words],
            cwd=root,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        return done.stdout

    text = run(told, run(died).strip())

    answered = {"route": "/v1/score", "method": "POST", "status": "200"}
    assert value(text, "triage_http_requests_total", **answered) == 2
    assert value(text, "triage_waiting_tickets") == 2
    assert value(text, "triage_model_processes", version="3") == 0
    assert value(text, "triage_model_processes", version="4") == 1


def test_a_batch_is_counted_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ticket at a time would cost the thread that scores a hundredth of its time."""
    counted = Metrics()
    added: list[float] = []
    monkeypatch.setattr(
        counted._decisions, "labels", lambda *_: type("Child", (), {"inc": lambda _, n: added.append(n)})()
    )
    one = Prediction(
        target="priority",
        value="3",
        confidence=0.9,
        threshold=0.8,
        decision="auto",
        reason="above_threshold",
        top=(),
        explanation=(),
    )

    counted.count_batch([(one,)] * 64, 64)

    assert added == [64]


def test_every_metric_is_on_the_page_and_the_page_promises_no_other(scrape: Callable[[], str]) -> None:
    """Alerts are written from the page, and one on a name that there is not never fires."""
    page = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
    scrape()

    told = {family.name for family in text_string_to_metric_families(scrape())}
    named = set(re.findall(r"triage_[a-z_]+", page))

    parts = ("_total", "_bucket")
    assert {name for name in told if name not in named and f"{name}_total" not in named} == set()
    assert {name for name in named if re.sub("|".join(parts), "", name) not in told} == set()

"""Alive always, ready when requests will be answered."""

from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from starlette.testclient import TestClient

from api.app import build_app
from data.database import writing
from triage.errors import BundleAltered, NoModel
from triage.settings import Settings


def test_an_installation_in_order_is_ready(stranger: TestClient) -> None:
    """Load balancers ask without a key."""
    answer = stranger.get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["status"] == "ready"
    assert {name: check["ok"] for name, check in answer.json()["checks"].items()} == {"model": True, "database": True}


def test_without_a_model_it_is_alive_and_not_ready(stranger: TestClient, model: Any) -> None:  # noqa: ANN401
    """Restarting would not help, and no ticket should be sent here."""
    model.fault = NoModel("No model was promoted yet: run `triage models promote`.")

    alive, ready = stranger.get("/healthz"), stranger.get("/readyz")

    assert (alive.status_code, alive.json()) == (200, {"status": "ok"})
    assert ready.status_code == 503
    assert ready.json()["status"] == "not ready"
    assert ready.json()["checks"]["model"] == {
        "ok": False,
        "detail": "No model was promoted yet: run `triage models promote`.",
    }


def test_a_refused_model_is_named_without_where_it_lies(stranger: TestClient, model: Any) -> None:  # noqa: ANN401
    """Whoever asks here has no key, and paths are nobody's business."""
    model.fault = BundleAltered("weights.npy of the bundle at /srv/secret/models/3 was changed after it was written.")

    ready = stranger.get("/readyz")

    assert ready.status_code == 503
    assert ready.json()["checks"]["model"]["detail"] == (
        "The promoted model is refused (BundleAltered); the log says why."
    )


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_monitor_that_asks_for_the_head_alone_is_answered(stranger: TestClient, path: str) -> None:
    """Many do, and take 405 for dead."""
    answer = stranger.head(path)

    assert (answer.status_code, answer.content) == (200, b"")


def test_tables_of_another_version_are_not_ready(stranger: TestClient, app: FastAPI) -> None:
    """The detail is the command that helps."""
    with writing(app.state.desk.engine) as connection:
        connection.exec_driver_sql("DELETE FROM alembic_version")

    check = stranger.get("/readyz").json()["checks"]["database"]

    assert check["ok"] is False
    assert "run `triage db upgrade`" in check["detail"]


def test_a_database_out_of_reach_is_not_ready_and_not_described(settings: Settings, model: Any) -> None:  # noqa: ANN401
    """Anybody may ask, and hosts are nobody's business; the process starts all the same."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    url = SecretStr("postgresql://u:s3cret@127.0.0.1:1/desk")
    elsewhere = settings.model_copy(update={"database_url": url})

    with TestClient(build_app(elsewhere, model)) as client:
        answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"]["database"] == {
        "ok": False,
        "detail": "The database cannot be reached; the log says why.",
    }

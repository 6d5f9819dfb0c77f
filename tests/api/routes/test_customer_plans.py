"""What is agreed for customers."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from starlette.testclient import TestClient

from data.database import reading
from data.tables import plans
from tests.api.routes.conftest import TERMS


def test_a_plan_is_agreed_and_shown_wherever_the_customer_is(
    reader: TestClient, client: TestClient, calls: Callable[..., None]
) -> None:
    """Whoever answers the next call knows that somebody is on it already."""
    calls("u42", 1, 2, 3)

    agreed = reader.put("/v1/customers/u42/plan", json=TERMS | {"segment": "frequent_flyer"})

    plan = agreed.json()
    assert agreed.status_code == 200
    assert {name: plan[name] for name in TERMS} == TERMS
    assert (plan["segment"], plan["outcome"], plan["note"]) == ("frequent_flyer", "open", None)
    assert reader.get("/v1/customers/u42").json()["plan"] == plan
    assert reader.get("/v1/customers", params={"segment": "frequent_flyer"}).json()["customers"][0]["plan"] == plan
    assert client.post("/v1/score", json={"customer_id": "u42"}).json()["customer"]["plan"] == plan


def test_the_same_plan_twice_changes_nothing(reader: TestClient, app: FastAPI) -> None:
    """A client that is not sure whether it was heard sends it again, without any key for that."""
    first = reader.put("/v1/customers/u42/plan", json=TERMS)
    second = reader.put("/v1/customers/u42/plan", json=TERMS)

    assert second.json() == first.json()
    with reading(app.state.desk.engine) as connection:
        assert connection.scalar(select(func.count()).select_from(plans)) == 1


def test_a_plan_that_has_ended_stays_on_record(reader: TestClient) -> None:
    """What was tried is told, the newest first; only the open one is the customer's plan."""
    reader.put("/v1/customers/u42/plan", json=TERMS)
    reader.put("/v1/customers/u42/plan", json=TERMS | {"outcome": "done", "note": "No call since."})
    between = reader.get("/v1/customers/u42").json()
    reader.put("/v1/customers/u42/plan", json=TERMS | {"next_step": "Ask again"})

    found = reader.get("/v1/customers/u42").json()

    assert between["plan"] is None
    assert [plan["outcome"] for plan in found["plans"]] == ["open", "done"]
    assert found["plan"] == found["plans"][0]
    assert found["plan"]["next_step"] == "Ask again"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"owner": ""}, "#/owner"),
        ({"owner": " "}, "#/owner"),
        ({"next_step": "\t"}, "#/next_step"),
        ({"owner": None}, "#/owner"),
        ({"next_step": "x" * 2_001}, "#/next_step"),
        ({"review_on": "5.12.2026"}, "#/review_on"),
        ({"review_on": "2026-02-30"}, "#/review_on"),
        ({"review_on": "2026-12-05T00:00:00Z"}, "#/review_on"),
        ({"review_on": 20}, "#/review_on"),
        ({"review_on": "1969-12-31"}, "#/review_on"),
        ({"segment": "grumpy"}, "#/segment"),
        ({"outcome": "failed"}, "#/outcome"),
        ({"priority": "low"}, "#/priority"),
    ],
)
def test_terms_that_do_not_fit_are_pointed_at(reader: TestClient, change: dict[str, Any], pointer: str) -> None:
    """A plan without an owner or a day is a wish."""
    answer = reader.put("/v1/customers/u42/plan", json=TERMS | change)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [part["pointer"] for part in answer.json()["errors"]] == [pointer]


def test_a_field_that_a_plan_has_not_is_not_sent_into_its_attributes(reader: TestClient) -> None:
    """Tickets have attributes, and plans have none."""
    answer = reader.put("/v1/customers/u42/plan", json=TERMS | {"statuss": "open"})

    (part,) = answer.json()["errors"]
    assert part["detail"] == "There is no field 'statuss'; further facts about a ticket go into its `attributes`."


def test_reading_is_not_agreeing(stranger: TestClient, new_key: Callable[..., str]) -> None:
    """A dashboard's key must not change what people agreed on."""
    answer = stranger.put("/v1/customers/u42/plan", json=TERMS, headers={"X-API-Key": new_key("read", "score")})

    assert answer.status_code == 403


@pytest.mark.parametrize("path", ["/v1/customers/u42", "/v1/customers?segment=quiet"])
def test_scoring_and_agreeing_are_not_reading(stranger: TestClient, new_key: Callable[..., str], path: str) -> None:
    """A ticketing system's key is in many hands."""
    assert stranger.get(path, headers={"X-API-Key": new_key("score", "review", "admin")}).status_code == 403

"""Who the customers are, and who looked."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from data.database import reading, writing
from data.opt_outs import opt_in, opt_out
from data.profile_views import views_of
from data.tables import profile_views
from tests.api.routes.conftest import NOW, TERMS, listed
from triage.errors import BundleAltered, NoModel


def test_a_customer_is_shown_with_reasons_and_a_suggestion(reader: TestClient, calls: Callable[..., None]) -> None:
    """What somebody should know before they call back."""
    calls("u42", 1, 2, 3, 4, 5, ticket_type="incident", attributes={"service": "VPN", "subcategory": "tunnel"})

    answer = reader.get("/v1/customers/u42")

    found = answer.json()
    assert answer.status_code == 200
    assert (found["id"], found["opted_out"], found["plan"], found["plans"]) == ("u42", False, None, [])
    assert [segment["name"] for segment in found["segments"]] == ["frequent_flyer", "newcomer"]
    assert found["segments"][0]["reason"].startswith("5 contacts in 30 days")
    assert found["kind"] == {
        "name": "one_unsolved_problem",
        "reason": "5 of 5 contacts in 90 days are about tunnel",
    }
    assert found["frequent_flyer"] == {"probability": None, "flag": True}
    assert (found["profile"]["contacts_365d"], found["profile"]["main_topic"]) == (5, "tunnel")
    assert found["suggestion"]["segment"] == "one_unsolved_problem"
    assert "root-cause review" in found["suggestion"]["next_step"]
    as_of = datetime.fromisoformat(found["as_of"])
    assert found["suggestion"]["review_on"] == (as_of + timedelta(days=30)).date().isoformat()


def test_a_reason_to_call_often_is_told_but_suggests_nothing_for_who_does_not(
    reader: TestClient, calls: Callable[..., None]
) -> None:
    """Four requests in a year are no reason for a training."""
    calls("u42", 40, 100, 150, 200, ticket_type="request")

    found = reader.get("/v1/customers/u42").json()

    assert (found["kind"]["name"], found["suggestion"]) == ("needs_training", None)


def test_an_unknown_customer_has_an_empty_profile(reader: TestClient) -> None:
    """A ticketing system asks about everybody; somebody new is no error."""
    answer = reader.get("/v1/customers/stranger")

    assert answer.status_code == 200
    assert answer.json()["profile"]["contacts_365d"] == 0
    assert answer.json()["segments"] == []


def test_blanks_around_an_id_are_not_part_of_it(reader: TestClient, calls: Callable[..., None]) -> None:
    """As in the tickets."""
    calls("u42", 1)

    assert reader.get("/v1/customers/%20u42%20").json()["profile"]["contacts_365d"] == 1
    assert reader.get("/v1/customers/%20").status_code == 422


@pytest.mark.parametrize("id_", ["DOMAIN/ann", "ann@example.org", "größe 😀", "a/plan", "50% off?"])
def test_an_id_may_be_anything(reader: TestClient, calls: Callable[..., None], id_: str) -> None:
    """They are whatever the ticketing system has."""
    calls(id_, 1)

    found = reader.get("/v1/customers/" + "".join(f"%{byte:02X}" for byte in id_.encode()))

    assert (found.json()["id"], found.json()["profile"]["contacts_30d"]) == (id_, 1)


def test_before_a_model_is_promoted_customers_are_known_by_the_floors(
    reader: TestClient,
    calls: Callable[..., None],
    model: Any,  # noqa: ANN401
) -> None:
    """Knowing who calls does not wait for knowing where tickets go."""
    calls("u42", 1, 2, 3)
    model.fault = NoModel("No model was promoted yet.")

    assert reader.get("/v1/customers/u42").json()["frequent_flyer"]["flag"]


def test_with_a_model_that_was_altered_nothing_is_said(reader: TestClient, model: Any) -> None:  # noqa: ANN401
    """Segments by other bars than yesterday's would be wrong in silence."""
    model.fault = BundleAltered("weights.npy differs from its hash.")

    assert reader.get("/v1/customers/u42").status_code == 503


def test_every_look_at_a_profile_is_on_record(
    stranger: TestClient, app: FastAPI, new_key: Callable[..., str], calls: Callable[..., None]
) -> None:
    """A customer who asks who has read about them gets an answer."""
    calls("u42", 1, 2, 3)
    calls("u1", 100)
    one, other = new_key("read"), new_key("read")

    stranger.get("/v1/customers/u42", headers={"X-API-Key": one})
    stranger.get("/v1/customers", params={"segment": "frequent_flyer"}, headers={"X-API-Key": other})
    stranger.get("/v1/customers/u42", headers={"X-API-Key": new_key("score")})

    with reading(app.state.desk.engine) as connection:
        looked = [view.caller for view in views_of(connection, "u42")]
        assert views_of(connection, "u1") == []
    assert looked == [f"key:{key.split('_')[1]}" for key in (other, one)]


def test_no_look_without_a_record(reader: TestClient, app: FastAPI, calls: Callable[..., None]) -> None:
    """A log that can fail on the side is none."""
    calls("u42", 1, 2, 3)
    with writing(app.state.desk.engine) as connection:
        profile_views.drop(connection)

    answers = [reader.get("/v1/customers/u42"), reader.get("/v1/customers", params={"segment": "frequent_flyer"})]

    assert [answer.status_code for answer in answers] == [503, 503]


def test_who_opted_out_is_not_profiled(
    reader: TestClient, client: TestClient, app: FastAPI, calls: Callable[..., None]
) -> None:
    """Not when they are looked up, not with their tickets, not in lists; and nobody makes plans for them."""
    calls("u42", 1, 2, 3)
    reader.put("/v1/customers/u42/plan", json=TERMS)
    with writing(app.state.desk.engine) as connection:
        opt_out(connection, "u42", NOW)

    alone = reader.get("/v1/customers/u42").json()
    answered = client.post("/v1/score", json={"customer_id": "u42", "subject": "VPN"}).json()
    listing = reader.get("/v1/customers", params={"segment": "frequent_flyer"}).json()
    refused = reader.put("/v1/customers/u42/plan", json=TERMS)

    expected = {
        "id": "u42",
        "opted_out": True,
        "segments": [],
        "kind": None,
        "frequent_flyer": {"probability": None, "flag": False},
        "profile": None,
        "plan": None,
        "suggestion": None,
    }
    assert {name: alone[name] for name in expected} == expected
    assert alone["plans"] == []
    assert answered["customer"] == expected
    assert answered["predictions"]["assignment_group"]["value"] == "Network"
    assert listed(listing) == []
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:triage:problem:invalid-input")


def test_who_comes_back_has_a_profile_again(reader: TestClient, app: FastAPI, calls: Callable[..., None]) -> None:
    """Contacts are made of tickets, which the desk has either way."""
    calls("u42", 1, 2, 3)
    with writing(app.state.desk.engine) as connection:
        opt_out(connection, "u42", NOW)
        opt_in(connection, "u42")

    assert reader.get("/v1/customers/u42").json()["profile"]["contacts_30d"] == 3

"""Who the customers are, what is agreed for them, and who looked."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from starlette.testclient import TestClient

import api.customers
from data.database import reading, writing
from data.opt_outs import opt_in, opt_out
from data.profile_views import views_of
from data.tables import plans, profile_views
from data.tickets import import_worked
from triage.customers.playbook import NAMES
from triage.errors import BundleAltered, NoModel
from triage.ticket import NewTicket, WorkedTicket

NOW = datetime.now(UTC)

TERMS = {"owner": "Ines Example", "next_step": "Exchange the docking station", "review_on": "2026-12-05"}


@pytest.fixture
def calls(app: FastAPI) -> Callable[..., None]:
    """Stores contacts: `calls("u42", 1, 2, 3)` three of the last three days."""

    def store(customer_id: str, *days_ago: float, **said: Any) -> None:  # noqa: ANN401  (any field of either half)
        filed = {"subject": said.pop("subject", ""), "attributes": said.pop("attributes", {})}
        tickets = [
            WorkedTicket(
                filed=NewTicket(
                    id=f"{customer_id}-{i}", customer_id=customer_id, opened_at=NOW - timedelta(days=days), **filed
                ),
                **said,
            )
            for i, days in enumerate(days_ago)
        ]
        with writing(app.state.desk.engine) as connection:
            import_worked(connection, tickets, NOW)

    return store


def listed(page: Any) -> list[str]:  # noqa: ANN401  (any JSON)
    """The ids on a page."""
    return [customer["id"] for customer in page["customers"]]


def all_pages(reader: TestClient, **params: Any) -> list[Any]:  # noqa: ANN401  (any JSON)
    """A list, page by page."""
    pages = [reader.get("/v1/customers", params=params).json()]
    while pages[-1]["next"]:
        assert len(pages) < 30, "it should have ended long ago"
        pages.append(reader.get("/v1/customers", params=params | {"after": pages[-1]["next"]}).json())
    return pages


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


# lists


@pytest.fixture
def many(calls: Callable[..., None]) -> None:
    """Five frequent flyers, who call the more the higher their number, and twenty others."""
    for n in range(5):
        calls(f"often{n}", *(1 + i / 10 for i in range(5 + n)))
    for n in range(20):
        calls(f"once{n}", 100, 120)


@pytest.mark.usefixtures("many")
def test_a_segment_is_listed_with_most_contacts_first(reader: TestClient) -> None:
    """Where help saves most calls."""
    page = reader.get("/v1/customers", params={"segment": "frequent_flyer"}).json()

    assert listed(page) == ["often4", "often3", "often2", "often1", "often0"]
    assert page["next"] is None
    assert page["customers"][0]["segments"][0]["name"] == "frequent_flyer"
    assert page["customers"][0]["suggestion"] is not None


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("limit", [1, 2, 4, 5])
def test_pages_together_are_the_list(reader: TestClient, limit: int) -> None:
    """Also with somebody calling meanwhile: every page is as of the first one's moment."""
    pages = all_pages(reader, segment="frequent_flyer", limit=limit)

    assert [id_ for page in pages for id_ in listed(page)] == ["often4", "often3", "often2", "often1", "often0"]
    assert all(len(listed(page)) <= limit for page in pages)
    assert len({page["as_of"] for page in pages}) == 1


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize(("bound", "most"), [("MOST_LOOKED_AT", 3), ("MOST_READ", 6)])
def test_a_page_looks_at_so_many_customers_and_no_more(
    reader: TestClient, monkeypatch: pytest.MonkeyPatch, bound: str, most: int
) -> None:
    """On a desk of 100,000 tickets the one who is looked for may be the last; the others must not wait for that."""
    monkeypatch.setattr(api.customers, bound, most)

    pages = all_pages(reader, segment="quiet")

    assert listed(pages[0]) == []
    assert len(pages) > 4
    assert [id_ for page in pages for id_ in listed(page)] == sorted(f"once{n}" for n in range(20))


@pytest.mark.usefixtures("many")
def test_a_kind_can_be_listed_too(reader: TestClient, calls: Callable[..., None]) -> None:
    """The five whom one root cause would help are worth a list of their own."""
    calls("stuck", 1, 2, 3, 4, attributes={"service": "VPN"})

    assert listed(reader.get("/v1/customers", params={"segment": "one_unsolved_problem"}).json()) == ["stuck"]


def test_who_has_not_called_for_a_year_is_in_no_list(reader: TestClient, calls: Callable[..., None]) -> None:
    """A profile fades."""
    calls("once", 366)

    assert listed(reader.get("/v1/customers", params={"segment": "quiet"}).json()) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_segment_and_kind_can_be_asked_for(reader: TestClient, name: str) -> None:
    """A young desk has none of most."""
    assert reader.get("/v1/customers", params={"segment": name}).status_code == 200


@pytest.mark.parametrize(
    ("params", "pointer"),
    [
        ({}, "?segment"),
        ({"segment": "grumpy"}, "?segment"),
        ({"segment": "quiet", "limit": 0}, "?limit"),
        ({"segment": "quiet", "limit": 101}, "?limit"),
    ],
)
def test_a_parameter_that_does_not_fit_is_pointed_at(reader: TestClient, params: dict[str, Any], pointer: str) -> None:
    """With what there is."""
    answer = reader.get("/v1/customers", params=params)

    assert answer.status_code == 422
    assert [part["pointer"] for part in answer.json()["errors"]] == [pointer]


def cursor(value: object) -> str:
    """A text as `next` has it."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize(
    "after",
    [
        "",
        "x",
        "é",
        "====",
        cursor(None),
        cursor([]),
        cursor(["2026-11-21T09:00:00+00:00", None]),
        cursor(["2026-11-21T09:00:00", ["u1", 3]]),
        cursor(["2026-11-21T09:00:00+00:00", ["u1", "many"]]),
        cursor(["2026-11-21T09:00:00+00:00", ["u1", float("inf")]]),
        cursor(["yesterday", ["u1", 3]]),
        cursor({"as_of": 1}),
        cursor(["0001-01-01T00:00:00+00:00", ["u1", 3]]),
        cursor(["2026-11-21T09:00:00+00:00", ["u1", 10**30]]),
        cursor(["2026-11-21T09:00:00+00:00", ["u1", 0]]),
        cursor(["2026-11-21T09:00:00+00:00", ["u\x001", 3]]),
        cursor(["2026-11-21T09:00:00+00:00", ["u\ud83d", 3]]),
        base64.urlsafe_b64encode(b"[" * 1_400).decode(),
    ],
)
def test_a_next_page_that_nobody_gave_is_refused(reader: TestClient, after: str) -> None:
    """It goes into a question to the database."""
    answer = reader.get("/v1/customers", params={"segment": "quiet", "after": after})

    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("This `after` is none that an answer gave")


# plans


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


# care


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
        looked = [view.api_key_id for view in views_of(connection, "u42")]
        assert views_of(connection, "u1") == []
    assert looked == [other.split("_")[1], one.split("_")[1]]


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

"""One ticket in, an answer out, and both on record; a thousand likewise."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from starlette.testclient import TestClient

from data import recent_contacts
from data.database import reading, writing
from data.tables import predictions, tickets
from data.tickets import import_worked
from triage.customers.forecast import FlyerForecast
from triage.customers.model import CustomerModel
from triage.customers.norms import DeskNorms
from triage.errors import NoModel
from triage.ticket import NewTicket, WorkedTicket

TICKET = {
    "id": "INC001",
    "subject": "VPN down",
    "body": "error 809 since this morning",
    "opened_at": "2026-11-21T09:00:00Z",
    "customer_id": "u42",
    "channel": "email",
    "attributes": {"location": "Lyon"},
}


def pointers(problem: Any) -> list[str]:  # noqa: ANN401  (any JSON)
    """Where the problem says that something does not fit."""
    return [part["pointer"] for part in problem["errors"]]


def test_a_ticket_is_answered_as_the_contract_says(client: TestClient) -> None:
    """Other programs are written against this very object."""
    answer = client.post("/v1/score", json=TICKET, params={"explain": "true"})

    assert answer.status_code == 200
    assert answer.json() == {
        "ticket_id": "INC001",
        "predictions": {
            "assignment_group": {
                "value": "Network",
                "confidence": 0.97,
                "threshold": 0.8,
                "decision": "auto",
                "reason": "above_threshold",
                "top": [
                    {"value": "Network", "confidence": 0.97},
                    {"value": "Desk", "confidence": pytest.approx(0.03)},
                    {"value": "Apps", "confidence": 0.0},
                ],
                "explanation": [{"term": "vpn", "weight": 1.31}],
            }
        },
        "customer": {
            "id": "u42",
            "opted_out": False,
            "segments": [{"name": "newcomer", "reason": "first contact within a year 0 days ago"}],
            "kind": None,
            "frequent_flyer": {"probability": None, "flag": False},
            "profile": {
                "contacts_30d": 1,
                "contacts_90d": 1,
                "contacts_365d": 1,
                "expected_contacts_30d": 0.25,
                "trend": 1.0,
                "days_since_first": 0.0,
                "days_since_last": 0.0,
                "incident_share": None,
                "services_with_incidents": 0,
                "main_topic": None,
                "main_topic_contacts_90d": 0,
                "reopens": 0,
                "mean_reassignments": None,
                "hours_lost_90d": 0.0,
                "first_contact_share": None,
                "satisfaction": None,
                "self_service_share": 0.0,
                "writing_precision": 0.2,
                "channels": {"email": 1},
            },
            "plan": None,
            "suggestion": {
                "segment": "newcomer",
                "next_call": "Everything is new to them: explain where things are, and whom to ask.",
                "next_step": "A welcome call after the first weeks: accounts, devices, access, and the questions that "
                "nobody has asked yet.",
                "review_on": "2026-12-21",
            },
        },
        "risk": None,
        "similar": [],
        "model": {"version": "7", "trained_at": "2026-11-20T02:00:00Z"},
    }


def test_the_model_sees_the_ticket_in_the_domains_words(client: TestClient, model: Any) -> None:  # noqa: ANN401
    """What is lost between the wire and the model is lost for the answer."""
    client.post(
        "/v1/score",
        json=TICKET | {"opened_at": "2026-11-21T10:00:00+01:00", "language": "en", "subject": "VPN\x00 down"},
    )

    assert model.seen == [
        NewTicket(
            id="INC001",
            subject="VPN down",
            body="error 809 since this morning",
            opened_at=datetime(2026, 11, 21, 9, tzinfo=UTC),
            customer_id="u42",
            channel="email",
            language="en",
            attributes={"location": "Lyon"},
        )
    ]


def test_ticket_and_answer_are_on_record(client: TestClient, app: FastAPI) -> None:
    """A lead who asks next month why it went to the network team gets the answer that was given."""
    answer = client.post("/v1/score", json=TICKET)

    with reading(app.state.desk.engine) as connection:
        ticket = connection.execute(select(tickets)).one()
        prediction = connection.execute(select(predictions)).one()
    assert (ticket.id, ticket.subject, ticket.attributes) == ("INC001", "VPN down", {"location": "Lyon"})
    assert (prediction.ticket_id, prediction.model_version) == ("INC001", "7")
    assert prediction.answers == answer.json()["predictions"]


def test_blanks_around_a_name_are_not_part_of_it(client: TestClient, model: Any) -> None:  # noqa: ANN401 - a fake
    """A ticketing system that pads its fields has no second customer of the same name."""
    client.post("/v1/score", json=TICKET | {"id": " INC001\t", "customer_id": " u42 ", "channel": " email"})

    (seen,) = model.seen
    assert (seen.id, seen.customer_id, seen.channel) == ("INC001", "u42", "email")


@pytest.mark.parametrize("body", [{}, {"subject": "", "body": None}, {"attributes": None}])
def test_a_ticket_without_text_is_answered_by_abstaining(client: TestClient, body: dict[str, Any]) -> None:
    """An empty mail is a ticket too; refusing it would lose it."""
    answer = client.post("/v1/score", json=body)

    assert answer.status_code == 200
    assert answer.json()["predictions"]["assignment_group"]["decision"] == "abstain"


def test_a_ticket_without_a_number_gets_one(client: TestClient) -> None:
    """Some systems score before they number; the outcome is sent under the number from here."""
    answers = [client.post("/v1/score", json={"subject": "VPN"}).json()["ticket_id"] for _ in range(2)]

    assert len(set(answers)) == 2
    assert all(len(id_) == 32 for id_ in answers)


def test_attributes_may_be_numbers_and_booleans(client: TestClient, model: Any) -> None:  # noqa: ANN401
    """Ticketing systems send what they have; a null is what they have not."""
    client.post("/v1/score", json={"attributes": {"site": 7, "vip": True, "load": 0.5, "floor": None, "nul": "a\x00b"}})

    assert model.seen[0].attributes == {"site": "7", "vip": "true", "load": "0.5", "nul": "ab"}


def test_half_a_character_is_no_reason_to_lose_a_ticket(client: TestClient) -> None:
    """Systems cut texts in the middle of an emoji; the number in the answer is the one that is stored."""
    answer = client.post(
        "/v1/score",
        content=r'{"id": "INC\ud83d", "subject": "VPN \ud83d", "customer_id": "\ud83d"}',
        headers={"Content-Type": "application/json"},
    )

    assert answer.status_code == 200
    assert answer.json()["ticket_id"] == "INC?"


@pytest.mark.parametrize(("top_n", "n"), [(1, 1), (3, 3), (50, 3)])
def test_as_many_labels_are_ranked_as_were_asked_for(client: TestClient, top_n: int, n: int) -> None:
    """A picker shows three, an audit all."""
    answer = client.post("/v1/score", json=TICKET, params={"top_n": top_n})

    assert len(answer.json()["predictions"]["assignment_group"]["top"]) == n


def test_terms_are_explained_on_demand_only(client: TestClient) -> None:
    """They cost time and are read by few; the field is there all the same, so that clients need not ask for it."""
    answer = client.post("/v1/score", json=TICKET)

    assert answer.json()["predictions"]["assignment_group"]["explanation"] == []


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"opened_at": "2026-11-21T09:00:00"}, "#/opened_at"),
        ({"opened_at": "yesterday"}, "#/opened_at"),
        ({"opened_at": 1763715600}, "#/opened_at"),
        ({"opened_at": "2026-13-21T09:00:00Z"}, "#/opened_at"),
        ({"opened_at": "0001-01-01T00:00:00+14:00"}, "#/opened_at"),
        ({"subject": 7}, "#/subject"),
        ({"body": "x" * 2_000_001}, "#/body"),
        ({"id": "x" * 201}, "#/id"),
        ({"id": True}, "#/id"),
        ({"id": 47.5}, "#/id"),
        ({"customer_id": 1e17}, "#/customer_id"),
        ({"id": ["4711"]}, "#/id"),
        ({"opened_at": "2026-11-21T09:00:00+1"}, "#/opened_at"),
        ({"subjct": "VPN"}, "#/subjct"),
        ({"my secret": "VPN"}, "#/…"),
        ({"attributes": {"he wrote: my secret": ["x"]}}, "#/attributes/…"),
        ({"a" * 41: "VPN"}, "#/…"),
        ({"attributes": {"location": ["Lyon"]}}, "#/attributes/location"),
        ({"attributes": ["Lyon"]}, "#/attributes"),
        ({"attributes": {"load": float("inf")}}, "#/attributes/load"),
    ],
)
def test_what_does_not_fit_is_pointed_at(client: TestClient, change: dict[str, Any], pointer: str) -> None:
    """The administrator who wires the systems sees which field it was, without a support call."""
    written = json.dumps(TICKET | change)  # which writes Infinity, as Python's clients do
    answer = client.post("/v1/score", content=written, headers={"Content-Type": "application/json"})

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert pointers(answer.json()) == [pointer]


def test_a_moment_without_offset_is_refused_with_a_sentence_that_says_so(client: TestClient) -> None:
    """Guessing the zone would shift every profile by hours."""
    answer = client.post("/v1/score", json=TICKET | {"opened_at": "2026-11-21T09:00:00"})

    assert "has no offset" in answer.json()["errors"][0]["detail"]


@pytest.mark.parametrize(
    "params", [{"top_n": 0}, {"top_n": "many"}, {"explain": "perhaps"}, {"similar": -1}, {"similar": 11}]
)
def test_an_option_that_does_not_fit_is_pointed_at(client: TestClient, params: dict[str, Any]) -> None:
    """The same form as for the body, with the parameter's name."""
    answer = client.post("/v1/score", json=TICKET, params=params)

    assert answer.status_code == 422
    assert pointers(answer.json()) == [f"?{next(iter(params))}"]


def test_without_a_model_the_answer_says_what_to_do(client: TestClient, model: Any) -> None:  # noqa: ANN401
    """The application starts before anything was trained, so this is the first answer many will see."""
    model.fault = NoModel("No model was promoted yet: run `triage models promote`.")

    answer = client.post("/v1/score", json=TICKET)

    assert answer.status_code == 503
    assert answer.json()["type"] == "urn:triage:problem:model-unusable"
    assert "triage models promote" in answer.json()["detail"]
    assert answer.headers["retry-after"] == "5"


def test_a_customer_who_calls_often_is_named_one_with_the_reason(client: TestClient, app: FastAPI) -> None:
    """That is what the person who picks up the ticket should know before they read it."""
    opened_at = datetime(2026, 11, 21, 9, tzinfo=UTC)
    history = [
        *(contact(f"often{n}", "u42", opened_at - timedelta(days=1 + n)) for n in range(7)),
        *(contact(f"once{n}", f"c{n}", opened_at - timedelta(days=3)) for n in range(40)),
        contact("later", "u42", opened_at + timedelta(hours=1)),
    ]
    with writing(app.state.desk.engine) as connection:
        import_worked(connection, history, opened_at)

    customer = client.post("/v1/score", json=TICKET).json()["customer"]

    assert customer["segments"][0] == {
        "name": "frequent_flyer",
        "reason": "8 contacts in 30 days",
    }
    assert customer["frequent_flyer"] == {"probability": None, "flag": True}
    assert [customer["profile"][name] for name in ("contacts_30d", "contacts_90d", "incident_share")] == [8, 8, 1.0]


def test_what_was_learned_of_the_desk_is_what_a_customer_is_held_against(
    client: TestClient,
    model: Any,  # noqa: ANN401
) -> None:
    """Three contacts a month are much at one desk and nothing at another; and a forecast comes with the model."""
    forecast = FlyerForecast(3, 30, {"log_contacts_30d": 1.0}, intercept=0.0, threshold=0.6)
    model.customers = CustomerModel(DeskNorms().with_bars({"n_contacts_30d": 1.0}), forecast)

    customer = client.post("/v1/score", json=TICKET).json()["customer"]

    assert "frequent_flyer" in [segment["name"] for segment in customer["segments"]]
    assert customer["frequent_flyer"] == {"probability": 0.6667, "flag": True}


def test_scoring_a_ticket_again_does_not_make_its_customer_call_more_often(client: TestClient) -> None:
    """Systems score on every save; only the first one is a contact."""
    for _ in range(3):
        customer = client.post("/v1/score", json=TICKET).json()["customer"]

    assert customer["profile"]["contacts_30d"] == 1


def test_a_ticket_without_a_customer_has_none(client: TestClient) -> None:
    """Monitoring files tickets too."""
    answer = client.post("/v1/score", json={"subject": "VPN down"})

    assert answer.json()["customer"] is None


def test_a_batch_is_answered_in_its_order_with_problems_in_their_places(client: TestClient, app: FastAPI) -> None:
    """One bad row must not keep a night's 999 others from being scored, and nobody wants to match them by number."""
    batch = [TICKET, {"id": "INC002", "subject": ["VPN"]}, "no ticket", {"id": "INC003"}]

    answer = client.post("/v1/score/batch", json={"tickets": batch})

    results = answer.json()["results"]
    assert answer.status_code == 200
    assert [result.get("ticket_id") for result in results] == ["INC001", None, None, "INC003"]
    assert [result.get("status") for result in results] == [None, 422, 422, None]
    assert pointers(results[1]) == ["#/tickets/1/subject"]
    assert pointers(results[2]) == ["#/tickets/2"]
    assert results[1]["instance"] == "/v1/score/batch#/tickets/1"
    with reading(app.state.desk.engine) as connection:
        assert sorted(connection.scalars(select(tickets.c.id))) == ["INC001", "INC003"]


def test_each_ticket_of_a_batch_has_the_profile_of_its_own_moment(client: TestClient) -> None:
    """A night's batch holds a day of tickets; the first of them knows nothing of the last."""
    batch = [{"id": f"INC{day}", "customer_id": "u42", "opened_at": f"2026-11-{day:02}T09:00:00Z"} for day in (3, 1, 2)]

    results = client.post("/v1/score/batch", json={"tickets": batch}).json()["results"]

    assert [result["customer"]["profile"]["contacts_30d"] for result in results] == [3, 1, 2]


def test_a_ticket_of_years_ago_in_a_batch_keeps_its_contacts(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of somebody who calls a lot only the latest contacts are read: the latest as of each ticket's own moment."""
    monkeypatch.setattr(recent_contacts, "MOST_CONTACTS", 3)
    old = [{"id": f"OLD{day}", "customer_id": "u42", "opened_at": f"2024-03-{day:02}T09:00:00Z"} for day in (1, 2)]
    new = [{"id": f"NEW{day}", "customer_id": "u42", "opened_at": f"2026-11-{day:02}T09:00:00Z"} for day in range(1, 9)]
    client.post("/v1/score/batch", json={"tickets": old + new})

    results = client.post("/v1/score/batch", json={"tickets": [new[-1], old[-1]]}).json()["results"]

    assert [result["customer"]["profile"]["contacts_365d"] for result in results] == [3, 2]


def test_a_batch_of_bad_tickets_is_a_list_of_problems(client: TestClient) -> None:
    """The same answer as for any other batch, so that a client needs one way to read it."""
    answer = client.post("/v1/score/batch", json={"tickets": [1, 2]})

    assert [result["status"] for result in answer.json()["results"]] == [422, 422]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"tickets": []}, "#/tickets"),
        ({"tickets": [{}] * 1001}, "#/tickets"),
        ({"tickets": {}}, "#/tickets"),
        ({}, "#/tickets"),
        ({"tickets": [{}], "ticket": {}}, "#/ticket"),
        ([], "#"),
    ],
)
def test_what_is_no_batch_is_refused_as_a_whole(client: TestClient, body: object, pointer: str) -> None:
    """There is no place in an answer for a problem of the whole."""
    answer = client.post("/v1/score/batch", json=body)

    assert answer.status_code == 422
    assert pointers(answer.json()) == [pointer]


def test_a_batch_of_a_thousand_is_answered(client: TestClient) -> None:
    """The limit is a promise too."""
    answer = client.post("/v1/score/batch", json={"tickets": [{}] * 1000})

    assert len(answer.json()["results"]) == 1000


def contact(id_: str, customer_id: str, opened_at: datetime) -> WorkedTicket:
    """An incident of a customer, worked."""
    return WorkedTicket(filed=NewTicket(id=id_, customer_id=customer_id, opened_at=opened_at), ticket_type="incident")

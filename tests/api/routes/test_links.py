"""What a ticket belongs to, over HTTP and by the forms of its page."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.beside.links import links_beside
from data.database import reading, writing
from data.links import links_of
from data.tickets import file
from tests.api.test_linking import BODY, LEAD, Models
from tests.builders import make_ticket
from triage.ticket import NewTicket

HOUR = timedelta(hours=1)


def filed(id_: str, ago: timedelta = timedelta(0), **changes: object) -> NewTicket:
    """A ticket of one person, of now."""
    at = datetime.now(UTC) - ago
    return make_ticket(
        **{"id": id_, "subject": "Torn labels", "body": BODY, "customer_id": "ann", "opened_at": at} | changes
    )


@pytest.fixture(autouse=True)
def duplicates(app: FastAPI) -> None:
    """INC-7001 was filed two hours before INC7002, by the same person."""
    app.state.desk = replace(app.state.desk, models=Models())
    with writing(app.state.desk.engine) as connection:
        file(connection, [filed("INC7001", 2 * HOUR, id_as_filed="INC-7001"), filed("INC7002")], datetime.now(UTC))


def states(app: FastAPI) -> list[str]:
    """What is stored of the later ticket's links."""
    with reading(app.state.desk.engine) as connection:
        return [link.state for link in links_of(connection, "INC7002")]


def test_what_a_ticket_belongs_to_is_computed_when_asked(reader: TestClient, app: FastAPI) -> None:
    """Also before the worker has come to it; and looking stores nothing."""
    answer = reader.get("/v1/tickets/INC7002/links")

    assert answer.status_code == 200, answer.text
    (link,) = answer.json()["links"]
    assert (link["kind"], link["other"], link["name"], link["state"]) == (
        "duplicate",
        "INC7001",
        "INC-7001",
        "suggested",
    )
    assert link["reason"] == "It says the same as INC-7001, which the same person sent 2 hours ago (still open)."
    assert states(app) == []


def test_it_is_linked_dismissed_and_taken_back(reader: TestClient, app: FastAPI) -> None:
    """Each by one request, which may be sent again."""
    path = "/v1/tickets/INC7002/links/duplicate/INC7001"
    for _ in range(2):
        answer = reader.put(path, json={"state": "linked"})
        assert [link["state"] for link in answer.json()["links"]] == ["linked"]
    assert reader.get("/v1/tickets/INC7001/links").json()["duplicates"] == [{"ticket_id": "INC7002", "name": "INC7002"}]

    reader.put(path, json={"state": "dismissed"})
    assert [link["state"] for link in reader.get("/v1/tickets/INC7002/links").json()["links"]] == ["dismissed"]

    back = reader.delete(path)
    assert [link["state"] for link in back.json()["links"]] == ["suggested"]
    assert states(app) == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/tickets/INC9/links", 404),
        ("PUT", "/v1/tickets/INC7002/links/duplicate/INC9", 404),
        ("PUT", "/v1/tickets/INC7002/links/duplicate/INC7002", 422),
        ("PUT", "/v1/tickets/INC7002/links/cousin/INC7001", 422),
        ("DELETE", "/v1/tickets/INC7002/links/duplicate/INC7001", 404),
    ],
)
def test_what_cannot_be_is_refused(reader: TestClient, method: str, path: str, status: int) -> None:
    """With a status that says whose mistake it is."""
    body = {"json": {"state": "linked"}} if method == "PUT" else {}

    assert reader.request(method, path, **body).status_code == status  # type: ignore[arg-type]


def test_a_link_to_a_number_with_a_slash_can_be_made(reader: TestClient, app: FastAPI) -> None:
    """Some systems count within a year."""
    with writing(app.state.desk.engine) as connection:
        file(connection, [filed("2026/7", HOUR)], datetime.now(UTC))

    answer = reader.put("/v1/tickets/INC7002/links/duplicate/2026%2F7", json={"state": "linked"})

    assert answer.status_code == 200, answer.text
    assert answer.json()["links"][0]["other"] == "2026/7"


def test_beside_a_ticket_that_is_not_stored_the_same_is_found(app: FastAPI) -> None:
    """A program that asks before it files wants to know, too."""
    desk, now = app.state.desk, datetime.now(UTC)
    with reading(desk.engine) as connection:
        found = links_beside(desk, connection, filed("not there yet"), now)
        other = links_beside(desk, connection, filed("not there yet", subject="Hello", body="A key was lost."), now)

    assert found is not None
    assert [link.other for link in found.links] == ["INC7002", "INC7001"] or len(found.links) == 2
    assert other is None


def test_an_old_ticket_is_not_compared_again(app: FastAPI) -> None:
    """What nobody has linked in a week nobody will."""
    old = filed("OLD2", timedelta(days=20))
    with writing(app.state.desk.engine) as connection:
        file(connection, [filed("OLD1", timedelta(days=20, hours=1)), old], datetime.now(UTC))
        assert links_beside(app.state.desk, connection, old, datetime.now(UTC)) is None


def form(act: str, **changes: str) -> dict[str, str]:
    """What the card on the ticket's page sends."""
    return {"ticket_id": "INC7002", "kind": "duplicate", "other": "INC7001", "act": act} | changes


def test_one_click_links_without_a_script(signed_in, app: FastAPI) -> None:  # noqa: ANN001
    """And goes back to the ticket."""
    browser = signed_in("lead")
    answer = browser.post("/tickets/links", data=form("link"))

    assert (answer.status_code, answer.headers["location"]) == (303, "/tickets/INC7002")
    with reading(app.state.desk.engine) as connection:
        (link,) = links_of(connection, "INC7002")
    assert link.state == "linked"
    assert str(link.decided_by).startswith("user:")
    assert link.decided_by != LEAD

    browser.post("/tickets/links", data=form("dismiss"))
    assert states(app) == ["dismissed"]
    browser.post("/tickets/links", data=form("take_back"))
    assert states(app) == []


@pytest.mark.parametrize("changes", [{"kind": "cousin"}, {"act": "marry"}, {"other": ""}, {"ticket_id": ""}])
def test_a_form_that_no_page_sends_is_refused(signed_in, app: FastAPI, changes: dict[str, str]) -> None:  # noqa: ANN001
    """Nothing is kept of it."""
    assert signed_in("lead").post("/tickets/links", data=form("link") | changes).status_code == 422
    assert states(app) == []


def test_another_site_cannot_link_in_somebodys_name(signed_in, app: FastAPI) -> None:  # noqa: ANN001
    """The browser sends the cookie along."""
    answer = signed_in("lead").post("/tickets/links", data=form("link"), headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403
    assert states(app) == []

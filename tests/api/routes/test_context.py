"""What is known beside a ticket: together, for tickets that are filed and for those that are being written."""

from datetime import UTC, datetime

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from starlette.testclient import TestClient

from data import sourced_tickets
from data.database import reading, writing
from data.tables import tickets as tickets_table
from data.tickets import file
from triage.ticket import NewTicket

PARTS = {"ticket_id", "links", "similar", "knowledge", "affected", "missing", "risk", "expertise"}


def make_body(**changes: object) -> dict[str, object]:
    """A ticket that somebody is about to file."""
    return {"id": "INC1", "subject": "VPN down", "body": "error 809 since this morning", "customer_id": "u1"} | changes


def test_a_ticket_that_is_not_filed_yet_is_told_its_context_and_not_stored(app: FastAPI, client: TestClient) -> None:
    """A form asks while somebody writes; what they throw away must not become a ticket."""
    answer = client.post("/v1/context", json=make_body())

    assert answer.status_code == 200
    assert set(answer.json()) == PARTS
    assert answer.json()["ticket_id"] == "INC1"
    assert answer.json()["affected"]["identifiers"] == [{"kind": "error_code", "text": "error 809"}]
    with reading(app.state.desk.engine) as connection:
        assert connection.scalar(select(func.count()).select_from(tickets_table)) == 0


def test_a_stored_ticket_has_the_same_parts(app: FastAPI, reader: TestClient) -> None:
    """Its page shows them."""
    with writing(app.state.desk.engine) as connection:
        file(connection, [NewTicket(id="INC1", subject="VPN", body="error 809")], datetime.now(UTC))

    answer = reader.get("/v1/tickets/ INC1/context")

    assert answer.status_code == 200
    assert set(answer.json()) == PARTS


def test_a_ticket_that_nobody_knows_is_not_found(reader: TestClient) -> None:
    """Empty parts would say that nothing is like it."""
    assert reader.get("/v1/tickets/INC404/context").status_code == 404


def test_of_a_blind_ticket_nothing_is_told_that_suggests_a_value(app: FastAPI, reader: TestClient) -> None:
    """Who decides blind would only repeat it, and the accuracy would flatter."""
    now = datetime.now(UTC)
    with writing(app.state.desk.engine) as connection:
        file(connection, [NewTicket(id="INC1", subject="VPN", body="error 809")], now)
        sourced_tickets.link(connection, "INC1", "desk", "INC1", {}, is_blind=True)

    answer = reader.get("/v1/tickets/INC1/context").json()

    assert [answer[part] for part in ("similar", "knowledge", "risk", "expertise")] == [None] * 4


@pytest.mark.parametrize("text", ["", " ", "\u0000", "<" * 3_000, "é" * 50_000, "=?utf-8?q?" * 500])
def test_strange_texts_have_a_context_too(client: TestClient, text: str) -> None:
    """A form sends whatever somebody has pasted."""
    answer = client.post("/v1/context", json=make_body(subject=text[:5_000], body=text))

    assert answer.status_code == 200


def test_the_text_is_redacted_before_it_is_looked_at(client: TestClient) -> None:
    """An identifier that is told back must not be somebody's card."""
    answer = client.post("/v1/context", json=make_body(body="My card 4111 1111 1111 1111 was refused by order 4711."))

    assert "4111" not in answer.text


def test_only_who_may_score_can_ask_before_filing(reader: TestClient) -> None:
    """A key to read may not send texts."""
    assert reader.post("/v1/context", json=make_body()).status_code == 403

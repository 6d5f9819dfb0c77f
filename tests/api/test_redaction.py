"""What the service stores of a ticket's text, by each way that it takes."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Connection, Engine, select
from starlette.testclient import TestClient

from api import scoring
from api.app import build_app
from api.hooks import Hooks
from data.connectors.connector import Secrets
from data.database import reading, writing
from data.sources import connect, parse_sources
from data.tables import metadata
from data.tables import tickets as tickets_table
from data.tickets import KeptTicket, as_kept
from tests.api.conftest import FakeModel
from tests.data.connectors.deliveries import NOW, SECRET, SENDERS
from triage.redaction import read_exceptions
from triage.settings import Settings

TICKET: dict[str, Any] = {
    "id": "INC1",
    "subject": "VPN down, call 0171 1234567",
    "body": "I am ann.lee@example.org, Passwort: Sommer2024!",
    "customer_id": "u42",
    "attributes": {"host": "10.20.30.40", "location": "Lyon"},
}
PERSONAL = ("1234567", "ann.lee", "Sommer2024", "10.20.30.40")


SOURCES = """
[sources.desk]
system = "generic"
url = "https://desk.example.org"
account = ["triage"]
credentials = { signing_secret = "DESK_TOKEN" }
webhook_secrets = ["DESK_HOOK"]
"""


def everything_stored(app: FastAPI) -> str:
    """All that the database holds, of every table."""
    with reading(app.state.desk.engine) as connection:
        return str([connection.execute(select(table)).all() for table in metadata.sorted_tables])


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/v1/score", TICKET),
        ("/v1/score?explain=true", TICKET),
        ("/v1/score/batch", {"tickets": [TICKET, TICKET | {"id": "INC2"}]}),
    ],
)
def test_no_table_holds_what_is_personal_in_a_text(
    client: TestClient, app: FastAPI, path: str, asked: dict[str, Any]
) -> None:
    """Whoever gets a copy of the database gets all tables, and the answers that are kept for a repeated request."""
    answer = client.post(path, json=asked, headers={"Idempotency-Key": "k1"})

    stored = everything_stored(app)
    assert answer.status_code == 200
    assert "VPN down, call [longnumber]" in stored
    assert not [one for one in PERSONAL if one in stored]


def test_the_model_is_asked_about_what_is_stored(client: TestClient, model: FakeModel) -> None:
    """It has learned from texts with marks in them; who wrote, and when, it is told as it came."""
    client.post("/v1/score", json=TICKET)

    (seen,) = model.seen
    assert (seen.subject, seen.customer_id) == ("VPN down, call [longnumber]", "u42")
    assert seen.attributes == {"host": "[ipaddress]", "location": "Lyon"}


def test_a_ticket_without_anything_personal_is_stored_as_it_came(client: TestClient, app: FastAPI) -> None:
    """Most are, and nothing of them may be lost."""
    body = "error 809 since 2026-11-21 <b>at 09:15</b>, S/N 0123456789"

    client.post("/v1/score", json={"id": "INC1", "body": body})

    with reading(app.state.desk.engine) as connection:
        assert connection.scalar(select(tickets_table.c.body)) == body


def test_an_installation_keeps_what_its_setting_says(settings: Settings, app: FastAPI, client: TestClient) -> None:
    """An administrator sets it once, and the service stores accordingly."""
    asked = Settings(_env_file=None, home=settings.home, redact_except="phone in subject, everything in host")
    app.state.desk = replace(app.state.desk, redaction=asked.redaction)

    client.post("/v1/score", json=TICKET)

    stored = everything_stored(app)
    assert "0171 1234567" in stored
    assert "10.20.30.40" in stored
    assert "ann.lee" not in stored


def test_an_application_follows_its_setting(settings: Settings, model: FakeModel) -> None:
    """Or the documented name would do nothing."""
    asked = settings.model_copy(update={"redact_except": "phone"})

    assert build_app(asked, model).state.desk.redaction == read_exceptions("phone")


def test_texts_are_redacted_before_anybody_waits_for_the_database(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database writes for one at a time, and two million characters of numbers take seconds."""
    is_writing, seen_while_writing = [False], []

    @contextlib.contextmanager
    def noted_writing(engine: Engine) -> Iterator[Connection]:
        with writing(engine) as connection:
            is_writing[0] = True
            yield connection
            is_writing[0] = False

    def noted_as_kept(*given: Any) -> KeptTicket:  # noqa: ANN401
        seen_while_writing.append(is_writing[0])
        return as_kept(*given)

    monkeypatch.setattr(scoring, "writing", noted_writing)
    monkeypatch.setattr(scoring, "as_kept", noted_as_kept)

    client.post("/v1/score", json=TICKET)

    assert seen_while_writing == [False]


def test_a_webhook_is_stored_without_what_is_personal(app: FastAPI) -> None:
    """It waits in the database until the ticket is read back, and for ever if that fails."""
    sender = SENDERS["generic"]
    (source,) = parse_sources(SOURCES, "triage.toml")
    connection = replace(connect(source, {"DESK_HOOK": SECRET, "DESK_TOKEN": SECRET}), secrets=Secrets(SECRET))
    hooks = Hooks(lambda: app.state.desk, {"desk": connection}, lambda: None)
    delivery = sender.delivery({"type": "ticket.created", "data": TICKET})

    assert hooks.take("desk", delivery.headers, delivery.body, NOW)

    stored = everything_stored(app)
    assert "VPN down, call [longnumber]" in stored
    assert not [one for one in PERSONAL if one in stored]

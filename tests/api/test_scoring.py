"""Who wrote a ticket is told beside what is predicted of it, and never changes that."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from data.database import writing
from data.tickets import import_worked
from models.bundle import load_bundle
from triage.customers.playbook import NAMES
from triage.model import TriageModel
from triage.ticket import NewTicket, WorkedTicket

NOW = datetime.now(UTC)

TERMS = {"owner": "Ines Example", "next_step": "Exchange the docking station", "review_on": "2026-12-05"}


class Champion:
    """A real model, learned from a small desk, as the source of models that it is for an application."""

    def __init__(self, model: TriageModel) -> None:
        self._model = model

    def current(self) -> TriageModel:
        """The model."""
        return self._model


@pytest.fixture
def champion(bundle: Path) -> Champion:
    """That of the tests' bundle; at its desk 7 of 100 tickets are reopened, which its history does not say."""
    model = load_bundle(bundle, version="1")
    assert model.customers is not None
    norms = model.customers.norms
    known = replace(norms, rates=replace(norms.rates, reopened_ratio=0.07))
    return Champion(replace(model, customers=replace(model.customers, norms=known)))


def history(ticket_type: str | None, n: int, names: Sequence[str] = ("a",), **said: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    """Tickets of the last days, one service each in turn."""
    return [
        {"days": 1 + i * said.get("apart", 0.5), "ticket_type": ticket_type, "service": names[i % len(names)]} | said
        for i in range(n)
    ]


SERVICES = tuple("abcdefghijklmnop")
PRECISE = "Environment: laptop 12\nError: 0x80070005\n1. open\n2. click\n" + "it fails each time I try to " * 4
HISTORIES: dict[str, list[dict[str, Any]]] = {
    "on_behalf_of_many": history("incident", 6, channel="monitoring"),
    "frequent_flyer": history("incident", 28),  # more than anybody of the desk that the model knows
    "walking_emp": history("incident", 10, SERVICES),
    "tech_savvy": history("incident", 2, body=PRECISE),
    "troubled": history("incident", 6, reopens=1),
    "newcomer": history("incident", 1),
    "gone_quiet": history("incident", 8, apart=1, first=100),
    "quiet": history("incident", 1, first=200),
    "one_unsolved_problem": history("incident", 5),
    "needs_training": history("request", 5, SERVICES),
    "fragile_setup": history("incident", 5, SERVICES),
}
"""For every segment and kind a customer of whom it holds."""


@pytest.mark.parametrize("name", NAMES)
def test_nothing_that_holds_of_a_customer_changes_what_is_predicted(
    client: TestClient,
    reader: TestClient,
    app: FastAPI,
    champion: Champion,
    name: str,
) -> None:
    """A profile is there to help: it never decides where a ticket goes, how urgent it is, or whether a person looks."""
    app.state.desk = replace(app.state.desk, models=champion)
    ticket = {"subject": "vpn tunnel drops", "body": "wifi is slow", "channel": "email", "opened_at": NOW.isoformat()}
    tickets = [
        WorkedTicket(
            filed=NewTicket(
                id=f"{i}",
                customer_id="known",
                body=one.get("body", ""),
                channel=one.get("channel"),
                opened_at=NOW - timedelta(days=one.get("first", 0) + one["days"]),
                attributes={"service": one["service"]},
            ),
            ticket_type=one["ticket_type"],
            reopens=one.get("reopens"),
        )
        for i, one in enumerate(HISTORIES[name])
    ]
    with writing(app.state.desk.engine) as connection:
        import_worked(connection, tickets, NOW)
    reader.put("/v1/customers/known/plan", json=TERMS)

    holding = reader.get("/v1/customers/known").json()
    known, unknown, nobody = (
        client.post("/v1/score?top_n=50&explain=true", json=ticket | {"customer_id": id_}).json()["predictions"]
        for id_ in ("known", "unknown", None)
    )

    assert name in [one["name"] for one in (*holding["segments"], holding["kind"] or {"name": None})]
    assert len(known) > 1
    assert known == unknown == nobody

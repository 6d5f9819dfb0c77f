"""An installation that stores customers' ids as keyed hashes, as its callers see it: not at all."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import select
from starlette.testclient import TestClient

from data.database import reading, writing
from data.imports import import_chunks
from data.opt_outs import opt_out
from data.pseudonyms import earlier_ids, stored_id
from data.tables import metadata
from triage.settings import Settings
from triage.ticket import NewTicket, WorkedTicket

TERMS = {"owner": "Ines Example", "next_step": "Call back", "review_on": "2026-12-05"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation with a key."""
    return Settings(_env_file=None, home=tmp_path, database_url=None, customer_key="a key of some length")


def stored(app: FastAPI) -> str:
    """All that is in the database, but for answers that are kept for a day."""
    with reading(app.state.desk.engine) as connection:
        tables = [table for table in metadata.tables.values() if table.name != "idempotency"]
        return repr([list(connection.execute(select(table))) for table in tables])


def test_callers_use_their_ids_and_the_database_has_none_of_them(
    client: TestClient, reader: TestClient, app: FastAPI
) -> None:
    """Whoever gets hold of the database learns who wrote nothing of it."""
    for n in range(3):
        client.post("/v1/score", json={"id": f"INC{n}", "customer_id": "u42"})
    reader.put("/v1/customers/u42/plan", json=TERMS)

    scored = client.post("/v1/score", json={"id": "INC3", "customer_id": "u42"}).json()["customer"]
    known = reader.get("/v1/customers/u42").json()

    assert (scored["id"], scored["profile"]["contacts_30d"], scored["plan"]["owner"]) == ("u42", 4, "Ines Example")
    assert (known["id"], known["profile"]["contacts_30d"], known["plan"]["owner"]) == ("u42", 4, "Ines Example")
    assert "u42" not in stored(app)
    assert stored(app).count(stored_id("u42", app.state.desk.customer_key)) == 6  # four tickets, a plan, a look


def test_a_list_shows_a_name_that_can_be_asked_for(client: TestClient, reader: TestClient) -> None:
    """Nobody can turn a hash back; the list would be a dead end."""
    for n in range(3):
        client.post("/v1/score", json={"id": f"INC{n}", "customer_id": "u42"})
    (listed,) = reader.get("/v1/customers", params={"segment": "frequent_flyer"}).json()["customers"]

    known = reader.get(f"/v1/customers/{listed['id']}").json()

    assert listed["id"].startswith("pseudonym:")
    assert (known["id"], known["profile"]["contacts_30d"]) == (listed["id"], 3)


def test_opting_out_holds_for_the_hash(client: TestClient, reader: TestClient, app: FastAPI) -> None:
    """It is the same person."""
    client.post("/v1/score", json={"customer_id": "u42"})
    with writing(app.state.desk.engine) as connection:
        opt_out(connection, stored_id("u42", app.state.desk.customer_key), datetime.now(UTC))

    assert reader.get("/v1/customers/u42").json()["opted_out"]
    assert client.post("/v1/score", json={"customer_id": "u42"}).json()["customer"]["profile"] is None
    assert reader.put("/v1/customers/u42/plan", json=TERMS).status_code == 422


def test_the_model_sees_the_ticket_as_it_came(client: TestClient, model: Any, app: FastAPI) -> None:  # noqa: ANN401
    """Hashing is how things are kept, not what a ticket is."""
    client.post("/v1/score", json={"customer_id": "u42"})

    assert model.seen[0].customer_id == "u42"
    assert "a key of some length" not in repr(app.state.desk)


def test_with_another_key_everybody_is_a_stranger(client: TestClient, reader: TestClient, app: FastAPI) -> None:
    """A lost key is a lost history; that is what it is for."""
    client.post("/v1/score", json={"customer_id": "u42"})
    app.state.desk = replace(app.state.desk, customer_key=SecretStr("another one of length"))

    assert reader.get("/v1/customers/u42").json()["profile"]["contacts_30d"] == 0


def test_every_spelling_has_the_same_hash_and_none_is_stored(
    client: TestClient, reader: TestClient, app: FastAPI
) -> None:
    """The spelling would say who it is as well as the id."""
    for n, spelling in enumerate(("Ann.Lee@example.org", "Ann Lee <ann.lee@example.org>", "ANN.LEE@EXAMPLE.ORG")):
        client.post("/v1/score", json={"id": f"INC{n}", "customer_id": spelling})

    assert reader.get("/v1/customers/ann.lee@example.org").json()["profile"]["contacts_30d"] == 3
    assert "lee" not in stored(app).lower()
    client.post("/v1/score", json={"id": "INC9", "customer_id": "Guest"})
    assert "guest" not in stored(app).lower()


def test_an_opt_out_that_was_hashed_from_another_spelling_holds_when_it_comes_again(
    client: TestClient, reader: TestClient, app: FastAPI
) -> None:
    """Nobody can turn the hash back, but whoever sends the spelling brings it along."""
    spelling = "Ann.Lee@example.org"
    (earlier,) = earlier_ids([spelling], app.state.desk.customer_key)
    with writing(app.state.desk.engine) as connection:
        opt_out(connection, earlier, datetime.now(UTC))

    assert client.post("/v1/score", json={"customer_id": spelling}).json()["customer"]["opted_out"]
    assert reader.get("/v1/customers/ann.lee@example.org").json()["opted_out"]


def test_an_import_brings_an_earlier_opt_out_along(reader: TestClient, app: FastAPI) -> None:
    """The export is where the spellings are."""
    spelling, key = "Ann.Lee@example.org", app.state.desk.customer_key
    (earlier,) = earlier_ids([spelling], key)
    with writing(app.state.desk.engine) as connection:
        opt_out(connection, earlier, datetime.now(UTC))
    filed = NewTicket(id="1", customer_id="ann.lee@example.org", customer_as_filed=spelling)

    import_chunks(app.state.desk.engine, [[WorkedTicket(filed=filed)]], key, datetime.now(UTC))

    assert reader.get("/v1/customers/ANN.LEE@example.org").json()["opted_out"]

"""One ticket is one and one person is one, however they are spelled; what files say, a request may say, too."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from starlette.testclient import TestClient

from data.database import reading, writing
from data.opt_outs import opt_out
from data.persons import join, part
from data.tables import tickets
from data.tickets import import_worked
from tests.api.routes.conftest import NOW, TERMS, listed
from triage.ticket import NewTicket, WorkedTicket

ANN = (
    "ann.lee@example.org",
    "Ann.Lee@example.org",
    "ANN.LEE@EXAMPLE.ORG",
    "Ann Lee <ann.lee@example.org>",
    "ann.lee@example.org ",
)
JOSE = ("José Núñez", "Jose\u0301 Nu\u0301n\u0303ez", "José\u00a0Núñez", "José  Núñez", "JOSÉ NÚÑEZ")


def rows(app: FastAPI) -> list[Any]:
    """The stored tickets."""
    with reading(app.state.desk.engine) as connection:
        return list(connection.execute(select(tickets).order_by(tickets.c.id)))


@pytest.mark.parametrize("spelling", ["2 553", "2\u00a0553", "2553.0", "2,553", 2553, 2553.0])
def test_a_ticket_of_a_file_and_the_same_by_http_are_one(
    client: TestClient, reader: TestClient, app: FastAPI, spelling: object
) -> None:
    """A list that was exported groups the digits of its numbers, and the contact was counted twice."""
    filed = NewTicket(id="2 553", subject="Imprimante en panne", customer_id="Durand Zoé ", opened_at=NOW)
    with writing(app.state.desk.engine) as connection:
        import_worked(connection, [WorkedTicket(filed=filed)], NOW)

    answer = client.post("/v1/score", json={"id": spelling, "subject": "Imprimante", "customer_id": "Durand Zoé"})

    assert [row.id for row in rows(app)] == ["2553"]
    assert reader.get("/v1/customers/durand zoé").json()["profile"]["contacts_365d"] == 1
    assert answer.json()["ticket_id"] == ("2553" if not isinstance(spelling, str) else spelling)


@pytest.mark.parametrize("spellings", [ANN, JOSE])
def test_every_spelling_of_a_person_is_one_customer(
    client: TestClient, reader: TestClient, spellings: tuple[str, ...]
) -> None:
    """Five contacts of one person are not one contact of five."""
    for n, spelling in enumerate(spellings):
        answer = client.post("/v1/score", json={"id": f"T{n}", "customer_id": spelling}).json()["customer"]

        assert answer["id"] == spelling.strip()
        assert answer["profile"]["contacts_365d"] == n + 1
    page = reader.get("/v1/customers", params={"segment": "frequent_flyer"}).json()
    assert listed(page) == [spellings[-1].strip()]
    for spelling in spellings:
        assert reader.get(f"/v1/customers/{spelling}").json()["profile"]["contacts_365d"] == len(spellings)


def test_an_opt_out_holds_in_every_spelling(client: TestClient, reader: TestClient, app: FastAPI) -> None:
    """Somebody opted out and was profiled under the same address with capitals."""
    with writing(app.state.desk.engine) as connection:
        opt_out(connection, ANN[0], datetime.now(UTC))

    for spelling in ANN:
        scored = client.post("/v1/score", json={"customer_id": spelling}).json()["customer"]
        known = reader.get(f"/v1/customers/{spelling}").json()

        assert (scored["opted_out"], scored["profile"]) == (True, None)
        assert (known["opted_out"], known["profile"]) == (True, None)
        assert reader.put(f"/v1/customers/{spelling}/plan", json=TERMS).status_code == 422


def test_a_plan_is_that_of_the_person(client: TestClient, reader: TestClient) -> None:
    """Two people of the desk spelled the customer differently, and each would call."""
    for spelling in ANN:
        reader.put(f"/v1/customers/{spelling}/plan", json=TERMS)

    assert len(reader.get(f"/v1/customers/{ANN[1]}").json()["plans"]) == 1
    assert client.post("/v1/score", json={"customer_id": ANN[3]}).json()["customer"]["plan"]["owner"] == TERMS["owner"]


@pytest.mark.parametrize("word", ["Guest", "Not Specified", "Unknown User", "Anonymous", "N/A", "-", "", "  ", None])
def test_a_word_for_nobody_is_no_customer(
    client: TestClient, reader: TestClient, app: FastAPI, word: str | None
) -> None:
    """Else it is the busiest of all."""
    for n in range(3):
        assert client.post("/v1/score", json={"id": f"T{n}", "customer_id": word}).json()["customer"] is None

    assert {row.customer_id for row in rows(app)} == {None}
    assert listed(reader.get("/v1/customers", params={"segment": "frequent_flyer"}).json()) == []


def test_of_nobody_there_is_nothing_to_know_and_no_plan_to_keep(reader: TestClient) -> None:
    """A client that asks about everybody is no error, one that agrees on something with nobody is."""
    known, plan = reader.get("/v1/customers/Guest"), reader.put("/v1/customers/Guest/plan", json=TERMS)

    assert (known.status_code, known.json()["profile"]["contacts_365d"]) == (200, 0)
    assert (plan.status_code, "stands for nobody" in plan.json()["detail"]) == (404, True)


def test_two_ids_that_were_joined_by_hand_are_one_customer(
    client: TestClient, reader: TestClient, app: FastAPI, calls: Callable[..., None]
) -> None:
    """Both addresses show all contacts, the plan and the flag; taken back, each has its own again."""
    calls("ann@example.org", 1, 2)
    calls("lee@example.org", 3)
    with writing(app.state.desk.engine) as connection:
        join(connection, "ann@example.org", "lee@example.org", NOW)
    reader.put("/v1/customers/lee@example.org/plan", json=TERMS)

    known = [reader.get(f"/v1/customers/{id_}@example.org").json() for id_ in ("ann", "lee")]
    page = reader.get("/v1/customers", params={"segment": "frequent_flyer"}).json()
    scored = client.post("/v1/score", json={"id": "T", "customer_id": "lee@example.org"}).json()["customer"]
    with writing(app.state.desk.engine) as connection:
        part(connection, "ann@example.org", "lee@example.org", NOW)
    apart = [reader.get(f"/v1/customers/{id_}@example.org").json() for id_ in ("ann", "lee")]

    assert [(one["profile"]["contacts_365d"], one["plan"]["owner"]) for one in known] == [(3, TERMS["owner"])] * 2
    assert [one["id"] for one in known] == ["ann@example.org", "lee@example.org"]
    assert (listed(page), page["customers"][0]["plan"]["owner"]) == (["ann@example.org"], TERMS["owner"])
    assert (scored["id"], scored["profile"]["contacts_365d"]) == ("lee@example.org", 4)
    assert [one["profile"]["contacts_365d"] for one in apart] == [2, 2]


@pytest.mark.parametrize("several", ["Lee Ann\nPark Jo", "Lee Ann<br>Park Jo"])
def test_two_people_who_asked_together_are_no_third_person(
    client: TestClient, reader: TestClient, several: str
) -> None:
    """The one who stands first is the customer."""
    for n, who in enumerate(("Lee Ann", several, "Park Jo")):
        client.post("/v1/score", json={"id": str(n), "customer_id": who})

    known = [reader.get(f"/v1/customers/{who}").json()["profile"]["contacts_365d"] for who in ("Lee Ann", "Park Jo")]
    assert known == [2, 1]


def test_a_batch_may_hold_one_ticket_and_one_person_in_several_spellings(client: TestClient, app: FastAPI) -> None:
    """Each is answered as it came."""
    sent = [{"id": id_, "customer_id": who} for id_, who in (("2 553", "ANN"), ("2553", "Ann"), (2554, "ann"))]

    results = client.post("/v1/score/batch", json={"tickets": sent}).json()["results"]

    assert [(one["ticket_id"], one["customer"]["id"]) for one in results] == [
        ("2 553", "ANN"),
        ("2553", "Ann"),
        ("2554", "ann"),
    ]
    assert {one["customer"]["profile"]["contacts_365d"] for one in results} == {2}
    assert [row.id for row in rows(app)] == ["2553", "2554"]


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"id": 4711, "subject": "VPN down"}, {"id": "4711"}),
        ({"id": 4711, "customer_id": 42}, {"id": "4711", "customer_id": "42"}),
        ({"id": 4711.0, "customer_id": 42.0}, {"id": "4711", "customer_id": "42"}),
        ({"id": 0}, {"id": "0"}),
        ({"id": "007", "customer_id": "007"}, {"id": "007", "customer_id": "007"}),
    ],
)
def test_a_number_is_an_id(client: TestClient, model: Any, sent: dict[str, Any], expected: dict[str, str]) -> None:  # noqa: ANN401 - the fixture's own kind
    """As in files, where nobody can tell whether it was one."""
    answer = client.post("/v1/score", json=sent)

    assert (answer.status_code, answer.json()["ticket_id"]) == (200, expected["id"])
    assert {name: getattr(model.seen[0], name) for name in expected} == expected


@pytest.mark.parametrize("blank", ["", "  ", "\u00a0"])
def test_an_empty_text_says_nothing(client: TestClient, model: Any, blank: str) -> None:  # noqa: ANN401 - the fixture's own kind
    """Systems fill a template, and what they do not know is empty in it."""
    fields = ("id", "subject", "body", "opened_at", "customer_id", "channel", "language")

    answer = client.post("/v1/score", json=dict.fromkeys(fields, blank) | {"attributes": {"site": blank, "floor": "2"}})

    (seen,) = model.seen
    assert (answer.status_code, answer.json()["customer"], len(answer.json()["ticket_id"])) == (200, None, 32)
    assert (seen.opened_at, seen.customer_id, seen.channel, seen.language) == (None, None, None, None)
    assert seen.attributes == {"floor": "2"}


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-20T10:22:33+0100",
        "2026-11-20T10:22:33+01",
        "2026-11-20T10:22:33 +0100",
        "2026-11-20 10:22:33 +01:00",
        "2026-11-20T09:22:33Z",
        "2026-11-20 09:22:33 UTC",
        "2026-11-20t09:22:33.000z",
        " 2026-11-20T09:22:33Z ",
    ],
)
def test_a_moment_is_read_as_in_files(client: TestClient, model: Any, written: str) -> None:  # noqa: ANN401 - the fixture's own kind
    """The same system wrote both."""
    answer = client.post("/v1/score", json={"id": "4720", "subject": "VPN down", "opened_at": written})

    assert answer.status_code == 200
    assert model.seen[0].opened_at == datetime(2026, 11, 20, 9, 22, 33, tzinfo=UTC)


def test_empty_texts_of_a_plan_say_nothing(reader: TestClient) -> None:
    """A form sends all its fields."""
    agreed = reader.put("/v1/customers/u42/plan", json=TERMS | {"note": "", "segment": ""})

    assert (agreed.status_code, agreed.json()["note"], agreed.json()["segment"]) == (200, None, None)

"""The page of one ticket."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import update
from starlette.testclient import TestClient

from data import outbox, outcomes, tables, tickets
from data.connectors.connector import Change
from data.database import writing
from data.outbox import Entry
from tests.api.conftest import FakeModel
from tests.builders import make_worked
from triage.errors import NoModel
from triage.identity import ticket_key

NOW = datetime.now(UTC)


@pytest.fixture
def scored(client: TestClient) -> Callable[..., None]:
    """Scores tickets; the model is sure where a text says VPN."""

    def score(id_: str, subject: str = "printer vpn", **values: object) -> None:
        assert client.post("/v1/score", json={"id": id_, "subject": subject, **values}).status_code == 200

    return score


def plain(answer: Any) -> str:  # noqa: ANN401  (any page)
    """What a page says, without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def test_everything_that_happened_is_told_in_its_order(
    app: FastAPI, signed_in: Callable[[str], TestClient], scored: Callable[..., None]
) -> None:
    """Answers, what people made of them, what was written, what came of it."""
    now = datetime.now(UTC)
    scored("INC 1", opened_at=(now - timedelta(hours=3)).isoformat())
    browser = signed_in("lead")
    said = {"ticket_id": "INC 1", "target": "assignment_group", "verdict": "corrected", "value": "Desk", "seconds": 7}
    assert browser.post("/v1/reviews", json=said).status_code == 200
    key = ticket_key("INC 1") or ""
    change = Change(fields={"assignment_group": "Desk"}, note="n", mark="triage:0123456789abcdef")
    entry = Entry(source="desk", reference="1", ticket_id=key, change=change, model_version="7", reviews=(1,))
    with writing(app.state.desk.engine) as connection:
        outbox.put(connection, [entry], now + timedelta(minutes=1))
        settled = {
            "state": "unchanged",
            "reason": "human_set, inactive_label",
            "settled_at": now + timedelta(minutes=2),
        }
        connection.execute(update(tables.outbox).values(settled))
        later = now + timedelta(minutes=3)
        outcomes.record(connection, key, {"priority": "2"}, "automatic", "desk", later, model_version="7")

    page = browser.get("/tickets/INC%201")

    assert page.status_code == 200
    told = plain(page)
    expected = [
        "The ticket was filed.",
        "Model 7 answered.",
        "Group: Network (60 %). 60 % sure: below its threshold of 80 % by 20 points.",
        "lead@example.org set Group to Desk; Network had been suggested.",
        "Decided in 7 seconds.",
        "as somebody had set another value there, the value is no longer used there.",
        "Priority was set to 2 by model 7 (source desk).",
    ]
    assert [told.index(sentence) for sentence in expected] == sorted(told.index(sentence) for sentence in expected)
    assert "Corrected to Desk by lead@example.org" in told


def test_words_that_spoke_are_marked_in_what_the_sender_wrote(
    signed_in: Callable[[str], TestClient], scored: Callable[..., None]
) -> None:
    """And not in what they quote, which the model does not read; with a legend that needs no colour."""
    scored("A", "printer vpn", body="No vpn here\n\nOn Monday, Ada wrote:\n> the vpn was up\n> all day")

    page = signed_in("lead").get("/tickets/A").text

    assert page.count('<mark class="for">vpn</mark>') == 2
    assert "&gt; the vpn was up" in page
    assert '<mark class="for">spoke for</mark>' in page
    assert "60 % sure" in page


def test_marks_are_those_of_the_model_that_answered(
    signed_in: Callable[[str], TestClient], scored: Callable[..., None], model: FakeModel
) -> None:
    """Another model's words did not speak for this answer."""
    scored("A")
    model.version = "8"
    browser = signed_in("lead")

    assert "<mark" not in browser.get("/tickets/A").text
    model.fault = NoModel("none")
    assert browser.get("/tickets/A").status_code == 200


def test_who_may_read_sees_it_and_decides_nothing(
    signed_in: Callable[[str], TestClient],
    scored: Callable[..., None],
    stranger: TestClient,
    new_key: Callable[..., str],
) -> None:
    """Nor does a key that may only score see it."""
    scored("A")

    page = signed_in("agent").get("/tickets/A")

    assert page.status_code == 200
    assert "You may read. Leads decide." in page.text
    assert "<form" not in page.text.partition("<main")[2]
    assert "because of vpn — 60 %" in plain(page)
    assert stranger.get("/tickets/A", headers={"X-API-Key": new_key("score")}).status_code == 403


def test_whoever_looks_at_a_ticket_looks_at_whom_it_is_from(
    app: FastAPI, signed_in: Callable[[str], TestClient], scored: Callable[..., None]
) -> None:
    """And that is on record."""
    scored("A", customer_id="u42")
    signed_in("agent").get("/tickets/A")

    with writing(app.state.desk.engine) as connection:
        rows = connection.execute(tables.profile_views.select()).all()

    assert len(rows) == 1
    assert rows[0].caller.startswith("user:")


def test_a_long_text_is_cut_and_all_of_it_is_there(
    signed_in: Callable[[str], TestClient], scored: Callable[..., None]
) -> None:
    """Nobody loads two million characters to read ten lines."""
    scored("A", body="word " * 60_000)

    page = signed_in("lead").get("/tickets/A").text

    assert "<summary>Show all</summary>" in page
    assert 150_000 < len(page) < 300_000
    assert re.search(r"\d{5,6} more characters are not shown", page)


def test_markup_is_shown_as_what_it_says_and_as_it_came(
    signed_in: Callable[[str], TestClient], scored: Callable[..., None]
) -> None:
    """People read the first, and doubt it by the second."""
    scored("A", body="<html><body><p>The <b>vpn</b> is down</p></body></html>")

    page = signed_in("lead").get("/tickets/A").text

    assert "<summary>As it came</summary>" in page
    assert "&lt;p&gt;The &lt;b&gt;vpn&lt;/b&gt; is down" in page
    assert 'The <mark class="for">vpn</mark> is down' in page


def test_a_ticket_that_was_only_imported_has_a_page(app: FastAPI, signed_in: Callable[[str], TestClient]) -> None:
    """Without answers there is nothing to decide."""
    with writing(app.state.desk.engine) as connection:
        tickets.import_worked(connection, [make_worked()], NOW)

    page = plain(signed_in("lead").get("/tickets/T1"))

    assert "Network, as an export says" in page
    assert "What is right?" not in page


@pytest.mark.parametrize("path", ["/tickets/nothing", "/tickets/%20", "/queue/cards/nothing"])
def test_an_unknown_ticket_is_none(signed_in: Callable[[str], TestClient], path: str) -> None:
    """Whatever is typed."""
    assert signed_in("lead").get(path).status_code == 404


@pytest.mark.parametrize(
    ("number", "location"), [("INC 1", "/tickets/INC%201"), ("  ", "/"), ("//evil.example", "/tickets///evil.example")]
)
def test_a_number_that_is_typed_leads_to_its_ticket(
    signed_in: Callable[[str], TestClient], number: str, location: str
) -> None:
    """And nowhere else."""
    answer = signed_in("agent").get("/tickets", params={"number": number})

    assert (answer.status_code, answer.headers["location"]) == (303, location)

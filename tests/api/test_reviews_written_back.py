"""From a review to the ticket at its system: what a person has decided in triage is written once, in their name."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from data import outcomes
from data.connectors import CONNECTORS
from data.connectors.standard_webhooks import signed_headers
from data.database import reading, writing
from data.tables import deliveries, sourced_tickets, tickets
from data.tables import outbox as outbox_table
from tests.api.test_webhook_to_note import SOON, Loop, connected

TARGET = "assignment_group"
LATER = datetime.now(UTC) + timedelta(hours=1)
"""After the review, which is made by the machine's clock."""


@pytest.fixture(params=sorted(CONNECTORS))
def loop(request: pytest.FixtureRequest, app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loop]:
    """Every system there is, in turn, whose ticket got a suggestion."""
    yield suggested(connected(request.param, app, monkeypatch))
    app.state.queue.stop()
    app.state.desk.engine.dispose()


@pytest.fixture
def generic(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loop]:
    """One of them."""
    yield suggested(connected("generic", app, monkeypatch))
    app.state.queue.stop()
    app.state.desk.engine.dispose()


def suggested(loop: Loop) -> Loop:
    """The loop in mode `suggest`, its ticket scored and the note left."""
    with_mode(loop, "suggest")
    loop.send()
    loop.intake.work(SOON)
    loop.write_back.work(SOON)
    loop.peer.notes.clear()
    return loop


def with_mode(loop: Loop, mode: str) -> None:
    """Another mode for the source."""
    loop.connection = replace(loop.connection, source=replace(loop.connection.source, mode=mode))
    loop.__post_init__()


@pytest.fixture
def review(app: FastAPI, new_key: Callable[..., str]) -> Callable[..., dict[str, object]]:
    """Reviews the ticket as a page does: `review("accepted")`."""

    def post(verdict: str, **said: object) -> dict[str, object]:
        client = TestClient(app, headers={"X-API-Key": new_key("review")})
        body = {"ticket_id": ticket_id(app), "target": TARGET, "verdict": verdict, **said}
        answer = client.post("/v1/reviews", json=body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    return post


def ticket_id(app: FastAPI) -> str:
    """Of the one ticket that was sent."""
    with reading(app.state.desk.engine) as connection:
        return str(connection.scalar(sourced_tickets.select().with_only_columns(sourced_tickets.c.ticket_id)))


def settled(loop: Loop) -> tuple[str, str | None]:
    """What became of the newest entry."""
    return loop.states(outbox_table)[-1]


def outcome(loop: Loop) -> tuple[str, str, str] | None:
    """The group that the ticket has, by whose word."""
    with reading(loop.app.state.desk.engine) as connection:
        found = outcomes.outcomes_of(connection, ticket_id(loop.app)).get(TARGET)
    return None if found is None else (found.value, found.provenance, found.source)


def test_an_accepted_suggestion_is_set_once_in_the_reviewers_name(loop: Loop, review: Callable[..., dict]) -> None:
    """In mode `suggest`, too: a person has decided."""
    assert loop.peer.group != "Network"

    told = review("accepted")
    for hours in range(3):
        loop.write_back.work(LATER + timedelta(hours=hours))

    assert told["queued_for"] == ["desk"]
    assert settled(loop) == ("written", None)
    assert loop.peer.group == "Network"
    assert len(loop.peer.notes) == 1
    assert "Set group to Network, as decided in triage by helpdesk." in loop.peer.notes[0]
    assert loop.peer.public_notes == []
    assert outcome(loop) == ("Network", "human", "review")


def test_our_own_write_is_no_further_decision(generic: Loop, review: Callable[..., dict]) -> None:
    """The system tells of it as of any change; the word is still the reviewer's."""
    review("accepted")
    generic.write_back.work(LATER)
    generic.sender = replace(
        generic.sender, sign=lambda body, secret, now: dict(signed_headers(secret, "msg_9", now, body))
    )
    assert generic.send(generic.sender.payload | {"type": "ticket.updated"}) is True
    generic.intake.work(SOON + timedelta(minutes=1))

    assert generic.states(deliveries)[-1] == ("done", None)
    assert outcome(generic) == ("Network", "human", "review")


def test_a_correction_is_written_though_no_model_said_it(generic: Loop, review: Callable[..., dict]) -> None:
    """The desk's person knows."""
    with writing(generic.app.state.desk.engine) as connection:
        connection.execute(sourced_tickets.update().values(baseline={"assignment_group": "Network"}))
    generic.peer.ticket["assignment_group"] = "Network"
    review("corrected", value="Service Desk")
    generic.write_back.work(LATER)

    assert settled(generic) == ("written", None)
    assert generic.peer.group == "Service Desk"


def test_a_value_that_the_system_does_not_take_is_left_out(generic: Loop, review: Callable[..., dict]) -> None:
    """And why is on record."""
    review("corrected", value="Cloud")
    generic.write_back.work(LATER)

    assert settled(generic) == ("unchanged", "inactive_label")


@pytest.mark.parametrize("verdict", ["rejected", "skipped"])
def test_what_gives_no_value_is_not_written(generic: Loop, review: Callable[..., dict], verdict: str) -> None:
    """There is nothing to write."""
    assert review(verdict)["queued_for"] == []
    assert len(generic.states(outbox_table)) == 1


def test_what_was_taken_back_in_time_is_not_written(
    generic: Loop, review: Callable[..., dict], app: FastAPI, new_key: Callable[..., str]
) -> None:
    """The entry waits, and asks again before it is written."""
    id_ = review("accepted")["id"]
    client = TestClient(app, headers={"X-API-Key": new_key("review")})
    undone = client.post(f"/v1/reviews/{id_}/undo").json()
    before = generic.peer.group
    generic.write_back.work(LATER)

    assert undone["note"] is None
    assert settled(generic) == ("unchanged", "undone")
    assert (generic.peer.group, generic.peer.notes) == (before, [])


def test_what_was_written_already_is_told_when_it_is_taken_back(
    generic: Loop, review: Callable[..., dict], app: FastAPI, new_key: Callable[..., str]
) -> None:
    """Nobody else can change it there."""
    id_ = review("accepted")["id"]
    generic.write_back.work(LATER)
    client = TestClient(app, headers={"X-API-Key": new_key("review")})

    assert client.post(f"/v1/reviews/{id_}/undo").json()["note"] == "It was written to desk already: change it there."


def test_what_is_taken_back_while_it_is_written_is_no_models_word(
    generic: Loop, review: Callable[..., dict], app: FastAPI, new_key: Callable[..., str]
) -> None:
    """No model has set it, and the person has withdrawn it."""
    id_ = review("accepted")["id"]
    client = TestClient(app, headers={"X-API-Key": new_key("review")})

    def undone_meanwhile(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return generic.peer.answer(request, request.url.path, None)
        assert client.post(f"/v1/reviews/{id_}/undo").status_code == 200
        return generic.peer.answer(request, request.url.path, json.loads(request.content))

    generic.peer.failures = [undone_meanwhile] * 5
    generic.write_back.work(LATER)

    assert settled(generic) == ("written", None)
    assert outcome(generic) is None


def test_a_group_that_an_agent_has_set_meanwhile_stays(generic: Loop, review: Callable[..., dict]) -> None:
    """Between review and write somebody was faster, who sees the ticket."""
    review("accepted")
    generic.peer.ticket["assignment_group"] = "Printers"
    generic.peer.touch()
    generic.write_back.work(LATER)

    assert generic.peer.group == "Printers"
    assert settled(generic) == ("unchanged", "human_set")
    assert generic.peer.notes == []


def test_who_confirms_what_was_applied_writes_nothing(generic: Loop, review: Callable[..., dict]) -> None:
    """It is so already."""
    with writing(generic.app.state.desk.engine) as connection:
        connection.execute(sourced_tickets.update().values(baseline={"assignment_group": "Network"}))
    generic.peer.ticket["assignment_group"] = "Network"
    review("accepted")
    generic.write_back.work(LATER)

    assert settled(generic) == ("unchanged", "same_value")
    assert generic.peer.notes == []


def test_rules_for_a_model_do_not_bind_a_person(generic: Loop, review: Callable[..., dict]) -> None:
    """The ticket may be assigned; what the desk wants left alone altogether stays so."""
    rules = replace(generic.connection.source.rules, skip_assigned=True)
    generic.connection = replace(generic.connection, source=replace(generic.connection.source, rules=rules))
    generic.__post_init__()
    generic.peer.ticket["assignee"] = "Ann Example"
    review("accepted")
    generic.write_back.work(LATER)

    assert settled(generic) == ("written", None)


def test_what_the_desk_wants_left_alone_is_left_alone(generic: Loop, review: Callable[..., dict]) -> None:
    """A bypass word is a rule about the ticket, not about the model."""
    rules = replace(generic.connection.source.rules, bypass_words=("vpn", "error 809"))
    generic.connection = replace(generic.connection, source=replace(generic.connection.source, rules=rules))
    generic.__post_init__()
    review("accepted")
    generic.write_back.work(LATER)

    assert settled(generic) == ("unchanged", "bypassed")


def test_a_write_that_was_answered_by_half_is_not_doubled(generic: Loop, review: Callable[..., dict]) -> None:
    """The mark is of the review alone."""
    review("accepted")
    generic.peer.broken_after = 1
    for hours in range(3):
        generic.write_back.work(LATER + timedelta(hours=hours))

    assert settled(generic) == ("written", None)
    assert (generic.peer.group, len(generic.peer.notes)) == ("Network", 1)


def test_whether_a_ticket_is_blind_is_kept(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that measures, rows and pages know it for ever, whatever becomes of the share or the secret."""
    for share, is_blind in ((0.0, False), (1.0, True)):
        loop = connected("generic", app, monkeypatch)
        loop.connection = replace(loop.connection, source=replace(loop.connection.source, blind_share=share))
        loop.__post_init__()
        loop.send()
        loop.intake.work(SOON)
        with reading(app.state.desk.engine) as connection:
            row = connection.execute(sourced_tickets.select()).one()
        assert row.is_blind is is_blind
        with writing(app.state.desk.engine) as connection:
            connection.execute(deliveries.delete())
            connection.execute(tickets.delete())

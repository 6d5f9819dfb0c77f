"""What may go wrong with a ticket: in an answer, in the queue, and beside the ticket."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi import FastAPI
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.testclient import TestClient

from api.beside.risk import RiskBeside, risk_beside
from api.schemas import ScoreAnswer
from data import sourced_tickets
from data.database import reading, writing
from data.predictions import newest_of
from data.review_queue import entry_of
from tests.api.conftest import FakeModel
from tests.builders import make_ticket
from tests.risk_desk import learned_risk
from triage.errors import NoModel
from triage.risk import RiskModel
from triage.ticket import NewTicket

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
TEMPLATES = Path(__file__).parents[3] / "api" / "templates"
PRINTING = {"category": "Printing", "location": "Site 0"}


class RiskyModel(FakeModel):
    """The fake, with what was learned of a desk that is known."""

    risk: RiskModel | None = None


@pytest.fixture
def model() -> RiskyModel:
    """What the application serves."""
    found = RiskyModel()
    found.risk = learned_risk().model
    return found


def score(client: TestClient, id_: str, **values: object) -> ScoreAnswer:
    """The answer about a ticket."""
    answer = client.post("/v1/score", json={"id": id_, "subject": "printer", "attributes": PRINTING} | values)
    assert answer.status_code == 200
    return ScoreAnswer.model_validate(answer.json())


def beside(app: FastAPI, ticket: NewTicket) -> RiskBeside | None:
    """What is shown beside a ticket."""
    with reading(app.state.desk.engine) as connection:
        return risk_beside(app.state.desk, connection, ticket, NOON)


def test_an_answer_holds_the_chances_and_what_raised_them(client: TestClient, app: FastAPI) -> None:
    """It is stored as it goes out, so that nobody has to ask again what was told."""
    risk = score(client, "A").risk

    assert risk is not None
    assert risk.sla_missed is not None
    assert risk.sla_missed.reasons[0] == "category Printing"
    assert risk.reopened is None
    assert risk.hours_to_resolve is not None
    with reading(app.state.desk.engine) as connection:
        scoring = newest_of(connection, "A")
    assert scoring is not None
    assert scoring.risk == risk.model_dump()


def test_who_writes_changes_nothing_of_it(client: TestClient) -> None:
    """Neither a name nor what is known of a person may make a ticket look worse."""
    for i in range(12):
        score(client, f"E{i}", customer_id="u1")

    frequent, new, nobody = (
        score(client, f"X{i}", customer_id=who, opened_at="2026-11-03T12:00:00Z").risk
        for i, who in enumerate(("u1", "u2", None))
    )

    assert frequent is not None
    assert frequent == new == nobody


def test_a_model_without_risk_answers_null(client: TestClient, model: RiskyModel, app: FastAPI) -> None:
    """Models of before still serve."""
    model.risk = None

    assert score(client, "A").risk is None
    assert beside(app, make_ticket(id="A")) is None


def test_a_ticket_at_risk_stands_sooner_in_the_queue(client: TestClient, app: FastAPI) -> None:
    """Of two tickets of one moment the one that may be late is looked at first."""
    at = {"opened_at": "2026-11-03T12:00:00Z"}
    score(client, "LATE", **at)
    score(client, "EASY", attributes={"category": "Login", "location": "Site 5"}, **at)

    with reading(app.state.desk.engine) as connection:
        late, easy = entry_of(connection, "LATE"), entry_of(connection, "EASY")

    assert late is not None
    assert easy is not None
    assert easy.rank < late.rank <= easy.rank + 1


def test_the_card_in_the_queue_says_why(client: TestClient, signed_in: Callable[[str], TestClient]) -> None:
    """A place in the queue without a reason is taken for a fault."""
    score(client, "A")

    page = signed_in("lead").get("/").text

    assert "More likely than usual to miss its SLA" in page
    assert "category Printing" in page


def test_beside_a_ticket_stands_what_was_told_then(client: TestClient, app: FastAPI, model: RiskyModel) -> None:
    """A newer model must not change what people have read; of a ticket that is not stored it is asked."""
    score(client, "A")
    told, new = beside(app, make_ticket(id="A")), beside(app, make_ticket(id="NEW", attributes=PRINTING))

    model.risk = None

    assert told is not None
    assert told.sentences
    assert new is not None
    assert new.risk.sla_missed is not None
    assert "reopened" in new.cannot_tell


def test_whoever_decides_blind_is_told_nothing(client: TestClient, app: FastAPI) -> None:
    """Its reasons name what speaks for an answer."""
    score(client, "B")
    with writing(app.state.desk.engine) as connection:
        sourced_tickets.link(connection, "B", "desk", "1", {}, is_blind=True)

    assert beside(app, make_ticket(id="B")) is None


def test_without_a_model_there_is_nothing_beside(app: FastAPI, model: RiskyModel) -> None:
    """The page of a ticket opens all the same."""
    model.fault = NoModel("No model was promoted yet.")

    assert beside(app, make_ticket(id="A")) is None


def test_the_card_is_escaped_and_promises_nothing(app: FastAPI) -> None:
    """A category is whatever somebody typed."""
    found = beside(app, make_ticket(id="NEW", attributes=PRINTING))
    assert found is not None
    hostile = found.model_copy(update={"sentences": ["<script>alert(1)</script>"]})
    pages = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)

    html = str(pages.get_template("beside/risk.html").module.risk(hostile, ""))  # type: ignore[attr-defined]

    assert "&lt;script&gt;" in html
    assert "<script>" not in html
    assert "promises nothing" in html
    assert "Is reopened" not in html
    assert "History cannot tell whether a ticket will be reopened" in html

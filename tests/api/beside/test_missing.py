"""Beside a ticket: what it does not say."""

from dataclasses import replace

import pytest
from fastapi import FastAPI

from api.beside.missing import MissingAnswer, missing_beside
from api.desk import Desk
from api.known_services import KnownServices
from api.pages.rendering import _ENVIRONMENT
from data.database import reading
from data.services import DeskServices, parse_services
from tests.api.conftest import FakeModel
from tests.builders import MONDAY, make_model, make_ticket
from triage.errors import NoModel
from triage.missing import AskedBack, Tally
from triage.model import TriageModel
from triage.prediction import Decision, LabelConfidence, Prediction
from triage.ticket import NewTicket

VAGUE = make_ticket(subject="help", body="it is broken")
LEARNED = AskedBack(
    400,
    {
        "": {"steps": Tally(400, 100)},
        "assignment_group=Network": {"steps": Tally(200, 20), "location": Tally(200, 180)},
    },
)


class Learned:
    """Gives a model that has learned what is asked back for."""

    def current(self) -> TriageModel:
        """That model."""
        return replace(make_model(), asked_back=LEARNED)


@pytest.fixture
def desk(app: FastAPI) -> Desk:
    """A desk that has learned nothing."""
    found: Desk = app.state.desk
    return found


def suggestion(target: str, value: str, decision: Decision = "suggest") -> Prediction:
    """A model's answer."""
    return Prediction(target, value, 0.8, 0.9, decision, "below_threshold", (LabelConfidence(value, 0.8),))


def ask(desk: Desk, ticket: NewTicket, *predictions: Prediction) -> MissingAnswer | None:
    """What is shown beside it."""
    with reading(desk.engine) as connection:
        return missing_beside(desk, connection, ticket, MONDAY, predictions)


def test_what_agents_of_the_suggested_group_ask_for_is_asked(desk: Desk) -> None:
    """With the share that proves it, and the desk's beside it."""
    found = ask(replace(desk, models=Learned()), VAGUE, suggestion("assignment_group", "Network"))

    assert found is not None
    assert [one.name for one in found.details] == ["location"]
    assert found.details[0].share == pytest.approx(0.9)
    assert "90%" in found.details[0].reason
    assert found.question == "Could you tell us where you are (site, building and room)?"


def test_a_withheld_answer_is_no_context(desk: Desk) -> None:
    """The model is not sure of the group, so the desk's habit counts."""
    found = ask(replace(desk, models=Learned()), VAGUE, suggestion("assignment_group", "Network", "abstain"))

    assert found is not None
    assert [one.name for one in found.details] == ["steps"]


def test_a_filed_category_goes_before_a_suggested_one(desk: Desk) -> None:
    """What the form says is known."""
    own = replace(desk, services=KnownServices(DeskServices(wanted={"Rooms": ("location",)})))
    filed = replace(VAGUE, attributes={"category": "Rooms"})

    found = ask(own, filed, suggestion("category", "VPN"))

    assert found is not None
    assert [(one.name, one.share, one.reason) for one in found.details] == [
        ("location", None, "The text does not say it, and such tickets usually need it.")
    ]


def test_a_desks_own_asset_tag_is_a_device(desk: Desk) -> None:
    """Nobody is asked for the number that they have written."""
    tags = KnownServices(parse_services('[identifiers]\nasset_tag = ["LT-#####"]\n', "s.toml"))
    told = replace(VAGUE, body="lt-12345 shows error 809")
    incident = suggestion("ticket_type", "incident")

    without, with_tags = ask(desk, told, incident), ask(replace(desk, services=tags), told, incident)

    assert without is not None
    assert "device" in [one.name for one in without.details]
    assert with_tags is not None
    assert "device" not in [one.name for one in with_tags.details]


def test_without_a_model_and_a_type_nothing_is_asked(desk: Desk, model: FakeModel) -> None:
    """What would be usual is not known."""
    model.fault = NoModel("none")

    with reading(desk.engine) as connection:
        assert missing_beside(desk, connection, VAGUE, MONDAY) is None


def test_the_card_has_the_question_in_its_language(desk: Desk) -> None:
    """A screen reader speaks it as it is written."""
    found = ask(desk, replace(VAGUE, language="de"), suggestion("ticket_type", "incident"))

    card = _ENVIRONMENT.get_template("beside/missing.html").module.missing(found, "")  # type: ignore[attr-defined]

    assert '<p lang="de"><b>Können Sie uns noch sagen, wie die Fehlermeldung' in card
    assert "Error message: The text does not say it" in card

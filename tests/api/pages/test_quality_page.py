"""The pages about quality and drift, and the same figures for programs."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.app import build_app
from data import keys
from data.database import writing
from data.reviews import Said, record
from data.sourced_tickets import link
from data.users import User
from models.registry import ServedModel, serve_version
from tests.api.conftest import FakeModel
from triage.errors import NoModel
from triage.settings import Settings

if TYPE_CHECKING:
    from training.experiment import Experiment


@pytest.fixture
def decide(app: FastAPI, client: TestClient) -> Callable[..., None]:
    """Scores tickets and decides on them: `decide("accepted", "accepted", seconds=1)`; VPN is applied by itself."""
    n = 0

    def act(
        *verdicts: str, subject: str = "VPN down", by: str = "user:a", seconds: float = 8.0, blind: bool = False
    ) -> None:
        nonlocal n
        for verdict in verdicts:
            n += 1
            client.post("/v1/score", json={"id": f"INC{n}", "subject": subject, "customer_id": "u42"})
            value = {"corrected": "Desk", "agreed": "Network"}.get(verdict)
            said = Said(
                target="assignment_group",
                verdict="corrected" if verdict == "agreed" else verdict,  # type: ignore[arg-type]
                value=value,
                seconds=seconds,
            )
            with writing(app.state.desk.engine) as connection:
                if blind:
                    link(connection, f"INC{n}", "desk", str(n), {}, is_blind=True)
                record(connection, f"INC{n}", said, by, datetime.now(UTC))

    return act


def test_without_any_answer_the_page_says_what_makes_the_first(
    signed_in: Callable[[str], TestClient], model: FakeModel
) -> None:
    """Nobody is shown a row of zeros."""
    model.fault = NoModel("No model was promoted yet.")

    answer = signed_in("lead").get("/quality")

    assert answer.status_code == 200
    assert "Nothing was answered yet" in answer.text
    assert "POST /v1/score" in answer.text


def test_without_a_decision_it_says_where_they_come_from(
    signed_in: Callable[[str], TestClient], client: TestClient
) -> None:
    """What was applied and nobody touched is told as what it is: unknown."""
    client.post("/v1/score", json={"id": "INC1", "subject": "VPN down"})

    text = signed_in("lead").get("/quality").text

    assert "Nobody has decided on assignment group in this time" in text
    assert "of all that were applied, 0.0 % are right if no silent one is, and 100.0 % if every one is" in text


def test_the_first_sentence_is_the_verdict(
    signed_in: Callable[[str], TestClient], decide: Callable[..., None], client: TestClient
) -> None:
    """By the interval of Wilson, and silence beside it."""
    decide("accepted", "accepted", "accepted", "corrected")
    client.post("/v1/score", json={"id": "SILENT", "subject": "VPN again"})

    text = signed_in("lead").get("/quality").text

    assert "Of 4 automatic routings that people looked at in the last four weeks, 75.0 % (95 % interval" in text
    assert "30.1 to 95.4) stood." in text
    assert "Of about 5 that were applied, nobody touched 1." in text
    assert "60.0 % are right if no silent one is, and 80.0 % if every one is" in text


def test_suggestions_alone_are_no_automatic_answers(
    signed_in: Callable[[str], TestClient], decide: Callable[..., None]
) -> None:
    """A desk that applies nothing is told how its suggestions fare."""
    decide("accepted", "rejected", subject="printer")

    text = signed_in("lead").get("/quality").text

    assert "Of 2 suggestions that people decided on in the last four weeks, 50.0 %" in text
    assert "Nothing was applied by itself in the last four weeks." in text


def test_the_numbers_are_the_same_for_programs(reader: TestClient, decide: Callable[..., None]) -> None:
    """Counted by hand: two of three suggestions were left, and one of two blind tickets was decided alike."""
    decide("accepted", "accepted", "corrected", subject="printer")
    decide("agreed", "corrected", subject="printer", blind=True)

    told = reader.get("/v1/quality").json()

    def counts(share: dict[str, Any]) -> tuple[int, int]:
        return share["hits"], share["n"]

    assert (told["target"], told["targets"], told["decisions"], told["answers"]) == (
        "assignment_group", ["assignment_group"], 5, 5,
    )  # fmt: skip
    assert (counts(told["agreement"]), counts(told["blind"]), counts(told["coverage"])) == ((2, 3), (1, 2), (0, 5))
    assert [counts(week["agreement"]) for week in told["weeks"]] == [(0, 0), (0, 0), (0, 0), (2, 3)]
    assert [(group["group"], counts(group["agreement"])) for group in told["groups"]] == [("Network", (2, 3))]
    assert told["automatic"]["verdict"] == "unasked"
    assert told["blind"]["low"] == pytest.approx(0.0945, abs=1e-3)
    assert told["weeks"][0]["blind"]["share"] is None


def test_how_people_review_is_for_who_leads(
    signed_in: Callable[[str], TestClient], decide: Callable[..., None], new_key: Callable[..., str], app: FastAPI
) -> None:
    """An agent reads figures, and nothing of colleagues; neither does a program that only reads."""
    decide("accepted")

    agent = signed_in("agent").get("/quality").text
    with TestClient(app, headers={"X-API-Key": new_key("read")}) as program:
        told = program.get("/v1/quality").json()

    assert "How people review" not in agent
    assert "Left as they were" in agent
    assert told["reviewers"] is None


def test_haste_is_said_plainly_and_of_nobody_with_few_reviews(
    signed_in: Callable[[str], TestClient], decide: Callable[..., None], new_person: Callable[..., User]
) -> None:
    """Both accept everything in a second; one of them has done so nineteen times."""
    quick, new = new_person("lead", "hasty@example.org"), new_person("lead", "new@example.org")
    decide(*["accepted"] * 20, by=f"user:{quick.id}", seconds=1.2)
    decide(*["accepted"] * 19, by=f"user:{new.id}", seconds=1.2)

    text = signed_in("admin").get("/quality").text

    assert "hasty@example.org accepted 20 of 20 suggestions, and half of them within 1.2 seconds." in text
    assert "new@example.org accepted" not in text
    assert "too few" in text
    assert text.rindex("hasty@example.org") < text.index("new@example.org")


def test_another_question_is_chosen_by_its_name_alone(
    signed_in: Callable[[str], TestClient], reader: TestClient, client: TestClient
) -> None:
    """An address with a question that nobody asks any more still leads to the page."""
    client.post("/v1/score", json={"id": "INC1", "subject": "VPN"})

    shown = signed_in("lead").get("/quality", params={"target": '<b>"x'})
    told = reader.get("/v1/quality", params={"target": "priority"})

    assert (shown.status_code, told.status_code) == (404, 404)
    assert "Nobody asks this question here. Asked: assignment_group." in shown.text
    assert "<b>" not in shown.text
    assert told.json()["detail"] == "Nobody asks this question here. Asked: assignment_group."


@pytest.mark.parametrize(
    "path", ["/quality?weeks=0", "/quality?weeks=53", "/v1/quality?weeks=x", "/v1/quality/drift?days=0"]
)
def test_times_have_their_limits(signed_in: Callable[[str], TestClient], path: str) -> None:
    """Nobody makes a server read ten years."""
    assert signed_in("lead").get(path).status_code == 422


def test_drift_without_a_model_is_one_sentence(signed_in: Callable[[str], TestClient], model: FakeModel) -> None:
    """On the page and for programs."""
    model.fault = NoModel("No model was promoted yet.")
    browser = signed_in("lead")

    page, told = browser.get("/quality/drift"), browser.get("/v1/quality/drift")

    assert (page.status_code, told.status_code) == (503, 503)
    assert "No model was promoted yet." in page.text


@pytest.fixture
def learned(experiment: "Experiment", settings: Settings, tables: Path, tmp_path: Path) -> Iterator[TestClient]:
    """An application that serves a real small model, and a program that may score and read there."""
    shutil.copy(tables, settings.home / "triage.db")
    experiment.write(tmp_path / "bundle")
    serve_version(settings.bundles, "1", tmp_path / "bundle")
    app = build_app(settings, ServedModel(settings.bundles))
    with writing(app.state.desk.engine) as connection:
        key = keys.create(connection, "all", ("score", "read"), datetime.now(UTC))[1]
    with TestClient(app, headers={"X-API-Key": key}) as client:
        yield client


def send(client: TestClient, *subjects: str) -> None:
    """Scores these tickets."""
    tickets = [{"id": f"D{i}", "subject": subject} for i, subject in enumerate(subjects)]
    assert client.post("/v1/score/batch", json={"tickets": tickets}).status_code == 200


def test_tickets_unlike_the_training_ask_to_retrain(learned: TestClient) -> None:
    """Sixty tickets about one thing, with a word that nobody had written."""
    send(learned, *["vpn tunnel drops zentris"] * 60)

    told = learned.get("/v1/quality/drift", params={"days": 7}).json()
    page = learned.get("/quality/drift", params={"days": 7}).text

    assert (told["model_version"], told["days"], told["n"], told["verdict"]) == ("1", 7, 60, "act")
    group = next(each for each in told["targets"] if each["target"] == "assignment_group")
    assert (group["labels"]["verdict"], group["labels"]["n"], group["labels"]["n_training"]) == ("act", 60, 37)
    assert group["labels"]["index"] > group["labels"]["by_chance"]
    assert {"word": "zentris", "tickets": 60, "share": 1.0, "share_in_training": None} in told["words"]["risen"]
    assert "Retrain: triage models retrain --from-store" in told["sentence"]
    assert told["sentence"] in page
    assert "zentris" in page


def test_few_tickets_are_too_few(learned: TestClient) -> None:
    """Nothing is said of what cannot be told."""
    send(learned, "vpn tunnel drops")

    told = learned.get("/v1/quality/drift").json()

    assert told["verdict"] == "too_few"
    assert "are too few to tell" in told["sentence"]
    assert all(each["labels"]["index"] is None for each in told["targets"])


def test_what_was_asked_of_the_model_is_beside_what_it_reached(learned: TestClient) -> None:
    """As the desk has set it, or the training was configured."""
    send(learned, "vpn tunnel drops")

    assert learned.get("/v1/quality").json()["automatic"]["asked"] == 0.95

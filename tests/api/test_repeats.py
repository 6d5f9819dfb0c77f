"""A request that is sent twice under one `Idempotency-Key` is answered twice and done once."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from starlette.testclient import TestClient

from api.app import build_app
from data.database import reading
from data.tables import predictions
from triage.errors import NoModel
from triage.settings import Settings

TICKET = {"subject": "VPN down"}


def n_predictions(app: FastAPI) -> int:
    """How many answers are on record."""
    with reading(app.state.desk.engine) as connection:
        return connection.scalar(select(func.count()).select_from(predictions)) or 0


@pytest.mark.parametrize(
    ("path", "body"),
    [("/v1/score", TICKET), ("/v1/score/batch", {"tickets": [TICKET, {"subjct": "VPN"}]})],
)
def test_the_same_request_gets_the_same_answer_and_is_done_once(
    client: TestClient,
    app: FastAPI,
    model: Any,  # noqa: ANN401
    path: str,
    body: dict[str, Any],
) -> None:
    """A client whose connection broke cannot know whether it was heard, so it asks again."""
    first = client.post(path, json=body, headers={"Idempotency-Key": "k1"})
    second = client.post(path, json=body, headers={"Idempotency-Key": "k1"})

    assert second.content == first.content
    assert second.status_code == 200
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert n_predictions(app) == len(model.seen) == 1


@pytest.mark.parametrize(("body", "params"), [({"subject": "printer"}, {}), (TICKET, {"top_n": 1})])
def test_another_request_under_the_same_key_is_refused(
    client: TestClient, body: dict[str, Any], params: dict[str, Any]
) -> None:
    """Whoever forgets to change the key would get another ticket's answer."""
    client.post("/v1/score", json=TICKET, headers={"Idempotency-Key": "k1"})

    answer = client.post("/v1/score", json=body, params=params, headers={"Idempotency-Key": "k1"})

    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:triage:problem:conflict"


def test_without_a_key_every_request_is_a_new_one(client: TestClient, app: FastAPI) -> None:
    """Scoring again after an edit is what most systems do."""
    for _ in range(2):
        client.post("/v1/score", json=TICKET | {"id": "INC001"})

    assert n_predictions(app) == 2


def test_a_failure_is_not_kept(client: TestClient, model: Any) -> None:  # noqa: ANN401
    """Otherwise a client that retries would get yesterday's 503 all day."""
    model.fault = NoModel("No model was promoted yet.")
    failed = client.post("/v1/score", json=TICKET, headers={"Idempotency-Key": "k1"})
    model.fault = None

    answer = client.post("/v1/score", json=TICKET, headers={"Idempotency-Key": "k1"})

    assert (failed.status_code, answer.status_code) == (503, 200)


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_a_key_that_cannot_be_kept_is_refused(client: TestClient, key: str) -> None:
    """Ignoring it would promise what is not kept."""
    answer = client.post("/v1/score", json=TICKET, headers={"Idempotency-Key": key})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "Idempotency-Key"


def test_two_at_once_give_one_answer(app: FastAPI, new_key: Callable[..., str], model: Any) -> None:  # noqa: ANN401
    """A client that times out and asks again while the first request still waits must not file the ticket twice."""
    headers = {"X-API-Key": new_key("score"), "Idempotency-Key": "k1"}
    may_begin = threading.Event()
    real_score = model.score

    def score_late(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        may_begin.wait(10)
        return real_score(*args, **kwargs)

    model.score = score_late
    answers: list[Any] = []
    with TestClient(app) as client:
        threads = [
            threading.Thread(target=lambda: answers.append(client.post("/v1/score", json=TICKET, headers=headers)))
            for _ in range(3)
        ]
        for thread in threads:
            thread.start()
        while app.state.queue.n_waiting < len(threads):
            time.sleep(0.001)
        may_begin.set()
        for thread in threads:
            thread.join()

    assert [answer.status_code for answer in answers] == [200] * 3
    assert len({answer.content for answer in answers}) == 1
    assert sorted("idempotency-replayed" in answer.headers for answer in answers) == [False, True, True]
    assert n_predictions(app) == 1


def test_two_at_once_with_one_key_for_two_things_conflict(
    app: FastAPI,
    new_key: Callable[..., str],
    model: Any,  # noqa: ANN401
) -> None:
    """They may even be scored together."""
    headers = {"X-API-Key": new_key("score"), "Idempotency-Key": "k1"}
    bodies = [TICKET, {"subject": "printer"}]
    may_begin = threading.Event()
    real_score = model.score

    def score_late(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        may_begin.wait(10)
        return real_score(*args, **kwargs)

    model.score = score_late
    answers: list[Any] = []
    with TestClient(app) as client:

        def ask(body: dict[str, str]) -> None:
            answers.append(client.post("/v1/score", json=body, headers=headers))

        threads = [threading.Thread(target=ask, args=(body,)) for body in ({"subject": "first"}, *bodies)]
        for thread in threads:
            thread.start()
        while app.state.queue.n_waiting < len(threads):
            time.sleep(0.001)
        may_begin.set()
        for thread in threads:
            thread.join()

    assert sorted(answer.status_code for answer in answers) == [200, 422, 422]
    assert n_predictions(app) == 1


def test_another_process_may_be_faster(
    app: FastAPI,
    settings: Settings,
    new_key: Callable[..., str],
    model: Any,  # noqa: ANN401
) -> None:
    """The client's second attempt went to another worker, which answered while this one was still at work."""
    headers = {"X-API-Key": new_key("score"), "Idempotency-Key": "k1"}
    other_model = type(model)()
    answers: list[Any] = []
    real_score = model.score

    with TestClient(app) as client, TestClient(build_app(settings, other_model)) as other:

        def overtaken(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
            if not other_model.seen:
                answers.append(other.post("/v1/score", json=TICKET, headers=headers))
            return real_score(*args, **kwargs)

        model.score = overtaken
        answers.append(client.post("/v1/score", json=TICKET, headers=headers))

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].content == answers[1].content
    assert ["idempotency-replayed" in answer.headers for answer in answers] == [False, True]
    assert n_predictions(app) == 1


def test_two_callers_may_use_the_same_key(app: FastAPI, new_key: Callable[..., str]) -> None:
    """Two helpdesks both count from one, and must not see each other's tickets."""
    with TestClient(app) as client:
        answers = [
            client.post("/v1/score", json=TICKET, headers={"X-API-Key": new_key("score"), "Idempotency-Key": "1"})
            for _ in range(2)
        ]

    assert answers[0].json()["ticket_id"] != answers[1].json()["ticket_id"]

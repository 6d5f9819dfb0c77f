"""A text says the same whatever wraps it, in files as over HTTP, to every model."""

import csv
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from api.app import build_app
from data import keys
from data.database import open_database, writing
from data.exports.files import read_tickets
from data.exports.preset import load_preset
from data.schema import upgrade
from tests.builders import make_model, make_ticket
from tests.wrappers import WRAPPERS
from triage.familiarity import Familiarity, Floors
from triage.features import terms
from triage.model import TriageModel
from triage.settings import Settings

PRINTER = (
    "Hello, the printer on the second floor prints blank pages since the toner was changed. Please help.",
    "Guten Tag, für größere Anhänge = 3 MB & mehr a < b\nkommt Fehler 809, seit List<String> geändert wurde.",
    "vpn drops after 809",
    "プリンターが白紙を印刷します。\n\nお願いします & ありがとう",
)
WRAPPED = st.tuples(st.sampled_from(PRINTER), st.lists(st.sampled_from(WRAPPERS), min_size=1, max_size=4))


def _small_models() -> list[TriageModel]:
    """One that knows a printer's words, one that knows a tunnel's, and one that knows next to nothing of either."""
    known = (
        ("printer", "blank pages", "toner", "help", "second floor", "div", "font", "style"),
        ("vpn", "809", "fehler 809", "drops", "nbsp", "family", "base64", "content type"),
        ("hello", "kommt", "sans serif", "text", "hardbreak", "mime"),
    )
    models = [make_model(terms=words, threshold=0.4) for words in known]
    strict = Floors(common_idf=1.5, common_ratio=0.2, content_ratio=0.4)
    return [replace(model, familiarity=Familiarity(model.view, strict)) for model in models]


MODELS = _small_models()


def wrapped(text: str, wrappers: Sequence[Callable[[str], str]]) -> str:
    """The text in the first wrapper, that in the second, and so on."""
    for wrap in wrappers:
        text = wrap(text)
    return text


def answers(model: TriageModel, body: str) -> list[tuple[str, str, str, float]]:
    """What a model says of a ticket with this body, and why."""
    (predictions,) = model.score([make_ticket(body=body)])
    return [(p.value, p.decision, p.reason, p.confidence) for p in predictions]


@given(WRAPPED)
@settings(max_examples=150)
def test_a_wrapped_text_has_the_terms_of_the_plain_one(example: tuple[str, list[Callable[[str], str]]]) -> None:
    """Markup that is read as words looks like another language, and names groups that nobody meant."""
    text, wrappers = example

    assert terms(make_ticket(body=wrapped(text, wrappers))) == terms(make_ticket(body=text))


@given(WRAPPED)
@settings(max_examples=30)
def test_a_wrapped_text_gets_the_answers_of_the_plain_one(example: tuple[str, list[Callable[[str], str]]]) -> None:
    """The same answer for the same reason, whichever model is asked."""
    text, wrappers = example

    for model in MODELS:
        assert answers(model, wrapped(text, wrappers)) == answers(model, text)


def test_the_small_models_differ() -> None:
    """Three that always said the same would show no more than one."""
    said = {(text, i): answers(model, text)[0][2] for text in PRINTER for i, model in enumerate(MODELS)}

    assert len(set(said.values())) > 2


class _Serving:
    """A model as the application asks for it."""

    def __init__(self, model: TriageModel) -> None:
        self._model = model

    def current(self) -> TriageModel:
        """The model."""
        return self._model


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    """An application that serves the printer's model."""
    settings = Settings(_env_file=None, home=tmp_path, database_url=None)
    engine = open_database(settings.database)
    upgrade(engine)
    with writing(engine) as connection:
        _, key = keys.create(connection, "helpdesk", ["score"], datetime.now(UTC))
    return TestClient(build_app(settings, _Serving(MODELS[0])), headers={"X-API-Key": key})


def test_both_doors_read_a_wrapped_text_as_the_plain_one(client: TestClient, tmp_path: Path) -> None:
    """A desk learns from a file and is asked over HTTP; a difference between them would be seen by nobody."""
    bodies = [PRINTER[0], *(wrap(PRINTER[0]) for wrap in WRAPPERS)]
    with (tmp_path / "export.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(
            [["id", "subject", "body"], *([i, "Problem", body] for i, body in enumerate(bodies))]
        )

    read, _ = read_tickets(tmp_path / "export.csv", load_preset("generic"))
    with client:
        sent = [client.post("/v1/score", json={"subject": "Problem", "body": body}).json() for body in bodies]

    plain = make_ticket(subject="Problem", body=bodies[0], channel=None)
    assert all(terms(ticket.filed) == terms(plain) for ticket in read)
    assert all(answer["predictions"] == sent[0]["predictions"] for answer in sent)
    by_file = [MODELS[0].score([ticket.filed])[0][0] for ticket in read]
    assert {(p.value, p.reason) for p in by_file} == {
        (found["value"], found["reason"]) for answer in sent for found in [answer["predictions"]["ticket_type"]]
    }

"""Teams, for programs."""

from dataclasses import replace

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.api.team_desk import bring_desk


@pytest.fixture(params=[False, True])
def counted(app: FastAPI, request: pytest.FixtureRequest) -> None:
    """The desk's work is counted, with single persons and without."""
    app.state.desk = replace(app.state.desk, shows_persons=request.param)
    bring_desk(app.state.desk.engine, individuals=request.param)


@pytest.mark.usefixtures("counted")
def test_expertise_is_told_by_topic_and_team(reader: TestClient) -> None:
    """A router that asks for help needs the share, how sure it is, and of how many."""
    answer = reader.get("/v1/team/expertise?topic=mail").json()

    (topic,) = answer["topics"]
    assert [each["team"] for each in topic["teams"]] == ["Desk", "Network"]
    assert topic["teams"][0]["low"] < topic["teams"][0]["at_once"] < topic["teams"][0]["high"]
    assert (answer["n_topics"], answer["n_hidden"]) == (1, 1)
    assert reader.get("/v1/team/expertise?topic=unknown").json()["topics"] == []


@pytest.mark.usefixtures("counted")
def test_strain_is_told_by_team(reader: TestClient) -> None:
    """With the same words as the page."""
    answer = reader.get("/v1/team/strain?week=2026-06-24").json()

    assert answer["week"] == "2026-06-22"
    assert {each["team"]: each["n_resolvers"] for each in answer["teams"]} == {"Desk": 6, "Network": 5}
    signals = {each["name"]: each for each in answer["teams"][0]["signals"]}
    assert signals["after_hours"]["state"] == "above"
    assert len(signals["after_hours"]["weeks"]) == 13
    assert (answer["n_teams"], answer["n_small"], answer["n_unknown"]) == (2, 1, 0)


@pytest.mark.usefixtures("counted")
def test_a_program_is_told_of_no_person_whatever_is_set(reader: TestClient) -> None:
    """Keys are copied, and what they fetch is kept elsewhere."""
    told = reader.get("/v1/team/expertise").text + reader.get("/v1/team/strain").text

    assert "example.org" not in told
    assert "Vault" not in told


def test_without_anything_counted_the_answers_are_empty(reader: TestClient) -> None:
    """And no error: a dashboard asks from the first day on."""
    assert reader.get("/v1/team/expertise").json()["topics"] == []
    assert reader.get("/v1/team/strain").json() == {
        "week": None,
        "teams": [],
        "n_teams": 0,
        "n_small": 0,
        "n_unknown": 0,
    }


@pytest.mark.parametrize("query", ["week=yesterday", "week=0001-01-01", "most=0", "start=-1", "start=x"])
def test_what_does_not_fit_is_refused(reader: TestClient, query: str) -> None:
    """With a sentence, not a stack."""
    path = "/v1/team/strain" if query.startswith("week") else "/v1/team/expertise"

    assert reader.get(f"{path}?{query}").status_code == 422

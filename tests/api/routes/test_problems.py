"""Problems for programs."""

from collections.abc import Callable

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from data.audit import entries
from data.database import reading
from tests.api.problems import store_problems


@pytest.fixture
def two(app: FastAPI) -> tuple[int, int]:
    """Two stored problems: the tunnel's and the door's."""
    return store_problems(app.state.desk.engine)


def test_problems_are_listed_and_one_is_told_in_full(reader: TestClient, two: tuple[int, int]) -> None:
    """A dashboard shows what costs most."""
    listed = reader.get("/v1/problems", params={"state": "new", "limit": 1}).json()
    shown = reader.get(f"/v1/problems/{two[0]}").json()

    assert len(listed["problems"]) == 1
    assert listed["states"] == {"new": 2, "under_investigation": 0, "known_error": 0, "resolved": 0}
    assert shown["service"] == "VPN"
    assert shown["workdays_lost"] == pytest.approx(shown["hours_lost"] / 8)
    assert [cause["change_id"] for cause in shown["causes"]] == ["C1"]
    assert len(shown["weeks"]) == 52
    assert len(shown["latest"]) == shown["tickets"]
    assert set(shown["examples"]) <= {one["id"] for one in shown["latest"]}


def test_what_is_said_of_a_problem_is_kept_and_on_record(
    app: FastAPI, reader: TestClient, two: tuple[int, int]
) -> None:
    """Whoever asks later learns who it was."""
    said = {"state": "known_error", "owner": "Ines", "name": "The tunnel", "workaround": "Use the old client"}

    answer = reader.patch(f"/v1/problems/{two[0]}", json=said)
    again = reader.patch(f"/v1/problems/{two[0]}", json=said)

    assert answer.status_code == again.status_code == 200
    assert {name: answer.json()[name] for name in said} == said
    with reading(app.state.desk.engine) as connection:
        (entry,) = [each for each in entries(connection) if each.action.startswith("problem.")]
    assert (entry.action, entry.object) == ("problem.changed", f"problem:{two[0]}")
    assert entry.actor.startswith("key:")
    assert "tunnel" not in str(entry.details)


def test_problems_are_merged_and_split_on_record(app: FastAPI, reader: TestClient, two: tuple[int, int]) -> None:
    """A program may do what a page does."""
    before = reader.get(f"/v1/problems/{two[1]}").json()

    merged = reader.post(f"/v1/problems/{two[0]}/merge", json={"problems": [two[1]]}).json()
    ids = [one["id"] for one in before["latest"]]
    new = reader.post(f"/v1/problems/{two[1]}/split", json={"tickets": ids}).json()

    assert merged["id"] == two[0]
    assert merged["tickets"] > before["tickets"]
    assert new["tickets"] == before["tickets"]
    assert new["id"] not in two
    with reading(app.state.desk.engine) as connection:
        actions = [(each.action, each.object) for each in entries(connection) if each.action.startswith("problem.")]
    assert actions == [("problem.split", f"problem:{two[0]}"), ("problem.merged", f"problem:{two[0]}")]


def test_what_does_not_fit_is_refused(reader: TestClient, client: TestClient, two: tuple[int, int]) -> None:
    """With what is wrong, and without a trace in the data."""
    assert reader.patch(f"/v1/problems/{two[0]}", json={"state": "open"}).status_code == 422
    assert reader.patch(f"/v1/problems/{two[0]}", json={"name": " "}).status_code == 422
    assert reader.post(f"/v1/problems/{two[0]}/merge", json={"problems": [two[0]]}).status_code == 422
    assert reader.post(f"/v1/problems/{two[0]}/split", json={"tickets": ["I1"]}).status_code == 422
    assert reader.get("/v1/problems/99999").status_code == 404
    assert client.get("/v1/problems").status_code == 403


def test_a_reader_may_not_change_anything(
    two: tuple[int, int], new_key: Callable[..., str], stranger: TestClient
) -> None:
    """Looking is for everybody of the desk, deciding for leads."""
    headers = {"X-API-Key": new_key("read")}

    assert stranger.get(f"/v1/problems/{two[0]}", headers=headers).status_code == 200
    assert stranger.patch(f"/v1/problems/{two[0]}", headers=headers, json={}).status_code == 403

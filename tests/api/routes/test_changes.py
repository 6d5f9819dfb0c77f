"""Changes, as a pipeline tells of them."""

from fastapi import FastAPI
from starlette.testclient import TestClient

from data.audit import entries
from data.database import reading


def test_a_release_is_told_of_once_however_often_it_is_sent(app: FastAPI, reader: TestClient) -> None:
    """A pipeline repeats what it got no answer to."""
    told = {"title": "Client 5.1", "kind": "release", "service": "VPN", "at": "2026-03-02T18:00:00+01:00"}

    answers = [reader.put("/v1/changes/client/5.1", json=told) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == told | {"id": "client/5.1", "at": "2026-03-02T17:00:00Z"}
    assert reader.get("/v1/changes").json()["changes"] == [answers[0].json()]
    with reading(app.state.desk.engine) as connection:
        assert [(each.action, each.object) for each in entries(connection)] == [("change.told", "change:client/5.1")]


def test_without_a_moment_it_is_in_effect_now(reader: TestClient) -> None:
    """The last step of a pipeline need not know the time."""
    assert reader.put("/v1/changes/C1", json={"title": "x", "at": None}).json()["at"] > "2026-01-01"


def test_changes_are_listed_by_service_and_page_by_page(reader: TestClient) -> None:
    """Thousands of them do not fit into one answer."""
    for day, service in ((1, "VPN"), (2, "Mail"), (3, "VPN")):
        at = f"2026-03-0{day}T00:00:00Z"
        reader.put(f"/v1/changes/C{day}", json={"title": "x", "service": service, "at": at})

    first = reader.get("/v1/changes", params={"limit": 1}).json()["changes"]
    rest = reader.get("/v1/changes", params={"before": first[0]["at"]}).json()["changes"]

    assert [one["id"] for one in first + rest] == ["C3", "C2", "C1"]
    assert [one["id"] for one in reader.get("/v1/changes?service=VPN").json()["changes"]] == ["C3", "C1"]


def test_what_does_not_fit_is_refused(reader: TestClient, client: TestClient) -> None:
    """A moment without an offset is nobody's moment."""
    assert reader.put("/v1/changes/C1", json={"title": "x", "at": "2026-03-02 18:00"}).status_code == 422
    assert reader.put("/v1/changes/C1", json={"title": " "}).status_code == 422
    assert reader.put("/v1/changes/C1", json={"title": "x", "kind": "surprise"}).status_code == 422
    assert client.put("/v1/changes/C1", json={"title": "x"}).status_code == 403

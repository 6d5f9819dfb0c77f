"""Customers of whom something holds, page by page."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

import api.customers
from tests.api.routes.conftest import listed
from triage.customers.playbook import NAMES


def all_pages(reader: TestClient, **params: Any) -> list[Any]:  # noqa: ANN401  (any JSON)
    """A list, page by page."""
    pages = [reader.get("/v1/customers", params=params).json()]
    while pages[-1]["next"]:
        assert len(pages) < 30, "it should have ended long ago"
        pages.append(reader.get("/v1/customers", params=params | {"after": pages[-1]["next"]}).json())
    return pages


@pytest.fixture
def many(calls: Callable[..., None]) -> None:
    """Five frequent flyers, who call the more the higher their number, and twenty others."""
    for n in range(5):
        calls(f"often{n}", *(1 + i / 10 for i in range(5 + n)))
    for n in range(20):
        calls(f"once{n}", 100, 120)


@pytest.mark.usefixtures("many")
def test_a_segment_is_listed_with_most_contacts_first(reader: TestClient) -> None:
    """Where help saves most calls."""
    page = reader.get("/v1/customers", params={"segment": "frequent_flyer"}).json()

    assert listed(page) == ["often4", "often3", "often2", "often1", "often0"]
    assert page["next"] is None
    assert page["customers"][0]["segments"][0]["name"] == "frequent_flyer"
    assert page["customers"][0]["suggestion"] is not None


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("limit", [1, 2, 4, 5])
def test_pages_together_are_the_list(reader: TestClient, limit: int) -> None:
    """Also with somebody calling meanwhile: every page is as of the first one's moment."""
    pages = all_pages(reader, segment="frequent_flyer", limit=limit)

    assert [id_ for page in pages for id_ in listed(page)] == ["often4", "often3", "often2", "often1", "often0"]
    assert all(len(listed(page)) <= limit for page in pages)
    assert len({page["as_of"] for page in pages}) == 1


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize(("bound", "most"), [("MOST_LOOKED_AT", 3), ("MOST_READ", 6)])
def test_a_page_looks_at_so_many_customers_and_no_more(
    reader: TestClient, monkeypatch: pytest.MonkeyPatch, bound: str, most: int
) -> None:
    """On a desk of 100,000 tickets the one who is looked for may be the last; the others must not wait for that."""
    monkeypatch.setattr(api.customers, bound, most)

    pages = all_pages(reader, segment="quiet")

    assert listed(pages[0]) == []
    assert len(pages) > 4
    assert [id_ for page in pages for id_ in listed(page)] == sorted(f"once{n}" for n in range(20))


@pytest.mark.usefixtures("many")
def test_a_kind_can_be_listed_too(reader: TestClient, calls: Callable[..., None]) -> None:
    """The five whom one root cause would help are worth a list of their own."""
    calls("stuck", 1, 2, 3, 4, attributes={"service": "VPN"})

    assert listed(reader.get("/v1/customers", params={"segment": "one_unsolved_problem"}).json()) == ["stuck"]


def test_who_has_not_called_for_a_year_is_in_no_list(reader: TestClient, calls: Callable[..., None]) -> None:
    """A profile fades."""
    calls("once", 366)

    assert listed(reader.get("/v1/customers", params={"segment": "quiet"}).json()) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_segment_and_kind_can_be_asked_for(reader: TestClient, name: str) -> None:
    """A young desk has none of most."""
    assert reader.get("/v1/customers", params={"segment": name}).status_code == 200


@pytest.mark.parametrize(
    ("params", "pointer"),
    [
        ({}, "?segment"),
        ({"segment": "grumpy"}, "?segment"),
        ({"segment": "quiet", "limit": 0}, "?limit"),
        ({"segment": "quiet", "limit": 101}, "?limit"),
    ],
)
def test_a_parameter_that_does_not_fit_is_pointed_at(reader: TestClient, params: dict[str, Any], pointer: str) -> None:
    """With what there is."""
    answer = reader.get("/v1/customers", params=params)

    assert answer.status_code == 422
    assert [part["pointer"] for part in answer.json()["errors"]] == [pointer]


def cursor(value: object) -> str:
    """A text as `next` has it."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize(
    "after",
    [
        "",
        "x",
        "é",
        "====",
        cursor(None),
        cursor([]),
        cursor(["2026-11-21T09:00:00+00:00", None]),
        cursor(["2026-11-21T09:00:00", ["u1", 3]]),
        cursor(["2026-11-21T09:00:00+00:00", ["u1", "many"]]),
        cursor(["2026-11-21T09:00:00+00:00", ["u1", float("inf")]]),
        cursor(["yesterday", ["u1", 3]]),
        cursor({"as_of": 1}),
        cursor(["0001-01-01T00:00:00+00:00", ["u1", 3]]),
        cursor(["2026-11-21T09:00:00+00:00", ["u1", 10**30]]),
        cursor(["2026-11-21T09:00:00+00:00", ["u1", 0]]),
        cursor(["2026-11-21T09:00:00+00:00", ["u\x001", 3]]),
        cursor(["2026-11-21T09:00:00+00:00", ["u\ud83d", 3]]),
        base64.urlsafe_b64encode(b"[" * 1_400).decode(),
    ],
)
def test_a_next_page_that_nobody_gave_is_refused(reader: TestClient, after: str) -> None:
    """It goes into a question to the database."""
    answer = reader.get("/v1/customers", params={"segment": "quiet", "after": after})

    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("This `after` is none that an answer gave")

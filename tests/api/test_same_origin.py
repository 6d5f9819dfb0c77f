"""Changing something with a session: from our own pages only."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from data.users import User


def changed(client: TestClient, headers: dict[str, str]) -> Any:  # noqa: ANN401  (any answer)
    """The answer to a request that needs more than the session: an agreed plan."""
    return client.put("/v1/customers/u42/plan", json={}, headers=headers)


@pytest.fixture
def person(new_person: Callable[..., User], new_session: Callable[[User], str]) -> dict[str, str]:
    """What the browser of somebody who has signed in sends along, whoever caused the request."""
    return {"Cookie": f"__Host-triage={new_session(new_person('lead'))}"}


@pytest.fixture
def old(app: FastAPI) -> TestClient:
    """A browser that does not say who caused a request; the host is asked for by https."""
    return TestClient(app, "https://desk.example.org")


@pytest.mark.parametrize(
    ("headers", "is_ours"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": ""}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://desk.example.org"}, False),
        ({"Origin": "https://desk.example.org"}, True),
        ({"Origin": "https://desk.example.org:443"}, True),
        ({"Origin": "https://DESK.example.org"}, True),
        ({"Origin": "http://desk.example.org"}, False),
        ({"Origin": "https://desk.example.org:8443"}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "https://desk.example.org.evil.example"}, False),
        ({"Origin": "https://desk.example.org@evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": ""}, False),
        ({"Origin": "https://["}, False),
        ({"Referer": "https://desk.example.org/"}, False),
        ({}, False),
    ],
)
def test_what_another_site_causes_is_refused(
    old: TestClient, person: dict[str, str], headers: dict[str, str], is_ours: bool
) -> None:
    """Old Safari sends `Origin` alone, and nobody sends nothing (payloadcms/payload#17897, hermes-workspace#68)."""
    answer = changed(old, person | headers)

    assert answer.status_code == (422 if is_ours else 403)
    if not is_ours:
        assert answer.json()["type"] == "urn:triage:problem:not-allowed"


@pytest.mark.parametrize(
    ("origin", "is_ours"), [("https://desk.example.org", True), ("http://desk.example.org", True), ("http://x", False)]
)
def test_a_proxy_that_ends_tls_need_not_say_so(
    app: FastAPI, person: dict[str, str], origin: str, is_ours: bool
) -> None:
    """It has to pass on the host; then the origin is ours, by whatever scheme it came here."""
    behind = TestClient(app, "http://desk.example.org")

    assert changed(behind, person | {"Origin": origin}).status_code == (422 if is_ours else 403)


def test_a_key_is_exempt(old: TestClient, new_key: Callable[..., str]) -> None:
    """No browser sends one by itself."""
    answer = changed(old, {"X-API-Key": new_key("review"), "Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 422


def test_a_key_that_is_wrong_is_not_made_good_by_a_session(old: TestClient, person: dict[str, str]) -> None:
    """Else a page elsewhere that may send headers needs no key."""
    answer = changed(old, person | {"X-API-Key": "triage_0_x"})

    assert answer.status_code == 401


def test_looking_needs_no_proof(old: TestClient, person: dict[str, str]) -> None:
    """A link in a mail leads to a page."""
    assert old.get("/v1/session", headers=person | {"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_a_method_that_nobody_has_heard_of_changes_nothing(old: TestClient, person: dict[str, str]) -> None:
    """Only those are let pass without proof that no route answers by changing something."""
    assert old.request("PURGE", "/v1/session", headers=person).status_code == 403


def test_the_plain_cookie_counts_on_this_machine_only(
    app: FastAPI, new_person: Callable[..., User], new_session: Callable[[User], str]
) -> None:
    """A neighbouring host name can plant it, and somebody would work as somebody else."""
    shown = {"Cookie": f"triage={new_session(new_person('lead'))}"}

    answers = {
        address: TestClient(app, address).get("/v1/session", headers=shown).status_code
        for address in (
            "http://127.0.0.1",
            "http://localhost:8000",
            "http://desk.example.org",
            "https://desk.example.org",
            "https://localhost",
            "http://localhost.evil.example",
        )
    }

    assert list(answers.values()) == [200, 200, 401, 401, 401, 401]


def test_of_two_cookies_the_first_counts(
    app: FastAPI, new_person: Callable[..., User], new_session: Callable[[User], str]
) -> None:
    """As browsers send them; and one that is no cookie does no harm."""
    shown = {"Cookie": f"; =; a; __Host-triage={new_session(new_person('lead'))}; __Host-triage=x"}

    assert TestClient(app, "https://desk.example.org").get("/v1/session", headers=shown).status_code == 200

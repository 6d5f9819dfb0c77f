"""What every answer tells a browser."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.response_headers import POLICY

ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "content-security-policy": POLICY,
    "cache-control": "no-store",
}


def shown(answer: Any) -> dict[str, str]:  # noqa: ANN401  (any answer)
    """Those headers of it."""
    return {name: answer.headers.get(name) for name in ALWAYS}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/healthz", 200),
        ("GET", "/sign-in", 200),
        ("POST", "/sign-in", 403),
        ("GET", "/v1/session", 303),
        ("POST", "/v1/hooks/x", 404),
        ("GET", "/static/none", 404),
    ],
)
def test_every_answer_has_them(browser: TestClient, method: str, path: str, status: int) -> None:
    """Errors and redirects too."""
    answer = browser.request(method, path)

    assert answer.status_code == status
    assert shown(answer) == ALWAYS


def test_the_policy_is_as_strict_as_it_was() -> None:
    """Every word that is added to it lets something in, so it stands here a second time."""
    assert POLICY == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def test_an_answer_with_a_score_has_them(client: TestClient) -> None:
    """On the short way as well."""
    answer = client.post("/v1/score", json={"subject": "VPN"})

    assert answer.status_code == 200
    assert shown(answer) == ALWAYS


def test_an_unexpected_error_has_them(client: TestClient, model: Any) -> None:  # noqa: ANN401  (the fake)
    """It is answered outside of everything else."""
    model.fault = RuntimeError("x")

    answer = client.post("/v1/score", json={"subject": "VPN"})

    assert answer.status_code == 500
    assert shown(answer) == ALWAYS


def test_https_is_asked_for_where_it_is_there(app: FastAPI) -> None:
    """By plain http, a browser would not believe it, and on this machine it would lock people out of other ports."""
    by_https = TestClient(app, "https://desk.example.org").get("/healthz")
    by_http = TestClient(app, "http://desk.example.org").get("/healthz")

    assert by_https.headers["strict-transport-security"] == "max-age=31536000"
    assert "strict-transport-security" not in by_http.headers


def test_no_page_has_a_script_or_a_style_in_it(browser: TestClient, signed_in: Callable[[str], TestClient]) -> None:
    """The policy would not run it, and the page would be broken."""
    pages = [browser.get("/sign-in").text, signed_in("admin").get("/").text]

    for page in pages:
        assert "<!doctype html>" in page
        assert not [word for word in ("<script>", "<style", "style=", "onclick", "javascript:") if word in page]

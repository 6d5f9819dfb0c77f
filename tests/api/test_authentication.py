"""Where somebody is sent who is not known, and what is known of somebody who is."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from starlette.testclient import TestClient

from api.credentials import Credentials, KeyRing, SessionRing
from data import keys, sessions, tables, users
from data.database import reading, writing
from data.users import User


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("/", "/sign-in"),
        ("/v1/customers/u%2042?a=b&c=%20", "/sign-in?next=/v1/customers/u%252042%3Fa%3Db%26c%3D%2520"),
        ("/nope", "/sign-in?next=/nope"),
        ("//evil.example", "/sign-in?next=//evil.example"),
    ],
)
def test_a_browser_is_sent_to_sign_in(browser: TestClient, path: str, where: str) -> None:
    """A person can do nothing with a problem in JSON."""
    answer = browser.get(f"https://testserver{path}")

    assert (answer.status_code, answer.headers["location"]) == (303, where)


def test_a_form_without_a_session_leads_to_the_sign_in_page(browser: TestClient) -> None:
    """What was sent cannot be sent again, so no page is named to come back to."""
    answer = browser.post("/v1/score", data={"a": "b"})

    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")


def test_below_a_prefix_a_browser_stays_there(app: FastAPI) -> None:
    """Reverse proxies like to put things under /triage."""
    with TestClient(app, root_path="/triage", follow_redirects=False) as proxied:
        answer = proxied.get("/v1/session", headers={"Accept": "text/html"})

    assert answer.headers["location"] == "/triage/sign-in?next=/v1/session"


def test_a_program_with_a_wrong_key_is_not_sent_anywhere(browser: TestClient) -> None:
    """It would take the page for an answer."""
    assert browser.get("/v1/session", headers={"X-API-Key": "x"}).status_code == 401


def test_the_documentation_asks_for_a_key_as_long_as_nobody_can_sign_in(
    browser: TestClient, new_person: Callable[..., User]
) -> None:
    """The demonstration has a key and no people."""
    before = browser.get("/docs")
    new_person("admin")
    after = browser.get("/docs")

    assert (before.status_code, before.headers["www-authenticate"]) == (401, 'Basic realm="triage"')
    assert (after.status_code, after.headers["location"]) == (303, "/sign-in?next=/docs")


def test_somebody_who_has_signed_in_may_read_the_documentation(signed_in: Callable[[str], TestClient]) -> None:
    """Without looking for a key."""
    browser = signed_in("agent")

    assert [browser.get(path).status_code for path in ("/docs", "/docs/swagger-ui.css", "/openapi.json")] == [200] * 3


def test_a_person_is_told_who_they_are(signed_in: Callable[[str], TestClient]) -> None:
    """A page shows it, and hides what they may not do."""
    answer = signed_in("lead").get("/v1/session").json()

    assert answer | {"id": ""} == {
        "kind": "user", "id": "", "name": "lead@example.org", "role": "lead", "scopes": ["read", "review"],
    }  # fmt: skip


def test_a_key_is_told_what_it_is(client: TestClient) -> None:
    """A program that checks its key at the start fails early."""
    answer = client.get("/v1/session").json()

    assert (answer["kind"], answer["name"], answer["role"], answer["scopes"]) == ("key", "helpdesk", None, ["score"])


def test_another_role_holds_within_seconds(
    app: FastAPI, signed_in: Callable[[str], TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is no admin any more should not go on being one until tomorrow."""
    browser = signed_in("admin")
    browser.get("/v1/session")
    with writing(app.state.desk.engine) as connection:
        users.set_role(connection, "admin@example.org", "agent", may_be_last=True)
    monkeypatch.setattr(Credentials, "fresh_for_seconds", 0.0)

    assert browser.get("/v1/session").json()["scopes"] == ["read"]


def test_a_key_that_is_used_is_noted_and_one_that_has_expired_is_denied(app: FastAPI, stranger: TestClient) -> None:
    """Keys that nobody uses are revoked one day."""
    now = datetime.now(UTC)
    with writing(app.state.desk.engine) as connection:
        _, plaintext = keys.create(connection, "helpdesk", ["read"], now, now + timedelta(hours=1))

    before = stranger.get("/v1/session", headers={"X-API-Key": plaintext})
    with writing(app.state.desk.engine) as connection:
        used = connection.scalar(select(tables.api_keys.c.last_used_at))
        connection.execute(tables.api_keys.update().values(expires_at=now))
    app.state.fresh = KeyRing(app.state.desk.engine)

    assert before.status_code == 200
    assert used is not None
    assert used >= now
    assert app.state.fresh.look_up(plaintext) is None


def test_a_session_that_ends_while_it_is_looked_up_is_not_remembered(
    app: FastAPI, new_person: Callable[..., User], new_session: Callable[[User], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Signing out holds at once, whatever else is under way."""
    ring, token = SessionRing(app.state.desk.engine), new_session(new_person("lead"))
    find = sessions.find

    def find_and_sign_out(*given: object) -> User | None:
        found = find(*given)
        ring.forget(token)
        return found

    monkeypatch.setattr(sessions, "find", find_and_sign_out)

    assert ring.look_up(token) is not None
    assert ring.remembered(token) is None


def test_sessions_that_nobody_shows_are_dropped(
    app: FastAPI, new_person: Callable[..., User], new_session: Callable[[User], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process runs for months."""
    monkeypatch.setattr("api.credentials._MOST_REMEMBERED", 2)
    monkeypatch.setattr(Credentials, "fresh_for_seconds", 0.0)
    ring, person = SessionRing(app.state.desk.engine), new_person("lead")

    for _ in range(5):
        ring.look_up(new_session(person))

    assert len(ring._known) <= 3


def test_a_database_that_is_down_is_a_503_for_sessions_too(app: FastAPI, browser: TestClient) -> None:
    """Without saying where it is, and without sending people to sign in again."""
    with writing(app.state.desk.engine) as connection:
        connection.exec_driver_sql("DROP TABLE sessions")

    answer = browser.get("/v1/session", headers={"Cookie": "__Host-triage=x"})

    assert answer.status_code == 503
    assert answer.json()["detail"] == "The database cannot be used at the moment; the log says why."


def test_what_was_changed_by_hand_in_the_database_counts(
    app: FastAPI, browser: TestClient, new_person: Callable[..., User], new_session: Callable[[User], str]
) -> None:
    """The cookie's value is not in it, so nobody who reads the table can be somebody."""
    token = new_session(new_person("lead"))

    with reading(app.state.desk.engine) as connection:
        stored = connection.scalar(select(tables.sessions.c.token_sha256)) or ""

    assert stored not in ("", token)
    assert browser.get("/v1/session", headers={"Cookie": f"__Host-triage={stored}", "Accept": ""}).status_code == 401

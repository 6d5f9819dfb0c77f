"""Every path denies by default: without a key, with a wrong one, with one that may do other things."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from sqlalchemy import event, update
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from api.credentials import KeyRing
from api.security import PUBLIC, SIGNED, STATIC, Requires
from data import keys, sessions, tables, users
from data.database import writing
from data.keys import SCOPES
from data.users import ROLES, User, scopes_of

MAY = {
    "DELETE /v1/tickets/{id:path}/links/{kind}/{other:path}": "review",
    "GET /": "admin read review score",
    "GET /customers": "read",
    "GET /customers/{id:path}": "read",
    "GET /customers/{id:path}/held": "read",
    "GET /docs": "admin read review score",
    "GET /docs/{name}": "admin read review score",
    "GET /knowledge": "read",
    "GET /knowledge/unshared.csv": "read",
    "GET /measures": "read",
    "GET /measures/table": "read",
    "GET /metrics": "read",
    "GET /models": "read",
    "GET /models/automation/{name}": "review",
    "GET /models/change/promote": "admin",
    "GET /models/change/rollback": "admin",
    "GET /models/learned": "read",
    "GET /models/{version}": "read",
    "GET /models/{version}/dial": "review",
    "GET /models/{version}/replay": "review",
    "GET /openapi.json": "admin read review score",
    "GET /problems": "read",
    "GET /problems/development": "read",
    "GET /problems/development.csv": "read",
    "GET /problems/{id}": "read",
    "GET /quality": "read",
    "GET /quality/drift": "read",
    "GET /queue/cards/{id:path}": "review",
    "GET /queue/labels": "review",
    "GET /surges": "read",
    "GET /team": "read",
    "GET /tickets": "read",
    "GET /tickets/{id:path}": "read",
    "GET /v1/changes": "read",
    "GET /v1/customers": "read",
    "GET /v1/customers/{id:path}": "read",
    "GET /v1/knowledge/articles": "read",
    "GET /v1/knowledge/gaps": "read",
    "GET /v1/measures": "read",
    "GET /v1/models": "admin read",
    "GET /v1/problems": "read",
    "GET /v1/problems/{id}": "read",
    "GET /v1/quality": "read",
    "GET /v1/quality/drift": "read",
    "GET /v1/queue": "review",
    "GET /v1/reviews": "read review",
    "GET /v1/session": "admin read review score",
    "GET /v1/surges": "read",
    "GET /v1/team/expertise": "read",
    "GET /v1/team/strain": "read",
    "GET /v1/tickets/{id:path}": "read",
    "GET /v1/tickets/{id:path}/context": "read",
    "GET /v1/tickets/{id:path}/links": "read",
    "GET /workload": "read",
    "PATCH /v1/surges/{surge_id}": "review",
    "POST /customers/{id:path}/plan": "review",
    "POST /customers/{id:path}/vip": "review",
    "POST /models/automation/{name}": "admin",
    "POST /models/change/promote": "admin",
    "POST /models/change/rollback": "admin",
    "POST /models/{version}/dial": "admin",
    "POST /problems/{id}": "review",
    "POST /problems/{id}/merge": "review",
    "POST /problems/{id}/split": "review",
    "POST /queue/decide": "review",
    "POST /queue/like": "review",
    "POST /queue/more": "review",
    "POST /queue/release": "review",
    "POST /queue/renew": "review",
    "POST /queue/undo": "review",
    "POST /sign-out": "admin read review score",
    "POST /surges/{surge_id}": "review",
    "POST /tickets/links": "review",
    "POST /v1/context": "score",
    "POST /v1/models/rollback": "admin",
    "POST /v1/models/{ref}/promote": "admin",
    "POST /v1/problems/{id}/merge": "review",
    "POST /v1/problems/{id}/split": "review",
    "POST /v1/queue/claim": "review",
    "POST /v1/queue/release": "review",
    "POST /v1/reviews": "review",
    "POST /v1/reviews/batch": "review",
    "POST /v1/reviews/{id}/undo": "review",
    "POST /v1/score": "score",
    "POST /v1/score/batch": "score",
    "PATCH /v1/problems/{id}": "review",
    "PUT /v1/changes/{id:path}": "review",
    "PUT /v1/customers/{id:path}/plan": "review",
    "PUT /v1/tickets/{id:path}/links/{kind}/{other:path}": "review",
    "PUT /v1/tickets/{id:path}/outcome": "review score",
}
"""Every route that is not public, and the scopes of which one is needed."""


def routes(app: FastAPI) -> list[Any]:
    """Every route of the application, wherever it was included from."""
    return list(iter_route_contexts(app.routes))


def required(route: Any) -> Requires | None:  # noqa: ANN401  (FastAPI's own view of a route)
    """The scopes that a route declares."""
    found = [d.call for d in route.dependant.dependencies if isinstance(d.call, Requires)]
    return found[0] if found else None


def test_every_route_is_public_or_declares_its_scopes(app: FastAPI) -> None:
    """A route that was added in a hurry must not be open to every key."""
    undeclared = {route.path for route in routes(app) if route.path not in PUBLIC and required(route) is None}

    # a signature stands in the place of a key, and a stylesheet tells nobody anything
    assert undeclared == {f"{SIGNED}{{source}}", f"{STATIC}{{name:path}}"}


def test_every_route_is_one_whose_scopes_can_be_seen(app: FastAPI) -> None:
    """A mounted application would walk past the test above."""
    assert all(isinstance(route.original_route, APIRoute) for route in routes(app))


def test_every_route_denies_without_a_key(app: FastAPI, stranger: TestClient) -> None:
    """The list of what answers strangers is short and written down."""
    answered = [
        (method, route.path)
        for route in routes(app)
        for method in route.methods
        if stranger.request(method, route.path).status_code != 401
    ]

    elsewhere = {"/sign-in/oidc", "/sign-in/oidc/callback"}  # there only where a provider is set
    assert {path for _, path in answered} == PUBLIC - elsewhere | {f"{SIGNED}{{source}}", f"{STATIC}{{name:path}}"}


def test_below_the_address_of_webhooks_there_is_nothing_else(stranger: TestClient) -> None:
    """Whoever adds a route there gives it to everybody."""
    assert stranger.get(f"{SIGNED}desk").status_code == 405
    assert stranger.post(f"{SIGNED}desk/more").status_code == 404
    assert stranger.post(f"{SIGNED}desk").status_code == 404  # which is not connected


def test_every_route_denies_a_key_without_its_scope(
    app: FastAPI, stranger: TestClient, new_key: Callable[..., str]
) -> None:
    """A key for reading must not be able to score, and the other way round."""
    allowed = []
    for route in routes(app):
        scopes = required(route)
        other = [scope for scope in SCOPES if scopes is not None and scope not in scopes.scopes]
        if not other:
            continue  # public, or for any valid key
        headers = {"X-API-Key": new_key(*other)}
        for method in route.methods:
            answer = stranger.request(method, route.path, headers=headers, json={})
            if answer.status_code != 403:
                allowed.append((method, route.path, answer.status_code))

    assert allowed == []


@pytest.mark.parametrize(("kind", "name"), [*(("key", scope) for scope in SCOPES), *(("user", role) for role in ROLES)])
def test_every_route_lets_in_whom_the_table_says(
    app: FastAPI,
    browser: TestClient,
    new_key: Callable[..., str],
    new_person: Callable[..., User],
    new_session: Callable[[User], str],
    kind: str,
    name: str,
) -> None:
    """The table is read by people who decide who gets which role; nothing but it may hold."""
    if kind == "key":
        may, key = {name}, new_key(name)
    else:
        may, person = set(scopes_of(name)), new_person(name)
    told, wrong = {}, []
    for route in routes(app):
        scopes = required(route)
        if scopes is None:
            continue  # public, see above
        for method in route.methods - {"HEAD"}:
            told[f"{method} {route.path}"] = " ".join(sorted(scopes.scopes))
            # each with a session of its own, as one of them ends it
            shown = {"X-API-Key": key} if kind == "key" else {"Cookie": f"__Host-triage={new_session(person)}"}
            answer = browser.request(method, route.path, headers=shown | {"Accept": "*/*"}, json={})
            expected = bool(may & set(MAY.get(f"{method} {route.path}", "nobody").split()))
            if (answer.status_code not in (401, 403)) is not expected:
                wrong.append((method, route.path, answer.status_code))

    assert told == MAY
    assert wrong == []


@pytest.mark.parametrize("gone", ["removed", "expired", "signed out", "never there"])
def test_every_route_denies_a_session_that_has_ended(
    app: FastAPI, browser: TestClient, new_person: Callable[..., User], new_session: Callable[[User], str], gone: str
) -> None:
    """Whoever has left may still have the cookie."""
    new_person("admin", "other@example.org")
    person = new_person("admin")
    token, now = new_session(person), datetime.now(UTC)
    with writing(app.state.desk.engine) as connection:
        if gone == "removed":
            users.remove(connection, person.email, now)
        elif gone == "expired":
            connection.execute(update(tables.sessions).values(expires_at=now))
        elif gone == "signed out":
            sessions.close(connection, token)
        else:
            token = "x" * 43
    headers = {"Cookie": f"__Host-triage={token}", "Accept": "application/json"}

    answered = {
        browser.request(method, route.path, headers=headers, json={}).status_code
        for route in routes(app)
        if required(route) is not None
        for method in route.methods
    }

    assert answered == {401}


def test_the_refusal_names_the_scope_that_is_missing(stranger: TestClient, new_key: Callable[..., str]) -> None:
    """Whoever gets it can ask for the right key."""
    answer = stranger.post("/v1/score", json={}, headers={"X-API-Key": new_key("read")})

    assert answer.json()["detail"] == "'helpdesk' has the scopes read; this needs score."


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/nope",
        "/v1",
        "/v1/score/",
        "/healthz/",
        "/readyz/../v1/score",
        "//healthz",
        "/sign-in/",
        "/static",
        "//static/triage.css",
    ],
)
def test_an_unknown_path_is_denied_like_a_known_one(stranger: TestClient, path: str) -> None:
    """Nobody learns by asking which paths there are."""
    answer = stranger.get(path)

    assert answer.status_code == 401
    assert answer.json()["type"] == "urn:triage:problem:no-key"


@pytest.mark.parametrize(
    "headers",
    [
        lambda key: {"Authorization": f"Bearer {key}"},
        lambda key: {"Authorization": f"bearer  {key}"},
        lambda key: {"X-API-Key": key},
    ],
)
def test_a_key_is_taken_from_either_header(
    stranger: TestClient, new_key: Callable[..., str], headers: Callable[[str], dict[str, str]]
) -> None:
    """Some webhooks cannot set `Authorization`."""
    answer = stranger.post("/v1/score", json={}, headers=headers(new_key("score")))

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer nonsense"},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic eDp5"},
        {"Authorization": "Digest x"},
        {"X-API-Key": ""},
        {"X-API-Key": "triage_000000000000_x"},
        {"X-API-Key": b"triage_\xff_x"},
    ],
)
def test_anything_else_is_denied_with_the_way_to_do_it(stranger: TestClient, headers: dict[str, str | bytes]) -> None:
    """The first thing an integration gets wrong is the header."""
    answer = stranger.post("/v1/score", json={}, headers=headers)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="triage"'


def test_a_revoked_key_is_denied_within_seconds(
    app: FastAPI, stranger: TestClient, new_key: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Revoking is what one does when a key has leaked."""
    plaintext = new_key("score")
    before = stranger.post("/v1/score", json={}, headers={"X-API-Key": plaintext})
    with writing(app.state.desk.engine) as connection:
        keys.revoke(connection, plaintext.split("_")[1], datetime.now(UTC))
    remembered = stranger.post("/v1/score", json={}, headers={"X-API-Key": plaintext})
    monkeypatch.setattr(KeyRing, "fresh_for_seconds", 0.0)

    after = stranger.post("/v1/score", json={}, headers={"X-API-Key": plaintext})

    assert (before.status_code, remembered.status_code, after.status_code) == (200, 200, 401)
    assert KeyRing(app.state.desk.engine).fresh_for_seconds <= 5


def test_a_key_is_not_looked_up_for_every_request(app: FastAPI, new_key: Callable[..., str]) -> None:
    """It would cost as much as the answer."""
    key_ring, plaintext = KeyRing(app.state.desk.engine), new_key("score")
    statements: list[str] = []

    @event.listens_for(app.state.desk.engine, "before_cursor_execute")
    def count(*args: Any) -> None:  # noqa: ANN401
        statements.append(args[2])

    key_ring.look_up(plaintext)
    asked = len(statements)

    assert key_ring.remembered(plaintext) is not None
    assert key_ring.remembered("other") is None
    assert len(statements) == asked


def test_strangers_cannot_fill_the_memory(app: FastAPI) -> None:
    """Every guess is different, so remembering wrong keys would help nobody but them."""
    key_ring = KeyRing(app.state.desk.engine)

    for n in range(10):
        key_ring.look_up(f"triage_{n}_x")

    assert key_ring._known == {}


def test_a_browser_may_show_the_documentation(stranger: TestClient, new_key: Callable[..., str]) -> None:
    """A person has no way to set headers; browsers ask for a password by themselves when told to."""
    denied = stranger.get("/docs")
    credentials = base64.b64encode(f"me:{new_key('read')}".encode()).decode()

    pages = [
        stranger.get(path, headers={"Authorization": f"Basic {credentials}"})
        for path in ("/docs", "/docs/swagger-ui.css", "/openapi.json")
    ]

    assert denied.headers["www-authenticate"] == 'Basic realm="triage"'
    assert [page.status_code for page in pages] == [200, 200, 200]


def test_a_password_opens_the_documentation_only(stranger: TestClient, new_key: Callable[..., str]) -> None:
    """A browser sends it along with every form that another site makes it send."""
    credentials = base64.b64encode(f"me:{new_key('score')}".encode()).decode()

    answer = stranger.post("/v1/score", json={}, headers={"Authorization": f"Basic {credentials}"})

    assert answer.status_code == 401


@pytest.mark.parametrize("credentials", ["", "???", base64.b64encode(b"\xff\xfe").decode(), "bm8tY29sb24="])
def test_a_broken_password_is_denied(stranger: TestClient, credentials: str) -> None:
    """And is no error in the log."""
    answer = stranger.get("/docs", headers={"Authorization": f"Basic {credentials}"})

    assert answer.status_code == 401


def test_a_web_socket_is_closed(stranger: TestClient) -> None:
    """Nothing here speaks over one, and none may slip past the keys."""
    with pytest.raises(WebSocketDisconnect) as closed, stranger.websocket_connect("/v1/score"):
        pass

    assert closed.value.code == 1008


def test_a_database_that_is_down_denies_without_saying_where_it_is(
    app: FastAPI, stranger: TestClient, new_key: Callable[..., str]
) -> None:
    """Anybody can get this answer, with any key at all."""
    plaintext = new_key("score")
    with writing(app.state.desk.engine) as connection:
        connection.exec_driver_sql("DROP TABLE idempotency")
        connection.exec_driver_sql("DROP TABLE api_keys")

    answer = stranger.post("/v1/score", json={}, headers={"X-API-Key": plaintext})

    assert answer.status_code == 503
    assert answer.json()["type"] == "urn:triage:problem:store-unusable"
    assert answer.json()["detail"] == "The database cannot be used at the moment; the log says why."

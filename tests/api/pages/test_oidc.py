"""Signing in with the organisation's account, at a provider that is not always what it should be."""

import base64
import hashlib
import importlib.util
import json
import re
import shutil
import time
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from pydantic import SecretStr
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from api import oidc
from api.app import build_app
from api.oidc import Provider, open_provider
from data import tables, users
from data.database import reading, writing
from data.users import User
from triage.errors import InvalidInput
from triage.settings import Settings

ISSUER, CLIENT, SECRET = "https://id.example.org/realm", "triage", "a secret of the client"
KEY = RSAKey.generate_key(2048, parameters={"kid": "one", "use": "sig", "alg": "RS256"})
FAILED = "Signing in with your organisation did not work; try again, or ask an administrator to look into the log."


class FakeProvider:
    """An identity provider that speaks the protocol, and lies where a test tells it to."""

    def __init__(self) -> None:
        self.issuer = ISSUER
        self.algorithms = ["RS256"]
        self.claims: dict[str, Any] = {"sub": "4711", "email": "Lead@Example.org", "email_verified": True}
        self.key: Any = KEY
        self.algorithm = "RS256"
        self.is_signed = True
        self.has_id_token = True
        self.is_down = False
        self.asked: dict[str, str] = {}
        self.n_described = 0
        self.app = Starlette(
            routes=[
                Route("/realm/.well-known/openid-configuration", self.describe),
                Route("/realm/keys", self.keys),
                Route("/realm/token", self.token, methods=["POST"]),
            ]
        )

    async def describe(self, _request: Request) -> JSONResponse:
        """What it says of itself."""
        self.n_described += 1
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{ISSUER}/authorise",
                "token_endpoint": f"{ISSUER}/token",
                "jwks_uri": f"{ISSUER}/keys",
                "id_token_signing_alg_values_supported": self.algorithms,
            },
            status_code=503 if self.is_down else 200,
        )

    async def keys(self, _request: Request) -> JSONResponse:
        """By which its signatures are verified."""
        return JSONResponse({"keys": [KEY.as_dict(private=False)]})

    async def token(self, request: Request) -> JSONResponse:
        """Who it is, for whoever proves to have asked."""
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        given = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode().rstrip("=")
        credentials = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if given != self.asked["code_challenge"] or form["code"] != "a code":
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        if request.headers.get("authorization") != f"Basic {credentials}":
            return JSONResponse({"error": "invalid_client"}, status_code=401)
        answer = {"access_token": "a token", "token_type": "Bearer"}
        return JSONResponse(answer | ({"id_token": self._id_token()} if self.has_id_token else {}))

    def _id_token(self) -> str:
        now = int(time.time())
        usual = {"iss": ISSUER, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": self.asked["nonce"]}
        claims = {name: value for name, value in (usual | self.claims).items() if value is not None}
        if self.is_signed:
            return jwt.encode({"alg": self.algorithm, "kid": "one"}, claims, self.key)
        parts = ({"alg": "none"}, claims)
        return ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts) + "."


@pytest.fixture
def provider() -> FakeProvider:
    """The organisation's provider."""
    return FakeProvider()


@pytest.fixture
def role_claim() -> str | None:
    """The claim that decides roles, if one does."""
    return None


@pytest.fixture
def app(
    settings: Settings,
    model: Any,  # noqa: ANN401  (the fake)
    tables: Path,
    provider: FakeProvider,
    role_claim: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> FastAPI:
    """The application of an organisation that has a provider."""
    shutil.copy(tables, settings.home / "triage.db")
    opened = Provider(ISSUER, CLIENT, SecretStr(SECRET), role_claim, httpx2.ASGITransport(provider.app))
    monkeypatch.setattr("api.app.open_provider", lambda _settings: opened)
    return build_app(settings, model)


@pytest.fixture
def lead(new_person: Callable[..., User]) -> User:
    """Somebody who was added, without a password."""
    return new_person("lead")


def go(browser: TestClient, provider: FakeProvider, after: str = "/docs") -> str:
    """Goes away to sign in; the address that the provider sends the browser back to."""
    away = browser.get("/sign-in/oidc", params={"next": after})
    assert away.status_code == 302
    address = urlsplit(away.headers["location"])
    provider.asked = {name: values[0] for name, values in parse_qs(address.query).items()}
    assert f"{address.scheme}://{address.netloc}{address.path}" == f"{ISSUER}/authorise"
    return f"{provider.asked['redirect_uri']}?code=a+code&state={provider.asked['state']}"


def told(answer: Any) -> str:  # noqa: ANN401  (any page)
    """The one sentence on a page that something was refused."""
    (sentence,) = re.findall(r'role="alert"[^>]*>(.*?)</p>', answer.text)
    assert answer.status_code == 403
    assert "__Host-triage=" not in answer.headers["set-cookie"]
    return unescape(sentence)


def test_whoever_was_added_signs_in_with_the_account_of_the_organisation(
    app: FastAPI, browser: TestClient, provider: FakeProvider, lead: User
) -> None:
    """By code, with PKCE, a state and a nonce; and comes to the page that they asked for."""
    page = browser.get("/sign-in?next=/docs").text
    back = go(browser, provider)

    answer = browser.get(back)

    assert 'href="/sign-in/oidc?next=/docs"' in page
    assert (answer.status_code, answer.headers["location"]) == (303, "/docs")
    assert browser.get("/v1/session").json()["name"] == lead.email
    assert provider.asked["redirect_uri"] == "https://testserver/sign-in/oidc/callback"
    assert provider.asked["response_type"] == "code"
    assert provider.asked["code_challenge_method"] == "S256"
    with reading(app.state.desk.engine) as connection:
        entry = connection.execute(select(tables.audit_entries)).one()
    assert (entry.actor, entry.action, entry.details) == (f"user:{lead.id}", "user.signed_in", {"by": "oidc"})


@pytest.mark.usefixtures("lead")
def test_what_is_kept_meanwhile_is_gone_afterwards(browser: TestClient, provider: FakeProvider) -> None:
    """A second answer to the same question is none (authlib/authlib#376)."""
    back = go(browser, provider)
    first = browser.get(back)

    second = browser.get(back)

    assert first.status_code == 303
    assert "__Host-triage-oidc" not in browser.cookies
    assert told(second) == "Signing in took too long, or began in another browser or tab; begin again here."


def test_after_the_first_time_the_account_counts_and_not_the_address(
    browser: TestClient, provider: FakeProvider, new_person: Callable[..., User], lead: User
) -> None:
    """Addresses are given to somebody else one day."""
    browser.get(go(browser, provider))
    provider.claims |= {"email": "renamed@example.org", "email_verified": False}
    new_person("admin", "renamed@example.org")

    browser.get(go(browser, provider))

    assert browser.get("/v1/session").json()["name"] == lead.email


@pytest.mark.usefixtures("lead")
def test_an_address_that_has_an_account_is_not_given_to_another_one(
    browser: TestClient, provider: FakeProvider
) -> None:
    """Whoever gets the address of somebody who left is not them."""
    browser.get(go(browser, provider))
    provider.claims |= {"sub": "4712"}

    assert "nobody has added you" in told(browser.get(go(browser, provider)))


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "somebody-else"},
        {"aud": "somebody-else", "azp": CLIENT},
        {"aud": None},
        {"iss": "https://evil.example"},
        {"exp": int(time.time()) - 3600},
        {"sub": None},
    ],
)
@pytest.mark.usefixtures("lead")
def test_a_token_that_is_not_meant_for_this_sign_in_is_refused(
    browser: TestClient, provider: FakeProvider, claims: dict[str, Any]
) -> None:
    """It was made for somebody else, or it is an old one."""
    provider.claims |= claims

    assert told(browser.get(go(browser, provider))) == FAILED


@pytest.mark.parametrize("offered", [["RS256"], ["RS256", "none"], ["none"], ["HS256"], ["RS256", "HS256"]])
@pytest.mark.parametrize("signed", ["not at all", "by another key", "by the secret"])
@pytest.mark.usefixtures("lead")
def test_a_token_that_the_provider_did_not_sign_is_refused(
    browser: TestClient, provider: FakeProvider, signed: str, offered: list[str]
) -> None:
    """Whatever a provider says it can do, only its own key proves that it is it."""
    provider.algorithms = offered
    if signed == "not at all":
        provider.is_signed = False
    elif signed == "by another key":
        provider.key = RSAKey.generate_key(2048)
    else:
        provider.key, provider.algorithm = OctKey.import_key(SECRET.ljust(32)), "HS256"
    away = browser.get("/sign-in/oidc")
    assert away.status_code == (302 if "RS256" in offered else 403)
    if away.status_code == 403:  # it offers nothing that proves anything
        assert told_at_once(away) == FAILED
        return

    assert told(browser.get(go(browser, provider))) == FAILED


def told_at_once(answer: Any) -> str:  # noqa: ANN401  (any page)
    """The sentence, where nobody was sent away."""
    (sentence,) = re.findall(r'role="alert"[^>]*>(.*?)</p>', answer.text)
    return unescape(sentence)


@pytest.mark.parametrize("said", [False, None, "true", 1])
@pytest.mark.usefixtures("lead")
def test_an_address_that_nobody_has_verified_proves_nothing(
    browser: TestClient, provider: FakeProvider, said: object
) -> None:
    """Anybody can write somebody else's into their account (mcdonc/klangk#166)."""
    provider.claims["email_verified"] = said

    assert told(browser.get(go(browser, provider))) == (
        "Your organisation has not verified your e-mail address, so it does not show who you are."
    )


def test_whom_nobody_added_is_told_so(browser: TestClient, provider: FakeProvider) -> None:
    """They know whom to ask."""
    assert told(browser.get(go(browser, provider))) == (
        "Your organisation knows you, but nobody has added you here; ask an administrator."
    )


def test_whoever_was_removed_stays_out(
    app: FastAPI, browser: TestClient, provider: FakeProvider, new_person: Callable[..., User], lead: User
) -> None:
    """Their account at the provider may live on."""
    new_person("admin")
    browser.get(go(browser, provider))
    with writing(app.state.desk.engine) as connection:
        users.remove(connection, lead.email, lead.created_at)

    assert "nobody has added you" in told(browser.get(go(browser, provider)))


@pytest.mark.parametrize("state", ["another", ""])
@pytest.mark.usefixtures("lead")
def test_an_answer_to_another_question_is_refused(browser: TestClient, provider: FakeProvider, state: str) -> None:
    """Else somebody is signed in as whoever sent them the link."""
    back = go(browser, provider)

    assert told(browser.get(re.sub("state=.*", f"state={state}", back))) == FAILED


@pytest.mark.usefixtures("lead")
def test_a_link_from_somebody_else_signs_nobody_in(app: FastAPI, browser: TestClient, provider: FakeProvider) -> None:
    """The browser that comes back has to be the one that went (login CSRF)."""
    back = go(browser, provider)
    other = TestClient(app, "https://testserver", follow_redirects=False)

    assert told(other.get(back)).startswith("Signing in took too long, or began in another browser")


@pytest.mark.parametrize("change", ["x", "", "é", "A" * 60])
@pytest.mark.usefixtures("lead")
def test_what_the_browser_keeps_cannot_be_made_up(
    app: FastAPI, browser: TestClient, provider: FakeProvider, change: str
) -> None:
    """It says which nonce is the right one."""
    back = go(browser, provider)
    kept = browser.cookies["__Host-triage-oidc"]
    shown = {"Cookie": f"__Host-triage-oidc={change or kept[:-4]}".encode()}

    assert told(TestClient(app, "https://testserver").get(back, headers=shown)).startswith("Signing in took too long")


@pytest.mark.usefixtures("lead")
def test_whoever_takes_too_long_begins_again(
    browser: TestClient, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And is told so."""
    monkeypatch.setattr(oidc, "LASTS_SECONDS", -1)

    assert told(browser.get(go(browser, provider))).startswith("Signing in took too long")


@pytest.mark.usefixtures("lead")
def test_whoever_declines_at_the_provider_is_back_at_the_form(browser: TestClient, provider: FakeProvider) -> None:
    """What the provider says of it is in nobody's page."""
    back = go(browser, provider)

    answer = browser.get(f"{back.partition('?')[0]}?error=access_denied&error_description=<b>&state=x")

    assert told(answer) == FAILED
    assert "<b>" not in answer.text


@pytest.mark.usefixtures("lead")
def test_a_provider_without_an_id_token_proves_nothing(browser: TestClient, provider: FakeProvider) -> None:
    """OAuth alone says what somebody may, not who it is."""
    provider.has_id_token = False

    assert told(browser.get(go(browser, provider))) == FAILED


@pytest.mark.parametrize("issuer", ["https://evil.example", ""])
def test_a_provider_that_calls_itself_another_one_is_not_asked(
    browser: TestClient, provider: FakeProvider, issuer: str
) -> None:
    """Its answers would be those of the other."""
    provider.issuer = issuer

    answer = browser.get("/sign-in/oidc")

    assert (answer.status_code, told_at_once(answer)) == (403, FAILED)


@pytest.mark.usefixtures("lead")
def test_a_provider_that_is_down_is_asked_again_later(browser: TestClient, provider: FakeProvider) -> None:
    """It is read where it is first used, and it may start after us."""
    n_at_start = provider.n_described
    provider.is_down = True
    before = browser.get("/sign-in/oidc")
    provider.is_down = False

    after = browser.get(go(browser, provider))
    browser.get(go(browser, provider))

    assert n_at_start == 0
    assert (before.status_code, told_at_once(before)) == (403, FAILED)
    assert after.status_code == 303
    assert provider.n_described == 2


@pytest.mark.parametrize("after", ["//evil.example", "/\\evil.example", "https://evil.example"])
@pytest.mark.usefixtures("lead")
def test_nobody_is_sent_to_another_site_afterwards(browser: TestClient, provider: FakeProvider, after: str) -> None:
    """As with a password (linagora/openrag#483)."""
    assert browser.get(go(browser, provider, after)).headers["location"] == "/"


class TestWithAClaimForRoles:
    """Where the provider decides who is what."""

    @pytest.fixture
    def role_claim(self) -> str:
        """The claim."""
        return "triage_roles"

    @pytest.mark.parametrize(
        ("said", "role"), [("agent", "agent"), (["agent", "lead", "x"], "lead"), (["admin"], "admin")]
    )
    def test_whoever_has_a_role_is_added_in_it(
        self, app: FastAPI, browser: TestClient, provider: FakeProvider, said: object, role: str
    ) -> None:
        """Nobody has to do it by hand, and it is on record who did."""
        provider.claims["triage_roles"] = said

        browser.get(go(browser, provider))

        assert browser.get("/v1/session").json()["role"] == role
        with reading(app.state.desk.engine) as connection:
            actions = list(connection.scalars(select(tables.audit_entries.c.action)))
        assert actions == ["user.added", "user.signed_in"]

    def test_a_role_follows_the_claim(
        self, app: FastAPI, browser: TestClient, provider: FakeProvider, lead: User
    ) -> None:
        """Both ways."""
        provider.claims["triage_roles"] = "agent"

        browser.get(go(browser, provider))

        assert browser.get("/v1/session").json() | {"id": lead.id} == browser.get("/v1/session").json()
        assert browser.get("/v1/session").json()["role"] == "agent"
        with reading(app.state.desk.engine) as connection:
            actions = list(connection.scalars(select(tables.audit_entries.c.action)))
        assert actions == ["user.role_changed", "user.signed_in"]

    @pytest.mark.parametrize("said", [None, "owner", [], 7, {"admin": True}])
    @pytest.mark.usefixtures("lead")
    def test_whoever_has_none_stays_out(self, browser: TestClient, provider: FakeProvider, said: object) -> None:
        """Also somebody who was added by hand: the provider decides."""
        provider.claims["triage_roles"] = said

        assert told(browser.get(go(browser, provider))) == (
            "Your organisation gives you no role here; ask an administrator."
        )

    def test_an_address_that_nobody_has_verified_adds_nobody(self, browser: TestClient, provider: FakeProvider) -> None:
        """Else they would be somebody else from then on."""
        provider.claims |= {"triage_roles": "admin", "email_verified": False}

        assert "has not verified your e-mail address" in told(browser.get(go(browser, provider)))


class TestWithoutAProvider:
    """As most are installed."""

    @pytest.fixture
    def app(self, settings: Settings, model: Any, tables: Path) -> FastAPI:  # noqa: ANN401  (the fake)
        """The usual application."""
        shutil.copy(tables, settings.home / "triage.db")
        return build_app(settings, model)

    def test_there_is_no_button_and_no_such_path(self, browser: TestClient) -> None:
        """Nobody is led astray."""
        assert "oidc" not in browser.get("/sign-in").text
        assert [browser.get(f"/sign-in/oidc{rest}").status_code for rest in ("", "/callback")] == [404, 404]


def given(**changes: str) -> Settings:
    """Settings of an organisation that has a provider."""
    whole = {"oidc_issuer": ISSUER, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET}
    return Settings(_env_file=None, **{name: value for name, value in (whole | changes).items() if value})


def test_a_provider_is_opened_where_all_of_it_is_set() -> None:
    """Without asking it anything yet."""
    assert open_provider(given()) is not None
    assert open_provider(given(oidc_issuer="", oidc_client_id="", oidc_client_secret="")) is None


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"oidc_client_secret": ""}, "To sign in elsewhere, TRIAGE_OIDC_CLIENT_SECRET must be set as well."),
        (
            {"oidc_issuer": "", "oidc_client_id": ""},
            "To sign in elsewhere, TRIAGE_OIDC_ISSUER and TRIAGE_OIDC_CLIENT_ID must be set as well.",
        ),
        ({"oidc_issuer": "http://id.example.org"}, "TRIAGE_OIDC_ISSUER does not fit: it begins with https://."),
        ({"oidc_issuer": "http://localhost.evil.example"}, "TRIAGE_OIDC_ISSUER does not fit: it begins with https://."),
    ],
)
def test_a_part_of_it_is_one_sentence(changes: dict[str, str], sentence: str) -> None:
    """Before anybody looks for the button."""
    with pytest.raises(InvalidInput) as refused:
        open_provider(given(**changes))

    assert str(refused.value) == sentence


def test_without_the_extra_there_is_no_button(monkeypatch: pytest.MonkeyPatch) -> None:
    """The log says why."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)

    assert open_provider(given()) is None

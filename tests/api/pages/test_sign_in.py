"""Signing in and out as a browser does it."""

import re
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from starlette.testclient import TestClient

from api import people as api_people
from api.credentials import SessionRing
from data import audit, sessions, tables, users
from data.database import reading, writing
from data.users import User

PASSWORD = "four words of one kind"  # noqa: S105  (nobody's)


def send(browser: TestClient, email: str = "lead@example.org", password: str = PASSWORD, **more: Any) -> Any:  # noqa: ANN401
    """The answer to a form that was filled in."""
    headers = more.pop("headers", {})
    return browser.post(
        "/sign-in", data={"email": email, "password": password, "next": "/docs"} | more, headers=headers
    )


def told(answer: Any) -> str:  # noqa: ANN401  (any page)
    """The one sentence on a page that something was refused."""
    (sentence,) = re.findall(r'role="alert"[^>]*>(.*?)</p>', answer.text)
    return unescape(sentence)


def n_sessions(app: FastAPI) -> int:
    """How many sessions are open."""
    with reading(app.state.desk.engine) as connection:
        return connection.scalar(select(func.count()).select_from(tables.sessions)) or 0


def test_whoever_signs_in_comes_to_the_page_that_they_asked_for(
    browser: TestClient, new_person: Callable[..., User]
) -> None:
    """A link in a mail should end where it points to."""
    new_person("lead", with_password=True)
    asked = browser.get("/docs?a=1&b=%2F")
    form = browser.get(asked.headers["location"])
    (after,) = re.findall(r'name="next" value="([^"]*)"', form.text)

    answer = send(browser, next=unescape(after))

    assert asked.status_code == answer.status_code == 303
    assert answer.headers["location"] == "/docs?a=1&b=%2F"
    assert browser.get("/docs?a=1&b=%2F").status_code == 200


def test_the_cookie_is_for_this_host_and_no_script(browser: TestClient, new_person: Callable[..., User]) -> None:
    """Whoever has its value is that person."""
    new_person("lead", with_password=True)

    cookie = send(browser).headers["set-cookie"]

    name, _, attributes = cookie.partition("=")
    assert name == "__Host-triage"
    assert {part.strip() for part in attributes.split(";")[1:]} == {"HttpOnly", "Path=/", "SameSite=lax", "Secure"}
    assert len(attributes.split(";")[0]) == 43  # 256 bits


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000", "LOCALHOST"])
def test_on_this_machine_the_cookie_needs_no_tls(app: FastAPI, new_person: Callable[..., User], host: str) -> None:
    """Safari keeps no Secure cookie there (mdn/content#41366); whoever tries triage out would sign in for ever."""
    new_person("lead", with_password=True)
    headers = {"Origin": f"http://{host}", "Accept": "text/html"}
    with TestClient(app, f"http://{host}", headers=headers, follow_redirects=False) as browser:
        cookie = send(browser).headers["set-cookie"]
        known = browser.get("/v1/session")

    assert cookie.startswith("triage=")
    assert "Secure" not in cookie
    assert known.json()["name"] == "lead@example.org"


def test_behind_a_proxy_that_hides_the_host_the_cookie_keeps_its_prefix(
    app: FastAPI, new_person: Callable[..., User]
) -> None:
    """The proxy asks 127.0.0.1 by http, and the browser is elsewhere (silvertakana/worldwideview#54)."""
    new_person("lead", with_password=True)
    headers = {"Origin": "https://desk.example.org", "Sec-Fetch-Site": "same-origin"}
    with TestClient(app, "http://127.0.0.1:8000", headers=headers, follow_redirects=False) as proxied:
        cookie = send(proxied).headers["set-cookie"]
        shown = {"Cookie": cookie.partition(";")[0], "Accept": "*/*"}
        known = proxied.get("/v1/session", headers=shown)

    assert cookie.startswith("__Host-triage=")
    assert "Secure" in cookie
    assert known.status_code == 200


def test_a_browser_that_would_keep_no_session_is_told_so(app: FastAPI, new_person: Callable[..., User]) -> None:
    """By plain http from another machine it would come back to the form for ever (libredb/libredb-studio#236)."""
    new_person("lead", with_password=True)
    headers = {"Origin": "http://desk.example.org"}
    with TestClient(app, "http://desk.example.org", headers=headers, follow_redirects=False) as browser:
        answer = send(browser)

    assert answer.status_code == 403
    assert told(answer).endswith("because the connection is not encrypted; open this page by https.")
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("why", ["wrong", "unknown", "removed", "locked", "none"])
def test_whatever_is_wrong_the_sentence_is_the_same(
    app: FastAPI, browser: TestClient, new_person: Callable[..., User], why: str
) -> None:
    """Who has an account here is nobody's business."""
    new_person("admin")
    new_person("lead", with_password=why != "none")
    if why == "removed":
        with writing(app.state.desk.engine) as connection:
            users.remove(connection, "lead@example.org", datetime.now(UTC))
    for _ in range(5 if why == "locked" else 0):
        send(browser, "lead@example.org", "not this one")

    answer = send(
        browser,
        "nobody@example.org" if why == "unknown" else "lead@example.org",
        "not this one" if why == "wrong" else PASSWORD,
    )

    assert answer.status_code == 403
    assert told(answer).startswith("E-mail address or password is wrong, or too many wrong ones were sent")
    assert "set-cookie" not in answer.headers
    assert n_sessions(app) == 0


def test_the_address_is_still_there_after_a_typing_error_and_the_password_is_not(browser: TestClient) -> None:
    """And whatever was typed is text, no markup."""
    answer = send(browser, '"><script>alert(1)</script>', "secret words here", next='"><b>')

    assert "&lt;script&gt;" in answer.text
    assert "<script" not in answer.text
    assert "<b>" not in answer.text
    assert "secret words here" not in answer.text


@pytest.mark.parametrize(
    "after",
    [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        " //evil.example",
        "evil.example",
        "///evil.example",
        "http:evil.example",
        "",
    ],
)
def test_nobody_is_sent_to_another_site_after_signing_in(
    browser: TestClient, new_person: Callable[..., User], after: str
) -> None:
    """The phishing page behind such a link asks for the password again (RackulaLives/Rackula#2917)."""
    new_person("lead", with_password=True)

    answer = send(browser, next=after)
    form = browser.get("/sign-in", params={"next": after})

    assert answer.headers["location"] == "/"
    assert 'name="next" value="/"' in form.text


def test_another_site_cannot_sign_somebody_in(browser: TestClient, new_person: Callable[..., User]) -> None:
    """What they then do, they do under the eyes of the other's account (indico/indico#5099)."""
    new_person("lead", with_password=True)

    answers = [send(browser, headers={"Sec-Fetch-Site": site}) for site in ("cross-site", "same-site")]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert not [answer for answer in answers if "set-cookie" in answer.headers]


def test_a_session_that_somebody_planted_stays_worthless(
    app: FastAPI, browser: TestClient, new_person: Callable[..., User], new_session: Callable[[User], str]
) -> None:
    """A token never becomes another person's, and the one before it ends (yiisoft/user#124, oryx-labs/oryxos#89)."""
    new_person("lead", with_password=True)
    planted = new_session(new_person("agent"))
    browser.cookies.set("__Host-triage", planted, domain="testserver.local")
    assert browser.get("/v1/session").json()["role"] == "agent"

    cookie = send(browser).headers["set-cookie"]

    assert planted not in cookie
    assert (
        browser.get("/v1/session", headers={"Cookie": f"__Host-triage={planted}", "Accept": "*/*"}).status_code == 401
    )
    assert n_sessions(app) == 1


def test_signing_out_ends_the_session_at_once(app: FastAPI, signed_in: Callable[[str], TestClient]) -> None:
    """At a desk that is shared, the next one sits down within seconds."""
    browser = signed_in("lead")
    token = browser.cookies["__Host-triage"]
    assert browser.get("/v1/session").status_code == 200  # and it is remembered

    answer = browser.post("/sign-out")

    again = browser.get("/v1/session", headers={"Cookie": f"__Host-triage={token}", "Accept": "*/*"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in"
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert "__Host-triage" not in browser.cookies
    assert again.status_code == 401
    assert again.json()["detail"] == "This session has ended; sign in again at /sign-in."
    assert n_sessions(app) == 0


def test_signing_out_twice_ends_at_the_form(signed_in: Callable[[str], TestClient]) -> None:
    """The second tab should not end in a problem."""
    browser = signed_in("lead")
    browser.post("/sign-out")

    again = browser.post("/sign-out")

    assert (again.status_code, again.headers["location"]) == (303, "/sign-in")


def test_another_site_cannot_sign_somebody_out(signed_in: Callable[[str], TestClient]) -> None:
    """Else any page can keep a whole desk from working."""
    browser = signed_in("lead")

    answer = browser.post("/sign-out", headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403
    assert browser.get("/v1/session").status_code == 200


def test_as_long_as_there_is_nobody_the_page_says_how_to_add_somebody(
    browser: TestClient, new_person: Callable[..., User]
) -> None:
    """It is the first page that is opened after installing."""
    before = browser.get("/sign-in").text
    new_person("admin")

    after = browser.get("/sign-in").text

    assert "triage users add EMAIL --role admin" in before
    assert "triage users add" not in after


def test_signing_in_and_out_is_on_record(app: FastAPI, browser: TestClient, new_person: Callable[..., User]) -> None:
    """Who was in when something happened is asked afterwards."""
    person = new_person("lead", with_password=True)

    send(browser)

    with reading(app.state.desk.engine) as connection:
        entry = connection.execute(select(tables.audit_entries)).one()
        audit.verify(connection)
    assert (entry.actor, entry.action, entry.details) == (f"user:{person.id}", "user.signed_in", {"by": "password"})


@pytest.mark.parametrize(
    ("body", "declared"),
    [
        (b'{"email": "a", "password": "b"}', "application/json"),
        (b"email=a&password=b", "text/plain"),
        (b"email=%ff&password=b", "application/x-www-form-urlencoded"),
        (b"email=\xff&password=b", "application/x-www-form-urlencoded"),
        (b"&".join([b"a=b"] * 11), "application/x-www-form-urlencoded"),
        (b"password=" + b"x" * 20_000, "application/x-www-form-urlencoded"),
    ],
)
def test_what_is_no_form_of_ours_is_refused(browser: TestClient, body: bytes, declared: str) -> None:
    """A form that another site sends may be declared as a text, which browsers ask nobody about."""
    answer = browser.post("/sign-in", content=body, headers={"Content-Type": declared})

    assert answer.status_code == 422
    assert answer.json()["detail"] == "A form is expected here, as the page at /sign-in sends it."


def test_a_form_with_nothing_in_it_is_refused_like_a_wrong_one(browser: TestClient) -> None:
    """And is no error in the log."""
    answer = browser.post("/sign-in", content=b"", headers={"Content-Type": "application/x-www-form-urlencoded"})

    assert answer.status_code == 403


def test_a_flood_of_sign_ins_is_turned_away(
    app: FastAPI, browser: TestClient, new_person: Callable[..., User], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each costs tens of milliseconds of a processor that scoring wants too; further ones are told to wait."""
    new_person("lead")
    entered, release, answers = threading.Semaphore(0), threading.Event(), []

    def slow(*_: object) -> User:
        entered.release()
        release.wait(10)
        raise users.NotAllowed("No.")

    monkeypatch.setattr(api_people.users, "sign_in", slow)
    monkeypatch.setattr(api_people, "_WAITING", 1)
    threads = [threading.Thread(target=lambda: answers.append(send(browser).status_code)) for _ in range(3)]

    for thread in threads:
        thread.start()
    for _ in range(2):
        assert entered.acquire(timeout=10)
    while app.state.people._turns.statistics().tasks_waiting < 1:
        time.sleep(0.01)
    is_third_under_way = entered.acquire(blocking=False)
    turned_away, alive = send(browser), browser.get("/healthz")
    release.set()
    for thread in threads:
        thread.join(10)

    assert not is_third_under_way
    assert turned_away.status_code == 503
    assert told(turned_away) == "Too many people sign in at this moment; try again in a few seconds."
    assert alive.status_code == 200
    assert answers == [403, 403, 403]


def test_a_session_is_looked_up_once_for_many_requests(
    signed_in: Callable[[str], TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page with ten parts should not cost ten queries."""
    browser, asked = signed_in("lead"), []
    find = sessions.find
    monkeypatch.setattr(sessions, "find", lambda *given: asked.append(given) or find(*given))

    answers = [browser.get("/v1/session").status_code for _ in range(5)]

    assert answers == [200] * 5
    assert len(asked) == 1
    assert SessionRing.fresh_for_seconds <= 5

"""The page of surges, and the banner that other pages show."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from jinja2 import Environment, FileSystemLoader
from starlette.testclient import TestClient

import api
from data.database import reading, writing
from data.surges import begin, keep, open_surges, read
from data.tickets import file
from tests.api.routes.test_surges import NINE, SURGE
from triage.ticket import NewTicket

TEMPLATES = Path(api.__file__).parent / "templates"

SignIn = Callable[[str], TestClient]


@pytest.fixture
def surge(app: FastAPI) -> int:
    """A surge that is on; its name and its ticket try to be markup."""
    with writing(app.state.desk.engine) as connection:
        file(connection, [NewTicket(id="T1", subject="<b>tunnel</b> drops")], NINE)
        hours = [(NINE - timedelta(hours=1), 0, 0.2), (NINE, 14, 0.25)]
        return begin(connection, replace(SURGE, name="VPN: <i>tunnel", tickets=("T1",)), hours)


def state(app: FastAPI, number: int) -> tuple[str, str]:
    """What is stored of it."""
    with reading(app.state.desk.engine) as connection:
        stored = read(connection, number)
    return stored.state, stored.name


def test_without_any_the_page_says_what_that_means(signed_in: SignIn) -> None:
    """An empty page could mean that nothing is watched."""
    text = signed_in("lead").get("/surges").text

    assert "Nothing unusual" in text
    assert "fewer than two weeks of history" in text


@pytest.mark.usefixtures("surge")
def test_a_surge_is_shown_with_its_numbers_words_chart_and_tickets(signed_in: SignIn) -> None:
    """What a lead needs to say whether it is a major incident; nothing of a ticket is markup."""
    text = signed_in("lead").get("/surges").text

    assert "14 incidents of the service <bdi>VPN</bdi>" in text
    assert "where 0.3 were to be expected" in text
    assert "<bdi>tunnel</bdi>." in text
    assert '<svg class="surge-chart"' in text
    assert "<td>14</td><td>0.25</td>" in text
    assert "&lt;b&gt;tunnel&lt;/b&gt; drops" in text
    assert "VPN: &lt;i&gt;tunnel" in text
    assert "<i>tunnel" not in text
    assert "and 13 more" in text


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"state": "major", "name": "Gateway Lyon"}, ("major", "Gateway Lyon")),
        ({"state": "dismissed"}, ("dismissed", "VPN: <i>tunnel")),
        ({"name": "Gateway Lyon"}, ("open", "Gateway Lyon")),
    ],
)
def test_a_form_says_what_it_is(
    signed_in: SignIn, app: FastAPI, surge: int, form: dict[str, str], expected: tuple[str, str]
) -> None:
    """Without a script, by keyboard, in the middle of an outage."""
    answer = signed_in("lead").post(f"/surges/{surge}", data=form, follow_redirects=False)

    assert (answer.status_code, answer.headers["location"]) == (303, f"/surges#surge-{surge}")
    assert state(app, surge) == expected


def test_a_form_that_says_nothing_is_refused(signed_in: SignIn, surge: int) -> None:
    """Nobody decides by accident."""
    browser = signed_in("lead")

    assert browser.post(f"/surges/{surge}", data={"name": " "}).status_code == 422
    assert browser.post(f"/surges/{surge}", data={"state": "over"}).status_code == 422
    assert browser.post("/surges/99", data={"state": "major"}).status_code == 404


def test_one_that_ended_meanwhile_is_shown_as_over(signed_in: SignIn, app: FastAPI, surge: int) -> None:
    """Whoever clicks a minute too late sees what is so now, not an error."""
    with writing(app.state.desk.engine) as connection:
        keep(connection, replace(SURGE, id=surge, ended_at=NINE), [])

    browser = signed_in("lead")

    assert browser.post(f"/surges/{surge}", data={"state": "major"}).status_code == 303
    assert '<span class="badge">over</span>' in browser.get("/surges").text
    assert state(app, surge)[0] == "over"


def test_past_ones_come_in_parts(signed_in: SignIn, app: FastAPI) -> None:
    """A desk of years must not load them all."""
    with writing(app.state.desk.engine) as connection:
        for n in range(12):
            begin(
                connection, replace(SURGE, name=f"past {n:02d}", started_at=NINE + timedelta(days=n), ended_at=NINE), []
            )
    browser = signed_in("lead")

    first, second = (browser.get("/surges", params={"start": start}).text for start in (0, 10))

    assert "past 11" in first
    assert "past 01" not in first
    assert "past 01" in second
    assert "12 of 12." in second
    assert 'rel="next"' in first
    assert 'rel="next"' not in second


def test_who_may_not_review_sees_no_form(
    signed_in: SignIn, app: FastAPI, new_key: Callable[..., str], surge: int
) -> None:
    """A button that answers with 403 is a fault."""
    with TestClient(app, headers={"X-API-Key": new_key("read"), "Accept": "text/html"}) as client:
        text = client.get("/surges").text

    assert f'id="surge-{surge}"' in text
    assert "It is a major incident" not in text
    assert "It is a major incident" in signed_in("lead").get("/surges").text


@pytest.mark.usefixtures("surge")
def test_the_banner_tells_the_latest_and_how_many_more(app: FastAPI) -> None:
    """It stands on top of the queue: one line, and a link."""
    with writing(app.state.desk.engine) as connection:
        later = begin(connection, replace(SURGE, name="Mail: outlook", started_at=NINE + timedelta(hours=1)), [])
    with reading(app.state.desk.engine) as connection:
        surges = open_surges(connection)
    template = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True).get_template("beside/surge_banner.html")
    banner = template.module.surge_banner  # type: ignore[attr-defined]

    text = " ".join(banner(surges, "/root").split())

    assert f'<a href="/root/surges#surge-{later}"><bdi>Mail: outlook</bdi></a>, 14 since' in text
    assert "1 more" in text
    assert banner([], "").strip() == ""

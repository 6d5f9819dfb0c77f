"""The page of the people who do the work, as agents, leads and programs see it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from data.database import writing
from data.tickets import import_worked
from data.users import User
from tests.api.team_desk import bring_desk, count, worked

SignIn = Callable[[str], TestClient]


@pytest.fixture
def counted(app: FastAPI) -> None:
    """The desk's work is counted, without single persons."""
    bring_desk(app.state.desk.engine)


@pytest.fixture
def with_persons(app: FastAPI) -> None:
    """The same with single persons."""
    app.state.desk = replace(app.state.desk, shows_persons=True)
    bring_desk(app.state.desk.engine, individuals=True)


def test_before_anything_is_counted_the_page_says_when_it_will_be(signed_in: SignIn) -> None:
    """Nobody is shown an empty table."""
    answer = signed_in("agent").get("/team")

    assert answer.status_code == 200
    assert "Days are counted within an hour" in answer.text


def test_where_no_ticket_says_its_end_the_page_says_what_is_missing(app: FastAPI, signed_in: SignIn) -> None:
    """Else one waits an hour, and the next one."""
    count(app.state.desk.engine)

    assert "No stored ticket says when it was resolved" in signed_in("agent").get("/team").text


@pytest.mark.usefixtures("counted")
def test_the_page_tells_the_map_the_signs_and_what_went_well(signed_in: SignIn) -> None:
    """All of it in words, each figure with what it rests on."""
    text = signed_in("agent").get("/team").text

    assert "What went well in the week from 2026-06-22" in text
    assert "Resolved outside of working hours: 52 %, more than this team's weeks usually have (0 %;" in text.replace(
        "&#39;", "'"
    )
    assert "more than usual" in text
    assert "the order is no rank" in text
    assert "1 team of fewer than five people" in text
    assert "Vault" not in text


@pytest.mark.usefixtures("counted")
def test_a_customers_words_are_escaped_and_name_nobody(signed_in: SignIn) -> None:
    """They come from anybody who fills in a form."""
    text = signed_in("agent").get("/team").text

    assert "[name] was wonderful" in text
    assert "thank you &lt;b&gt;so&lt;/b&gt; much" in text


@pytest.mark.usefixtures("counted")
@pytest.mark.parametrize("role", ["agent", "lead", "admin"])
def test_switched_off_no_page_names_a_person(signed_in: SignIn, role: str) -> None:
    """That is the default, and what works councils are promised."""
    page = signed_in(role)

    text = page.get("/team").text + page.get("/team?person=agent1@example.org").text

    assert "agent1@example.org" not in text.replace('value="agent1@example.org"', "")
    assert "TRIAGE_INDIVIDUALS=off" in text


@pytest.mark.usefixtures("with_persons")
def test_a_lead_chooses_a_person(signed_in: SignIn) -> None:
    """One at a time: a table of all would be read as a rank."""
    lead = signed_in("lead")

    asked, shown = lead.get("/team").text, lead.get("/team?person=Agent1@example.org").text

    assert '<option value="agent1@example.org">' in asked
    assert "<caption><bdi>agent1@example.org</bdi></caption>" not in asked
    assert "<caption><bdi>agent1@example.org</bdi></caption>" in shown
    assert "<caption><bdi>agent2@example.org</bdi></caption>" not in shown


@pytest.mark.usefixtures("with_persons")
def test_an_agent_sees_only_themselves(
    browser: TestClient, new_person: Callable[..., User], new_session: Callable[[User], str]
) -> None:
    """Whoever they ask about."""
    me = new_person("agent", "agent1@example.org")
    browser.cookies.set("__Host-triage", new_session(me), domain="testserver.local")

    text = browser.get("/team?person=agent2@example.org").text

    assert "<caption><bdi>agent1@example.org</bdi></caption>" in text
    assert "agent2@example.org" not in text
    assert "agent3@example.org" not in text


@pytest.mark.usefixtures("with_persons")
def test_an_agent_without_tickets_is_told_how_they_are_found(signed_in: SignIn) -> None:
    """Else they believe that their work does not count."""
    assert "Nothing is counted under your address" in signed_in("agent").get("/team").text


@pytest.mark.usefixtures("with_persons")
def test_a_program_is_shown_no_person(client: TestClient, new_key: Callable[..., str]) -> None:
    """A key may open pages, too."""
    key = {"X-API-Key": new_key("read", "review", "admin"), "Authorization": ""}

    text = client.get("/team?person=agent1@example.org", headers=key).text

    assert "agent3@example.org" not in text
    assert "<caption><bdi>agent1@example.org</bdi></caption>" not in text
    assert "Programs with a key are never told" in text


@pytest.mark.usefixtures("counted")
def test_an_old_history_is_said_to_be_old(signed_in: SignIn) -> None:
    """Figures of last year must not be taken for this week's."""
    assert "The last ticket that is known to be resolved is of 2026-06-2" in signed_in("agent").get("/team").text


def test_a_recent_history_is_not(app: FastAPI, signed_in: SignIn) -> None:
    """A notice that is always there is read by nobody."""
    now = datetime.now(UTC)
    with writing(app.state.desk.engine) as connection:
        import_worked(connection, [worked("1", now - timedelta(days=1))], now)
    count(app.state.desk.engine, now=now)

    assert "The last ticket that is known" not in signed_in("agent").get("/team").text


def test_many_topics_and_teams_have_pages(app: FastAPI, signed_in: SignIn) -> None:
    """A desk of two hundred services is no page of two hundred rows."""
    now = datetime.now(UTC)
    tickets = [
        worked(
            f"{t}-{n}",
            now - timedelta(days=1 + 3 * n),
            service=f"topic {t:02d}",
            assignment_group=f"Team {t:02d}",
            resolved_by=f"a{n}",
        )
        for t in range(30)
        for n in range(5)
    ]
    with writing(app.state.desk.engine) as connection:
        import_worked(connection, tickets, now)
    count(app.state.desk.engine, now=now)
    page = signed_in("agent")

    first, second = page.get("/team").text, page.get("/team?start=20&team=24").text

    assert ("topic 19" in first, "topic 20" in first) == (True, False)
    assert ("topic 19" in second, "topic 29" in second) == (False, True)
    assert "Next topics" in first
    assert "Topics before" in second
    assert "Next teams" in first
    assert "Teams before" in second
    assert page.get("/team?start=1000000&team=1000000").status_code == 200


def test_in_aggregate_mode_the_page_works(app: FastAPI, signed_in: SignIn) -> None:
    """It names no customer anyway."""
    app.state.desk = replace(app.state.desk, is_aggregate=True)
    bring_desk(app.state.desk.engine)

    assert "Who resolves what well" in signed_in("agent").get("/team").text

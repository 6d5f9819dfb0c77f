"""Problems in a browser: the list, one of them with its forms, and what development is shown."""

import csv
import io
from collections.abc import Callable
from html import unescape

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from data.database import reading, writing
from data.jobs import claim, finish
from data.problems import Said, change, find, tickets_of
from tests.api.problems import store_problems
from tests.data.stores.problem_desks import NOW

SignedIn = Callable[[str], TestClient]


@pytest.fixture
def two(app: FastAPI) -> tuple[int, int]:
    """Two stored problems: the tunnel's and the door's."""
    return store_problems(app.state.desk.engine)


def text_of(client: TestClient, path: str) -> str:
    """A page as it is written."""
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


def test_the_list_shows_what_keeps_coming_back_by_state(
    app: FastAPI, signed_in: SignedIn, two: tuple[int, int]
) -> None:
    """A lead reads it from the top on a Monday."""
    with writing(app.state.desk.engine) as connection:
        change(connection, two[1], Said("known_error", name="<b>Door</b>"), NOW)
    lead = signed_in("lead")

    every, known = text_of(lead, "/problems"), text_of(lead, "/problems?state=known_error")

    assert f'href="/problems/{two[0]}"' in every
    assert f'href="/problems/{two[0]}"' not in known
    assert "Known error (1)" in known
    assert "&lt;b&gt;Door" in lead.get("/problems").text


def test_an_empty_list_says_what_to_do(signed_in: SignedIn) -> None:
    """On the first day nothing was looked for."""
    agent = signed_in("agent")

    assert "triage problems find" in text_of(agent, "/problems")
    assert "No change is known" in text_of(agent, "/problems/development")


def test_one_problem_shows_measures_weeks_causes_and_tickets(signed_in: SignedIn, two: tuple[int, int]) -> None:
    """Everything that is asked first stands on one page."""
    page = text_of(signed_in("lead"), f"/problems/{two[0]}")

    assert "Workdays lost" in page
    assert '<svg class="by-week"' in page
    assert "=Client 5.1" in page
    assert "It began behind it" in page
    assert "by chance" in page
    assert 'href="/tickets/I500' in page
    assert "<script>" not in page
    assert 'style="' not in page


def test_an_agent_sees_the_workaround_and_no_form(app: FastAPI, signed_in: SignedIn, two: tuple[int, int]) -> None:
    """Whoever may not decide is not offered to."""
    with writing(app.state.desk.engine) as connection:
        change(connection, two[0], Said(workaround="Use the old client"), NOW)
    page = text_of(signed_in("agent"), f"/problems/{two[0]}")

    assert "Use the old client" in page
    assert f'action="/problems/{two[0]}' not in page


def test_forms_keep_what_is_said_without_a_script(app: FastAPI, signed_in: SignedIn, two: tuple[int, int]) -> None:
    """State, owner and workaround; and a refusal is shown on the page."""
    lead = signed_in("lead")
    said = {"state": "under_investigation", "owner": "Ines", "name": "The tunnel", "workaround": "Wait"}

    kept = lead.post(f"/problems/{two[0]}", data=said)
    refused = lead.post(f"/problems/{two[0]}", data=said | {"name": " "})

    assert kept.status_code == 303
    assert kept.headers["location"] == f"/problems/{two[0]}"
    assert "The tunnel" in text_of(lead, f"/problems/{two[0]}")
    assert refused.status_code == 422
    assert "A problem needs a name." in refused.text
    with reading(app.state.desk.engine) as connection:
        assert find(connection, two[0]).owner == "Ines"


def test_chosen_tickets_are_split_off_and_problems_merged(
    app: FastAPI, signed_in: SignedIn, two: tuple[int, int]
) -> None:
    """Ticked, sent, done; and the address of what was merged leads to the other."""
    lead = signed_in("lead")
    with reading(app.state.desk.engine) as connection:
        ids = [one.id for one in tickets_of(connection, two[0], 2)]

    split = lead.post(f"/problems/{two[0]}/split", data={f"ticket:{id_}": "1" for id_ in ids})
    number = int(split.headers["location"].rsplit("/", 1)[1])
    page = text_of(lead, f"/problems/{number}")
    none = lead.post(f"/problems/{two[0]}/split", data={"x": "1"})
    merged = lead.post(f"/problems/{two[0]}/merge", data={"other": str(number)})
    nobody = lead.post(f"/problems/{two[0]}/merge", data={"other": ""})
    led = lead.get(f"/problems/{number}")

    assert number not in two
    assert "split off by hand" in page
    assert none.status_code == nobody.status_code == 422
    assert merged.status_code == led.status_code == 303
    assert led.headers["location"] == f"/problems/{two[0]}"


def test_development_sees_what_a_release_brought_also_as_files(
    app: FastAPI, signed_in: SignedIn, two: tuple[int, int]
) -> None:
    """A backlog begins as a file; no cell of it may be taken for a formula."""
    engine, lead = app.state.desk.engine, signed_in("agent")
    held = claim(engine, "problems", NOW - NOW, NOW, NOW - NOW)
    assert held is not None
    with writing(engine) as connection:
        finish(connection, held, {"around": {"C1": [3, 23]}}, NOW)

    page = text_of(lead, "/problems/development")
    files = {
        what: list(csv.DictReader(io.StringIO(lead.get(f"/problems/development.csv?what={what}").text)))
        for what in ("causes", "changes")
    }

    assert "What each change brought" in page
    assert f'href="/problems/{two[0]}"' in page
    assert files["changes"][0]["title"] == "'=Client 5.1"
    assert files["changes"][0]["incidents_14_days_after"] == "23"
    assert files["changes"][0]["problems"].startswith(f"{two[0]} ")
    assert {row["problem"] for row in files["causes"]} == {str(id_) for id_ in two}


@pytest.mark.parametrize("path", ["/problems/99999", "/problems/x", "/problems?state=open"])
def test_what_there_is_not_is_no_page(signed_in: SignedIn, path: str) -> None:
    """A number is typed wrongly at times."""
    assert signed_in("lead").get(path).status_code in (404, 422)

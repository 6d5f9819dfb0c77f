"""The queue as a browser gets it, with and without a script."""

import contextlib
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import event
from starlette.testclient import TestClient

from api.answers import predictions_answer
from data import predictions, review_queue, reviews, sourced_tickets, tables
from data.connectors.errors import TryLater
from data.database import reading, writing
from data.review_queue import QueueEntry
from data.reviews import Review
from tests.api.conftest import FakeModel
from triage.errors import ModelUnusable, NoModel, StoreUnusable

NOW = datetime.now(UTC)
HOSTILE = "<script>alert(1)</script> \u202eRTL\u202c 😀 " + "x" * 100_000


@pytest.fixture
def scored(client: TestClient) -> Callable[..., None]:
    """Scores tickets; the model is sure where a text says VPN."""

    def score(id_: str, subject: str = "printer", **values: object) -> None:
        assert client.post("/v1/score", json={"id": id_, "subject": subject, **values}).status_code == 200

    return score


@pytest.fixture
def blind(app: FastAPI, scored: Callable[..., None]) -> None:
    """A ticket of the blind sample waits, `B`."""
    scored("B", "printer vpn")
    with writing(app.state.desk.engine) as connection:
        sourced_tickets.link(connection, "B", "desk", "1", {}, is_blind=True)
        connection.execute(tables.review_queue.update().values(is_blind=True, source="desk"))


def stored(app: FastAPI, ticket_id: str) -> list[Review]:
    """The reviews of a ticket."""
    with reading(app.state.desk.engine) as connection:
        return reviews.reviews_of(connection, ticket_id)


def shown(answer: Any) -> list[str]:  # noqa: ANN401  (any page)
    """The tickets on a page."""
    return [unescape(id_) for id_ in re.findall(r'data-ticket="([^"]*)"', answer.text)]


def plain(answer: Any) -> str:  # noqa: ANN401  (any page)
    """What a page says, without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def form(ticket_id: str = "A", **values: str) -> dict[str, str]:
    """What the form of a ticket sends."""
    return {
        "ticket_id": ticket_id,
        "next": "/?target=assignment_group",
        "model_version": "7",
        "suggested.assignment_group": "Network",
        "choice.assignment_group": "Network",
        "other.assignment_group": "",
        "reason": "",
        "act": "accept",
    } | {name.replace("_group", ".assignment_group"): value for name, value in values.items()}


def test_a_suggestion_comes_with_its_reason_before_its_number(
    signed_in: Callable[[str], TestClient], scored: Callable[..., None]
) -> None:
    """Whoever reads the number first looks for reasons to believe it."""
    scored("A", "printer vpn", body="It is jammed", customer_id="u42", channel="email")

    page = signed_in("lead").get("/")

    assert page.status_code == 200
    assert shown(page) == ["A"]
    assert "because of vpn — 60 %" in plain(page)
    assert "60 % sure: below its threshold of 80 % by 20 points." in plain(page)
    assert [unescape(v) for v in re.findall(r'name="choice.assignment_group" value="([^"]*)"', page.text)] == [
        "Network",
        "Desk",
        "Apps",
    ]
    assert '<mark class="for">vpn</mark>' in page.text
    assert "new to the desk" in plain(page)
    assert "newcomer</b>" not in page.text


def test_what_is_shown_is_claimed(
    app: FastAPI, signed_in: Callable[[str], TestClient], scored: Callable[..., None], new_key: Callable[..., str]
) -> None:
    """Two leads who open the page at once decide on different tickets."""
    scored("A")
    signed_in("lead").get("/")

    other = TestClient(app, headers={"X-API-Key": new_key("review")})

    assert other.post("/v1/queue/claim").json()["tickets"] == []


def test_a_blind_ticket_shows_nothing_that_a_model_said(
    signed_in: Callable[[str], TestClient],
    blind: None,  # noqa: ARG001
) -> None:
    """Neither on the queue nor on its own page, nor hidden in an attribute."""
    browser = signed_in("lead")

    for path in ("/", "/tickets/B", "/queue/cards/B"):
        page = browser.get(path)
        assert page.status_code == 200
        assert "Decided without a suggestion, so that accuracy stays honest." in page.text
        without_labels = re.sub(r"<datalist.*?</datalist>|<select.*?</select>", "", page.text, flags=re.DOTALL)
        assert "Network" not in without_labels, path
        assert "60 %" not in page.text


def test_the_text_of_a_ticket_is_text(signed_in: Callable[[str], TestClient], scored: Callable[..., None]) -> None:
    """Whatever a customer writes."""
    scored("A<b>", f"<img src=x onerror=alert(1)> {HOSTILE[:60]}", body="see: " + HOSTILE, customer_id="<i>u</i>")
    browser = signed_in("lead")

    for page in (browser.get("/"), browser.get("/tickets/A%3Cb%3E"), browser.get("/queue/cards/A%3Cb%3E")):
        assert page.status_code == 200
        assert not re.search(r"<script>|<img src=x|<b>\"|<i>u", page.text)
        assert "😀" in page.text
        assert 'dir="auto"' in page.text
    assert len(browser.get("/").content) < 60_000


@pytest.mark.parametrize(
    ("act", "more", "expected"),
    [
        ("accept", {}, ("accepted", "Network", None)),
        ("accept", {"choice_group": "Desk"}, ("corrected", "Desk", None)),
        ("accept", {"other_group": " desk "}, ("corrected", "Desk", None)),
        ("reject", {"reason": "wrong_group"}, ("rejected", None, "wrong_group")),
        ("reject", {}, ("rejected", None, None)),
        ("skip", {"reason": "spam"}, ("skipped", None, None)),
    ],
)
def test_the_form_needs_no_script(
    app: FastAPI,
    signed_in: Callable[[str], TestClient],
    scored: Callable[..., None],
    act: str,
    more: dict[str, str],
    expected: tuple[str, str | None, str | None],
) -> None:
    """It is stored, and the browser goes back to where it was."""
    scored("A")

    answer = signed_in("lead").post("/queue/decide", data=form(act=act, **more))

    assert (answer.status_code, answer.headers["location"]) == (303, "/?target=assignment_group")
    (review,) = stored(app, "A")
    assert (review.verdict, review.value, review.reason) == expected
    assert review.reviewer.startswith("user:")


def test_the_fields_of_the_form_are_those_that_are_read(
    app: FastAPI, signed_in: Callable[[str], TestClient], scored: Callable[..., None]
) -> None:
    """Whatever the page has in it is sent back as it is, and that is what a browser would do."""
    scored("A")
    browser = signed_in("lead")
    page = browser.get("/")
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text))
    fields |= dict(re.findall(r'<input type="radio" name="([^"]+)" value="([^"]*)" checked>', page.text))
    fields |= dict.fromkeys(re.findall(r'<input type="text" name="([^"]+)"', page.text), "")

    answer = browser.post("/queue/decide", data=fields | {"act": "accept"})

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert [(each.verdict, each.value, each.model_version) for each in stored(app, "A")] == [
        ("accepted", "Network", "7")
    ]
    assert shown(browser.get("/")) == []


def test_a_form_that_comes_too_late_is_refused_and_shows_what_is_so_now(
    app: FastAPI, signed_in: Callable[[str], TestClient], scored: Callable[..., None], new_key: Callable[..., str]
) -> None:
    """Who decided, and what; and nothing is stored."""
    scored("A")
    browser = signed_in("lead")
    other = TestClient(app, headers={"X-API-Key": new_key("review")})
    said = {"ticket_id": "A", "target": "assignment_group", "verdict": "corrected", "value": "Desk"}
    other.post("/v1/reviews", json=said)

    answer = browser.post("/queue/decide", data=form())

    assert answer.status_code == 409
    assert "Another person has reviewed this already" in answer.text
    assert "Corrected to Desk by helpdesk" in plain(answer)
    assert len(stored(app, "A")) == 1


def test_a_card_of_a_ticket_that_was_decided_says_by_whom(
    app: FastAPI, signed_in: Callable[[str], TestClient], scored: Callable[..., None], new_key: Callable[..., str]
) -> None:
    """And accepting it as it is shown overrules nobody."""
    scored("A")
    browser = signed_in("lead")
    other = TestClient(app, headers={"X-API-Key": new_key("review")})
    said = {"ticket_id": "A", "target": "assignment_group", "verdict": "corrected", "value": "Desk"}
    number = other.post("/v1/reviews", json=said).json()["id"]

    card = browser.get("/queue/cards/A?target=assignment_group")

    assert "Corrected to Desk by helpdesk" in plain(card)
    assert f'data-replaces="{number}"' in card.text
    assert 'data-standing="Desk"' in card.text
    left = form(choice_group="Desk") | {"standing.assignment_group": "Desk", "replaces.assignment_group": str(number)}
    assert browser.post("/queue/decide", data=left).status_code == 303
    assert len(stored(app, "A")) == 1
    overruled = left | {"choice.assignment_group": "Network"}
    assert browser.post("/queue/decide", data=overruled).status_code == 303
    assert [each.verdict for each in stored(app, "A")] == ["corrected", "accepted"]


def test_nothing_is_stored_where_a_form_says_nothing(
    app: FastAPI, signed_in: Callable[[str], TestClient], scored: Callable[..., None]
) -> None:
    """As of a blind ticket of which nobody has chosen a value."""
    scored("A")
    empty = form(choice_group="", other_group="")

    answer = signed_in("lead").post("/queue/decide", data=empty)

    assert answer.status_code == 422
    assert "Choose a value first." in answer.text
    assert stored(app, "A") == []


def test_a_rejected_group_leaves_the_type_waiting(
    app: FastAPI, signed_in: Callable[[str], TestClient], scored: Callable[..., None]
) -> None:
    """What is wrong about one answer says nothing of the other."""
    scored("A")
    both = form(act="reject", reason="wrong_group") | {"other.ticket_type": ""}

    signed_in("lead").post("/queue/decide", data=both)

    assert [(each.target, each.reason) for each in stored(app, "A")] == [("assignment_group", "wrong_group")]


def test_undo_takes_the_value_back_and_lets_the_ticket_wait_again(
    app: FastAPI, signed_in: Callable[[str], TestClient], scored: Callable[..., None]
) -> None:
    """Also after a rejection."""
    scored("A")
    browser = signed_in("lead")
    for act in ("accept", "reject"):
        browser.post("/queue/decide", data=form(act=act))
        assert shown(browser.get("/")) == []
        (review,) = [each for each in stored(app, "A") if each.undone_at is None]

        answer = browser.post("/queue/undo", data={"review": str(review.id)})

        assert answer.status_code == 200
        assert "It was taken back." in answer.text
        assert shown(browser.get("/")) == ["A"]


def test_undo_does_not_hide_the_first_decision(
    app: FastAPI, signed_in: Callable[[str], TestClient], scored: Callable[..., None]
) -> None:
    """What was taken back stays on record, with who did."""
    scored("A")
    browser = signed_in("lead")
    browser.post("/queue/decide", data=form())
    browser.post("/queue/undo", data={"review": str(stored(app, "A")[0].id)})

    page = plain(browser.get("/tickets/A"))

    assert "lead@example.org accepted Group Network." in page
    assert "Taken back: lead@example.org accepted Group Network." in page


@pytest.mark.parametrize("review", ["", "0", "9" * 20, "x", "-1", "1.5", "٣"])
def test_undo_of_no_review_is_refused(signed_in: Callable[[str], TestClient], review: str) -> None:
    """A form can be made up."""
    assert signed_in("lead").post("/queue/undo", data={"review": review}).status_code in (404, 422)


def test_more_leaves_out_what_the_page_has(signed_in: Callable[[str], TestClient], scored: Callable[..., None]) -> None:
    """And keeps it claimed."""
    for n in range(3):
        scored(f"A{n}", opened_at=(NOW - timedelta(days=9 - n)).isoformat())
    browser = signed_in("lead")

    more = browser.post("/queue/more", json={"beside": ["A0", "A2"]})

    assert shown(more) == ["A1"]
    assert 'data-waiting="3"' in more.text


def test_leaving_a_page_gives_back_what_no_later_page_has(
    app: FastAPI, signed_in: Callable[[str], TestClient], scored: Callable[..., None], new_key: Callable[..., str]
) -> None:
    """A page that is loaded again claims before the old one is gone."""
    scored("A")
    browser = signed_in("lead")
    other = TestClient(app, headers={"X-API-Key": new_key("review")})
    (first,) = re.findall(r'data-until="([^"]+)"', browser.get("/").text)
    (second,) = re.findall(r'data-until="([^"]+)"', browser.get("/").text)

    browser.post("/queue/release", json={"tickets": ["A"], "until": first})
    assert other.post("/v1/queue/claim").json()["tickets"] == []
    browser.post("/queue/release", json={"tickets": ["A"], "until": second})
    assert len(other.post("/v1/queue/claim").json()["tickets"]) == 1
    assert browser.post("/queue/renew", json={"tickets": ["A"]}).json()["kept"] == []


def test_like_it_is_what_was_suggested_alike_and_says_the_same_words(
    app: FastAPI, signed_in: Callable[[str], TestClient], scored: Callable[..., None]
) -> None:
    """And nothing that another person looks at, or that nobody may see an answer of."""
    for id_ in "ABCDE":
        scored(id_, "scanner" if id_ == "C" else f"{id_} vpn")
    with writing(app.state.desk.engine) as connection:  # another model has answered E otherwise since
        (network,) = predictions.newest_of(connection, "E").answers
        predictions.record(connection, [("E", predictions_answer([network._replace(value="Desk")]))], "8", NOW)

    found = signed_in("lead").post("/queue/like", json={"ticket_id": "A", "target": "assignment_group"})

    assert found.json()["words"] == ["vpn"]
    assert found.json()["value"] == "Network"
    assert sorted(one["ticket_id"] for one in found.json()["tickets"]) == ["B", "D"]
    assert [one["is_sure"] for one in found.json()["tickets"]] == [False, False]


def test_nothing_is_like_a_blind_ticket_and_no_blind_ticket_is_like_another(
    signed_in: Callable[[str], TestClient],
    blind: None,  # noqa: ARG001
    scored: Callable[..., None],
) -> None:
    """That it is like one would tell what the model said."""
    scored("A", "printer vpn")
    browser = signed_in("lead")

    of_blind = browser.post("/queue/like", json={"ticket_id": "B", "target": "assignment_group"})
    of_other = browser.post("/queue/like", json={"ticket_id": "A", "target": "assignment_group"})

    assert of_blind.status_code == 422
    assert of_other.json()["tickets"] == []


def test_nothing_is_like_it_where_another_model_answers_by_now(
    signed_in: Callable[[str], TestClient], scored: Callable[..., None], model: FakeModel
) -> None:
    """The words that spoke are those of the model that said so."""
    scored("A", "printer vpn")
    model.version = "8"

    found = signed_in("lead").post("/queue/like", json={"ticket_id": "A", "target": "assignment_group"})

    assert found.status_code == 422
    assert "Another model answers by now" in found.json()["detail"]


def test_an_empty_queue_says_why(
    app: FastAPI, signed_in: Callable[[str], TestClient], scored: Callable[..., None], new_key: Callable[..., str]
) -> None:
    """Somebody who sees nothing must know whether to be glad."""
    browser = signed_in("lead")
    assert "None has yet" in plain(browser.get("/"))
    scored("A")

    filtered = browser.get("/?target=priority")
    assert "The filters hide everything" in filtered.text
    assert "1 ticket waits, and none of it is what you ask for." in plain(filtered)
    assert 'href="/">Clear the filters' in filtered.text
    browser.post("/v1/queue/release")
    other = TestClient(app, headers={"X-API-Key": new_key("review")})
    other.post("/v1/queue/claim")
    assert "1 ticket waits and is claimed by other people at this moment." in plain(browser.get("/"))
    other.post("/v1/queue/release")
    browser.post("/queue/decide", data=form(act="skip"))
    assert "You have skipped the rest" in browser.get("/").text
    browser.post("/queue/decide", data=form())
    done = plain(browser.get("/"))
    assert "All is decided: 1 in the last 24 hours, 1 of them by you." in done
    assert "a moment ago" in done


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [(NoModel("none"), "No model answers yet"), (ModelUnusable("broken"), "The model cannot answer")],
)
def test_without_a_model_the_queue_says_so(
    signed_in: Callable[[str], TestClient],
    scored: Callable[..., None],
    model: FakeModel,
    fault: ModelUnusable,
    sentence: str,
) -> None:
    """And what waits already can be decided."""
    browser = signed_in("lead")
    model.fault = fault
    assert sentence in browser.get("/").text
    model.fault = None
    scored("A")
    model.fault = fault

    page = browser.get("/")

    assert shown(page) == ["A"]
    assert "What waits already can be decided." in page.text
    assert browser.post("/queue/decide", data=form()).status_code == 303


def test_without_a_database_the_page_says_so(
    signed_in: Callable[[str], TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the database's own words, which name hosts."""
    browser = signed_in("lead")

    def broken(*_: object, **__: object) -> None:
        raise StoreUnusable("host db.internal is down")

    monkeypatch.setattr("api.pages.queue.claimed_tickets", broken)
    page = browser.get("/")

    assert page.status_code == 503
    assert "The database cannot be used at this moment" in page.text
    assert "db.internal" not in page.text


def test_who_may_only_read_is_told_so(
    signed_in: Callable[[str], TestClient],
    scored: Callable[..., None],
    stranger: TestClient,
    new_key: Callable[..., str],
) -> None:
    """And claims nothing; nor does a key."""
    scored("A")
    agent = signed_in("agent").get("/")
    key = stranger.get("/", headers={"X-API-Key": new_key("read", "review"), "Accept": "text/html"})

    assert "The queue of tickets that wait for a person is for those who decide" in plain(agent)
    assert "The queue is for people" in key.text
    assert shown(agent) == shown(key) == []
    assert agent.status_code == key.status_code == 200


@pytest.mark.parametrize(
    "path", ["/queue/decide", "/queue/undo", "/queue/more", "/queue/renew", "/queue/release", "/queue/like"]
)
def test_who_may_only_read_decides_nothing(signed_in: Callable[[str], TestClient], path: str) -> None:
    """Whatever a page would let them click."""
    assert signed_in("agent").post(path, data={"act": "accept"}).status_code == 403


@pytest.mark.parametrize("query", ["target=%00", "age=x", "age=-4", "group=" + "x" * 3000, "source=%ff&segment=<b>"])
def test_a_made_up_filter_hides_or_is_none(
    signed_in: Callable[[str], TestClient], scored: Callable[..., None], query: str
) -> None:
    """An address may be mistyped."""
    scored("A")

    page = signed_in("lead").get(f"/?{query}")

    assert page.status_code == 200
    assert "<b>" not in re.findall(r'<details class="filters".*?</details>', page.text, re.DOTALL)[0]


def test_the_page_asks_for_each_thing_once(
    app: FastAPI, signed_in: Callable[[str], TestClient], scored: Callable[..., None]
) -> None:
    """Not for each ticket: a page of 25 would take 25 times as long on a database that is far away."""
    for n in range(12):
        scored(f"A{n}", customer_id=f"u{n}")
    browser, asked = signed_in("lead"), []
    event.listen(app.state.desk.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))

    browser.get("/")

    assert sum("FROM predictions" in each for each in asked) == 1
    assert len(asked) < 40


def test_a_blind_ticket_that_people_have_decided_shows_what_was_answered(
    app: FastAPI,
    signed_in: Callable[[str], TestClient],
    blind: None,  # noqa: ARG001
) -> None:
    """Then it can change nothing any more, and people may learn from it."""
    browser = signed_in("lead")
    sent = {"ticket_id": "B", "act": "accept", "other.assignment_group": "Desk"}
    assert browser.post("/queue/decide", data=sent).status_code == 303

    page = plain(browser.get("/tickets/B"))

    assert "Network (60 %)" in page
    assert [each.suggested for each in stored(app, "B")] == [None]


def test_the_entry_of_a_ticket_is_found(app: FastAPI, scored: Callable[..., None]) -> None:
    """Whether it waits or not."""
    scored("A")
    with writing(app.state.desk.engine) as connection:
        waits = review_queue.entry_of(connection, "A")
        review_queue.settle(connection, "A", ["assignment_group"])
        settled = review_queue.entry_of(connection, "A")
        unknown = review_queue.entry_of(connection, "z")

    assert isinstance(waits, QueueEntry)
    assert (waits.targets, unknown) == (("assignment_group",), None)
    assert settled == replace(waits, targets=())


class _Peers:
    """Knows one system, which takes two groups and tells nothing of other questions."""

    def connection(self, name: str) -> "_Peers":
        """The system."""
        if name != "desk":
            raise TryLater("There is none.")
        return self

    @contextlib.contextmanager
    def asking(self, _name: str) -> Iterator[None]:
        """A client of it."""
        yield

    @property
    def connector(self) -> "_Peers":
        """What speaks its language."""
        return self

    def labels(self, _client: object, target: str) -> frozenset[str] | None:
        """What it takes."""
        return frozenset({"Network", "Desk"}) if target == "assignment_group" else None


@pytest.mark.parametrize(
    ("source", "target", "labels"),
    [("desk", "assignment_group", ["Desk", "Network"]), ("desk", "priority", None), ("other", "priority", None)],
)
def test_a_connected_system_says_which_values_it_takes(
    app: FastAPI, signed_in: Callable[[str], TestClient], source: str, target: str, labels: list[str] | None
) -> None:
    """Where it cannot be asked, the page offers what the model knows."""
    app.state.peers = _Peers()

    answer = signed_in("lead").get("/queue/labels", params={"source": source, "target": target})

    assert answer.json() == {"labels": labels}

"""The queue in a real browser: decisions by keyboard, and what is stored of them."""

import csv
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest
from sqlalchemy import select

from api.answers import predictions_answer
from data import predictions, review_queue, reviews, sourced_tickets, tables, tickets
from data.database import reading, writing
from data.exports.decided_export import PROVENANCE, write_decided
from data.review_queue import QueueEntry
from data.reviews import Said
from models.registry import load_served
from tests.browser.conftest import PASSWORD, Server
from triage.prediction import Prediction
from triage.ticket import NewTicket

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
GROUP, TYPE = "assignment_group", "ticket_type"
SUBJECTS = ("vpn tunnel drops", "mailbox is full", "laptop screen black", "new keyboard please")


@dataclass(frozen=True)
class Queue:
    """Tickets that wait, and nothing else in the database.

    Attributes:
        server: that shows them.
        score: what its model says.
    """

    server: Server
    score: Callable[[Sequence[NewTicket]], list[tuple[Prediction, ...]]]

    def put(self, *ids: str, targets: Sequence[str] = (GROUP,), is_sure: bool = False, **values: Any) -> list[str]:  # noqa: ANN401
        """Lets tickets wait behind those that do; the first is the first in turn."""
        now, subject = datetime.now(UTC), values.pop("subject", None)
        filed = [
            NewTicket(id=id_, subject=subject or f"{SUBJECTS[n % 4]}", **{"body": f"since {id_}"} | values)
            for n, id_ in enumerate(ids)
        ]
        answers = [tuple(self._answer(answer, is_sure) for answer in found) for found in self.score(filed)]
        opened = now - timedelta(hours=3)
        with writing(self.server.engine) as connection:
            n = len(connection.execute(select(tables.review_queue.c.ticket_id)).all())
            tickets.file(connection, filed, opened)
            scored = [(ticket.id, predictions_answer(said)) for ticket, said in zip(filed, answers, strict=True)]
            predictions.record(connection, scored, "1", opened)
            plain = QueueEntry("", 0.0, tuple(targets), opened)
            entries = [
                replace(plain, ticket_id=id_, rank=-float(n + place), assignment_group=_value(answers[place], GROUP))
                for place, id_ in enumerate(ids)
            ]
            review_queue.put(connection, entries, ids, "1")
        return list(ids)

    def _answer(self, answer: Prediction, is_sure: bool) -> Prediction:
        if is_sure:
            return answer._replace(threshold=0.1, decision="suggest", reason="above_threshold")
        return answer._replace(threshold=0.999, decision="suggest", reason="below_threshold")

    def suggested(self, id_: str, target: str = GROUP) -> str:
        """What the model has answered about a ticket."""
        with reading(self.server.engine) as connection:
            scoring = predictions.newest_of(connection, id_)
        assert scoring is not None
        return _value(scoring.answers, target)

    def rows(self) -> list[Any]:
        """Every review there is, in their order."""
        with reading(self.server.engine) as connection:
            return [reviews.as_review(row) for row in connection.execute(select(tables.reviews).order_by("id"))]

    def standing(self) -> dict[tuple[str, str], tuple[str, str | None]]:
        """By ticket and question what people have said, without what was taken back."""
        return {(row.ticket_id, row.target): (row.verdict, row.value) for row in self.rows() if row.undone_at is None}

    def waiting(self) -> set[str]:
        """The tickets of which some question waits."""
        with reading(self.server.engine) as connection:
            return set(connection.scalars(select(tables.review_queue.c.ticket_id).where(tables.review_queue.c.waits)))


def _value(answers: Sequence[Prediction], target: str) -> str:
    return next(answer.value for answer in answers if answer.target == target)


@pytest.fixture
def queue(server: Server, home: Path) -> Queue:
    """An empty queue, and the model of the server to fill it."""
    with writing(server.engine) as connection:
        connection.execute(tables.tickets.delete())
    model = load_served(home / "models", "1")
    return Queue(server, model.score)


def press(page: "Page", *keys: str) -> None:
    """One key after the other."""
    for key in keys:
        page.keyboard.press(key)


def shown(page: "Page") -> list[str]:
    """The tickets on the page."""
    return page.evaluate("[...document.querySelectorAll('article.ticket')].map((each) => each.dataset.ticket)")


def current(page: "Page") -> str:
    """The ticket that keys are about."""
    return page.evaluate("document.querySelector('article.current')?.dataset.ticket || ''")


def focused(page: "Page") -> str:
    """What has the focus: a ticket, or the name of an element."""
    return page.evaluate("document.activeElement.dataset.ticket || document.activeElement.localName")


def said(page: "Page") -> str:
    """What the page told last."""
    return page.locator("#said").inner_text()


def until(claim: Callable[[], bool], what: str = "") -> None:
    """Waits for what is stored behind the page."""
    end = time.monotonic() + 15
    while not claim():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def test_a_lead_works_through_the_queue_by_keyboard(page: "Page", queue: Queue, tmp_path: Path) -> None:
    """Signs in, corrects one, takes one back, rejects three like it at once, accepts the rest.

    Exactly that is kept, and is what the next training learns from.
    """
    queue.server.add("lead")
    alike = queue.put("S0", "S1", "S2", "S3", subject="docking station dead", body="router blinking red")
    single = queue.put(*(f"T{n}" for n in range(20)))
    page.goto("/")
    page.get_by_label("E-mail address").fill("lead@example.org")
    press(page, "Tab")
    page.keyboard.type(PASSWORD)
    press(page, "Enter")
    page.locator("article.current").wait_for()
    labels = page.evaluate("[...document.getElementById('labels-assignment_group').options].map((each) => each.value)")

    assert current(page) == focused(page) == "S0"
    press(page, "r", "1")
    press(page, ".")
    page.locator("#like[open]").wait_for()
    assert page.locator("#like-title").inner_text() == "Reject 3 tickets like it?"
    assert "was suggested, and the text says at least two of “" in page.locator("#like-said").inner_text()
    press(page, "Enter")
    assert current(page) == "T0"
    other = next(label for label in labels if label != queue.suggested("T0"))
    press(page, "e")
    page.keyboard.type(other[:4].lower())
    press(page, "Enter", "Enter")
    assert current(page) == "T1"
    press(page, "Enter", "u")
    assert current(page) == focused(page) == "T1"
    for _ in range(19):
        press(page, "Enter")
    page.locator("#empty").wait_for()

    until(lambda: len(queue.rows()) == 25 and not queue.waiting())
    rejected = {(id_, GROUP): ("rejected", None) for id_ in alike}
    accepted = {(id_, GROUP): ("accepted", queue.suggested(id_)) for id_ in single[1:]}
    assert queue.standing() == rejected | {("T0", GROUP): ("corrected", other)} | accepted
    assert [(row.ticket_id, row.verdict) for row in queue.rows() if row.undone_at] == [("T1", "accepted")]
    assert {row.reason for row in queue.rows() if row.verdict == "rejected"} == {"wrong_group"}
    assert all(0 <= row.seconds < 60 for row in queue.rows())
    assert sum(row.seconds for row in queue.rows()) > 0
    assert "All is decided: 24 in the last 24 hours" in page.locator("#empty").inner_text()
    assert focused(page) != "body"
    write_decided(queue.server.engine, tmp_path / "next.csv", datetime.now(UTC))
    with (tmp_path / "next.csv").open(encoding="utf-8", newline="") as file:
        learned = {row["id"]: (row[GROUP], row[f"{PROVENANCE}{GROUP}"]) for row in csv.DictReader(file)}
    accepted_rows = {id_: (queue.suggested(id_), "accepted") for id_ in single[1:]}
    assert learned == dict.fromkeys(alike, ("", "")) | {"T0": (other, "corrected")} | accepted_rows


def test_sixty_decisions_a_minute_and_no_page_is_loaded(signed_in_page: Callable[[str], "Page"], queue: Queue) -> None:
    """More are claimed while somebody decides; nobody waits for that either."""
    queue.put(*(f"T{n}" for n in range(60)))
    page = signed_in_page("lead")
    page.goto("/")
    loaded: list[str] = []
    page.on("framenavigated", lambda frame: loaded.append(frame.url))

    begun = time.monotonic()
    for n in range(40):
        until(lambda: current(page) != "")
        press(page, *(["2", "Enter"] if n % 5 == 0 else ["Enter"]))
    seconds = time.monotonic() - begun
    until(lambda: len(queue.standing()) == 40)

    assert 40 / seconds * 60 >= 60
    assert loaded == []
    assert [verdict for verdict, _ in queue.standing().values()].count("corrected") == 8
    assert queue.waiting() == {f"T{n}" for n in range(40, 60)}


def test_each_question_of_a_ticket_is_decided(signed_in_page: Callable[[str], "Page"], queue: Queue) -> None:
    """`g` goes to the next question; Enter decides all of them as they are shown."""
    queue.put("A", "B", targets=(GROUP, TYPE))
    page = signed_in_page("lead")
    page.goto("/")

    press(page, "g", "2")
    other = page.locator("article.current [data-target=ticket_type] input:checked").get_attribute("value")
    press(page, "Enter", "r", "2")
    until(lambda: len(queue.standing()) == 3)

    assert other != queue.suggested("A", TYPE)
    assert queue.standing() == {
        ("A", GROUP): ("accepted", queue.suggested("A")),
        ("A", TYPE): ("corrected", other),
        ("B", TYPE): ("rejected", None),
    }
    assert (current(page), queue.waiting()) == ("B", {"B"})
    press(page, "Enter")
    until(lambda: not queue.waiting())
    assert queue.standing()["B", GROUP] == ("accepted", queue.suggested("B"))


def test_only_what_the_model_is_sure_of_is_accepted_at_once(
    signed_in_page: Callable[[str], "Page"], queue: Queue
) -> None:
    """The others are left, and counted."""
    sure = queue.put("A", "B", "C", is_sure=True)
    queue.put("D", "E")
    page = signed_in_page("lead")
    page.goto("/")

    press(page, "X", "a")
    until(lambda: len(queue.standing()) == 3)

    assert set(queue.standing()) == {(id_, GROUP) for id_ in sure}
    assert shown(page) == ["D", "E"]
    assert said(page).startswith("Accepted 3 tickets. 2 tickets left: the model is below its threshold")
    press(page, "a")
    assert said(page).startswith("Nothing is done")


def test_in_bulk_a_value_and_a_rejection_are_for_all_selected(
    signed_in_page: Callable[[str], "Page"], queue: Queue
) -> None:
    """And one undo takes one step back, however many tickets it was about (pelagios/recogito2#295)."""
    queue.put("A", "B", "C", "D")
    page = signed_in_page("lead")
    page.goto("/")

    press(page, "x", "j", "x", "r", "5")
    until(lambda: len(queue.standing()) == 2)
    assert set(queue.standing().values()) == {("rejected", None)}
    assert shown(page) == ["C", "D"]
    press(page, "u")
    until(lambda: not queue.standing())
    assert shown(page) == ["A", "B", "C", "D"]
    assert queue.waiting() == {"A", "B", "C", "D"}

    press(page, "X", "e")
    page.keyboard.type("A group of its own")
    press(page, "Enter")
    until(lambda: len(queue.standing()) == 4)
    assert set(queue.standing().values()) == {("corrected", "A group of its own")}


def test_undo_goes_back_step_by_step(signed_in_page: Callable[[str], "Page"], queue: Queue) -> None:
    """Whoever pressed the wrong key gets the ticket back where it was, with the focus (argilla-io/argilla#5113)."""
    queue.put("A", "B", "C", "D")
    page = signed_in_page("lead")
    page.goto("/")

    press(page, "Enter", "s", "r", "4", "u", "u")
    assert (shown(page), focused(page)) == (["B", "C", "D"], "B")
    press(page, "u", "u")
    assert (shown(page), focused(page)) == (["A", "B", "C", "D"], "A")
    assert said(page) == "There is nothing to undo."
    until(lambda: len([row for row in queue.rows() if row.undone_at]) == 3)

    assert queue.waiting() == {"A", "B", "C", "D"}
    assert queue.standing() == {}


def test_who_skips_leaves_the_ticket_to_others(
    chromium: "Browser", signed_in_page: Callable[[str], "Page"], queue: Queue
) -> None:
    """At once, not when the claim has run out."""
    queue.put("A", "B")
    page = signed_in_page("lead")
    page.goto("/")

    press(page, "s")
    until(lambda: len(queue.standing()) == 1)
    with other_lead(chromium, queue) as other:
        until(lambda: bool(other.goto("/")) and shown(other) == ["A"])

    assert shown(page) == ["B"]


def test_no_key_does_anything_while_somebody_types(signed_in_page: Callable[[str], "Page"], queue: Queue) -> None:
    """DigitalSlideArchive/HistomicsUI#12; nor together with Ctrl, as in Ctrl+A (chrisvel/tududi#164)."""
    queue.put("A", "B", "C", is_sure=True)
    page = signed_in_page("lead")
    page.goto("/")

    press(page, "X", "Control+a", "Alt+s", "Meta+r")
    press(page, "X", "e")
    page.keyboard.type("axsrju.?o123jk")
    press(page, "Control+a")
    assert page.locator("article.current .other input").input_value() == "axsrju.?o123jk"
    press(page, "Escape")
    page.locator("summary").click()
    page.get_by_label("Question").focus()
    page.keyboard.type("sa")
    time.sleep(0.3)

    assert queue.rows() == []
    assert shown(page) == ["A", "B", "C"]
    assert page.locator("article.current .other input").input_value() == ""
    assert page.locator("dialog[open]").count() == 0


def test_a_key_that_is_held_down_decides_once(signed_in_page: Callable[[str], "Page"], queue: Queue) -> None:
    """janelia-flyem/NeuTu#216: whoever rests a finger on Enter has not read the next ten tickets."""
    queue.put("A", "B", "C")
    page = signed_in_page("lead")
    page.goto("/")

    for _ in range(6):
        page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    until(lambda: len(queue.standing()) == 1)
    time.sleep(0.3)

    assert (list(queue.standing()), current(page)) == ([("A", GROUP)], "B")


def test_a_double_click_decides_once(signed_in_page: Callable[[str], "Page"], queue: Queue) -> None:
    """squallstar/gakusei#8: and the second click does not fall on the next ticket, which has moved up."""
    queue.put("A", "B", "C")
    page = signed_in_page("lead")
    page.goto("/")

    page.locator("article.current").get_by_role("button", name="Accept").dblclick()
    until(lambda: len(queue.rows()) >= 1)
    time.sleep(0.3)

    assert [row.ticket_id for row in queue.rows()] == ["A"]


def test_the_focus_is_never_lost(signed_in_page: Callable[[str], "Page"], queue: Queue) -> None:
    """Behind what was decided, before it at the end, and on the heading where nothing is left.

    UI5/openui5#252, and for the last one plexinc/plex-media-player#709.
    """
    queue.put("A", "B", "C")
    page = signed_in_page("lead")
    page.goto("/")

    press(page, "j", "Enter")
    assert focused(page) == "C"
    press(page, "Enter")
    assert focused(page) == "A"
    press(page, "?", "Escape")
    assert focused(page) == "A"
    press(page, "r", "Escape")
    assert focused(page) == "A"
    press(page, "Enter")
    assert focused(page) == "h1"
    press(page, "u")
    assert focused(page) == "A"


class other_lead:  # noqa: N801 - reads as a function
    """A second person in a browser of their own."""

    def __init__(self, chromium: "Browser", queue: Queue) -> None:
        self._context = chromium.new_context(base_url=queue.server.address)
        token = queue.server.open_session(queue.server.add("lead", "ben@example.org"))
        self._context.add_cookies([{"name": "triage", "value": token, "url": queue.server.address, "httpOnly": True}])

    def __enter__(self) -> "Page":
        return self._context.new_page()

    def __exit__(self, *_: object) -> None:
        self._context.close()


def test_two_people_never_have_the_same_ticket(
    chromium: "Browser", signed_in_page: Callable[[str], "Page"], queue: Queue
) -> None:
    """And each is told how many the others have."""
    queue.put(*(f"T{n}" for n in range(30)))
    page = signed_in_page("lead")
    page.goto("/")
    with other_lead(chromium, queue) as other:
        other.goto("/")

        assert (len(shown(page)), len(shown(other))) == (25, 5)
        assert set(shown(page)).isdisjoint(shown(other))
        for _ in range(5):
            press(other, "Enter")
        other.locator("#empty").wait_for()
        assert "25 tickets wait and are claimed by other people" in other.locator("#empty").inner_text()
        page.close()
        until(lambda: bool(other.goto("/")) and len(shown(other)) == 25)


def test_a_decision_that_comes_too_late_is_refused_and_shows_the_newer_one(
    signed_in_page: Callable[[str], "Page"], queue: Queue
) -> None:
    """hypothesis/h#9743: nobody overwrites what another person has said without having seen it."""
    queue.put("A", "B")
    person = queue.server.add("lead", "ben@example.org")
    page = signed_in_page("lead")
    page.goto("/")
    label = next(each for each in labels_of(page) if each != queue.suggested("A"))
    with writing(queue.server.engine) as connection:
        corrected = Said(target=GROUP, verdict="corrected", value=label)
        reviews.record(connection, "A", corrected, f"user:{person.id}", datetime.now(UTC))

    press(page, "Enter")
    page.locator("article[data-ticket=A] .notice").wait_for()

    row = page.locator("article[data-ticket=A]").inner_text()
    assert f"Corrected to {label} by ben@example.org, " in row
    assert "Your decision was not stored. Another person has reviewed this already" in row
    assert "Another person has reviewed this already" in said(page)
    assert queue.standing() == {("A", GROUP): ("corrected", label)}
    assert focused(page) == "B"
    press(page, "j")
    assert current(page) == "A"
    press(page, "Enter")
    assert said(page) == "Left as it was decided."
    assert shown(page) == ["B"]
    time.sleep(0.2)
    assert len(queue.rows()) == 1


def test_an_answer_that_is_no_longer_so_is_not_accepted(signed_in_page: Callable[[str], "Page"], queue: Queue) -> None:
    """A model has answered anew; the new answer is shown."""
    queue.put("A", "B")
    page = signed_in_page("lead")
    page.goto("/")
    with writing(queue.server.engine) as connection:
        scoring = predictions.newest_of(connection, "A")
        assert scoring is not None
        answers = tuple(
            each._replace(value=each.top[1].value, top=(each.top[1], each.top[0])) for each in scoring.answers
        )
        predictions.record(connection, [("A", predictions_answer(answers))], "2", datetime.now(UTC))
    newer = queue.suggested("A")

    press(page, "Enter")
    page.locator("article[data-ticket=A] .notice.refused").wait_for(state="attached")

    assert queue.rows() == []
    assert page.locator("article[data-ticket=A] fieldset").get_attribute("data-suggested") == newer
    press(page, "j", "Enter")
    until(lambda: queue.standing() == {("A", GROUP): ("accepted", newer)})


def test_what_cannot_be_sent_comes_back(
    context: "BrowserContext", signed_in_page: Callable[[str], "Page"], queue: Queue
) -> None:
    """Nobody believes a decision stored that is not."""
    queue.put("A", "B")
    page = signed_in_page("lead")
    page.goto("/")
    page.route("**/v1/reviews/batch", lambda route: route.fulfill(status=429, json={"detail": "Not at this moment."}))

    press(page, "Enter")
    until(lambda: len(shown(page)) == 2)

    assert said(page) == "Not stored: Not at this moment."
    assert queue.rows() == []
    page.unroute("**/v1/reviews/batch")
    press(page, "j", "Enter")
    until(lambda: list(queue.standing()) == [("A", GROUP)])
    context.clear_cookies()


def test_what_is_on_its_way_is_not_shown_again(signed_in_page: Callable[[str], "Page"], queue: Queue) -> None:
    """For the service it still waits while more are asked for."""
    queue.put(*(f"T{n}" for n in range(8)))
    page = signed_in_page("lead")
    page.goto("/")
    seen: list[str] = []

    def slowly(route: Any) -> None:  # noqa: ANN401
        time.sleep(0.2)
        route.continue_()

    page.route("**/v1/reviews/batch", slowly)
    page.route("**/queue/more", slowly)
    for _ in range(8):
        seen.append(current(page))
        press(page, "Enter")
    page.locator("#empty").wait_for()

    assert seen == [f"T{n}" for n in range(8)]
    assert shown(page) == []
    assert "All is decided: 8" in page.locator("#empty").inner_text()
    assert len(queue.rows()) == 8


def test_a_blind_ticket_takes_a_value_and_nothing_else(signed_in_page: Callable[[str], "Page"], queue: Queue) -> None:
    """Nothing is suggested, so nothing can be accepted or rejected."""
    queue.put("A", "B")
    with writing(queue.server.engine) as connection:
        sourced_tickets.link(connection, "A", "desk", "1", {}, is_blind=True)
        blind = tables.review_queue.c.ticket_id == "A"
        connection.execute(tables.review_queue.update().where(blind).values(is_blind=True, source="desk"))
    page = signed_in_page("lead")
    page.goto("/")

    press(page, "Enter")
    assert said(page) == "Group: choose a value first (e)."
    press(page, "r")
    assert "Nothing was suggested here" in said(page)
    press(page, "e")
    page.keyboard.type(queue.suggested("A"))
    press(page, "Enter", "Enter")
    until(lambda: len(queue.rows()) == 1)

    (row,) = queue.rows()
    assert (row.ticket_id, row.verdict, row.suggested) == ("A", "corrected", None)


HOSTILE: Mapping[str, str] = {
    "script": "<script>document.title = 'owned'</script><img src=x onerror=\"document.title = 'owned'\">",
    "direction": "\u202e\u2066 txt.exe \u05e9\u05dc\u05d5\u05dd",
    "long": "x" * 100_000,
    "emoji": "👩‍👩‍👧‍👦" * 200,
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("width", [1280, 400])
def test_the_text_of_a_ticket_is_only_text(
    signed_in_page: Callable[[str], "Page"], queue: Queue, name: str, width: int
) -> None:
    """It runs nothing, turns nothing else around and makes no page wider than the screen."""
    text = HOSTILE[name]
    queue.put("A", subject=f"see {text[:300]}", body=f"{text} and {text}", customer_id=text[:150])
    page = signed_in_page("lead")
    page.set_viewport_size({"width": width, "height": 800})

    for path in ("/", "/tickets/A"):
        page.goto(path)
        assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth"), path
        assert "owned" not in page.title()
        assert page.locator("main img, main script").count() == 0
        assert page.locator("main [dir=auto]").count() >= 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_everybody_can_use_both_pages(
    chromium: "Browser", queue: Queue, scheme: Literal["light", "dark"], width: int
) -> None:
    """With a screen reader, with little sight, on a narrow screen; the dialogs as well."""
    queue.put("A", "B", targets=(GROUP, TYPE), customer_id="u1")
    context = chromium.new_context(
        base_url=queue.server.address,
        color_scheme=scheme,
        viewport={"width": width, "height": 800},
        bypass_csp=True,
        reduced_motion="reduce",
    )
    token = queue.server.open_session(queue.server.add("lead"))
    context.add_cookies([{"name": "triage", "value": token, "url": queue.server.address, "httpOnly": True}])
    page = context.new_page()
    found = []
    for path, keys in (("/", ()), ("/", ("?",)), ("/", ("r",)), ("/", ("x", "e", "v")), ("/tickets/A", ())):
        page.goto(path)
        press(page, *keys)
        page.add_script_tag(path=AXE)
        violations = page.evaluate("axe.run()")["violations"]
        found += [
            (path, keys, each["id"], each["nodes"][0]["html"])
            for each in violations
            if each["impact"] in ("serious", "critical")
        ]
        assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth"), path
    context.close()

    assert found == []


def test_without_a_script_the_forms_decide(chromium: "Browser", queue: Queue) -> None:
    """One after the other, with a page loaded in between."""
    queue.put("A", "B")
    context = chromium.new_context(base_url=queue.server.address, java_script_enabled=False)
    token = queue.server.open_session(queue.server.add("lead"))
    context.add_cookies([{"name": "triage", "value": token, "url": queue.server.address, "httpOnly": True}])
    page = context.new_page()
    page.goto("/")

    first = page.locator("article").first
    first.locator("input[type=radio]").nth(1).check()
    first.get_by_role("button", name="Accept").click()
    page.locator("article").first.locator("select").select_option("spam")
    page.locator("article").first.get_by_role("button", name="Reject").click()
    page.wait_for_load_state()
    context.close()

    assert {key[0]: value[0] for key, value in queue.standing().items()} == {"A": "corrected", "B": "rejected"}
    assert queue.waiting() == set()


def labels_of(page: "Page") -> list[str]:
    """The groups that the model knows."""
    return page.evaluate("[...document.getElementById('labels-assignment_group').options].map((each) => each.value)")


def test_what_is_looked_at_stays_claimed_and_what_went_to_others_goes(
    signed_in_page: Callable[[str], "Page"], queue: Queue
) -> None:
    """Every few minutes; somebody may have come back from lunch."""
    queue.put("A", "B", "C")
    person = queue.server.add("lead", "ben@example.org")
    page = signed_in_page("lead")
    page.clock.install()
    page.goto("/")
    until_then = page.evaluate("document.getElementById('queue').dataset.until")
    with writing(queue.server.engine) as connection:
        theirs = {"claimed_by": f"user:{person.id}", "claimed_until": datetime.now(UTC) + timedelta(minutes=5)}
        connection.execute(tables.review_queue.update().where(tables.review_queue.c.ticket_id == "A").values(theirs))

    with page.expect_response("**/queue/renew") as answered:
        page.clock.fast_forward(181_000)
    kept = answered.value.json()
    until(lambda: len(shown(page)) == 2)

    assert kept["kept"] == ["B", "C"]
    assert datetime.fromisoformat(kept["until"]) > datetime.fromisoformat(until_then)
    assert said(page) == "1 ticket went to others meanwhile."
    assert focused(page) == "B"

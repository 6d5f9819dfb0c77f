"""What leads see of customers in a browser, who may, what is kept of it, and what is not shown where nobody may be."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from starlette.testclient import TestClient

from api.app import build_app
from api.individuals import WHY_NOT
from api.pages.held import FIELD_WORDS, ROW_WORDS
from data import vips
from data.database import reading, writing
from data.held import FIELDS, ROWS
from data.opt_outs import opt_out
from data.persons import Person
from data.plans import agree, plans_of
from data.profile_views import views_of
from data.tables import metadata, profile_views, review_queue
from data.tickets import import_worked
from triage.customers.plans import Terms
from triage.customers.segments import KINDS, SEGMENTS
from triage.errors import BundleAltered
from triage.settings import Settings
from triage.ticket import NewTicket, WorkedTicket

NOW = datetime.now(UTC)

PLAN = {"owner": "Ines Example", "next_step": "Exchange the docking station", "review_on": "2026-12-05"}

SignedIn = Callable[[str], TestClient]
Calls = Callable[..., None]


@pytest.fixture
def calls(app: FastAPI) -> Calls:
    """Stores contacts: `calls("u42", 1, 2, 3)` three of the last three days."""

    def store(customer_id: str, *days_ago: float, **said: Any) -> None:  # noqa: ANN401  (any field of either half)
        filed = {"subject": said.pop("subject", ""), "attributes": said.pop("attributes", {})}
        tickets = [
            WorkedTicket(
                filed=NewTicket(
                    id=f"{customer_id}-{i}", customer_id=customer_id, opened_at=NOW - timedelta(days=days), **filed
                ),
                **said,
            )
            for i, days in enumerate(days_ago)
        ]
        with writing(app.state.desk.engine) as connection:
            import_worked(connection, tickets, NOW)

    return store


@pytest.fixture
def aggregate(settings: Settings) -> None:
    """The installation describes no single customer; to be asked for before the application."""
    object.__setattr__(settings, "people", "aggregate")


def words_of(answer: Any) -> str:  # noqa: ANN401  (a response)
    """What stands on a page, without its tags and with single blanks."""
    content = re.sub(r"(?s).*<main[^>]*>|</main>.*", "", answer.text)
    text = re.sub(r"<[^>]+>", "", re.sub(r"</(?:td|th|dt|dd|li|p|option|h[1-3]|summary)>", " ", content))
    return " ".join(unescape(text).split())


def test_a_list_shows_who_and_why_in_words(signed_in: SignedIn, calls: Calls) -> None:
    """The reason comes first, and nobody is given a nickname."""
    calls("u42", 1, 2, 3, 4, 5, ticket_type="incident", attributes={"service": "VPN", "subcategory": "tunnel"})
    calls("u1", 100)

    answer = signed_in("agent").get("/customers", params={"segment": "frequent_flyer"})

    text = words_of(answer)
    assert answer.status_code == 200
    assert "u42" in text
    assert ">u1<" not in answer.text
    assert "5 contacts in 30 days" in text
    assert "also: new to the desk, the same problem again and again" in text
    assert 'aria-label="Contacts a week over 26 weeks: 5 in all, 5 in the busiest, 5 in the last"' in answer.text
    assert "no plan" in text
    assert "flyer" not in text.lower()


@pytest.mark.parametrize("name", [rule.__name__ for rule in (*SEGMENTS, *KINDS)])
def test_every_segment_and_kind_can_be_chosen(signed_in: SignedIn, name: str) -> None:
    """With nobody in it, the page says what to expect."""
    answer = signed_in("agent").get("/customers", params={"segment": name})

    assert f'<option value="{name}" selected>' in answer.text
    assert "This holds of no customer who contacted the desk within a year" in words_of(answer)


def test_a_list_goes_on_page_by_page(signed_in: SignedIn, calls: Calls) -> None:
    """A desk of thousands has more than one page of them; a link of yesterday's page leads to the beginning."""
    for i in range(27):
        calls(f"u{i:02}", 1, 2, 3)
    browser = signed_in("agent")

    first = browser.get("/customers", params={"segment": "frequent_flyer"})
    (link,) = re.findall(r'rel="next" href="([^"]+)"', first.text)
    second = browser.get(unescape(link))
    stale = browser.get("/customers", params={"segment": "frequent_flyer", "after": "made up"})

    found = [re.findall(r"<bdi>(u\d\d)</bdi>", page.text) for page in (first, second)]
    assert found == [[f"u{i:02}" for i in range(25)], ["u25", "u26"]]
    assert (stale.status_code, stale.headers["location"]) == (303, "/customers?segment=frequent_flyer")


def test_who_opted_out_is_on_no_list_and_has_no_page(app: FastAPI, signed_in: SignedIn, calls: Calls) -> None:
    """And nobody can agree on a plan for them or mark them."""
    calls("u42", 1, 2, 3)
    with writing(app.state.desk.engine) as connection:
        vips.mark(connection, "u42", "Board member", "key:1", NOW)
        opt_out(connection, "u42", NOW)
    browser = signed_in("lead")

    listed = browser.get("/customers", params={"segment": "frequent_flyer"})
    workload = browser.get("/workload")
    shown = browser.get("/customers/u42")
    refused = [browser.post("/customers/u42/plan", data=PLAN), browser.post("/customers/u42/vip", data={"reason": "x"})]

    assert "u42" not in words_of(listed)
    assert "3 contacts of 1 customer" in words_of(workload)
    assert "u42" not in words_of(workload)
    assert "wants no profile" in words_of(shown)
    assert "Board member" not in shown.text
    assert [answer.status_code for answer in refused] == [422, 422]
    assert ["wants no profile, so" in words_of(answer) for answer in refused] == [True, True]


def test_every_look_by_a_browser_is_on_record(app: FastAPI, signed_in: SignedIn, calls: Calls) -> None:
    """List, workload, profile and the page to print alike."""
    calls("u42", 1, 2, 3)
    browser, seen = signed_in("agent"), []

    for path in ("/customers?segment=frequent_flyer", "/workload", "/customers/u42", "/customers/u42/held"):
        browser.get(path)
        with reading(app.state.desk.engine) as connection:
            seen.append(len(views_of(connection, "u42")))

    assert seen == [1, 2, 3, 4]


def test_the_workload_says_who_makes_which_share(signed_in: SignedIn, calls: Calls) -> None:
    """As leads ask for it."""
    calls("u42", *range(1, 13), ticket_type="incident", resolved_at=NOW)
    for i in range(19):
        calls(f"q{i:02}", 10)

    answer = signed_in("agent").get("/workload", params={"days": "30"})

    text = words_of(answer)
    assert "The top 5 % of customers make 39 % of the contacts." in text
    assert "31 contacts of 20 customers in 30 days, open and closed alike" in text
    assert "A customer stands out from 3 contacts on (95th percentile, and at least three): 1 customer." in text
    assert "hours that resolved incidents cost the customers, eight a day at most" in text
    assert "recorded for 0 of 31 tickets only" in text
    row = words_of(type("Row", (), {"text": re.findall(r'(?s)<tr class="out">.*?</tr>', answer.text)[0]}))
    assert row.startswith("1 u42 stands out")
    assert " 12 38.7 % 0 " in row
    assert row.endswith(" 100.0 %")


def test_where_effort_is_recorded_hours_are_work(signed_in: SignedIn, calls: Calls) -> None:
    """And the page says so; the two are never mixed."""
    calls("u42", 1, 2, effort_minutes=90.0)
    calls("u1", 3, effort_minutes=60.0)

    text = words_of(signed_in("agent").get("/workload"))

    assert "Hours are hours of work, as recorded for 3 of 3 tickets." in text
    assert "3.0 75.0 %" in text


def test_an_empty_window_says_what_to_do(signed_in: SignedIn, calls: Calls) -> None:
    """The first page of a new installation must not look broken."""
    calls("u42", 60)
    browser = signed_in("agent")

    assert "No contacts in 7 days" in words_of(browser.get("/workload?days=7"))
    assert "1 contact of 1 customer in 90 days" in words_of(browser.get("/workload?days=90"))
    assert browser.get("/workload?days=8").status_code == 422


def test_a_profile_shows_reasons_contacts_and_a_suggestion(signed_in: SignedIn, calls: Calls) -> None:
    """What somebody should know before they call back."""
    calls("u42", 1, 2, 3, 4, 5, ticket_type="incident", subject="VPN <b>down</b>", attributes={"subcategory": "tunnel"})
    calls("u43", 1)

    answer = signed_in("agent").get("/customers/u42")

    text = words_of(answer)
    assert "the same problem again and again 5 of 5 contacts in 90 days are about tunnel" in text
    assert "5 contacts in 52 weeks, 5 in the busiest week and 5 in the last." in text
    assert "contacts in 30 days 5 not known" in text
    assert "VPN &lt;b&gt;down&lt;/b&gt;" in answer.text
    assert "Link the ticket to the earlier ones" in text
    assert "u43" not in text
    assert "Leads agree on plans." in text
    assert "/plan" not in answer.text
    assert "By whom" not in text


def test_a_customers_usual_stands_beside_what_is_now(signed_in: SignedIn, calls: Calls) -> None:
    """Ten contacts are much for one and ordinary for another."""
    calls("u42", 1, 2, 3, 4, 5, 6, *(90.5 + 30 * n for n in range(10)))

    text = words_of(signed_in("agent").get("/customers/u42"))

    assert "contacts in 30 days 6 1.1" in text


@pytest.mark.parametrize("id_", ["DOMAIN/ann", "größe 😀", "50% off?", "<script>alert(1)</script>", "\u202eevil"])
def test_an_id_may_be_anything(signed_in: SignedIn, calls: Calls, id_: str) -> None:
    """They are whatever the ticketing system has; a link leads from the list to the page."""
    calls(id_, 1, 2, 3)
    browser = signed_in("agent")

    listed = browser.get("/customers", params={"segment": "frequent_flyer"})
    (link,) = re.findall(r'href="(/customers/[^"?]+)"', listed.text)
    shown = browser.get(unescape(link))

    assert "3 contacts in 52 weeks" in words_of(shown)
    assert "<script>alert" not in shown.text


def test_a_plan_is_agreed_changed_and_ended(app: FastAPI, signed_in: SignedIn, calls: Calls) -> None:
    """With a plain form."""
    calls("u42", 1, 2, 3)
    browser = signed_in("lead")

    begun = browser.post("/customers/u42/plan", data=PLAN | {"outcome": "open", "segment": "frequent_flyer"})
    shown = words_of(browser.get("/customers/u42"))
    ended = browser.post("/customers/u42/plan", data=PLAN | {"outcome": "done", "note": "All well"})

    assert (begun.status_code, begun.headers["location"]) == (303, "/customers/u42#plan")
    assert "it takes 14 days to say anything" in shown
    assert ended.status_code == 303
    with reading(app.state.desk.engine) as connection:
        (plan,) = plans_of(connection, "u42")
    assert (plan.terms.owner, plan.terms.outcome, plan.terms.note) == ("Ines Example", "done", "All well")
    assert "No plan is open" in words_of(browser.get("/customers/u42"))


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"owner": " "}, "Who: Something has to be said here."),
        ({"review_on": "soon"}, "Look at it again on: A day is written like 2026-11-21"),
        ({"next_step": "x" * 2_001}, "Next step: String should have at most 2000 characters."),
    ],
)
def test_a_plan_that_does_not_fit_is_shown_again(
    app: FastAPI, signed_in: SignedIn, calls: Calls, changed: dict[str, str], why: str
) -> None:
    """With what was typed, and a sentence."""
    calls("u42", 1)

    answer = signed_in("lead").post("/customers/u42/plan", data=PLAN | {"outcome": "open"} | changed)

    assert answer.status_code == 422
    assert why in words_of(answer)
    assert "Exchange the docking station" in answer.text or "next_step" in changed
    with reading(app.state.desk.engine) as connection:
        assert plans_of(connection, "u42") == []


def test_what_followed_on_a_plan_is_counted_with_a_caveat(app: FastAPI, signed_in: SignedIn, calls: Calls) -> None:
    """Before and after are as long, and nobody is to take it for a proof."""
    calls("u42", 1, 2, 21, 22, 23, 24, 60)
    browser = signed_in("lead")
    with writing(app.state.desk.engine) as connection:
        agree(connection, "u42", Terms("Ines", "Call", NOW.date()), NOW - timedelta(days=20))

    text = words_of(browser.get("/customers/u42"))

    assert "4 contacts in the 20 days before it was agreed" in text
    assert ", 2 in the 20 days after." in text
    assert "This is no proof" in text


def test_a_mark_is_set_with_a_reason_and_taken_away(app: FastAPI, signed_in: SignedIn, calls: Calls) -> None:
    """It is on the profile and on lists, with who set it kept."""
    calls("u42", 1, 2, 3)
    browser = signed_in("lead")

    without = browser.post("/customers/u42/vip", data={"do": "mark", "reason": " "})
    marked = browser.post("/customers/u42/vip", data={"do": "mark", "reason": "Board member"})
    pages = [browser.get(path) for path in ("/customers/u42", "/customers?segment=frequent_flyer", "/workload")]
    with reading(app.state.desk.engine) as connection:
        (mark,) = vips.marks_of(connection, [Person(("u42",))]).values()
    unmarked = browser.post("/customers/u42/vip", data={"do": "unmark"})

    assert (without.status_code, marked.status_code, unmarked.status_code) == (422, 303, 303)
    assert "A mark needs a reason" in words_of(without)
    assert ["VIP: Board member" in words_of(page) for page in pages] == [True] * 3
    assert (mark.reason, mark.marked_by[:5]) == ("Board member", "user:")
    assert "Board member" not in browser.get("/customers/u42").text


def test_a_mark_changes_no_score_no_threshold_and_no_place_in_the_queue(
    app: FastAPI, client: TestClient, calls: Calls, reader: TestClient
) -> None:
    """It is for people to see; nobody is served before others by a program."""
    calls("u42", 1, 2, 3)
    ticket = {"customer_id": "u42", "subject": "Printer", "opened_at": "2026-11-27T09:00:00Z"}

    def scored(id_: str) -> tuple[Any, Any]:
        answer = client.post("/v1/score", json=ticket | {"id": id_}).json()
        with reading(app.state.desk.engine) as connection:
            place = connection.execute(
                select(review_queue.c.rank, review_queue.c.segments).where(review_queue.c.ticket_id == id_)
            ).one()
        answer.pop("ticket_id")
        answer["customer"]["profile"] = None  # each ticket is a contact more
        answer["customer"]["segments"] = [each["name"] for each in answer["customer"]["segments"]]
        return answer, tuple(place)

    without = scored("t1")
    with writing(app.state.desk.engine) as connection:
        vips.mark(connection, "u42", "Board member", "key:1", NOW)
    marked = scored("t2")

    shown = reader.get("/v1/customers/u42").json()
    queued = reader.get("/v1/queue").json()["tickets"]
    assert without == marked
    assert "vip" not in without[0]["customer"]
    assert shown["vip"]["reason"] == "Board member"
    assert [each["customer"]["vip"]["reason"] for each in queued] == ["Board member"] * 2


def test_who_looked_is_told_to_leads_by_name(signed_in: SignedIn, calls: Calls, reader: TestClient) -> None:
    """An agent sees how often, not by whom."""
    calls("u42", 1)
    reader.get("/v1/customers/u42")

    text = words_of(signed_in("lead").get("/customers/u42"))

    assert "2 looks at this profile within a year, this one among them." in text
    assert "By whom lead@example.org" in text
    assert "helpdesk" in text


def test_what_is_held_is_told_in_plain_words(app: FastAPI, signed_in: SignedIn, calls: Calls) -> None:
    """A person who asks gets everything on one page."""
    calls("u42", 1, 40, subject="VPN", attributes={"room": "4"}, priority="high")
    with writing(app.state.desk.engine) as connection:
        vips.mark(connection, "u42", "Board member", "key:1", NOW)

    answer = signed_in("lead").get("/customers/u42/held")

    text, first = words_of(answer), (NOW - timedelta(days=40)).strftime("%-d %b %Y")
    assert "What we hold about you About u42" in text
    assert f"tickets that you filed 2 {first}" in text
    assert f"subject, with personal data taken out 2 {first}" in text
    assert "priority 2" in text
    assert "satisfied" not in text
    assert "Further fields, by their names in the ticketing system: room." in text
    assert "a mark that people should know you by sight 1" in text
    assert "looks at your profile 1" in text
    assert "lead@example.org" in text
    assert "opt-out" in text
    assert "Nothing of this lowers the priority" in text


def test_of_somebody_unknown_nothing_is_held(signed_in: SignedIn) -> None:
    """But the look itself, which is said."""
    text = words_of(signed_in("agent").get("/customers/nobody-knows/held"))

    assert "tickets that you filed" not in text
    assert "looks at your profile 1" in text


def test_everything_that_may_be_held_has_its_words() -> None:
    """A new table or column must be told to whoever asks."""
    of_nobody = {
        "api_keys",
        "users",
        "sessions",
        "audit_entries",
        "request_counts",
        "aliases",  # follows from `same_persons`
        "jobs",
        "daily_counts",
        "daily_work",  # of those who work at the desk
        "digests",
        "changes",
        "problems",  # how many customers, not which
        "surges",
    }

    assert set(FIELD_WORDS) == set(FIELDS)
    assert set(ROW_WORDS) == set(ROWS)
    assert set(ROWS) | of_nobody == set(metadata.tables)


@pytest.mark.parametrize("path", ["/customers", "/customers/u42", "/customers/u42/held"])
def test_with_a_model_that_was_altered_a_page_says_so(
    signed_in: SignedIn,
    model: Any,  # noqa: ANN401
    path: str,
) -> None:
    """Other bars than yesterday's would be wrong in silence."""
    model.fault = BundleAltered("weights.npy differs from its hash.")

    answer = signed_in("agent").get(path)

    assert answer.status_code == 503
    assert "weights.npy differs from its hash." in words_of(answer)


def test_the_workload_needs_no_model(signed_in: SignedIn, calls: Calls, model: Any) -> None:  # noqa: ANN401
    """Shares are counted, not judged."""
    calls("u42", 1)
    model.fault = BundleAltered("weights.npy differs from its hash.")

    assert "1 contact of 1 customer" in words_of(signed_in("agent").get("/workload"))


@pytest.mark.usefixtures("aggregate")
def test_where_nobody_may_be_told_apart_no_way_leads_to_a_customer(
    app: FastAPI, signed_in: SignedIn, reader: TestClient, client: TestClient, calls: Calls
) -> None:
    """Pages, lists, the interface for programs, the queue, and answers about tickets."""
    calls("u42", 1, 2, 3)
    browser = signed_in("admin")

    pages = [browser.get("/customers/u42"), browser.get("/customers/u42/held")]
    forms = [browser.post("/customers/u42/plan", data=PLAN), browser.post("/customers/u42/vip", data={"reason": "x"})]
    programs = [
        reader.get("/v1/customers/u42"),
        reader.get("/v1/customers", params={"segment": "frequent_flyer"}),
        reader.put("/v1/customers/u42/plan", json=PLAN),
        reader.get("/v1/queue", params={"segment": "frequent_flyer"}),
        reader.post("/v1/queue/claim", params={"segment": "frequent_flyer"}),
    ]
    scored = client.post("/v1/score", json={"id": "t1", "customer_id": "u42", "subject": "Printer"})
    batch = client.post("/v1/score/batch", json={"tickets": [{"id": "t2", "customer_id": "u42", "subject": "Printer"}]})
    queued = reader.get("/v1/queue").json()["tickets"]

    assert [page.status_code for page in pages] == [403, 403]
    assert ["No single customers are shown here" in words_of(page) for page in pages] == [True, True]
    assert {answer.status_code for answer in (*forms, *programs)} == {403}
    assert {answer.json()["detail"] for answer in (*forms, *programs)} == {WHY_NOT}
    assert (scored.status_code, scored.json()["customer"]) == (200, None)
    assert batch.json()["results"][0]["customer"] is None
    assert [each["customer"] for each in queued] == [None, None]
    with reading(app.state.desk.engine) as connection:
        assert connection.scalar(select(func.count()).select_from(profile_views)) == 0
        assert set(connection.scalars(select(review_queue.c.segments))) == {""}


@pytest.mark.usefixtures("aggregate")
def test_groups_of_fewer_than_five_are_hidden(signed_in: SignedIn, calls: Calls) -> None:
    """A group of one is a person; four are four guesses."""
    for i in range(5):
        calls(f"often{i}", 1, 2, 3)
    for i in range(4):
        calls(f"quiet{i}", 20, 200)
    browser = signed_in("agent")

    groups, workload = browser.get("/customers"), browser.get("/workload?days=30")

    text = words_of(groups)
    assert "contacts the desk often 5 15" in text
    assert "new to the desk 5 15" in text
    assert "hardly ever" not in text
    assert "All customers of the window were looked at." in text
    assert "19 contacts came from 9 customers." in words_of(workload)
    assert re.findall(r"top (\d+) %", words_of(workload)) == ["100"]
    assert not re.findall(r"often\d|quiet\d", groups.text + workload.text)
    assert not [said for said in ("Who makes which share", "stands out") if said in words_of(workload)]


@pytest.mark.usefixtures("aggregate")
def test_of_a_handful_of_customers_nothing_is_told(signed_in: SignedIn, calls: Calls) -> None:
    """Four customers are a group of fewer than five."""
    for i in range(4):
        calls(f"u{i}", 1, 2, 3)
    browser = signed_in("agent")

    assert "No group is large enough to be shown." in words_of(browser.get("/customers"))
    assert "Too few customers" in words_of(browser.get("/workload"))
    assert "12" not in words_of(browser.get("/workload"))


def test_single_customers_are_shown_unless_an_installation_says_otherwise(settings: Settings, model: Any) -> None:  # noqa: ANN401
    """The default is what the program is for."""
    assert settings.people == "individual"
    assert not build_app(settings, model).state.desk.is_aggregate

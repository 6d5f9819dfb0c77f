"""What a desk knows, for people and for programs; counted beside the requests."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from fastapi import FastAPI
from starlette.testclient import TestClient

from api.knowledge import EVERY, KnowledgeKeeping, known
from data.database import reading, writing
from data.tickets import import_worked
from tests.builders import make_ticket, make_worked
from tests.data.stores.test_knowledge import put_problem
from triage.ticket import WorkedTicket

DAY = timedelta(days=1)


def worked(id_: str, **changes: object) -> WorkedTicket:
    """An incident of the day before yesterday."""
    at = datetime.now(UTC) - 2 * DAY
    filed = make_ticket(id=id_, opened_at=at, attributes={"service": "VPN <b>"})
    return make_worked(filed=filed, **{"closed_at": at + timedelta(hours=2)} | changes)


def count(app: FastAPI, at: datetime | None = None, passed: float = 100.0) -> None:
    """What the worker does when it is due."""
    clock = [0.0]
    keeping = KnowledgeKeeping(lambda: app.state.desk, lambda: clock[0])
    clock[0] = passed
    keeping.work(at or datetime.now(UTC))


def fill(app: FastAPI) -> None:
    """Thirty articles, one gap, and a problem that was not shared."""
    tickets = [worked(f"A{n:02d}", knowledge_article=f"KB{n:04d}") for n in range(30)]
    tickets += [worked(f"B{n:02d}", attributes={}) for n in range(990)]
    with writing(app.state.desk.engine) as connection:
        import_worked(connection, tickets, datetime.now(UTC))
        put_problem(connection, name="VPN: <i>split</i>")


def test_before_anything_was_counted_the_page_says_so(signed_in: Callable[[str], TestClient]) -> None:
    """An empty list would say that the desk knows nothing."""
    page = signed_in("agent").get("/knowledge").text

    assert "Not counted yet" in page
    assert 'aria-current="page">Knowledge' in page


def test_articles_gaps_and_what_was_not_shared(app: FastAPI, signed_in: Callable[[str], TestClient]) -> None:
    """With a pager, and everything that people wrote is text."""
    fill(app)
    count(app)
    browser = signed_in("lead")
    first, second = browser.get("/knowledge").text, browser.get("/knowledge?start=25").text

    assert "KB0024" in first
    assert "KB0025" not in first
    assert "KB0029" in second
    assert "VPN &lt;b&gt;" in first
    assert "VPN: &lt;i&gt;split" in first
    assert "<b>" not in first
    assert "/tickets/B99" in first
    assert "25 of 30 articles" in first


def test_the_export_is_a_file(app: FastAPI, signed_in: Callable[[str], TestClient]) -> None:
    """To be handed to those who can repair it."""
    fill(app)
    answer = signed_in("lead").get("/knowledge/unshared.csv")

    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    assert len(answer.text.splitlines()) == 2


def test_programs_are_told_the_same(app: FastAPI, reader: TestClient) -> None:
    """And that nothing was counted yet."""
    before = reader.get("/v1/knowledge/articles").json(), reader.get("/v1/knowledge/gaps").json()
    fill(app)
    count(app)
    articles = reader.get("/v1/knowledge/articles?limit=2").json()
    gaps = reader.get("/v1/knowledge/gaps").json()

    assert (before[0]["counted_at"], before[0]["articles"], before[1]["gaps"]) == (None, [], [])
    assert [each["article"] for each in articles["articles"]] == ["KB0000", "KB0001"]
    assert (articles["n"], articles["closed"], articles["with_article"]) == (30, 1020, 30)
    assert [(gap["topic"], gap["incidents"]) for gap in gaps["gaps"]] == [("VPN <b>", 1020)]


def test_it_is_counted_twice_a_day_by_one_process(app: FastAPI) -> None:
    """Counting reads a year."""
    now = datetime.now(UTC)
    fill(app)

    def counted() -> datetime | None:
        with reading(app.state.desk.engine) as connection:
            found = known(connection)
        return None if found is None else found.at

    count(app, now, passed=0.0)
    assert counted() is None
    count(app, now)
    count(app, now + EVERY / 2)
    assert counted() == now
    count(app, now + EVERY)
    assert counted() == now + EVERY

"""Problems, surges, measures, people and knowledge in a real browser: by keyboard, both schemes, narrow screens."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from sqlalchemy import Engine

from api.knowledge import JOB
from api.surge_watch import SEASONS
from data import changes, daily_work, jobs, knowledge, links, measures, problems, surges, tickets
from data.changes import Change
from data.daily_work import Counting
from data.database import open_database, reading, writing
from data.found_problems import find_and_keep
from data.problems import Said
from data.schema import upgrade
from tests.browser.conftest import Server, serving
from tests.data.stores.problem_desks import DOOR, NOW, as_ticket
from tests.triage.problems.incidents import START, burst, everyday
from triage.links import FoundLink
from triage.strain import read_working_hours
from triage.surges.seen import Kind
from triage.surges.surge import Surge
from triage.ticket import NewTicket, WorkedTicket

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
HOSTILE = "<script>alert(1)</script>"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PATHS = (
    "/",
    "/problems",
    "/problems/{vpn}",
    "/problems/development",
    "/surges",
    "/measures",
    "/team",
    "/knowledge",
    "/tickets/N2",
)


@dataclass(frozen=True)
class Desk:
    """A server with a year of tickets behind it.

    Attributes:
        server: that shows them.
        vpn: number of the problem that a change brought.
        door: number of the other problem, whose name is hostile.
    """

    server: Server
    vpn: int
    door: int

    def path(self, of: str) -> str:
        """Where a page of `PATHS` is."""
        return of.format(vpn=self.vpn)


@pytest.fixture(scope="module")
def desk(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """All that the pages show is there before the service starts, so that nothing in it has to be waited for."""
    own = tmp_path_factory.mktemp("roots") / "home"
    shutil.copytree(home / "models", own / "models")
    engine = open_database(f"sqlite:///{own / 'triage.db'}")
    upgrade(engine)
    now = datetime.now(UTC)
    vpn, door = _store_problems(engine, now)
    _begin_surge(engine, now)
    _store_links(engine, now, vpn)
    _count(engine, now)
    engine.dispose()
    with serving(own) as server:
        yield Desk(server, vpn, door)


@pytest.fixture
def server(desk: Desk) -> Server:
    """The desk's; tickets of a year would change what the other modules' pages say."""
    return desk.server


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1280])
@pytest.mark.parametrize("of", PATHS)
def test_nothing_keeps_anybody_from_reading_a_page(
    chromium: "Browser", desk: Desk, scheme: Literal["light", "dark"], width: int, of: str
) -> None:
    """Contrast, names, order of headings, and nothing wider than the screen: a lead reads it on a phone, too."""
    context = chromium.new_context(
        base_url=desk.server.address, color_scheme=scheme, viewport={"width": width, "height": 800}, bypass_csp=True
    )
    context.add_cookies([_cookie(desk.server)])
    page, complaints = context.new_page(), []
    page.on("console", lambda line: complaints.append(line.text) if line.type in ("error", "warning") else None)
    answer = page.goto(desk.path(of))
    page.add_script_tag(path=AXE)

    found = page.evaluate("axe.run()")
    is_too_wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    context.close()

    assert answer is not None
    assert answer.status == 200
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found["violations"]] == []
    assert not is_too_wide
    assert complaints == []


def test_the_navigation_names_every_page_in_the_order_of_work(signed_in_page: Callable[[str], "Page"]) -> None:
    """Whoever looks for a page finds it where it was yesterday, and sees where they are."""
    page = signed_in_page("lead")
    page.goto("/surges")

    entries = page.get_by_role("navigation", name="Pages").get_by_role("link")

    assert entries.all_inner_texts() == [
        *("Queue", "Customers", "Problems", "Surges", "Measures", "Knowledge", "Team", "Models", "Quality", "Interface")
    ]
    assert page.locator("header [aria-current=page]").all_inner_texts() == ["Surges"]


def test_a_duplicate_is_linked_and_taken_back_by_keyboard(signed_in_page: Callable[[str], "Page"], desk: Desk) -> None:
    """An agent's hands stay on the keyboard, and a wrong link is undone as fast."""
    page = signed_in_page("lead")
    page.goto("/tickets/N2")
    card = page.locator("#links .link").filter(has_text="Said before")

    _press(page, card.get_by_role("button", name="Link"))
    card.get_by_text("Linked by").wait_for()
    linked = _links(desk.server.engine)
    _press(page, card.get_by_role("button", name="Take back"))
    card.get_by_role("button", name="Link").wait_for()

    assert linked["duplicate"] == "linked"
    assert _links(desk.server.engine).get("duplicate") == "suggested"


def test_a_problem_gets_a_state_and_an_owner_by_keyboard(signed_in_page: Callable[[str], "Page"], desk: Desk) -> None:
    """What a meeting has agreed on is written down in it."""
    page = signed_in_page("lead")
    page.goto(f"/problems/{desk.vpn}")

    page.get_by_label("State", exact=True).focus()
    page.keyboard.type("Known")
    page.keyboard.press("Tab")
    page.keyboard.type("Ada Example")
    page.keyboard.press("Enter")
    page.locator(".heading").get_by_text("Ada Example").wait_for()

    with reading(desk.server.engine) as connection:
        stored = problems.find(connection, desk.vpn)
    assert (stored.state, stored.owner) == ("known_error", "Ada Example")


def test_a_surge_becomes_a_major_incident_and_the_queue_says_so(signed_in_page: Callable[[str], "Page"]) -> None:
    """Whoever opens the queue is to know of it before answering the twentieth ticket about it."""
    page = signed_in_page("lead")
    page.goto("/")
    before = page.locator(".surge-banner").inner_text()

    page.goto("/surges")
    _press(page, page.get_by_role("button", name="It is a major incident"))
    page.locator(".surge.major").wait_for()
    page.goto("/")

    assert before.startswith("More incidents than usual:")
    assert page.locator(".surge-banner").inner_text().startswith("Major incident:")


@pytest.mark.parametrize(
    "path", ["/", "/problems", "/problems/{door}", "/problems/{vpn}", "/surges", "/measures?by=group", "/team"]
)
def test_names_that_are_markup_are_shown_as_text(
    signed_in_page: Callable[[str], "Page"], desk: Desk, path: str
) -> None:
    """Problems and surges are named by words of tickets, and groups by an export: anybody may have written them."""
    page, alerts = signed_in_page("lead"), []
    page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))

    page.goto(path.format(vpn=desk.vpn, door=desk.door))

    assert HOSTILE in page.locator("main").inner_text()
    assert alerts == []


@pytest.mark.parametrize("of", PATHS)
def test_without_a_script_a_page_says_the_same(chromium: "Browser", desk: Desk, of: str) -> None:
    """A chart is drawn by the server, its numbers open by a click, and no headline waits for a script."""
    told = []
    for is_on in (True, False):
        context = chromium.new_context(base_url=desk.server.address, java_script_enabled=is_on)
        context.add_cookies([_cookie(desk.server)])
        page = context.new_page()
        page.goto(desk.path(of))
        told.append(page.locator("main :is(h1, h2, h3)").all_inner_texts())
        if not is_on:
            for folded in page.locator("main details:not(details details) > summary").all():
                folded.click()
                assert folded.locator("xpath=..").inner_text().strip() != folded.inner_text().strip()
        context.close()

    assert told[1]
    assert of == "/" or told[0] == told[1]  # the queue without a script has a form instead of keys


def _cookie(server: Server) -> dict[str, object]:
    token = server.open_session(server.add("lead"))
    return {"name": "triage", "value": token, "url": server.address, "httpOnly": True}


def _press(page: "Page", button) -> None:  # noqa: ANN001  (playwright's, which may be absent)
    button.focus()
    page.keyboard.press("Enter")


def _links(engine: Engine) -> dict[str, str]:
    with reading(engine) as connection:
        return {one.kind: one.state for one in links.links_of(connection, "N2")}


def _worked(now: datetime) -> Iterator[WorkedTicket]:
    """Ten months of incidents up to now, solved by teams of six, every other one with an article."""
    incidents = [
        *everyday(900),
        *burst(20, first_day=270),
        *burst(12, first_day=200, said=DOOR, service="Access", first_number=60_000, seed=4),
    ]
    for n, incident in enumerate(incidents):
        group = (HOSTILE, "Messaging", "Network")[n % 3]
        worked = as_ticket(replace(incident, opened_at=incident.opened_at + (now - NOW), group=group))
        yield replace(
            worked,
            resolution="Profile sent again, tunnel is up.",
            resolved_by=f"agent{n // 3 % 6}.{n % 3}@example.org",
            knowledge_article=f"KB{n % 5:04d}" if n % 2 else None,
            reassignments=int(n % 7 == 0),
            groups=("Desk", group) if n % 7 == 0 else (),
            satisfaction=float(3 + n % 3),
            made_sla=n % 9 > 0,
        )


def _store_problems(engine: Engine, now: datetime) -> tuple[int, int]:
    """Two problems: that of the tunnel behind a change, and that of the door; their numbers."""
    with writing(engine) as connection:
        tickets.import_worked(connection, _worked(now), now)
        began = START + (now - NOW) + 269.5 * DAY
        changes.keep(connection, [Change("C1", "release", f"Client 5.1 {HOSTILE}", "VPN", began)])
    find_and_keep(engine, (), now, 5)
    with writing(engine) as connection:
        of_service = {one.service: one.id for one in problems.problems_of(connection)}
        door = of_service["Access"]
        problems.change(connection, door, Said("known_error", name=HOSTILE, workaround="Use the other door."), now)
    return of_service["VPN"], door


def _begin_surge(engine: Engine, now: datetime) -> None:
    """A surge that is on; the service is told that it has too little history to judge it for itself."""
    began = now - 2 * HOUR
    filed = [NewTicket(id=f"S{n}", subject=f"gateway does not answer {HOSTILE}") for n in range(14)]
    kind = Kind("service", "VPN")
    surge = Surge(
        kind=kind,
        raised_by=(kind,),
        window=timedelta(minutes=15),
        started_at=began,
        raised_at=began + timedelta(minutes=4),
        last_at=now,
        n_observed=14,
        n_expected=0.25,
        name=f"VPN: gateway {HOSTILE}",
        words=("gateway", "answer"),
        place="VPN",
        tickets=tuple(one.id for one in filed),
    )
    held = jobs.claim(engine, SEASONS, DAY, now, HOUR)
    assert held is not None
    with writing(engine) as connection:
        tickets.file(connection, filed, began)
        surges.begin(connection, surge, [(began - HOUR, 0, 0.2), (began, 9, 0.25), (began + HOUR, 5, 0.25)])
        jobs.finish(connection, held, {}, now)


def _store_links(engine: Engine, now: datetime, problem: int) -> None:
    """Two new tickets of one person, and what the second one may belong to."""
    said = {"subject": "split tunnel profile is empty", "body": "tun4471 after the sign-in", "customer_id": "p1"}
    twice = [NewTicket(id=id_, attributes={"service": "VPN"}, **said) for id_ in ("N1", "N2")]  # type: ignore[arg-type]
    found = [
        FoundLink(kind="duplicate", other="N1", name="N1", confidence=0.97, reason=f"They said so before, {HOSTILE}."),
        FoundLink(kind="problem", other=str(problem), name="tunnel", confidence=0.9, reason="It reads so."),
    ]
    with writing(engine) as connection:
        tickets.file(connection, twice, now - HOUR)
        links.suggest(connection, "N2", found, now)


def _count(engine: Engine, now: datetime) -> None:
    """What the service counts now and then."""
    measures.refresh(engine, now)
    daily_work.refresh(engine, Counting(read_working_hours("mon-fri 08:00-18:00"), individuals=False), now)
    held = jobs.claim(engine, JOB, DAY, now, HOUR)
    assert held is not None
    with writing(engine) as connection:
        jobs.finish(connection, held, knowledge.count_knowledge(connection, now).to_json(), now)

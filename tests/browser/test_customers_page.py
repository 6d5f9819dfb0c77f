"""Customers with a real browser: nobody is shut out, forms work without a script, and a page can be printed."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from data import vips
from data.database import reading, writing
from data.persons import find
from data.plans import agree, plans_of
from data.tickets import import_worked
from tests.browser.conftest import Server
from triage.customers.plans import Terms
from triage.ticket import NewTicket, WorkedTicket

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
PAGES = (
    "/customers?segment=one_unsolved_problem",
    "/customers?segment=quiet",
    "/workload",
    "/customers/ann@example.org",
    "/customers/ann@example.org/held",
    "/customers/out@example.org",
)


@pytest.fixture(autouse=True)
def _desk(server: Server) -> None:
    """Somebody who calls often, with a plan and a mark; and a subject that nobody would write."""
    now = datetime.now(UTC)
    subjects = ("VPN down", "\u202eVPN\u202c", "x" * 400, "<script>window.ran = true</script>")
    tickets = [
        WorkedTicket(
            filed=NewTicket(
                id=f"{who}-{n}",
                subject=subjects[n % 4],
                customer_id=f"{who}@example.org",
                opened_at=now - timedelta(days=n),
                attributes={"service": "VPN", "subcategory": "tunnel"},
            ),
            ticket_type="incident",
            resolved_at=now - timedelta(days=n) + timedelta(hours=3),
        )
        for who, of in (("ann", 12), ("bob", 2))
        for n in range(of)
    ]
    with writing(server.engine) as connection:
        import_worked(connection, tickets, now)
        vips.mark(connection, "ann@example.org", "Board member", "key:1", now)
        agree(connection, "ann@example.org", Terms("Ines Example", "Call back", date(2026, 12, 5)), now)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_everybody_can_use_the_pages(
    chromium: "Browser", server: Server, scheme: Literal["light", "dark"], width: int
) -> None:
    """With a screen reader, with little sight, on a narrow screen; and what tickets say is text."""
    context = chromium.new_context(
        base_url=server.address, color_scheme=scheme, viewport={"width": width, "height": 800}, bypass_csp=True
    )
    token = server.open_session(server.add("lead"))
    context.add_cookies([{"name": "triage", "value": token, "url": server.address, "httpOnly": True}])
    page, found = context.new_page(), {}
    for path in PAGES:
        page.goto(path)
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        is_too_wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        ran = page.evaluate("window.ran === true")
        page.add_script_tag(path=AXE)
        violations = page.evaluate("axe.run()")["violations"]
        found[path] = (is_too_wide, ran, [(each["id"], each["nodes"][0]["html"]) for each in violations])
    context.close()

    assert found == dict.fromkeys(PAGES, (False, False, []))


def test_from_the_list_to_a_plan_without_a_script(chromium: "Browser", server: Server) -> None:
    """Some switch it off, and some policies do."""
    context = chromium.new_context(base_url=server.address, java_script_enabled=False)
    token = server.open_session(server.add("lead"))
    context.add_cookies([{"name": "triage", "value": token, "url": server.address, "httpOnly": True}])
    page = context.new_page()
    page.goto("/")

    page.get_by_role("link", name="Customers").first.click()
    page.get_by_label("Of whom this holds").select_option(label="the same problem again and again")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="ann@example.org").click()
    page.get_by_label("Next step").fill("Exchange the docking station")
    page.get_by_role("button", name="Save the plan").click()
    page.wait_for_url("**/customers/ann%40example.org#plan")
    page.get_by_role("button", name="Take the mark away").click()
    page.get_by_label("Why", exact=True).fill("Chair")
    page.get_by_role("button", name="Mark as VIP").click()
    page.get_by_role("button", name="Take the mark away").wait_for()
    context.close()

    with reading(server.engine) as connection:
        plan = next(iter(plans_of(connection, "ann@example.org")))
        (mark,) = vips.marks_of(connection, find(connection, ["ann@example.org"]).values()).values()
    assert (plan.terms.next_step, mark.reason) == ("Exchange the docking station", "Chair")


def test_what_is_held_is_printed_without_what_only_a_screen_needs(signed_in_page: Callable[[str], "Page"]) -> None:
    """It is handed to the person, who has no use for a menu."""
    page = signed_in_page("lead")
    page.goto("/customers/ann@example.org/held")
    button = page.get_by_role("button", name="Print")
    seen = button.is_visible()
    page.evaluate("window.print = () => { window.printed = true }")

    button.click()
    printed = page.evaluate("window.printed")
    page.emulate_media(media="print", color_scheme="dark")

    assert (seen, printed) == (True, True)
    assert not button.is_visible()
    assert not page.get_by_role("navigation").first.is_visible()
    assert page.get_by_role("heading", name="What we hold about you").is_visible()
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"

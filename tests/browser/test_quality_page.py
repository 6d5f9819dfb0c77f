"""The pages about quality in a real browser: charts and tables, both schemes, narrow screens, without a script."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from data import predictions, reviews, tickets
from data.database import to_json, writing
from data.reviews import Said
from tests.browser.conftest import Server
from triage.ticket import NewTicket

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
GROUPS = ("Network", "Messaging", "<script>alert(1)</script>")
N = 42


@pytest.fixture(scope="module")
def decided(server: Server) -> Server:
    """Tickets of two weeks that were answered by the model of the server, and of which people decided most."""
    now = datetime.now(UTC)
    with writing(server.engine) as connection:
        tickets.file(connection, [NewTicket(id=f"Q{i}", subject="vpn tunnel drops") for i in range(N)], now)
        for i in range(N):
            at = now - timedelta(days=i % 14, hours=1)
            answer = {"value": GROUPS[i % 3], "confidence": 0.9, "threshold": 0.8, "decision": "auto"}
            answers = {"assignment_group": answer | {"reason": "above_threshold", "top": []}}
            predictions.record(connection, [(f"Q{i}", to_json(answers))], "1", at)
            if i % 6:
                said = Said(target="assignment_group", verdict="accepted", seconds=1.0)
                reviews.record(connection, f"Q{i}", said, "user:quick", at + timedelta(minutes=1))
    return server


@pytest.mark.usefixtures("decided")
@pytest.mark.parametrize("path", ["/quality", "/quality/drift?days=30"])
def test_every_chart_is_drawn_and_its_numbers_are_in_a_table(
    signed_in_page: Callable[[str], "Page"], path: str
) -> None:
    """A chart that a policy forbids, or that a script fails at, would be an empty box."""
    page = signed_in_page("lead")

    page.goto(path)

    charts = page.locator("[data-chart]")
    assert charts.count() > 0
    for i in range(charts.count()):
        chart = charts.nth(i)
        told = json.loads(chart.get_attribute("data-chart") or "")
        assert chart.is_visible()
        assert (
            page.evaluate("canvas => Chart.getChart(canvas).data.labels", chart.locator("canvas").element_handle())
            == told["labels"]
        )
        table = chart.locator("xpath=following-sibling::details").first
        table.locator("summary").click()
        names = table.locator("tbody th").all_inner_texts()
        assert names[: len(told["labels"])] == told["labels"]


@pytest.mark.usefixtures("decided")
def test_another_time_is_chosen_by_keyboard(signed_in_page: Callable[[str], "Page"]) -> None:
    """As any form."""
    page = signed_in_page("lead")
    page.goto("/quality")

    page.get_by_label("Time").focus()
    page.keyboard.press("1")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url.endswith("/quality?target=assignment_group&weeks=12"))

    page.get_by_text("The numbers").first.click()
    assert page.locator("tbody").first.locator("tr").count() == 12
    assert page.get_by_text("in the last twelve weeks").first.is_visible()


@pytest.mark.usefixtures("decided")
def test_names_of_groups_are_text(signed_in_page: Callable[[str], "Page"]) -> None:
    """A label comes from a desk's export."""
    page = signed_in_page("lead")
    page.goto("/quality")

    assert page.get_by_text("<script>alert(1)</script>").first.is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1280])
@pytest.mark.parametrize("path", ["/quality", "/quality?weeks=26", "/quality/drift"])
def test_nothing_keeps_anybody_from_reading_it(
    chromium: "Browser", decided: Server, scheme: Literal["light", "dark"], width: int, path: str
) -> None:
    """Contrast, names, order, and nothing wider than the screen."""
    context = chromium.new_context(
        base_url=decided.address, color_scheme=scheme, viewport={"width": width, "height": 800}, bypass_csp=True
    )
    token = decided.open_session(decided.add("lead"))
    context.add_cookies([{"name": "triage", "value": token, "url": decided.address, "httpOnly": True}])
    page = context.new_page()
    page.goto(path)
    page.add_script_tag(path=AXE)

    found = page.evaluate("axe.run()")
    is_too_wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    context.close()

    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found["violations"]] == []
    assert not is_too_wide


def test_without_a_script_the_tables_say_it_all(chromium: "Browser", decided: Server) -> None:
    """And no empty box stands where a chart would be."""
    context = chromium.new_context(base_url=decided.address, java_script_enabled=False)
    token = decided.open_session(decided.add("lead"))
    context.add_cookies([{"name": "triage", "value": token, "url": decided.address, "httpOnly": True}])
    page = context.new_page()
    page.goto("/quality")

    page.get_by_text("The numbers").first.click()

    assert page.locator("tbody").first.locator("tr").count() == 4
    assert not page.locator("canvas").first.is_visible()
    context.close()

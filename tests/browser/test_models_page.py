"""The pages about models in a real browser: the dial by keyboard, a replay, and what everybody can read and use."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from data.database import writing
from data.outcomes import record as record_outcome
from data.tickets import file
from models.journal import read_journal, write_entry
from models.policies import write_policies
from models.registry import champion_version, serve_version, set_version
from tests.browser.conftest import Server
from tests.browser.test_sign_in import AXE
from tests.builders import make_history

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TARGET = "assignment_group"


@pytest.fixture
def bundles(home: Path, server: Server) -> Iterator[Path]:  # noqa: ARG001 - it reads them
    """The folder that the server reads, with a second version, and afterwards as it was."""
    bundles = home / "models"
    serve_version(bundles, "2", home.parent / "bundle")
    write_entry(bundles, "promoted", "2", before="1", who="ann")
    yield bundles
    write_policies(bundles, "2", {})
    set_version(bundles, "1", {})
    serve_version(bundles, "1", home.parent / "bundle")
    write_entry(bundles, "rolled back", "1", before="2", who="ann")


@pytest.fixture
def decided(server: Server) -> None:
    """Stored tickets that people have decided."""
    now = datetime.now(UTC)
    with writing(server.engine) as connection:
        for i, worked in enumerate(make_history(30)):
            opened = now - timedelta(days=2, hours=i)
            filed = replace(worked.filed, opened_at=opened)
            file(connection, [filed], opened)
            chosen = {TARGET: worked.assignment_group or ""}
            record_outcome(connection, filed.id, chosen, "human", "desk", opened + timedelta(hours=1))


def test_the_dial_is_turned_by_keyboard_and_set(bundles: Path, signed_in_page: Callable[[str], "Page"]) -> None:
    """What it would do is there within a moment, without another page; what was seen is what is set."""
    page = signed_in_page("admin")
    page.goto(f"/models/2?target={TARGET}")
    slider, result = page.get_by_label("From 50 to 99.5 of 100 right"), page.locator("#dial-result")
    assert result.get_by_role("button", name="Set it").count() == 0

    page.get_by_label("What answers may do").select_option("auto")
    slider.focus()
    for _ in range(9):
        page.keyboard.press("ArrowLeft")
    result.get_by_text("You would set: mode auto, precision 0.905").wait_for()

    assert page.get_by_label("Right among what is applied, 0 to 1").input_value() == "0.905"
    assert page.url.endswith(f"/models/2?target={TARGET}")
    assert [entry.event for entry in read_journal(bundles)][-1] != "set"
    result.get_by_role("button", name="Set it").click()
    page.get_by_text("Set: assignment_group: mode suggest, precision 0.95, now mode auto, precision 0.905.").wait_for()
    assert read_journal(bundles)[-1].event == "set"


def test_typing_a_cost_asks_for_costs(bundles: Path, signed_in_page: Callable[[str], "Page"]) -> None:  # noqa: ARG001
    """And what cannot be is one sentence in the place of the figures."""
    page = signed_in_page("admin")
    page.goto(f"/models/2?target={TARGET}")

    page.get_by_label("A wrong answer that was applied").fill("20")
    page.get_by_text("You would set: mode suggest, cost 20 for a wrong answer and 1 by hand").wait_for()
    page.get_by_label("A wrong answer that was applied").fill("0.5")
    page.get_by_text("a wrong answer must cost more than a decision by hand").wait_for()

    assert page.get_by_label("Say what it costs").is_checked()
    assert page.get_by_role("button", name="Set it").count() == 0


@pytest.mark.usefixtures("bundles", "decided")
def test_a_replay_is_shown_where_it_was_asked_for(signed_in_page: Callable[[str], "Page"]) -> None:
    """Within the page, with the tickets by number."""
    page = signed_in_page("lead")
    page.goto(f"/models/2?target={TARGET}")

    page.get_by_label("Weeks back").fill("3")
    page.get_by_role("button", name="Replay").click()
    page.get_by_text("model 2 would have").first.wait_for()

    assert page.url.endswith(f"/models/2?target={TARGET}")
    assert "tickets of the last 3 weeks" in page.locator("#replay-result").inner_text()


def test_going_back_needs_no_script(chromium: "Browser", server: Server, bundles: Path) -> None:
    """In the hour in which one goes back nothing else should be needed."""
    context = chromium.new_context(base_url=server.address, java_script_enabled=False)
    token = server.open_session(server.add("admin"))
    context.add_cookies([{"name": "triage", "value": token, "url": server.address, "httpOnly": True}])
    page = context.new_page()
    page.goto("/models")

    page.get_by_role("link", name="Go back to model 1").click()
    page.get_by_role("button", name="Go back to model 1").click()
    page.get_by_text("Model 1 serves again, in place of model 2").wait_for()

    assert champion_version(bundles) == "1"
    context.close()


@pytest.mark.usefixtures("bundles", "decided")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_everybody_can_use_the_pages(
    chromium: "Browser", server: Server, scheme: Literal["light", "dark"], width: int
) -> None:
    """With a screen reader, with little sight, on a narrow screen."""
    context = chromium.new_context(
        base_url=server.address, color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True
    )
    token = server.open_session(server.add("admin"))
    context.add_cookies([{"name": "triage", "value": token, "url": server.address, "httpOnly": True}])
    page, found = context.new_page(), {}
    for path in (
        "/models",
        f"/models/2?target={TARGET}&precision=0.8&mode=auto",
        "/models/automation/cautious",
        "/models/change/rollback",
        "/models/change/promote?ref=1",
        "/models/2/replay?weeks=4",
        "/models/9",
    ):
        page.goto(path)
        page.wait_for_load_state("networkidle")
        for details in page.locator("details").all():
            details.evaluate("each => { each.open = true; }")
        page.add_script_tag(path=AXE)
        faults = page.evaluate("axe.run()")["violations"]
        found[path] = [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in faults]
        assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth"), path
    context.close()

    assert {path: faults for path, faults in found.items() if faults} == {}

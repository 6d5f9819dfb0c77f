"""Signing in with a real browser: what it keeps, what it refuses to run, and what a person sees."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from tests.browser.conftest import PASSWORD, Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

AXE = Path(__file__).parent / "vendor" / "axe.min.js"


def sign_in(page: "Page", address: str, email: str = "lead@example.org", password: str = PASSWORD) -> None:
    """Fills in the form as a person does, with the keyboard."""
    page.goto(f"{address}/docs")
    page.get_by_label("E-mail address").fill(email)
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")
    page.wait_for_load_state()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_browser_on_this_machine_keeps_the_session(
    page: "Page", context: "BrowserContext", server: Server, host: str
) -> None:
    """By plain http, under either name."""
    server.add("lead")
    address = server.address.replace("127.0.0.1", host)

    sign_in(page, address)
    page.wait_for_url(f"{address}/docs")

    (cookie,) = context.cookies()
    assert (cookie["name"], cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) == ("triage", True, False, "Lax")
    assert cookie["expires"] == -1
    page.goto(f"{address}/")
    assert page.get_by_text("lead@example.org").is_visible()


def test_signing_out_ends_it(page: "Page", context: "BrowserContext", server: Server) -> None:
    """And the way back leads to the form."""
    server.add("lead")
    sign_in(page, server.address)
    page.wait_for_url(f"{server.address}/docs")
    page.goto("/")

    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")
    page.goto("/")

    assert page.url.endswith("/sign-in")
    assert context.cookies() == []


def test_a_wrong_password_is_one_sentence_that_is_read_out(page: "Page", server: Server) -> None:
    """The address stays, and the cursor is where the mistake is."""
    server.add("agent")

    sign_in(page, server.address, "agent@example.org", "not this one")

    assert page.get_by_role("alert").inner_text().startswith("E-mail address or password is wrong")
    assert page.get_by_label("E-mail address").input_value() == "agent@example.org"
    assert page.evaluate("document.activeElement.id") == "password"


def test_another_site_can_do_nothing_in_somebodys_name(
    context: "BrowserContext", server: Server, signed_in_page: Callable[[str], "Page"]
) -> None:
    """Its page sends forms here, with whatever the browser adds; another port is another site's page."""
    own = signed_in_page("lead")
    other = context.new_page()
    other.route(
        "http://evil.example/**",
        lambda route: route.fulfill(
            content_type="text/html",
            body=f'<form method="post" action="{server.address}/sign-out"><button>Win</button></form>',
        ),
    )
    other.goto("http://evil.example/")

    other.get_by_role("button").click()
    other.wait_for_load_state()

    assert '"status":403' in other.content() or '"status":401' in other.content() or "/sign-in" in other.url
    own.goto("/")
    assert own.get_by_role("button", name="Sign out").is_visible()


def test_nothing_that_is_written_into_a_page_is_run(chromium: "Browser", server: Server) -> None:
    """Even if somebody finds a way to write it there."""
    context = chromium.new_context(base_url=server.address)  # of its own: the browser complains, as it should
    page, complaints = context.new_page(), []
    page.on("console", lambda line: complaints.append(line.text))
    page.goto("/sign-in")

    ran = page.evaluate(
        """() => { const script = document.createElement('script'); script.textContent = 'window.ran = true';
        document.body.append(script); return window.ran === true; }"""
    )
    context.close()

    assert ran is False
    assert "Content Security Policy" in complaints[0]


def test_the_documentation_works_with_a_session(signed_in_page: Callable[[str], "Page"]) -> None:
    """Under its policy, and what is tried there is done as the person."""
    page = signed_in_page("admin")
    page.goto("/docs")

    page.get_by_text("/v1/session").first.click()
    page.get_by_role("button", name="Execute").click()
    page.get_by_text('"admin@example.org"').wait_for()

    assert page.locator("#swagger-ui .info").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_everybody_can_use_the_form(
    chromium: "Browser",
    server: Server,
    scheme: Literal["light", "dark"],
    width: int,
    tmp_path: Path,
) -> None:
    """With a screen reader, with little sight, on a narrow screen; and without any script."""
    context = chromium.new_context(
        base_url=server.address, color_scheme=scheme, viewport={"width": width, "height": 800}, bypass_csp=True
    )
    page = context.new_page()
    server.add("admin")
    page.goto("/sign-in")
    page.add_script_tag(path=AXE)

    found = page.evaluate("axe.run()")
    is_too_wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    page.screenshot(path=tmp_path / "sign-in.png")
    context.close()

    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found["violations"]] == []
    assert not is_too_wide


def test_the_form_needs_no_script(chromium: "Browser", server: Server) -> None:
    """Some switch it off, and some policies do."""
    server.add("lead")
    context = chromium.new_context(base_url=server.address, java_script_enabled=False)
    page = context.new_page()

    sign_in(page, server.address)
    page.wait_for_url(f"{server.address}/docs")

    assert len(context.cookies()) == 1
    context.close()

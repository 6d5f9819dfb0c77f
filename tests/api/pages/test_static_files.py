"""The files that pages are made with."""

import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

STATIC = Path(__file__).parents[3] / "api" / "static"


def test_browsers_keep_a_file_until_it_changes(stranger: TestClient) -> None:
    """A page needs them every time, and an installation that was upgraded needs the new ones."""
    links = re.findall(r'(?:href|src)="(/static/[^"]+)"', stranger.get("/sign-in").text)

    assert links
    for link in links:
        answer = stranger.get(link)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        old = stranger.get(f"{link.partition('?')[0]}?v=000000000000")
        assert old.headers["cache-control"] == "no-cache"


def test_a_file_is_what_it_is_said_to_be(stranger: TestClient) -> None:
    """Browsers guess nothing here."""
    answer = stranger.get("/static/triage.css")

    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.content == (STATIC / "triage.css").read_bytes()
    assert stranger.get("/static/mark.svg").headers["content-type"] == "image/svg+xml"


@pytest.mark.parametrize(
    "name", ["../app.py", "..%2fapp.py", "%2e%2e/app.py", "", "/etc/passwd", "..\\app.py", "x\x00"]
)
def test_nothing_else_can_be_had(stranger: TestClient, name: str) -> None:
    """Whatever the path says."""
    answer = stranger.get(f"/static/{name.replace(chr(0), '%00')}")

    assert answer.status_code in (400, 401, 404)
    assert "import" not in answer.text


def test_the_stylesheet_names_colours_once() -> None:
    """In the light, the dark and on paper; else the dark page has light places."""
    sheet = (STATIC / "triage.css").read_text(encoding="utf-8")
    rules = re.sub(r":root \{.*?\}", "", sheet, flags=re.DOTALL)

    assert len(re.findall(r":root \{", sheet)) == 3
    assert not re.findall(r"#[0-9a-f]{3,8}\b|rgb\(", rules)
    assert "url(" not in sheet

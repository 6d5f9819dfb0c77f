"""The log of a process that serves: one line of JSON for machines, words for people, and nothing that a ticket says."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

HAPPENS = """
import logging, threading, warnings, sys
import structlog
from api.logs import configure_logs
configure_logs()
structlog.contextvars.bind_contextvars(request_id="r-1")

def fail():
    raise ValueError("hunter2 wrote this")

structlog.get_logger("ours").info("ours", customer="x")
logging.getLogger("theirs").info("theirs %s", "said")
logging.getLogger("httpx").info("GET https://desk.example.org/tickets?email=hunter2")
try:
    fail()
except ValueError:
    logging.getLogger("uvicorn.error").exception("failed")
    structlog.get_logger("ours").exception("failed here")
warnings.warn("old", DeprecationWarning, stacklevel=1)
warnings.warn("seen", UserWarning, stacklevel=1)
thread = threading.Thread(target=fail)
thread.start()
thread.join()
"""


@pytest.fixture(scope="module")
def lines() -> list[dict[str, object]]:
    """What such a process has written where nobody looks on."""
    done = subprocess.run([sys.executable, "-c", HAPPENS], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == ""
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_every_line_is_json_with_the_request_that_it_belongs_to(lines: list[dict[str, object]]) -> None:
    """Collectors read lines; people look for a request's id."""
    by_event = {str(line["event"]): line for line in lines}

    assert by_event["ours"]["request_id"] == by_event["theirs said"]["request_id"] == "r-1"
    assert by_event["theirs said"]["logger"] == "theirs"
    assert {"level", "timestamp"} <= by_event["ours"].keys()
    assert "request_id" not in by_event["thread_ended"]  # it is no request's
    assert any("seen" in str(line["event"]) for line in lines)


@pytest.mark.parametrize("event", ["failed", "failed here", "thread_ended"])
def test_an_error_is_told_by_its_kind_and_place(lines: list[dict[str, object]], event: str) -> None:
    """Its message may quote a ticket, whoever logs it."""
    (line,) = (line for line in lines if line["event"] == event)

    assert line["kind"] == "ValueError"
    assert str(line["frames"][-1]).endswith(" fail")  # type: ignore[index] # a list


def test_nothing_quotes_a_ticket_or_an_address(lines: list[dict[str, object]]) -> None:
    """Libraries log every address that they ask, and those hold who is asked about."""
    assert "hunter2" not in json.dumps(lines)


def test_at_a_terminal_the_same_is_written_for_people() -> None:
    """Whoever starts it by hand reads words, not braces."""
    terminal, end = pty.openpty()
    done = subprocess.run([sys.executable, "-c", HAPPENS], cwd=ROOT, stderr=end, check=True)
    os.close(end)
    said = os.read(terminal, 65_536).decode()
    os.close(terminal)

    assert done.returncode == 0
    assert "ours" in said
    assert "{" not in said.splitlines()[0]
    assert "hunter2" not in said

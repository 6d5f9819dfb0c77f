"""`docs/api.md`, held against the application: every request in it is made, every limit in it is looked up."""

import re
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api import connections, errors
from api.body_limit import DEEPEST, MOST_PARTS, SECONDS_TO_SEND
from api.errors import MOST_LISTED
from api.head_limit import LONGEST_HEADER, LONGEST_PATH, LONGEST_QUERY, MOST_HEAD_BYTES, MOST_HEADERS
from api.schemas import MAX_BATCH
from data.keys import SCOPES
from triage.settings import Settings

GUIDE = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")


def requests() -> Iterator[tuple[str, int]]:
    """The curl commands of the guide and the status that stands behind each."""
    for block in re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL):
        for command, status in re.findall(r"^(curl .*?)\s+# (\d{3})$", block, re.DOTALL | re.MULTILINE):
            yield command, int(status)


def sent(client: TestClient, command: str, key: str) -> int:
    """The status that the command gets."""
    words = iter(shlex.split(command.replace("\\\n", " ").replace("$KEY", key))[1:])
    headers, body, url, method = {}, None, "", None
    for word in words:
        if word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = next(words)
        elif word == "-X":
            method = next(words)
        else:
            url = word.removeprefix("http://127.0.0.1:8000")
    return client.request(method or ("POST" if body else "GET"), url, headers=headers, content=body).status_code


def test_every_request_in_the_guide_is_answered_as_it_says(stranger: TestClient, new_key: Callable[..., str]) -> None:
    """People paste these; the first one that fails is the last one they try."""
    key = new_key("score", "read", "review")

    answered = [(command, sent(stranger, command, key)) for command, _ in requests()]

    assert answered == list(requests())
    assert len(answered) >= 10


def test_no_request_in_the_guide_is_left_out() -> None:
    """A curl without a status behind it would not be tried."""
    assert GUIDE.count("curl ") == len(list(requests()))


@pytest.mark.parametrize("scope", SCOPES)
def test_every_scope_is_in_the_guide(scope: str) -> None:
    """Whoever makes a key has to know what it allows."""
    assert f"| `{scope}` |" in GUIDE


def test_every_kind_of_problem_is_in_the_guide() -> None:
    """Programs tell them apart by their type."""
    kinds = {row[2] for row in errors._BRANCHES} | {kind for kind, _ in errors._BY_STATUS.values()}

    assert [kind for kind in sorted(kinds) if f"`{kind}`" not in GUIDE] == []


def test_every_path_is_in_the_guide(app: FastAPI) -> None:
    """A route that nobody can find is not there."""
    assert [path for path in app.openapi()["paths"] if path not in GUIDE] == []


def test_the_limits_in_the_guide_are_those_of_the_interface(app: FastAPI) -> None:
    """A client is built for them."""
    ticket = app.openapi()["components"]["schemas"]["Ticket"]["properties"]
    limits = {
        name: next(option["maxLength"] for option in field["anyOf"] if "maxLength" in option)
        for name, field in ticket.items()
        if name not in ("opened_at", "attributes")
    }

    assert set(ticket) == {name for name in ticket if f"`{name}`" in GUIDE}
    assert limits.pop("subject") == 10_000
    assert limits.pop("body") == 2_000_000
    assert set(limits.values()) == {200}
    assert Settings.model_fields["max_body_bytes"].default == 16 * 1024 * 1024


def test_the_table_of_limits_is_that_of_the_program() -> None:
    """Whoever meets one looks there."""
    table = GUIDE.partition("## Limits")[2].partition("## Problems")[0]
    fields = Settings.model_fields
    per_caller = (
        "max_requests_per_minute",
        "max_requests_at_once",
        "max_webhooks_per_minute",
        "max_sign_ins_per_minute",
    )
    held = {f"TRIAGE_{name.upper()}": f"{fields[name].default:,}" for name in per_caller}
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if line.startswith("|")
    ]

    assert {row[3].strip("`"): row[1] for row in rows if row[3].strip("`") in held} == held
    numbers = {row[0]: row[1] for row in rows}
    assert numbers["seconds until a body is here"] == f"{SECONDS_TO_SEND:.0f}"
    assert numbers["lists and objects in one another"] == str(DEEPEST)
    assert numbers["names, values and brackets of a document"] == f"{MOST_PARTS:,}"
    assert numbers["tickets of a batch"] == f"{MAX_BATCH:,}"
    assert numbers["digits of a whole number"] == f"{sys.get_int_max_str_digits():,}"
    assert numbers["headers; bytes of a header; of all of them"] == (
        f"{MOST_HEADERS}; {LONGEST_HEADER // 1024} KiB; {MOST_HEAD_BYTES // 1024} KiB"
    )
    assert numbers["bytes of a query string; characters of a path"] == f"{LONGEST_QUERY // 1024} KiB; {LONGEST_PATH:,}"
    assert (
        numbers["seconds until a whole request is here, its headers included"] == f"{connections.SECONDS_TO_SEND:.0f}"
    )
    assert f"`errors` lists the first {MOST_LISTED}" in table

"""The page on events, held against what is sent."""

import ast
import base64
import hmac
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from data.connectors.standard_webhooks import signed_headers
from data.subscribers import parse_subscribers
from tests.data.test_subscribers import secret
from triage.subscribers import EVENT_TYPES

PAGE = (Path(__file__).parents[2] / "docs" / "connect" / "events.md").read_text(encoding="utf-8")
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


def blocks(language: str) -> list[str]:
    """What stands in the page between fences."""
    return [part.partition("```")[0] for part in PAGE.split(f"```{language}\n")[1:]]


def example(type_: str) -> dict[str, Any]:
    """The data in the page's example of a type."""
    (found,) = [each for each in map(json.loads, blocks("json")) if each["type"] == type_]
    data: dict[str, Any] = found["data"]
    return data


def is_genuine(headers: dict[str, str], body: bytes, given: str, now: datetime) -> bool:
    """What the page's own lines say of a message."""
    (lines,) = blocks("python")
    names: dict[str, Any] = {"base64": base64, "hmac": hmac}
    exec(compile(ast.parse(lines), "events.md", "exec"), names)  # noqa: S102 - our own page
    return bool(names["is_genuine"](headers, body, given, int(now.timestamp())))


def test_the_example_of_a_subscriber_is_read() -> None:
    """It is copied as it stands."""
    (example_,) = blocks("toml")

    (subscriber,) = parse_subscribers(example_, "events.md")

    assert subscriber.types == set(EVENT_TYPES)


def test_every_type_has_a_heading_and_an_example_and_there_is_no_other() -> None:
    """What can be asked for is what is described."""
    assert [json.loads(each)["type"] for each in blocks("json")] == list(EVENT_TYPES)
    assert [type_ for type_ in EVENT_TYPES if f"\n### `{type_}`\n" not in PAGE] == []


def test_the_lines_that_verify_a_message_do() -> None:
    """They are copied, too: both secrets, an altered body, an old message and a clock that is behind."""
    new, old, body = secret(letter=b"n"), secret(letter=b"o"), b'{"type":"test.sent"}'
    headers = signed_headers(new, "msg_1", NOW, body, old)

    assert is_genuine(headers, body, new, NOW)
    assert is_genuine(headers, body, old, NOW + timedelta(minutes=5))
    assert is_genuine(headers, body, old, NOW - timedelta(minutes=5))
    assert not is_genuine(headers, body, old, NOW + timedelta(minutes=5, seconds=1))
    assert not is_genuine(headers, body, old, NOW - timedelta(minutes=5, seconds=1))
    assert not is_genuine(headers, body + b" ", new, NOW)
    assert not is_genuine(headers | {"webhook-id": "msg_2"}, body, new, NOW)
    assert not is_genuine(headers, body, secret(letter=b"x"), NOW)

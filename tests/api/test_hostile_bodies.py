"""A thousand hostile bodies to every route that takes one: refused with a sentence, quickly, and without an echo."""

import contextlib
import json
import re
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import anyio
import pytest
from fastapi import FastAPI
from starlette.types import Message, Scope

from api.body_limit import _shape_fault
from data.connectors import CONNECTORS
from data.connectors.connector import Options
from tests.data.connectors.deliveries import SENDERS
from tests.hostile_bodies import KINDS, SECRET, HostileBody, hostile_bodies
from triage.errors import TriageError
from triage.events import Event

N_BODIES = 1_000
SECONDS = 1.0
"""Of this process, whatever else the machine does."""

NOTHING_TO_ASK = 501
"""What is documented of promoting a version where only serving is installed, as it is here."""

MAY_BE_TAKEN = {
    "large": "a long text is a text",
    "number": "an id may be a number, and an attribute any that JSON knows",
    "twice": "the last one counts, as in every reader of JSON",
    "wrong type": "null and an empty text say that a field is missing",
    "flipped": "a letter more or less in a text is a text",
    "bad UTF-8": "half a pair is what some systems write; it is replaced by the sign for what is unknown",
    "surrogate": "half a pair is replaced by the sign for what is unknown",
    "characters": "they are letters to somebody; NUL is left out",
    "nearly JSON": "line breaks between its parts are JSON",
}
"""Kinds of which some are no mistake at all, and why. A ticket of a batch that does not fit is answered there."""

DELIVERY = {"type": "ticket.created", "ticket": {"id": "1", "subject": "VPN", "body": "down"}}
"""What a ticketing system may send; its body is its own matter, so our documentation says nothing about it."""

Sent = tuple[int, dict[str, str], str]


class Service:
    """The application as a server calls it, without a client that would mend what is sent."""

    def __init__(self, app: FastAPI, key: str) -> None:
        self._app = app
        self._key = key

    async def send(self, method: str, path: str, body: HostileBody) -> Sent:
        """Status, headers and text of the answer."""
        headers = {"content-length": str(len(body.content)), "x-api-key": self._key, **body.headers}
        scope: Scope = {
            "type": "http",
            "method": method,
            "scheme": "http",
            "path": path,
            "query_string": b"",
            "client": ("192.0.2.1", 50_000),
            "server": ("127.0.0.1", 8000),
            "headers": [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers.items()],
        }
        answer: list[Message] = []
        waiting: list[Message] = [{"type": "http.request", "body": body.content, "more_body": False}]

        async def receive() -> Message:
            if waiting:
                return waiting.pop()
            await anyio.sleep_forever()
            raise AssertionError

        async def send(message: Message) -> None:
            answer.append(message)

        await self._app(scope, receive, send)
        said = {name.decode(): value.decode() for name, value in answer[0]["headers"]}
        return answer[0]["status"], said, b"".join(part.get("body", b"") for part in answer[1:]).decode()


def fitting_body(document: dict[str, Any], operation: dict[str, Any]) -> object:
    """A body that a route takes: the example of its documentation, else as little as its schema demands."""
    if "requestBody" not in operation:
        return DELIVERY
    return _sample(document, operation["requestBody"]["content"]["application/json"]["schema"])


def _sample(document: dict[str, Any], schema: dict[str, Any]) -> Any:  # noqa: ANN401  (any JSON)
    if "$ref" in schema:
        return _sample(document, document["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if "example" in schema:
        return schema["example"]
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return _sample(document, schema[choice][0])
    if schema.get("type") == "object":
        return {name: _sample(document, inner) for name, inner in schema.get("properties", {}).items()}
    if schema.get("type") == "array":
        return [_sample(document, schema["items"])]
    return {"integer": 1, "number": 0.5, "boolean": True, "null": None}.get(schema.get("type", ""), "VPN")


def problems_with(kind: str, path: str, sent: Sent, seconds: float) -> list[str]:
    """What is wrong with an answer; nothing, if all is well."""
    status, headers, text = sent
    found = []
    if status >= 500 and status != NOTHING_TO_ASK:
        found.append("it failed")
    if seconds >= SECONDS:
        found.append(f"it took {seconds:.1f} s")
    if status >= 400:
        if headers.get("content-type") != "application/problem+json":
            found.append("it is no problem")
        elif not json.loads(text)["detail"].endswith("."):
            found.append("it says nothing")
        if SECRET in text:
            found.append("it repeats what was sent")
    elif kind not in MAY_BE_TAKEN and path != "/v1/score/batch":
        found.append("it was taken")
    return found


@pytest.mark.parametrize("part", range(4))
def test_hostile_bodies_are_refused_quickly_and_without_an_echo(
    app: FastAPI, new_key: Callable[..., str], part: int
) -> None:
    """And the service goes on answering; a fuzzer finds the one that nobody thought of."""
    service = Service(app, new_key("score", "read", "review", "admin"))
    document = app.openapi()
    operations = [
        (method.upper(), path, operation)
        for path, under in document["paths"].items()
        for method, operation in under.items()
        if method in ("post", "put", "patch") and ("requestBody" in operation or path.startswith("/v1/hooks"))
    ]
    wrong = []

    async def send_all() -> Sent:
        async with app.router.lifespan_context(app):
            for method, path, operation in operations:
                asked = re.sub(r"\{\w+\}", "1", path)
                for body in hostile_bodies(fitting_body(document, operation), N_BODIES // 4, seed=part):
                    began = time.process_time()
                    sent = await service.send(method, asked, body)
                    found = problems_with(body.kind, path, sent, time.process_time() - began)
                    wrong.extend((path, body.kind, body.content[:80], sent[0], fault) for fault in found)
            return await service.send("POST", "/v1/score", HostileBody("none", b'{"subject": "VPN"}'))

    status, _, _ = anyio.run(send_all)

    assert wrong == []
    assert status == 200
    assert len(operations) >= 5


@pytest.mark.parametrize("system", sorted(CONNECTORS))
def test_whoever_knows_the_secret_of_a_source_gets_a_sentence_too(system: str) -> None:
    """A ticketing system that was taken over can send anything; none of it is an unexpected error."""
    sender, connector = SENDERS[system], CONNECTORS[system](Options())
    usual = sender.delivery()
    read = []

    for body in hostile_bodies(sender.payload, 5 * len(KINDS), seed=7):
        delivery = replace(usual, body=body.content)
        if not is_read(delivery.body, dict(body.headers)):
            continue
        began = time.process_time()
        with contextlib.suppress(TriageError):
            read.append(connector.read(delivery))
        assert time.process_time() - began < SECONDS, body.kind

    assert all(isinstance(event, Event) for event in read)


def is_read(body: bytes, headers: dict[str, str]) -> bool:
    """Whether a body passes the limits, which stand before every source."""
    return (
        len(body) < 3_000_000
        and _shape_fault(body, {b"content-type": headers.get("content-type", "").encode()}) is None
    )


def test_every_kind_is_made_and_the_same_by_the_same_seed() -> None:
    """A body that fails once can be had again."""
    first, again, other = (list(hostile_bodies({"subject": "VPN"}, 100, seed)) for seed in (1, 1, 2))

    assert {body.kind for body in first} == set(KINDS)
    assert first == again != other

"""No more of a body is read than the installation allows."""

import asyncio
import gzip
import json
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio
import pytest
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient
from starlette.types import Message, Scope

from api import body_limit
from api.app import build_app
from api.body_limit import DEEPEST, MOST_PARTS, BodyLimit
from data import keys
from data.database import writing
from triage.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation that reads a thousand bytes."""
    return Settings(_env_file=None, home=tmp_path, database_url=None, max_body_bytes=1000)


def body_of(n_bytes: int) -> bytes:
    """A ticket of exactly this length."""
    frame = b'{"subject": ""}'
    return frame[:-2] + b"x" * (n_bytes - len(frame)) + frame[-2:]


def chunks(body: bytes) -> Iterator[bytes]:
    """The same without saying how long it is."""
    for start in range(0, len(body), 300):
        yield body[start : start + 300]


@pytest.mark.parametrize(("n_bytes", "status"), [(1000, 200), (1001, 413)])
@pytest.mark.parametrize("sent", [lambda body: body, chunks])
def test_a_body_is_read_up_to_the_limit(
    client: TestClient, n_bytes: int, status: int, sent: Callable[[bytes], Any]
) -> None:
    """A caller that says nothing about the length must not be able to fill the memory."""
    answer = client.post("/v1/score", content=sent(body_of(n_bytes)), headers={"Content-Type": "application/json"})

    assert answer.status_code == status


def test_the_refusal_names_the_limit(client: TestClient) -> None:
    """Whoever gets it can split the batch."""
    answer = client.post("/v1/score", content=body_of(1001), headers={"Content-Type": "application/json"})

    assert answer.headers["content-type"] == "application/problem+json"
    assert "1,000 bytes" in answer.json()["detail"]


def test_a_length_that_is_none_is_counted(client: TestClient) -> None:
    """Headers are what strangers write."""
    answer = client.post(
        "/v1/score", content=chunks(body_of(1001)), headers={"Content-Type": "application/json", "Content-Length": "-5"}
    )

    assert answer.status_code == 413


JSON = {"Content-Type": "application/json"}


def detail(answer: Response) -> str:
    """What a refusal says."""
    assert answer.headers["content-type"] == "application/problem+json"
    return str(answer.json()["detail"])


@pytest.fixture
def large(tables: Path, settings: Settings, model: Any) -> Iterator[TestClient]:  # noqa: ANN401
    """A client of an installation that reads the usual number of bytes."""
    shutil.copy(tables, settings.home / "triage.db")
    app = build_app(settings.model_copy(update={"max_body_bytes": 16 * 1024 * 1024}), model)
    with writing(app.state.desk.engine) as connection:
        key = keys.create(connection, "helpdesk", ["score"], datetime.now(UTC))[1]
    with TestClient(app, raise_server_exceptions=False, headers={"X-API-Key": key} | JSON) as client:
        yield client


@pytest.mark.parametrize(("depth", "status"), [(DEEPEST, 422), (DEEPEST + 1, 400), (5_000, 400), (100_000, 400)])
@pytest.mark.parametrize("brackets", [("[", "]"), ('{"a":', "}")])
def test_a_document_is_read_to_a_depth(large: TestClient, depth: int, status: int, brackets: tuple[str, str]) -> None:
    """Public reports tell of parsers that run out of stack, and of answers with 500."""
    opening, closing = brackets

    answer = large.post("/v1/score/batch", content=opening * depth + "1" + closing * depth)

    assert answer.status_code == status
    assert ("64 deep" in detail(answer)) == (status == 400)


@pytest.mark.parametrize(
    "text", ["[" * 5_000, "{[" * 5_000, '\\"[' * 5_000, "\\\\" * 100 + "[" * 100, '\\\\\\"[{' * 99]
)
def test_brackets_inside_a_text_are_none(large: TestClient, text: str) -> None:
    """A log or a program in a ticket has thousands of them."""
    assert large.post("/v1/score", content=f'{{"subject": "VPN", "body": "{text}"}}').status_code == 200


def test_a_text_may_end_with_a_backslash(large: TestClient) -> None:
    """The quotation mark after it ends the text, and what follows is not taken for its end."""
    body = rb'{"subject": "C:\\", "body": "' + b"[" * 500 + b'"}'

    assert large.post("/v1/score", content=body).status_code == 200


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "utf-32", "utf-32-le"])
def test_a_depth_is_found_in_every_encoding(large: TestClient, encoding: str) -> None:
    """In UTF-16 the bytes of brackets are those of other letters, too."""
    letters = "\u0122" + "\u5b5b\u7b7b\u015b" * 500  # a quotation mark's byte, then those of brackets

    deep = large.post("/v1/score", content=('{"a":' * 100 + "1" + "}" * 100).encode(encoding))
    flat = large.post("/v1/score", content=f'{{"subject": "VPN {letters}"}}'.encode(encoding))

    assert (deep.status_code, flat.status_code) == (400, 200)
    assert "64 deep" in detail(deep)


def test_a_large_batch_is_read(large: TestClient) -> None:
    """A thousand tickets with as many attributes as anybody sends, and with texts full of commas."""
    ticket = {"subject": "VPN", "body": "a, b: [c] {d} " * 200, "attributes": {f"a{n}": "1, 2" for n in range(80)}}

    answer = large.post("/v1/score/batch", content=json.dumps({"tickets": [ticket] * 1_000}))

    assert answer.status_code == 200


@pytest.mark.parametrize("part", ["[]", "{}", "0", '""', '"a":1', '"\\""'])
def test_a_document_of_too_many_parts_is_refused_before_it_is_parsed(large: TestClient, part: str) -> None:
    """Sixteen megabytes of brackets become half a gigabyte in memory."""
    opening, closing = ("{", "}") if ":" in part else ("[", "]")

    answer = large.post("/v1/score", content=opening + ",".join([part] * (MOST_PARTS + 1)) + closing)

    assert answer.status_code == 413
    assert "names and values; send less at once." in detail(answer)


@pytest.mark.parametrize(
    "encoding", ["gzip", "GZIP", "x-gzip", "deflate", "br", "zstd", "identity, gzip", "gzip, gzip"]
)
def test_what_is_compressed_is_refused_unread(client: TestClient, encoding: str) -> None:
    """Public reports tell of a few kilobytes that become gigabytes; a ticket is small enough as it is."""
    bomb = gzip.compress(b"\0" * 500_000)

    answer = client.post("/v1/score", content=bomb, headers=JSON | {"Content-Encoding": encoding})

    assert answer.status_code == 415
    assert detail(answer) == "The body is compressed; send it as it is, without Content-Encoding."


@pytest.mark.parametrize("encoding", ["identity", ""])
def test_a_body_may_be_said_to_be_as_it_is(client: TestClient, encoding: str) -> None:
    """Some clients always say so."""
    answer = client.post("/v1/score", content=b'{"subject": "VPN"}', headers=JSON | {"Content-Encoding": encoding})

    assert answer.status_code == 200


def raw(app: FastAPI, key: str, messages: Sequence[Message | None], headers: dict[str, str]) -> tuple[int, Any]:
    """Status and problem of a request that arrives in these messages; None stands for nothing for a long time."""
    scope: Scope = {
        "type": "http",
        "method": "POST",
        "scheme": "http",
        "path": "/v1/score",
        "query_string": b"",
        "client": ("192.0.2.1", 50_000),
        "headers": [(name.encode(), value.encode()) for name, value in (headers | {"x-api-key": key}).items()],
    }
    waiting, sent = list(messages), list[Message]()

    async def receive() -> Message:
        message = waiting.pop(0) if waiting else None
        if message is None:
            await anyio.sleep(30)
            raise AssertionError
        return message

    async def send(message: Message) -> None:
        sent.append(message)

    anyio.run(app, scope, receive, send)
    return sent[0]["status"], json.loads(sent[1]["body"])


PART: Message = {"type": "http.request", "body": b'{"subject"', "more_body": True}


@pytest.mark.parametrize("messages", [[], [PART], [PART] * 5], ids=["nothing", "a part", "parts"])
def test_a_body_that_does_not_come_is_waited_for_a_while(
    app: FastAPI, new_key: Callable[..., str], monkeypatch: pytest.MonkeyPatch, messages: list[Message]
) -> None:
    """Public reports tell of a few hundred connections that send a byte now and then, and of nobody else let in."""
    monkeypatch.setattr(body_limit, "SECONDS_TO_SEND", 0.2)
    monkeypatch.setattr(body_limit, "LOOK_EVERY_SECONDS", 0.05)
    began = time.monotonic()

    status, problem = raw(app, new_key("score"), messages, {"content-length": "500"})

    assert status == 408
    assert problem["type"] == "urn:triage:problem:too-slow"
    assert 0.1 < time.monotonic() - began < 10


def test_who_stops_the_server_is_no_slow_body() -> None:
    """A request that is cancelled for another reason ends as one that is cancelled."""
    limit = BodyLimit(pytest.fail, 1000)  # type: ignore[arg-type]  # nothing gets as far as that

    async def cancelled() -> bool:
        reading = asyncio.create_task(limit._read(lambda: asyncio.sleep(30)))  # type: ignore[arg-type]
        await asyncio.sleep(0.01)
        reading.cancel()
        await asyncio.wait([reading])
        return reading.cancelled() and not limit._late_at

    assert asyncio.run(cancelled())


def test_a_body_that_is_cut_off_is_said_to_be(app: FastAPI, new_key: Callable[..., str]) -> None:
    """The log then has a reason; the caller is gone."""
    status, problem = raw(app, new_key("score"), [PART, {"type": "http.disconnect"}], {"content-length": "500"})

    assert status == 400
    assert problem["detail"] == "The body was cut off: the connection ended before it did."


@pytest.mark.parametrize(
    ("sent", "status", "said"),
    [
        ({"headers": {f"x-{n}": "1" for n in range(101)}}, 431, "more than 100 headers"),
        ({"headers": {"cookie": "a" * 17_000}}, 431, "A header is longer than 16,384 bytes"),
        ({"url": "/v1/score?a=" + "b" * 9_000}, 414, "The query string is longer than 8,192 bytes"),
        ({"url": "/v1/tickets/" + "a" * 5_000 + "/outcome"}, 414, "The path is longer than 4,096 characters"),
        ({"url": "/v1/customers/a%00b"}, 400, "The path has a control character in it"),
        ({"url": "/v1/customers/a%0d%0aset-cookie:x"}, 400, "The path has a control character in it"),
    ],
)
def test_a_head_has_its_limits(client: TestClient, sent: dict[str, Any], status: int, said: str) -> None:
    """Each is far beyond what a client sends that means no harm."""
    answer = client.get(**{"url": "/v1/score"} | sent)

    assert answer.status_code == status
    assert said in detail(answer)


@pytest.mark.parametrize(
    "path", ["/v1/customers/..%2f..%2fetc", "/v1/../healthz", "//v1/score", "/v1/score/", "/V1/SCORE"]
)
def test_a_path_of_another_spelling_is_another_path(reader: TestClient, stranger: TestClient, path: str) -> None:
    """None leads around a key, and none to a file."""
    assert stranger.get(path).status_code in (401, 200) if "healthz" in path else stranger.get(path).status_code == 401
    assert reader.get(path).status_code in (200, 307, 404, 405)


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "CONNECT", "PATCH", "DELETE", "BREW"])
def test_other_methods_are_refused(client: TestClient, method: str) -> None:
    """No answer repeats what was sent (TRACE), and none lets other sites in (OPTIONS)."""
    answer = client.request(method, "/v1/score", content=b"hunter2")

    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert "access-control-allow-origin" not in answer.headers
    assert "hunter2" not in answer.text

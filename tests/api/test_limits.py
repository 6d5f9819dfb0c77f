"""No caller takes what is there for all: so many requests in a minute, so many at once, and nobody else pays for it."""

import json
import shutil
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio
import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from api.callers import Caller
from api.limits import MOST_ADDRESSES, SIGN_IN, SIGN_IN_ELSEWHERE, RequestCounts, RequestLimits
from api.security import PUBLIC
from data.database import open_database
from triage.errors import StoreUnusable
from triage.settings import Settings

NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)
MINUTE_STARTS_AT = 1_795_860_000.0


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.at = MINUTE_STARTS_AT

    def __call__(self) -> float:
        """Seconds since 1970."""
        return self.at


class Desk:
    """Something behind the limits that answers everybody, and waits where it is told to."""

    def __init__(self) -> None:
        self.n_answered = 0
        self.may_answer = anyio.Event()
        self.may_answer.set()
        self.fault: Exception | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  (ASGI's form)
        """The ASGI call."""
        await self.may_answer.wait()
        if self.fault is not None:
            raise self.fault
        self.n_answered += 1
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def scope_of(path: str, method: str, who: str | None, address: str) -> Scope:
    """A request as it comes from authentication."""
    caller = None if who is None else Caller("key", who, "helpdesk", ("score",))
    return {
        "type": "http",
        "method": method,
        "path": path,
        "client": (address, 50_000),
        "headers": [],
        "query_string": b"",
        "state": {} if caller is None else {"caller": caller},
    }


async def ask(
    limits: RequestLimits,
    who: str | None = "a",
    path: str = "/v1/score",
    method: str = "POST",
    address: str = "192.0.2.1",
) -> tuple[int, dict[str, str], dict[str, Any]]:
    """Status, headers and problem of a request."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await limits(scope_of(path, method, who, address), receive, send)
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, json.loads(sent[1]["body"] or "{}")


@pytest.fixture
def clock() -> Clock:
    """A clock that is moved by hand."""
    return Clock()


@pytest.fixture
def desk() -> Desk:
    """What stands behind the limits."""
    return Desk()


@pytest.fixture
def counts(clock: Clock, tmp_path: Path) -> RequestCounts:
    """Of a process by itself."""
    return RequestCounts(open_database(f"sqlite:///{tmp_path / 'alone.db'}"), clock)


@pytest.fixture
def shared(tables: Path, tmp_path: Path) -> Iterator[Engine]:
    """A database with its tables."""
    shutil.copy(tables, tmp_path / "shared.db")
    engine = open_database(f"sqlite:///{tmp_path / 'shared.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation that takes ten tickets a minute."""
    return Settings(_env_file=None, home=tmp_path, database_url=None, max_requests_per_minute=10)


@pytest.fixture
def limits(desk: Desk, counts: RequestCounts) -> RequestLimits:
    """Five requests a minute, two at once."""
    few = Settings(
        _env_file=None,
        max_requests_per_minute=5,
        max_requests_at_once=2,
        max_webhooks_per_minute=4,
        max_sign_ins_per_minute=3,
    )
    return RequestLimits(desk, counts, few)


def statuses(limits: RequestLimits, n: int, **request: Any) -> list[int]:  # noqa: ANN401  (as `ask` takes it)
    """Of so many requests one after the other."""

    async def send_all() -> list[int]:
        return [(await ask(limits, **request))[0] for _ in range(n)]

    return anyio.run(send_all)


def test_a_caller_is_answered_up_to_the_limit(limits: RequestLimits, desk: Desk) -> None:
    """And what is refused never reaches the desk."""
    assert statuses(limits, 7) == [200] * 5 + [429] * 2
    assert desk.n_answered == 5


def test_one_caller_does_not_use_up_what_another_may_ask(limits: RequestLimits) -> None:
    """A loop in one integration stops that integration alone."""
    statuses(limits, 20, who="a")

    assert statuses(limits, 1, who="b") == [200]


def test_the_refusal_is_a_problem_that_says_when_to_go_on(limits: RequestLimits, clock: Clock) -> None:
    """`Retry-After` is a whole number of seconds, and never too early: clients wait for it and no longer.

    Public reports tell of clients that fail on `0.493`, and of others that come a moment too soon again and again.
    """
    statuses(limits, 5)
    clock.at += 12.7

    status, headers, problem = anyio.run(ask, limits)

    assert status == 429
    assert headers["content-type"] == "application/problem+json"
    assert headers["retry-after"] == "48"
    assert problem["type"] == "urn:triage:problem:too-many"
    assert problem["detail"] == (
        "More than 5 requests of yours came in this minute, each ticket of a batch counted; go on in 48 seconds."
    )
    clock.at += 48
    assert statuses(limits, 1) == [200]


@pytest.mark.parametrize("seconds", [0.0, 0.1, 30.0, 59.5, 59.999])
def test_whoever_waits_as_told_is_answered(limits: RequestLimits, clock: Clock, seconds: float) -> None:
    """At every moment of a minute."""
    clock.at += seconds
    statuses(limits, 6)

    _, headers, _ = anyio.run(ask, limits)

    assert headers["retry-after"].isdecimal()
    assert int(headers["retry-after"]) >= 1
    clock.at += int(headers["retry-after"])
    assert statuses(limits, 1) == [200]


def test_so_many_requests_may_be_under_way_at_once(limits: RequestLimits, desk: Desk) -> None:
    """Each waits for its answer and holds its body meanwhile."""
    found: dict[str, tuple[int, dict[str, str], dict[str, Any]]] = {}

    async def send_all() -> None:
        desk.may_answer = anyio.Event()
        async with anyio.create_task_group() as clients:
            for _ in range(2):
                clients.start_soon(ask, limits)
            await anyio.lowlevel.checkpoint()
            found["third"] = await ask(limits)
            desk.may_answer.set()
            found["of another"] = await ask(limits, "b")
        found["afterwards"] = await ask(limits)

    anyio.run(send_all)

    status, headers, problem = found["third"]
    assert (status, headers["retry-after"]) == (429, "1")
    assert problem["detail"] == "2 requests of yours are under way, and no more may be at once; wait for an answer."
    assert found["of another"][0] == found["afterwards"][0] == 200


def test_a_request_that_fails_is_no_longer_under_way(limits: RequestLimits, desk: Desk) -> None:
    """An error must not use up a caller's places for ever."""

    async def send_all() -> int:
        desk.fault = ZeroDivisionError()
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                await ask(limits)
        desk.fault = None
        return (await ask(limits))[0]

    assert anyio.run(send_all) == 200


def test_webhooks_are_counted_by_address(limits: RequestLimits) -> None:
    """They bring no key, and verifying one costs something."""
    hook = {"who": None, "path": "/v1/hooks/zendesk"}

    assert statuses(limits, 6, **hook) == [200] * 4 + [429] * 2
    assert statuses(limits, 1, **hook | {"address": "192.0.2.2"}) == [200]
    assert "webhooks came from your address" in anyio.run(ask, limits, None, "/v1/hooks/x")[2]["detail"]


def test_attempts_to_sign_in_are_counted_by_address(limits: RequestLimits) -> None:
    """Guessing passwords of many people at once is as slow as guessing one's."""
    attempt = {"who": None, "path": "/sign-in"}

    assert statuses(limits, 4, **attempt) == [200] * 3 + [429]
    assert statuses(limits, 4, **attempt | {"method": "GET"}) == [200] * 4
    assert statuses(limits, 1, **attempt | {"path": "/sign-in/oidc/callback"}) == [429]
    assert "attempts to sign in" in anyio.run(ask, limits, None, "/sign-in")[2]["detail"]


def test_where_people_sign_in_is_what_is_public() -> None:
    """Otherwise a path of another name would go without a limit."""
    assert {SIGN_IN, SIGN_IN_ELSEWHERE} <= PUBLIC


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_supervisors_are_not_counted(limits: RequestLimits, path: str) -> None:
    """A load balancer that is refused takes the service away from everybody."""
    assert statuses(limits, 50, who=None, path=path, method="GET") == [200] * 50


def test_half_an_address_is_one_sender(limits: RequestLimits) -> None:
    """Anybody with IPv6 has 2^64 addresses that begin alike, and would never meet a limit."""
    hook = {"who": None, "path": "/v1/hooks/zendesk"}

    seen = [statuses(limits, 1, **hook, address=f"2001:db8:1:2::{n:x}")[0] for n in range(1, 6)]

    assert seen == [200] * 4 + [429]
    assert statuses(limits, 1, **hook, address="2001:db8:1:3::1") == [200]


def test_a_sender_without_an_address_is_counted_too(limits: RequestLimits) -> None:
    """Behind a Unix socket nobody has one."""
    assert statuses(limits, 5, who=None, path="/v1/hooks/x", address="")[-1] == 429


def test_many_addresses_do_not_fill_the_memory(limits: RequestLimits, counts: RequestCounts, clock: Clock) -> None:
    """Public reports tell of tables by address that only grow. A key is counted apart all the same."""
    hook = {"who": None, "path": "/v1/hooks/x"}

    async def flood() -> list[int]:
        addresses = (f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}" for n in range(MOST_ADDRESSES + 50))
        return [(await ask(limits, **hook, address=address))[0] for address in addresses]

    found = anyio.run(flood)

    assert len(counts._current.here) == MOST_ADDRESSES + 1
    assert found[: MOST_ADDRESSES + 4] == [200] * (MOST_ADDRESSES + 4)
    assert set(found[MOST_ADDRESSES + 4 :]) == {429}
    assert statuses(limits, 1, who="a") == [200]
    clock.at += 60
    statuses(limits, 1, who="a")
    assert len(counts._current.here) == 1


def test_an_idle_caller_leaves_nothing(limits: RequestLimits, counts: RequestCounts, clock: Clock) -> None:
    """Whoever came once is forgotten with their minute."""
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for n in range(2_000):
        anyio.run(ask, limits, f"{n}") if n % 500 == 0 else counts.add(f"key:{n}")
    clock.at += 60
    statuses(limits, 1)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()

    assert limits._under_way == {}
    assert grown < 200_000


def test_a_process_alone_writes_nothing(counts: RequestCounts) -> None:
    """A SQLite file has one process that serves; it knows everything already."""
    assert counts.workers() == ()


class Processes:
    """Two processes that share a database."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self.one, self.other = RequestCounts(engine, clock), RequestCounts(engine, clock)


def test_what_one_process_counted_the_other_learns(shared: Engine, clock: Clock) -> None:
    """Public reports tell of limits that are multiplied by the number of workers."""
    both = Processes(shared, clock)
    both.one.add("key:a", 3)
    both.other.add("key:a", 4)

    both.one.exchange(NOW)
    both.other.exchange(NOW)
    both.one.add("key:a")
    both.one.exchange(NOW)

    assert both.other.add("key:a", 0) == 7
    assert both.one.add("key:a", 0) == 8


def test_nothing_is_told_twice(shared: Engine, clock: Clock) -> None:
    """Otherwise a caller would be refused for what was asked once."""
    both = Processes(shared, clock)
    both.one.add("key:a", 3)
    for _ in range(4):
        both.one.exchange(NOW)

    both.other.add("key:a")
    both.other.exchange(NOW)

    assert both.other.add("key:a", 0) == 4


def test_a_minute_that_is_over_is_not_counted_into_the_next(shared: Engine, clock: Clock) -> None:
    """Whoever was refused may go on, whichever process they meet."""
    both = Processes(shared, clock)
    both.one.add("key:a", 9)
    both.one.exchange(NOW)
    clock.at += 60

    both.other.add("key:a")
    both.other.exchange(NOW)

    assert both.other.add("key:a", 0) == 1
    assert both.one.add("key:a") == 1


def test_a_database_that_is_away_costs_no_answer(counts: RequestCounts) -> None:
    """Each process then counts for itself, and tells the rest later."""
    counts.add("key:a", 2)

    with pytest.raises(StoreUnusable):
        counts.exchange(NOW)

    assert counts.add("key:a") == 3
    assert counts._current.told == {}


def test_each_ticket_of_a_batch_counts(client: TestClient) -> None:
    """A batch of a thousand is as much work as a thousand requests."""
    batch = {"tickets": [{"subject": "VPN"}] * 10}

    found = [client.post("/v1/score/batch", json=batch).status_code for _ in range(2)]

    assert found == [200, 429]


def test_a_refused_request_is_not_read(client: TestClient, model: Any) -> None:  # noqa: ANN401
    """It costs next to nothing, so whoever sends it wins nothing."""
    for _ in range(10):
        client.post("/v1/score", json={"subject": "VPN"})

    answer = client.post("/v1/score", json={"subject": "VPN"})

    assert answer.status_code == 429
    assert len(model.seen) == 10
    assert "request_id" in answer.json()


def test_a_wrong_key_is_refused_as_such(stranger: TestClient) -> None:
    """Nobody can use up what another may ask by guessing."""
    found = {stranger.post("/v1/score", json={}, headers={"X-API-Key": "no"}).status_code for _ in range(12)}

    assert found == {401}

"""How much one caller may ask: so many requests in a minute, and so many at the same time.

Whoever has no key or session yet is known by the address: senders of webhooks, and people who sign in. A further such
path is a branch in `_of_stranger`.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from ipaddress import IPv6Address, ip_address
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Engine
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import problem_response
from api.security import SIGNED
from api.workers import Worker
from data.database import is_one_file, writing
from data.request_counts import add_counts
from triage.settings import Settings

__all__ = ["CountsOfRequest", "RequestCounts", "RequestLimits"]

SIGN_IN, SIGN_IN_ELSEWHERE = "/sign-in", "/sign-in/oidc"
"""Where people prove who they are: with a password that is sent here, or on the way to where they sign in and back."""

MOST_ADDRESSES = 10_000
"""Addresses that are told apart in a minute; any further ones share one count, so that nobody can fill the memory."""

_MINUTE_SECONDS = 60


@dataclass(slots=True)
class _Minute:
    """What is counted in one minute: here, of that told to the other processes, and by the others."""

    number: int
    here: dict[str, int] = field(default_factory=dict)
    told: dict[str, int] = field(default_factory=dict)
    elsewhere: dict[str, int] = field(default_factory=dict)


class RequestCounts:
    """Requests by caller in the minute of the clock, which all processes count together.

    Each counts in its memory. About once a second a thread tells the database what is new and learns what the others
    have counted, so that no request waits for that. A SQLite file has one process, which needs nobody's numbers.

    Args:
        engine: of the database that the processes share.
        clock: seconds since 1970; another one for tests.
    """

    def __init__(self, engine: Engine, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._clock = clock
        self._current = _Minute(0)

    def add(self, caller: str, n: int = 1) -> int:
        """Counts requests of a caller, and says how many there were in this minute."""
        minute = self._this_minute()
        minute.here[caller] = counted = minute.here.get(caller, 0) + n
        return counted + minute.elsewhere.get(caller, 0)

    def has_room_for(self, caller: str) -> bool:
        """Whether one more may be counted apart."""
        here = self._this_minute().here
        return len(here) < MOST_ADDRESSES or caller in here

    def seconds_left(self) -> int:
        """Whole seconds, rounded up, until the next minute."""
        return math.ceil(_MINUTE_SECONDS - self._clock() % _MINUTE_SECONDS)

    def workers(self) -> tuple[Worker, ...]:
        """What is to run beside the requests."""
        return () if is_one_file(self._engine) else (Worker("request-counts", self.exchange),)

    def exchange(self, now: datetime) -> int:  # noqa: ARG002  (a worker's form)
        """Tells the other processes what was counted here, and learns what they have counted; leaves nothing to do.

        Raises:
            StoreUnusable: the database cannot be used; it is told all of it the next time.
        """
        minute = self._current
        here = minute.here.copy()  # at one stroke, while requests go on being counted
        new = {caller: n - minute.told.get(caller, 0) for caller, n in here.items() if n > minute.told.get(caller, 0)}
        if new:
            with writing(self._engine) as connection:
                together = add_counts(connection, minute.number, new)
            minute.told = here
            minute.elsewhere = minute.elsewhere | {caller: n - here[caller] for caller, n in together.items()}
        return 0

    def _this_minute(self) -> _Minute:
        number = int(self._clock() // _MINUTE_SECONDS)
        if self._current.number != number:
            self._current = _Minute(number)
        return self._current


class RequestLimits:
    """Refuses what a caller sends beyond their share, before any of it is read; stands behind authentication.

    Args:
        app: what answers the rest.
        counts: of this process.
        settings: say how many.
    """

    def __init__(self, app: ASGIApp, counts: RequestCounts, settings: Settings) -> None:
        self._app = app
        self._counts = counts
        self._settings = settings
        self._under_way: dict[str, int] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI call."""
        caller = scope["state"].get("caller") if scope["type"] == "http" else None
        if caller is not None:
            who, most = caller.reference, self._settings.max_requests_per_minute
        elif (stranger := self._of_stranger(scope)) is not None:
            who, most = stranger
        else:
            await self._app(scope, receive, send)
            return
        n_under_way = self._under_way.get(who, 0)
        if n_under_way >= self._settings.max_requests_at_once:
            sentence = f"{n_under_way} requests of yours are under way, and no more may be at once; wait for an answer."
            await problem_response(scope, 429, sentence, headers={"Retry-After": "1"})(scope, receive, send)
            return
        if self._counts.add(who) > most:
            seconds = self._counts.seconds_left()
            headers = {"Retry-After": str(seconds)}
            await problem_response(scope, 429, _too_many(scope, most, seconds), headers=headers)(scope, receive, send)
            return
        self._under_way[who] = n_under_way + 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._give_back(who)

    def _give_back(self, who: str) -> None:
        n_left = self._under_way[who] - 1
        if n_left:
            self._under_way[who] = n_left
        else:  # who has gone leaves nothing behind
            del self._under_way[who]

    def _of_stranger(self, scope: Scope) -> tuple[str, int] | None:
        """How whoever has no key is counted, and their number; None where nothing is counted."""
        if scope["type"] != "http":
            return None
        path: str = scope["path"]
        if path.startswith(SIGNED):
            return self._by_address("hook", scope), self._settings.max_webhooks_per_minute
        if path.startswith(SIGN_IN_ELSEWHERE) or (path == SIGN_IN and scope["method"] == "POST"):
            return self._by_address("sign", scope), self._settings.max_sign_ins_per_minute
        return None

    def _by_address(self, kind: str, scope: Scope) -> str:
        """What an address is counted as: a hash, as addresses are personal and need not be stored."""
        address, _ = scope.get("client") or ("", 0)
        digest = blake2b(_network_of(address), digest_size=7).hexdigest()
        name = f"{kind}:{digest}"
        return name if self._counts.has_room_for(name) else f"{kind}:others"


def _network_of(address: str) -> bytes:
    """The address; of IPv6 the half that tells who it is, as anybody has all that begin with it."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address.encode()
    return parsed.packed[:8] if isinstance(parsed, IPv6Address) else parsed.packed


def _too_many(scope: Scope, most: int, seconds: int) -> str:
    after = f"go on in {seconds} second{'s' if seconds > 1 else ''}"
    if scope["path"].startswith(SIGN_IN):
        return f"More than {most:,} attempts to sign in came from your address in this minute; {after}."
    if scope["path"].startswith(SIGNED):
        return f"More than {most:,} webhooks came from your address in this minute; {after}."
    return f"More than {most:,} requests of yours came in this minute, each ticket of a batch counted; {after}."


async def _counts_of(request: Request) -> RequestCounts:
    counts = request.app.state.counts
    assert isinstance(counts, RequestCounts)  # noqa: S101  (put there by `build_app`)
    return counts


CountsOfRequest = Annotated[RequestCounts, Depends(_counts_of)]
"""A route's parameter of this type counts what its caller asks."""

"""A ticketing system in a process of its own, which fails as often as it is told to.

It speaks as much of Freshservice as triage asks, since that has neither locking nor one request for everything: fields
and note are written one after the other. It keeps what was done, however often whoever asked is killed. Beside its API
it answers `GET /state`, and takes `POST /faults`.
"""

import argparse
import asyncio
import json
import random
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["FAULTS", "GROUPS", "Ticket", "texts_of"]

FAULTS: Mapping[str, float] = {"error": 0.13, "lost": 0.08, "half": 0.0891, "busy": 0.0004, "slow": 0.0005}
"""Shares of the requests that fail: an error (every other time after what was asked was done), a connection that is cut
after it was done, half of an answer, too many requests, no answer in time."""

GROUPS = {"Service Desk": 1, "Network": 2, "Printing": 3}
BUSY_SECONDS = 1
SLOW_SECONDS = 11.0
"""Longer than triage waits; what was asked is done at the end of it, when nobody waits any more."""

_MARK = re.compile(r"triage:[0-9a-f]{16}")
_TICKET = re.compile(r"/api/v2/tickets/(\d+)(/conversations|/notes)?")
_FILED_AT = "2026-11-28T08:00:00Z"


def texts_of(number: int) -> tuple[str, str]:
    """What a ticket says, and the group that it belongs to."""
    return ("vpn tunnel drops", "Network") if number % 2 else ("printer toner jams", "Printing")


@dataclass(slots=True)
class Ticket:
    """What was done to a ticket.

    Attributes:
        group: where it is.
        n_moves: how often its group was changed.
        tags: that it has.
        notes: their marks.
        noted_at: when the first one came, in seconds since 1970.
    """

    group: int = GROUPS["Service Desk"]
    n_moves: int = 0
    tags: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    noted_at: float | None = None


class _Cut(Exception):
    """Ends the connection after so much of an answer."""

    def __init__(self, sent: bytes = b"") -> None:
        super().__init__()
        self.sent = sent


class Peer:
    """The system."""

    def __init__(self) -> None:
        self.tickets: dict[int, Ticket] = {}
        self.faults: Mapping[str, float] = {}
        self.chance = random.Random(23)  # noqa: S311 - no secret
        self.n_requests = 0
        self.n_failed = dict.fromkeys(FAULTS, 0)
        self.busy_until = 0.0

    async def answer(self, method: str, target: str, body: bytes) -> bytes:
        """What goes out.

        Raises:
            _Cut: nothing more than this does.
        """
        path = target.partition("?")[0]
        if path == "/state":
            return _response(200, self.state())
        if path == "/faults":
            self.faults = json.loads(body)
            return _response(200, {})
        self.n_requests += 1
        fault = self._fault()
        if fault is not None:
            self.n_failed[fault] += 1
        match fault:
            case None:
                return self.done(method, path, body)
            case "busy":
                return _response(429, {"message": "slow down"}, f"retry-after: {BUSY_SECONDS}\r\n")
            case "error":
                if self.chance.random() < 0.5:
                    self.done(method, path, body)
                return _response(500, {"message": "an error"})
            case "half":
                done = self.done(method, path, body)
                raise _Cut(done[: len(done) // 2])
            case "slow":
                await asyncio.sleep(SLOW_SECONDS)
        self.done(method, path, body)
        raise _Cut

    def _fault(self) -> str | None:
        if time.monotonic() < self.busy_until:
            return "busy"
        drawn = self.chance.random()
        for fault, share in self.faults.items():
            if drawn < share:
                if fault == "busy":
                    self.busy_until = time.monotonic() + BUSY_SECONDS
                return fault
            drawn -= share
        return None

    def done(self, method: str, path: str, body: bytes) -> bytes:
        """Does what is asked, and gives the whole answer."""
        if path == "/api/v2/groups":
            return _response(200, {"groups": [{"id": id_, "name": name} for name, id_ in GROUPS.items()]})
        found = _TICKET.fullmatch(path)
        if found is None:
            return _response(404, {"code": "not_found"})
        number, part = int(found[1]), found[2]
        ticket = self.tickets.setdefault(number, Ticket())
        if part == "/conversations":
            notes = [{"body_text": f"Suggested.\n\n{mark}", "private": True} for mark in ticket.notes]
            return _response(200, {"conversations": notes})
        if part == "/notes":
            ticket.notes += _MARK.findall(json.loads(body)["body"])[-1:]
            ticket.noted_at = ticket.noted_at or time.time()
            return _response(201, {"conversation": {"id": len(ticket.notes)}})
        if method == "PUT":
            self._change(ticket, json.loads(body))
        return _response(200, {"ticket": _shown(number, ticket)})

    def _change(self, ticket: Ticket, change: Mapping[str, Any]) -> None:
        group = change.get("group_id", ticket.group)
        ticket.n_moves += group != ticket.group
        ticket.group = group
        ticket.tags = change.get("tags", ticket.tags)

    def state(self) -> object:
        """What was done to each ticket that has a note or another group, and how often what failed."""
        names = {id_: name for name, id_ in GROUPS.items()}
        return {
            "n_requests": self.n_requests,
            "n_failed": self.n_failed,
            "tickets": {
                number: [names[ticket.group], ticket.n_moves, ticket.tags, ticket.notes, ticket.noted_at]
                for number, ticket in self.tickets.items()
            },
        }


def _shown(number: int, ticket: Ticket) -> object:
    return {
        "id": number,
        "subject": texts_of(number)[0],
        "description_text": f"It happens every day since number {number}.",
        "type": "Incident",
        "status": 2,
        "priority": 1,
        "source": 1,
        "group_id": ticket.group,
        "tags": ticket.tags,
        "requester": {"email": f"person{number % 500}@example.org"},
        "created_at": _FILED_AT,
        # a second for each change, so that the version says that there was one
        "updated_at": f"2026-11-28T08:00:{min(ticket.n_moves + len(ticket.tags) + len(ticket.notes), 59):02}Z",
    }


def _response(status: int, data: object, headers: str = "") -> bytes:
    body = json.dumps(data).encode()
    head = f"HTTP/1.1 {status} x\r\ncontent-type: application/json\r\n{headers}content-length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def _serve(port: int) -> None:
    peer = Peer()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                length = re.search(r"(?i)\r\ncontent-length: *(\d+)", head)
                body = await reader.readexactly(int(length[1])) if length else b""
                method, target, _ = head.split(" ", 2)
                writer.write(await peer.answer(method, target, body))
                await writer.drain()
        except _Cut as cut:
            writer.write(cut.sent)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # whoever asked has gone
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", port, backlog=1024)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--port", type=int, required=True)
    asyncio.run(_serve(arguments.parse_args().port))

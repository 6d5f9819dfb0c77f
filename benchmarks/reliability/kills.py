"""Kills the service again and again while tickets come in and are written back, and looks at what is there at the end.

Everybody goes by what is written: a kill comes whenever a further part of the tickets is, and the sender is never more
than a few hundred tickets ahead. So kills hit every step, whatever the machine's speed.
"""

import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.reliability.desk import Desk, Service, opened_desk
from benchmarks.reliability.peer import FAULTS, texts_of
from benchmarks.reliability.sender import Sender

__all__ = ["TAGS", "Survived", "faults_of", "survive"]

MOST_AHEAD = 500
TAGS = {"Network": "triage_group_network", "Printing": "triage_group_printing"}
"""What a ticket of each group is tagged with."""


@dataclass(frozen=True, slots=True)
class Survived:
    """What was there at the end.

    Attributes:
        n_tickets: that were sent and accepted.
        n_kills: of the service.
        seconds: from the first webhook until nothing waited any more.
        n_sent_again: webhooks that were not answered with success.
        n_requests: that the ticketing system got.
        n_failed: of these, by kind of failure.
        most_attempts: that a delivery and a change took.
        faults: one sentence for whatever is not as it should be; none where all is well.
    """

    n_tickets: int
    n_kills: int
    seconds: float
    n_sent_again: int
    n_requests: int
    n_failed: Mapping[str, int]
    most_attempts: tuple[int, int]
    faults: list[str]


def survive(
    n_tickets: int,
    n_kills: int,
    *,
    url: str | None = None,
    n_workers: int = 1,
    patience_seconds: float,
    faults: Mapping[str, float] = FAULTS,
    log: Path | None = None,
) -> Survived:
    """Sends so many tickets while the service is killed so often, and waits until all is written.

    Args:
        n_tickets: to send.
        n_kills: of all processes of the service.
        url: of an empty database; a SQLite file where there is none.
        n_workers: processes that serve.
        patience_seconds: after so long whatever is missing is a fault.
        faults: of the ticketing system, as `FAULTS`.
        log: of the service; thrown away where there is none.
    """
    with tempfile.TemporaryDirectory() as folder, opened_desk(Path(folder), url, n_workers) as desk:
        desk.ask_peer("/faults", dict(faults))
        give_up = time.monotonic() + patience_seconds
        with Service(desk, log or Path(folder) / "service.log") as service:
            begun = time.monotonic()
            n_done, sender = _sent_and_killed(desk, service, n_tickets, n_kills, give_up)
            while _n_waiting(desk) and time.monotonic() < give_up:
                time.sleep(0.2)
            seconds = time.monotonic() - begun
        rows, state = desk.rows(), desk.ask_peer("/state")
    wrong = list(faults_of(n_tickets, rows, state["tickets"]))
    if sender.n_accepted != n_tickets:
        wrong.append(f"{n_tickets - sender.n_accepted} webhooks were never accepted.")
    return Survived(
        n_tickets,
        n_done,
        seconds,
        sender.n_sent_again,
        state["n_requests"],
        state["n_failed"],
        (_most_attempts(rows["deliveries"]), _most_attempts(rows["outbox"])),
        wrong,
    )


def _sent_and_killed(desk: Desk, service: Service, n_tickets: int, n_kills: int, give_up: float) -> tuple[int, Sender]:
    """Sends everything, and kills in between; how often it did."""
    n_written = n_done = 0
    ahead = min(MOST_AHEAD, max(n_tickets // 4, 1))
    sender = Sender(desk.port, lambda number: number < n_written + ahead)
    threads = sender.send(iter(range(n_tickets)))
    try:
        while (any(each.is_alive() for each in threads) or n_done < n_kills) and time.monotonic() < give_up:
            time.sleep(0.05)
            n_written = desk.n_written()
            # the last is due when nearly all is written
            if n_done < n_kills and n_written >= n_tickets * (n_done + 0.5) / n_kills:
                service.kill()
                service.start()
                n_done += 1
    finally:
        sender.is_stopped = True
        for thread in threads:
            thread.join()
    return n_done, sender


def _n_waiting(desk: Desk) -> int:
    rows = desk.rows()
    return sum(state == "waiting" for _, state, *_ in (*rows["deliveries"], *rows["outbox"]))


def _most_attempts(rows: list[Any]) -> int:
    return max((n_attempts for _, _, n_attempts, _ in rows), default=0)


def faults_of(n_tickets: int, rows: Mapping[str, list[Any]], tickets: Mapping[str, list[Any]]) -> Iterator[str]:
    """Whatever is lost, doubled or wrong."""
    numbers = [str(number) for number in range(n_tickets)]
    for what in ("tickets", "scored"):
        counted = Counter(rows[what])
        if wrong := [number for number in numbers if counted[number] != 1]:
            yield f"{len(wrong)} tickets are not once in {what}, such as {wrong[0]} ({counted[wrong[0]]})."
    for what, end in (("deliveries", "done"), ("outbox", "written")):
        found = {reference: (state, error) for reference, state, _, error in rows[what]}
        if wrong := [number for number in numbers if found.get(number, ("missing",))[0] != end]:
            yield f"{len(wrong)} tickets are not {end} in {what}, such as {wrong[0]}: {found.get(wrong[0])}."
    for number in numbers:
        expected = texts_of(int(number))[1]
        group, n_moves, tags, notes, _ = tickets.get(number, ["", 0, [], [], None])
        if (group, n_moves, len(notes)) != (expected, 1, 1):
            yield f"Ticket {number} is in {group!r} after {n_moves} moves, with {len(notes)} notes."
        elif tags != [TAGS[expected]]:
            yield f"Ticket {number} has the tags {tags}."

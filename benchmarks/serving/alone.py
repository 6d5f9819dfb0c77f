"""Requests one after the other, by a client alone with the service: single tickets, and batches of a thousand."""

from collections.abc import Iterator
from itertools import cycle, islice
from statistics import median

import numpy as np

from benchmarks.measurement import Measurement
from benchmarks.serving.client import seconds_of
from benchmarks.serving.desk import ServedDesk
from benchmarks.serving.peers import triage_service

__all__ = ["BATCH", "measure_batches", "measure_tickets"]

N_REQUESTS = 500
N_BATCHES, BATCH = 5, 1_000


def measure_tickets(desk: ServedDesk) -> Iterator[Measurement]:
    """A scored ticket beside a request that does nothing."""
    triage = triage_service(desk)
    with triage.started(desk.folder / "tickets.log") as server:
        idle = [seconds_of(f"{server.address}/healthz") for _ in range(N_REQUESTS)]
        for n_customers, whose in ((N_REQUESTS, "a new customer's"), (1, "of a customer who keeps calling")):
            scored = [
                seconds_of(
                    f"{server.address}{triage.path}",
                    _long_ticket(f"T{n_customers}-{i}", f"u{n_customers}-{i % n_customers}"),
                    triage.headers,
                )
                for i in range(N_REQUESTS)
            ]
            p50, p99 = float(np.median(scored)) * 1e3, float(np.quantile(scored, 0.99)) * 1e3
            ratio = float(np.median(scored) / np.median(idle))
            yield Measurement(
                f"one ticket after the other, {whose}: key, validation, score, profile, store",
                f"median {p50:.2f} ms, p99 {p99:.2f} ms",
                f"{ratio:.1f} x a request that does nothing",
                {"kind": "ticket", "whose": whose, "p50_ms": p50, "p99_ms": p99, "ratio_to_idle": ratio},
            )


def measure_batches(desk: ServedDesk) -> Iterator[Measurement]:
    """A thousand tickets in one request; the first one is not counted."""
    triage = triage_service(desk)
    tickets = islice(cycle(desk.tickets), (N_BATCHES + 1) * BATCH)
    with triage.started(desk.folder / "batches.log") as server:
        url = f"{server.address}{triage.path}/batch"
        _, *seconds = [
            seconds_of(url, {"tickets": list(islice(tickets, BATCH))}, triage.headers) for _ in range(N_BATCHES + 1)
        ]
    middle = median(seconds)
    yield Measurement(
        f"{BATCH:,} tickets in one request",
        f"median {middle:.2f} s, {BATCH / middle:,.0f} tickets/s stored and answered",
        f"slowest of {N_BATCHES}: {max(seconds):.2f} s",
        {"kind": "batch", "n_tickets": BATCH, "seconds": seconds, "tickets_per_second": BATCH / middle},
    )


def _long_ticket(ticket_id: str, customer_id: str) -> dict[str, str]:
    text = "error 809 since this morning " * 20
    return {"id": ticket_id, "subject": "VPN down", "body": text, "customer_id": customer_id}

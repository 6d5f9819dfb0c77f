"""Both kinds of database, killed again and again, and then how soon everything is there where all is well.

`TRIAGE_BENCHMARK_WEBHOOKS` sends fewer: `TRIAGE_BENCHMARK_WEBHOOKS=300 python -m benchmarks reliability`.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from benchmarks.measurement import CannotRun, Measurement
from benchmarks.reliability.kills import survive
from benchmarks.reliability.latency import PER_SECOND, latency_of
from benchmarks.sizes.databases import answers_postgresql, empty_postgresql

N_WEBHOOKS = 10_000
N_KILLS = 20
PATIENCE_SECONDS = 3600.0
N_ANSWERS, N_NOTES = 1_000, 50


def run() -> Iterator[Measurement]:
    """SQLite with one process, then PostgreSQL with two.

    Raises:
        CannotRun: there is no PostgreSQL server.
    """
    for measure in (_kills, _latency):
        yield from measure("SQLite, 1 process", None, 1)
    if not answers_postgresql():
        raise CannotRun("no PostgreSQL server answers; TRIAGE_BENCHMARK_POSTGRES_URL names another.")
    for measure in (_kills, _latency):
        with empty_postgresql() as url:
            yield from measure("PostgreSQL, 2 processes", url, 2)


def _kills(name: str, url: str | None, n_workers: int) -> Iterator[Measurement]:
    n_webhooks = int(os.environ.get("TRIAGE_BENCHMARK_WEBHOOKS", N_WEBHOOKS))
    found = survive(n_webhooks, N_KILLS, url=url, n_workers=n_workers, patience_seconds=PATIENCE_SECONDS)
    failed = sum(found.n_failed.values())
    yield Measurement(
        f"{name}: {n_webhooks:,} webhooks, killed {found.n_kills} times",
        f"{found.seconds:,.0f} s, {len(found.faults)} tickets lost, doubled or wrong",
        f"{found.n_requests:,} requests to the ticketing system, {failed / max(found.n_requests, 1):.0%} failed",
        asdict(found),
    )
    for fault in found.faults[:10]:
        yield Measurement(f"{name}: a fault", fault)


def _latency(name: str, url: str | None, n_workers: int) -> Iterator[Measurement]:
    found = latency_of(N_ANSWERS, N_NOTES, url=url, n_workers=n_workers)
    yield Measurement(
        f"{name}: a webhook is answered, at {PER_SECOND} a second",
        f"p99 {1e3 * _quantile(found.answers, 0.99):.0f} ms",
        f"p50 {1e3 * _quantile(found.answers, 0.5):.0f} ms",
        {"seconds": list(found.answers)},
    )
    yield Measurement(
        f"{name}: from a webhook to its note, with nothing else to do",
        f"p99 {_quantile(found.notes, 0.99):.2f} s",
        f"p50 {_quantile(found.notes, 0.5):.2f} s",
        {"seconds": list(found.notes)},
    )


def _quantile(seconds: Sequence[float], share: float) -> float:
    return seconds[min(int(len(seconds) * share), len(seconds) - 1)]

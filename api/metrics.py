"""What Prometheus reads: counts and times of this process, or of all processes of a server together.

Labels are names that the program or the model knows: routes, methods, targets, decisions, versions. What a caller has
made up never becomes one, so nobody can fill the memory with them or read a customer's name out of them.
"""

import os
import threading
import time
from collections import Counter as Tally
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from http import HTTPMethod

import structlog
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy import Connection, Engine
from starlette.types import Scope

from data import deliveries, events, outbox
from data.database import reading
from triage.errors import StoreUnusable
from triage.prediction import Prediction

__all__ = ["CONTENT_TYPE_LATEST", "FOLDER_VARIABLE", "Metrics", "StoredQueues", "route_of"]

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""Names the folder in which the processes of a server keep their counts for one another; prometheus_client reads it
when it is imported."""

FRESH_SECONDS = 15.0
"""How long what was read from the database is told again: many may scrape, and counting rows has its price."""

UNMATCHED = "unmatched"
"""The route of requests that no route answers, those that are denied among them."""

_METHODS = frozenset(HTTPMethod)
_LATENCIES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_000)


class Metrics:
    """One application's counts.

    Several processes add theirs up where `FOLDER_VARIABLE` was set before this module was imported.
    """

    def __init__(self) -> None:
        # a moment beside every count would be as many series again
        disable_created_metrics()  # type: ignore[no-untyped-call]  # theirs
        self._registry = own = CollectorRegistry()
        self._requests = Counter(
            "triage_http_requests", "Answered requests.", ["route", "method", "status"], registry=own
        )
        self._seconds = Histogram(
            "triage_http_request_seconds", "From request to answer.", ["route"], buckets=_LATENCIES, registry=own
        )
        self._decisions = Counter(
            "triage_decisions", "Stored answers about tickets.", ["target", "decision", "reason"], registry=own
        )
        self._batches = Histogram(
            "triage_batch_tickets", "Tickets that were scored together.", buckets=_SIZES, registry=own
        )
        self._waiting = Gauge(
            "triage_waiting_tickets",
            "Tickets that wait or are at work.",
            multiprocess_mode="livesum",
            registry=own,
        )
        self._models = Gauge(
            "triage_model_processes",
            "Processes that answer with this version.",
            ["version"],
            multiprocess_mode="livesum",
            registry=own,
        )
        self._version: str | None = None
        self._counted: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def count_request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Adds one answer; `route` is the template, never the path."""
        counted = self._counted.get((route, method, status))
        if counted is None:
            known = method if method in _METHODS else "other"
            counted = self._requests.labels(route, known, status), self._seconds.labels(route)
            if known == method:  # whoever makes methods up must not fill the memory either
                self._counted[route, method, status] = counted
        counted[0].inc()
        counted[1].observe(seconds)

    def count_batch(self, predictions: Iterable[tuple[Prediction, ...]], n_tickets: int) -> None:
        """Adds what one batch has answered, all at once."""
        tally = Tally((one.target, one.decision, one.reason) for ticket in predictions for one in ticket)
        for labels, n in tally.items():
            self._decisions.labels(*labels).inc(n)
        self._batches.observe(n_tickets)

    def tell_waiting(self, n_tickets: int) -> None:
        """Says how many tickets wait in this process."""
        self._waiting.set(n_tickets)

    def tell_version(self, version: str) -> None:
        """Says which version answers in this process from now on."""
        if self._version is not None:
            self._models.labels(self._version).set(0)
        self._models.labels(version).set(1)
        self._version = version

    def text(self, *collectors: Collector) -> bytes:
        """All of it as Prometheus reads it, and what else is collected now."""
        registry = self._registry
        if FOLDER_VARIABLE in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # theirs
        beside = CollectorRegistry()
        for collector in collectors:
            beside.register(collector)
        return generate_latest(registry) + generate_latest(beside)


class StoredQueues(Collector):
    """What waits in the database, and for how long: what came of ticketing systems, and what is to be sent to others.

    Args:
        engine: of the database.
        clock: seconds that never go back.
    """

    def __init__(self, engine: Engine, clock: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._clock = clock
        self._lock = threading.Lock()
        self._read_at: float | None = None
        self._found: list[Metric] = []

    def describe(self) -> Iterable[Metric]:
        """Nothing beforehand, so that registering asks no database."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """As of now, or as of a few seconds ago; a database out of reach is `triage_database_up 0` and nothing else."""
        with self._lock:
            if self._read_at is None or self._clock() - self._read_at >= FRESH_SECONDS:
                self._found = self._read()
                self._read_at = self._clock()
            yield from self._found

    def _read(self) -> list[Metric]:
        up = GaugeMetricFamily("triage_database_up", "Whether the database could be asked.")
        try:
            with reading(self._engine) as connection:
                found = _queues(connection, datetime.now(UTC))
        except StoreUnusable as error:
            structlog.get_logger(__name__).error("store_unusable", detail=str(error))
            up.add_metric([], 0)
            return [up]
        up.add_metric([], 1)
        return [up, *found]


def route_of(scope: Scope) -> str:
    """The template of the route that a request has found; it is in the scope once the routes were asked."""
    route = scope.get("route")
    if route is not None:
        template: str = route.path_format
        return template
    return scope["state"].get("route", UNMATCHED) if "state" in scope else UNMATCHED


def _queues(connection: Connection, now: datetime) -> list[Metric]:
    found: list[Metric] = []
    for name, store, of_what in (
        ("deliveries", deliveries, "What ticketing systems sent"),
        ("outbox", outbox, "What is to be written to ticketing systems"),
        ("events", events, "What other programs are to be told"),
    ):
        rows = GaugeMetricFamily(f"triage_{name}", f"{of_what}, by state.", labels=["state"])
        for state, n in store.counts(connection).items():
            rows.add_metric([state], n)
        age = GaugeMetricFamily(f"triage_{name}_oldest_seconds", f"{of_what}: how long the oldest waits.")
        since = store.oldest_waiting(connection)
        age.add_metric([], 0.0 if since is None else max(0.0, (now - since).total_seconds()))
        found += [rows, age]
    return found

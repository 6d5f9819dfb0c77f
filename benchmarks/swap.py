"""Two versions that take turns under load: does a request fail, does an answer mix them, and who has to wait?"""

import contextlib
import http.client
import itertools
import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.measurement import Measurement
from benchmarks.serving.processes import Server, free_port, serving
from benchmarks.sizes.bodies import draw_bodies
from benchmarks.sizes.databases import answers_postgresql, empty_postgresql
from benchmarks.sizes.models import draw_model, serve_model
from benchmarks.sizes.size import Size
from benchmarks.sizes.vocabulary import draw_vocabulary
from data.database import open_database, writing
from data.keys import create
from data.schema import upgrade
from models.journal import write_entry

__all__ = ["run"]

N_CHANGES, N_CLIENTS, N_TICKETS, STEADY_SECONDS = 200, 4, 20, 15
PATIENCE_SECONDS = 30

Confidences = Mapping[str, float]


@dataclass
class _Clients:
    """Callers over kept connections, each with one request after the other.

    Attributes:
        port: whom they ask.
        key: that they send.
        bodies: what they ask, in turn.
        answered: for each answer the place of its body, the version that it names, and its confidences.
        seconds: how long each answer took.
        failed: what was no answer.
    """

    port: int
    key: str
    bodies: list[str]
    answered: list[tuple[int, str, Confidences]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    @contextlib.contextmanager
    def asking(self) -> Iterator[None]:
        """They ask while this lasts."""
        is_over = threading.Event()
        threads = [threading.Thread(target=self._ask, args=(is_over,)) for _ in range(N_CLIENTS)]
        for thread in threads:
            thread.start()
        yield
        is_over.set()
        for thread in threads:
            thread.join()

    def _ask(self, is_over: threading.Event) -> None:
        with _connection(self.port) as connection:
            for place in itertools.cycle(range(len(self.bodies))):
                if is_over.is_set():
                    return
                begun = time.perf_counter()
                try:
                    status, answer = _exchange(connection, "POST", "/v1/score", self.key, self.bodies[place])
                except (OSError, http.client.HTTPException) as error:
                    self.failed.append(repr(error))
                    continue
                self.seconds.append(time.perf_counter() - begun)
                if status == http.HTTPStatus.OK:
                    self.answered.append((place, answer["model"]["version"], _confidences(answer)))
                else:
                    self.failed.append(f"{status} {answer}")


def run() -> Iterator[Measurement]:
    """One process on SQLite; and two on PostgreSQL, where there is one."""
    with tempfile.TemporaryDirectory(prefix="triage-swap-") as folder:
        yield from _swapped(Path(folder), "one process on SQLite", 1, None)
    if answers_postgresql():
        with tempfile.TemporaryDirectory(prefix="triage-swap-") as folder, empty_postgresql() as url:
            yield from _swapped(Path(folder), "two processes on PostgreSQL", 2, url)


def _swapped(home: Path, what: str, n_workers: int, url: str | None) -> Iterator[Measurement]:
    size, port = Size(n_bytes=300), free_port()
    vocabulary = draw_vocabulary(size.n_terms)
    model = draw_model(vocabulary, size)
    for version, weights in (("1", model.weights), ("2", -model.weights)):
        serve_model(home / version, replace(model, version=version, weights=weights))
        (home / "models").mkdir(exist_ok=True)
        (home / version / "models" / version).rename(home / "models" / version)
        write_entry(home / "models", "promoted", version, before=None if version == "1" else "1", who="benchmark")
    (home / "models" / "champion").write_text("2\n", encoding="utf-8")
    database = url or f"sqlite:///{home / 'triage.db'}"
    key = _key(database)
    bodies = draw_bodies(vocabulary, size)[:N_TICKETS]
    with serving(
        [sys.executable, "-m", "commands", "serve", "--port", str(port), "--workers", str(n_workers)],
        port=port,
        ready_path="/readyz",
        log=home / "log",
        environment={
            "TRIAGE_HOME": str(home),
            "TRIAGE_DATABASE_URL": database,
            "TRIAGE_MAX_REQUESTS_PER_MINUTE": str(10**9),
        },
    ) as server:
        yield _measured(server, port, key, bodies, what, n_workers)


def _measured(server: Server, port: int, key: str, bodies: list[str], what: str, n_workers: int) -> Measurement:
    alone = {}
    for path, version in (("/v1/models/rollback", "1"), ("/v1/models/2/promote", "2")):
        _change(port, key, path, version, n_workers)
        alone[version] = [_confidences(_asked(port, "POST", "/v1/score", key, body)[1]) for body in bodies]
    steady = _Clients(port, key, bodies)
    with steady.asking():
        time.sleep(STEADY_SECONDS)
    megabytes = server.megabytes()
    changing, waits = _Clients(port, key, bodies), []
    with changing.asking():
        for i in range(N_CHANGES):
            path, version = ("/v1/models/rollback", "1") if i % 2 == 0 else ("/v1/models/2/promote", "2")
            waits.append(_change(port, key, path, version, n_workers))
    n_mixed = sum(said != alone[version][place] for place, version, said in changing.answered)
    by_version = {version: sum(one == version for _, one, _ in changing.answered) for version in alone}
    figures = {
        "n_changes": N_CHANGES,
        "n_answers": len(changing.answered),
        "n_by_version": by_version,
        "n_failed": len(changing.failed) + len(steady.failed),
        "n_mixed": n_mixed,
        "tickets_with_another_answer": sum(alone["1"][i] != alone["2"][i] for i in range(len(bodies))),
        "seconds_to_seen": {"median": statistics.median(waits), "slowest": max(waits)},
        "steady_ms": _quantiles(steady.seconds),
        "changing_ms": _quantiles(changing.seconds),
        "megabytes": {"before": megabytes, "after": server.megabytes()},
        "failures": changing.failed[:5],
    }
    slow, usual = figures["changing_ms"], figures["steady_ms"]
    return Measurement(
        f"{N_CHANGES} changes, {what}",
        f"{len(changing.answered):,} answers, {figures['n_failed']} failed, {n_mixed} mixed; "
        f"seen by all after {statistics.median(waits):.1f} s, {max(waits):.1f} s at most",
        f"p50 {slow['p50']:.0f} ms, p99 {slow['p99']:.0f}, slowest {slow['max']:.0f}; "  # type: ignore[index]
        f"without changes {usual['p50']:.0f}, {usual['p99']:.0f}, {usual['max']:.0f}",  # type: ignore[index]
        figures,
    )


def _change(port: int, key: str, path: str, version: str, n_workers: int) -> float:
    """Lets a version serve; the seconds until every process says so."""
    begun = time.perf_counter()
    status, answer = _asked(port, "POST", path, key)
    if status != http.HTTPStatus.OK:
        raise RuntimeError(f"{path} was answered {status}: {answer}")
    in_a_row = 0
    while in_a_row < (1 if n_workers == 1 else 20):  # which process takes a connection is the kernel's choice
        in_a_row = in_a_row + 1 if _asked(port, "GET", "/readyz", key)[1]["model_version"] == version else 0
        if time.perf_counter() - begun > PATIENCE_SECONDS:
            raise TimeoutError(f"Version {version} does not answer.")
    return time.perf_counter() - begun


def _key(database: str) -> str:
    engine = open_database(database)
    upgrade(engine)
    with writing(engine) as connection:
        _, key = create(connection, "benchmark", ["score", "read", "admin"], datetime.now(UTC))
    engine.dispose()
    return key


def _connection(port: int) -> contextlib.closing[http.client.HTTPConnection]:
    return contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS))


def _asked(port: int, method: str, path: str, key: str, body: str | None = None) -> tuple[int, Any]:
    with _connection(port) as connection:
        return _exchange(connection, method, path, key, body)


def _exchange(
    connection: http.client.HTTPConnection, method: str, path: str, key: str, body: str | None = None
) -> tuple[int, Any]:
    connection.request(method, path, body, {"X-API-Key": key, "Content-Type": "application/json"})
    with connection.getresponse() as answer:
        return answer.status, json.loads(answer.read())


def _confidences(answer: Mapping[str, Any]) -> Confidences:
    return {target: one["confidence"] for target, one in answer["predictions"].items()}


def _quantiles(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(1000 * each for each in seconds)
    return {
        "p50": ordered[len(ordered) // 2],
        "p99": ordered[int(0.99 * (len(ordered) - 1))],
        "max": ordered[-1],
    }

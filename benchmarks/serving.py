"""The service as its clients meet it: time to ready, memory, a scored ticket beside a request that does nothing."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks.measurement import Measurement
from data.database import open_database, writing
from data.keys import create
from data.samples.desk import generate_desk
from data.schema import prepare
from models.registry import serve_version
from training.configs.parameters import read_parameters
from training.experiment import run_experiment
from triage.settings import Settings

N_REQUESTS = 500
PATIENCE_SECONDS = 30


def run() -> Iterator[Measurement]:
    """Train on a generated desk, serve it, and ask one thing after another over one machine's loopback."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder), database_url=None)
        experiment = run_experiment(generate_desk(n_tickets=8_000).tickets, read_parameters())
        experiment.write(settings.home / "bundle")
        serve_version(settings.bundles, "1", settings.home / "bundle")
        engine = open_database(settings.database)
        prepare(engine)
        with writing(engine) as connection:
            _, key = create(connection, "benchmark", ["score"], datetime.now(UTC))
        engine.dispose()
        yield from _measured(settings.home, key)


def _measured(home: Path, key: str) -> Iterator[Measurement]:
    command = [sys.executable, "-m", "commands", "serve", "--port", "0"]
    environment = os.environ | {"TRIAGE_HOME": str(home), "TRIAGE_DATABASE_URL": ""}
    begun = time.perf_counter()
    log = home / "server.log"
    with log.open("w") as written, subprocess.Popen(command, env=environment, stderr=written) as server:
        try:
            address = _address(log)
            _wait(f"{address}/readyz")
            yield Measurement("from start to ready", f"{time.perf_counter() - begun:.2f} s")
            idle = [_ask(f"{address}/healthz") for _ in range(N_REQUESTS)]
            for n_customers, whose in ((N_REQUESTS, "a new customer's"), (1, "of a customer who keeps calling")):
                scored = [
                    _ask(f"{address}/v1/score", key, f"T{n_customers}-{i}", f"u{n_customers}-{i % n_customers}")
                    for i in range(N_REQUESTS)
                ]
                yield Measurement(
                    f"one ticket over HTTP, {whose}: key, validation, score, profile, store",
                    f"median {np.median(scored) * 1e3:.2f} ms, p99 {np.quantile(scored, 0.99) * 1e3:.2f} ms",
                    f"{np.median(scored) / np.median(idle):.1f} x a request that does nothing",
                )
            status = Path(f"/proc/{server.pid}/status").read_text(encoding="ascii")
            kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
            yield Measurement("resident memory", f"{int(kilobytes) / 1024:.0f} MB")
        finally:
            server.terminate()


def _address(log: Path) -> str:
    """The address that the server announces; warnings may come before it."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while (found := re.search(r"^Serving on (\S+) ", said := log.read_text(encoding="utf-8"), re.MULTILINE)) is None:
        if time.monotonic() > give_up:
            raise TimeoutError(said)
        time.sleep(0.01)
    return found[1]


def _wait(url: str) -> None:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            _ask(url)
        except urllib.error.URLError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.01)
        else:
            return


def _ask(url: str, key: str = "", ticket_id: str = "", customer_id: str = "") -> float:
    request = urllib.request.Request(url)
    if key:
        body = {
            "id": ticket_id,
            "subject": "VPN down",
            "body": "error 809 since this morning " * 20,
            "customer_id": customer_id,
        }
        request.data = json.dumps(body).encode()
        request.headers |= {"X-api-key": key, "Content-type": "application/json"}
    begun = time.perf_counter()
    with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
        answer.read()
    return time.perf_counter() - begun

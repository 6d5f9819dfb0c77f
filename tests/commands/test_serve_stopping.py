"""A supervisor stops the service, or a person at a terminal does: nothing that it has taken on is lost."""

import http.client
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from data.database import open_database, reading
from data.tables import predictions
from models.registry import serve_version
from tests.commands.servers import Load, Served, new_key, serving
from triage.settings import read_settings


@pytest.fixture
def key(home: Path, bundle: Path) -> str:
    """Of an installation that is ready."""
    serve_version(read_settings().bundles, "1", bundle)
    assert home.exists()
    return new_key(read_settings().database, "score", "read")


def scored() -> set[str]:
    """The tickets whose answers are stored."""
    engine = open_database(read_settings().database)
    with reading(engine) as connection:
        found = set(connection.scalars(select(predictions.c.ticket_id)))
    engine.dispose()
    return found


def test_a_load_balancer_hears_of_it_first_and_no_request_fails(key: str, tmp_path: Path) -> None:
    """Elsewhere the listener closes at once, and what the balancer sends until its next look is refused."""
    with serving(tmp_path / "log", "--drain-seconds", "2") as served:
        load = Load(served.port, key)
        with load.running():
            begun = time.monotonic()
            served.process.send_signal(signal.SIGTERM)
            seconds_to_503 = _seconds_to_stopping(served, begun)
            time.sleep(0.5)
            before = len(load.answers)
            time.sleep(0.5)
            answered_while_draining = len(load.answers) - before
            load.end()
        code = served.process.wait(30)
        seconds = time.monotonic() - begun

    assert seconds_to_503 < 1.0
    assert answered_while_draining > 0
    assert load.closing > 0
    assert (load.broken, load.refused) == ([], 0)
    assert load.failed == {}
    assert scored() >= set(load.answers)
    assert code == 0
    assert 2 <= seconds < 8


def _seconds_to_stopping(served: Served, begun: float) -> float:
    while (asked := served.ask("GET", "/readyz"))[0] == 200:
        assert time.monotonic() - begun < 5
    assert asked[0] == 503
    assert asked[1]["status"] == "stopping"
    assert asked[1]["checks"]["model"]["ok"] is True
    return time.monotonic() - begun


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_whoever_does_not_listen_loses_nothing_that_was_stored(
    key: str, tmp_path: Path, number: signal.Signals
) -> None:
    """Clients that ask until they are refused: what the service has stored, it has answered."""
    with serving(tmp_path / "log", "--drain-seconds", "0.5") as served:
        load = Load(served.port, key)
        with load.running():
            code, seconds = served.stop(number)

    assert code == 0
    assert seconds < 8
    assert load.failed == {}
    assert scored() == set(load.answers)


def test_a_terminal_does_not_wait(key: str, tmp_path: Path) -> None:
    """Whoever presses Ctrl-C has no load balancer, and wants the prompt back."""
    with serving(tmp_path / "log", "--drain-seconds", "60") as served:
        served.ask("POST", "/v1/score", key, {})

        code, seconds = served.stop(signal.SIGINT)

    assert code == 0
    assert seconds < 5


def test_ctrl_c_cuts_the_draining_short_and_a_second_sigterm_does_not(home: Path, tmp_path: Path) -> None:
    """A supervisor sends SIGTERM to all processes of a service, and their parent sends it to them once more."""
    assert home.parent.exists()
    with serving(tmp_path / "log", "--drain-seconds", "60") as served:
        for _ in range(2):
            served.process.send_signal(signal.SIGTERM)
            time.sleep(0.3)
        went_on = served.ask("GET", "/healthz")[0]
        code, seconds = served.stop(signal.SIGINT)

    assert went_on == 200
    assert code == 0
    assert seconds < 5
    assert [line["event"] for line in served.lines()].count("stopping") == 1


def test_what_is_under_way_is_answered(key: str, tmp_path: Path) -> None:
    """A request that has begun to arrive was taken on."""
    body = json.dumps({"id": "slow", "subject": "vpn tunnel drops"}).encode()
    with serving(tmp_path / "log", "--drain-seconds", "0") as served, served.connect() as connection:
        connection.putrequest("POST", "/v1/score")
        for name, value in {"X-API-Key": key, "Content-Type": "application/json", "Content-Length": len(body)}.items():
            connection.putheader(name, str(value))
        connection.endheaders(body[:10])
        time.sleep(0.3)
        served.process.send_signal(signal.SIGTERM)
        _until_refused(served)
        connection.send(body[10:])
        with connection.getresponse() as answer:
            status, ticket = answer.status, json.loads(answer.read())["ticket_id"]
        code = served.process.wait(30)

    assert (status, ticket, code) == (200, "slow", 0)
    assert scored() == {"slow"}


def _until_refused(served: Served) -> None:
    give_up = time.monotonic() + 5
    while time.monotonic() < give_up:
        try:
            served.ask("GET", "/healthz")
        except (OSError, http.client.HTTPException):
            return
        time.sleep(0.05)
    raise AssertionError("It goes on accepting connections.")


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize("at", ["Serving on", "Started server process"])
def test_a_supervisor_may_change_its_mind_while_it_starts(tmp_path: Path, at: str) -> None:
    """A signal that comes while the model is read is no failure to report."""
    log = tmp_path / "log"
    command = [sys.executable, "-u", "-m", "commands", "serve", "--port", "0", "--drain-seconds", "0.2"]
    with log.open("wb") as written:
        process = subprocess.Popen(command, stderr=written)
    give_up = time.monotonic() + 30
    while at not in log.read_text():
        assert time.monotonic() < give_up
        time.sleep(0.001)

    process.send_signal(signal.SIGTERM)

    assert process.wait(30) == 0

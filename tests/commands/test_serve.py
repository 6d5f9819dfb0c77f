"""Serving, as a supervisor starts and stops it."""

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.database import has_wal_reset_bug


def start(home: Path, *words: str) -> subprocess.Popen[str]:
    """A serving process of its own."""
    environment = {**os.environ, "TRIAGE_HOME": str(home)} | {"TRIAGE_DATABASE_URL": ""}
    return subprocess.Popen(
        [sys.executable, "-m", "commands", "serve", *words],
        cwd=home.parent,
        env=environment,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def serving(home: Path) -> Iterator[tuple[subprocess.Popen[str], str, list[str]]]:
    """A process that serves on a free port, its address, and what it said until it did."""
    process = start(home, "--port", "0")
    said = []
    assert process.stderr is not None
    for line in process.stderr:
        said.append(line)
        if "startup complete" in line:
            break
    yield process, re.findall(r"http://[\d.:]+", "".join(said))[0], said
    process.kill()
    process.communicate()


def test_it_says_where_it_is_and_what_is_missing(serving: tuple[subprocess.Popen[str], str, list[str]]) -> None:
    """The next command to type stands in the terminal; the tables of a new file are made on the way."""
    _, address, said = serving

    with pytest.raises(urllib.error.HTTPError, match="503") as answer:
        urllib.request.urlopen(f"{address}/readyz")  # noqa: S310  (our own address)
    checks = json.load(answer.value)["checks"]
    answer.value.close()

    told = [line for line in said if not line.startswith("{")]
    assert told[0] == f"Serving on {address} (documentation at /docs).\n"
    assert told[1].startswith("Not ready: No model was promoted yet")
    assert checks["database"]["ok"] is True


def test_it_stops_when_told_to_and_logs_json_to_stderr_only(
    serving: tuple[subprocess.Popen[str], str, list[str]],
) -> None:
    """Supervisors send a signal and wait; collectors read lines."""
    process, address, _ = serving
    with urllib.request.urlopen(f"{address}/healthz") as answer:  # noqa: S310  (our own address)
        server = answer.headers["server"]

    process.send_signal(signal.SIGTERM)
    stdout, stderr = process.communicate(timeout=10)

    lines = [json.loads(line) for line in stderr.splitlines()]
    assert stdout == ""
    assert server is None
    assert [line["path"] for line in lines if "healthz" in str(line)] == ["/healthz"]


def test_a_port_in_use_is_one_sentence(home: Path) -> None:
    """It is the commonest failure of all."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        process = start(home, "--port", str(port))
        _, stderr = process.communicate(timeout=30)

    assert process.returncode == 1
    assert f"Port {port} on 127.0.0.1 is in use; choose another one with --port." in stderr
    assert "Traceback" not in stderr


def test_a_host_that_is_not_here_is_one_sentence(home: Path) -> None:
    """And not blamed on the port."""
    process = start(home, "--host", "192.0.2.1")
    _, stderr = process.communicate(timeout=30)

    assert process.returncode == 1
    assert "Nothing can listen on port 8000 of 192.0.2.1" in stderr


def test_a_playbook_that_cannot_be_read_is_one_sentence(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is announced as ready."""
    monkeypatch.setenv("TRIAGE_PLAYBOOK", str(home / "gone.toml"))

    process = start(home, "--port", "0")
    _, stderr = process.communicate(timeout=30)

    assert process.returncode == 1
    assert "gone.toml cannot be read: No such file or directory." in stderr
    assert "Serving" not in stderr


@pytest.mark.skipif(not has_wal_reset_bug(sqlite3.sqlite_version_info), reason="this SQLite is not affected")
def test_several_processes_on_an_affected_sqlite_are_refused(home: Path) -> None:
    """They could corrupt the file."""
    process = start(home, "--workers", "2", "--port", "0")
    _, stderr = process.communicate(timeout=30)

    assert process.returncode == 1
    assert "use one worker" in stderr


def test_a_source_whose_secret_is_not_set_is_one_sentence(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is announced as ready, whatever the number of processes."""
    home.mkdir(exist_ok=True)
    (home / "triage.toml").write_text(
        '[sources.desk]\nsystem = "rt"\nurl = "https://rt.example.org"\naccount = "triage"\n'
        'credentials = { token = "RT_TOKEN" }\nwebhook_secrets = "RT_HOOK"\n',
        encoding="utf-8",
    )
    monkeypatch.setenv("TRIAGE_SOURCES", str(home / "triage.toml"))

    process = start(home, "--port", "0")
    _, stderr = process.communicate(timeout=30)

    assert process.returncode == 1
    assert "[sources.desk] names RT_TOKEN, RT_HOOK, not set in the environment." in stderr
    assert "Serving" not in stderr

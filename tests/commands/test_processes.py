"""How several processes count together, and how their parent waits for them."""

import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import uvicorn

from api.metrics import FOLDER_VARIABLE
from commands.processes import WorkerProcesses, counts_of_processes


def test_what_former_parents_left_is_removed_and_who_still_stops_keeps_theirs(tmp_path: Path) -> None:
    """Files of dead processes are counted for ever elsewhere; and two may overlap when a service is restarted."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    for name in (str(gone.pid), str(os.getppid()), str(os.getpid()), "strange"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "counter_1.db").write_bytes(b"left")

    with counts_of_processes(tmp_path):
        folder = os.environ[FOLDER_VARIABLE]
        there = sorted(path.name for path in tmp_path.iterdir())
        left = list(Path(folder).iterdir())

    assert folder == str(tmp_path / str(os.getpid()))
    assert there == sorted([str(os.getppid()), str(os.getpid())])
    assert left == []
    assert FOLDER_VARIABLE not in os.environ
    assert [path.name for path in tmp_path.iterdir()] == [str(os.getppid())]


def _never_leave() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(60)


def test_a_child_that_does_not_leave_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """The parent that uvicorn has waits for ever, and a supervisor would then kill them all."""
    with socket.socket() as listener, monkeypatch.context() as patch:
        patch.setattr(signal, "signal", lambda *_: None)  # its handlers are not for this process
        parent = WorkerProcesses(uvicorn.Config("none:none"), [listener], stop_within=-0.8)
    child = multiprocessing.get_context("fork").Process(target=_never_leave)
    child.start()
    time.sleep(0.3)
    os.kill(child.pid or 0, signal.SIGTERM)
    parent.processes = [SimpleNamespace(process=child, pid=child.pid)]  # type: ignore[list-item] # what is asked of one

    begun = time.monotonic()
    parent.join_all()

    assert time.monotonic() - begun < 5
    assert child.exitcode == -signal.SIGKILL

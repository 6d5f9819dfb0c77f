"""Servers that a benchmark starts and ends: each with its children in a process group of its own."""

import contextlib
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Server", "free_port", "serving"]

PATIENCE_SECONDS = 60
GRACE_SECONDS = 15
N_SHOWN = 2_000
"""Characters of a log that an error shows: its end."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers.

    Attributes:
        address: without a path.
        group: the number of its process group.
        seconds_to_ready: from its start to its first answer that it is ready.
    """

    address: str
    group: int
    seconds_to_ready: float

    def megabytes(self) -> float:
        """Resident memory of all its processes; of what several share, each has its part."""
        return sum(_kilobytes(folder) for folder in _processes(self.group)) / 1024


def free_port() -> int:
    """A port of this machine's loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextlib.contextmanager
def serving(
    command: Sequence[str], *, port: int, ready_path: str, log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """A server from its first ready answer on; it is ended at the end, whatever happens.

    Args:
        command: starts it.
        port: of 127.0.0.1, where it will listen.
        ready_path: answers 200 as soon as it may be asked.
        log: a file for whatever it writes.
        environment: variables beside those of this process.

    Raises:
        RuntimeError: it ended before it was ready.
        TimeoutError: it is not ready after a minute.
    """
    begun = time.perf_counter()
    address = f"http://127.0.0.1:{port}"
    with log.open("wb") as written:
        process = subprocess.Popen(
            command,
            env=os.environ | dict(environment or {}),
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait(process, f"{address}{ready_path}", log)
        yield Server(address, process.pid, time.perf_counter() - begun)
    finally:
        _end(process)


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not _is_ready(url):
        if process.poll() is not None:
            raise RuntimeError(f"The server ended with {process.returncode}:\n{_end_of(log)}")
        if time.monotonic() > give_up:
            raise TimeoutError(f"The server is not ready:\n{_end_of(log)}")
        time.sleep(0.02)


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _end_of(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-N_SHOWN:]


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask the whole group to stop, and after a while do not ask any more."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    give_up = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < give_up:
        process.poll()  # a process that nobody has asked about stays in its group
        if not _processes(process.pid):
            process.wait()  # it has ended, and may have done so since it was asked about
            return
        time.sleep(0.01)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _processes(group: int) -> list[Path]:
    """The folders in /proc of a group's processes."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it may have ended meanwhile
            fields = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            if int(fields[2]) == group and fields[0] != "Z":
                found.append(folder)
    return found


def _kilobytes(folder: Path) -> int:
    with contextlib.suppress(OSError):
        lines = (folder / "smaps_rollup").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return 0

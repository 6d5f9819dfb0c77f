"""Load on a server: wrk posts bodies as fast as they are answered, over so many connections at once."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.measurement import CannotRun

__all__ = ["UNLIMITED", "Answered", "Requests", "post", "require_wrk"]

UNLIMITED = str(10**9)
"""Requests that a caller may send in a minute to what is measured: more than any load."""

_SCRIPT = Path(__file__).with_name("post.lua")
_TIMEOUT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Requests:
    """What is posted.

    Attributes:
        url: where to.
        bodies: a file with one JSON body a line; they are posted in turn.
        headers: beside the content type.
    """

    url: str
    bodies: Path
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of a load.

    Attributes:
        n_requests: answered, refused ones too.
        seconds: how long it lasted.
        p50_ms: the median time to an answer; the next ones are other quantiles.
        n_refused: answers with a status of 400 or more.
        n_socket_errors: connections that failed, and answers that took longer than ten seconds.
    """

    n_requests: int
    seconds: float
    p50_ms: float
    p90_ms: float
    p99_ms: float
    max_ms: float
    n_refused: int
    n_socket_errors: int

    @property
    def requests_per_second(self) -> float:
        """Of those that were answered."""
        return self.n_requests / self.seconds


def require_wrk() -> None:
    """Nothing, where wrk is installed.

    Raises:
        CannotRun: it is not.
    """
    if shutil.which("wrk") is None:
        raise CannotRun("it needs the program wrk; install it (`apt-get install wrk`).")


def post(requests: Requests, *, n_connections: int, seconds: int, warm_up_seconds: int) -> Answered:
    """Load a server, after a shorter load that is not counted.

    Raises:
        CannotRun: there is no wrk.
    """
    require_wrk()
    _run(requests, n_connections, warm_up_seconds)
    return _run(requests, n_connections, seconds)


def _run(requests: Requests, n_connections: int, seconds: int) -> Answered:
    done = subprocess.run(
        [
            *("wrk", "--threads", "1", "--connections", str(n_connections), "--duration", f"{seconds}s"),
            *("--timeout", f"{_TIMEOUT_SECONDS}s", "--script", str(_SCRIPT), requests.url, "--", str(requests.bodies)),
            *(f"{name}={value}" for name, value in requests.headers.items()),
        ],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=seconds + 3 * _TIMEOUT_SECONDS,
    )
    return Answered(**json.loads(done.stdout.strip().splitlines()[-1]))

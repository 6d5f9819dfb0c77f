"""How serving processes end, and what they tell one another: draining, a parent that waits so long, counts in files."""

import contextlib
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from socket import socket
from types import FrameType

import structlog
import uvicorn
from fastapi import FastAPI
from prometheus_client.multiprocess import mark_process_dead
from uvicorn.supervisors import Multiprocess

from api.metrics import FOLDER_VARIABLE
from api.stopping import Stopping

__all__ = ["WorkerProcesses", "counts_of_processes", "draining"]


def draining(app: FastAPI, drain_seconds: float, limit_seconds: float) -> FastAPI:
    """The application, which from now on lets load balancers hear of a SIGTERM before the server does.

    SIGTERM, a supervisor's: the process says that it is stopping, and answers for so long as if nothing had happened;
    then the server stops. A second one changes nothing: a supervisor may send it to parent and child alike. SIGINT,
    from a terminal: the server stops at once.

    Args:
        app: whose server has set its handlers of signals already, in this thread.
        drain_seconds: how long requests are still taken.
        limit_seconds: after which the process leaves, whatever it is at.
    """
    stopping: Stopping = app.state.stopping
    stop_server = signal.getsignal(signal.SIGTERM)
    if not callable(stop_server):
        raise RuntimeError("The server has no handler of SIGTERM yet.")  # noqa: TRY004  (an order, not a type)

    def on_sigterm(number: int, frame: FrameType | None) -> None:
        if stopping.has_begun:
            return
        stopping.begin()
        _later(limit_seconds, _leave)
        if drain_seconds > 0:
            _later(drain_seconds, stop_server, number, None)
        else:
            stop_server(number, frame)

    def on_sigint(number: int, frame: FrameType | None) -> None:
        if not stopping.has_begun:
            _later(limit_seconds, _leave)
        stopping.begin()
        stop_server(number, frame)

    signal.signal(signal.SIGTERM, on_sigterm)
    signal.signal(signal.SIGINT, on_sigint)
    return app


class WorkerProcesses(Multiprocess):
    """uvicorn's parent of several processes, which waits for them for so long, and counts out those that have died.

    Args:
        config: of the servers.
        sockets: that they listen on.
        stop_within: seconds after which a child that was told to stop is ended.
    """

    def __init__(self, config: uvicorn.Config, sockets: list[socket], *, stop_within: float) -> None:
        super().__init__(config, sockets)
        self._stop_within = stop_within

    def join_all(self) -> None:
        """Waits for the children, and ends those that are left."""
        give_up = time.monotonic() + self._stop_within + 1.0
        for process in self.processes:
            process.process.join(max(0.0, give_up - time.monotonic()))
            if process.process.exitcode is None:
                structlog.get_logger(__name__).error("process_ended", pid=process.pid)
                process.process.kill()
                process.process.join()

    def keep_subprocess_alive(self) -> None:
        """Starts another one in the place of each that has died, whose gauges say nothing any more."""
        before = {process.pid for process in self.processes}
        super().keep_subprocess_alive()
        for pid in before - {process.pid for process in self.processes}:
            mark_process_dead(pid)  # type: ignore[no-untyped-call]  # theirs


@contextlib.contextmanager
def counts_of_processes(folder: Path) -> Iterator[None]:
    """Lets the processes that are started meanwhile count together: in files of a folder of this parent's own.

    What parents of before have left there is removed; one that is still stopping keeps its own.
    """
    for left in folder.glob("*"):
        if not _is_alive(left.name):
            shutil.rmtree(left, ignore_errors=True)
    own = folder / str(os.getpid())
    shutil.rmtree(own, ignore_errors=True)
    own.mkdir(parents=True)
    os.environ[FOLDER_VARIABLE] = str(own.resolve())
    try:
        yield
    finally:
        del os.environ[FOLDER_VARIABLE]
        shutil.rmtree(own, ignore_errors=True)


def _is_alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


def _later(seconds: float, act: Callable[..., object], *args: object) -> None:
    timer = threading.Timer(seconds, act, args)
    timer.daemon = True
    timer.start()


def _leave() -> None:
    structlog.get_logger(__name__).error("left_at_the_limit")
    os._exit(0)

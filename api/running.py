"""What goes on beside the requests from the start of an application to its end, and how it ends in time."""

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence

import structlog
from starlette.concurrency import run_in_threadpool

from api.desk import Desk, ModelSource
from api.metrics import Metrics
from api.scoring_queue import ScoringQueue
from api.workers import Worker
from models.registry import ServedModel
from triage.errors import ModelUnusable

__all__ = ["running"]

TELL_EVERY_SECONDS = 1.0
"""How often a process tells the others how much waits in it."""

SECONDS_TO_FINISH = 10.0
"""How long the workers may take to finish what they hold; another process takes over what they have not."""


@contextlib.asynccontextmanager
async def running(desk: Desk, queue: ScoringQueue, workers: Sequence[Worker]) -> AsyncIterator[None]:
    """Reads the model before anybody waits for it, keeps it up to date, and lets the workers work.

    At the end the workers finish what they hold, then everybody who waits for a score is answered.
    """
    with _up_to_date(desk.models, desk.metrics):
        telling = asyncio.create_task(_tell(queue, desk.metrics))
        for worker in workers:
            worker.start()
        yield
        telling.cancel()
        await run_in_threadpool(_finish, workers)
        await run_in_threadpool(queue.stop)


@contextlib.contextmanager
def _up_to_date(models: ModelSource, metrics: Metrics) -> Iterator[None]:
    if isinstance(models, ServedModel):
        with models.watched(metrics.tell_version):
            yield
    else:
        with contextlib.suppress(ModelUnusable):  # `/readyz` says so, and whoever asks for a score is told
            metrics.tell_version(models.current().version)
        yield


async def _tell(queue: ScoringQueue, metrics: Metrics) -> None:
    while True:
        metrics.tell_waiting(queue.n_waiting)
        await asyncio.sleep(TELL_EVERY_SECONDS)


def _finish(workers: Sequence[Worker]) -> None:
    """Stops all of them at once, in threads that keep nobody from leaving."""
    stopping = [threading.Thread(target=worker.stop, daemon=True) for worker in workers]
    give_up = time.monotonic() + SECONDS_TO_FINISH
    for thread in stopping:
        thread.start()
    for thread in stopping:
        thread.join(max(0.0, give_up - time.monotonic()))
    if any(thread.is_alive() for thread in stopping):
        structlog.get_logger(__name__).warning("workers_left", seconds=SECONDS_TO_FINISH)

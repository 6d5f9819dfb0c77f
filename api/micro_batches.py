"""A queue of what callers ask, and one thread that answers: whatever waits is done as one batch.

Callers wait in an event loop (`answer`) or in threads of their own (`begin`).

Nobody waits for a batch to fill. While one batch is at work the next callers gather, so batches grow with the load and
a lone caller is served at once.
"""

import asyncio
import contextlib
import threading
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

from triage.errors import Overloaded, TriageError

__all__ = ["CallerGone", "Load", "MicroBatches"]

Asked = TypeVar("Asked")
Answered = TypeVar("Answered")


@dataclass(frozen=True, slots=True)
class Load:
    """What a request, or all that wait, weighs.

    Attributes:
        n_tickets: to score.
        n_bytes: of their texts.
    """

    n_tickets: int
    n_bytes: int


AT_ONCE = 64
"""Tickets of a batch: more would make the next callers wait, and gain little."""

LOOK_EVERY_SECONDS = 0.5
"""How often those who wait for long are asked whether they are still there."""

MOST_SECONDS_TO_READ = 0.1
"""A loop that is busy with something else is not waited for longer than this."""

MOST = Load(n_tickets=4_000, n_bytes=64 * 1024 * 1024)
"""What may wait: a few seconds of work, and no more memory than that."""


class CallerGone(Exception):
    """Whoever asked has hung up before their turn came; nothing was done."""


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting(Generic[Asked, Answered]):
    asked: Asked
    n_tickets: int
    answer: "asyncio.Future[Answered] | Future[Answered]"


_Given = tuple["asyncio.Future[Answered]", Answered | Exception]
_Queue = SimpleQueue[_Waiting[Asked, Answered] | None]


class MicroBatches(Generic[Asked, Answered]):
    """Takes what is asked from any event loop, and gives each caller their own answer or error.

    Args:
        work: answers a batch, one answer or error for each that was asked, in their order. If it raises a
            `TriageError`, everybody gets that. Any other exception is somebody's fault alone: the batch is halved until
            only those get it who cause it.
        most: what may wait or be at work at the same time; a single request may be larger.
    """

    def __init__(self, work: Callable[[Sequence[Asked]], Sequence[Answered | Exception]], most: Load = MOST) -> None:
        self._work = work
        self._most = most
        self._lock = threading.Lock()
        self._n_tickets = self._n_bytes = 0
        self._queue: _Queue[Asked, Answered] = SimpleQueue()
        self._thread: threading.Thread | None = None

    @property
    def n_waiting(self) -> int:
        """Tickets that wait or are at work."""
        return self._n_tickets

    async def answer(self, asked: Asked, load: Load, is_gone: Callable[[], Awaitable[bool]]) -> Answered:
        """The answer to one request, when it is done.

        Args:
            asked: what the work is given.
            load: what that weighs.
            is_gone: whether the caller has hung up; asked only of those who do not get their turn at once.

        Raises:
            Overloaded: too much waits already, and nothing was done.
            CallerGone: nobody waits for the answer any more.
            Exception: what the work raised or gave for this request.
        """
        answer: asyncio.Future[Answered] = asyncio.get_running_loop().create_future()
        n_before = self._admit(_Waiting(asked, load.n_tickets, answer), load)
        try:
            while n_before > AT_ONCE and not (await asyncio.wait([answer], timeout=LOOK_EVERY_SECONDS))[0]:
                if await is_gone():
                    answer.cancel()
                    raise CallerGone
            return await answer
        finally:
            self._dismiss(load)

    def begin(self, asked: Asked, load: Load) -> "Future[Answered]":
        """The same for a caller in a thread, who asks for the result when they need it.

        Raises:
            Overloaded: too much waits already, and nothing was done.
        """
        answer: Future[Answered] = Future()
        self._admit(_Waiting(asked, load.n_tickets, answer), load)
        answer.add_done_callback(lambda _: self._dismiss(load))
        return answer

    def stop(self) -> None:
        """Answers everybody who waits, then ends the thread. Whoever asks later starts another."""
        with self._lock:
            thread, self._thread = self._thread, None
            self._queue.put(None)
            self._queue = SimpleQueue()
        if thread is not None:
            thread.join()

    def _admit(self, waiting: _Waiting[Asked, Answered], load: Load) -> int:
        """Puts a request into the queue; the number of tickets before it."""
        with self._lock:
            n_before = self._n_tickets
            n_tickets, n_bytes = n_before + load.n_tickets, self._n_bytes + load.n_bytes
            if n_before and (n_tickets > self._most.n_tickets or n_bytes > self._most.n_bytes):
                raise Overloaded(f"{n_before:,} tickets are waiting to be scored; ask again in a moment.")
            self._n_tickets, self._n_bytes = n_tickets, n_bytes
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, args=(self._queue,), name="micro-batches", daemon=True
                )
                self._thread.start()
            self._queue.put(waiting)
        return n_before

    def _dismiss(self, load: Load) -> None:
        with self._lock:
            self._n_tickets -= load.n_tickets
            self._n_bytes -= load.n_bytes

    def _run(self, queue: "_Queue[Asked, Answered]") -> None:
        """What a thread does until it is told to stop, with a queue of its own."""
        is_last = False
        while not is_last:
            batch, is_last = _next(queue)
            # whoever has gone meanwhile costs nothing
            batch = [waiting for waiting in batch if not waiting.answer.done()]
            if batch:
                _give(batch, self._answers([waiting.asked for waiting in batch]))

    def _answers(self, asked: Sequence[Asked]) -> Sequence[Answered | Exception]:
        try:
            return self._work(asked)
        except TriageError as error:
            return [error] * len(asked)
        except Exception as error:  # noqa: BLE001  (its caller gets it, and the thread lives on)
            if len(asked) == 1:
                return [error]
            half = len(asked) // 2
            return [*self._answers(asked[:half]), *self._answers(asked[half:])]


def _next(queue: "_Queue[Asked, Answered]") -> tuple[list[_Waiting[Asked, Answered]], bool]:
    """What waits, up to `AT_ONCE` tickets or one request; and whether the end was reached."""
    waiting = queue.get()
    batch: list[_Waiting[Asked, Answered]] = []
    n_tickets = 0
    while waiting is not None:
        batch.append(waiting)
        n_tickets += waiting.n_tickets
        if n_tickets >= AT_ONCE:
            return batch, False
        try:
            waiting = queue.get_nowait()
        except Empty:
            return batch, False
    return batch, True


def _give(batch: Sequence[_Waiting[Asked, Answered]], answers: Sequence[Answered | Exception]) -> None:
    """Hands the answers to the loops that wait for them, and lets these send them and read what came meanwhile.

    Otherwise the next batch would be the few requests that a loop had read before, and the one after it the others: a
    batch costs nearly as much for two as for sixteen.
    """
    by_loop: dict[asyncio.AbstractEventLoop, list[_Given[Answered]]] = defaultdict(list)
    for waiting, answer in zip(batch, answers, strict=True):
        if isinstance(waiting.answer, Future):
            _settle(waiting.answer, answer)
        else:
            by_loop[waiting.answer.get_loop()].append((waiting.answer, answer))
    for loop, given in by_loop.items():
        was_read = threading.Event()
        with contextlib.suppress(RuntimeError):  # a loop that has ended has nobody who waits
            loop.call_soon_threadsafe(_resolve, loop, given, was_read)
            was_read.wait(MOST_SECONDS_TO_READ)


def _resolve(loop: asyncio.AbstractEventLoop, given: "Sequence[_Given[Answered]]", was_read: threading.Event) -> None:
    for waiting, answer in given:
        _settle(waiting, answer)
    loop.call_soon(loop.call_soon, was_read.set)  # the loop's next turn sends, the one after it has read


def _settle(waiting: "asyncio.Future[Answered] | Future[Answered]", answer: Answered | Exception) -> None:
    if waiting.done():
        return
    if isinstance(answer, Exception):
        waiting.set_exception(answer)
    else:
        waiting.set_result(answer)

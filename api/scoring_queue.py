"""Where all that asks for a score waits its turn: routes, and whatever else hands in tickets."""

from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import Annotated

from fastapi import Depends, Request, Response

from api.desk import Desk
from api.micro_batches import CallerGone, Load, MicroBatches
from api.scoring import Scored, ScoreRequest, answer_all

__all__ = ["QueueOfRequest", "ScoringQueue"]

_HUNG_UP = 499
"""What the log says of callers who did not wait; nobody reads such an answer."""


class ScoringQueue:
    """One installation's queue, before the thread that scores.

    Args:
        desk: gives the desk that answers; asked once a batch.
    """

    def __init__(self, desk: Callable[[], Desk]) -> None:
        self._batches: MicroBatches[ScoreRequest, Scored] = MicroBatches(lambda asked: answer_all(desk(), asked))

    async def respond(self, asked: ScoreRequest, n_bytes: int, is_gone: Callable[[], Awaitable[bool]]) -> Response:
        """The response to a request, when its answers are stored.

        Args:
            asked: what is to be scored.
            n_bytes: of the request's body.
            is_gone: whether the caller has hung up.

        Raises:
            Overloaded: too much waits already.
            Conflict: the request's key was used for another.
            ModelUnusable: no model may answer.
            StoreUnusable: the database cannot be used.
        """
        try:
            scored = await self._batches.answer(asked, Load(len(asked.tickets), n_bytes), is_gone)
        except CallerGone:
            return Response(status_code=_HUNG_UP)
        headers = {"Idempotency-Replayed": "true"} if scored.is_repeated else None
        answer = scored.answer
        return Response(answer.response, answer.status, headers=headers, media_type="application/json")

    def begin(self, asked: ScoreRequest, n_bytes: int) -> Future[Scored]:
        """Hands in a request from a thread, which asks for the result when it needs it.

        Raises:
            Overloaded: too much waits already.
        """
        return self._batches.begin(asked, Load(len(asked.tickets), n_bytes))

    @property
    def n_waiting(self) -> int:
        """Tickets that wait or are at work."""
        return self._batches.n_waiting

    def stop(self) -> None:
        """Answers whoever waits, and ends the thread."""
        self._batches.stop()


async def _queue_of(request: Request) -> ScoringQueue:
    queue = request.app.state.queue
    assert isinstance(queue, ScoringQueue)  # noqa: S101  (put there by `build_app`)
    return queue


QueueOfRequest = Annotated[ScoringQueue, Depends(_queue_of)]
"""A route's parameter of this type is the queue of the application."""

"""Whether this process is about to stop: it says so to load balancers, and goes on answering until they have heard."""

from typing import Annotated

import structlog
from fastapi import Depends, Request

__all__ = ["Stopping", "StoppingOfRequest"]


class Stopping:
    """A process's way out: begun once, by whoever receives the signal, and never taken back.

    From then on `/readyz` is 503 and every answer asks its caller to connect anew, so that no connection is idle when
    the server closes it: what a caller sends at that very moment would be lost.
    """

    def __init__(self) -> None:
        self.has_begun = False

    def begin(self) -> None:
        """Says that the process will stop; may be called from a handler of signals."""
        if not self.has_begun:
            self.has_begun = True
            structlog.get_logger(__name__).info("stopping")


async def _stopping_of(request: Request) -> Stopping:
    stopping = request.app.state.stopping
    assert isinstance(stopping, Stopping)  # noqa: S101  (put there by `build_app`)
    return stopping


StoppingOfRequest = Annotated[Stopping, Depends(_stopping_of)]
"""A route's parameter of this type says whether the process is about to stop."""

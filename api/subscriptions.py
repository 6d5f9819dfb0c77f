"""Everything that one process does for subscribers: sends them what waits, and tells them of promotions."""

from collections.abc import Callable, Sequence
from pathlib import Path

from api.desk import Desk
from api.promotions import Promotions
from api.telling import Telling
from api.workers import Worker
from data.subscribers import Receiver
from triage.subscribers import is_wanted

__all__ = ["Subscriptions"]


class Subscriptions:
    """The subscribers of one installation.

    Args:
        desk: gives the desk whose database holds the events.
        receivers: its subscribers.
        bundles: the folder that serving reads.
    """

    def __init__(self, desk: Callable[[], Desk], receivers: Sequence[Receiver], bundles: Path) -> None:
        self._subscribers = [receiver.subscriber for receiver in receivers]
        self._tellings = [Telling(desk, receiver) for receiver in receivers]
        self._promotions = Promotions(desk, bundles)

    def workers(self) -> tuple[Worker, ...]:
        """The threads; none where nobody wants to be told of anything."""
        looking = self._promotions.workers() if is_wanted(self._subscribers, "model.promoted") else ()
        return (*looking, *(worker for telling in self._tellings for worker in telling.workers()))

    def close(self) -> None:
        """Ends the connections."""
        for telling in self._tellings:
            telling.close()

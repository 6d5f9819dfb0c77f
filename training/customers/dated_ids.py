"""Which tickets have dates that were not believed, by their ids: a history is read once, and may be long."""

from datetime import datetime
from heapq import heappush, heappushpop

from training.histories.ends import Ends, Stray

__all__ = ["DatedIds"]

NAMED = 3
"""So many are named; the others are found beside them."""


class DatedIds:
    """Looks at every ticket once, and remembers the ids of the first, of the last, and of those of the future."""

    def __init__(self, until: datetime) -> None:
        """Later tickets than `until`, aware, are of the future."""
        self._until = until
        self._n_later = 0
        self._later: list[tuple[float, str]] = []
        self._latest: list[tuple[float, str]] = []
        self._earliest: list[tuple[float, str]] = []

    def count(self, ticket_id: str, opened_at: datetime) -> bool:
        """Whether the ticket was opened by then."""
        at = opened_at.timestamp()
        if opened_at > self._until:
            self._n_later += 1
            _keep(self._later, (at, ticket_id))
            return False
        _keep(self._latest, (at, ticket_id))
        _keep(self._earliest, (-at, ticket_id))
        return True

    def later_remark(self) -> tuple[str, ...]:
        """What is said of those of the future, where there are any."""
        if not self._n_later:
            return ()
        some = "ticket is" if self._n_later == 1 else "tickets are"
        return (
            (
                f"{self._n_later:,} {some} dated after {self._until:%Y-%m-%d} and not looked at"
                f"{_named(self._later, self._n_later)}."
            ),
        )

    def end_remark(self, ends: Ends) -> tuple[str, ...]:
        """What is said of those that do not decide where the history ends, where there are any."""
        return _remark(ends.after, self._latest, f"they do not decide where the history ends, on {ends.last:%Y-%m-%d}")

    def remarks(self, ends: Ends) -> tuple[str, ...]:
        """What is said of the future and of both ends, a sentence each."""
        begins = f"they do not decide where the history begins, on {ends.first:%Y-%m-%d}"
        return *self.later_remark(), *self.end_remark(ends), *_remark(ends.before, self._earliest, begins)


def _keep(heap: list[tuple[float, str]], one: tuple[float, str]) -> None:
    """Keep the largest."""
    if len(heap) < NAMED:
        heappush(heap, one)
    elif one > heap[0]:
        heappushpop(heap, one)


def _remark(stray: Stray | None, heap: list[tuple[float, str]], so: str) -> tuple[str, ...]:
    if stray is None:
        return ()
    return (f"Tickets that lie apart: {stray}; {so}{_named(heap[:], stray.n)}.",)


def _named(heap: list[tuple[float, str]], n: int) -> str:
    """The ids of the outermost, at the end of a sentence."""
    ids = [ticket_id for _, ticket_id in sorted(heap, reverse=True)[:n]]
    return f" ({', '.join(ids)}{' and others' if n > len(ids) else ''})"

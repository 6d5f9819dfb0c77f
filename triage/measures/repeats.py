"""Whether a ticket is the same customer's about the same topic again: what a desk did not solve for good."""

from datetime import datetime, timedelta
from zlib import crc32

__all__ = ["REPEATS_WITHIN", "RepeatWatch", "trace_of"]

REPEATS_WITHIN = timedelta(days=30)
"""After so long it counts as another matter."""


class RepeatWatch:
    """Tells repeats among tickets that come in the order of their opening; remembers what may still be repeated."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], datetime] = {}

    def is_repeat(self, customer: str, topic: str, opened_at: datetime) -> bool:
        """Whether the customer had another ticket about the topic within `REPEATS_WITHIN` before this one."""
        before = self._last.get((customer, topic))
        self._last[customer, topic] = opened_at
        return before is not None and opened_at - before <= REPEATS_WITHIN

    def forget_before(self, moment: datetime) -> None:
        """Drops what nothing at or after a moment can repeat."""
        oldest = moment - REPEATS_WITHIN
        self._last = {key: at for key, at in self._last.items() if at >= oldest}


def trace_of(customer: str, topic: str, opened_at: datetime) -> int:
    """A number for one such ticket; where the sum over a day has changed, repeats of later days may have, too."""
    return crc32(f"{customer}\0{topic}\0{opened_at.isoformat()}".encode("utf-8", errors="replace"))

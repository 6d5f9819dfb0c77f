"""How many tickets a desk gets, by those that it has stored."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from data.tables import tickets

__all__ = ["LOOK_BACK", "Volume", "volume"]

LOOK_BACK = timedelta(days=30)
"""Long enough for every weekday four times, short enough for what is so today."""


@dataclass(frozen=True, slots=True)
class Volume:
    """So many tickets in so many days, which are fewer than `LOOK_BACK` where nothing is known of before."""

    n: int
    days: float

    @property
    def a_day(self) -> float:
        """Tickets a day."""
        return self.n / self.days


def volume(connection: Connection, now: datetime) -> Volume | None:
    """The tickets that were opened lately; None where there are none.

    A ticket that came without a date counts from when it came here.
    """
    opened = func.coalesce(tickets.c.opened_at, tickets.c.first_seen_at)
    lately = (opened > now - LOOK_BACK, opened <= now)
    n = connection.scalar(select(func.count()).select_from(tickets).where(*lately)) or 0
    if not n:
        return None
    is_older = select(tickets.c.id).where(opened <= now - LOOK_BACK).limit(1)
    if connection.scalar(is_older) is not None:
        return Volume(n, LOOK_BACK.total_seconds() / 86_400)
    first = connection.execute(
        select(tickets.c.opened_at, tickets.c.first_seen_at).where(*lately).order_by(opened)
    ).first()
    begun = now if first is None else first.opened_at or first.first_seen_at
    return Volume(n, max(1.0, (now - begun).total_seconds() / 86_400))

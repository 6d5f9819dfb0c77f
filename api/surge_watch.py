"""Looks every minute whether more incidents come in than usual, and tells of it once a surge.

One process of all looks at a time. What is to be expected is learned once a day by whichever process gets to it, and
kept for the others. A process remembers the incidents of the last day and a half, so a look reads only what is new.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from api.desk import Desk
from api.workers import Interval, Worker
from data import jobs, surges
from data.database import reading, writing
from data.events import publish
from data.surge_counts import incidents_since, learn_usual
from triage.surges.surge import Surge
from triage.surges.usual import Usual
from triage.surges.watch import KEPT, Watch

__all__ = ["LOOKS", "SEASONS", "SurgeWatch"]

LOOKS, SEASONS = "surges", "surge_seasons"
"""The jobs: to look, and to learn what is to be expected."""

LOOK_EVERY, LEARN_EVERY = timedelta(seconds=55), timedelta(days=1)
UNLEARNED_EVERY = timedelta(minutes=30)
"""Where there is too little history yet: it may be imported at any moment."""

_ASK_EVERY_SECONDS = 10.0
_LEASED_FOR = timedelta(minutes=5)
_MOST_HOURS = 72


class SurgeWatch:
    """What one process looks at.

    Args:
        desk: gives the desk whose database it is.
        clock: seconds that only grow; another one for tests.
    """

    def __init__(self, desk: Callable[[], Desk], clock: Callable[[], float] = time.monotonic) -> None:
        self._desk = desk
        self._interval = Interval(_ASK_EVERY_SECONDS, _ASK_EVERY_SECONDS, clock)
        self._learned_at: datetime | None = None
        self._watch: Watch | None = None

    def workers(self) -> tuple[Worker, ...]:
        """The threads."""
        return (Worker("surges", self.work),)

    def work(self, now: datetime) -> int:
        """Looks, where a minute has passed since anybody did; never says that there is more to do at once.

        Raises:
            StoreUnusable: the database cannot be used.
        """
        if self._interval.is_over():
            self._look(self._desk(), now)
        return 0

    def _look(self, desk: Desk, now: datetime) -> None:
        held = jobs.claim(desk.engine, LOOKS, LOOK_EVERY, now, _LEASED_FOR)
        if held is None:
            return
        self._learn(desk, now)
        if self._watch is None:
            with writing(desk.engine) as connection:
                jobs.finish(connection, held, {}, now)
            return
        with reading(desk.engine) as connection:
            known = surges.surges_lately(connection, now - KEPT)
            new = incidents_since(connection, now - KEPT, now, self._watch.has)
        self._watch.know(surge.as_surge() for surge in known)
        changed = self._watch.look(new, now)
        with writing(desk.engine) as connection:
            if jobs.finish(connection, held, {}, now):
                for surge in changed:
                    self._keep(connection, desk, surge, now)

    def _learn(self, desk: Desk, now: datetime) -> None:
        """Takes over what another process has learned, or learns it where it is due."""
        with reading(desk.engine) as connection:
            done = jobs.last_done(connection, SEASONS)
        every = LEARN_EVERY if done.content else UNLEARNED_EVERY
        held = jobs.claim(desk.engine, SEASONS, every, now, _LEASED_FOR)
        if held is not None:
            with reading(desk.engine) as connection:
                usual = learn_usual(connection, now)
            with writing(desk.engine) as connection:
                jobs.finish(connection, held, {} if usual is None else usual.to_json(), now)
            self._take(usual, now)
        elif done.at is not None and done.at != self._learned_at:
            self._take(Usual.from_json(done.content) if done.content else None, done.at)

    def _take(self, usual: Usual | None, learned_at: datetime) -> None:
        self._learned_at = learned_at
        if usual is None:
            self._watch = None
        elif self._watch is None:
            self._watch = Watch(usual)
        else:
            self._watch.learned(usual)

    def _keep(self, connection: Connection, desk: Desk, surge: Surge, now: datetime) -> None:
        hours = () if self._watch is None else self._watch.hours(surge, _MOST_HOURS)
        if surge.id is not None:
            surges.keep(connection, surge, hours)
            return
        number = surges.begin(connection, surge, hours)
        publish(connection, desk.subscribers, "surge.detected", f"surge:{number}", _told(number, surge), now)


def _told(number: int, surge: Surge) -> dict[str, object]:
    """What other programs are told: no words, which are of tickets, and nobody who wrote one."""
    return {
        "surge_id": number,
        "dimension": surge.kind.dimension,
        "service_or_group": surge.kind.value if surge.kind.dimension in ("service", "group") else surge.place,
        "started_at": surge.started_at.isoformat(),
        "n_observed": surge.n_observed,
        "n_expected": round(surge.n_expected, 3),
    }

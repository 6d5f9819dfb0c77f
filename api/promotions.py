"""Tells subscribers which model serves, whoever promoted it and by which process: it is read off the journal.

Every process looks, and all of them know an entry by the same id, so that each subscriber is told once.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from api.desk import Desk
from api.workers import Worker
from data.database import writing
from data.events import Occurrence, publish_all
from models.journal import Entry, journal_stamp, read_journal

__all__ = ["LOOK_BACK", "Promotions"]

LOOK_BACK = timedelta(days=3)
"""Of what happened before that nobody is told any more: the service may have stood still over a weekend. What was told
is known for longer (`KEPT` in `api/tidying.py`), so nothing is told twice."""

_HOW = {"promoted": "promoted", "rolled back": "rolled_back"}
"""By event of the journal how a version came to serve."""


class Promotions:
    """What one process does about the journal.

    Args:
        desk: gives the desk whose subscribers are told.
        bundles: the folder that serving reads.
    """

    def __init__(self, desk: Callable[[], Desk], bundles: Path) -> None:
        self._desk = desk
        self._bundles = bundles
        self._seen: tuple[int, int] | None = None

    def workers(self) -> tuple[Worker, ...]:
        """The threads."""
        return (Worker("promotions", self.work),)

    def work(self, now: datetime) -> int:
        """Tells of what is new in the journal.

        Raises:
            StoreUnusable: the database cannot be used.
        """
        stamp = journal_stamp(self._bundles)
        if stamp != self._seen:
            told = [entry for entry in read_journal(self._bundles) if entry.event in _HOW]
            desk = self._desk()
            with writing(desk.engine) as connection:
                for entry in told:
                    if now - entry.at < LOOK_BACK:
                        publish_all(connection, desk.subscribers, "model.promoted", [_happened(entry)], entry.at)
            self._seen = stamp
        return 0


def _happened(entry: Entry) -> Occurrence:
    """What is told of an entry; who it was and why stays in the journal."""
    return Occurrence(
        subject="model",
        payload={"version": entry.version, "before": entry.before, "how": _HOW[entry.event]},
        key=f"model.promoted {entry.at.isoformat()} {entry.version}",
    )

"""What a desk lists, ready to be looked for: its file's names, or those that its own tickets hold; and its wants."""

import threading
from collections.abc import Set
from datetime import datetime, timedelta

from sqlalchemy import Connection

from data.details import read_details
from data.services import DeskServices, names_in_tickets
from triage.affected import Lists
from triage.gazetteer import Gazetteer, fold
from triage.missing import Details
from triage.model import TriageModel

__all__ = ["KnownServices"]

LEARN_EVERY = timedelta(hours=6)
"""How often the names are read anew from tickets, where no file lists them."""


class KnownServices:
    """Names for whoever looks at a ticket, in whatever thread.

    Args:
        services: what the desk's file lists; where it lists no name, the fields of stored tickets tell.
    """

    def __init__(self, services: DeskServices | None = None) -> None:
        self._services = services or DeskServices()
        self._lists = self._services.lists()
        self._learned_at: datetime | None = None
        self._words: tuple[str, Set[str]] = ("", frozenset())
        self._lock = threading.Lock()
        self.details: Details = read_details().wanting(self._services.wanted)

    def lists(self, connection: Connection, now: datetime) -> Lists:
        """The names and formats; where they are read from tickets, one thread does so and others use the old ones."""
        if self._services.names or not self._is_due(now) or not self._lock.acquire(blocking=False):
            return self._lists
        try:
            if self._is_due(now):
                self._lists = Lists(Gazetteer(names_in_tickets(connection)), self._services.formats)
                self._learned_at = now
        finally:
            self._lock.release()
        return self._lists

    def real_words(self, model: object) -> Set[str]:
        """The words that the model has learned, folded: whoever writes one has not mistyped another."""
        if not isinstance(model, TriageModel):
            return frozenset()
        version, words = self._words
        if version != model.version:
            words = frozenset(fold(term) for term in model.view.known if " " not in term and "=" not in term)
            self._words = (model.version, words)
        return words

    def _is_due(self, now: datetime) -> bool:
        return self._learned_at is None or now - self._learned_at >= LEARN_EVERY

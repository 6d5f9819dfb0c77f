"""Whose key or whose session it is, remembered for a few seconds so that a request does not wait for the database."""

import contextlib
import hashlib
import threading
import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from api.callers import Caller
from data import keys, sessions
from data.database import reading, writing
from data.users import scopes_of
from triage.errors import StoreUnusable

__all__ = ["Credentials", "KeyRing", "SessionRing"]

_MOST_REMEMBERED = 1_000
"""Before those that nobody has shown lately are dropped."""

_NOTED_EVERY = timedelta(minutes=1)


class Credentials:
    """Callers by what they show.

    What was revoked therefore works for `fresh_for_seconds` longer, in each process. Only what is valid is remembered,
    by its hash, so that strangers cannot fill the memory.
    """

    fresh_for_seconds = 5.0

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[bytes, tuple[float, Caller]] = {}
        self._lock = threading.Lock()
        self._n_forgotten = 0

    def remembered(self, shown: str) -> Caller | None:
        """Whose it is, if it was looked up a moment ago."""
        looked_up_at, caller = self._known.get(_digest(shown), (0.0, None))
        return caller if time.monotonic() - looked_up_at < self.fresh_for_seconds else None

    def look_up(self, shown: str) -> Caller | None:
        """Whose it is, as the database has it now.

        Raises:
            StoreUnusable: when the database cannot be asked.
        """
        n_forgotten, now = self._n_forgotten, time.monotonic()
        caller = self._find(shown, datetime.now(UTC))
        with self._lock:
            if caller is None:
                self._known.pop(_digest(shown), None)
            elif n_forgotten == self._n_forgotten:  # else it may be what was ended while it was looked up
                self._known[_digest(shown)] = (now, caller)
                if len(self._known) > _MOST_REMEMBERED:
                    self._known = {k: kept for k, kept in self._known.items() if now - kept[0] < self.fresh_for_seconds}
        return caller

    def forget(self, shown: str) -> None:
        """Asks the database again next time."""
        with self._lock:
            self._n_forgotten += 1
            self._known.pop(_digest(shown), None)

    def _find(self, shown: str, now: datetime) -> Caller | None:
        raise NotImplementedError


class KeyRing(Credentials):
    """Programs by the plain text of their key."""

    def _find(self, shown: str, now: datetime) -> Caller | None:
        with reading(self._engine) as connection:
            key = keys.find(connection, shown, now)
        if key is None:
            return None
        if key.last_used_at is None or now - key.last_used_at >= _NOTED_EVERY:
            # when a key was used last is for people to know; a request does not fail over it
            with contextlib.suppress(StoreUnusable), writing(self._engine) as connection:
                keys.note_use(connection, key.id, now)
        return Caller("key", key.id, key.name, key.scopes)


class SessionRing(Credentials):
    """People by the token in their cookie."""

    def _find(self, shown: str, now: datetime) -> Caller | None:
        user = sessions.find(self._engine, shown, now)
        return None if user is None else Caller("user", user.id, user.email, scopes_of(user.role), user.role)


def _digest(shown: str) -> bytes:
    return hashlib.sha256(shown.encode("utf-8", "surrogatepass")).digest()

"""The store of sessions: who has signed in, by the hash of what their browser shows; tokens themselves are not in it.

A token has 256 random bits, as keys have; see `keys.py` on why that needs no slow hash.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, delete, select, update

from data.database import insert, reading, writing
from data.tables import sessions, users
from data.users import User, user_of

__all__ = ["LASTS", "LASTS_UNUSED", "close", "close_all", "find", "open_session"]

LASTS = timedelta(days=7)
"""How long a session lasts at most."""

LASTS_UNUSED = timedelta(hours=12)
"""How long it lasts while nobody uses it."""

_NOTED_EVERY = timedelta(minutes=1)


def open_session(connection: Connection, user_id: str, now: datetime) -> str:
    """A new session's token, which cannot be had again; sessions that have ended are thrown away."""
    ended = (sessions.c.expires_at <= now) | (sessions.c.last_used_at <= now - LASTS_UNUSED)
    connection.execute(delete(sessions).where(ended))
    token = secrets.token_urlsafe(32)
    row = {"token_sha256": _sha256(token), "user_id": user_id}
    moments = {"created_at": now, "last_used_at": now, "expires_at": now + LASTS}
    connection.execute(insert(connection, sessions), row | moments)
    return token


def find(engine: Engine, token: str, now: datetime) -> User | None:
    """Whoever has this session; None for anything else, also when it has ended or they were removed.

    Reads alone, save once a minute, when it is written down that the session is used.

    Args:
        engine: of the database.
        token: as a browser shows it.
        now: the moment.
    """
    theirs = sessions.c.token_sha256 == _sha256(token)
    asked = select(sessions.c.user_id, sessions.c.last_used_at).where(
        theirs, sessions.c.expires_at > now, sessions.c.last_used_at > now - LASTS_UNUSED
    )
    with reading(engine) as connection:
        row = connection.execute(asked).first()
        user = None if row is None else user_of(connection, row.user_id)
    if row is not None and user is not None and now - row.last_used_at >= _NOTED_EVERY:
        with writing(engine) as connection:
            connection.execute(update(sessions).where(theirs, sessions.c.last_used_at < now).values(last_used_at=now))
            connection.execute(update(users).where(users.c.id == user.id).values(last_seen_at=now))
    return user


def close(connection: Connection, token: str) -> None:
    """Ends a session; one that is none already is left alone."""
    connection.execute(delete(sessions).where(sessions.c.token_sha256 == _sha256(token)))


def close_all(connection: Connection, user_id: str) -> int:
    """Ends every session of a person, and says how many there were."""
    return connection.execute(delete(sessions).where(sessions.c.user_id == user_id)).rowcount


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()

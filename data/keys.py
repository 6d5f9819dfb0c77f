"""The store of API keys: who may call, with which scopes; the keys themselves are not in it.

A key is `triage_<id>_<secret>`. Its secret has 256 random bits, so nobody guesses it from its SHA-256, not with all
computers there are; a slow hash protects passwords that people choose, and would only cost 30 ms a request here.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, Row, or_, select, update

from data.database import insert, storable
from data.tables import api_keys
from triage.errors import InvalidInput, NotFound

__all__ = ["SCOPES", "ApiKey", "State", "create", "find", "list_keys", "note_use", "revoke", "rotate"]

SCOPES = ("score", "read", "review", "admin")
"""What a key may be allowed: asking for predictions, reading, deciding on suggestions, everything about models."""

State = Literal["live", "rotated", "expired", "revoked"]
"""What a key is: good, good until its successor is in use, over, or made worthless by hand."""

_PREFIX = "triage"
_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of a key: everything but its secret.

    Attributes:
        id: twelve hex digits, which its plain text begins with.
        name: what it is for.
        scopes: what it may, in the order of `SCOPES`.
        created_at: when it was made.
        revoked_at: when it was made worthless by hand.
        expires_at: from when on it is worthless by itself; None for never.
        last_used_at: when it was last used, to the minute or so.
        replaced_by: the key that took its place when it was rotated.
    """

    id: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None = None
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    replaced_by: str | None = None

    def state(self, now: datetime) -> State:
        """What it is at a moment."""
        if self.revoked_at is not None:
            return "revoked"
        if self.expires_at is not None and self.expires_at <= now:
            return "expired"
        return "live" if self.replaced_by is None else "rotated"

    def is_use_due(self, now: datetime) -> bool:
        """Whether `note_use` would write anything."""
        return self.last_used_at is None or self.last_used_at <= now - _NOTED_EVERY


def create(
    connection: Connection, name: str, scopes: Iterable[str], now: datetime, expires_at: datetime | None = None
) -> tuple[ApiKey, str]:
    """A new key and its plain text, which cannot be had again.

    Args:
        connection: to write to.
        name: what it is for.
        scopes: of `SCOPES`, in any order.
        now: the moment.
        expires_at: from when on it is worthless; None for never.

    Raises:
        InvalidInput: for a blank name, no scope, an unknown one, or an end that has passed.
    """
    wanted = set(scopes)
    if unknown := sorted(wanted.difference(SCOPES)):
        raise InvalidInput(f"No scope named {', '.join(map(repr, unknown))}. Known: {', '.join(SCOPES)}.")
    if not wanted:
        raise InvalidInput(f"A key needs at least one scope. Known: {', '.join(SCOPES)}.")
    if not name.strip():
        raise InvalidInput("A key needs a name, so that people know what to revoke.")
    if expires_at is not None and expires_at <= now:
        raise InvalidInput("A key has to end later than now.")
    key = ApiKey(
        id=secrets.token_hex(6),
        name=storable(name.strip()),
        scopes=tuple(scope for scope in SCOPES if scope in wanted),
        created_at=now,
        expires_at=expires_at,
    )
    secret = secrets.token_urlsafe(32)
    connection.execute(
        insert(connection, api_keys),
        {
            "id": key.id,
            "name": key.name,
            "secret_sha256": _sha256(secret),
            "scopes": list(key.scopes),
            "created_at": now,
            "expires_at": expires_at,
        },
    )
    return key, f"{_PREFIX}_{key.id}_{secret}"


def find(connection: Connection, plaintext: str, now: datetime) -> ApiKey | None:
    """The key that this is the plain text of; None for anything else, a revoked or expired key too."""
    prefix, _, rest = plaintext.partition("_")
    id_, _, secret = rest.partition("_")
    if prefix != _PREFIX or not secret or not plaintext.isascii() or "\x00" in plaintext:
        return None
    is_good = api_keys.c.revoked_at.is_(None) & or_(api_keys.c.expires_at.is_(None), api_keys.c.expires_at > now)
    row = connection.execute(select(api_keys).where(api_keys.c.id == id_, is_good)).first()
    if row is None or not hmac.compare_digest(row.secret_sha256, _sha256(secret)):
        return None
    return _key_of(row)


def list_keys(connection: Connection) -> list[ApiKey]:
    """Every key there is or was, oldest first."""
    return [_key_of(row) for row in connection.execute(select(api_keys).order_by(api_keys.c.created_at, api_keys.c.id))]


def revoke(connection: Connection, id_: str, now: datetime) -> ApiKey:
    """Makes a key worthless from now on; one that was revoked before keeps the moment it was.

    Raises:
        NotFound: for an id that no key has.
    """
    connection.execute(
        update(api_keys).where(api_keys.c.id == id_, api_keys.c.revoked_at.is_(None)).values(revoked_at=now)
    )
    return _known(connection, id_)


def rotate(
    connection: Connection, id_: str, keep_for: timedelta, now: datetime, expires_at: datetime | None = None
) -> tuple[ApiKey, str]:
    """A key's successor, with the same name and scopes, and its plain text, which cannot be had again.

    Both work until the old one ends, so that nobody has to change all programs at the same instant. A key that was made
    to end has a successor that lasts as long as it did.

    Args:
        connection: to write to.
        id_: of the old key.
        keep_for: how long the old one goes on; one that ends sooner by itself still does.
        now: the moment.
        expires_at: when the new one ends, where that is to be said anew.

    Raises:
        NotFound: for an id that no key has.
        InvalidInput: for a key that works no more, or has a successor already.
    """
    marked = update(api_keys).where(api_keys.c.id == id_, api_keys.c.replaced_by.is_(None))
    connection.execute(marked.values(replaced_by=id_))  # of two who rotate at the same moment the second waits here
    old = _known(connection, id_)
    if old.replaced_by != id_:
        raise InvalidInput(f"Key {old.id} ({old.name}) was rotated already; its successor is {old.replaced_by}.")
    if old.revoked_at is not None or (old.expires_at is not None and old.expires_at <= now):
        raise InvalidInput(f"Key {old.id} ({old.name}) works no more; make a new one with `triage keys create`.")
    if expires_at is None and old.expires_at is not None:
        expires_at = now + (old.expires_at - old.created_at)
    new, plaintext = create(connection, old.name, old.scopes, now, expires_at)
    ends_at = now + keep_for if old.expires_at is None else min(old.expires_at, now + keep_for)
    connection.execute(update(api_keys).where(api_keys.c.id == id_).values(expires_at=ends_at, replaced_by=new.id))
    return new, plaintext


def note_use(connection: Connection, id_: str, now: datetime) -> None:
    """Keeps that a key is used; within a minute of the last time nothing is written."""
    is_due = or_(api_keys.c.last_used_at.is_(None), api_keys.c.last_used_at <= now - _NOTED_EVERY)
    connection.execute(update(api_keys).where(api_keys.c.id == id_, is_due).values(last_used_at=now))


def _known(connection: Connection, id_: str) -> ApiKey:
    row = connection.execute(select(api_keys).where(api_keys.c.id == id_)).first()
    if row is None:
        known = ", ".join(f"{key.id} ({key.name})" for key in list_keys(connection)) or "none yet"
        raise NotFound(f"No key with the id '{id_}'. Known: {known}.")
    return _key_of(row)


def _key_of(row: Row[tuple[object, ...]]) -> ApiKey:
    return ApiKey(
        id=row.id,
        name=row.name,
        scopes=tuple(row.scopes),
        created_at=row.created_at,
        revoked_at=row.revoked_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        replaced_by=row.replaced_by,
    )


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()

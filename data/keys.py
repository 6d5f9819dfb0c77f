"""The store of API keys: who may call, with which scopes; the keys themselves are not in it.

A key is `triage_<id>_<secret>`. Its secret has 256 random bits, so nobody guesses it from its SHA-256, not with all
computers there are; a slow hash protects passwords that people choose, and would only cost 30 ms a request here.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, select, update

from data.database import insert, storable
from data.tables import api_keys
from triage.errors import InvalidInput, NotFound

__all__ = ["SCOPES", "ApiKey", "create", "find", "list_keys", "revoke"]

SCOPES = ("score", "read", "review", "admin")
"""What a key may be allowed: asking for predictions, reading, deciding on suggestions, everything about models."""

_PREFIX = "triage"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of a key: everything but its secret."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None = None


def create(connection: Connection, name: str, scopes: Iterable[str], now: datetime) -> tuple[ApiKey, str]:
    """A new key and its plain text, which cannot be had again.

    Raises:
        InvalidInput: for a blank name, no scope, or an unknown one.
    """
    wanted = set(scopes)
    if unknown := sorted(wanted.difference(SCOPES)):
        raise InvalidInput(f"No scope named {', '.join(map(repr, unknown))}. Known: {', '.join(SCOPES)}.")
    if not wanted:
        raise InvalidInput(f"A key needs at least one scope. Known: {', '.join(SCOPES)}.")
    if not name.strip():
        raise InvalidInput("A key needs a name, so that people know what to revoke.")
    key = ApiKey(
        id=secrets.token_hex(6),
        name=storable(name.strip()),
        scopes=tuple(scope for scope in SCOPES if scope in wanted),
        created_at=now,
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
        },
    )
    return key, f"{_PREFIX}_{key.id}_{secret}"


def find(connection: Connection, plaintext: str) -> ApiKey | None:
    """The key that this is the plain text of; None for anything else, a revoked key too."""
    prefix, _, rest = plaintext.partition("_")
    id_, _, secret = rest.partition("_")
    if prefix != _PREFIX or not secret or not plaintext.isascii() or "\x00" in plaintext:
        return None
    row = connection.execute(select(api_keys).where(api_keys.c.id == id_, api_keys.c.revoked_at.is_(None))).first()
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
    row = connection.execute(select(api_keys).where(api_keys.c.id == id_)).first()
    if row is None:
        known = ", ".join(f"{key.id} ({key.name})" for key in list_keys(connection)) or "none yet"
        raise NotFound(f"No key with the id '{id_}'. Known: {known}.")
    return _key_of(row)


def _key_of(row: Row[tuple[object, ...]]) -> ApiKey:
    return ApiKey(
        id=row.id, name=row.name, scopes=tuple(row.scopes), created_at=row.created_at, revoked_at=row.revoked_at
    )


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()

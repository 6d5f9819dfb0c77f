"""The store of people: who may sign in, in which role, with which password; the passwords themselves are not in it.

A password takes tens of milliseconds to hash, for whoever has stolen the table as well as for us. That is done between
two short transactions and never within one, as SQLite lets one write at a time: `hashed` comes before `add` and
`set_password`, and `sign_in` opens its transactions by itself.
"""

import re
import secrets
import threading
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, Engine, Row, delete, select, update

from data import audit
from data.database import insert, reading, writing
from data.tables import sessions, users
from triage.errors import Conflict, InvalidInput, NotAllowed, NotFound, Overloaded

__all__ = [
    "LONGEST_PASSWORD",
    "ROLES",
    "SHORTEST_PASSWORD",
    "HashedPassword",
    "User",
    "add",
    "find_by_email",
    "find_by_oidc",
    "hashed",
    "list_users",
    "named",
    "remove",
    "scopes_of",
    "set_password",
    "set_role",
    "sign_in",
    "unlock",
    "user_of",
]

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 1000
"""In characters. NIST SP 800-63B asks for a length and against rules on which characters are in it."""

_SCOPES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"agent": ("read",), "lead": ("read", "review"), "admin": ("score", "read", "review", "admin")}
)
ROLES = tuple(_SCOPES)
"""What a person may be, the least first."""

_COMMON = frozenset(
    {
        "123456789012",
        "1234567890123",
        "12345678901234567890",
        "administrator",
        "adminadminadmin",
        "changemechangeme",
        "correct horse battery staple",
        "correcthorsebatterystaple",
        "letmeinletmein",
        "password1234",
        "password12345",
        "passwordpassword",
        "qwertyuiop12",
        "qwertyuiop123",
        "qwertyuiopasdfghjkl",
        "servicedesk1",
        "servicedesk123",
        "welcomewelcome",
    }
)
"""Passwords that are long enough and tried first all the same."""

_MEMORY_KIB, _PASSES, _LANES = 19_456, 2, 1  # what OWASP's cheat sheet on password storage asks of argon2id at least
_HASHER = PasswordHasher(time_cost=_PASSES, memory_cost=_MEMORY_KIB, parallelism=_LANES, hash_len=32, salt_len=16)
_NOBODYS = f"$argon2id$v=19$m={_MEMORY_KIB},t={_PASSES},p={_LANES}${'A' * 22}${'A' * 43}"
"""A hash of no known password, checked where there is none to check: the time must not tell who has an account."""

_AT_ONCE = threading.BoundedSemaphore(4)  # each takes 19 MiB; a flood of sign-ins must not take all there is
_PATIENCE_SECONDS = 5.0

_N_FAILURES = 5
_SHORTEST_LOCK, _LONGEST_LOCK = timedelta(minutes=15), timedelta(days=1)
_FORGIVEN_AFTER = timedelta(days=1)

_REFUSED = "E-mail address or password is wrong, or too many wrong ones were sent; try again later or ask an admin."
_EMAIL = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*")
_LONGEST_EMAIL = 254


@dataclass(frozen=True, slots=True)
class User:
    """What is known of a person: everything but the password's hash.

    Attributes:
        id: twelve hex digits; it stays when they are removed and added again.
        email: in lower case.
        role: one of `ROLES`.
        created_at: when they were added.
        removed_at: since when they may not sign in; None while they may.
        last_seen_at: when they last signed in or used a session, to the minute or so.
        locked_until: until when no password of theirs is tried.
    """

    id: str
    email: str
    role: str
    created_at: datetime
    removed_at: datetime | None = None
    last_seen_at: datetime | None = None
    locked_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class HashedPassword:
    """A password that keeps the rules, as it is stored; made by `hashed`, so that no plain one is stored by mistake."""

    argon2: str

    def __repr__(self) -> str:
        """Nothing of it: what is shown ends in logs."""
        return "HashedPassword(…)"


def scopes_of(role: str) -> tuple[str, ...]:
    """What a role may do, in the words that keys have for it.

    Raises:
        InvalidInput: for a role that there is not.
    """
    try:
        return _SCOPES[role]
    except KeyError:
        raise InvalidInput(f"No role named '{role}'. Known: {', '.join(ROLES)}.") from None


def hashed(password: str, email: str) -> HashedPassword:
    """The password as it is stored; takes tens of milliseconds, so call it outside of transactions.

    Raises:
        InvalidInput: it is too short, too long, the person's own address, or one of those that are tried first.
        Overloaded: too many passwords are hashed at this moment.
    """
    if len(password) > LONGEST_PASSWORD:
        raise InvalidInput(f"A password has at most {LONGEST_PASSWORD:,} characters.")
    known = unicodedata.normalize("NFKC", password)
    if len(known) < SHORTEST_PASSWORD:
        raise InvalidInput(f"A password has at least {SHORTEST_PASSWORD} characters; which ones is up to you.")
    if known.casefold() == _email_of(email):
        raise InvalidInput("The e-mail address is no password; anybody knows it.")
    if known.casefold() in _COMMON:
        raise InvalidInput("This password is one of the first that anybody tries; take another one.")
    return HashedPassword(_hash(password))


def add(
    connection: Connection,
    email: str,
    role: str,
    password: HashedPassword | None,
    now: datetime,
    *,
    may_return: bool = False,
) -> User:
    """A new person, or one who was removed and is back under their old id.

    Args:
        connection: to write to.
        email: in any case.
        role: one of `ROLES`.
        password: None for who signs in elsewhere.
        now: the moment.
        may_return: whether somebody who was removed is let in again; for a person to decide, not for a program.

    Raises:
        InvalidInput: for what is no e-mail address, or no role.
        Conflict: for somebody who is there already, or was removed and may not return.
    """
    address = _email_of(email)
    scopes_of(role)
    fresh = {
        "role": role,
        "password_hash": None if password is None else password.argon2,
        "oidc_subject": None,
        "removed_at": None,
        "last_seen_at": None,
        "n_failures": 0,
        "locked_until": None,
    }
    row = {"id": secrets.token_hex(6), "email": address, "created_at": now}
    unless_there = insert(connection, users).on_conflict_do_nothing(index_elements=["email"]).returning(users.c.id)
    if connection.execute(unless_there, row | fresh).first() is None:
        if find_by_email(connection, address) is not None:
            raise Conflict(f"{address} is there already; `triage users role` and `password` change what they are.")
        if not may_return:
            raise Conflict(f"{address} was removed; `triage users add` lets them in again.")
        connection.execute(update(users).where(users.c.email == address).values(**fresh))
    return _user_of(_row_of(connection, address))


def find_by_email(connection: Connection, email: str) -> User | None:
    """Whoever may sign in under this address, in any case; None for anybody else."""
    row = connection.execute(select(users).where(users.c.email == _bare(email), users.c.removed_at.is_(None))).first()
    return None if row is None else _user_of(row)


def user_of(connection: Connection, id_: str) -> User | None:
    """Whoever has this id and may sign in; None for anybody else."""
    row = connection.execute(select(users).where(users.c.id == id_, users.c.removed_at.is_(None))).first()
    return None if row is None else _user_of(row)


def named(connection: Connection, email: str) -> User:
    """Whoever may sign in under this address, for those who know that there is somebody.

    Raises:
        NotFound: for anybody else; the sentence lists everybody.
    """
    user = find_by_email(connection, email)
    if user is None:
        known = ", ".join(each.email for each in list_users(connection) if each.removed_at is None) or "nobody yet"
        raise NotFound(f"Nobody with the address '{_bare(email)}' may sign in. Known: {known}.")
    return user


def list_users(connection: Connection) -> list[User]:
    """Everybody who may sign in, or might once, oldest first."""
    return [_user_of(row) for row in connection.execute(select(users).order_by(users.c.created_at, users.c.id))]


def set_role(connection: Connection, email: str, role: str, *, may_be_last: bool = False) -> User:
    """Gives somebody another role; it holds from their next request on.

    Args:
        connection: to write to.
        email: of the person.
        role: one of `ROLES`.
        may_be_last: whether the last admin may become something else.

    Raises:
        NotFound: for somebody whom nobody added.
        InvalidInput: for a role that there is not, or for the last admin.
    """
    scopes_of(role)
    user = named(connection, email)
    if role != "admin" and not may_be_last:
        _refuse_last_admin(connection, user)
    connection.execute(update(users).where(users.c.id == user.id).values(role=role))
    return _user_of(_row_of(connection, user.email))


def set_password(connection: Connection, email: str, password: HashedPassword | None) -> User:
    """Gives somebody another password, unlocks them, and ends their sessions: whoever had the old one is out.

    Args:
        connection: to write to.
        email: of the person.
        password: None for who signs in elsewhere only, from now on.

    Raises:
        NotFound: for somebody whom nobody added.
    """
    user = named(connection, email)
    kept = None if password is None else password.argon2
    connection.execute(
        update(users).where(users.c.id == user.id).values(password_hash=kept, n_failures=0, locked_until=None)
    )
    connection.execute(delete(sessions).where(sessions.c.user_id == user.id))
    return _user_of(_row_of(connection, user.email))


def unlock(connection: Connection, email: str) -> User:
    """Lets somebody try passwords again at once.

    Raises:
        NotFound: for somebody whom nobody added.
    """
    user = named(connection, email)
    connection.execute(update(users).where(users.c.id == user.id).values(n_failures=0, locked_until=None))
    return _user_of(_row_of(connection, user.email))


def remove(connection: Connection, email: str, now: datetime, *, may_be_last: bool = False) -> User:
    """Lets somebody sign in no more, and ends their sessions; their row stays, so that what they did keeps its name.

    Args:
        connection: to write to.
        email: of the person.
        now: the moment.
        may_be_last: whether the last admin may go.

    Raises:
        NotFound: for somebody whom nobody added.
        InvalidInput: for the last admin.
    """
    user = named(connection, email)
    if not may_be_last:
        _refuse_last_admin(connection, user)
    gone = {"removed_at": now, "password_hash": None, "oidc_subject": None}
    connection.execute(update(users).where(users.c.id == user.id).values(**gone))
    connection.execute(delete(sessions).where(sessions.c.user_id == user.id))
    return _user_of(_row_of(connection, user.email))


def sign_in(engine: Engine, email: str, password: str, now: datetime) -> User:
    """Whoever signs in with this address and password.

    Five wrong passwords in a row lock a person out for a quarter of an hour, each further one for twice as long, up to
    a day. What is tried meanwhile counts for nothing, so that nobody is kept out longer by it; sessions go on.

    Args:
        engine: of the database; the password is checked between two transactions.
        email: as it was typed.
        password: as it was typed.
        now: the moment.

    Raises:
        NotAllowed: with the same sentence, and after the same work, for everybody who is refused.
        Overloaded: too many passwords are checked at this moment.
    """
    if len(password) > LONGEST_PASSWORD:  # nobody's, whoever it is
        raise NotAllowed(_REFUSED)
    with reading(engine) as connection:
        row = _signing_in(connection, email)
    stored = None if row is None else row.password_hash
    is_right = _verify(stored or _NOBODYS, password)
    renewed = _hash(password) if is_right and stored and _HASHER.check_needs_rehash(stored) else stored
    with writing(engine) as connection:  # also for strangers: the work must be the same
        user = _settle(connection, email, stored, renewed if is_right else None, now)
    if user is None:
        raise NotAllowed(_REFUSED)
    return user


def find_by_oidc(connection: Connection, issuer_and_subject: str, email: str | None, now: datetime) -> User | None:
    """Whoever an identity provider says this is; None for somebody whom nobody added.

    Somebody who was added by their address is known by the provider's own id from their first sign-in on, which
    outlives another address. An address that has an id already is not given to another one.

    Args:
        connection: to write to.
        issuer_and_subject: the provider's id of the person, and of itself.
        email: as the provider has verified it; None where it has not.
        now: the moment.
    """
    may = users.c.removed_at.is_(None)
    is_theirs = (users.c.oidc_subject == issuer_and_subject) & may
    seen = update(users).values(last_seen_at=now)
    if not connection.execute(seen.where(is_theirs)).rowcount:
        if email is None:
            return None
        is_named = (users.c.email == _bare(email)) & users.c.oidc_subject.is_(None) & may
        if not connection.execute(seen.where(is_named).values(oidc_subject=issuer_and_subject)).rowcount:
            return None
    return _user_of(connection.execute(select(users).where(is_theirs)).one())


def _settle(connection: Connection, email: str, stored: str | None, renewed: str | None, now: datetime) -> User | None:
    """What comes of a sign-in whose password was checked against `stored`; `renewed` is None if it was wrong."""
    row = _signing_in(connection, email, lock=True)
    if row is None or row.password_hash is None or row.password_hash != stored:
        return None  # also where the password was changed while this one was checked
    if row.locked_until is not None and now < row.locked_until:
        return None
    theirs = update(users).where(users.c.id == row.id)
    if renewed is not None:
        known = {"password_hash": renewed, "n_failures": 0, "locked_until": None, "last_seen_at": now}
        connection.execute(theirs.values(**known))
        return _user_of(_row_of(connection, row.email))
    is_forgiven = row.locked_until is not None and now - row.locked_until >= _FORGIVEN_AFTER
    n_failures = 1 if is_forgiven else row.n_failures + 1
    until = now + _lock(n_failures) if n_failures >= _N_FAILURES else None
    connection.execute(theirs.values(n_failures=n_failures, locked_until=until))
    if until is not None:
        details = {"failures": n_failures, "until": until.isoformat()}
        audit.append(connection, f"user:{row.id}", "user.locked", f"user:{row.id}", details, now)
    return None


def _lock(n_failures: int) -> timedelta:
    doublings: int = min(n_failures - _N_FAILURES, 7)  # more would pass a day, and overflow some time
    return min(_SHORTEST_LOCK * (1 << doublings), _LONGEST_LOCK)


def _signing_in(connection: Connection, email: str, *, lock: bool = False) -> Row[tuple[object, ...]] | None:
    asked = select(users).where(users.c.email == _bare(email), users.c.removed_at.is_(None))
    return connection.execute(asked.with_for_update() if lock else asked).first()


def _refuse_last_admin(connection: Connection, user: User) -> None:
    """Holds the admins' rows meanwhile: of two who remove each other at the same moment, one stays."""
    asked = select(users.c.id).where(users.c.role == "admin", users.c.removed_at.is_(None)).order_by(users.c.id)
    admins = connection.scalars(asked.with_for_update()).all()
    if list(admins) == [user.id]:
        raise InvalidInput(
            f"{user.email} is the last admin; make somebody else one first, or add --yes on a command line."
        )


def _row_of(connection: Connection, address: str) -> Row[tuple[object, ...]]:
    return connection.execute(select(users).where(users.c.email == address)).one()


def _user_of(row: Row[tuple[object, ...]]) -> User:
    return User(
        id=row.id,
        email=row.email,
        role=row.role,
        created_at=row.created_at,
        removed_at=row.removed_at,
        last_seen_at=row.last_seen_at,
        locked_until=row.locked_until,
    )


def _bare(email: str) -> str:
    """The address as it is stored; of anything beyond ASCII, which no stored one has, something that is none.

    Lower case makes one of several letters there: a Kelvin sign becomes a k, and somebody else another person.
    """
    bare = email.strip()
    return bare.lower() if bare.isascii() and "\x00" not in bare else ""


def _email_of(email: str) -> str:
    address = _bare(email)
    if len(address) > _LONGEST_EMAIL or not _EMAIL.fullmatch(address):
        raise InvalidInput("This is no e-mail address; one looks like ann@example.org, in plain letters.")
    return address


def _bytes(password: str) -> bytes:
    """What is hashed: the same for the same characters, whichever way a keyboard makes them."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


def _hash(password: str) -> str:
    with _Turn():
        return _HASHER.hash(_bytes(password))


def _verify(stored: str, password: str) -> bool:
    try:
        with _Turn():
            return _HASHER.verify(stored, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False


class _Turn:
    """One of the few hashes that are computed at once."""

    def __enter__(self) -> None:
        if not _AT_ONCE.acquire(timeout=_PATIENCE_SECONDS):
            raise Overloaded("Too many people sign in at this moment; try again in a few seconds.")

    def __exit__(self, *_: object) -> None:
        _AT_ONCE.release()

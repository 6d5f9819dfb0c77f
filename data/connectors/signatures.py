"""Who sent a delivery: signatures, shared secrets and times, compared in constant time, before anything is parsed.

Both secrets are always tried, so that how long it takes says nothing about which of them is right.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from data.connectors.connector import Delivery, Secrets
from triage.errors import NotAllowed

__all__ = [
    "USUAL_WINDOW",
    "digests",
    "is_any_of",
    "require",
    "require_header",
    "require_recent",
    "require_shared_secret",
]

USUAL_WINDOW = timedelta(minutes=5)
"""How far a delivery's time may lie from now; what Standard Webhooks advise."""

SECRET_HEADER = "x-triage-token"  # noqa: S105 - a header's name
"""Where a system without signatures may put the secret, if it cannot set `Authorization`."""


def digests(secrets: Secrets, message: bytes, algorithm: str) -> tuple[bytes, ...]:
    """The HMAC of a message with each secret."""
    return tuple(hmac.digest(secret.encode(), message, algorithm) for secret in secrets.both)


def is_any_of(given: bytes, right: Iterable[bytes]) -> bool:
    """Whether the given bytes are one of the right ones; all are compared."""
    found = False
    for each in right:
        found |= hmac.compare_digest(given, each)
    return found


def require(given: str, right: Iterable[bytes]) -> None:
    """Makes sure that the given signature is one of the right ones.

    Raises:
        NotAllowed: it is not.
    """
    if not is_any_of(given.encode("utf-8", "replace"), right):
        raise NotAllowed("The signature of the webhook is wrong; is the secret the same on both sides?")


def require_header(headers: Mapping[str, str], name: str) -> str:
    """The value of a header.

    Raises:
        NotAllowed: there is none, so nothing proves who sent this.
    """
    value = headers.get(name, "").strip()
    if not value:
        raise NotAllowed(f"The webhook has no header {name}; set its secret at the system that sends it.")
    return value


def require_recent(text: str, now: datetime, past: timedelta, future: timedelta = USUAL_WINDOW) -> None:
    """Makes sure that a delivery's time, in seconds since 1970 or ISO 8601, is about now.

    Raises:
        NotAllowed: it is older or newer, or no time.
    """
    try:
        sent_at = datetime.fromtimestamp(int(text), UTC) if text.isdecimal() else datetime.fromisoformat(text)
        age = now - (sent_at if sent_at.tzinfo else sent_at.replace(tzinfo=UTC))
    except (ValueError, OverflowError, OSError):
        raise NotAllowed("The time of the webhook cannot be read.") from None
    if not -future <= age <= past:
        raise NotAllowed("The time of the webhook is too far from now; is a clock wrong, or was it sent before?")


def require_shared_secret(delivery: Delivery, secrets: Secrets) -> None:
    """For systems that sign nothing: makes sure that the delivery carries a secret itself.

    It may stand in `Authorization: Bearer`, in `Authorization: Basic` (as the user, the password or both, for systems
    that call an API key a user), or alone in the header `x-triage-token`.

    Raises:
        NotAllowed: it does not.
    """
    right = [hashlib.sha256(secret.encode()).digest() for secret in secrets.both]
    given = [hashlib.sha256(each).digest() for each in _carried(delivery.headers)]  # of one length, whatever comes
    if not given:
        raise NotAllowed(
            f"The webhook carries no secret: send it as Authorization: Bearer, as basic auth or as {SECRET_HEADER}."
        )
    if not sum(is_any_of(each, right) for each in given):
        raise NotAllowed("The secret of the webhook is wrong.")


def _carried(headers: Mapping[str, str]) -> list[bytes]:
    carried = []
    if token := headers.get(SECRET_HEADER, "").strip():
        carried.append(token.encode("utf-8", "replace"))
    scheme, _, value = headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() == "bearer" and value.strip():
        carried.append(value.strip().encode("utf-8", "replace"))
    if scheme.lower() == "basic":
        try:
            both = base64.b64decode(value.strip().encode("ascii"), validate=True)
        except (binascii.Error, UnicodeEncodeError):
            return carried
        user, _, password = both.partition(b":")
        carried += [each for each in (both, user, password) if each]
    return carried

"""Standard Webhooks (standardwebhooks.com): how a delivery is signed, in both directions."""

import base64
import binascii
import hmac
from datetime import datetime, timedelta

from data.connectors.connector import Delivery, Secrets
from data.connectors.signatures import USUAL_WINDOW, is_any_of, require_header, require_recent
from triage.errors import InvalidInput, NotAllowed

__all__ = ["signed_headers", "signing_key", "verify"]

_PREFIX = "whsec_"
_MOST_SIGNATURES = 20


def signed_headers(
    secret: str, id_: str, sent_at: datetime, body: bytes, previous: str | None = None
) -> dict[str, str]:
    """The three headers of a delivery.

    Args:
        secret: `whsec_` and base64.
        id_: of the event; the same when it is sent again.
        sent_at: of this attempt, aware.
        body: its bytes.
        previous: a second secret to sign with, while the receiver is given the first one.

    Raises:
        InvalidInput: a secret is of another form.
    """
    seconds = str(int(sent_at.timestamp()))
    keys = [signing_key(each) for each in (secret, previous) if each is not None]
    return {
        "webhook-id": id_,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(f"v1,{_signature(key, id_, seconds, body)}" for key in keys),
    }


def signing_key(secret: str) -> bytes:
    """The key that a secret stands for.

    Raises:
        InvalidInput: the secret is not written `whsec_` and base64.
    """
    if not secret.startswith(_PREFIX):
        raise InvalidInput("A secret to sign with is written whsec_ and base64.")
    return _keys(secret)[0]


def verify(delivery: Delivery, secrets: Secrets, now: datetime, window: timedelta = USUAL_WINDOW) -> None:
    """Makes sure that one of the signatures is right; those of versions that nobody knows yet are skipped.

    Raises:
        NotAllowed: none is, a header is missing, or the time lies outside the window.
    """
    id_ = require_header(delivery.headers, "webhook-id")
    seconds = require_header(delivery.headers, "webhook-timestamp")
    listed = require_header(delivery.headers, "webhook-signature").split()[:_MOST_SIGNATURES]
    if not seconds.isdecimal():
        raise NotAllowed("The time of the webhook cannot be read.")
    require_recent(seconds, now, window)
    right = [_signature(key, id_, seconds, delivery.body).encode() for secret in secrets.both for key in _keys(secret)]
    given = [each.removeprefix("v1,") for each in listed if each.startswith("v1,")]
    if not sum(is_any_of(each.encode("utf-8", "replace"), right) for each in given):
        raise NotAllowed("The signature of the webhook is wrong; is the secret the same on both sides?")


def _signature(key: bytes, id_: str, seconds: str, body: bytes) -> str:
    message = f"{id_}.{seconds}.".encode("utf-8", "replace") + body
    return base64.b64encode(hmac.digest(key, message, "sha256")).decode()


def _keys(secret: str) -> list[bytes]:
    """The keys that a secret may mean: libraries decode one without the prefix, people expect its letters.

    Raises:
        InvalidInput: what follows the prefix is no base64.
    """
    bare = secret.removeprefix(_PREFIX)
    try:
        decoded = base64.b64decode(bare.encode(), validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    if secret != bare:
        if not decoded:
            raise InvalidInput("What follows whsec_ in the secret of a webhook is no base64.")
        return [decoded]
    return [decoded, secret.encode()] if decoded else [secret.encode()]

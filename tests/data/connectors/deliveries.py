"""What each system sends: its recorded payload, signed the way the system signs."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from data.connectors.connector import Delivery
from tests.data.connectors.peers import recorded

NOW = datetime(2026, 11, 21, 9, 0, 10, tzinfo=UTC)
SECRET = "whsec_" + base64.b64encode(b"a secret of a source").decode()
OTHER = "whsec_" + base64.b64encode(b"its secret from now on").decode()

Sign = Callable[[bytes, str, datetime], Mapping[str, str]]


def zendesk(body: bytes, secret: str, now: datetime) -> Mapping[str, str]:
    """As its documentation computes it."""
    sent_at = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    digest = hmac.new(secret.encode(), sent_at.encode() + body, hashlib.sha256).digest()
    return {
        "x-zendesk-webhook-signature": base64.b64encode(digest).decode(),
        "x-zendesk-webhook-signature-timestamp": sent_at,
        "x-zendesk-webhook-invocation-id": "01KB5Q",
    }


def jira(body: bytes, secret: str, now: datetime) -> Mapping[str, str]:  # noqa: ARG001
    """As WebSub does."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"x-hub-signature": f"sha256={digest}", "x-atlassian-webhook-identifier": "jira-1"}


def zammad(body: bytes, secret: str, now: datetime) -> Mapping[str, str]:  # noqa: ARG001
    """As WebSub did."""
    digest = hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()
    return {"x-hub-signature": f"sha1={digest}", "x-zammad-delivery": "9ae29ae4"}


def glpi(body: bytes, secret: str, now: datetime) -> Mapping[str, str]:
    """As its queue does."""
    sent_at = str(int(now.timestamp()))
    digest = hmac.new(secret.encode(), body + sent_at.encode(), hashlib.sha256).hexdigest()
    return {"x-glpi-signature": digest, "x-glpi-timestamp": sent_at}


def generic(body: bytes, secret: str, now: datetime) -> Mapping[str, str]:
    """As the specification writes it, after the signature of a version to come."""
    sent_at = str(int(now.timestamp()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, b".".join((b"msg_1", sent_at.encode(), body)), hashlib.sha256).digest()
    signatures = f"v1a,AAAA v2,BBBB v1,{base64.b64encode(digest).decode()}"
    return {"webhook-id": "msg_1", "webhook-timestamp": sent_at, "webhook-signature": signatures}


def bearer(body: bytes, secret: str, now: datetime) -> Mapping[str, str]:  # noqa: ARG001
    """Signs nothing."""
    return {"authorization": f"Bearer {secret}"}


@dataclass(frozen=True)
class Sender:
    """What a system sends, and what it should be read as."""

    name: str
    sign: Sign
    reference: str
    number: str
    customer: str
    actor: str | None
    group: str | None = "Service Desk"
    has_time: bool = False
    signed: bool = True
    minimal: Any = None

    @property
    def payload(self) -> Any:  # noqa: ANN401 - any JSON
        """A fresh copy of what was recorded."""
        return recorded(self.name)

    def delivery(
        self, payload: object = None, *, secret: str = SECRET, now: datetime = NOW, **headers: str
    ) -> Delivery:
        """The payload, sent; headers are changed after signing."""
        body = json.dumps(self.payload if payload is None else payload).encode()
        return Delivery({**self.sign(body, secret, now), **headers}, body)


def without(delivery: Delivery, *names: str) -> Delivery:
    """The delivery without these headers."""
    return replace(delivery, headers={name: value for name, value in delivery.headers.items() if name not in names})


SYS_ID = "a9e30c7dc61122760116894de7bcc7bd"
SENDERS: dict[str, Sender] = {
    each.name: each
    for each in (
        Sender("zendesk", zendesk, "35436", "35436", "20978392", "8447388090494", None, has_time=True,
               minimal={"type": "zen:event-type:ticket.status_changed", "detail": {"id": 35436}}),
        Sender("jira", jira, "10002", "IT-42", "5b10a2844c20165700ede21g", "5b10a2844c20165700ede21g",
               minimal={"issue": {"id": 10002, "key": "IT-42"}}),
        Sender("servicenow", bearer, SYS_ID, "INC0010042", "5137153cc611227c000bbd1bd8cd2005", "ann.lee", None,
               signed=False, minimal={"sys_id": SYS_ID}),
        Sender("freshservice", bearer, "4242", "4242", "ann.lee@example.org", "ann.lee@example.org",
               signed=False, minimal={"ticket_id": 4242}),
        Sender("zammad", zammad, "81", "67042", "ann.lee@example.org", "ann.lee@example.org",
               minimal={"ticket": {"id": "81"}}),
        Sender("glpi", glpi, "507", "507", "ann.lee", None, has_time=True,
               minimal={"event": "update", "item": {"id": "507"}}),
        Sender("rt", bearer, "1207", "1207", "ann.lee@example.org", "ann.lee@example.org", signed=False,
               minimal={"ticket": {"id": 1207}, "transaction": {"id": 9002}}),
        Sender("generic", generic, "T-1", "T-1", "ann.lee@example.org", "u42", has_time=True, minimal={"id": "T-1"}),
    )
}  # fmt: skip

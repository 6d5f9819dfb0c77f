"""A receiver of events that verifies them as Standard Webhooks say, and answers what it is told to."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from data.connectors.connector import Delivery, Secrets
from data.connectors.standard_webhooks import verify
from data.subscribers import Receiver
from tests.data.test_subscribers import secret
from tests.triage.test_subscribers import make_subscriber
from triage.subscribers import Subscriber

__all__ = ["FakeReceiver", "make_receiver"]


def make_receiver(subscriber: Subscriber | None = None, secrets: Secrets | None = None) -> Receiver:
    """A subscriber with a secret."""
    return Receiver(subscriber or make_subscriber(), secrets or Secrets(secret()))


@dataclass
class FakeReceiver:
    """Takes messages that are signed for it.

    Attributes:
        knows: its secret.
        answers: statuses or whole answers or faults, one a message; 204 when there are no more.
        messages: the bodies that it has taken or refused, with their ids and the moments that they were signed at.
    """

    knows: str = field(default_factory=secret)
    answers: list[int | httpx.Response | Exception] = field(default_factory=list)
    messages: list[tuple[str, datetime, dict[str, Any]]] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Verifies a message and answers."""
        signed_at = datetime.fromtimestamp(int(request.headers["webhook-timestamp"]), UTC)
        verify(Delivery(dict(request.headers), request.content), Secrets(self.knows), signed_at)
        self.messages.append((request.headers["webhook-id"], signed_at, json.loads(request.content)))
        answer = self.answers.pop(0) if self.answers else 204
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else httpx.Response(answer, content=iter((b"",)))

    def client(self) -> httpx.Client:
        """What reaches it."""
        return httpx.Client(transport=httpx.MockTransport(self), follow_redirects=False)

    @property
    def subjects(self) -> list[str]:
        """What it was told of, by `n` in the data."""
        return [body["data"]["n"] for _, _, body in self.messages]

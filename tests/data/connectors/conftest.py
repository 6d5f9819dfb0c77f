"""One of everything, for every connector."""

from collections.abc import Iterator

import httpx
import pytest

from data.connectors import CONNECTORS
from data.connectors.client import UserPassword, WebhookSecret, open_client
from data.connectors.connector import Connector, Options
from tests.data.connectors.deliveries import SENDERS, Sender
from tests.data.connectors.peers import PEERS, FakePeer

OWN_FIELDS = {"servicenow": {"tags": "u_tags"}, "rt": {"tags": "Tags"}}
"""Where a system has no tags, the desk has named a field for them."""


@pytest.fixture(params=sorted(CONNECTORS))
def system(request: pytest.FixtureRequest) -> str:
    """Every system there is."""
    return request.param


@pytest.fixture
def connector(system: str) -> Connector:
    """Its connector."""
    return CONNECTORS[system](Options(own_fields=OWN_FIELDS.get(system, {})))


@pytest.fixture
def sender(system: str) -> Sender:
    """What it sends."""
    return SENDERS[system]


@pytest.fixture
def peer(system: str) -> FakePeer:
    """The system itself."""
    return PEERS[system]()


@pytest.fixture
def client(system: str, peer: FakePeer) -> Iterator[httpx.Client]:
    """A client that asks it."""
    credentials = WebhookSecret("whsec_c2VjcmV0") if system == "generic" else UserPassword("triage", "a-password")
    with open_client("https://desk.example.org", credentials, transport=httpx.MockTransport(peer)) as opened:
        yield opened

"""What a connector to a ticketing system does, and what it takes and gives.

A connector verifies and reads deliveries, reads a ticket back, and writes. It keeps nothing but names that it looked
up; queues, retries and decisions are its caller's. A new system is a module beside this one and a line in
`CONNECTORS`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Protocol

import httpx

from data.connectors.marks import checked_mark
from triage.errors import InvalidInput
from triage.events import Event, TicketState
from triage.ticket import NewTicket

__all__ = [
    "Change",
    "Connector",
    "Delivery",
    "Finding",
    "Options",
    "Peer",
    "RemoteTicket",
    "Secrets",
    "WebhookReader",
]


@dataclass(frozen=True, slots=True)
class Delivery:
    """A webhook as it arrived: headers by their names in lower case, and the body's raw bytes."""

    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Secrets:
    """The secrets that a source may use now: one, or two while it is given a new one.

    Raises:
        InvalidInput: a secret is blank, which everybody could guess.
    """

    current: str = field(repr=False)
    previous: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not all(secret.strip() for secret in self.both):
            raise InvalidInput("The secret of a webhook must not be blank.")

    @property
    def both(self) -> tuple[str, ...]:
        """Those there are, the current one first."""
        return (self.current,) if self.previous is None else (self.current, self.previous)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What differs from desk to desk.

    `own_fields` leads from canonical names (and `tags`, `channel`, where a system has none) to the desk's own fields,
    by the names that the system's API has for them. `window` is how far a delivery's time may lie from now; None is
    the system's usual one.
    """

    own_fields: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    window: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteTicket:
    """A ticket as its system has it now.

    `version` is written as in `Event`, so that the two compare. `marks` are those of the changes whose notes are there.
    """

    reference: str
    number: str
    version: str | None
    ticket: NewTicket
    state: TicketState
    marks: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to be written to a ticket.

    Args:
        fields: labels in the preset's words, by canonical names.
        tags: added to those that are there.
        note: plain text that only agents see.
        mark: by which the note is known again; see `marks.py`.
        version: the ticket is written only if it still has this version; None writes in any case.

    Raises:
        InvalidInput: the mark is none.
    """

    fields: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    note: str | None = field(default=None, repr=False)
    mark: str
    version: str | None = None

    def __post_init__(self) -> None:
        checked_mark(self.mark)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: a sentence, and whether all is well with it."""

    passed: bool
    sentence: str


class WebhookReader(Protocol):
    """Takes what a system sends."""

    def verify(self, delivery: Delivery, secrets: Secrets, now: datetime) -> None:
        """Makes sure that who knows a secret sent these very bytes, and did so recently where the system says when.

        Raises:
            NotAllowed: it did not; one sentence says why.
        """

    def read(self, delivery: Delivery) -> Event:
        """What a delivery tells.

        Raises:
            InvalidInput: the body does not name a ticket; one sentence, without anything of the ticket.
        """


class Peer(Protocol):
    """Asks a system, by a client that `open_client` opened. Everything here raises `PeerError`."""

    def fetch(self, client: httpx.Client, reference: str) -> RemoteTicket:
        """The ticket as it is now."""

    def write(self, client: httpx.Client, reference: str, change: Change) -> None:
        """Makes the change, or what is missing of it. Notes are written last, so that a mark says that all is there."""

    def labels(self, client: httpx.Client, target: str) -> tuple[str, ...] | None:
        """What the system takes for a target today; None where it does not tell."""

    def check(self, client: httpx.Client, reference: str | None = None, *, may_write: bool = False) -> list[Finding]:
        """Whether the system is reached and which rights are missing; a note is written only where that is allowed.

        Args:
            client: as for the others.
            reference: of the ticket to read, and to write to; the newest is read where there is none.
            may_write: whether a note may be left on that ticket.
        """


class Connector(WebhookReader, Peer, Protocol):
    """One ticketing system. `fields` names the canonical fields that can be written, with the system's names."""

    @property
    def name(self) -> str:
        """As in `CONNECTORS`, and as its preset is called."""

    @property
    def fields(self) -> Mapping[str, str]:
        """What `Change.fields` may hold."""

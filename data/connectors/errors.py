"""What can go wrong at a ticketing system; a branch says what the caller does about it.

    TriageError
    └── PeerError             a ticketing system did not do what it was asked
        ├── TryLater            nothing is wrong with the question; ask again after `retry_after_seconds`
        │   ├── NotInTime         it may still be doing what it was asked: look again, but not at once
        │   └── TicketChanged     somebody changed the ticket since it was read: read it again, then decide again
        └── Refused             asking again would be answered alike
            └── Gone              there is no such ticket, or no longer

A message names the system, the status and fields, never a secret and never what a ticket says.
"""

from triage.errors import TriageError

__all__ = ["Gone", "NotInTime", "PeerError", "Refused", "TicketChanged", "TryLater"]


class PeerError(TriageError):
    """A ticketing system did not do what it was asked."""


class TryLater(PeerError):
    """It may work later.

    Attributes:
        retry_after_seconds: how long the system asked to wait; None where it said nothing.
    """

    def __init__(self, sentence: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(sentence)
        self.retry_after_seconds = retry_after_seconds


class NotInTime(TryLater):
    """It did not answer in time, and nobody knows what it has done or will do yet."""


class TicketChanged(TryLater):
    """The ticket is no longer as it was read, so nothing was written."""


class Refused(PeerError):
    """It will not work until somebody changes something.

    Attributes:
        status: the HTTP status of the answer; None where it was not even asked.
    """

    def __init__(self, sentence: str, status: int | None = None) -> None:
        super().__init__(sentence)
        self.status = status


class Gone(Refused):
    """The system has no such ticket, or no longer, or does not let us see it."""

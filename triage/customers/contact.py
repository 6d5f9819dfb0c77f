"""One contact of a customer with the desk: the atom that profiles are made of."""

from dataclasses import dataclass
from datetime import datetime

__all__ = ["Contact"]


@dataclass(frozen=True, slots=True)
class Contact:
    """A ticket seen from the customer's side; `opened_at` is aware, `ticket_type` None where nobody has settled it."""

    opened_at: datetime
    ticket_type: str | None = None

"""Customers' ids as they are stored: as they are, or as keyed hashes where an installation has a key.

Whatever stores a customer's id or looks one up asks here first; callers go on using their own ids. With another key
everybody is a stranger: what was stored before is found no more, and comes back only with another import.
"""

import hmac
import re
from dataclasses import replace

from pydantic import SecretStr

from data.database import storable
from triage.ticket import NewTicket, WorkedTicket

__all__ = ["PREFIX", "filed_with_stored_id", "shown_id", "stored_id", "worked_with_stored_id"]

PREFIX = "pseudonym:"
"""Marks a stored hash where it is shown, as in lists, so that it can be asked for in the place of an id."""

_N_DIGITS = 32  # 128 bits: two of a billion customers share one with a probability of 10 to the power of -21
_SHOWN = re.compile(rf"{PREFIX}([0-9a-f]{{{_N_DIGITS}}})")


def stored_id(customer_id: str, key: SecretStr | None) -> str:
    """The id as it is stored: HMAC-SHA256 in hex, shortened, where there is a key; else itself.

    Args:
        customer_id: a caller's own, or a stored one as `shown_id` showed it.
        key: the installation's; None where ids are stored as they are.
    """
    customer_id = storable(customer_id)
    if key is None:
        return customer_id
    if shown := _SHOWN.fullmatch(customer_id):
        return shown[1]
    return hmac.digest(key.get_secret_value().encode(), customer_id.encode(), "sha256").hex()[:_N_DIGITS]


def shown_id(stored: str, key: SecretStr | None) -> str:
    """A stored id as it is shown to whoever did not bring it."""
    return stored if key is None else f"{PREFIX}{stored}"


def filed_with_stored_id(ticket: NewTicket, key: SecretStr | None) -> NewTicket:
    """The ticket with its customer's id as it is stored."""
    if key is None or ticket.customer_id is None:
        return ticket
    return replace(ticket, customer_id=stored_id(ticket.customer_id, key))


def worked_with_stored_id(ticket: WorkedTicket, key: SecretStr | None) -> WorkedTicket:
    """The same of a worked ticket."""
    return ticket if key is None else replace(ticket, filed=filed_with_stored_id(ticket.filed, key))

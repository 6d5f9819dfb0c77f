"""Customers' ids as they are stored: the person's key, or a keyed hash of it where an installation has a secret.

Whatever stores a customer's id or looks one up asks here first; callers go on using their own ids, in any spelling.
With another secret everybody is a stranger: what was stored before is found no more, and comes back only with another
import.

Before there were keys, a spelling was hashed as it came. Nobody can turn such hashes back, so they cannot be brought
together; `earlier_ids` finds the one of a spelling that comes again.
"""

import hmac
import re
from collections.abc import Iterable
from dataclasses import replace

from pydantic import SecretStr

from data.database import storable
from triage.identity import person_key
from triage.ticket import NewTicket, WorkedTicket

__all__ = ["PREFIX", "earlier_ids", "filed_with_stored_id", "shown_id", "stored_id", "worked_with_stored_id"]

PREFIX = "pseudonym:"
"""Marks a stored hash where it is shown, as in lists, so that it can be asked for in the place of an id."""

_N_DIGITS = 32  # 128 bits: two of a billion customers share one with a probability of 10 to the power of -21
_SHOWN = re.compile(rf"{PREFIX}([0-9a-f]{{{_N_DIGITS}}})")


def stored_id(customer_id: str, key: SecretStr | None) -> str | None:
    """The id as it is stored: HMAC-SHA256 in hex, shortened, where there is a secret; else the key of the person.

    None for nobody, such as `Guest`.

    Args:
        customer_id: a caller's own in any spelling, or a stored one as `shown_id` showed it.
        key: the installation's secret; None where ids are stored as they are.
    """
    person = person_key(customer_id)
    if person is None or key is None:
        return person
    if shown := _SHOWN.fullmatch(person):
        return shown[1]
    return _hashed(person, key)


def earlier_ids(spellings: Iterable[str | None], key: SecretStr | None) -> dict[str, str]:
    """The ids that these very spellings were stored under before there were keys.

    Returns:
        By such an id the one of today. Nothing of spellings that are keys, and nothing without a secret.
    """
    if key is None:
        return {}
    found = {}
    for spelling in {spelling for spelling in spellings if spelling}:
        bare, id_ = storable(spelling).strip(), stored_id(spelling, key)
        if id_ is not None and bare != person_key(bare) and not _SHOWN.fullmatch(bare):
            found[_hashed(bare, key)] = id_
    return found


def shown_id(stored: str, key: SecretStr | None) -> str:
    """A stored id as it is shown to whoever did not bring it."""
    return stored if key is None else f"{PREFIX}{stored}"


def filed_with_stored_id(ticket: NewTicket, key: SecretStr | None) -> NewTicket:
    """The ticket with its customer's id as it is stored."""
    if key is None:
        return ticket
    id_ = None if ticket.customer_id is None else stored_id(ticket.customer_id, key)
    return replace(ticket, customer_id=id_, customer_as_filed=None)


def worked_with_stored_id(ticket: WorkedTicket, key: SecretStr | None) -> WorkedTicket:
    """The same of a worked ticket."""
    return ticket if key is None else replace(ticket, filed=filed_with_stored_id(ticket.filed, key))


def _hashed(text: str, key: SecretStr) -> str:
    return hmac.digest(key.get_secret_value().encode(), text.encode(), "sha256").hex()[:_N_DIGITS]

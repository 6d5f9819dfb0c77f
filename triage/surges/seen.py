"""A ticket as surges are counted: when, by whom, of which service and group, and with which words."""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from triage.customers.contact import is_automatic, service_of
from triage.text import normalise
from triage.ticket import NewTicket, WorkedTicket

__all__ = ["ALL", "DIMENSIONS", "MACHINES", "Kind", "Seen", "seen_of", "seen_of_worked", "service_named", "terms_of"]

DIMENSIONS: tuple[str, ...] = ("all", "machine", "group", "service", "topic")
"""What incidents can have in common, the most specific last."""

MOST_TERMS = 40
"""So many different words of a ticket count: what comes later is a log or a quotation."""

_READ_CHARACTERS = 1_500
_TERM = re.compile(r"(?<![\w-])(?=[\w-]*[^\W\d_])\w{1,40}(?:-\w{1,40}){0,4}(?![\w-])")
_SHORTEST_WORD, _SHORTEST_CODE = 3, 4

# They rise every week and every month, and nothing has failed.
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november"),
    *("december", "januar", "jänner", "februar", "märz", "maerz", "mai", "juni", "juli", "oktober", "dezember"),
)
_DAYS = (
    *("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "today", "yesterday", "tomorrow"),
    *("montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonnabend", "sonntag", "heute", "gestern"),
)
_MARKS = ("weblink", "emailaddress", "deviceaddress", "ipaddress", "bankaccount", "longnumber")  # of `normalise`
_NO_TERMS = frozenset((*_MONTHS, *_DAYS, "morgen", *_MARKS))


class Kind(NamedTuple):
    """What incidents have in common: a dimension, and the service, group or word; "" where there is only one."""

    dimension: str
    value: str


ALL, MACHINES = Kind("all", ""), Kind("machine", "")


@dataclass(frozen=True, slots=True)
class Seen:
    """One incident.

    Attributes:
        id: of its ticket.
        at: when it was opened, aware.
        customer_id: whose it is; None where nobody knows, which counts as somebody of their own.
        is_machine: whether a machine wrote it: it is of the kind `machine` and of no other.
        service: that it is about; None where nobody says.
        group: that has it, or that the model suggests; None where neither is known.
        terms: its different words, at most `MOST_TERMS`.
    """

    id: str
    at: datetime
    customer_id: str | None = None
    is_machine: bool = False
    service: str | None = None
    group: str | None = None
    terms: tuple[str, ...] = field(default=(), repr=False)

    @property
    def kinds(self) -> list[Kind]:
        """All that it counts for."""
        if self.is_machine:
            return [MACHINES]
        kinds = [ALL]
        if self.service:
            kinds.append(Kind("service", self.service))
        if self.group:
            kinds.append(Kind("group", self.group))
        kinds.extend(Kind("topic", term) for term in self.terms)
        return kinds

    @property
    def caller(self) -> str:
        """Who it is from; somebody of their own where nobody knows."""
        return f"ticket {self.id}" if self.customer_id is None else self.customer_id


def seen_of(
    ticket: NewTicket, at: datetime, category: str | None, group: str | None, is_machine: bool | None = None
) -> Seen:
    """How a ticket counts.

    Args:
        ticket: as it is stored.
        at: when it was opened, or came here where it does not say.
        category: what people filed it under, for where the ticket itself names no service.
        group: that has it, or that the model suggests.
        is_machine: whether a machine wrote it, where that was read off the text as it came; None to read it now.
    """
    return Seen(
        id=ticket.id,
        at=at,
        customer_id=ticket.customer_id,
        is_machine=is_automatic(ticket) if is_machine is None else is_machine,
        service=service_named(ticket.attributes, category),
        group=group,
        terms=terms_of(ticket.subject, ticket.body),
    )


def seen_of_worked(ticket: WorkedTicket) -> Seen | None:
    """How a ticket of an export counts; None for a request, and for one without a date."""
    filed = ticket.filed
    if filed.opened_at is None or ticket.ticket_type == "request":
        return None
    return seen_of(filed, filed.opened_at, ticket.category, ticket.assignment_group)


def service_named(attributes: Mapping[str, str], category: str | None) -> str | None:
    """The service that a ticket is about: what was filled in, else what people filed it under."""
    return service_of(attributes) or category or None


def terms_of(subject: str, body: str) -> tuple[str, ...]:
    """The different words of a text that a surge may be named by, in order: words, and codes of letters and digits.

    Numbers alone are dates and amounts. The calendar's words rise with the calendar, and marks stand for anything.
    """
    found: dict[str, None] = {}
    for match in _TERM.finditer(normalise(f"{subject}\n{body[:_READ_CHARACTERS]}")):
        term = match[0]
        shortest = _SHORTEST_CODE if any(map(str.isdigit, term)) else _SHORTEST_WORD
        if len(term) >= shortest and term not in _NO_TERMS:
            found[sys.intern(term)] = None
            if len(found) == MOST_TERMS:
                break
    return tuple(found)

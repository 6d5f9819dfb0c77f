"""Generated desks in which some people say again what they said before, with the truth of who did.

Beside them stand what looks like it and is not: the usual further tickets of the same person, tickets about another
fault of the same service within the hour, and the same words about another device.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from data.samples.catalogue import load_catalogue
from data.samples.desk import Desk, generate_desk
from data.samples.occasions import Occasion
from data.samples.typos import mistype
from data.samples.writing import Writer
from triage.customers.contact import is_automatic
from triage.links import OPEN_FOR, RECENT, EarlierTicket
from triage.ticket import NewTicket, WorkedTicket

__all__ = ["KINDS", "Repeat", "RepeatingDesk", "candidates", "repeating_desk"]

KINDS = ("copy", "forward", "reminder", "call", "shortened", "reworded", "other fault", "other device")
"""How a person says it again; the last two are no duplicates."""

REPEATED_RATIO = 0.08
_NO_DUPLICATES = KINDS[-2:]
_DEVICE = re.compile(r"LT-\d{5}")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_REMINDERS = (
    "Any news on this?",
    "Nobody has called me back yet.",
    "I am still waiting.",
    "Could somebody please look?",
)
_FORWARDS = ("Also sent to the hotline.", "Sending this to you as well.", "FYI, see below.", "Nobody answers there.")


@dataclass(frozen=True, slots=True)
class Repeat:
    """Which ticket a planted one was made of, and how; `of` is its duplicate unless the kind says otherwise."""

    of: str
    kind: str

    @property
    def is_duplicate(self) -> bool:
        """Whether both are about the same."""
        return self.kind not in _NO_DUPLICATES


@dataclass(frozen=True, slots=True)
class RepeatingDesk:
    """Tickets in order of time; `repeats` says of the planted ones, by their ids, what they are."""

    tickets: tuple[WorkedTicket, ...]
    repeats: dict[str, Repeat]


def repeating_desk(seed: int, *, n_tickets: int = 4_000, n_customers: int = 300) -> RepeatingDesk:
    """A desk of which one ticket in twelve is said again in one of `KINDS`."""
    rng = Random(seed)  # noqa: S311 - no secret
    desk = generate_desk(n_tickets=n_tickets, n_customers=n_customers, seed=seed)
    names = {each.id: each.display_name for each in desk.customers}
    worked = [_in_form(_on_own_device(each), names) for each in desk.tickets]
    repeater = _Repeater(rng, desk)
    repeats: dict[str, Repeat] = {}
    planted: list[WorkedTicket] = []
    for each in worked:
        if is_automatic(each.filed) or rng.random() >= REPEATED_RATIO:
            continue
        kind = rng.choice(KINDS)
        if kind == "other device" and not _DEVICE.search(each.filed.body):
            kind = "other fault"
        made = repeater.repeated(each.filed, kind, f"DUP{len(planted):06d}")
        repeats[made.id] = Repeat(each.filed.id, kind)
        planted.append(replace(each, filed=made))
    together = sorted([*worked, *planted], key=lambda each: _moment(each.filed))
    return RepeatingDesk(tuple(together), repeats)


def candidates(desk: RepeatingDesk) -> Iterator[tuple[NewTicket, list[EarlierTicket]]]:
    """Each ticket of a person with what they had filed before, as it stood at that moment."""
    before: dict[str, list[WorkedTicket]] = {}
    for worked in desk.tickets:
        ticket = worked.filed
        if ticket.customer_id is None or is_automatic(ticket):
            continue
        now, earlier = _moment(ticket), before.setdefault(ticket.customer_id, [])
        yield ticket, [_as_of(each, now) for each in earlier if _is_looked_at(each, now)]
        earlier.append(worked)


def _is_looked_at(earlier: WorkedTicket, now: datetime) -> bool:
    age = now - _moment(earlier.filed)
    is_open = earlier.settled_at is None or earlier.settled_at > now
    return age <= RECENT or (is_open and age <= OPEN_FOR)


def _as_of(earlier: WorkedTicket, now: datetime) -> EarlierTicket:
    settled = earlier.settled_at if earlier.settled_at is not None and earlier.settled_at <= now else None
    return EarlierTicket(ticket=earlier.filed, group=earlier.assignment_group, settled_at=settled)


def _moment(ticket: NewTicket) -> datetime:
    assert ticket.opened_at is not None  # noqa: S101  (generated tickets have one)
    return ticket.opened_at


def _on_own_device(worked: WorkedTicket) -> WorkedTicket:
    """The ticket with the one device that its person has; the generator draws another for each."""
    number = Random(worked.filed.customer_id).randrange(10_000, 99_999)  # noqa: S311 - no secret
    return replace(worked, filed=_with_device(worked.filed, number))


def _in_form(worked: WorkedTicket, names: Mapping[str, str]) -> WorkedTicket:
    """The ticket as a portal's form writes it down, where it came that way: the same words around every text."""
    ticket = worked.filed
    if ticket.channel != "portal" or ticket.customer_id is None:
        return worked
    head = (
        f"name: {names[ticket.customer_id]}\nlanguage: {ticket.language}\nbrowser: Firefox on Windows\ncustomer number:"
    )
    return replace(worked, filed=replace(ticket, body=f"{head}\ntelephone:\nsummary: {ticket.body}"))


def _with_device(ticket: NewTicket, number: int) -> NewTicket:
    subject, body = (_DEVICE.sub(f"LT-{number}", text) for text in (ticket.subject, ticket.body))
    return replace(ticket, subject=subject, body=body)


class _Repeater:
    """Says tickets again."""

    def __init__(self, rng: Random, desk: Desk) -> None:
        self._rng = rng
        self._catalogue = load_catalogue()
        self._writer = Writer(rng, self._catalogue)
        self._customers = {each.id: each for each in desk.customers}
        self._services = {each.name: each for each in self._catalogue.services}

    def repeated(self, ticket: NewTicket, kind: str, id_: str) -> NewTicket:
        """The ticket said again, minutes to days later."""
        rng = self._rng
        later = _moment(ticket) + timedelta(minutes=min(rng.expovariate(1 / 600), 6 * 24 * 60))
        subject, body, channel = self._text(ticket, kind, later)
        attributes = dict(ticket.attributes)
        if rng.random() < 0.25:
            attributes.pop("service", None)
        return replace(
            ticket, id=id_, subject=subject, body=body, channel=channel, opened_at=later, attributes=attributes
        )

    def _text(  # noqa: PLR0911  (each way of saying it again has its own)
        self, ticket: NewTicket, kind: str, later: datetime
    ) -> tuple[str, str, str]:
        rng, subject, body = self._rng, ticket.subject, ticket.body
        sentences = [each for each in _SENTENCE.split(body) if each.strip()]
        if kind == "copy":
            return subject, mistype(rng, body, 0.02), rng.choice(("email", "portal"))
        if kind == "forward":
            header = f"-----Original Message-----\nFrom: Ann Lee\nSent: Monday\nTo: hotline\nSubject: {subject}"
            return f"FW: {subject}", f"{rng.choice(_FORWARDS)}\n\n{header}\n\n{body}", "email"
        if kind == "reminder":
            quoted = "\n".join(f"> {line}" for line in body.split("\n"))
            named = f" ({ticket.id})" if rng.random() < 0.4 else ""
            return (
                f"Re: {subject}{named}",
                f"{rng.choice(_REMINDERS)}\n\nOn Monday 9:12 Ann Lee wrote:\n{quoted}",
                "email",
            )
        if kind == "call":
            kept = sentences[: max(1, (len(sentences) + 1) // 2)]
            return f"Call: {subject}", f"User called again. {' '.join(kept)}", "phone"
        if kind == "shortened":
            kept = [each for each in sentences if rng.random() < 0.7] or sentences
            rng.shuffle(kept)
            return sentences[0][:60] if sentences else subject, mistype(rng, " ".join(kept), 0.03), "chat"
        if kind == "other device":
            other = _with_device(ticket, rng.randrange(10_000, 99_999))
            return other.subject, other.body, "portal"
        return self._written(ticket, kind, later)

    def _written(self, ticket: NewTicket, kind: str, later: datetime) -> tuple[str, str, str]:
        """The same fault, or another one of the same service, in other words of the same person."""
        customer = self._customers[str(ticket.customer_id)]
        service = self._services.get(ticket.attributes.get("service", ""), self._catalogue.services[0])
        occasion = Occasion(later, customer, service, is_incident=True, symptom=self._rng.randrange(1000))
        channel = self._rng.choice(("email", "portal", "phone"))
        written = self._writer.write(occasion, channel, 1, 1)
        if kind == "reworded":
            sentences = [each for each in _SENTENCE.split(ticket.body) if each.strip()]
            told = max(sentences, key=len, default=ticket.body)
            return ticket.subject if self._rng.random() < 0.3 else written.subject, f"{told} {_REMINDERS[0]}", channel
        return written.subject, written.body, channel

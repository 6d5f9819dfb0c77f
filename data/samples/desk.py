"""A whole believable service desk from one seed, with the truth that an export hides.

For demos, tests and benchmarks: the same arguments give the same desk on every machine. What people write is in
`writing.py`, why they write in `occasions.py`, what becomes of it in `lifecycle.py`.
"""

from bisect import bisect_right
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from types import MappingProxyType

from data.samples.catalogue import Catalogue, load_catalogue
from data.samples.lifecycle import Workshop, draw_stakes
from data.samples.occasions import Occasion, Planner
from data.samples.people import SampleCustomer, make_customers
from data.samples.rhythm import Rhythm, months_before
from data.samples.writing import Writer
from triage.errors import InvalidInput
from triage.ticket import NewTicket, WorkedTicket

__all__ = ["Desk", "file_and_work", "generate_desk"]

N_MONTHS = 18
"""How far the history of a sample desk goes back."""

_CHANNELS = ("email", "portal", "phone", "chat")
_CHANNEL_WEIGHTS = (0.42, 0.69, 0.87, 1.0)
_FREQUENT_CALLER_WEIGHTS = (0.25, 0.38, 0.85, 1.0)


@dataclass(frozen=True, slots=True)
class Desk:
    """Tickets in order of time, the customers who filed them, and what only the generator knows.

    `true_groups` and `true_types` run along `tickets`: the group that should have had the ticket and what it really
    was, where the recorded labels are wrong now and then, as people's are.
    """

    tickets: tuple[WorkedTicket, ...]
    customers: tuple[SampleCustomer, ...]
    true_groups: tuple[str, ...]
    true_types: tuple[str, ...]

    def cut(self, at: int) -> tuple["Desk", "Desk"]:
        """The desk up to a ticket, and from it on; `at` counts from the end where it is negative."""
        earlier, later = (
            replace(
                self,
                tickets=self.tickets[part],
                true_groups=self.true_groups[part],
                true_types=self.true_types[part],
            )
            for part in (slice(None, at), slice(at, None))
        )
        return earlier, later


def generate_desk(
    *, n_tickets: int = 8000, n_customers: int = 600, seed: int = 7, end: date = date(2026, 6, 30)
) -> Desk:
    """A service desk of eighteen months up to and including `end`.

    Args:
        n_tickets: exactly so many tickets.
        n_customers: people and accounts together; not all of them need to have called.
        seed: another seed is another desk.
        end: the day of the export; tickets that would be resolved later are open.

    Raises:
        InvalidInput: when there would be no ticket, or fewer than ten customers to give the traits to.
    """
    if n_tickets < 1:
        raise InvalidInput(f"A sample desk needs at least 1 ticket, not {n_tickets}.")
    if n_customers < 10:
        raise InvalidInput(f"A sample desk needs at least 10 customers, not {n_customers}.")
    rng = Random(seed)  # noqa: S311  # nothing here is secret, and the same seed must give the same desk
    catalogue = load_catalogue()
    rhythm = Rhythm(months_before(end + timedelta(days=1), N_MONTHS), end)
    customers = make_customers(rng, n_customers, len(catalogue.services), rhythm.n_months)
    occasions = Planner(rng, catalogue, customers, rhythm).plan(n_tickets)
    return Desk(
        tickets=file_and_work(rng, catalogue, rhythm, occasions),
        customers=customers,
        true_groups=tuple(occasion.service.group for occasion in occasions),
        true_types=tuple("incident" if occasion.is_incident else "request" for occasion in occasions),
    )


def file_and_work(
    rng: Random, catalogue: Catalogue, rhythm: Rhythm, occasions: list[Occasion]
) -> tuple[WorkedTicket, ...]:
    """The tickets that come of occasions, in the same order, numbered from 1."""
    writer = Writer(rng, catalogue)
    workshop = Workshop(rng, catalogue, rhythm.closes_at)
    forms = _Forms(rng, catalogue)
    tickets = []
    for number, occasion in enumerate(occasions, start=1):
        stakes = draw_stakes(rng, occasion)
        channel = _channel(rng, occasion)
        written = writer.write(occasion, channel, stakes.impact, stakes.urgency)
        filed = NewTicket(
            id=f"TKT{number:07d}",
            subject=written.subject,
            body=written.body,
            opened_at=occasion.opened_at,
            customer_id=occasion.customer.id,
            channel=channel,
            language=written.language,
            attributes=forms.filled_in(occasion),
        )
        tickets.append(workshop.work(filed, occasion, stakes))
    return tuple(tickets)


def _channel(rng: Random, occasion: Occasion) -> str:
    if occasion.is_alert:
        return "monitoring"
    traits = occasion.customer.traits
    if "shared_mailbox" in traits:
        return "email"
    weights = _FREQUENT_CALLER_WEIGHTS if "frequent_caller" in traits else _CHANNEL_WEIGHTS
    return _CHANNELS[bisect_right(weights, rng.random())]


class _Forms:
    """What callers fill in beside the text: their location, and the service as far as they know it.

    The service is right in about four of five tickets, another one in some, and left blank in the others. Equal
    answers share one mapping, which is what keeps a million tickets small.
    """

    def __init__(self, rng: Random, catalogue: Catalogue) -> None:
        self._rng = rng
        self._services = catalogue.services
        self._answers: dict[tuple[str, str | None], MappingProxyType[str, str]] = {}

    def filled_in(self, occasion: Occasion) -> MappingProxyType[str, str]:
        location, service = occasion.customer.location, self._service(occasion)
        if (location, service) not in self._answers:
            answer = {"location": location} if service is None else {"location": location, "service": service}
            self._answers[location, service] = MappingProxyType(answer)
        return self._answers[location, service]

    def _service(self, occasion: Occasion) -> str | None:
        chance = self._rng.random()
        if chance < 0.8 or occasion.is_alert:
            return occasion.service.name
        if chance < 0.92:
            return self._services[int(self._rng.random() * len(self._services))].name
        return None

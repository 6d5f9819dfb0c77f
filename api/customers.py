"""What is answered about customers, wherever they are asked about: alone, in a list, or with a ticket."""

import base64
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection

from api.desk import Desk
from data.customers import Caller, callers, contact_from, contacts_of_all, spellings
from data.database import storable
from data.persons import Person, find
from data.plans import open_plan_of, open_plans
from data.pseudonyms import shown_id
from data.vips import Vip, marks_of
from triage.customers.contact_columns import ContactColumns
from triage.customers.model import CustomerModel, DescribedCustomer
from triage.customers.plans import Plan
from triage.customers.playbook import Playbook
from triage.customers.profile import YEAR, CustomerProfile
from triage.customers.segments import Segment
from triage.errors import InvalidInput

__all__ = [
    "LOOKED_AT_TOGETHER",
    "MEASURES",
    "MOST_LOOKED_AT",
    "MOST_READ",
    "Answer",
    "Page",
    "Position",
    "customer_answer",
    "customers_answers",
    "described_callers",
    "page_of",
    "plan_answer",
    "shown_names",
    "unprofiled",
    "vip_answer",
]

Answer = dict[str, Any]
"""A part of an answer as JSON will have it; dictionaries are encoded in a fraction of the time of models."""

RATIO, MEAN, SPAN = 4, 2, 1
"""Digits of a share or probability, of a rate, mean or trend, and of hours or days."""

MEASURES: dict[str, tuple[str, int | None]] = {
    "contacts_30d": ("n_contacts_30d", None),
    "contacts_90d": ("n_contacts_90d", None),
    "contacts_365d": ("n_contacts_365d", None),
    "expected_contacts_30d": ("contacts_per_30d", MEAN),
    "trend": ("trend", MEAN),
    "days_since_first": ("days_since_first", SPAN),
    "days_since_last": ("days_since_last", SPAN),
    "incident_share": ("incident_ratio", RATIO),
    "services_with_incidents": ("n_services_with_incidents", None),
    "main_topic": ("main_topic", None),
    "main_topic_contacts_90d": ("n_main_topic_90d", None),
    "reopens": ("n_reopens", None),
    "mean_reassignments": ("mean_reassignments", MEAN),
    "hours_lost_90d": ("hours_lost_90d", SPAN),
    "first_contact_share": ("first_contact_ratio", RATIO),
    "satisfaction": ("satisfaction", MEAN),
    "self_service_share": ("self_service_ratio", RATIO),
    "writing_precision": ("writing_precision", RATIO),
}
"""Of each field of an answer's profile: the measure that it tells, and to how many digits; whole or no number: None."""

_TOLD = [(name, digits) for name, (_, digits) in MEASURES.items()]
_measures: Callable[[CustomerProfile], tuple[Any, ...]] = attrgetter(*(measure for measure, _ in MEASURES.values()))

MOST_LOOKED_AT, MOST_READ = 500, 10_000
"""So many customers are looked at for a page, and so many contacts read: about a second at worst, on any desk."""

LOOKED_AT_TOGETHER = 20
"""Customers whose contacts are read at once: few enough to read little beyond what a page needs."""

_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def customer_answer(customer_id: str, found: DescribedCustomer, plan: Plan | None, playbook: Playbook) -> Answer:
    """A customer with what holds of them, what was agreed, and what is suggested; as `CustomerAnswer` says.

    A reason to call often is followed by a suggestion only where somebody does, or is about to.
    """
    holding = {segment.name for segment in found.segments}
    if found.kind is not None and found.is_flagged:
        holding.add(found.kind.name)
    suggestion = playbook.suggest(holding, found.profile.as_of.date())
    return {
        "id": customer_id,
        "opted_out": False,
        "segments": [_segment_answer(segment) for segment in found.segments],
        "kind": None if found.kind is None else _segment_answer(found.kind),
        "frequent_flyer": {"probability": _rounded(found.probability, RATIO), "flag": found.is_flagged},
        "profile": _profile_answer(found.profile),
        "plan": None if plan is None else plan_answer(plan),
        "suggestion": None
        if suggestion is None
        else {
            "segment": suggestion.segment,
            "next_call": suggestion.next_call,
            "next_step": suggestion.next_step,
            "review_on": suggestion.review_on,
        },
    }


def unprofiled(customer_id: str) -> Answer:
    """A customer who wants no profile; as `CustomerAnswer` says."""
    return {
        "id": customer_id,
        "opted_out": True,
        "segments": [],
        "kind": None,
        "frequent_flyer": {"probability": None, "flag": False},
        "profile": None,
        "plan": None,
        "suggestion": None,
    }


def plan_answer(plan: Plan) -> Answer:
    """A plan as it goes over the wire; as `PlanAnswer` says."""
    terms = plan.terms
    return {
        "segment": terms.segment,
        "owner": terms.owner,
        "next_step": terms.next_step,
        "review_on": terms.review_on,
        "outcome": terms.outcome,
        "note": terms.note,
        "created_at": plan.created_at,
        "updated_at": plan.updated_at,
    }


def vip_answer(vip: Vip | None) -> Answer:
    """What people are shown of a mark beside a customer; as `SeenCustomer` says. No program that scores is told."""
    return {"vip": None if vip is None else {"reason": vip.reason, "since": vip.marked_at}}


@dataclass(frozen=True, slots=True)
class Position:
    """Where a list stands: the moment it is as of, and the last customer that was looked at; None at its beginning."""

    as_of: datetime
    last: Caller | None = None

    def to_text(self) -> str:
        """What a client sends to go on from here."""
        last = None if self.last is None else [self.last.customer_id, self.last.n_contacts]
        return base64.urlsafe_b64encode(json.dumps([self.as_of.isoformat(), last]).encode()).decode()

    @classmethod
    def from_text(cls, text: str) -> "Position":
        """The position that a client was given.

        Raises:
            InvalidInput: for any other text.
        """
        try:
            as_of, (customer_id, n_contacts) = json.loads(base64.urlsafe_b64decode(text))
            found = cls(datetime.fromisoformat(as_of), Caller(str(customer_id), int(n_contacts)))
        except (OverflowError, RecursionError, TypeError, ValueError):
            found = None
        if found is None or not found.can_be_asked_from():
            raise InvalidInput("This `after` is none that an answer gave as `next`; leave it out for the first page.")
        return found

    def can_be_asked_from(self) -> bool:
        """Whether a database can be asked for what comes after: a client may have made it up."""
        return (
            self.last is not None
            and storable(self.last.customer_id) == self.last.customer_id
            and 0 < self.last.n_contacts < 2**31
            and self.as_of.tzinfo is not None
            and _FIRST < self.as_of < _LAST
        )


@dataclass(frozen=True, slots=True)
class Page:
    """Customers, who each of them is, all their stored ids, and where the next page begins; None at the end."""

    customers: list[Answer]
    persons: list[Person]
    stored_ids: list[str]
    next: Position | None


def page_of(connection: Connection, desk: Desk, segment: str, limit: int, position: Position) -> Page:
    """Customers of the last year of whom something holds, most contacts first; who opted out is not among them.

    Profiles are made of contacts, not kept, so a page looks at so many customers and no more, whatever it finds.
    """
    model, since = desk.customers(), position.as_of - YEAR
    asked = callers(connection, since, position.as_of, most=MOST_LOOKED_AT, after=position.last)
    persons = find(connection, (caller.customer_id for caller in asked))
    found: dict[str, DescribedCustomer] = {}
    n_read, last = 0, position.last
    for at in range(0, len(asked), LOOKED_AT_TOGETHER):
        described = described_callers(connection, model, asked[at : at + LOOKED_AT_TOGETHER], persons, position.as_of)
        for caller in asked[at : at + LOOKED_AT_TOGETHER]:
            if len(found) == limit or n_read >= MOST_READ:
                break
            last = caller
            customer = described.get(caller.customer_id)
            if customer is not None:
                n_read += customer.profile.n_contacts_365d
                if _holds(segment, customer):
                    found[caller.customer_id] = customer
        if len(found) == limit or n_read >= MOST_READ:
            break
    is_end = len(asked) < MOST_LOOKED_AT and (not asked or last == asked[-1])
    shown = shown_names(connection, [persons[id_] for id_ in found], desk)
    stored_ids = [one for id_ in found for one in persons[id_].ids]
    plans = open_plans(connection, stored_ids)
    vips = marks_of(connection, [persons[id_] for id_ in found])
    answers = [
        customer_answer(shown[id_], described, open_plan_of(persons[id_], plans), desk.playbook)
        | vip_answer(vips.get(id_))
        for id_, described in found.items()
    ]
    return Page(
        answers, [persons[id_] for id_ in found], stored_ids, None if is_end else Position(position.as_of, last)
    )


def customers_answers(
    connection: Connection, desk: Desk, customer_ids: Iterable[str], now: datetime
) -> dict[str, Answer]:
    """Who these customers are as of now, by the stored ids that were asked about; who opted out is only said to have.

    Raises:
        ModelUnusable: a model was promoted and may not answer.
    """
    persons = find(connection, customer_ids)
    profiled = {person.id: person for person in persons.values() if not person.is_out}
    ids = {id_: person.ids for id_, person in profiled.items()}
    rows = contacts_of_all(connection, ids, now - YEAR, now)
    contacts = [(id_, ContactColumns.of(map(contact_from, rows[id_])), now) for id_ in ids]
    described = dict(zip(ids, desk.customers().describe_all(contacts), strict=True))
    plans = open_plans(connection, [id_ for person in profiled.values() for id_ in person.ids])
    vips = marks_of(connection, profiled.values())
    shown = shown_names(connection, list(persons.values()), desk)
    return {
        id_: vip_answer(vips.get(person.id))
        | (
            unprofiled(shown[person.id])
            if person.is_out
            else customer_answer(shown[person.id], described[person.id], open_plan_of(person, plans), desk.playbook)
        )
        for id_, person in persons.items()
    }


def described_callers(
    connection: Connection,
    model: CustomerModel,
    asked: Sequence[Caller],
    persons: Mapping[str, Person],
    as_of: datetime,
) -> dict[str, DescribedCustomer]:
    """Those of the callers who may be described, by the id that they go by."""
    ids = {one.customer_id: persons[one.customer_id].ids for one in asked if not persons[one.customer_id].is_out}
    rows = contacts_of_all(connection, ids, as_of - YEAR, as_of)
    contacts = [(id_, ContactColumns.of(map(contact_from, rows[id_])), as_of) for id_ in ids]
    return dict(zip(ids, model.describe_all(contacts), strict=True))


def shown_names(connection: Connection, persons: Sequence[Person], desk: Desk) -> dict[str, str]:
    """What each person is called in a list, by the id that they go by."""
    if desk.customer_key is None:
        return spellings(connection, persons)
    return {person.id: shown_id(person.id, desk.customer_key) for person in persons}


def _holds(name: str, found: DescribedCustomer) -> bool:
    kinds = () if found.kind is None else (found.kind,)
    return any(segment.name == name for segment in (*found.segments, *kinds))


def _segment_answer(segment: Segment) -> Answer:
    return {"name": segment.name, "reason": segment.reason}


def _profile_answer(profile: CustomerProfile) -> Answer:
    answer = {
        name: value if digits is None else _rounded(value, digits)
        for (name, digits), value in zip(_TOLD, _measures(profile), strict=True)
    }
    answer["channels"] = dict(profile.channels)
    return answer


def _rounded(value: float | None, digits: int) -> float | None:
    """What is told of a number; what follows from it was decided before."""
    return None if value is None else round(value, digits) + 0.0  # -0.0 becomes 0.0

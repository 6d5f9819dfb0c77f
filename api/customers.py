"""What is answered about customers, wherever they are asked about: alone, in a list, or with a ticket."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection

from api.customer_schemas import (
    CustomerAnswer,
    FrequentFlyer,
    PlanAnswer,
    Profile,
    SegmentAnswer,
    SuggestionAnswer,
)
from api.desk import Desk
from data.customers import Caller, callers, contacts_of, spellings
from data.database import storable
from data.persons import Person, find
from data.plans import open_plan_of, open_plans
from data.pseudonyms import shown_id
from triage.customers.model import DescribedCustomer
from triage.customers.plans import Plan
from triage.customers.playbook import Playbook
from triage.customers.profile import YEAR, CustomerProfile
from triage.customers.segments import Segment
from triage.errors import InvalidInput

__all__ = ["Page", "Position", "customer_answer", "page_of", "plan_answer", "unprofiled"]

MOST_LOOKED_AT, MOST_READ = 500, 10_000
"""So many customers are looked at for a page, and so many contacts read: about a second at worst, on any desk."""

_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def customer_answer(
    customer_id: str, found: DescribedCustomer, plan: Plan | None, playbook: Playbook
) -> CustomerAnswer:
    """A customer with what holds of them, what was agreed, and what is suggested.

    A reason to call often is followed by a suggestion only where somebody does, or is about to.
    """
    holding = {segment.name for segment in found.segments}
    if found.kind is not None and found.is_flagged:
        holding.add(found.kind.name)
    suggestion = playbook.suggest(holding, found.profile.as_of.date())
    return CustomerAnswer(
        id=customer_id,
        opted_out=False,
        segments=[_segment_answer(segment) for segment in found.segments],
        kind=None if found.kind is None else _segment_answer(found.kind),
        frequent_flyer=FrequentFlyer(probability=found.probability, flag=found.is_flagged),
        profile=_profile_answer(found.profile),
        plan=None if plan is None else plan_answer(plan),
        suggestion=None
        if suggestion is None
        else SuggestionAnswer(
            segment=suggestion.segment,
            next_call=suggestion.next_call,
            next_step=suggestion.next_step,
            review_on=suggestion.review_on,
        ),
    )


def unprofiled(customer_id: str) -> CustomerAnswer:
    """A customer who wants no profile."""
    return CustomerAnswer(
        id=customer_id,
        opted_out=True,
        segments=[],
        kind=None,
        frequent_flyer=FrequentFlyer(probability=None, flag=False),
        profile=None,
        plan=None,
        suggestion=None,
    )


def plan_answer(plan: Plan) -> PlanAnswer:
    """A plan as it goes over the wire."""
    terms = plan.terms
    return PlanAnswer(
        segment=terms.segment,
        owner=terms.owner,
        next_step=terms.next_step,
        review_on=terms.review_on,
        outcome=terms.outcome,
        note=terms.note,
        created_at=plan.created_at,
        updated_at=plan.updated_at,
    )


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
    """Customers, all their stored ids, and where the next page begins; None at the end."""

    customers: list[CustomerAnswer]
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
    for caller in asked:
        if len(found) == limit or n_read >= MOST_READ:
            break
        last = caller
        person = persons[caller.customer_id]
        if person.is_out:
            continue
        contacts = contacts_of(connection, person.ids, since, position.as_of)
        n_read += len(contacts)
        described = model.describe(caller.customer_id, contacts, position.as_of)
        if _holds(segment, described):
            found[caller.customer_id] = described
    is_end = len(asked) < MOST_LOOKED_AT and (not asked or last == asked[-1])
    shown = _shown(connection, [persons[id_] for id_ in found], desk)
    stored_ids = [one for id_ in found for one in persons[id_].ids]
    plans = open_plans(connection, stored_ids)
    answers = [
        customer_answer(shown[id_], described, open_plan_of(persons[id_], plans), desk.playbook)
        for id_, described in found.items()
    ]
    return Page(answers, stored_ids, None if is_end else Position(position.as_of, last))


def _shown(connection: Connection, persons: Sequence[Person], desk: Desk) -> dict[str, str]:
    """What each person is called in a list, by the id that they go by."""
    if desk.customer_key is None:
        return spellings(connection, persons)
    return {person.id: shown_id(person.id, desk.customer_key) for person in persons}


def _holds(name: str, found: DescribedCustomer) -> bool:
    kinds = () if found.kind is None else (found.kind,)
    return any(segment.name == name for segment in (*found.segments, *kinds))


def _segment_answer(segment: Segment) -> SegmentAnswer:
    return SegmentAnswer(name=segment.name, reason=segment.reason)


def _profile_answer(profile: CustomerProfile) -> Profile:
    return Profile(
        contacts_30d=profile.n_contacts_30d,
        contacts_90d=profile.n_contacts_90d,
        contacts_365d=profile.n_contacts_365d,
        expected_contacts_30d=profile.contacts_per_30d,
        trend=profile.trend,
        days_since_first=profile.days_since_first,
        days_since_last=profile.days_since_last,
        incident_share=profile.incident_ratio,
        services_with_incidents=profile.n_services_with_incidents,
        main_topic=profile.main_topic,
        main_topic_contacts_90d=profile.n_main_topic_90d,
        reopens=profile.n_reopens,
        mean_reassignments=profile.mean_reassignments,
        hours_lost_90d=profile.hours_lost_90d,
        first_contact_share=profile.first_contact_ratio,
        satisfaction=profile.satisfaction,
        self_service_share=profile.self_service_ratio,
        writing_precision=profile.writing_precision,
        channels=dict(profile.channels),
    )

"""One customer as people know them: looks are kept, plans are changed, the VIP mark is set or taken away."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from api.customers import Answer, customer_answer, plan_answer, unprofiled, vip_answer
from api.desk import Desk
from data import profile_views, vips
from data.customers import contacts_of
from data.database import reading, writing
from data.persons import Person, person_named
from data.plans import agree, plans_of
from data.vips import Vip, marks_of
from triage.customers.contact import Contact
from triage.customers.model import DescribedCustomer
from triage.customers.plans import Plan, Terms
from triage.customers.profile import YEAR
from triage.errors import InvalidInput, NotFound

__all__ = ["LONGEST_REASON", "KnownPerson", "agree_on_plan", "look_at", "mark_vip", "unmark_vip"]


LONGEST_REASON = 200
"""Characters of why somebody is marked."""


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """What is known of a customer as of a moment.

    Attributes:
        person: with all stored ids; None for nobody, such as `Guest`.
        contacts: of the last year.
        described: their profile and what holds of them; None for who wants no profile.
        plans: every one, newest first.
        vip: the mark; None without one.
        answer: the same as JSON will have it, as `KnownCustomer` says.
    """

    person: Person | None
    contacts: Sequence[Contact]
    described: DescribedCustomer | None
    plans: Sequence[Plan]
    vip: Vip | None
    answer: Answer

    @property
    def ids(self) -> tuple[str, ...]:
        """The stored ids, none for nobody."""
        return () if self.person is None else self.person.ids

    @property
    def open_plan(self) -> Plan | None:
        """What is agreed now."""
        return next((plan for plan in self.plans if plan.terms.outcome == "open"), None)


def look_at(desk: Desk, customer_id: str, viewer: str, now: datetime) -> KnownPerson:
    """Who a customer is; that somebody looked is on record before anything is shown.

    Args:
        desk: whose customer.
        customer_id: in any spelling, or as a list shows it.
        viewer: who asks, as `Caller.reference`.
        now: the moment.

    Raises:
        ModelUnusable: a model was promoted and may not answer.
    """
    model = desk.customers()
    with writing(desk.engine) as connection:
        person = person_named(connection, customer_id, desk.customer_key, now)
        profile_views.record(connection, viewer, () if person is None else person.ids, now)
    if person is not None and person.is_out:
        answer = unprofiled(customer_id) | vip_answer(None)
        return KnownPerson(person, (), None, (), None, answer | {"as_of": now, "plans": []})
    ids = () if person is None else person.ids
    with reading(desk.engine) as connection:
        contacts = contacts_of(connection, ids, now - YEAR, now)
        plans = plans_of(connection, ids)
        vip = None if person is None else marks_of(connection, [person]).get(person.id)
    described = model.describe(customer_id, contacts, now)
    current = next((plan for plan in plans if plan.terms.outcome == "open"), None)
    answer = customer_answer(customer_id, described, current, desk.playbook) | vip_answer(vip)
    answer |= {"as_of": now, "plans": [plan_answer(plan) for plan in plans]}
    return KnownPerson(person, contacts, described, plans, vip, answer)


def agree_on_plan(desk: Desk, customer_id: str, terms: Terms, now: datetime) -> Plan:
    """Changes the plan that is open, or begins one; the same again changes nothing.

    Raises:
        NotFound: the id stands for nobody.
        InvalidInput: they want no profile.
    """
    with writing(desk.engine) as connection:
        person = person_named(connection, customer_id, desk.customer_key, now)
        if person is None:
            raise NotFound("This id stands for nobody, so there is nobody to keep a plan for.")
        if person.is_out:
            raise InvalidInput("This customer wants no profile, so no plan is kept for them.")
        return agree(connection, person.ids, terms, now)


def mark_vip(desk: Desk, customer_id: str, reason: str, caller: str, now: datetime) -> None:
    """Marks a customer as a VIP, or gives the mark another reason.

    Raises:
        NotFound: the id stands for nobody.
        InvalidInput: they want no profile, or the reason is none or too long.
    """
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise InvalidInput(f"A mark needs a reason of at most {LONGEST_REASON} characters.")
    with writing(desk.engine) as connection:
        person = person_named(connection, customer_id, desk.customer_key, now)
        if person is None:
            raise NotFound("This id stands for nobody, so there is nobody to mark.")
        if person.is_out:
            raise InvalidInput("This customer wants no profile, so they are not marked.")
        vips.mark(connection, person.ids, reason, caller, now)


def unmark_vip(desk: Desk, customer_id: str, now: datetime) -> None:
    """Takes the mark away, where there is one."""
    with writing(desk.engine) as connection:
        person = person_named(connection, customer_id, desk.customer_key, now)
        if person is not None:
            vips.unmark(connection, person.ids)

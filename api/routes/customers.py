"""Who the customers are, and what is agreed for them; every look at a profile is on record."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from api.customer_schemas import CustomerAnswer, CustomerPage, KnownCustomer, PlanAnswer, PlanTerms, SegmentName
from api.customers import Position, customer_answer, page_of, plan_answer, unprofiled
from api.desk import DeskOfRequest
from api.errors import documented
from api.fields import Name
from api.security import requires
from data import profile_views
from data.customers import contacts_of
from data.database import reading, writing
from data.keys import ApiKey
from data.persons import person_named
from data.plans import agree, plans_of
from triage.customers.profile import YEAR
from triage.errors import InvalidInput, NotFound

__all__ = ["router"]

router = APIRouter(prefix="/v1/customers", tags=["Customers"], responses=documented(400, 401, 403, 404, 413, 422, 503))

CustomerId = Annotated[
    Name,
    Path(
        alias="id",
        description="As in the tickets' `customer_id`, in whatever spelling, or as a list shows it.",
    ),
]


@router.get("", summary="Find customers of whom something holds")
def list_customers(
    desk: DeskOfRequest,
    key: Annotated[ApiKey, Depends(requires("read"))],
    segment: Annotated[SegmentName, Query(description="A segment, or a kind of reason to call often.")],
    limit: Annotated[int, Query(ge=1, le=100, description="How many customers at most.")] = 20,
    after: Annotated[
        str | None, Query(max_length=2_000, description="The `next` of the page before, for the one after it.")
    ] = None,
) -> CustomerPage:
    """Customers who contacted the desk within a year, most contacts first; who opted out is not among them."""
    now = datetime.now(UTC)
    position = Position(now) if after is None else Position.from_text(after)
    with reading(desk.engine) as connection:
        page = page_of(connection, desk, segment, limit, position)
    with writing(desk.engine) as connection:
        profile_views.record(connection, key.id, page.stored_ids, now)
    return CustomerPage(
        as_of=position.as_of,
        customers=[CustomerAnswer(**customer) for customer in page.customers],
        next=None if page.next is None else page.next.to_text(),
    )


@router.put("/{id:path}/plan", summary="Agree on a plan for a customer", dependencies=[Depends(requires("review"))])
def put_plan(customer_id: CustomerId, terms: PlanTerms, desk: DeskOfRequest) -> PlanAnswer:
    """Changes the plan that is open, or begins one; the same again changes nothing.

    `done` or `dropped` ends it, and it stays on record; the next one that is open is another plan.
    """
    now = datetime.now(UTC)
    with writing(desk.engine) as connection:
        person = person_named(connection, customer_id, desk.customer_key, now)
        if person is None:
            raise NotFound("This id stands for nobody, so there is nobody to keep a plan for.")
        if person.is_out:
            raise InvalidInput("This customer wants no profile, so no plan is kept for them.")
        return PlanAnswer(**plan_answer(agree(connection, person.ids, terms.to_terms(), now)))


@router.get("/{id:path}", summary="Know one customer")
def read_customer(
    customer_id: CustomerId, desk: DeskOfRequest, key: Annotated[ApiKey, Depends(requires("read"))]
) -> KnownCustomer:
    """Profile, segments with their reasons, what was agreed, and what the playbook suggests, as of now.

    A customer whom nobody has heard of has an empty profile, and so has a word for nobody such as `Guest`.
    """
    now = datetime.now(UTC)
    model = desk.customers()
    with writing(desk.engine) as connection:
        person = person_named(connection, customer_id, desk.customer_key, now)
        profile_views.record(connection, key.id, () if person is None else person.ids, now)
    if person is not None and person.is_out:
        return KnownCustomer(**unprofiled(customer_id), as_of=now, plans=[])
    ids = () if person is None else person.ids
    with reading(desk.engine) as connection:
        contacts = contacts_of(connection, ids, now - YEAR, now)
        plans = plans_of(connection, ids)
    current = next((plan for plan in plans if plan.terms.outcome == "open"), None)
    answer = customer_answer(customer_id, model.describe(customer_id, contacts, now), current, desk.playbook)
    return KnownCustomer(**answer, as_of=now, plans=[PlanAnswer(**plan_answer(plan)) for plan in plans])

"""Who the customers are, and what is agreed for them; every look at a profile is on record."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from api.callers import Caller
from api.customer_schemas import CustomerPage, KnownCustomer, PlanAnswer, PlanTerms, SeenCustomer, SegmentName
from api.customers import Position, page_of, plan_answer
from api.errors import documented
from api.fields import IN_A_PATH, Name
from api.individuals import DeskOfIndividuals
from api.known_customers import agree_on_plan, look_at
from api.security import requires
from data import profile_views
from data.database import reading, writing

__all__ = ["router"]

router = APIRouter(prefix="/v1/customers", tags=["Customers"], responses=documented(400, 401, 403, 404, 413, 422, 503))

CustomerId = Annotated[
    Name,
    Path(
        alias="id",
        description="As in the tickets' `customer_id`, in whatever spelling, or as a list shows it.",
        json_schema_extra=IN_A_PATH,
    ),
]


@router.get("", summary="Find customers of whom something holds")
def list_customers(
    desk: DeskOfIndividuals,
    caller: Annotated[Caller, Depends(requires("read"))],
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
        profile_views.record(connection, caller.reference, page.stored_ids, now)
    return CustomerPage(
        as_of=position.as_of,
        customers=[SeenCustomer(**customer) for customer in page.customers],
        next=None if page.next is None else page.next.to_text(),
    )


@router.put("/{id:path}/plan", summary="Agree on a plan for a customer", dependencies=[Depends(requires("review"))])
def put_plan(customer_id: CustomerId, terms: PlanTerms, desk: DeskOfIndividuals) -> PlanAnswer:
    """Changes the plan that is open, or begins one; the same again changes nothing.

    `done` or `dropped` ends it, and it stays on record; the next one that is open is another plan.
    """
    plan = agree_on_plan(desk, customer_id, terms.to_terms(), datetime.now(UTC))
    return PlanAnswer(**plan_answer(plan))


@router.get("/{id:path}", summary="Know one customer")
def read_customer(
    customer_id: CustomerId, desk: DeskOfIndividuals, caller: Annotated[Caller, Depends(requires("read"))]
) -> KnownCustomer:
    """Profile, segments with their reasons, what was agreed, and what the playbook suggests, as of now.

    A customer whom nobody has heard of has an empty profile, and so has a word for nobody such as `Guest`.
    """
    return KnownCustomer(**look_at(desk, customer_id, caller.reference, datetime.now(UTC)).answer)

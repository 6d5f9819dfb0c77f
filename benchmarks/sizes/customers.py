"""Customers by the million: their tickets are made by the database itself, in one statement a day."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, Text, cast, insert, literal, select

from data.database import writing
from data.tables import tickets

__all__ = ["customer_id", "insert_customers"]

N_DAYS = 30
TICKETS_PER_CUSTOMER = 1.5


def customer_id(i: int) -> str:
    """The id of a customer; those from 0 up to the number of customers are known."""
    return f"u{i}"


def insert_customers(engine: Engine, n_customers: int) -> None:
    """Tickets of the last thirty days; half of the customers have one, the others two."""
    now = datetime.now(UTC)
    n_tickets = round(n_customers * TICKETS_PER_CUSTOMER)
    for day in range(N_DAYS):
        start, end = day * n_tickets // N_DAYS, (day + 1) * n_tickets // N_DAYS
        if start == end:
            continue
        opened_at = now - timedelta(days=N_DAYS - day)
        counted = select(literal(start).label("i")).cte("counted", recursive=True)
        counted = counted.union_all(select(counted.c.i + 1).where(counted.c.i < end - 1))
        columns = {
            "id": literal("S").concat(cast(counted.c.i, Text)),
            "subject": literal("no connection"),
            "body": literal("The tunnel drops every few minutes since this morning, what can I do?"),
            "opened_at": literal(opened_at, tickets.c.opened_at.type),
            "customer_id": literal("u").concat(cast(counted.c.i % n_customers, Text)),
            "channel": literal("email"),
            "attributes": literal({"service": "Remote Access"}, tickets.c.attributes.type),
            "ticket_type": literal("incident"),
            "outcome_attributes": literal({}, tickets.c.outcome_attributes.type),
            "writing_precision": literal(0.5),
            "asks_how": literal(value=False),
            "is_automatic": literal(value=False),
            "first_seen_at": literal(opened_at, tickets.c.first_seen_at.type),
            "updated_at": literal(opened_at, tickets.c.updated_at.type),
        }
        with writing(engine) as connection:
            chosen = select(*(value.label(name) for name, value in columns.items()))
            connection.execute(insert(tickets).from_select(list(columns), chosen))

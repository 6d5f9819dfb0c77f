"""Tickets are read by the days that they are on, and repeats are told whichever days are asked for."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Engine

from data.counted_tickets import CountedTickets
from data.database import reading, writing
from data.tickets import import_worked
from tests.builders import make_ticket, make_worked

BEGIN = datetime(2026, 3, 1, 9, tzinfo=UTC)


def repeats_on(counted: CountedTickets, engine: Engine, first: int, last: int) -> list[bool | None]:
    """Of the tickets that were opened on days of March, in their order."""
    counted.begin(date(2026, 3, first))
    with reading(engine) as connection:
        found = list(counted.on_days(connection, date(2026, 3, first), date(2026, 3, last)))
    return [ticket.is_repeat for ticket in found if ticket.is_repeat is not None]


def keep_printer(engine: Engine, *days: int) -> CountedTickets:
    """The same printer breaks on these days."""
    with writing(engine) as connection:
        for day in days:
            filed = make_ticket(
                id=f"T{day}", opened_at=BEGIN + timedelta(days=day - 1), attributes={"service": "printing"}
            )
            import_worked(connection, [make_worked(filed=filed)], BEGIN)
    return CountedTickets(engine)


def test_days_in_any_order_tell_the_same_repeats(engine: Engine) -> None:
    """Whoever changes a ticket of last week meanwhile makes the count go back, and nothing repeats what came later."""
    counted = keep_printer(engine, 5, 20)

    assert repeats_on(counted, engine, 20, 21) == [True]
    assert repeats_on(counted, engine, 5, 6) == [False]
    assert repeats_on(counted, engine, 20, 20) == [True]


def test_a_gap_between_counted_days_is_looked_at(engine: Engine) -> None:
    """The day before may not be due, and its tickets are repeated all the same."""
    counted = keep_printer(engine, 5, 8)

    assert repeats_on(counted, engine, 1, 2) == []
    assert repeats_on(counted, engine, 8, 8) == [True]


def test_a_ticket_on_three_of_the_days_is_read_once(engine: Engine) -> None:
    """It would count three times."""
    with writing(engine) as connection:
        ticket = make_worked(
            filed=make_ticket(opened_at=BEGIN),
            resolved_at=BEGIN + timedelta(days=1),
            closed_at=BEGIN + timedelta(days=2),
        )
        import_worked(connection, [ticket], BEGIN)
    counted = CountedTickets(engine)
    counted.begin(BEGIN.date())

    with reading(engine) as connection:
        found = list(counted.on_days(connection, BEGIN.date(), BEGIN.date() + timedelta(days=5)))

    assert len(found) == 1

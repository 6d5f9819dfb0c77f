"""What came from each customer in a window."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from data.customers import contacts_of
from data.persons import join
from data.tickets import file, import_worked
from data.workload import work_of_all
from triage.customers.profiling import profile_customer
from triage.customers.workload import CustomerWork
from triage.ticket import NewTicket, WorkedTicket

Moment = Callable[..., datetime]


def worked(id_: str, customer: str | None, opened_at: datetime, **decided: Any) -> WorkedTicket:  # noqa: ANN401  (any field)
    """A ticket with what was decided."""
    filed = NewTicket(id=id_, customer_id=customer, opened_at=opened_at)
    return WorkedTicket(filed=filed, **decided)


def work(connection: Connection, since: datetime, until: datetime) -> dict[str, CustomerWork]:
    """What came from each, by id."""
    return {one.customer_id: one for one in work_of_all(connection, since, until)}


def test_tickets_are_counted_open_and_closed_alike(connection: Connection, moment: Moment) -> None:
    """With their effort where it is known; what lies outside the window and what is nobody's is left out."""
    import_worked(
        connection,
        [
            worked("1", "u1", moment(3), effort_minutes=90.0, closed_at=moment(4)),
            worked("2", "u1", moment(4), effort_minutes=30.0, resolved_at=moment(5)),
            worked("3", "u1", moment(5)),
            worked("4", "u2", moment(10)),
            worked("5", "u2", moment(2)),
            worked("6", "u2", moment(11)),
            worked("7", None, moment(5)),
        ],
        moment(12),
    )

    found = work(connection, moment(2), moment(10))

    assert found["u1"] == CustomerWork("u1", 3, n_open=1, n_with_effort=2, effort_hours=2.0, lost_hours=0.0)
    assert found["u2"] == CustomerWork("u2", 1, n_open=1)
    assert set(found) == {"u1", "u2"}


@pytest.mark.parametrize(
    ("ended", "hours"),
    [
        ({"resolved_at": (3, 11, 30)}, 2.5),
        ({"resolved_at": (3, 23)}, 8.0),
        ({"resolved_at": (4, 1)}, 16.0),
        ({"resolved_at": (6, 9)}, 32.0),
        ({"closed_at": (3, 10)}, 1.0),
        ({"resolved_at": (3, 10), "closed_at": (5, 10)}, 1.0),
        ({"resolved_at": (2, 9)}, 0.0),
        ({}, 0.0),
    ],
)
def test_hours_lost_are_those_of_a_profile(
    connection: Connection, moment: Moment, ended: dict[str, tuple[int, ...]], hours: float
) -> None:
    """Two pages that tell different hours of one customer are believed by nobody."""
    ends = {name: moment(*at) for name, at in ended.items()}
    import_worked(connection, [worked("1", "u1", moment(3, 9), ticket_type="incident", **ends)], moment(12))

    found = work(connection, moment(2), moment(12))["u1"].lost_hours

    contacts = contacts_of(connection, "u1", moment(2), moment(12))
    assert found == pytest.approx(hours, abs=1e-4)
    assert found == pytest.approx(profile_customer("u1", contacts, moment(12)).hours_lost_90d, abs=1e-4)


def test_requests_cost_nobody_hours(connection: Connection, moment: Moment) -> None:
    """Nothing was broken."""
    import_worked(connection, [worked("1", "u1", moment(3), ticket_type="request", resolved_at=moment(5))], moment(12))

    assert work(connection, moment(2), moment(12))["u1"].lost_hours == 0.0


def test_two_ids_of_one_person_are_one(connection: Connection, moment: Moment) -> None:
    """Else whoever has two addresses makes half of what they make."""
    file(connection, [NewTicket(id=str(i), customer_id=f"u{i % 2}") for i in range(5)], moment(3))
    join(connection, "u1", "u0", moment(4))

    found = work(connection, moment(3) - timedelta(days=1), moment(12))

    assert found == {"u1": CustomerWork("u1", 5, n_open=5)}

"""Names that stored tickets hold, and what a customer reported last."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection

from data.services import last_reported, names_in_tickets
from data.tickets import file
from tests.builders import make_ticket
from triage.gazetteer import ListedName

Moment = Callable[..., datetime]


def test_names_of_enough_tickets_are_listed(connection: Connection, moment: Moment) -> None:
    """A desk that lists nothing has them in its fields; what one person typed once is no name."""
    held = [{"service": "VPN"}] * 4 + [{"cmdb_ci": "Kestrel", "location": "Hamburg"}] * 3 + [{"service": "my PC"}] * 2
    tickets = [make_ticket(id=f"T{i}", attributes=each, opened_at=moment(1, i)) for i, each in enumerate(held)]
    file(connection, tickets, moment(2))

    assert names_in_tickets(connection) == (ListedName("VPN"), ListedName("Kestrel", "configuration_item"))


def test_marks_of_redaction_are_no_names(connection: Connection, moment: Moment) -> None:
    """An address in a field is nobody's service."""
    tickets = [make_ticket(id=f"T{i}", attributes={"service": "[emailaddress]", "asset": " "}) for i in range(5)]
    file(connection, tickets, moment(2))

    assert names_in_tickets(connection) == ()


def test_the_newest_tickets_are_read(connection: Connection, moment: Moment) -> None:
    """A service of years ago is not looked for, and a large store does not keep a request waiting."""
    tickets = [
        make_ticket(id=f"T{i}", attributes={"service": "Old" if i < 3 else "New"}, opened_at=moment(1 + i))
        for i in range(6)
    ]
    file(connection, tickets, moment(9))

    assert names_in_tickets(connection, n_read=3) == (ListedName("New"),)


def test_the_last_service_and_device_of_a_customer_are_known(connection: Connection, moment: Moment) -> None:
    """Of all their ids, before the ticket that is looked at, and of nobody else."""
    told = [
        ("a", 1, {"service": "VPN", "device": "LT-1"}),
        ("b", 2, {"service": "ERP"}),
        ("a", 3, {"location": "Hamburg"}),
        ("a", 5, {"service": "Mail"}),
        ("x", 4, {"service": "Intranet"}),
    ]
    tickets = [
        make_ticket(id=f"T{day}", customer_id=who, attributes=held, opened_at=moment(day)) for who, day, held in told
    ]
    file(connection, tickets, moment(9))

    assert last_reported(connection, ["a", "b"], moment(5)) == {"service": "ERP", "device": "LT-1"}
    assert last_reported(connection, ["nobody"], moment(5)) == {}

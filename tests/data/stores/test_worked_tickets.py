"""The store of tickets that people have worked, as those read it who look for the like."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, delete

from data import outcomes
from data.tables import tickets
from data.tickets import file, import_worked
from data.worked_tickets import still_worked, texts_of, worked_since, worked_tickets
from tests.builders import make_ticket, make_worked

Moment = Callable[..., datetime]


def bring(connection: Connection, now: datetime, *ids: str, **said: Any) -> None:  # noqa: ANN401 - any field
    """Imports tickets that were resolved."""
    given = {"resolved_at": now, "resolution": "restarted the gateway"} | said
    import_worked(connection, [make_worked(filed=make_ticket(id=id_), **given) for id_ in ids], now)


def test_worked_are_those_with_an_end_or_a_resolution(connection: Connection, moment: Moment) -> None:
    """A ticket that nobody has solved shows nobody how to."""
    bring(connection, moment(3), "R", resolution=None)
    bring(connection, moment(3), "C", resolution=None, resolved_at=None, closed_at=moment(3))
    bring(connection, moment(3), "S", resolved_at=None)
    bring(connection, moment(3), "OPEN", resolved_at=None, resolution=None)
    bring(connection, moment(3), "EMPTY", resolved_at=None, resolution="")
    file(connection, [make_ticket(id="NEW")], moment(3))

    every = {"r", "c", "s", "open", "empty", "new"} | {"R", "C", "S", "OPEN", "EMPTY", "NEW"}
    found = {ticket.id for ticket in worked_since(connection, None, 100)}

    assert {id_.upper() for id_ in found} == {"R", "C", "S"}
    assert still_worked(connection, every) == found
    assert {ticket.id for ticket in texts_of(connection, every)} == found
    assert set(worked_tickets(connection, every)) == found


def test_the_latest_changes_come_first_and_a_moment_bounds_them(connection: Connection, moment: Moment) -> None:
    """A large desk keeps its latest tickets, and a refresh reads what is new."""
    for day in (3, 5, 4):
        bring(connection, moment(day), f"T{day}")

    everything = worked_since(connection, None, 2)
    later = worked_since(connection, moment(3), 10)

    assert [ticket.updated_at for ticket in everything] == [moment(5), moment(4)]
    assert [ticket.updated_at for ticket in later] == [moment(5), moment(4)]


def test_texts_are_as_they_were_filed(connection: Connection, moment: Moment) -> None:
    """Rows are made of what the model sees of a new ticket, and of nothing that was known later."""
    bring(connection, moment(3), "T1")
    (id_,) = still_worked(connection, {"T1", "t1"})

    (ticket,) = texts_of(connection, [id_])

    assert (ticket.subject, ticket.body, ticket.channel) == ("VPN down", "error 809 since this morning", "email")


def test_what_is_shown_is_what_people_decided_last(connection: Connection, moment: Moment) -> None:
    """A group that was corrected must not lead the next ticket to the wrong one; a model's guess does not count."""
    bring(connection, moment(3), "T1", category="vpn", knowledge_article="KB1")
    (id_,) = still_worked(connection, {"T1", "t1"})
    outcomes.record(connection, id_, {"assignment_group": "Desk", "category": "wifi"}, "automatic", "desk", moment(4))
    before = worked_tickets(connection, [id_])[id_]
    for day, group in ((6, "Apps"), (5, "Hardware")):
        outcomes.record(connection, id_, {"assignment_group": group, "priority": "1"}, "human", "desk", moment(day))

    found = worked_tickets(connection, [id_])[id_]

    assert (before.assignment_group, before.category) == ("Network", "vpn")
    assert (found.assignment_group, found.category) == ("Apps", "vpn")
    assert (found.name, found.resolution, found.knowledge_article) == ("T1", "restarted the gateway", "KB1")
    assert found.resolved_at == moment(3)


def test_a_ticket_that_was_only_closed_was_solved_then(connection: Connection, moment: Moment) -> None:
    """Many desks know one of the two moments."""
    bring(connection, moment(3), "T1", resolved_at=None, closed_at=moment(9))

    (found,) = worked_tickets(connection, ["T1", "t1"]).values()

    assert found.resolved_at == moment(9)


def test_a_ticket_that_is_gone_is_gone_everywhere(connection: Connection, moment: Moment) -> None:
    """Whoever was forgotten is not shown to the next agent."""
    bring(connection, moment(3), "T1", "T2")
    known = {ticket.id for ticket in worked_since(connection, None, 9)}
    gone = min(known)
    connection.execute(delete(tickets).where(tickets.c.id == gone))

    assert gone not in worked_tickets(connection, known)
    assert gone not in still_worked(connection, known)
    assert len(texts_of(connection, known)) == 1


@pytest.mark.parametrize("n", [0, 1_201])
def test_any_number_of_ids_may_be_asked_for(connection: Connection, moment: Moment, n: int) -> None:
    """A batch of a thousand tickets has thousands of neighbours, and databases refuse so many parameters."""
    start = moment(3)
    bring(connection, start + timedelta(hours=1), *(f"T{i}" for i in range(n)))
    known = [ticket.id for ticket in worked_since(connection, None, 5_000)]

    assert len(worked_tickets(connection, known)) == len(still_worked(connection, known)) == n

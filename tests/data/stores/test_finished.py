"""Tickets of which something good may be told, on both kinds of database."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from data.finished import finished_in
from data.tickets import import_worked
from triage.recognition import Finished
from triage.ticket import NewTicket, WorkedTicket

Moment = Callable[..., datetime]


def worked(id_: str, ended_at: datetime, **changes: Any) -> WorkedTicket:  # noqa: ANN401  (any field)
    """A ticket that was resolved, with the best answer and words."""
    filed = NewTicket(id=id_, opened_at=ended_at, customer_id="Bernd Muster")
    given: dict[str, Any] = {
        "assignment_group": "Desk",
        "resolved_by": "Anna Beispiel",
        "resolved_at": ended_at,
        "satisfaction": 5.0,
        "attributes": {"Satisfaction comment": "Anna, thank you! Reach me at b.muster@example.org, Muster"},
    }
    return WorkedTicket(filed=filed, **given | changes)


def found(connection: Connection, best: float | None = 5.0, *, individuals: bool = False) -> dict[str, Finished]:
    """Those of the first week, by id."""
    tickets = finished_in(connection, date(2026, 11, 2), date(2026, 11, 9), best, individuals=individuals)
    return {each.id: each for each in tickets}


def test_words_have_neither_names_nor_addresses(connection: Connection, moment: Moment) -> None:
    """They end in a mail: nobody who helped and no customer may be told by them."""
    import_worked(connection, [worked("1", moment(3))], moment(12))

    (ticket,) = found(connection).values()

    assert ticket.words == "[name], thank you! Reach me at [emailaddress], [name]"
    assert ticket.person is None


def test_a_person_is_told_where_single_persons_are_on(connection: Connection, moment: Moment) -> None:
    """Nowhere else."""
    import_worked(connection, [worked("1", moment(3))], moment(12))

    assert found(connection, individuals=True)["1"].person == "anna beispiel"


def test_only_the_best_answers_and_the_stubborn_tickets_of_the_week_are_looked_at(
    connection: Connection, moment: Moment
) -> None:
    """A week has thousands of tickets, and the page is to be there at once."""
    import_worked(
        connection,
        [
            worked("pleased", moment(2)),
            worked("closed", moment(2), resolved_at=None, closed_at=moment(8, 23)),
            worked("earlier", moment(1, 23)),
            worked("later", moment(9)),
            worked("good", moment(3), satisfaction=4.0),
            worked("wordless", moment(3), attributes={}),
            worked("stubborn", moment(3), satisfaction=None, reassignments=3),
            worked("reopened", moment(3), satisfaction=1.0, reopens=2),
            worked("nobodys", moment(3), assignment_group=None),
        ],
        moment(12),
    )

    assert set(found(connection)) == {"pleased", "closed", "stubborn", "reopened"}
    assert found(connection)["reopened"].words is None
    assert set(found(connection, None)) == {"stubborn", "reopened"}

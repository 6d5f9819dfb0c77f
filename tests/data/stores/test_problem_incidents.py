"""The incidents that problems are found in, read from the stored tickets."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Engine

from data import outcomes
from data.database import writing
from data.persons import join
from data.problem_incidents import incidents_between
from data.tickets import import_worked
from tests.builders import make_ticket, make_worked
from triage.ticket import WorkedTicket

Moment = Callable[..., datetime]


def ticket(id_: str, opened_at: datetime | None, *, customer_id: str = "u42", **changes: object) -> WorkedTicket:
    """An incident of that moment."""
    filed = make_ticket(id=id_, opened_at=opened_at, customer_id=customer_id, attributes={"service": "VPN"})
    return make_worked(filed=filed, **changes)


def test_the_latest_incidents_of_a_span_are_read_in_order(engine: Engine, moment: Moment) -> None:
    """Neither requests nor what is older, newer or without a moment; and no more than is asked for."""
    with writing(engine) as connection:
        told = [ticket(f"T{day}", moment(day)) for day in (9, 3, 5, 7)]
        other = [ticket("R1", moment(4), ticket_type="request"), ticket("N1", None), ticket("L1", moment(20))]
        import_worked(connection, [*told, *other], moment(21))
    shares: list[float] = []

    found = list(incidents_between(engine, moment(4), moment(10), on_progress=shares.append))

    assert [one.id for one in found] == ["T5", "T7", "T9"]
    assert found[0].service == "VPN"
    assert "809" in found[0].words
    assert shares == [1.0]
    assert [one.id for one in incidents_between(engine, moment(1), moment(10), most=2)] == ["T7", "T9"]


def test_what_people_decided_of_a_new_ticket_says_whether_it_is_an_incident(engine: Engine, moment: Moment) -> None:
    """A ticket that came in by itself has no type until somebody gives it one."""
    with writing(engine) as connection:
        import_worked(connection, [ticket(f"T{n}", moment(n), ticket_type=None) for n in (1, 2)], moment(3))
        outcomes.record(connection, "T1", {"ticket_type": "request"}, "human", "desk", moment(4))

    assert [one.id for one in incidents_between(engine, moment(1), moment(5))] == ["T2"]


def test_two_ids_of_a_person_are_one_and_many_at_one_moment_are_all_read(engine: Engine, moment: Moment) -> None:
    """A chunk may end between two tickets of one second."""
    with writing(engine) as connection:
        join(connection, "u42", "u43", moment(1))
        many = [ticket(f"T{n:04d}", moment(2), customer_id="u43" if n % 2 else "u42") for n in range(1_300)]
        import_worked(connection, many, moment(3))

    found = list(incidents_between(engine, moment(2), moment(2) + timedelta(seconds=1)))

    assert len({one.id for one in found}) == 1_300
    assert len({one.customer_id for one in found}) == 1

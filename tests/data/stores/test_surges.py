"""The store of surges: what the watch says and what people say of the same surge, neither over the other."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection

from data.surges import (
    StoredSurge,
    begin,
    decide,
    examples_of,
    keep,
    n_surges,
    open_surges,
    read,
    surges_lately,
    surges_of,
)
from data.tickets import file
from triage.errors import InvalidInput, NotFound
from triage.surges.seen import Kind
from triage.surges.surge import Surge
from triage.ticket import NewTicket

Moment = Callable[..., datetime]


@pytest.fixture
def surge(moment: Moment) -> Surge:
    """An ordinary surge that is on."""
    return Surge(
        kind=Kind("service", "VPN"),
        raised_by=(Kind("service", "VPN"), Kind("topic", "tun-4471")),
        window=timedelta(minutes=15),
        started_at=moment(3, 9),
        raised_at=moment(3, 9, 4),
        last_at=moment(3, 9, 20),
        n_observed=14,
        n_expected=0.25,
        name="VPN: tunnel, tun-4471",
        words=("tunnel", "tun-4471"),
        place="VPN",
        tickets=("T1", "T2"),
    )


def hours(moment: Moment) -> list[tuple[datetime, int, float]]:
    """What came in two hours."""
    return [(moment(3, 8), 0, 0.2), (moment(3, 9), 14, 0.25)]


def test_a_surge_is_read_back_as_the_watch_had_it(connection: Connection, surge: Surge, moment: Moment) -> None:
    """The next look is done by another process, which knows only what is stored."""
    number = begin(connection, surge, hours(moment))

    stored = read(connection, number)

    assert stored.as_surge() == replace(surge, id=number)
    assert (stored.state, stored.words, stored.hours) == ("open", ["tunnel", "tun-4471"], hours(moment))
    assert (stored.decided_by, stored.is_named, stored.ended_at) == (None, False, None)


def test_it_grows_and_is_over(connection: Connection, surge: Surge, moment: Moment) -> None:
    """What is shown is what is so now."""
    number = begin(connection, surge, [])
    grown = replace(surge, id=number, n_observed=40, last_at=moment(3, 10), tickets=("T1", "T2", "T3"))

    keep(connection, grown, hours(moment))
    assert [(each.n_observed, each.ticket_ids) for each in open_surges(connection)] == [(40, ["T1", "T2", "T3"])]

    keep(connection, replace(grown, ended_at=moment(3, 12)), hours(moment))
    assert open_surges(connection) == []
    assert read(connection, number).state == "over"
    assert read(connection, number).ended_at == moment(3, 12)


def test_one_that_goes_on_is_on_again(connection: Connection, surge: Surge, moment: Moment) -> None:
    """A fault that came back must come back on the page, too."""
    number = begin(connection, surge, [])
    decide(connection, number, state="major", name=None, by="user:a", now=moment(3, 10))
    keep(connection, replace(surge, id=number, ended_at=moment(3, 12)), [])

    keep(connection, replace(surge, id=number), [])

    assert read(connection, number).state == "major"


def test_what_a_person_says_stays_when_it_grows(connection: Connection, surge: Surge, moment: Moment) -> None:
    """A minute later the watch writes again, and must not take the name away."""
    number = begin(connection, surge, [])

    decided = decide(connection, number, state="major", name="Gateway Lyon", by="user:a", now=moment(3, 10))
    keep(connection, replace(surge, id=number, n_observed=50, name="VPN: gateway"), [])

    stored = read(connection, number)
    assert (decided.state, decided.name, decided.decided_by) == ("major", "Gateway Lyon", "user:a")
    assert (stored.state, stored.name, stored.n_observed) == ("major", "Gateway Lyon", 50)
    assert (stored.decided_by, stored.decided_at) == ("user:a", moment(3, 10))
    assert stored.is_named


def test_one_that_is_nothing_is_not_on_and_is_still_known_to_the_watch(
    connection: Connection, surge: Surge, moment: Moment
) -> None:
    """Else the same incidents would be told as a new surge within the minute."""
    number = begin(connection, surge, [])

    decide(connection, number, state="dismissed", name=None, by="key:k", now=moment(3, 10))
    keep(connection, replace(surge, id=number, n_observed=90), [])

    assert open_surges(connection) == []
    assert [each.id for each in surges_lately(connection, moment(3, 9))] == [number]
    keep(connection, replace(surge, id=number, ended_at=moment(3, 12)), [])
    assert read(connection, number).state == "dismissed"


def test_the_watch_knows_what_ended_lately_and_nothing_older(
    connection: Connection, surge: Surge, moment: Moment
) -> None:
    """What is read each minute must not grow with the years."""
    begin(connection, replace(surge, ended_at=moment(3, 12)), [])

    assert len(surges_lately(connection, moment(3, 11))) == 1
    assert surges_lately(connection, moment(3, 13)) == []


def test_what_is_over_cannot_become_a_major_incident_but_be_called_nothing(
    connection: Connection, surge: Surge, moment: Moment
) -> None:
    """A lead goes through last week's alarms and says which were false."""
    number = begin(connection, replace(surge, ended_at=moment(3, 12)), [])

    with pytest.raises(InvalidInput, match=f"Surge {number} is over"):
        decide(connection, number, state="major", name=None, by="user:a", now=moment(4))
    decide(connection, number, state="dismissed", name=None, by="user:a", now=moment(4))

    assert read(connection, number).state == "dismissed"


def test_the_same_again_changes_nothing(connection: Connection, surge: Surge, moment: Moment) -> None:
    """A form that is sent twice must not make somebody else the one who decided."""
    number = begin(connection, surge, [])
    first = decide(connection, number, state="major", name="Gateway", by="user:a", now=moment(3, 10))

    again = decide(connection, number, state="major", name="Gateway", by="user:b", now=moment(3, 11))

    assert again == first


def test_an_unknown_number_is_said_to_be_unknown(connection: Connection, moment: Moment) -> None:
    """A link may be old."""
    with pytest.raises(NotFound, match="There is no surge 99"):
        read(connection, 99)
    with pytest.raises(NotFound, match="There is no surge 99"):
        decide(connection, 99, state="major", name=None, by="user:a", now=moment(3))


def test_surges_are_listed_from_the_latest_on_and_in_parts(
    connection: Connection, surge: Surge, moment: Moment
) -> None:
    """A desk of years has hundreds."""
    for day in (5, 3, 9):
        begin(connection, replace(surge, started_at=moment(day), ended_at=moment(10)), [])
    begin(connection, replace(surge, started_at=moment(10)), [])

    def days(found: list[StoredSurge]) -> list[int]:
        return [each.started_at.day for each in found]

    assert days(surges_of(connection)) == [10, 9, 5, 3]
    assert days(surges_of(connection, states=("over",), start=1, limit=1)) == [5]
    assert (n_surges(connection), n_surges(connection, ("over",))) == (4, 3)


def test_examples_are_the_first_tickets_that_are_still_there(
    connection: Connection, surge: Surge, moment: Moment
) -> None:
    """A ticket that was erased with its customer is not shown."""
    file(connection, [NewTicket(id=id_, subject=f"about {id_}") for id_ in ("T1", "T3")], moment(3))
    number = begin(connection, replace(surge, tickets=("T3", "T2", "T1", "T4")), [])

    found = examples_of(connection, read(connection, number), 3)

    assert [(each.name, each.subject) for each in found] == [("T3", "about T3"), ("T1", "about T1")]

"""What tickets belong to: suggested once, linked or dismissed by people, and its end told once; on both databases."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, insert, update

from data import links
from data.opt_outs import opt_out
from data.persons import join
from data.tables import problems, surges, tickets
from data.tickets import file
from tests.builders import make_ticket
from triage.errors import InvalidInput, NotFound
from triage.links import MOST_OF_A_PERSON, FoundLink
from triage.ticket import NewTicket

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
LEAD = "user:lead"


@pytest.fixture(autouse=True)
def two_tickets(connection: Connection) -> None:
    """INC1 was filed an hour before INC2."""
    file(connection, [filed("INC1", HOUR), filed("INC2")], NOW)


def filed(id_: str, ago: timedelta = timedelta(0), **changes: object) -> NewTicket:
    """A ticket of one person."""
    return make_ticket(**{"id": id_, "customer_id": "ann", "opened_at": NOW - ago} | changes)


def found(kind: str = "duplicate", other: str = "INC1", confidence: float = 0.97) -> FoundLink:
    """A link that was seen."""
    return FoundLink(kind=kind, other=other, name=other, confidence=confidence, reason="It says the same.")  # type: ignore[arg-type]


def close(connection: Connection, id_: str, resolution: str | None = None) -> None:
    """What an import or a webhook does to a ticket in the end."""
    connection.execute(update(tickets).where(tickets.c.id == id_).values(closed_at=NOW, resolution=resolution))


def put_problem(connection: Connection, state: str = "known_error") -> str:
    """A problem; its number."""
    row = {
        "name": "VPN: split tunnel",
        "is_named_by_hand": False,
        "state": state,
        "centre": {},
        "content": {},
        "n_tickets": 8,
        "hours_lost": 3.0,
        "first_seen_at": NOW - 9 * HOUR,
        "last_seen_at": NOW,
        "created_at": NOW,
        "updated_at": NOW,
    }
    return str(connection.execute(insert(problems).values(**row)).inserted_primary_key[0])


def put_surge(connection: Connection, state: str = "open") -> str:
    """A surge; its number."""
    row = {
        "dimension": "service",
        "value": "VPN",
        "state": state,
        "name": "VPN: tunnel",
        "started_at": NOW - HOUR,
        "last_at": NOW,
        "n_observed": 12,
        "n_expected": 0.5,
        "content": {},
    }
    return str(connection.execute(insert(surges).values(**row)).inserted_primary_key[0])


def test_a_suggestion_is_kept_once(connection: Connection) -> None:
    """The worker may look at a ticket twice, after a process was killed."""
    links.suggest(connection, "INC2", [found()], NOW)
    links.suggest(connection, "INC2", [found(confidence=0.5)], NOW + HOUR)

    (link,) = links.links_of(connection, "INC2")
    assert (link.kind, link.other, link.name, link.state) == ("duplicate", "INC1", "INC1", "suggested")
    assert (link.confidence, link.at, link.decided_by, link.ended_at) == (0.97, NOW, None, None)


def test_one_click_links_with_who_and_when(connection: Connection) -> None:
    """Somebody will ask who said so."""
    links.suggest(connection, "INC2", [found()], NOW)
    links.decide(connection, "INC2", "duplicate", "INC1", "linked", LEAD, NOW + HOUR)

    (link,) = links.links_of(connection, "INC2")
    assert (link.state, link.decided_by, link.at, link.reason) == ("linked", LEAD, NOW + HOUR, "It says the same.")
    assert links.linked_to(connection, "INC1") == [("INC2", "INC2")]
    assert links.is_linked(connection, "INC2", "duplicate", "INC1")


def test_the_same_click_again_changes_nothing(connection: Connection) -> None:
    """Who came second did not link it."""
    links.decide(connection, "INC2", "duplicate", "INC1", "linked", LEAD, NOW)
    links.decide(connection, "INC2", "duplicate", "INC1", "linked", "user:other", NOW + HOUR)

    assert links.links_of(connection, "INC2")[0].decided_by == LEAD


def test_a_dismissed_link_is_not_suggested_again(connection: Connection) -> None:
    """Whoever has said no once does not want to be asked every time."""
    links.suggest(connection, "INC2", [found()], NOW)
    links.decide(connection, "INC2", "duplicate", "INC1", "dismissed", LEAD, NOW)

    links.suggest(connection, "INC2", [found()], NOW + HOUR)

    assert [link.state for link in links.links_of(connection, "INC2")] == ["dismissed"]
    assert links.linked_to(connection, "INC1") == []


def test_taking_back_makes_a_suggestion_again_and_what_was_made_by_hand_goes(connection: Connection) -> None:
    """A slip of the finger must cost one more click."""
    number = put_problem(connection)
    links.suggest(connection, "INC2", [found()], NOW)
    links.decide(connection, "INC2", "duplicate", "INC1", "dismissed", LEAD, NOW)
    links.decide(connection, "INC2", "problem", number, "linked", LEAD, NOW)

    links.take_back(connection, "INC2", "duplicate", "INC1")
    links.take_back(connection, "INC2", "problem", number)

    assert [(link.kind, link.state, link.decided_by) for link in links.links_of(connection, "INC2")] == [
        ("duplicate", "suggested", None)
    ]
    with pytest.raises(NotFound):
        links.take_back(connection, "INC2", "duplicate", "INC1")


@pytest.mark.parametrize(
    ("ticket_id", "kind", "other"),
    [
        ("INC9", "duplicate", "INC1"),
        ("INC2", "duplicate", "INC9"),
        ("INC9", "duplicate", "INC9"),
        ("INC2", "problem", "77"),
        ("INC2", "surge", "x"),
    ],
)
def test_what_is_not_there_cannot_be_linked(connection: Connection, ticket_id: str, kind: str, other: str) -> None:
    """A typing error would wait for ever for an end that never comes."""
    with pytest.raises(NotFound):
        links.decide(connection, ticket_id, kind, other, "linked", LEAD, NOW)  # type: ignore[arg-type]


def test_a_ticket_is_no_duplicate_of_itself(connection: Connection) -> None:
    """Its end would be told to itself."""
    with pytest.raises(InvalidInput):
        links.decide(connection, "INC2", "duplicate", "INC2", "linked", LEAD, NOW)


def test_an_end_is_told_once_and_of_linked_ones_only(connection: Connection) -> None:
    """A suggestion that nobody has confirmed must write to nobody."""
    file(connection, [filed("INC3"), filed("INC4")], NOW)
    links.suggest(connection, "INC2", [found()], NOW)
    links.decide(connection, "INC3", "duplicate", "INC1", "linked", LEAD, NOW)
    links.decide(connection, "INC4", "duplicate", "INC1", "dismissed", LEAD, NOW)
    assert links.ended_links(connection, 10) == []

    close(connection, "INC1", "Roller changed.")
    (link,) = links.ended_links(connection, 10)

    assert (link.ticket_id, link.ended_at, link.resolution) == ("INC3", NOW, "Roller changed.")
    assert links.mark_told(connection, link, NOW)
    assert not links.mark_told(connection, link, NOW)
    assert links.ended_links(connection, 10) == []


def test_problems_end_when_resolved_and_surges_when_over(connection: Connection) -> None:
    """Whoever waits for the cause wants to hear of it, too."""
    problem, surge = put_problem(connection), put_surge(connection)
    links.decide(connection, "INC2", "problem", problem, "linked", LEAD, NOW)
    links.decide(connection, "INC2", "surge", surge, "linked", LEAD, NOW)
    assert links.ended_links(connection, 10) == []

    connection.execute(update(problems).values(state="resolved", updated_at=NOW + HOUR))
    connection.execute(update(surges).values(state="over"))

    ended = {link.kind: (link.name, link.ended_at) for link in links.ended_links(connection, 10)}
    assert ended == {"problem": ("VPN: split tunnel", NOW + HOUR), "surge": ("VPN: tunnel", NOW)}


def test_numbers_of_problems_and_surges_are_not_mixed_up(connection: Connection) -> None:
    """Both count from 1."""
    number = put_problem(connection, "resolved")
    assert put_surge(connection) == number
    links.decide(connection, "INC2", "surge", number, "linked", LEAD, NOW)

    (link,) = links.links_of(connection, "INC2")
    assert (link.name, link.ended_at) == ("VPN: tunnel", None)


def test_links_go_with_either_ticket(connection: Connection) -> None:
    """Nothing of a person who was forgotten may stay in another's ticket."""
    links.decide(connection, "INC2", "duplicate", "INC1", "linked", LEAD, NOW)
    connection.execute(tickets.delete().where(tickets.c.id == "INC1"))

    assert links.links_of(connection, "INC2") == []


def test_what_is_linked_comes_first_then_the_surest(connection: Connection) -> None:
    """The card shows the first ones."""
    file(connection, [filed(f"INC{n}") for n in (5, 6, 7)], NOW)
    links.suggest(connection, "INC2", [found(other="INC5", confidence=0.91), found(other="INC6", confidence=0.99)], NOW)
    links.decide(connection, "INC2", "duplicate", "INC7", "dismissed", LEAD, NOW)
    links.decide(connection, "INC2", "duplicate", "INC1", "linked", LEAD, NOW)

    assert [link.other for link in links.links_of(connection, "INC2")] == ["INC1", "INC6", "INC5", "INC7"]


def test_earlier_tickets_are_those_of_the_person_by_any_id(connection: Connection) -> None:
    """Who writes from two addresses says it again from the other one."""
    others = [filed("INC3", 2 * HOUR, customer_id="ann2"), filed("INC4", HOUR, customer_id="bo"), filed("INC5", -HOUR)]
    file(connection, [*others, filed("INC6", timedelta(days=31))], NOW)
    join(connection, "ann", "ann2", NOW)

    assert [each.ticket.id for each in links.earlier_of(connection, filed("INC2"), NOW)] == ["INC1", "INC3"]
    assert [each.ticket.id for each in links.earlier_of(connection, filed("new"), NOW)] == ["INC2", "INC1", "INC3"]


def test_who_opted_out_is_not_compared(connection: Connection) -> None:
    """They were promised that nobody looks at what they file as a whole."""
    opt_out(connection, "ann", NOW)

    assert links.earlier_of(connection, filed("INC2"), NOW) == []
    assert links.earlier_of(connection, filed("INC2", customer_id=None), NOW) == []


def test_no_more_is_read_than_is_looked_at(connection: Connection) -> None:
    """A mailbox with a thousand tickets a day must not slow the page of each."""
    file(connection, [filed(f"M{n}", HOUR) for n in range(MOST_OF_A_PERSON + 9)], NOW)

    assert len(links.earlier_of(connection, filed("INC2"), NOW)) == MOST_OF_A_PERSON + 1


def test_arrivals_come_in_order_and_each_once(connection: Connection) -> None:
    """A ticket that is left out is never looked at; one that comes twice takes another's turn."""
    for n in (3, 4, 5):
        file(connection, [filed(f"INC{n}")], NOW + n * HOUR / 60)
    file(connection, [filed("OLD", timedelta(days=40))], NOW)
    close(connection, "INC4")
    day_ago, until = NOW - timedelta(days=1), NOW + HOUR

    first = links.arrivals(connection, (NOW - HOUR, ""), until, day_ago, 2)
    then = links.arrivals(connection, (first[-1].first_seen_at, first[-1].ticket.id), until, day_ago, 9)

    assert [each.ticket.id for each in first] == ["INC1", "INC2"]
    assert [each.ticket.id for each in then] == ["INC3", "INC5"]
    assert links.arrivals(connection, (NOW - HOUR, ""), NOW - HOUR, day_ago, 9) == []

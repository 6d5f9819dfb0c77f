"""Removing a person."""

import json
from collections.abc import Callable
from datetime import date, datetime

import pytest
from pydantic import SecretStr
from sqlalchemy import Connection, Table, func, insert, select

from api.customers import unprofiled
from data import (
    deliveries,
    events,
    keys,
    known_segments,
    opt_outs,
    outbox,
    outcomes,
    persons,
    plans,
    predictions,
    profile_views,
    sourced_tickets,
    vips,
)
from data import idempotency as answers
from data.connectors.connector import Delivery
from data.forgetting import Holdings, forget, holdings_of
from data.idempotency import Answer, RequestIdentity
from data.pseudonyms import earlier_ids, shown_id, stored_id
from data.tables import deliveries as deliveries_table
from data.tables import events as events_table
from data.tables import (
    handovers,
    joined_spellings,
    metadata,
    problem_tickets,
    problems,
    review_queue,
    reviews,
    ticket_links,
)
from data.tickets import file
from tests.data.stores.entries import make_entry
from tests.triage.test_subscribers import make_subscriber
from triage.customers.plans import Terms
from triage.events import Event
from triage.ticket import NewTicket

Moment = Callable[..., datetime]

KEY = SecretStr("a key of at least thirty-two characters")


@pytest.fixture
def caller(connection: Connection, moment: Moment) -> str:
    """Whoever has a key."""
    return f"key:{keys.create(connection, 'helpdesk', ['score'], moment(1))[0].id}"


@pytest.fixture
def two_known(connection: Connection, moment: Moment, caller: str) -> None:
    """Two customers of whom the database holds all that it can hold, and a ticket of nobody."""
    for id_ in ("u42", "u43"):
        file(connection, [NewTicket(id=f"{id_}-{n}", subject="VPN", customer_id=id_) for n in range(2)], moment(3))
        predictions.record(connection, [(f"{id_}-{n}", "{}") for n in range(2)] * 3, "7", moment(3))
        plans.agree(connection, id_, Terms("Ines Example", "Call back", date(2026, 12, 5)), moment(3))
        profile_views.record(connection, caller, [id_], moment(3))
        opt_outs.opt_out(connection, id_, moment(3))
        vips.mark(connection, id_, "Board member", caller, moment(3))
        sourced_tickets.link(connection, f"{id_}-0", "desk", f"{id_}-0", {})
        outbox.put(connection, [make_entry(int(id_[1:]), f"{id_}-0")], moment(3))
        outcomes.record(connection, f"{id_}-0", {"priority": "high"}, "human", "desk", moment(3))
        deliver(connection, f"{id_}-0", None, moment(3))
        review = {"ticket_id": f"{id_}-0", "target": "priority", "verdict": "accepted", "reviewer": "key:1"}
        connection.execute(insert(reviews), review | {"at": moment(3)})
        waiting = {"ticket_id": f"{id_}-0", "rank": 0.5, "targets": ["priority"], "settled": [], "waits": True}
        more = {"model_version": "7", "opened_at": moment(3), "segments": "", "is_blind": False}
        connection.execute(insert(review_queue), waiting | more)
        tell(connection, id_, moment(3))
        belong(connection, f"{id_}-0", moment(3))
    file(connection, [NewTicket(id="nobody")], moment(3))


def belong(connection: Connection, ticket_id: str, now: datetime) -> None:
    """Hands a ticket on, and makes it part of a problem of its own and of an outage."""
    seen = {"name": "VPN", "is_named_by_hand": False, "state": "new", "centre": {}, "content": {}, "n_tickets": 1}
    more = {"hours_lost": 1.0, "first_seen_at": now, "last_seen_at": now, "created_at": now, "updated_at": now}
    problem = connection.execute(insert(problems).returning(problems.c.id), seen | more).scalar_one()
    part = {"ticket_id": ticket_id, "problem_id": problem, "told_by": "found"}
    connection.execute(insert(problem_tickets), part)
    handover = {"ticket_id": ticket_id, "place": 0, "from_group": "Network", "to_group": "Desk"}
    connection.execute(insert(handovers), handover)
    link = {"ticket_id": ticket_id, "kind": "surge", "other": "1", "state": "suggested", "confidence": 0.9}
    connection.execute(insert(ticket_links), link | {"reason": "the same words", "at": now})


def deliver(
    connection: Connection,
    reference: str,
    customer: str | None,
    now: datetime,
    *,
    source: str = "desk",
    key: SecretStr | None = None,
) -> None:
    """Keeps a delivery of a ticket; one without a customer names the ticket only."""
    ticket = None if customer is None else NewTicket(id=reference, customer_id=customer)
    event = Event(
        delivery_id=f"{reference} {customer}", kind="created", reference=reference, number=reference, ticket=ticket
    )
    deliveries.receive(connection, source, Delivery({}, b"{}"), event, key, now)


def tell(connection: Connection, id_: str, now: datetime) -> None:
    """Tells others of a customer's ticket, once with their id and once without, and of themselves."""
    told, ticket = [make_subscriber()], f"{id_}-0"
    events.publish(
        connection, told, "prediction.completed", f"ticket:{ticket}", {}, now, ticket_id=ticket, customer_id=id_
    )
    events.publish(connection, told, "review.recorded", f"ticket:{ticket}", {}, now, ticket_id=ticket)
    events.publish(connection, told, "profile.changed", f"customer:{id_}", {}, now, customer_id=id_)
    known_segments.notice(connection, {id_: frozenset({"newcomer"})}, now)


def rows(connection: Connection) -> dict[str, int]:
    """How many rows each table has."""
    return {name: count(connection, table) for name, table in metadata.tables.items() if name != "api_keys"}


def count(connection: Connection, table: Table) -> int:
    """How many rows a table has."""
    return connection.scalar(select(func.count()).select_from(table)) or 0


def keep(connection: Connection, caller: str, key: str, response: str, now: datetime) -> None:
    """Keeps an answer for a repeated request."""
    request = RequestIdentity(caller, "POST /v1/score", key, b"")
    answers.keep_all(connection, [(request, Answer(200, response))], now)


@pytest.mark.usefixtures("two_known")
def test_a_customer_is_removed_from_every_table_and_nobody_else(connection: Connection) -> None:
    """That is what was promised to them; and a person with nearly the same id is another person."""
    before = rows(connection)

    removed = forget(connection, "u42", None)

    assert removed == Holdings(
        n_tickets=2,
        n_predictions=6,
        n_plans=1,
        n_profile_views=1,
        n_opt_outs=1,
        n_vips=1,
        n_deliveries=1,
        n_events=3,
        n_answers=0,
    )
    after = rows(connection)
    assert {name: before[name] - after[name] for name in before} == {
        "tickets": 2,
        "predictions": 6,
        "plans": 1,
        "profile_views": 1,
        "opt_outs": 1,
        "vips": 1,
        "idempotency": 0,
        "same_persons": 0,
        "aliases": 0,
        "joined_spellings": 0,
        "sourced_tickets": 1,
        "deliveries": 1,
        "outbox": 1,
        "outcomes": 1,
        "reviews": 1,
        "review_queue": 1,
        "events": 3,
        "known_segments": 1,
        "users": 0,
        "sessions": 0,
        "audit_entries": 0,
        "request_counts": 0,
        "handovers": 1,
        "problem_tickets": 1,
        "ticket_links": 1,
        "problems": 0,
        "jobs": 0,
        "daily_counts": -1,  # the mark that their day is to be counted again, without them
        "daily_work": 0,
        "changes": 0,
        "surges": 0,
        "digests": 0,
    }
    assert holdings_of(connection, "u42", None).is_nothing
    assert holdings_of(connection, "u43", None) == removed


@pytest.mark.usefixtures("two_known")
def test_what_would_be_removed_is_counted_without_removing_it(connection: Connection) -> None:
    """Somebody is asked first."""
    before = rows(connection)

    assert holdings_of(connection, "u42", None).n_tickets == 2
    assert rows(connection) == before


@pytest.mark.usefixtures("two_known")
def test_of_an_unknown_customer_nothing_is_removed(connection: Connection) -> None:
    """A typing mistake costs nobody anything."""
    before = rows(connection)

    assert forget(connection, "u4", None).is_nothing
    assert rows(connection) == before


@pytest.mark.parametrize(
    ("response", "names"),
    [
        ('{"ticket_id":"1","customer":{"id":"u42","segments":[]}}', True),
        ('{"results":[{"status":422},{"ticket_id":"1","customer":null},{"customer":{"id":"u42"}}]}', True),
        ('{"ticket_id":"1","customer":{"id":"U42 "}}', True),
        ('{"ticket_id":"1","customer":{"id":"u43"}}', False),
        ('{"ticket_id":"1","customer":{"id":"u421"}}', False),
        ('{"ticket_id":"u42","customer":null}', False),
        ('{"ticket_id":"1","customer":{"id":"u1","plan":{"note":"ask u42"}}}', False),
    ],
)
def test_answers_that_name_the_customer_are_removed(
    connection: Connection, moment: Moment, caller: str, response: str, names: bool
) -> None:
    """For a day they say who wrote a ticket, however it was spelled; one of somebody else is still owed to a client."""
    keep(connection, caller, "k1", response, moment(3))

    removed = forget(connection, "u42", None)

    assert removed.n_answers == int(names)
    assert rows(connection)["idempotency"] == int(not names)


@pytest.mark.parametrize(
    ("response", "shows"),
    [
        ('{"ticket_id":"9","customer":null,"similar":[{"ticket_id":"INC 1"}]}', True),
        ('{"results":[{"status":422},{"ticket_id":"9","similar":[{"ticket_id":"8"},{"ticket_id":"2"}]}]}', True),
        ('{"ticket_id":"9","similar":[{"ticket_id":"INC1"},{"ticket_id":"3"}]}', False),
    ],
)
def test_answers_that_show_a_ticket_of_theirs_as_similar_are_removed(
    connection: Connection, moment: Moment, caller: str, response: str, shows: bool
) -> None:
    """For a day a repeated request would bring back how somebody's trouble was solved."""
    file(connection, [NewTicket(id="INC 1", customer_id="u42"), NewTicket(id="2", customer_id="u42")], moment(3))
    file(connection, [NewTicket(id="3", customer_id="u43")], moment(3))
    keep(connection, caller, "k1", response, moment(3))

    removed = forget(connection, "u42", None)

    assert removed.n_answers == int(shows)


@pytest.mark.parametrize("id_", ["50%_off", 'DOMAIN\\"ann"', "größe 😀", "tab\t"])
def test_ids_that_mean_something_to_a_database_or_to_json_are_found(
    connection: Connection, moment: Moment, caller: str, id_: str
) -> None:
    """They are whatever the ticketing system has."""
    keep(connection, caller, "k1", f'{{"customer":{json.dumps(unprofiled(id_))}}}', moment(3))
    keep(connection, caller, "k2", '{"customer":{"id":"50xxoff"}}', moment(3))

    assert forget(connection, id_, None).n_answers == 1


@pytest.mark.parametrize("asked_as", ["u42", shown_id(stored_id("u42", KEY), KEY)])
def test_under_a_key_all_is_found_whichever_id_is_asked_for(
    connection: Connection, moment: Moment, caller: str, asked_as: str
) -> None:
    """Tickets have the hash, kept answers the callers' own id; a lead knows the first, the customer the second."""
    file(connection, [NewTicket(id="1", customer_id=stored_id("u42", KEY))], moment(3))
    keep(connection, caller, "k1", '{"customer":{"id":"u42"}}', moment(3))
    keep(connection, caller, "k2", '{"customer":{"id":"u43"}}', moment(3))

    removed = forget(connection, asked_as, KEY)

    assert (removed.n_tickets, removed.n_answers) == (1, 1)
    assert rows(connection)["idempotency"] == 1


def test_what_was_stored_before_there_was_a_key_is_removed_too(connection: Connection, moment: Moment) -> None:
    """Whoever asks to be forgotten must not be told that nothing is known of them."""
    file(connection, [NewTicket(id="1", customer_id="u42"), NewTicket(id="2", customer_id="u43")], moment(3))
    opt_outs.opt_out(connection, "u42", moment(3))

    removed = forget(connection, "u42", KEY)

    assert (removed.n_tickets, removed.n_opt_outs) == (1, 1)
    assert rows(connection)["tickets"] == 1


@pytest.mark.usefixtures("two_known")
def test_another_spelling_forgets_the_same_person(connection: Connection) -> None:
    """Whoever writes the request does not know how the ticketing system wrote the id."""
    removed = forget(connection, " U42\u00a0", None)

    assert (removed.n_tickets, removed.n_plans, removed.n_opt_outs) == (2, 1, 1)
    assert holdings_of(connection, "u42", None).is_nothing


@pytest.mark.parametrize("asked", ["u42", "u43"])
@pytest.mark.usefixtures("two_known")
def test_of_two_ids_of_one_person_either_forgets_both(connection: Connection, moment: Moment, asked: str) -> None:
    """Whoever asks to be forgotten means themselves, not one of their addresses."""
    persons.join(connection, "u42", "u43", moment(4))
    persons.join(connection, "u43", "u44", moment(4))

    removed = forget(connection, asked, None)

    assert (removed.n_tickets, removed.n_predictions, removed.n_plans, removed.n_opt_outs) == (4, 12, 2, 2)
    left = rows(connection)
    assert (left["tickets"], left["same_persons"], left["aliases"], left["profile_views"]) == (1, 0, 0, 0)


def test_what_gave_way_when_spellings_were_joined_is_forgotten_too(connection: Connection, moment: Moment) -> None:
    """The older row of a ticket is kept with its text."""
    kept = {"kind": "ticket", "spelling": "2 553", "key": "2553", "content": {"body": "x"}, "joined_at": moment(3)}
    connection.execute(insert(joined_spellings), [kept | {"customer_id": id_} for id_ in ("u42", "u43")])

    forget(connection, "U42", None)

    assert connection.scalars(select(joined_spellings.c.customer_id)).all() == ["u43"]


def test_under_a_key_what_a_spelling_was_hashed_to_before_is_removed_too(
    connection: Connection, moment: Moment
) -> None:
    """Hashes of other spellings than today's can be found only by whoever still has the spelling."""
    (earlier,) = earlier_ids(["Ann.Lee@example.org"], KEY)
    file(connection, [NewTicket(id="1", customer_id=earlier), NewTicket(id="2", customer_id="u43")], moment(3))

    assert forget(connection, "ann.lee@example.org", KEY).is_nothing
    assert forget(connection, "Ann.Lee@example.org", KEY).n_tickets == 1


@pytest.mark.parametrize("key", [None, KEY])
def test_what_came_of_them_and_waits_is_removed_too(
    connection: Connection, moment: Moment, key: SecretStr | None
) -> None:
    """Nobody has worked on it, so there is no ticket yet that would lead to it."""
    deliver(connection, "1", "Ann.Lee@example.org", moment(3), key=key)
    deliver(connection, "2", "ann.lee2@example.org", moment(3), key=key)
    deliver(connection, "3", "Guest", moment(3), key=key)
    deliver(connection, "4", None, moment(3), key=key)

    removed = forget(connection, "ann.lee@example.org", key)

    assert (removed.n_deliveries, removed.is_nothing) == (1, False)
    assert sorted(connection.scalars(select(deliveries_table.c.reference))) == ["2", "3", "4"]


@pytest.mark.usefixtures("two_known")
def test_of_a_known_ticket_all_deliveries_are_removed(connection: Connection, moment: Moment) -> None:
    """Those that name the ticket only, or a colleague who wrote for them; the same number elsewhere is another's."""
    deliver(connection, "u42-0", "colleague", moment(3))
    deliver(connection, "u42-0", "somebody", moment(3), source="other desk")

    assert forget(connection, "u42", None).n_deliveries == 2
    left = connection.execute(select(deliveries_table.c.source, deliveries_table.c.reference)).all()
    assert sorted(map(tuple, left)) == [("desk", "u43-0"), ("other desk", "u42-0")]


def test_events_about_somebody_who_has_no_ticket_are_something(connection: Connection, moment: Moment) -> None:
    """Tickets may be gone already; whoever asks is not told that nothing is known."""
    events.publish(connection, [make_subscriber()], "profile.changed", "customer:u42", {}, moment(3), customer_id="u42")

    removed = forget(connection, "u42", None)

    assert (removed.n_events, removed.is_nothing, count(connection, events_table)) == (1, False, 0)

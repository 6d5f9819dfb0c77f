"""What was stored under several spellings is brought together by an upgrade, and nothing is lost by it."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Connection, Engine, MetaData, Row, insert, select
from structlog.testing import capture_logs

from data import schema
from data.database import migrating, reading, writing
from data.forgetting import forget
from data.pseudonyms import stored_id
from data.schema import upgrade
from data.tables import api_keys, joined_spellings, opt_outs, plans, predictions, profile_views, tickets

Moment = Callable[..., datetime]


@pytest.fixture
def old(empty: Engine) -> Engine:
    """A database as the version before left it."""
    with migrating(empty) as connection:
        schema._migrate(connection, "0003")
    return empty


def put(connection: Connection, table: str, **values: Any) -> None:  # noqa: ANN401  (any row)
    """Stores a row in a table as it is now."""
    stored = MetaData()
    stored.reflect(connection, only=[table])
    moments = {name for name, value in values.items() if isinstance(value, datetime)}
    if connection.dialect.name == "sqlite":
        values |= {name: values[name].replace(tzinfo=None) for name in moments}
    connection.execute(insert(stored.tables[table]), values)


def put_ticket(connection: Connection, id_: str, at: datetime, **values: Any) -> None:  # noqa: ANN401
    """Stores a ticket that was last written at a moment."""
    empty = {"subject": "", "body": "", "attributes": {}, "outcome_attributes": {}}
    put(connection, "tickets", **empty | {"id": id_, "first_seen_at": at, "updated_at": at, "opened_at": at} | values)


def put_prediction(connection: Connection, ticket_id: str, value: str, at: datetime) -> None:
    """Stores an answer about a ticket."""
    said = {"target": "assignment_group", "confidence": 0.9, "threshold": 0.8, "decision": "auto", "reason": "x"}
    put(connection, "predictions", ticket_id=ticket_id, value=value, created_at=at, top=[], model_version="7", **said)


def put_plan(connection: Connection, customer_id: str, at: datetime, outcome: str = "open", **values: Any) -> None:  # noqa: ANN401
    """Stores a plan that was last changed at a moment."""
    terms = {"owner": "Ines", "next_step": "Call", "review_on": date(2026, 12, 5), "note": None} | values
    put(connection, "plans", customer_id=customer_id, outcome=outcome, created_at=at, updated_at=at, **terms)


def all_of(engine: Engine, table: Any) -> list[Row[Any]]:  # noqa: ANN401
    """The rows of a table, in order."""
    with reading(engine) as connection:
        return list(connection.execute(select(table).order_by(*table.primary_key.columns)))


def test_rows_of_one_ticket_become_one(old: Engine, moment: Moment) -> None:
    """The newest says what holds; what it does not say is taken from the older, which is kept whole."""
    with writing(old) as connection:
        put_ticket(connection, "2553", moment(3), subject="VPN", body="down", priority="2", writing_precision=0.4)
        put_ticket(connection, "2 553", moment(5), subject="VPN again", priority="1", first_seen_at=moment(2))
        put_ticket(
            connection,
            "2553.0",
            moment(4),
            channel="email",
            priority="3",
            writing_precision=0.0,
            attributes={"site": "Lyon"},
        )
        put_ticket(connection, "2554", moment(4))
        for ticket_id, value in (("2 553", "Network"), ("2553", "Desk"), ("2553.0", "Apps"), ("2554", "Other")):
            put_prediction(connection, ticket_id, value, moment(6))

    upgrade(old)

    ticket, other = all_of(old, tickets)
    assert (ticket.id, ticket.id_as_filed, other.id, other.id_as_filed) == ("2553", "2 553", "2554", None)
    assert (ticket.subject, ticket.body, ticket.priority, ticket.channel) == ("VPN again", "down", "1", "email")
    assert (ticket.attributes, ticket.writing_precision) == ({"site": "Lyon"}, None)
    assert (ticket.first_seen_at, ticket.updated_at) == (moment(2), moment(5))
    said = [(row.ticket_id, row.answers["assignment_group"]["value"]) for row in all_of(old, predictions)]
    assert said == [("2553", "Network"), ("2553", "Desk"), ("2553", "Apps"), ("2554", "Other")]
    kept = [(row.kind, row.spelling, row.key, row.content["priority"]) for row in all_of(old, joined_spellings)]
    assert kept == [("ticket", "2553", "2553", "2"), ("ticket", "2553.0", "2553", "3")]


def test_a_ticket_whose_number_was_only_spelled_otherwise_keeps_its_answers(old: Engine, moment: Moment) -> None:
    """Its key changes, and the answers refer to it."""
    with writing(old) as connection:
        put_ticket(connection, "1 234", moment(3))
        put_prediction(connection, "1 234", "Network", moment(3))

    upgrade(old)

    (ticket,), (prediction,) = all_of(old, tickets), all_of(old, predictions)
    assert (ticket.id, ticket.id_as_filed, prediction.ticket_id) == ("1234", "1 234", "1234")


def test_what_was_read_off_a_text_stays_with_the_text(old: Engine, moment: Moment) -> None:
    """A row without one has measures of nothing."""
    with writing(old) as connection:
        put_ticket(connection, "2553", moment(3), body="down", writing_precision=0.4, asks_how=True)
        put_ticket(connection, "2 553", moment(5), writing_precision=0.0, asks_how=False)

    upgrade(old)

    (ticket,) = all_of(old, tickets)
    assert (ticket.body, ticket.writing_precision, ticket.asks_how) == ("down", 0.4, True)


def test_answers_go_with_their_ticket_after_the_upgrade_as_before(old: Engine, moment: Moment) -> None:
    """The reference was out of the way for a moment."""
    with writing(old) as connection:
        put_ticket(connection, "1 234", moment(3))
        put_prediction(connection, "1 234", "Network", moment(3))

    upgrade(old)

    with writing(old) as connection:
        connection.execute(tickets.delete())
    assert all_of(old, predictions) == []


def test_everything_of_one_person_comes_together(old: Engine, moment: Moment) -> None:
    """Tickets, plans, looks and an opt-out, whichever spelling each was stored under."""
    spelled = ("ann.lee@example.org", "Ann.Lee@example.org", "Ann Lee <ann.lee@example.org>")
    key = {"id": "k", "name": "n", "secret_sha256": "0", "scopes": [], "created_at": moment(1)}
    with writing(old) as connection:
        connection.execute(insert(api_keys), key)
        for n, id_ in enumerate(spelled):
            put_ticket(connection, str(n), moment(3 + n), customer_id=id_)
            put(connection, "profile_views", api_key_id="k", customer_id=id_, at=moment(9))
        put_ticket(connection, "3", moment(9), customer_id="bob@example.org")
        put_plan(connection, spelled[1], moment(3), "done")
        put(connection, "opt_outs", customer_id=spelled[2], since=moment(7))
        put(connection, "opt_outs", customer_id=spelled[1], since=moment(6))

    upgrade(old)

    found = [(row.customer_id, row.customer_as_filed) for row in all_of(old, tickets)]
    assert found == [(spelled[0], None), (spelled[0], spelled[1]), (spelled[0], spelled[2]), ("bob@example.org", None)]
    assert [row.customer_id for row in all_of(old, plans)] == [spelled[0]]
    assert [row.customer_id for row in all_of(old, profile_views)] == [spelled[0]] * 3
    assert [(row.customer_id, row.since) for row in all_of(old, opt_outs)] == [(spelled[0], moment(6))]
    kept = {(row.kind, row.spelling, row.key) for row in all_of(old, joined_spellings)}
    expected = {(kind, id_, spelled[0]) for id_ in spelled[1:] for kind in ("person", "opt_out")}
    assert kept == expected


def test_an_opt_out_of_the_key_itself_holds_since_the_first(old: Engine, moment: Moment) -> None:
    """It was told twice, once in each spelling."""
    with writing(old) as connection:
        put(connection, "opt_outs", customer_id="ann", since=moment(7))
        put(connection, "opt_outs", customer_id="ANN", since=moment(6))
        put(connection, "opt_outs", customer_id="BO", since=moment(8))

    upgrade(old)

    found = [(row.customer_id, row.since) for row in all_of(old, opt_outs)]
    assert found == [("ann", moment(6)), ("bo", moment(8))]


def test_of_two_open_plans_the_one_that_was_changed_last_stays_open(old: Engine, moment: Moment) -> None:
    """A person has one open plan; the other one is ended with a sentence that says why, and kept as it was."""
    with writing(old) as connection:
        put_plan(connection, "ann", moment(3), note="tried")
        put_plan(connection, "ANN", moment(5))
        put_plan(connection, "Ann ", moment(4))
        put_plan(connection, "bo", moment(4))

    upgrade(old)

    found = [(row.customer_id, row.outcome, row.note) for row in all_of(old, plans)]
    ended = "Ended when two spellings of this customer were joined, of which each had an open plan."
    assert found == [
        ("ann", "dropped", f"tried {ended}"),
        ("ann", "open", None),
        ("ann", "dropped", ended),
        ("bo", "open", None),
    ]
    kept = [(row.spelling, row.content["note"]) for row in all_of(old, joined_spellings) if row.kind == "plan"]
    assert kept == [("ann", "tried"), ("Ann ", None)]


def test_a_word_for_nobody_is_no_customer_any_more(old: Engine, moment: Moment) -> None:
    """The tickets stay, with the word as they came."""
    with writing(old) as connection:
        put_ticket(connection, "1", moment(3), customer_id="Guest")

    upgrade(old)

    (ticket,), (kept,) = all_of(old, tickets), all_of(old, joined_spellings)
    assert (ticket.customer_id, ticket.customer_as_filed) == (None, "Guest")
    assert (kept.kind, kept.spelling, kept.content["tickets"]) == ("nobody", "Guest", 1)


def test_the_log_says_what_was_joined_and_what_cannot_be(old: Engine, moment: Moment) -> None:
    """Whoever upgrades wants to know why there are fewer customers than yesterday."""
    hashed = stored_id("u1", SecretStr("a key of some length"))
    with writing(old) as connection:
        for id_, who in (("1", "ann"), ("2", "ANN"), ("3", "Bo"), ("4", hashed), ("5 555", "N/A"), ("5555", None)):
            put_ticket(connection, id_, moment(3), customer_id=who)
        put_ticket(connection, "6 666", moment(3))

    with capture_logs() as logs:
        upgrade(old)

    (said,) = [line for line in logs if line["event"] == "spellings_joined"]
    assert {name: n for name, n in said.items() if name.startswith("n_")} == {
        "n_tickets_renamed": 1,
        "n_tickets_joined": 1,
        "n_customers_renamed": 1,
        "n_customers_joined": 1,
        "n_placeholders": 1,
        "n_hashes_left_apart": 1,
    }


def test_where_every_spelling_is_a_key_nothing_is_changed_or_said(old: Engine, moment: Moment) -> None:
    """Most desks write an id in one way."""
    with writing(old) as connection:
        put_ticket(connection, "INC1", moment(3), customer_id="u42")

    with capture_logs() as logs:
        upgrade(old)

    (ticket,) = all_of(old, tickets)
    assert (ticket.id, ticket.customer_id, ticket.id_as_filed, ticket.customer_as_filed) == ("INC1", "u42", None, None)
    assert (all_of(old, joined_spellings), logs) == ([], [])


def test_what_is_kept_of_a_join_is_forgotten_with_the_person(old: Engine, moment: Moment) -> None:
    """The older row of a ticket holds their text, even if it did not say whose it was."""
    with writing(old) as connection:
        put_ticket(connection, "2 553", moment(3), body="my password is")
        put_ticket(connection, "2553", moment(4), customer_id="ANN")
        put_ticket(connection, "2553.0", moment(5), customer_id="Guest")

    upgrade(old)
    with writing(old) as connection:
        forget(connection, "Ann", None)

    assert (all_of(old, tickets), all_of(old, joined_spellings)) == ([], [])

"""What ticketing systems sent: stored once, and read again as it was read when it came."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Connection, Engine, func, select

from data import deliveries
from data.connectors import CONNECTORS
from data.connectors.connector import Delivery, Options
from data.database import reading, writing
from data.deliveries import (
    bury,
    claim,
    counts,
    finish,
    ignore,
    oldest_waiting,
    receive,
    redacted,
    retry_later,
    throw_away,
)
from data.pseudonyms import stored_id
from data.tables import deliveries as deliveries_table
from tests.data.connectors.deliveries import SECRET, SENDERS
from triage.events import Event
from triage.redaction import read_exceptions
from triage.ticket import NewTicket

Moment = Callable[..., datetime]

LEASE = timedelta(minutes=5)
BODY = '{"ticket": {"id": 4, "subject": "größe 😀"}}'.encode()
KEY = SecretStr("a key of at least thirty-two characters")


def make_event(id_: str = "d1", reference: str = "4", customer: str | None = "u42") -> Event:
    """What a delivery tells."""
    ticket = NewTicket(id=reference, customer_id=customer)
    return Event(delivery_id=id_, kind="created", reference=reference, number=reference, ticket=ticket)


def came(
    connection: Connection,
    now: datetime,
    id_: str = "d1",
    *,
    reference: str = "4",
    source: str = "desk",
    body: bytes = BODY,
) -> bool:
    """Receives a delivery."""
    delivery = Delivery({"webhook-id": id_}, body)
    return receive(connection, source, delivery, make_event(id_, reference), None, now)


def count(connection: Connection) -> int:
    """How many there are."""
    return connection.scalar(select(func.count()).select_from(deliveries_table)) or 0


def test_what_comes_twice_is_stored_once(connection: Connection, moment: Moment) -> None:
    """A system sends again what it heard no answer to, while two desks may count alike."""
    assert came(connection, moment(3))
    assert not came(connection, moment(4), body=b"{}")
    assert came(connection, moment(4), source="other desk")
    assert came(connection, moment(4), "d2")

    assert count(connection) == 3


def test_what_was_worked_on_is_still_known(engine: Engine, moment: Moment) -> None:
    """A proxy may repeat a delivery minutes later."""
    with writing(engine) as connection:
        came(connection, moment(3))
    (claimed,) = claim(engine, moment(3), 10, LEASE)
    with writing(engine) as connection:
        finish(connection, claimed.lease, moment(3))

        assert not came(connection, moment(3, 1))


@pytest.mark.parametrize("system", sorted(CONNECTORS))
def test_it_reads_again_as_it_was_read(sqlite_engine: Engine, moment: Moment, system: str) -> None:
    """It is worked on later, perhaps by another process, and its id is still the one it is known by."""
    connector, delivery = CONNECTORS[system](Options()), SENDERS[system].delivery()
    event = connector.read(delivery)
    with writing(sqlite_engine) as connection:
        receive(connection, "desk", delivery, event, None, moment(3))

    (claimed,) = claim(sqlite_engine, moment(3), 10, LEASE)

    assert connector.read(claimed.delivery) == event
    assert (claimed.source, claimed.delivery_id, claimed.reference) == ("desk", event.delivery_id, event.reference)


@pytest.mark.parametrize("system", sorted(CONNECTORS))
def test_no_secret_is_stored(sqlite_engine: Engine, moment: Moment, system: str) -> None:
    """Whoever reads the database must not be able to send."""
    delivery = SENDERS[system].delivery()
    with writing(sqlite_engine) as connection:
        receive(connection, "desk", delivery, CONNECTORS[system](Options()).read(delivery), None, moment(3))

        (row,) = connection.execute(select(deliveries_table))

    assert SECRET not in str(row)
    assert "authorization" not in row.headers


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_body_in_any_encoding_of_json_is_kept_as_text(engine: Engine, moment: Moment, encoding: str) -> None:
    """A desk's own program may send what its platform writes."""
    with writing(engine) as connection:
        came(connection, moment(3), body=BODY.decode().encode(encoding))

    (claimed,) = claim(engine, moment(3), 10, LEASE)

    assert claimed.delivery.body == BODY


def test_a_body_that_no_database_keeps_is_kept_without_what_it_refuses(engine: Engine, moment: Moment) -> None:
    """A broken byte must not cost a ticket."""
    with writing(engine) as connection:
        came(connection, moment(3), body=b'{"id": 4, "subject": "a\xff"}')

    (claimed,) = claim(engine, moment(3), 10, LEASE)

    assert claimed.delivery.body == '{"id": 4, "subject": "a\ufffd"}'.encode()


def test_deliveries_of_a_ticket_are_worked_on_one_after_the_other(engine: Engine, moment: Moment) -> None:
    """Two workers that file one ticket at once know nothing of each other."""
    with writing(engine) as connection:
        for id_, reference in (("d1", "4"), ("d2", "4"), ("d3", "5")):
            came(connection, moment(3), id_, reference=reference)

    first = claim(engine, moment(3), 10, LEASE)
    with writing(engine) as connection:
        assert finish(connection, first[0].lease, moment(3))
    second = claim(engine, moment(3), 10, LEASE)

    assert [each.delivery_id for each in first] == ["d1", "d3"]
    assert [each.delivery_id for each in second] == ["d2"]


def row_of(engine: Engine) -> Any:  # noqa: ANN401
    """The one row there is."""
    with reading(engine) as connection:
        return connection.execute(select(deliveries_table)).one()


def test_what_became_of_it_is_kept(engine: Engine, moment: Moment) -> None:
    """A ticket without an answer is looked for here."""
    with writing(engine) as connection:
        came(connection, moment(3))
    (claimed,) = claim(engine, moment(3), 10, LEASE)
    with writing(engine) as connection:
        assert retry_later(connection, claimed.lease, moment(3, 1), "The desk cannot be reached.")
    waiting = row_of(engine)
    (again,) = claim(engine, moment(3, 1), 10, LEASE)
    with writing(engine) as connection:
        assert not ignore(connection, claimed.lease, "too late", moment(3, 1))
        assert ignore(connection, again.lease, "our own change", moment(3, 1))
    ignored = row_of(engine)

    assert (waiting.state, waiting.last_error, waiting.settled_at) == ("waiting", "The desk cannot be reached.", None)
    assert (ignored.state, ignored.reason, ignored.last_error, ignored.settled_at) == (
        "ignored",
        "our own change",
        None,
        moment(3, 1),
    )
    assert (ignored.n_attempts, ignored.lease_token) == (2, None)


def test_a_worker_that_comes_late_undoes_what_it_did(engine: Engine, moment: Moment) -> None:
    """Its successor does the same, and what follows from a delivery should follow once."""
    with writing(engine) as connection:
        came(connection, moment(3))
    (slow,) = claim(engine, moment(3), 10, LEASE)
    (quick,) = claim(engine, moment(3) + LEASE, 10, LEASE)

    with writing(engine) as connection:
        assert not finish(connection, slow.lease, moment(4))
        assert not bury(connection, slow.lease, "x", moment(4))
        assert finish(connection, quick.lease, moment(4))

    assert (row_of(engine).state, row_of(engine).last_error) == ("done", None)


def test_states_are_counted_and_the_oldest_is_told(engine: Engine, moment: Moment) -> None:
    """Deliveries that wait are tickets that nobody has triaged."""
    with writing(engine) as connection:
        assert (counts(connection), oldest_waiting(connection)) == ({}, None)
        for n in range(3):
            came(connection, moment(3, n), f"d{n}", reference=str(n))
    (first,) = claim(engine, moment(4), 1, LEASE)
    with writing(engine) as connection:
        bury(connection, first.lease, "The desk does not accept the credentials (401).", moment(4))

        assert counts(connection) == {"waiting": 2, "dead": 1}
        assert oldest_waiting(connection) == moment(3, 1)


def test_what_was_settled_is_thrown_away_after_a_while(engine: Engine, moment: Moment) -> None:
    """Bodies are texts of people; what is still to be worked on is kept however old it is."""
    with writing(engine) as connection:
        for n in range(5):
            came(connection, moment(1), f"d{n}", reference=str(n))
    done, ignored, dead, recent = claim(engine, moment(1), 4, LEASE)
    with writing(engine) as connection:
        finish(connection, done.lease, moment(2))
        ignore(connection, ignored.lease, "a comment", moment(2))
        bury(connection, dead.lease, "x", moment(2))
        finish(connection, recent.lease, moment(9))

        assert throw_away(connection, moment(9)) == 3
        assert counts(connection) == {"waiting": 1, "done": 1}
        assert throw_away(connection, moment(9)) == 0


@pytest.mark.parametrize("key", [None, KEY])
@pytest.mark.parametrize(("customer", "is_somebody"), [("Ann Lee <ann@example.org>", True), ("Guest", False)])
def test_it_is_known_whose_it_is(
    connection: Connection, moment: Moment, key: SecretStr | None, customer: str, is_somebody: bool
) -> None:
    """Whoever is forgotten before it was worked on is forgotten here."""
    receive(connection, "desk", Delivery({}, b"{}"), make_event(customer=customer), key, moment(3))

    stored = connection.scalar(select(deliveries_table.c.customer_id))

    assert stored == (stored_id("ann@example.org", key) if is_somebody else None)


def test_one_that_names_its_ticket_only_is_nobodys_yet(connection: Connection, moment: Moment) -> None:
    """The ticket has to be read back first."""
    event = Event(delivery_id="d1", kind="updated", reference="4", number="4")

    receive(connection, "desk", Delivery({}, b"{}"), event, None, moment(3))

    assert connection.scalar(select(deliveries_table.c.customer_id)) is None
    assert deliveries.counts(connection) == {"waiting": 1}


PERSONAL = "write to bo@x.org or call 0171 1234567"


def with_personal_text(value: Any) -> Any:  # noqa: ANN401  (any JSON)
    """The same JSON, with something personal in every text that people write."""
    if isinstance(value, dict):
        named = {"subject", "title", "name_of_ticket", "short_description", "summary", "Subject", "body", "description"}
        more = {*named, "description_text", "content", "Content", "ticket_subject", "ticket_description"}
        return {
            name: f"{inner} {PERSONAL}" if name in more and isinstance(inner, str) else with_personal_text(inner)
            for name, inner in value.items()
        }
    return [with_personal_text(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize("system", sorted(CONNECTORS))
def test_what_is_personal_is_not_stored_and_the_rest_is_read_as_before(system: str) -> None:
    """The ticket is read back before it is scored; until then a delivery says which one, and who changed it."""
    connector, delivery = CONNECTORS[system](Options()), SENDERS[system].delivery()
    body = json.dumps(with_personal_text(json.loads(delivery.body))).encode()
    came = Delivery(delivery.headers, body)
    event = connector.read(came)

    kept = redacted(came, event, None)

    again = connector.read(kept)
    assert "bo@x.org" in body.decode()
    assert "bo@x.org" not in kept.body.decode()
    assert "1234567" not in kept.body.decode()
    assert (again.kind, again.reference, again.number, again.version, again.actor, again.state) == (
        event.kind,
        event.reference,
        event.number,
        event.version,
        event.actor,
        event.state,
    )
    if event.ticket is not None and again.ticket is not None:
        assert (again.ticket.id, again.ticket.customer_id) == (event.ticket.id, event.ticket.customer_id)


def test_ids_that_look_personal_stay() -> None:
    """An account is often known by its address, and a desk may count its tickets like telephone numbers."""
    connector = CONNECTORS["generic"](Options())
    ticket = {
        "id": "0171-1234567",
        "subject": "mail of ann@x.org",
        "actor": "bot@desk.example",
        "customer_id": "ann@x.org",
    }
    delivery = Delivery({"webhook-id": "msg_1"}, json.dumps({"type": "ticket.updated", "data": ticket}).encode())
    event = connector.read(delivery)

    found = connector.read(redacted(delivery, event, None))

    assert (found.reference, found.actor) == ("0171-1234567", "bot@desk.example")
    assert found.ticket is not None
    assert (found.ticket.subject, found.ticket.customer_id) == ("mail of [emailaddress]", "ann@x.org")


def test_a_customer_is_not_stored_in_the_clear_beside_the_hash() -> None:
    """Whoever hashes ids does not want them to stand in the body of the delivery."""
    connector = CONNECTORS["generic"](Options())
    ticket = {"id": "7", "subject": "VPN", "customer_id": "Ann Lee"}
    delivery = Delivery({"webhook-id": "msg_1"}, json.dumps({"type": "ticket.created", "data": ticket}).encode())
    event = connector.read(delivery)

    kept = redacted(delivery, event, KEY).body.decode()

    assert "Ann" not in kept
    assert str(stored_id("Ann Lee", KEY)) in kept


def test_a_desks_exceptions_hold_for_what_it_is_sent() -> None:
    """The same rules everywhere, or nobody can say what is stored."""
    delivery = Delivery({}, b'{"id": 4, "host": "10.20.30.40", "body": "0171 1234567 at 10.20.30.40"}')

    kept = redacted(delivery, make_event(), None, read_exceptions("phone, everything in host"))

    assert json.loads(kept.body) == {"id": 4, "host": "10.20.30.40", "body": "0171 1234567 at [ipaddress]"}


@pytest.mark.parametrize("settle", [finish, lambda *given: ignore(given[0], given[1], "deleted", given[2])])
def test_of_what_is_settled_nothing_is_left_but_that_it_came(
    engine: Engine, moment: Moment, settle: Callable[..., bool]
) -> None:
    """Nobody reads the text again, and a person who is forgotten must not stand in it."""
    with writing(engine) as connection:
        came(connection, moment(3))
    (claimed,) = claim(engine, moment(3), 10, LEASE)

    with writing(engine) as connection:
        settle(connection, claimed.lease, moment(3))

        (row,) = connection.execute(select(deliveries_table))
        assert (row.body, row.headers) == ("", {})
        assert (row.delivery_id, row.reference, row.customer_id) == ("d1", "4", "u42")


def test_a_dead_one_can_still_be_worked_on(engine: Engine, moment: Moment) -> None:
    """Somebody gives it another chance when the system is back."""
    with writing(engine) as connection:
        came(connection, moment(3))
    (claimed,) = claim(engine, moment(3), 10, LEASE)

    with writing(engine) as connection:
        bury(connection, claimed.lease, "gone", moment(3))

        (row,) = connection.execute(select(deliveries_table))
        assert row.body.encode() == BODY
        assert row.headers == {"webhook-id": "d1"}

"""Events that wait for subscribers: a row for each who wants to know, and nothing for anybody else."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, func, select

from data import events
from data.database import reading, writing
from data.events import ClaimedEvent, Occurrence
from data.tables import events as table
from data.tickets import file
from tests.triage.test_subscribers import make_subscriber
from triage.errors import Conflict, NotFound
from triage.ticket import NewTicket

Moment = Callable[..., datetime]

LEASE = timedelta(seconds=30)


def publish(engine: Engine, now: datetime, *names: str, subject: str = "model", to: str = "warehouse") -> None:
    """Tells of things that happened, one transaction each."""
    for name in names:
        with writing(engine) as connection:
            events.publish(connection, [make_subscriber(to)], "model.promoted", subject, {"n": name}, now)


def claimed(engine: Engine, now: datetime, to: str = "warehouse") -> list[ClaimedEvent]:
    """What a worker gets."""
    return events.claim(engine, to, now, 10, LEASE)


def names(claims: list[ClaimedEvent]) -> list[str]:
    """What is told."""
    return [json.loads(claim.message.body)["data"]["n"] for claim in claims]


def delivered(engine: Engine, claim: ClaimedEvent, now: datetime) -> bool:
    """The subscriber has it."""
    with writing(engine) as connection:
        return events.deliver(connection, claim.lease, now)


def states(engine: Engine) -> list[str]:
    """What became of all of them, the newest first."""
    with reading(engine) as connection:
        return [event.progress.state for event in events.listed(connection, None, 100)]


def test_everybody_who_wants_a_type_gets_a_row(connection: Connection, moment: Moment) -> None:
    """And each a message of their own, so that one may take it and another not."""
    told = [make_subscriber("a"), make_subscriber("b", "profile.changed"), make_subscriber("c", "model.promoted")]

    events.publish(connection, told, "model.promoted", "model", {"version": "7"}, moment(3))

    found = events.listed(connection, None, 10)
    assert [event.subscriber for event in found] == ["c", "a"]
    assert len({event.message_id for event in found}) == 2
    assert json.loads(found[0].payload) == {
        "type": "model.promoted",
        "timestamp": "2026-11-03T00:00:00+00:00",
        "data": {"version": "7"},
    }
    assert (found[0].subject, found[0].created_at, found[0].progress.state) == ("model", moment(3), "waiting")


@pytest.mark.parametrize("told", [[], [make_subscriber("b", "profile.changed")]])
def test_where_nobody_wants_to_know_nothing_is_written(
    connection: Connection, moment: Moment, told: list[object]
) -> None:
    """Most desks tell nobody."""
    events.publish(connection, told, "model.promoted", "model", {}, moment(3))  # type: ignore[arg-type]

    assert connection.scalar(select(func.count()).select_from(table)) == 0


def test_what_has_a_key_is_told_once(connection: Connection, moment: Moment) -> None:
    """Several processes see the same promotion."""
    told = [make_subscriber("a"), make_subscriber("b")]
    happened = Occurrence(subject="model", payload={}, key="promotion 7")

    new = [events.publish_all(connection, told, "model.promoted", [happened], moment(day)) for day in (3, 4)]

    assert new == [2, 0]


def test_text_that_no_database_takes_is_told_all_the_same(connection: Connection, moment: Moment) -> None:
    """Ids are whatever the ticketing system has."""
    payload = {"customer_id": 'größe 😀\x00"\ud800'}

    events.publish(connection, [make_subscriber()], "profile.changed", "customer:\x00", payload, moment(3))

    (found,) = events.listed(connection, None, 10)
    json.loads(found.payload.encode())


def test_events_about_one_subject_are_sent_one_after_the_other(engine: Engine, moment: Moment) -> None:
    """Public reports: `verified` overtook `required`, and the receiver kept the older one for good."""
    publish(engine, moment(3), "first", "second", subject="ticket:1")
    publish(engine, moment(3), "other", subject="ticket:2")

    at_once, meanwhile = claimed(engine, moment(3)), claimed(engine, moment(3))
    delivered(engine, at_once[0], moment(3))
    afterwards = claimed(engine, moment(3))

    assert [names(each) for each in (at_once, meanwhile, afterwards)] == [["first", "other"], [], ["second"]]


def test_one_that_fails_holds_back_its_subject_and_no_other(engine: Engine, moment: Moment) -> None:
    """Until it is delivered, or given up."""
    publish(engine, moment(3), "first", "second", subject="ticket:1")
    publish(engine, moment(3), "other", "another", subject="ticket:2")
    first, other = claimed(engine, moment(3))
    with writing(engine) as connection:
        events.retry_later(connection, first.lease, moment(3, 2), "It cannot be reached.")
    delivered(engine, other, moment(3))

    early = claimed(engine, moment(3, 1))
    delivered(engine, early[0], moment(3, 1))
    (again,) = claimed(engine, moment(3, 2))
    with writing(engine) as connection:
        events.bury(connection, again.lease, "It did not take it (400).", moment(3, 2))

    assert (names(early), names([again]), names(claimed(engine, moment(3, 3)))) == (["another"], ["first"], ["second"])
    assert again.message.id == first.message.id


def test_each_subscriber_gets_its_own(engine: Engine, moment: Moment) -> None:
    """What one does not take keeps nobody else waiting, though it is about the same ticket."""
    publish(engine, moment(3), "a1", "a2", subject="ticket:1", to="a")
    publish(engine, moment(3), "b1", subject="ticket:1", to="b")

    assert names(claimed(engine, moment(3), "a")) == ["a1"]
    assert names(claimed(engine, moment(3), "b")) == ["b1"]
    assert claimed(engine, moment(3), "c") == []


def test_a_worker_that_was_too_slow_settles_nothing(engine: Engine, moment: Moment) -> None:
    """Another one has it by now; the subscriber may get it twice, with one id."""
    publish(engine, moment(3), "first")
    (slow,) = claimed(engine, moment(3))
    (fast,) = claimed(engine, moment(3) + LEASE)

    assert [delivered(engine, each, moment(3, 1)) for each in (slow, fast)] == [False, True]
    assert slow.message == fast.message


def test_a_lease_can_be_renewed(engine: Engine, moment: Moment) -> None:
    """A slow subscriber is not told twice for that."""
    publish(engine, moment(3), "first")
    (claim,) = claimed(engine, moment(3))
    with writing(engine) as connection:
        assert events.renew(connection, [claim.lease], moment(3, 1)) == 1

    assert claimed(engine, moment(3, 0, 59)) == []


def test_dead_events_are_tried_again_by_hand(engine: Engine, moment: Moment) -> None:
    """After the receiver was mended."""
    publish(engine, moment(3), "a", "b")
    for _ in range(2):
        (claim,) = claimed(engine, moment(3))
        with writing(engine) as connection:
            events.bury(connection, claim.lease, "It did not take it (400).", moment(3))
    with writing(engine) as connection:
        one = events.retry(connection, 1, moment(4))
        n_more = events.retry_all_dead(connection, moment(4))
        found = events.counts(connection)

    assert (one.progress.state, one.progress.n_attempts, one.progress.settled_at, n_more) == ("waiting", 0, None, 1)
    assert found == {"waiting": 2, "delivered": 0, "dead": 0, "dropped": 0}


def test_what_is_delivered_or_at_work_stays_so(engine: Engine, moment: Moment) -> None:
    """Nobody can take back what was sent."""
    publish(engine, moment(3), "a", "b")
    delivered(engine, claimed(engine, moment(3))[0], moment(3))
    claimed(engine, moment(3))
    with writing(engine) as connection:
        for act in (events.retry, events.drop):
            with pytest.raises(Conflict, match="Event 1 is delivered"):
                act(connection, 1, moment(3))
            with pytest.raises(NotFound, match="triage events list"):
                act(connection, 9, moment(3))
        with pytest.raises(Conflict, match="at work at this moment"):
            events.drop(connection, 2, moment(3))
        assert events.drop(connection, 2, moment(3) + LEASE).progress.state == "dropped"
        assert events.retry(connection, 2, moment(4)).progress.state == "waiting"


def test_what_was_settled_long_ago_is_thrown_away(engine: Engine, moment: Moment) -> None:
    """It tells of people, and is needed no longer; what waits stays."""
    publish(engine, moment(3), "a", "b", "c")
    delivered(engine, claimed(engine, moment(3))[0], moment(3))
    delivered(engine, claimed(engine, moment(3))[0], moment(5))
    with writing(engine) as connection:
        assert events.throw_away(connection, moment(4)) == 1

    assert states(engine) == ["waiting", "delivered"]


def test_what_waits_for_a_subscriber_that_is_no_more_is_given_up(engine: Engine, moment: Moment) -> None:
    """It would wait for ever, and nobody would see it."""
    publish(engine, moment(3), "a", to="gone")
    publish(engine, moment(3), "b", to="here")
    with writing(engine) as connection:
        assert events.bury_orphans(connection, ["here"], moment(4)) == 1
        oldest = events.oldest_waiting(connection)
        (dead,) = events.listed(connection, "dead", 10)

    assert (dead.subscriber, dead.progress.settled_at, oldest) == ("gone", moment(4), moment(3))
    assert "no longer has this subscriber" in (dead.progress.last_error or "")


def test_an_event_goes_with_its_ticket(engine: Engine, moment: Moment) -> None:
    """Whoever erases a ticket erases what is told of it."""
    with writing(engine) as connection:
        file(connection, [NewTicket(id="1")], moment(3))
        events.publish(
            connection, [make_subscriber()], "prediction.completed", "ticket:1", {}, moment(3), ticket_id="1"
        )
    with writing(engine) as connection:
        connection.exec_driver_sql("DELETE FROM tickets")

    assert states(engine) == []

"""Changes that are to be written: put here once, in order, and looked after by people where they fail."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, delete, select

from data import outbox
from data.connectors.connector import Change
from data.database import reading, writing
from data.outbox import StoredEntry, bury, claim, counts, drop, listed, oldest_waiting, retry, settle, shown
from data.tables import outbox as outbox_table
from data.tables import tickets
from tests.data.stores.entries import make_entry, put
from triage.errors import Conflict, InvalidInput, NotFound

Moment = Callable[..., datetime]

LEASE = timedelta(minutes=5)


def states(engine: Engine) -> list[tuple[int, str]]:
    """The entries' states, oldest first."""
    with reading(engine) as connection:
        return [(entry.id, entry.state) for entry in reversed(listed(connection, None, 100))]


def die(engine: Engine, now: datetime) -> None:
    """Buries all that can be claimed."""
    for claimed in claim(engine, now, 100, LEASE):
        with writing(engine) as connection:
            assert bury(connection, claimed.lease, "The desk has no such group (422).", now)


def test_what_is_claimed_is_what_was_put(engine: Engine, moment: Moment) -> None:
    """It is written to somebody's ticket."""
    bare = make_entry(2, "2", change=Change(mark="triage:00000002"), model_version="4")
    put(engine, moment(3), make_entry(1), bare)

    assert [each.entry for each in claim(engine, moment(3), 10, LEASE)] == [make_entry(1), bare]


def test_a_mark_that_is_known_is_put_once(engine: Engine, moment: Moment) -> None:
    """A delivery that is worked on twice decides on the same changes twice."""
    assert put(engine, moment(3), make_entry(1)) == 1
    assert put(engine, moment(3), make_entry(1), make_entry(2)) == 1

    assert [entry.state for entry in stored(engine)] == ["waiting", "waiting"]


def stored(engine: Engine) -> list[StoredEntry]:
    """Every entry, newest first."""
    with reading(engine) as connection:
        return listed(connection, None, 100)


def put_and_fail(connection: Connection, now: datetime) -> None:
    """Decides on a change and then fails."""
    outbox.put(connection, [make_entry(2)], now)
    raise InvalidInput("The body of the webhook is no JSON.")


def test_nothing_is_put_by_a_transaction_that_is_undone(engine: Engine, moment: Moment) -> None:
    """What was not decided must not be written."""
    put(engine, moment(3), make_entry(1))
    with pytest.raises(InvalidInput), writing(engine) as connection:
        put_and_fail(connection, moment(3))

    assert len(stored(engine)) == 1


def test_texts_that_no_database_keeps_are_put_without_what_it_refuses(engine: Engine, moment: Moment) -> None:
    """A label or a note may hold whatever a ticketing system let through."""
    change = Change(fields={"category": "a\x00b"}, tags=("\ud800",), note="größe\x00 😀", mark="triage:00000001")
    put(engine, moment(3), make_entry(1, change=change))

    (claimed,) = claim(engine, moment(3), 10, LEASE)

    kept = claimed.entry.change
    assert (dict(kept.fields), kept.tags, kept.note) == ({"category": "ab"}, ("?",), "größe 😀")


def test_why_nothing_was_written_is_kept(engine: Engine, moment: Moment) -> None:
    """A lead asks why a label did not arrive."""
    put(engine, moment(3), make_entry(1))
    (claimed,) = claim(engine, moment(3), 10, LEASE)

    with writing(engine) as connection:
        assert settle(connection, claimed.lease, "unchanged", moment(3, 1), "human_set")

    (entry,) = stored(engine)
    assert (entry.state, entry.reason, entry.settled_at, entry.leased_until) == (
        "unchanged",
        "human_set",
        moment(3, 1),
        None,
    )


def test_a_sentence_of_any_length_and_kind_can_be_kept(engine: Engine, moment: Moment) -> None:
    """It is made of what another program answered."""
    put(engine, moment(3), make_entry(1))
    (claimed,) = claim(engine, moment(3), 10, LEASE)

    with writing(engine) as connection:
        bury(connection, claimed.lease, "\x00" + "e" * 5000, moment(3))

    assert stored(engine)[0].last_error == "e" * 1000


def test_states_are_counted_and_the_oldest_waiting_entry_is_told(engine: Engine, moment: Moment) -> None:
    """They are watched: what waits for hours means that nothing is written."""
    with reading(engine) as connection:
        nothing = (counts(connection), oldest_waiting(connection))
    put(engine, moment(3, 9), make_entry(1, "1"))
    put(engine, moment(3, 10), make_entry(2, "2"))
    put(engine, moment(3, 11), make_entry(3, "3"))
    (first,) = claim(engine, moment(3, 12), 1, LEASE)
    with writing(engine) as connection:
        settle(connection, first.lease, "written", moment(3, 12))

    with reading(engine) as connection:
        found = (counts(connection), oldest_waiting(connection))

    none = dict.fromkeys(("waiting", "written", "unchanged", "dead", "dropped"), 0)
    assert nothing == (none, None)
    assert found == (none | {"waiting": 2, "written": 1}, moment(3, 10))


def test_the_newest_entries_are_listed_of_one_state_or_all(engine: Engine, moment: Moment) -> None:
    """After an outage there are thousands."""
    put(engine, moment(3), *(make_entry(n, str(n)) for n in range(4)))
    claim(engine, moment(3), 1, LEASE)
    with writing(engine) as connection:
        drop(connection, 3, moment(3))

        newest, waiting = listed(connection, None, 2), listed(connection, "waiting", 10)

    assert [entry.id for entry in newest] == [4, 3]
    assert [entry.id for entry in waiting] == [4, 2, 1]


def test_a_dead_entry_can_be_tried_again_as_if_it_were_new(engine: Engine, moment: Moment) -> None:
    """Somebody has mended the group's name."""
    put(engine, moment(3), make_entry(1))
    die(engine, moment(3))

    with writing(engine) as connection:
        entry = retry(connection, 1, moment(4))

    assert (entry.state, entry.n_attempts, entry.next_attempt_at, entry.settled_at) == ("waiting", 0, moment(4), None)
    assert [each.lease.n_attempts for each in claim(engine, moment(4), 10, LEASE)] == [1]


def test_one_that_waits_for_its_next_attempt_need_not(engine: Engine, moment: Moment) -> None:
    """The desk is back, and an hour is long."""
    put(engine, moment(3), make_entry(1))
    (claimed,) = claim(engine, moment(3), 10, LEASE)
    with writing(engine) as connection:
        outbox.retry_later(connection, claimed.lease, moment(5), "The desk cannot be reached.")
        retry(connection, 1, moment(4))

    assert len(claim(engine, moment(4), 10, LEASE)) == 1


def test_one_that_a_later_change_has_overtaken_is_not_tried_again(engine: Engine, moment: Moment) -> None:
    """It would undo the later one."""
    put(engine, moment(3), make_entry(1, "1"), make_entry(2, "2"))
    die(engine, moment(3))
    put(engine, moment(3), make_entry(3, "1"))
    (later,) = claim(engine, moment(3), 10, LEASE)
    with writing(engine) as connection:
        settle(connection, later.lease, "written", moment(3))

    with writing(engine) as connection:
        with pytest.raises(Conflict, match="later change of the ticket"):
            retry(connection, 1, moment(4))
        assert outbox.retry_all_dead(connection, moment(4)) == 1

    assert states(engine) == [(1, "dead"), (2, "waiting"), (3, "written")]


def test_one_that_is_older_than_what_is_written_now_waits_for_it(engine: Engine, moment: Moment) -> None:
    """Two workers must not be at one ticket, whatever somebody retries meanwhile."""
    put(engine, moment(3), make_entry(1))
    die(engine, moment(3))
    put(engine, moment(3), make_entry(2))
    (later,) = claim(engine, moment(3), 10, LEASE)
    with writing(engine) as connection:
        retry(connection, 1, moment(3))

    assert later.lease.id == 2
    assert claim(engine, moment(3), 10, LEASE) == []


def test_what_is_dropped_is_not_written_and_can_be_brought_back(engine: Engine, moment: Moment) -> None:
    """People change their minds."""
    put(engine, moment(3), make_entry(1))
    with writing(engine) as connection:
        dropped = drop(connection, 1, moment(3))

    assert (dropped.state, dropped.settled_at) == ("dropped", moment(3))
    assert claim(engine, moment(3), 10, LEASE) == []
    with writing(engine) as connection:
        assert retry(connection, 1, moment(4)).state == "waiting"


def test_what_a_worker_is_at_is_not_dropped(engine: Engine, moment: Moment) -> None:
    """It may be written already, and the record would say that it was not."""
    put(engine, moment(3), make_entry(1))
    claim(engine, moment(3), 10, LEASE)

    with writing(engine) as connection:
        with pytest.raises(Conflict, match="being written at this moment"):
            drop(connection, 1, moment(3))
        assert drop(connection, 1, moment(3) + LEASE).state == "dropped"


@pytest.mark.parametrize("act", [retry, drop])
def test_what_is_done_stays_as_it_is(
    engine: Engine, moment: Moment, act: Callable[[Connection, int, datetime], StoredEntry]
) -> None:
    """What stands in a ticket cannot be taken back here."""
    put(engine, moment(3), make_entry(1))
    (claimed,) = claim(engine, moment(3), 10, LEASE)
    with writing(engine) as connection:
        settle(connection, claimed.lease, "written", moment(3))

        with pytest.raises(Conflict, match="Entry 1 is written: there is nothing to"):
            act(connection, 1, moment(4))


@pytest.mark.parametrize("act", [retry, drop, lambda connection, id_, _: shown(connection, id_)])
def test_an_entry_that_does_not_exist_is_told(
    connection: Connection, moment: Moment, act: Callable[[Connection, int, datetime], StoredEntry]
) -> None:
    """With the command that lists those there are."""
    with pytest.raises(NotFound, match="No entry 7 in the outbox: `triage outbox list`"):
        act(connection, 7, moment(3))


def test_entries_go_with_their_ticket(engine: Engine, moment: Moment) -> None:
    """Their notes are about it."""
    put(engine, moment(3), make_entry(1, "1"), make_entry(2, "2"))
    (claimed, _) = claim(engine, moment(3), 10, LEASE)

    with writing(engine) as connection:
        connection.execute(delete(tickets).where(tickets.c.id == "1"))

        assert not settle(connection, claimed.lease, "written", moment(3))
        assert connection.scalars(select(outbox_table.c.ticket_id)).all() == ["2"]


def test_the_entries_of_a_ticket_are_told_in_their_order(engine: Engine, moment: Moment) -> None:
    """For whoever looks at the ticket."""
    put(engine, moment(3), make_entry(1), make_entry(2, ticket="2"), make_entry(3))

    with reading(engine) as connection:
        found = outbox.of_ticket(connection, "1")

    assert [stored.entry.change.mark for stored in found] == ["triage:00000001", "triage:00000003"]

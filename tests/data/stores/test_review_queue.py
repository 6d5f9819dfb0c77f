"""The queue of tickets that wait for a person."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, insert, text

from data import outcomes, tickets
from data import review_queue as review_queue_store
from data.database import writing
from data.review_queue import (
    CLAIMED_FOR,
    SKIPPED_FOR,
    Progress,
    QueueEntry,
    QueueFilter,
    claim,
    count,
    n_claimed_by_others,
    progress,
    put,
    release,
    renew,
    reopen,
    settle,
    waiting,
)
from data.tables import reviews
from triage.ticket import NewTicket, WorkedTicket

Moment = Callable[..., datetime]

ANY = QueueFilter()
ANN, BOB = "user:ann", "user:bob"


@pytest.fixture
def queued(connection: Connection, moment: Moment) -> Callable[..., list[QueueEntry]]:
    """Lets tickets wait; the first has the highest rank."""

    def queue(*ids: str, **values: object) -> list[QueueEntry]:
        tickets.file(connection, [NewTicket(id=id_, subject="VPN") for id_ in ids], moment(3))
        plain = QueueEntry("", 0.0, ("assignment_group", "priority"), moment(3), "desk", "Network")
        entries = [replace(plain, ticket_id=id_, rank=-float(n), **values) for n, id_ in enumerate(ids)]
        put(connection, entries, ids, "7")
        return entries

    return queue


def ids(entries: list[QueueEntry]) -> list[str]:
    """Of tickets, in their order."""
    return [entry.ticket_id for entry in entries]


def test_who_waits_is_told_as_they_were_put(
    connection: Connection, moment: Moment, queued: Callable[..., list[QueueEntry]]
) -> None:
    """Everything that a page shows of them, the highest rank first."""
    put_in = queued("1", "2", segments=("frequent_flyer", "mostly_howto"), is_blind=True)

    assert waiting(connection, ANY, ANN, moment(4), most=10) == put_in
    assert ids(waiting(connection, ANY, ANN, moment(4), most=1)) == ["1"]


def test_a_ticket_that_is_scored_again_gets_its_new_place(
    connection: Connection, moment: Moment, queued: Callable[..., list[QueueEntry]]
) -> None:
    """And stays with whoever looks at it."""
    first, _ = queued("1", "2")
    claim(connection, ANY, ANN, moment(4), most=1)

    put(connection, [replace(first, rank=-9.0, targets=("priority",))], [], "8")

    assert waiting(connection, ANY, ANN, moment(4), most=10)[1] == replace(first, rank=-9.0, targets=("priority",))
    assert ids(waiting(connection, ANY, BOB, moment(4), most=10)) == ["2"]


def test_a_ticket_of_which_nothing_waits_any_more_leaves(
    connection: Connection, moment: Moment, queued: Callable[..., list[QueueEntry]]
) -> None:
    """A better model is sure of it."""
    first, _ = queued("1", "2")

    put(connection, [replace(first, targets=())], [], "8")

    assert ids(waiting(connection, ANY, ANN, moment(4), most=10)) == ["2"]


def test_what_people_have_decided_does_not_wait_again(
    connection: Connection, moment: Moment, queued: Callable[..., list[QueueEntry]]
) -> None:
    """A ticket is scored again after its group was set, another after it was closed."""
    entries = queued("1", "2", "3")
    outcomes.record(connection, "1", {"priority": "high"}, "human", "desk", moment(4))
    outcomes.record(connection, "2", {"priority": "high"}, "automatic", "desk", moment(4))
    closed = WorkedTicket(filed=NewTicket(id="3", subject="VPN"), closed_at=moment(4))
    tickets.import_worked(connection, [closed], moment(4))

    put(connection, entries, [], "8")

    left = {entry.ticket_id: entry.targets for entry in waiting(connection, ANY, ANN, moment(5), most=9)}
    assert left == {"1": ("assignment_group",), "2": ("assignment_group", "priority")}


def test_of_two_answers_about_one_ticket_the_later_counts(
    connection: Connection, moment: Moment, queued: Callable[..., list[QueueEntry]]
) -> None:
    """A batch may hold a ticket twice."""
    (entry,) = queued("1")

    put(connection, [entry, replace(entry, rank=5.0)], ["1"], "7")

    assert [one.rank for one in waiting(connection, ANY, ANN, moment(4), most=9)] == [5.0]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (QueueFilter(target="priority"), ["1", "2"]),
        (QueueFilter(target="prio"), []),
        (QueueFilter(target="%"), []),
        (QueueFilter(assignment_group="Network"), ["1", "2"]),
        (QueueFilter(assignment_group="network"), []),
        (QueueFilter(source="desk"), ["1", "2"]),
        (QueueFilter(source="other"), []),
        (QueueFilter(segment="frequent_flyer"), ["1", "2"]),
        (QueueFilter(segment="frequent_"), []),
        (QueueFilter(target="priority", source="other"), []),
    ],
)
def test_what_is_asked_for_is_found(
    connection: Connection,
    moment: Moment,
    queued: Callable[..., list[QueueEntry]],
    wanted: QueueFilter,
    found: list[str],
) -> None:
    """By one property, by several, and by names that only look like a pattern."""
    queued("1", "2", segments=("frequent_flyer",))

    assert ids(waiting(connection, wanted, ANN, moment(4), most=10)) == found
    assert count(connection, wanted, 10) == len(found)


def test_age_is_asked_for_by_when_it_was_filed(
    connection: Connection, moment: Moment, queued: Callable[..., list[QueueEntry]]
) -> None:
    """The moment itself is not before it."""
    queued("1")

    assert count(connection, QueueFilter(filed_before=moment(3)), 10) == 0
    assert count(connection, QueueFilter(filed_before=moment(3, 1)), 10) == 1


def test_a_count_stops_where_nobody_reads_on(connection: Connection, queued: Callable[..., list[QueueEntry]]) -> None:
    """A million rows are not counted for a page that shows `999+`."""
    queued("1", "2", "3")

    assert count(connection, ANY, 2) == 2


def test_two_people_never_get_the_same_ticket(
    connection: Connection, moment: Moment, queued: Callable[..., list[QueueEntry]]
) -> None:
    """Until the first one's time is over, or they ask for others."""
    queued("1", "2", "3")

    assert ids(claim(connection, ANY, ANN, moment(4), most=2)) == ["1", "2"]
    assert ids(claim(connection, ANY, BOB, moment(4), most=2)) == ["3"]
    assert ids(waiting(connection, ANY, ANN, moment(4), most=9)) == ["1", "2"]
    assert ids(claim(connection, ANY, ANN, moment(4), most=1)) == ["1"]
    assert ids(claim(connection, ANY, BOB, moment(4) + CLAIMED_FOR, most=9)) == ["1", "2", "3"]


def test_looking_on_keeps_a_ticket(
    connection: Connection, moment: Moment, queued: Callable[..., list[QueueEntry]]
) -> None:
    """But not one that somebody else has got meanwhile."""
    queued("1", "2")
    claim(connection, ANY, ANN, moment(4), most=2)
    late = moment(4) + CLAIMED_FOR + timedelta(seconds=1)
    claim(connection, ANY, BOB, late, most=1)

    assert renew(connection, ["1", "2"], ANN, late) == {"2"}
    assert ids(waiting(connection, ANY, BOB, late + timedelta(minutes=1), most=9)) == ["1"]


def test_what_is_given_back_is_free(
    connection: Connection, moment: Moment, queued: Callable[..., list[QueueEntry]]
) -> None:
    """Whoever leaves the page keeps nobody waiting."""
    queued("1")
    claim(connection, ANY, ANN, moment(4), most=1)

    release(connection, ANN)

    assert ids(waiting(connection, ANY, BOB, moment(4), most=9)) == ["1"]


def test_a_skipped_ticket_comes_to_others(
    connection: Connection, moment: Moment, queued: Callable[..., list[QueueEntry]]
) -> None:
    """And back the next day."""
    queued("1", "2")
    skip = {"ticket_id": "1", "target": "priority", "verdict": "skipped", "reviewer": ANN, "at": moment(4)}
    connection.execute(insert(reviews), skip)

    assert ids(waiting(connection, ANY, ANN, moment(4, 1), most=9)) == ["2"]
    assert ids(waiting(connection, ANY, BOB, moment(4, 1), most=9)) == ["1", "2"]
    assert ids(waiting(connection, ANY, ANN, moment(4) + SKIPPED_FOR, most=9)) == ["1", "2"]


def test_a_ticket_waits_until_its_last_target_is_decided(
    connection: Connection, moment: Moment, queued: Callable[..., list[QueueEntry]]
) -> None:
    """One after the other, or both at once; a target that nobody asks about changes nothing."""
    queued("1", "2")

    settle(connection, "1", ["priority"])
    settle(connection, "1", ["ticket_type"])
    settle(connection, "2", ["priority", "assignment_group"])
    settle(connection, "unknown", ["priority"])

    (left,) = waiting(connection, ANY, ANN, moment(4), most=9)
    assert (left.ticket_id, left.targets) == ("1", ("assignment_group",))


def test_a_decision_that_is_taken_back_lets_a_ticket_wait_again(
    connection: Connection, moment: Moment, queued: Callable[..., list[QueueEntry]]
) -> None:
    """At its old place, with what waited before and nothing else."""
    (entry,) = queued("1")
    settle(connection, "1", ["priority", "assignment_group"])
    assert waiting(connection, ANY, ANN, moment(4), most=9) == []

    reopen(connection, "1", ["assignment_group", "ticket_type"])

    assert waiting(connection, ANY, ANN, moment(4), most=9) == [replace(entry, targets=("assignment_group",))]


@pytest.fixture
def many(engine: Engine, moment: Moment) -> Engine:
    """Two hundred tickets wait."""
    names = [str(n) for n in range(200)]
    with writing(engine) as connection:
        tickets.file(connection, [NewTicket(id=id_, subject="VPN") for id_ in names], moment(3))
        put(connection, [QueueEntry(id_, float(id_), ("priority",), moment(3)) for id_ in names], names, "7")
    return engine


def test_eight_people_at_once_share_what_waits(many: Engine, moment: Moment) -> None:
    """Each in a transaction of their own, at the same moment."""

    def work(viewer: str) -> list[str]:
        with writing(many) as connection:
            return ids(claim(connection, ANY, viewer, moment(4), most=20))

    with ThreadPoolExecutor(8) as pool:
        claimed = [id_ for found in pool.map(work, [f"user:{n}" for n in range(8)]) for id_ in found]

    assert len(claimed) == len(set(claimed)) == 160


def test_who_names_what_they_look_at_gets_others_and_keeps_theirs(
    connection: Connection, moment: Moment, queued: Callable[..., list[QueueEntry]]
) -> None:
    """A page that has few left asks for more while somebody still decides on the last ones."""
    queued("1", "2", "3", "4")
    claim(connection, ANY, ANN, moment(9), most=2)

    more = claim(connection, ANY, ANN, moment(9), most=2, beside=["1"])

    assert ids(more) == ["2", "3"]
    assert ids(claim(connection, ANY, BOB, moment(9), most=9)) == ["4"]


def test_a_page_that_is_left_gives_back_what_no_later_one_has(
    connection: Connection, moment: Moment, queued: Callable[..., list[QueueEntry]]
) -> None:
    """By what it has, and by how long it has it."""
    queued("1", "2", "3")
    claim(connection, ANY, ANN, moment(9), most=3)
    renew(connection, ["2"], ANN, moment(9) + timedelta(minutes=1))

    release(connection, ANN, ticket_ids=["1", "2"], until=moment(9) + CLAIMED_FOR)

    assert ids(waiting(connection, ANY, BOB, moment(9), most=9)) == ["1"]
    assert n_claimed_by_others(connection, ANY, BOB, moment(9), 9) == 2
    assert n_claimed_by_others(connection, ANY, ANN, moment(9), 9) == 0
    assert n_claimed_by_others(connection, ANY, BOB, moment(9), 1) == 1
    assert n_claimed_by_others(connection, ANY, BOB, moment(9) + CLAIMED_FOR + timedelta(minutes=2), 9) == 0


def test_progress_is_what_people_have_decided_since(
    connection: Connection, moment: Moment, queued: Callable[..., list[QueueEntry]]
) -> None:
    """Whoever skips decides nothing, and what was taken back is no progress."""
    queued("1")
    assert progress(connection, ANN, moment(5)) == Progress(0, 0, None)
    told = {"ticket_id": "1", "target": "priority", "verdict": "accepted", "value": "2", "reviewer": ANN}
    for change in (
        {"at": moment(4)},
        {"at": moment(6)},
        {"at": moment(7), "reviewer": BOB},
        {"at": moment(8), "verdict": "skipped", "value": None},
        {"at": moment(8), "undone_at": moment(8)},
    ):
        connection.execute(insert(reviews), told | change)

    assert progress(connection, ANN, moment(5)) == Progress(2, 1, moment(7))


@pytest.mark.parametrize("filters", [{}, {"assignment_group": "Network"}, {"target": "priority"}])
def test_the_next_tickets_are_found_in_an_index(
    connection: Connection, moment: Moment, queued: Callable[..., list[QueueEntry]], filters: dict[str, str]
) -> None:
    """Sorting a hundred thousand tickets for a page of twenty-five would take as long as to decide on one."""
    queued(*map(str, range(40)))
    asked = review_queue_store._free(QueueFilter(**filters), ANN, moment(9)).limit(25)
    on_sqlite = connection.dialect.name == "sqlite"
    if not on_sqlite:  # so few rows would be read as they come
        connection.execute(text("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off"))
    written = asked.compile(connection, compile_kwargs={"literal_binds": True})

    plan = connection.exec_driver_sql(f"EXPLAIN {'QUERY PLAN ' if on_sqlite else ''}{written}".replace("%", "%%"))

    steps = "\n".join(str(row[-1]) for row in plan)
    assert "ix_review_queue_group" in steps if "assignment_group" in filters else "ix_review_queue_rank" in steps
    assert "ORDER BY" not in steps
    assert "Sort" not in steps

"""Rows that wait for workers: each is worked on by one, in order, and none is lost with its worker."""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text

from data import leases, outbox
from data.database import open_database, reading, writing
from data.outbox import Claim, claim, retry_later, settle, shown
from data.tables import outbox as outbox_table
from tests.data.stores.entries import make_entry, put
from triage.retries import MOST_ATTEMPTS, PATIENCE

Moment = Callable[..., datetime]

LEASE = timedelta(minutes=5)
ROOT = Path(__file__).parents[3]


def marks(claims: list[Claim]) -> list[int]:
    """The numbers of the entries."""
    return [int(each.entry.change.mark.removeprefix("triage:"), 16) for each in claims]


def written(engine: Engine, claimed: Claim, now: datetime) -> bool:
    """Settles it."""
    with writing(engine) as connection:
        return settle(connection, claimed.lease, "written", now)


def test_what_waits_longest_is_leased_first_and_only_so_much(engine: Engine, moment: Moment) -> None:
    """A worker takes what it can do within a lease."""
    put(engine, moment(3, 10), make_entry(1, "1"), make_entry(2, "2"))
    put(engine, moment(3, 9), make_entry(3, "3"))

    first, second, third = (claim(engine, moment(3, 11), 2, LEASE) for _ in range(3))

    assert [marks(each) for each in (first, second, third)] == [[3, 1], [2], []]
    assert (first[0].lease.until, first[0].lease.n_attempts) == (moment(3, 11) + LEASE, 1)


def test_of_a_ticket_only_the_oldest_is_leased(engine: Engine, moment: Moment) -> None:
    """A later change that is written first is undone by the earlier one."""
    put(engine, moment(3), make_entry(1, "1"), make_entry(2, "1"), make_entry(3, "2"))

    first = claim(engine, moment(3), 10, LEASE)
    meanwhile = claim(engine, moment(3), 10, LEASE)
    written(engine, first[0], moment(3))
    afterwards = claim(engine, moment(3), 10, LEASE)

    assert [marks(each) for each in (first, meanwhile, afterwards)] == [[1, 3], [], [2]]


def test_the_same_reference_of_another_source_is_another_ticket(engine: Engine, moment: Moment) -> None:
    """Two desks both count from one."""
    put(engine, moment(3), make_entry(1), make_entry(2, source="other desk"))

    assert marks(claim(engine, moment(3), 10, LEASE)) == [1, 2]


def test_one_that_is_to_wait_holds_back_its_ticket_and_no_other(engine: Engine, moment: Moment) -> None:
    """Order within a ticket; everybody else goes on."""
    put(engine, moment(3), make_entry(1, "1"), make_entry(2, "1"), make_entry(3, "2"), make_entry(4, "2"))
    poisoned, other = claim(engine, moment(3), 10, LEASE)
    with writing(engine) as connection:
        assert retry_later(connection, poisoned.lease, moment(3, 2), "The desk cannot be reached.")
    written(engine, other, moment(3))

    early, late = claim(engine, moment(3, 1, 59), 10, LEASE), claim(engine, moment(3, 2), 10, LEASE)

    assert (marks(early), marks(late), late[0].lease.n_attempts) == ([4], [1], 2)


def test_what_is_dead_holds_back_nothing(engine: Engine, moment: Moment) -> None:
    """One change that a system refuses for good must not stop all that follow."""
    put(engine, moment(3), make_entry(1), make_entry(2))
    (poisoned,) = claim(engine, moment(3), 10, LEASE)
    with writing(engine) as connection:
        outbox.bury(connection, poisoned.lease, "The desk has no such group.", moment(3))

    assert marks(claim(engine, moment(3), 10, LEASE)) == [2]


def test_a_lease_that_has_run_out_is_another_workers_and_the_first_changes_nothing(
    engine: Engine, moment: Moment
) -> None:
    """A worker that hung for an hour must not overwrite what the next one found."""
    put(engine, moment(3), make_entry(1))
    (slow,) = claim(engine, moment(3), 10, LEASE)
    assert claim(engine, moment(3) + LEASE - timedelta(seconds=1), 10, LEASE) == []
    (quick,) = claim(engine, moment(3) + LEASE, 10, LEASE)

    with writing(engine) as connection:
        late = (
            settle(connection, slow.lease, "unchanged", moment(4), "human_set"),
            outbox.retry_later(connection, slow.lease, moment(4), "x"),
            outbox.bury(connection, slow.lease, "x", moment(4)),
        )
        in_time = settle(connection, quick.lease, "written", moment(4))
        again = settle(connection, quick.lease, "unchanged", moment(5), "human_set")
        entry = shown(connection, quick.lease.id)

    assert (late, in_time, again) == ((False, False, False), True, False)
    assert (entry.state, entry.reason, entry.n_attempts, entry.settled_at) == ("written", None, 2, moment(4))


def test_a_worker_that_was_slow_but_is_still_the_last_may_settle(engine: Engine, moment: Moment) -> None:
    """What it wrote is written; doing it again would help nobody."""
    put(engine, moment(3), make_entry(1))
    (slow,) = claim(engine, moment(3), 10, LEASE)

    assert written(engine, slow, moment(4))


def test_what_ends_every_worker_is_given_up(engine: Engine, moment: Moment) -> None:
    """An entry that kills whoever touches it would do so for ever."""
    put(engine, moment(3), make_entry(1), make_entry(2))
    for n in range(MOST_ATTEMPTS):
        assert marks(claim(engine, moment(3, n), 10, LEASE)) == [1]

    assert claim(engine, moment(4), 10, LEASE) == []
    assert marks(claim(engine, moment(4), 10, LEASE)) == [2]

    with reading(engine) as connection:
        (dead,) = outbox.listed(connection, "dead", 10)
    assert (dead.last_error, dead.settled_at) == ("The worker that had it stopped before it was done.", moment(4))


def test_a_kill_during_an_outage_costs_nothing(engine: Engine, moment: Moment) -> None:
    """What was tried all night because its system is down must not be given up because the service is restarted."""
    put(engine, moment(3), make_entry(1))
    for _ in range(MOST_ATTEMPTS + 3):
        (claimed,) = claim(engine, moment(3), 10, LEASE)
        with writing(engine) as connection:
            retry_later(connection, claimed.lease, moment(3), "The desk is busy (503).")
    claim(engine, moment(3), 10, LEASE)  # and is killed

    assert marks(claim(engine, moment(3) + LEASE, 10, LEASE)) == [1]


def test_what_is_old_and_was_put_back_often_is_given_up_with_its_last_error(engine: Engine, moment: Moment) -> None:
    """A worker that forgets to give up is no reason to go on, and the error says what to mend."""
    put(engine, moment(3), make_entry(1))
    for _ in range(MOST_ATTEMPTS):
        (claimed,) = claim(engine, moment(3), 10, LEASE)
        with writing(engine) as connection:
            retry_later(connection, claimed.lease, moment(3), "The desk is busy (503).")
    (early,) = claim(engine, moment(3) + PATIENCE - timedelta(seconds=1), 10, LEASE)
    with writing(engine) as connection:
        retry_later(connection, early.lease, moment(3), "The desk is busy (503).")

    assert claim(engine, moment(3) + PATIENCE, 10, LEASE) == []

    with reading(engine) as connection:
        (dead,) = outbox.listed(connection, "dead", 10)
    assert dead.last_error == "The desk is busy (503)."


def test_a_lease_that_is_renewed_keeps_others_away(engine: Engine, moment: Moment) -> None:
    """A slow system needs longer than a lease; and whoever has lost theirs gets it back by no means."""
    put(engine, moment(3), make_entry(1, "1"), make_entry(2, "2"))
    first, lost = claim(engine, moment(3), 10, LEASE)
    with writing(engine) as connection:
        settle(connection, lost.lease, "written", moment(3))
        n_renewed = outbox.renew(connection, [first.lease, lost.lease], moment(3) + 2 * LEASE)

    assert n_renewed == 1
    assert claim(engine, moment(3) + LEASE, 10, LEASE) == []
    assert marks(claim(engine, moment(3) + 2 * LEASE, 10, LEASE)) == [1]


def test_sources_can_be_left_out(engine: Engine, moment: Moment) -> None:
    """One system that rests holds back no other, and nothing of its own is used up."""
    put(engine, moment(3), make_entry(1), make_entry(2, source="other desk"))

    assert marks(claim(engine, moment(3), 10, LEASE, ["desk"])) == [2]
    (late,) = claim(engine, moment(3), 10, LEASE)
    assert (marks([late]), late.lease.n_attempts) == ([1], 1)


def test_many_workers_never_get_the_same_row_nor_the_same_ticket(engine: Engine, moment: Moment) -> None:
    """Two workers at one ticket write its note twice, and the older label last."""
    n_tickets, n_each = 12, 4
    entries = [make_entry(n * n_each + k, str(n)) for k in range(n_each) for n in range(n_tickets)]
    put(engine, moment(3), *entries)
    begun, at_work, together, errors = [], set(), [], []
    guard, start = threading.Lock(), threading.Barrier(4)

    def work() -> None:
        try:
            start.wait()
            while True:
                claims = claim(engine, moment(3), 3, LEASE)
                with guard:
                    tickets = {each.entry.ticket_id for each in claims}
                    together.extend(tickets & at_work)
                    at_work.update(tickets)
                    begun.extend(marks(claims))
                    is_over = len(begun) == len(entries)
                for each in claims:
                    with guard:
                        at_work.discard(each.entry.ticket_id)
                    assert written(engine, each, moment(3))
                if is_over:
                    return
        except BaseException as error:  # noqa: BLE001  (told to the main thread)
            errors.append(error)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)

    assert errors == []
    assert [mark for mark, n in Counter(begun).items() if n > 1] == []
    assert together == []
    assert all(
        [mark for mark in begun if mark // n_each == ticket] == [ticket * n_each + k for k in range(n_each)]
        for ticket in range(n_tickets)
    )


def test_a_row_that_another_claim_holds_at_this_moment_is_passed_over(engine: Engine, moment: Moment) -> None:
    """Between looking and leasing another worker may be quicker; nobody waits for it, and nobody is given the same."""
    if engine.dialect.name == "sqlite":
        pytest.skip("one transaction writes at a time there")
    put(engine, moment(3), make_entry(1, "1"), make_entry(2, "2"))

    with writing(engine) as other:
        other.execute(select(outbox_table).where(outbox_table.c.reference == "ref1").with_for_update())
        claims = claim(engine, moment(3), 10, LEASE)

    assert marks(claims) == [2]


KILLED = """
import os, signal, sys
from datetime import datetime, timedelta
from data.database import open_database
from data.outbox import claim
claims = claim(open_database(sys.argv[1]), datetime.fromisoformat(sys.argv[2]), 10, timedelta(minutes=5))
print(len(claims), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_process_had_comes_back(engine: Engine, url: str, moment: Moment) -> None:
    """Nobody gives back anything when the machine loses its power."""
    put(engine, moment(3), make_entry(1, "1"), make_entry(2, "2"))

    killed = subprocess.run(
        [sys.executable, "-c", KILLED, url, moment(3).isoformat()],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=dict(os.environ),
    )

    assert (killed.returncode, killed.stdout) == (-signal.SIGKILL, "2\n"), killed.stderr
    assert claim(engine, moment(3) + LEASE / 2, 10, LEASE) == []
    assert marks(claim(engine, moment(3) + LEASE, 10, LEASE)) == [1, 2]


def test_an_empty_queue_keeps_no_writer_waiting(
    sqlite_engine: Engine, tmp_path: Path, moment: Moment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers ask every second, also during a long import."""
    monkeypatch.setattr("data.database._PATIENCE_SECONDS", 0.05)
    other = open_database(f"sqlite:///{tmp_path / 'triage.db'}")

    with writing(sqlite_engine) as connection:
        connection.execute(text("DELETE FROM outbox"))
        assert claim(other, moment(3), 10, LEASE) == []

    other.dispose()


def test_a_claim_reads_only_what_waits(sqlite_engine: Engine, moment: Moment) -> None:
    """A year of written changes must not slow down the next one."""
    _, claiming = leases._due(outbox_table, is_limited=False, is_of_one=False)
    due = claiming.params(now=moment(3), most=10).compile(sqlite_engine, compile_kwargs={"literal_binds": True})

    with reading(sqlite_engine) as connection:
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {due}")]

    assert plan[0].startswith("SEARCH outbox USING INDEX ix_outbox_state_next_attempt_at_id")
    assert plan[2].startswith("SEARCH other USING INDEX ix_outbox_source_reference_state")


def test_states_are_counted(engine: Engine, moment: Moment) -> None:
    """A queue that grows is seen before it is felt."""
    put(engine, moment(3), make_entry(1, "1"), make_entry(2, "2"))
    written(engine, claim(engine, moment(3), 1, LEASE)[0], moment(3))

    with reading(engine) as connection:
        assert leases.counts(connection, outbox_table) == {"waiting": 1, "written": 1}

"""Several processes know together how often a caller has asked."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Connection, Engine, select

from data.database import reading, writing
from data.request_counts import KEPT_MINUTES, add_counts
from data.tables import request_counts

MINUTE = 29_930_000


def test_what_each_process_counts_is_added(connection: Connection) -> None:
    """A caller that is spread over the processes is one caller."""
    first = add_counts(connection, MINUTE, {"key:a": 3, "key:b": 1})
    second = add_counts(connection, MINUTE, {"key:a": 4})

    assert first == {"key:a": 3, "key:b": 1}
    assert second == {"key:a": 7}


def test_every_minute_begins_with_nothing(connection: Connection) -> None:
    """Whoever was refused may ask again in the next one."""
    add_counts(connection, MINUTE, {"key:a": 3})

    assert add_counts(connection, MINUTE + 1, {"key:a": 1}) == {"key:a": 1}


def test_old_minutes_are_thrown_away(connection: Connection) -> None:
    """The table holds a few minutes, however long the service runs."""
    for minute in range(MINUTE, MINUTE + 10):
        add_counts(connection, minute, {"key:a": 1, "key:b": 1})

    kept = set(connection.scalars(select(request_counts.c.minute)))

    assert kept == set(range(MINUTE + 9 - KEPT_MINUTES, MINUTE + 10))


def test_processes_that_count_at_once_lose_nothing_and_do_not_wait_for_each_other_for_ever(engine: Engine) -> None:
    """Each adds the same callers in another order."""
    callers = [f"key:{i}" for i in range(50)]

    def count(callers: list[str]) -> None:
        for _ in range(5):
            with writing(engine) as connection:
                add_counts(connection, MINUTE, dict.fromkeys(callers, 1))

    with ThreadPoolExecutor(4) as processes:
        list(processes.map(count, [callers, callers[::-1], callers, callers[::-1]]))

    with reading(engine) as connection:
        assert set(connection.scalars(select(request_counts.c.n))) == {20}

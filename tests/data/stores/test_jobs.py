"""What is done now and then is done by one process, and again by another if that one ended."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from data.database import reading, writing
from data.jobs import claim, finish, last_done

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def test_only_one_of_two_processes_gets_a_job(engine: Engine) -> None:
    """Two workers that look for problems at once would store each of them twice."""
    first = claim(engine, "measures", HOUR, NOW, MINUTE)
    second = claim(engine, "measures", HOUR, NOW, MINUTE)

    assert first is not None
    assert first.last.at is None
    assert second is None


def test_a_job_is_due_again_after_its_time_and_knows_what_the_last_one_left(engine: Engine) -> None:
    """Otherwise days would be counted again and again, or never again."""
    first = claim(engine, "measures", HOUR, NOW, MINUTE)
    assert first is not None
    with writing(engine) as connection:
        assert finish(connection, first, {"until": 7}, NOW)

    assert claim(engine, "measures", HOUR, NOW + HOUR - MINUTE, MINUTE) is None
    again = claim(engine, "measures", HOUR, NOW + HOUR, MINUTE)

    assert again is not None
    assert (again.last.at, again.last.content) == (NOW, {"until": 7})


def test_a_job_whose_process_ended_is_taken_over_and_its_late_end_counts_for_nothing(engine: Engine) -> None:
    """A killed process must not keep a desk without its measures."""
    lost = claim(engine, "measures", HOUR, NOW, MINUTE)
    taken = claim(engine, "measures", HOUR, NOW + 2 * MINUTE, MINUTE)

    assert lost is not None
    assert taken is not None
    with writing(engine) as connection:
        assert not finish(connection, lost, {"from": "lost"}, NOW + 3 * MINUTE)
        assert finish(connection, taken, {"from": "taken"}, NOW + 3 * MINUTE)
    with reading(engine) as connection:
        assert last_done(connection, "measures").content == {"from": "taken"}


def test_jobs_do_not_wait_for_each_other(engine: Engine) -> None:
    """A long search for problems must not keep the measures old."""
    assert claim(engine, "problems", HOUR, NOW, MINUTE) is not None
    assert claim(engine, "measures", HOUR, NOW, MINUTE) is not None

"""The look for problems once a day, by one of all processes."""

from datetime import timedelta

from fastapi import FastAPI

from api.problem_finding import ASK_EVERY_SECONDS, FIRST_AFTER_SECONDS, ProblemFinding
from data.database import reading, writing
from data.jobs import last_done
from data.problems import problems_of
from tests.data.stores.problem_desks import NOW, store
from tests.triage.problems.incidents import burst, everyday


class Clock:
    """Seconds that somebody sets."""

    def __init__(self) -> None:
        self.now = 0.0
        self.paused = 0.0

    def __call__(self) -> float:
        """What they are."""
        return self.now

    def pause(self, seconds: float) -> None:
        """Remembers how long somebody rested."""
        self.paused += seconds


def test_it_is_done_once_a_day_by_one_of_all_processes(app: FastAPI) -> None:
    """Two that did it at once would both tell of the same problem."""
    desk, clock = app.state.desk, Clock()
    with writing(desk.engine) as connection:
        store(connection, *everyday(600), *burst(20))
    one, other = (ProblemFinding(lambda: desk, 5, clock, clock.pause) for _ in range(2))

    one.work(NOW)
    with reading(desk.engine) as connection:
        assert last_done(connection, "problems").at is None  # a process has other things to do when it starts
    clock.now = FIRST_AFTER_SECONDS
    one.work(NOW)
    other.work(NOW + timedelta(hours=1))
    with reading(desk.engine) as connection:
        assert last_done(connection, "problems").at == NOW
        assert len(problems_of(connection)) == 1
    clock.now += ASK_EVERY_SECONDS
    other.work(NOW + timedelta(days=1))

    with reading(desk.engine) as connection:
        done = last_done(connection, "problems")
    assert done.at == NOW + timedelta(days=1)
    assert done.content["n_new"] == 0


def test_it_rests_between_what_it_reads(app: FastAPI) -> None:
    """Tickets are scored by the same processor meanwhile."""
    desk, clock = app.state.desk, Clock()
    with writing(desk.engine) as connection:
        store(connection, *everyday(50))
    finding = ProblemFinding(lambda: desk, 5, lambda: clock.now + 2 * clock.paused, clock.pause)
    clock.now = FIRST_AFTER_SECONDS
    finding._since = 0.0

    finding._breathe(0.5)

    assert clock.paused == 0.5

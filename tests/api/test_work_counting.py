"""Who resolved what is counted beside the requests, and persons go where they are switched off."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from fastapi import FastAPI
from sqlalchemy import select

from api.work_counting import WorkCounting
from data.daily_work import known_desk
from data.database import reading
from data.tables import daily_work
from tests.api.team_desk import NOW, bring_desk


def every_look() -> Callable[[], float]:
    """A clock on which a minute has passed whenever it is looked at."""
    seconds = iter(range(0, 10**9, 61))
    return lambda: float(next(seconds))


def test_days_are_counted_once_an_hour(app: FastAPI) -> None:
    """A page that nobody fills stays empty."""
    bring_desk(app.state.desk.engine)
    worker = WorkCounting(lambda: app.state.desk, every_look())

    for minutes in (59, 60, 61):
        worker.work(NOW + timedelta(minutes=minutes))

    with reading(app.state.desk.engine) as connection:
        assert known_desk(connection).counted_at == NOW + timedelta(minutes=60)


def test_persons_are_removed_by_a_process_that_has_them_switched_off(app: FastAPI) -> None:
    """The setting is read when a process starts, and nothing else has to be typed."""
    desk = replace(app.state.desk, shows_persons=False)
    bring_desk(desk.engine, individuals=True)

    WorkCounting(lambda: desk, every_look()).work(NOW + timedelta(minutes=1))

    with reading(desk.engine) as connection:
        assert "agent" not in str(connection.execute(select(daily_work)).all())


def test_it_has_one_thread(app: FastAPI) -> None:
    """Two would count twice."""
    assert len(WorkCounting(lambda: app.state.desk).workers()) == 1

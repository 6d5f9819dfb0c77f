"""Days are counted beside the requests, now and then."""

from fastapi import FastAPI

from api.measuring import FIRST_AFTER_SECONDS, LOOK_EVERY_SECONDS, Measuring
from data.database import reading, writing
from data.measures import EVERY, state
from data.tickets import import_worked
from tests.builders import MONDAY, make_worked


def test_days_are_counted_after_a_while_and_again(app: FastAPI) -> None:
    """A process that starts has requests to answer first; later figures are five minutes old at most."""
    engine, seconds = app.state.desk.engine, [0.0]
    measuring = Measuring(lambda: app.state.desk, lambda: seconds[0])
    with writing(engine) as connection:
        import_worked(connection, [make_worked()], MONDAY)

    measuring.work(MONDAY)
    with reading(engine) as connection:
        assert state(connection).counted_at is None
    seconds[0] += FIRST_AFTER_SECONDS
    measuring.work(MONDAY)
    with reading(engine) as connection:
        assert state(connection).counted_at == MONDAY

    measuring.work(MONDAY + EVERY)  # nobody looked at the clock
    with reading(engine) as connection:
        assert state(connection).counted_at == MONDAY
    seconds[0] += LOOK_EVERY_SECONDS
    measuring.work(MONDAY + EVERY)
    with reading(engine) as connection:
        assert state(connection).counted_at == MONDAY + EVERY

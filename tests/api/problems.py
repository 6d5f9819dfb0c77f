"""A desk with problems, for the tests of routes and pages."""

from datetime import timedelta

from sqlalchemy import Engine

from data.changes import Change, keep
from data.database import reading, writing
from data.problems import problems_of
from tests.data.stores.problem_desks import DOOR, look, store
from tests.triage.problems.incidents import START, burst, everyday


def store_problems(engine: Engine) -> tuple[int, int]:
    """Two problems, that of the tunnel with a change behind it, and that of the door; their numbers."""
    door = burst(12, first_day=200, said=DOOR, service="Access", first_number=60_000, seed=4)
    with writing(engine) as connection:
        store(connection, *everyday(600), *burst(20), *door)
        keep(connection, [Change("C1", "release", "=Client 5.1", "VPN", START + timedelta(days=99.5))])
    look(engine)
    with reading(engine) as connection:
        of_service = {one.service: one.id for one in problems_of(connection)}
    return of_service["VPN"], of_service["Access"]

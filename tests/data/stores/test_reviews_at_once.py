"""Two people who review one ticket at the same moment."""

import threading
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine

from data import predictions
from data.database import reading, to_json, writing
from data.reviews import Said, record, reviews_of
from data.tickets import file
from triage.errors import Outdated
from triage.ticket import NewTicket

TARGET = "assignment_group"


def test_of_two_at_the_same_moment_one_is_told(engine: Engine, moment: Callable[..., datetime]) -> None:
    """Neither has seen the other's word."""
    said = {"confidence": 0.7, "threshold": 0.8, "decision": "suggest", "reason": "below_threshold", "top": []}
    with writing(engine) as connection:
        file(connection, [NewTicket(id="1")], moment(1))
        predictions.record(connection, [("1", to_json({TARGET: {"value": "Network", **said}}))], "7", moment(1))
    told: list[str] = []
    both = threading.Barrier(2)

    def review(by: str, value: str) -> None:
        both.wait(10)
        try:
            with writing(engine) as own:
                record(own, "1", Said(target=TARGET, verdict="corrected", value=value), by, moment(2))
            told.append("kept")
        except Outdated:
            told.append("outdated")

    threads = [threading.Thread(target=review, args=(f"user:{n}", f"Group {n}")) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert sorted(told) == ["kept", "outdated"]
    with reading(engine) as connection:
        assert len(reviews_of(connection, "1")) == 1

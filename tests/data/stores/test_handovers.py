"""Handovers are kept as a log has them, or as values were given one after the other."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Engine, select

from data import outcomes
from data.counted_days import due
from data.database import reading, writing
from data.handovers import handovers_of, note_outcomes, store_groups
from data.measures import refresh, totals
from data.tables import handovers
from data.tickets import import_worked
from tests.builders import MONDAY, make_ticket, make_worked

NOW = datetime(2026, 4, 20, 12, tzinfo=UTC)
ALWAYS = (date(2026, 1, 1), date(2026, 12, 31))


def import_one(engine: Engine, *groups: str) -> None:
    """A ticket that went through these groups."""
    ticket = make_worked(filed=make_ticket(), groups=groups, resolved_at=MONDAY + timedelta(hours=5))
    with writing(engine) as connection:
        import_worked(connection, [ticket], NOW)


def pairs(engine: Engine) -> dict[str, tuple[tuple[str, str], ...]]:
    """Of the one ticket."""
    with reading(engine) as connection:
        return handovers_of(connection, ["T1"])


def test_a_ticket_that_went_back_and_forth_has_every_step(engine: Engine) -> None:
    """Ping-pong is what a lead looks for."""
    import_one(engine, "Desk", "Network", "Desk", "Apps")

    assert pairs(engine) == {"T1": (("Desk", "Network"), ("Network", "Desk"), ("Desk", "Apps"))}


def test_a_ticket_that_stayed_has_none(engine: Engine) -> None:
    """Most do, and need no rows."""
    import_one(engine, "Desk")

    assert pairs(engine) == {}


def test_the_same_log_again_changes_nothing_and_marks_no_day(engine: Engine) -> None:
    """A nightly import of everything must not have everything counted again."""
    import_one(engine, "Desk", "Network")
    refresh(engine, NOW)
    with reading(engine) as connection:
        before = connection.execute(select(handovers)).all()

    import_one(engine, "Desk", "Network")

    with reading(engine) as connection:
        assert connection.execute(select(handovers)).all() == before
        assert due(connection) == []


def test_a_longer_log_takes_the_place_of_the_shorter_one(engine: Engine) -> None:
    """A ticket goes on after the first export, and its day is counted again."""
    import_one(engine, "Desk", "Network")
    refresh(engine, NOW)

    import_one(engine, "Desk", "Network", "Apps")
    with reading(engine) as connection:
        assert due(connection) == [MONDAY.date()]
    refresh(engine, NOW + timedelta(minutes=1))

    with reading(engine) as connection:
        found = totals(connection, "handover", *ALWAYS)
    assert {pair: counts.handovers for pair, counts in found.items()} == {"Desk → Network": 1, "Network → Apps": 1}


def test_values_that_people_and_models_gave_are_handovers(engine: Engine) -> None:
    """The model's wrong group is a wrong route like any other, with its moment."""
    import_one(engine)
    with writing(engine) as connection:
        for hour, provenance, value in ((1, "automatic", "Desk"), (2, "human", "Network"), (3, "human", "Apps")):
            at = MONDAY + timedelta(hours=hour)
            outcomes.record(connection, "T1", {"assignment_group": value}, provenance, "desk", at)  # type: ignore[arg-type]

    refresh(engine, NOW)

    assert pairs(engine) == {"T1": (("Desk", "Network"), ("Network", "Apps"))}
    with reading(engine) as connection:
        assert connection.scalars(select(handovers.c.at).order_by(handovers.c.place)).all() == [
            MONDAY + timedelta(hours=2),
            MONDAY + timedelta(hours=3),
        ]


def test_the_same_value_again_is_no_handover(engine: Engine) -> None:
    """A person who agrees with the model hands nothing on."""
    import_one(engine)
    with writing(engine) as connection:
        outcomes.record(connection, "T1", {"assignment_group": "Desk"}, "automatic", "desk", MONDAY)
        outcomes.record(connection, "T1", {"assignment_group": "Desk"}, "human", "desk", MONDAY + timedelta(hours=1))
        note_outcomes(connection, 0)

    assert pairs(engine) == {}


def test_what_a_log_says_is_whole(engine: Engine) -> None:
    """A review here, beside it, would be counted a second time."""
    import_one(engine, "Desk", "Network")
    with writing(engine) as connection:
        outcomes.record(connection, "T1", {"assignment_group": "Desk"}, "human", "desk", MONDAY)
        outcomes.record(connection, "T1", {"assignment_group": "Apps"}, "human", "desk", MONDAY + timedelta(hours=1))
        note_outcomes(connection, 0)

    assert pairs(engine) == {"T1": (("Desk", "Network"),)}


def test_groups_with_what_no_database_keeps_are_kept_without_it(engine: Engine) -> None:
    """A NUL in one cell must not fail a whole import."""
    import_one(engine)
    with writing(engine) as connection:
        store_groups(connection, {"T1": ("De\0sk", "Network\0")})

    assert pairs(engine) == {"T1": (("Desk", "Network"),)}

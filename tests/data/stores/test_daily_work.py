"""Who resolved what, counted by day, on both kinds of database."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, delete, select

from data.daily_work import (
    EVERY,
    KEPT,
    Counting,
    Refreshed,
    forget_persons,
    known_desk,
    refresh,
    team_days,
    works_of,
)
from data.database import insert, reading, writing
from data.tables import daily_work, handovers, tickets
from data.tickets import import_worked
from triage.expertise import Work
from triage.strain import TeamDay, read_working_hours
from triage.ticket import NewTicket, WorkedTicket

Moment = Callable[..., datetime]

HOURS = read_working_hours("mon-fri 08:00-18:00")
GROUPS_ONLY, WITH_PERSONS = Counting(HOURS, individuals=False), Counting(HOURS, individuals=True)


def worked(id_: str, opened_at: datetime, **changes: Any) -> WorkedTicket:  # noqa: ANN401  (any field)
    """A ticket about mail that the Desk solved at once, two hours after it was opened."""
    given: dict[str, Any] = {
        "assignment_group": "Desk",
        "resolved_by": "Anna Beispiel <anna@example.org>",
        "resolved_at": opened_at + timedelta(hours=2),
        "reopens": 0,
        "reassignments": 0,
    }
    filed = NewTicket(id=id_, opened_at=opened_at, attributes={"service": "mail"})
    return WorkedTicket(filed=filed, **given | changes)


def bring(engine: Engine, found: list[WorkedTicket], now: datetime) -> None:
    """Imports tickets."""
    with writing(engine) as connection:
        import_worked(connection, found, now)


def works(engine: Engine, kind: str = "group") -> dict[tuple[str, str], Work]:
    """All sums of a kind."""
    with reading(engine) as connection:
        last_day = known_desk(connection).last_day
        found = {} if last_day is None else works_of(connection, kind, last_day)
    return {key: work for key, (work, _) in found.items()}


def teams(engine: Engine) -> dict[str, dict[date, TeamDay]]:
    """What every team did."""
    with reading(engine) as connection:
        return team_days(connection, date(2026, 1, 1), date(2027, 1, 1))


def stored_text(engine: Engine) -> str:
    """All that the table holds."""
    with reading(engine) as connection:
        return str(connection.execute(select(daily_work)).all())


def test_tickets_are_counted_by_day_group_and_topic(engine: Engine, moment: Moment) -> None:
    """The page is made of these rows alone."""
    bring(
        engine,
        [
            worked("1", moment(2, 9)),
            worked("2", moment(2, 9), reopens=1),
            worked("3", moment(3, 9), assignment_group="Network"),
            worked("4", moment(3, 9), resolved_at=None, closed_at=moment(3, 10)),
            worked("5", moment(3, 9), resolved_at=None),
        ],
        moment(5),
    )

    done = refresh(engine, GROUPS_ONLY, moment(5))

    found = works(engine)
    assert done == Refreshed(KEPT.days + 1, is_whole=True)
    assert {key: (each.n, each.judged, each.at_once) for key, each in found.items()} == {
        ("Desk", "mail"): (3, 3, 2),
        ("Network", "mail"): (1, 1, 1),
    }
    assert found["Desk", "mail"].timed == 3
    with reading(engine) as connection:
        assert known_desk(connection).last_day == date(2026, 11, 3)


def test_a_ticket_without_a_service_has_the_topic_of_its_category(engine: Engine, moment: Moment) -> None:
    """Many desks fill in the one or the other."""
    filed = NewTicket(id="1", opened_at=moment(2, 9))
    ticket = WorkedTicket(filed=filed, assignment_group="Desk", category="printing", resolved_at=moment(2, 10))
    bring(engine, [ticket], moment(5))

    refresh(engine, GROUPS_ONLY, moment(5))

    assert set(works(engine)) == {("Desk", "printing")}


def test_whoever_handed_on_is_known_where_it_was_written_down(engine: Engine, moment: Moment) -> None:
    """Else the second level is blamed for being asked."""
    bring(engine, [worked("1", moment(2, 9), assignment_group="Network", reassignments=1)], moment(5))
    with writing(engine) as connection:
        row = {"ticket_id": "1", "place": 0, "from_group": "Desk", "to_group": "Network"}
        connection.execute(insert(connection, handovers), [row])

    refresh(engine, GROUPS_ONLY, moment(5))

    assert {key[0]: (each.n, each.judged, each.at_once) for key, each in works(engine).items()} == {
        "Network": (1, 1, 1),
        "Desk": (0, 1, 0),
    }


def test_only_days_of_changed_tickets_are_counted_again(engine: Engine, moment: Moment) -> None:
    """A desk of a million tickets counts every hour."""
    bring(engine, [worked("1", moment(2, 9)), worked("2", moment(10, 9))], moment(11))
    refresh(engine, GROUPS_ONLY, moment(12))
    bring(engine, [worked("3", moment(2, 10))], moment(12, 1))

    done = refresh(engine, GROUPS_ONLY, moment(12, 1, 5))

    assert done == Refreshed(1, is_whole=False)
    assert works(engine)["Desk", "mail"].n == 3


def test_a_reopened_ticket_leaves_the_day_on_which_it_was_first_resolved(engine: Engine, moment: Moment) -> None:
    """Counted on both days, every reopening would be paid as a ticket more."""
    bring(engine, [worked("1", moment(2, 9)), worked("2", moment(9, 9))], moment(9, 12))
    refresh(engine, GROUPS_ONLY, moment(9, 12))
    bring(engine, [worked("1", moment(2, 9), resolved_at=moment(9, 13), reopens=1)], moment(9, 14))

    refresh(engine, GROUPS_ONLY, moment(10, 13))

    days = teams(engine)["Desk"]
    assert {day: each.n for day, each in days.items() if each.n} == {date(2026, 11, 9): 2}
    assert days[date(2026, 11, 9)].reopened == 1


def test_a_removed_ticket_is_counted_no_more_after_a_day(engine: Engine, moment: Moment) -> None:
    """What a customer wanted to be forgotten goes out of the sums, too."""
    bring(engine, [worked("1", moment(2, 9)), worked("2", moment(9, 9))], moment(9, 12))
    refresh(engine, GROUPS_ONLY, moment(9, 12))
    with writing(engine) as connection:
        connection.execute(delete(tickets).where(tickets.c.id == "1"))

    refresh(engine, GROUPS_ONLY, moment(10, 13))

    assert works(engine)["Desk", "mail"].n == 1


def test_it_is_due_once_an_hour_and_for_one_process(engine: Engine, moment: Moment) -> None:
    """Four processes must not count four times."""
    bring(engine, [worked("1", moment(2, 9))], moment(5))
    refresh(engine, GROUPS_ONLY, moment(5))

    assert refresh(engine, GROUPS_ONLY, moment(5) + EVERY - timedelta(seconds=1)) is None
    assert refresh(engine, GROUPS_ONLY, moment(5) + EVERY) is not None


def test_without_any_ticket_nothing_is_counted(engine: Engine, moment: Moment) -> None:
    """A new installation must not fail every hour."""
    assert refresh(engine, GROUPS_ONLY, moment(5)) == Refreshed(0, is_whole=True)
    assert works(engine) == {}
    with reading(engine) as connection:
        assert known_desk(connection).last_day is None


def test_single_persons_are_not_stored_unless_switched_on(engine: Engine, moment: Moment) -> None:
    """What is not stored cannot leak."""
    bring(engine, [worked("1", moment(2, 9))], moment(5))

    refresh(engine, GROUPS_ONLY, moment(5))

    assert "anna" not in stored_text(engine).lower()


def test_single_persons_are_counted_where_switched_on_each_under_one_spelling(engine: Engine, moment: Moment) -> None:
    """A person who is two has half of what they know."""
    bring(engine, [worked("1", moment(2, 9)), worked("2", moment(3, 9), resolved_by="ANNA@example.org")], moment(5))

    refresh(engine, WITH_PERSONS, moment(5))

    assert {key: each.n for key, each in works(engine, "person").items()} == {("anna@example.org", "mail"): 2}
    assert {key: each.n for key, each in works(engine).items()} == {("Desk", "mail"): 2}


def test_persons_go_as_soon_as_they_are_switched_off_even_when_nothing_is_due(engine: Engine, moment: Moment) -> None:
    """Whoever takes a permission back must not wait for an hour."""
    bring(engine, [worked("1", moment(2, 9))], moment(5))
    refresh(engine, WITH_PERSONS, moment(5))

    assert refresh(engine, GROUPS_ONLY, moment(5, 0, 1)) is None

    assert "anna" not in stored_text(engine).lower()
    assert works(engine)["Desk", "mail"].n == 1
    assert forget_persons(engine) == 0


def test_switching_persons_on_counts_what_was_resolved_before(engine: Engine, moment: Moment) -> None:
    """Else the page is empty for half a year."""
    bring(engine, [worked("1", moment(2, 9))], moment(5))
    refresh(engine, GROUPS_ONLY, moment(5))

    refresh(engine, WITH_PERSONS, moment(5, 2))

    assert works(engine, "person")["anna@example.org", "mail"].n == 1


def test_a_teams_day_has_what_strain_is_measured_by(engine: Engine, moment: Moment) -> None:
    """The 2nd of November 2026 is a Monday."""
    bring(
        engine,
        [
            worked("1", moment(2, 9)),
            worked("2", moment(2, 17), resolved_by="Bernd"),
            worked("3", moment(2, 9), resolved_by=None, reopens=1),
            worked("4", moment(2, 9), reassignments=2),
            worked("5", moment(2, 10), resolved_at=None),
        ],
        moment(5),
    )

    refresh(engine, GROUPS_ONLY, moment(5))

    assert teams(engine)["Desk"][date(2026, 11, 2)] == TeamDay(
        n=4,
        after_hours=1,
        reopened=1,
        difficult=2,
        by_known=3,
        people=2,
        judged=4,
        at_once=2,
        open=1,
        open_hours=14.0,
    )


def test_what_is_left_open_is_told_for_every_day(engine: Engine, moment: Moment) -> None:
    """Also for days on which nothing was resolved, and today up to now."""
    bring(
        engine,
        [
            worked("1", moment(2, 0), resolved_at=moment(6, 12)),
            worked("2", moment(4, 0), resolved_at=None),
            worked("3", moment(3, 0), resolved_at=None, closed_at=moment(4, 12)),
        ],
        moment(6, 12),
    )

    refresh(engine, GROUPS_ONLY, moment(6, 12))

    days = {day.day: (each.open, each.open_hours) for day, each in teams(engine)["Desk"].items()}
    assert days == {2: (1, 24.0), 3: (2, 36.0), 4: (2, 48.0), 5: (2, 72.0), 6: (1, 60.0)}


def test_how_many_people_a_team_is_is_known_without_their_names(engine: Engine, moment: Moment) -> None:
    """Teams of fewer than five are not shown, and no name is stored to know that."""
    bring(
        engine,
        [
            worked(str(n), moment(2 + n, 9), resolved_by=f"Agent {n % 3}", satisfaction=float(1 + n % 5))
            for n in range(9)
        ],
        moment(12),
    )

    refresh(engine, GROUPS_ONLY, moment(12))

    with reading(engine) as connection:
        desk = known_desk(connection)
    assert desk.n_resolvers == {"Desk": 3}
    assert (desk.difficult.low_satisfaction, desk.difficult.long_hours, desk.best_satisfaction) == (2.0, 2.0, 5.0)


@pytest.mark.parametrize("satisfaction", [None, 5.0])
def test_where_all_answers_are_one_none_is_bad_or_best(
    engine: Engine, moment: Moment, satisfaction: float | None
) -> None:
    """The form answers then, and no customer."""
    bring(engine, [worked(str(n), moment(2, 9), satisfaction=satisfaction) for n in range(3)], moment(5))

    refresh(engine, GROUPS_ONLY, moment(5))

    with reading(engine) as connection:
        desk = known_desk(connection)
    assert (desk.difficult.low_satisfaction, desk.best_satisfaction) == (None, None)


def test_what_is_older_than_a_year_is_removed(engine: Engine, moment: Moment) -> None:
    """Nobody needs it, and it may be about people."""
    bring(engine, [worked("1", moment(2, 9))], moment(5))
    refresh(engine, GROUPS_ONLY, moment(5))
    late = moment(5) + KEPT
    bring(engine, [worked("2", late - timedelta(hours=3))], late)

    refresh(engine, GROUPS_ONLY, late)

    assert "2026-11-02" not in stored_text(engine)
    with reading(engine) as connection:
        days = set(connection.scalars(select(daily_work.c.day)))
    assert min(days) >= late.date() - KEPT


def test_a_refresh_tells_how_far_it_is(engine: Engine, moment: Moment) -> None:
    """A year takes a while at a large desk."""
    bring(engine, [worked("1", moment(2, 9))], moment(5))
    told: list[tuple[int, int]] = []

    refresh(engine, GROUPS_ONLY, moment(5), told=lambda done, n: told.append((done, n)))

    assert told[-1] == (KEPT.days + 1, KEPT.days + 1)
    assert len(told) == 54


def test_half_a_year_is_told_and_how_much_of_it_is_late(engine: Engine, moment: Moment) -> None:
    """Whether a topic grows is seen by them; what is older tells how it was, not how it is."""
    end = moment(20, 9)
    weeks_ago = [0, 12, 13, 20, 26]
    bring(engine, [worked(str(n), end - timedelta(weeks=n)) for n in weeks_ago], moment(21))
    refresh(engine, WITH_PERSONS, moment(21))

    with reading(engine) as connection:
        ((work, n_later),) = works_of(connection, "group", end.date()).values()
        ((of_person, _),) = works_of(connection, "person", end.date()).values()

    assert (work.n, n_later) == (4, 2)
    assert of_person == work


def test_the_sums_follow_when_the_last_day_moves_on(engine: Engine, moment: Moment) -> None:
    """Yesterday's sums beside today's would count half a year twice."""
    bring(engine, [worked("1", moment(2, 9))], moment(3))
    refresh(engine, GROUPS_ONLY, moment(3))
    bring(engine, [worked("2", moment(3, 9))], moment(4))

    refresh(engine, GROUPS_ONLY, moment(4))

    assert works(engine)["Desk", "mail"].n == 2
    assert stored_text(engine).count("group-sum:") == 1


def test_counting_an_older_day_again_leaves_what_was_open_then(engine: Engine, moment: Moment) -> None:
    """A late correction of one ticket must not tear a hole into the age of the queue."""
    bring(engine, [worked("1", moment(2, 9), resolved_at=None), worked("2", moment(20, 9))], moment(20))
    bring(engine, [worked("3", moment(3, 9))], moment(20))
    refresh(engine, GROUPS_ONLY, moment(20, 12))
    bring(engine, [worked("3", moment(3, 9), reopens=1)], moment(20, 12, 30))

    done = refresh(engine, GROUPS_ONLY, moment(20, 13, 1))

    assert done is not None
    assert not done.is_whole
    day = teams(engine)["Desk"][date(2026, 11, 3)]
    assert (day.reopened, day.open) == (1, 1)

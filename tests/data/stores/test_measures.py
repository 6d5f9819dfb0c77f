"""Days are counted from tickets, again where these have changed, and read without them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, select, update

from data import measures as store
from data import outcomes
from data.counted_days import due, mark
from data.database import reading, writing
from data.forgetting import forget
from data.measures import counts_by_day, open_by_day, refresh, state, totals, volume_by_day
from data.tables import daily_counts, jobs
from data.tickets import as_kept, file_kept, import_worked
from tests.builders import make_ticket, make_worked
from triage.measures import DIMENSIONS, DayCounts
from triage.ticket import WorkedTicket

NOW = datetime(2026, 4, 20, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 30)


def worked(number: int, opened: datetime, **changes: object) -> WorkedTicket:
    """A ticket that was resolved a day later, unless a test says otherwise."""
    filed = {"id": f"T{number}", "opened_at": opened, "customer_id": f"u{number}"}
    for name in ("customer_id", "attributes", "channel"):
        if name in changes:
            filed[name] = changes.pop(name)  # type: ignore[assignment]
    return make_worked(filed=make_ticket(**filed), **{"resolved_at": opened + timedelta(days=1)} | changes)


def at(day: int, hour: int = 9, month: int = 3) -> datetime:
    """A moment in March."""
    return datetime(2026, month, day, hour, tzinfo=UTC)


def keep(engine: Engine, *found: WorkedTicket, now: datetime = NOW - timedelta(hours=2)) -> None:
    """Imports tickets, long enough ago that their days are not counted again for having been written just now."""
    with writing(engine) as connection:
        import_worked(connection, found, now)


def all_of(engine: Engine) -> dict[date, DayCounts]:
    """By day."""
    with reading(engine) as connection:
        return {day: counts for day, _, counts in counts_by_day(connection, "all", MARCH, APRIL)}


def recounted(engine: Engine) -> list[tuple[date, str, str, object]]:
    """Every row after all days were counted anew from nothing."""
    with writing(engine) as connection:
        connection.execute(daily_counts.delete())
        connection.execute(update(jobs).values(content={}))
    refresh(engine, NOW + timedelta(days=1))
    return rows_of(engine)


def rows_of(engine: Engine) -> list[tuple[date, str, str, object]]:
    """Every row, in an order of its own."""
    columns = daily_counts.c
    with reading(engine) as connection:
        found = connection.execute(select(columns.day, columns.dimension, columns.value, columns.counts))
        return sorted((day, dimension, value, counts) for day, dimension, value, counts in found)


def test_days_are_counted_by_every_dimension(engine: Engine) -> None:
    """A page asks for groups, channels, services and types, and must find each."""
    keep(engine, worked(1, at(2), reassignments=1), worked(2, at(2, 23), ticket_type="request", channel=None))

    refresh(engine, NOW)

    with reading(engine) as connection:
        found = {name: totals(connection, name, MARCH, APRIL) for name in DIMENSIONS}
        by_day = counts_by_day(connection, "all", MARCH, APRIL)
        volume = volume_by_day(connection, MARCH, APRIL)
    assert found["all"][""].opened == 2
    assert {value: counts.opened for value, counts in found["type"].items()} == {"incident": 1, "request": 1}
    assert {value: counts.opened for value, counts in found["channel"].items()} == {"email": 1, "": 1}
    assert found["group"]["Network"].resolved == 2
    assert {value: counts.resolved for value, counts in found["reassignments"].items()} == {"1": 1, "": 1}
    assert found["handover"] == {}
    assert [(day, counts.opened, counts.resolved) for day, _, counts in by_day] == [
        (date(2026, 3, 2), 2, 0),
        (date(2026, 3, 3), 0, 2),
    ]
    assert volume == {date(2026, 3, 2): 2}


def test_a_date_that_no_desk_can_mean_is_left_out_and_the_others_are_counted(engine: Engine) -> None:
    """One ticket of the year 1 or 9999 would keep a whole desk without its measures."""
    first, last = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
    with writing(engine) as connection:
        import_worked(connection, [worked(1, first), worked(2, last, resolved_at=None), worked(3, at(5))], NOW)

    refresh(engine, NOW)

    with reading(engine) as connection:
        assert due(connection) == []
        assert volume_by_day(connection, date.min, date.max) == {date(2026, 3, 5): 1}


def test_a_day_is_one_of_utc(engine: Engine) -> None:
    """A desk in Auckland reads of yesterday; half of a day on each would be worse."""
    keep(engine, worked(1, datetime.fromisoformat("2026-03-03T01:00:00+13:00"), resolved_at=None))

    refresh(engine, NOW)

    assert list(all_of(engine)) == [date(2026, 3, 2)]


def test_a_ticket_without_an_opening_counts_where_it_was_resolved(engine: Engine) -> None:
    """An export without that column must not pile up on the day of its import."""
    filed = make_ticket(id="T1", opened_at=None)
    keep(engine, make_worked(filed=filed, resolved_at=None, closed_at=at(5)))

    refresh(engine, NOW)

    found = all_of(engine)
    assert list(found) == [date(2026, 3, 5)]
    assert (found[date(2026, 3, 5)].resolved, found[date(2026, 3, 5)].hours.n) == (1, 0)


def test_a_ticket_that_moves_leaves_its_old_days(engine: Engine) -> None:
    """A corrected date must not count twice."""
    keep(engine, worked(1, at(2)), worked(2, at(2)))
    refresh(engine, NOW)

    keep(engine, worked(1, at(10)), now=NOW - timedelta(days=9))  # of an import that began long ago
    refresh(engine, NOW + MINUTE)

    found = all_of(engine)
    assert {day: counts.opened for day, counts in found.items() if counts.opened} == {
        date(2026, 3, 2): 1,
        date(2026, 3, 10): 1,
    }
    assert found[date(2026, 3, 3)].resolved == 1
    assert rows_of(engine) == recounted(engine)


def test_an_open_ticket_that_is_resolved_is_open_no_more(engine: Engine) -> None:
    """The backlog is told from the days that tickets were opened on, weeks ago."""
    keep(engine, worked(1, at(2), resolved_at=None))
    refresh(engine, NOW)
    with reading(engine) as connection:
        assert open_by_day(connection) == [(date(2026, 3, 2), 1)]

    keep(engine, worked(1, at(2), resolved_at=at(9, month=4)), now=NOW + MINUTE)
    refresh(engine, NOW + 2 * MINUTE)

    with reading(engine) as connection:
        assert open_by_day(connection) == []


def test_a_new_ticket_is_counted_the_next_time_and_other_days_stay(engine: Engine) -> None:
    """A desk with a million tickets is counted every five minutes."""
    keep(engine, *(worked(n, at(n)) for n in range(1, 20)))
    assert refresh(engine, NOW) == store.Refreshed(20)

    with writing(engine) as connection:
        file_kept(connection, [as_kept(make_ticket(id="N", opened_at=None), NOW + 20 * MINUTE)], NOW + 20 * MINUTE)
    found = refresh(engine, NOW + 21 * MINUTE)

    assert found == store.Refreshed(1)
    assert all_of(engine)[NOW.date()] == DayCounts(opened=1, open=1)


def test_forgotten_tickets_are_counted_no_more(engine: Engine) -> None:
    """What is erased must not go on in sums of a single person's day."""
    keep(engine, worked(1, at(2), customer_id="gone"), worked(2, at(4)))
    refresh(engine, NOW)

    with writing(engine) as connection:
        forget(connection, "gone", None)
    refresh(engine, NOW + MINUTE)

    assert [day for day, counts in all_of(engine).items() if counts.opened] == [date(2026, 3, 4)]
    assert rows_of(engine) == recounted(engine)


def test_repeats_are_told_across_the_days_that_are_counted(engine: Engine) -> None:
    """The same printer breaks every three weeks; each day alone has one ticket of it."""
    of_printer = {"customer_id": "u1", "attributes": {"service": "printing"}}
    keep(
        engine,
        worked(1, at(2), **of_printer),
        worked(2, at(25), **of_printer),
        worked(3, at(28, month=4), **of_printer),
    )

    refresh(engine, NOW)

    found = all_of(engine)
    assert {day: (counts.n_repeatable, counts.repeats) for day, counts in found.items() if counts.opened} == {
        date(2026, 3, 2): (1, 0),
        date(2026, 3, 25): (1, 1),
        date(2026, 4, 28): (1, 0),
    }


def test_an_earlier_ticket_that_comes_later_makes_a_repeat_of_a_counted_one(engine: Engine) -> None:
    """Exports come in any order; a day is right only if those before it are."""
    of_printer = {"customer_id": "u1", "attributes": {"service": "printing"}}
    keep(engine, worked(2, at(25), **of_printer))
    refresh(engine, NOW)

    keep(engine, worked(1, at(2), **of_printer), now=NOW + MINUTE)
    refresh(engine, NOW + 30 * MINUTE)

    assert all_of(engine)[date(2026, 3, 25)].repeats == 1
    assert rows_of(engine) == recounted(engine)


def test_requests_are_no_repeats(engine: Engine) -> None:
    """A second screen after the first one is no unsolved problem."""
    wish = {"customer_id": "u1", "attributes": {"service": "hardware"}, "ticket_type": "request"}
    keep(engine, worked(1, at(2), **wish), worked(2, at(3), **wish))

    refresh(engine, NOW)

    assert all(counts.n_repeatable == 0 for counts in all_of(engine).values())


def test_what_people_decide_here_counts_where_no_export_says_it(engine: Engine) -> None:
    """A desk that is connected by webhook brings no labels; its people give them."""
    keep(engine, worked(1, at(2), ticket_type=None, assignment_group=None, priority=None))
    refresh(engine, NOW)

    with writing(engine) as connection:
        given = {"ticket_type": "request", "assignment_group": "Apps"}
        outcomes.record(connection, "T1", given, "human", "desk", at(2, 10))  # told long after
    refresh(engine, NOW + 30 * MINUTE)

    with reading(engine) as connection:
        assert totals(connection, "group", MARCH, APRIL)["Apps"].requests == 1


def test_windows_are_the_same_sums_by_month_as_by_day(engine: Engine) -> None:
    """A year of every group is read by months; the days at its ends are not."""
    begin = datetime(2025, 11, 20, 9, tzinfo=UTC)
    keep(engine, *(worked(n, begin + timedelta(days=n, hours=n % 7), reopens=n % 3) for n in range(150)))
    refresh(engine, NOW)

    with reading(engine) as connection:
        for since, until in (
            (date(2025, 12, 1), date(2026, 2, 28)),
            (date(2025, 11, 25), date(2026, 3, 3)),
            (date(2026, 1, 2), date(2026, 1, 30)),
            (date(2025, 12, 31), date(2026, 1, 1)),
            (date(2026, 1, 1), date(2026, 1, 31)),
        ):
            days = counts_by_day(connection, "group", since, until)
            assert totals(connection, "group", since, until)["Network"] == sum(
                (each.counts for each in days), DayCounts()
            )


def test_one_value_can_be_asked_for_alone(engine: Engine) -> None:
    """A digest reads one group of many."""
    keep(engine, worked(1, at(2)), worked(2, at(2), assignment_group="Apps"))
    refresh(engine, NOW)

    with reading(engine) as connection:
        found = counts_by_day(connection, "group", MARCH, APRIL, "Apps")

    assert [(day, value, counts.opened) for day, value, counts in found] == [
        (date(2026, 3, 2), "Apps", 1),
        (date(2026, 3, 3), "Apps", 0),
    ]


def test_marked_days_that_nobody_counted_are_told_and_counted_by_the_next(engine: Engine) -> None:
    """A killed process must not leave yesterday's figures as if they were today's."""
    keep(engine, worked(1, at(2)))

    with reading(engine) as connection:
        assert state(connection).n_due == 2
        assert state(connection).counted_at is None
    refresh(engine, NOW)
    with reading(engine) as connection:
        assert state(connection).n_due == 0
        assert state(connection).counted_at == NOW


def test_only_one_process_counts_at_a_time(engine: Engine) -> None:
    """Two of them would do the same work twice."""
    assert refresh(engine, NOW, every=store.EVERY) is not None
    assert refresh(engine, NOW + MINUTE, every=store.EVERY) is None
    assert refresh(engine, NOW + store.EVERY, every=store.EVERY) is not None


def test_progress_is_told_from_nothing_to_all(engine: Engine) -> None:
    """A person looks at a bar for two minutes."""
    keep(engine, *(worked(n, at(n)) for n in range(1, 25)))
    told: list[float] = []

    refresh(engine, NOW, told.append)

    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) > 1


def test_definitions_that_changed_count_every_day_again(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new measure would be zero for all of the past."""
    keep(engine, worked(1, at(2)))
    refresh(engine, NOW)

    monkeypatch.setattr(store, "COUNTED_AS", store.COUNTED_AS + 1)

    assert refresh(engine, NOW + timedelta(hours=1)) == store.Refreshed(2)


def test_contacts_are_spread_over_customers_in_windows_of_today(engine: Engine) -> None:
    """The page reads it without asking for each customer."""
    keep(engine, *(worked(n, at(18, month=4), customer_id="u1" if n < 6 else f"u{n}") for n in range(1, 11)))

    refresh(engine, NOW)

    with reading(engine) as connection:
        found = state(connection)
    assert set(found.concentration) == {7, 30, 90, 365}
    assert (found.concentration[7].n_customers, found.concentration[7].n_contacts) == (6, 10)
    assert found.concentration[7].tops[0].contacts_ratio == 0.5


def test_a_mark_that_is_made_while_a_day_is_counted_stays(sqlite_engine: Engine) -> None:
    """Whoever changes a ticket after it was read must not be overlooked."""
    keep(sqlite_engine, worked(1, at(2)))
    refresh(sqlite_engine, NOW)

    with writing(sqlite_engine) as connection:
        mark(connection, [date(2026, 3, 2)])
        mark(connection, [date(2026, 3, 2)])  # a second time is no error

    with reading(sqlite_engine) as connection:
        assert due(connection) == [date(2026, 3, 2)]


def test_an_import_in_parts_counts_as_one_at_once(engine: Engine) -> None:
    """Whatever order tickets come and are counted in, the sums are the same."""
    found = [
        worked(n, at(1 + n % 27, n % 24), customer_id=f"u{n % 4}", attributes={"service": f"s{n % 3}"}, reopens=n % 2)
        for n in range(120)
    ]
    parts: Sequence[Callable[[int], bool]] = (lambda n: n % 3 == 1, lambda n: n % 3 == 0, lambda n: n % 3 == 2)
    for place, is_in in enumerate(parts):
        keep(engine, *(ticket for n, ticket in enumerate(found) if is_in(n)), now=NOW + (60 * place - 30) * MINUTE)
        refresh(engine, NOW + 60 * place * MINUTE)
    keep(engine, *(replace(ticket, reopens=1) for ticket in found[:40]), now=NOW + 150 * MINUTE)
    refresh(engine, NOW + 180 * MINUTE)

    assert rows_of(engine) == recounted(engine)


def test_a_ticket_of_last_year_that_is_resolved_today_counts_with_all_its_time(engine: Engine) -> None:
    """The longest times must show.

    A help desk's report took times of those tickets only that were opened in the window, too: they were not the ones
    that it called closed.
    """
    keep(
        engine,
        worked(1, at(2), resolved_at=at(16, month=4)),
        worked(2, at(16, 1, month=4), resolved_at=at(16, 2, month=4)),
    )
    refresh(engine, NOW)

    with reading(engine) as connection:
        found = totals(connection, "all", date(2026, 4, 10), date(2026, 4, 20))[""]

    assert (found.opened, found.resolved, found.hours.n) == (1, 2, 2)
    assert found.hours.quantile(1.0) == pytest.approx(45 * 24, rel=0.01)


def test_tickets_around_midnight_at_the_end_of_a_month_are_each_in_one_month(engine: Engine) -> None:
    """Reports of ticketing systems lost or doubled those where days and months were cut in two time zones."""
    last, first = datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
    elsewhere = datetime.fromisoformat("2026-04-01T01:30:00+02:00")  # still March in UTC
    keep(engine, worked(1, last), worked(2, first), worked(3, elsewhere))
    refresh(engine, NOW)

    with reading(engine) as connection:
        of_march = totals(connection, "all", MARCH, date(2026, 3, 31))[""]
        of_april = totals(connection, "all", date(2026, 4, 1), APRIL)[""]
        of_both = totals(connection, "all", MARCH, APRIL)[""]

    assert (of_march.opened, of_april.opened, of_both.opened) == (2, 1, 3)

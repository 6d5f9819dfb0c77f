"""The store of what a desk is measured by: counts of each day, brought up to date, and read without any ticket.

Beside the days it holds sums of whole months, so that a year of every group is a few hundred rows.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, delete, func, select

from data.counted_days import DUE, DUE_MONTH, days_on, due, first_of_month, mark, n_due, unmark
from data.counted_tickets import ONE_DAY, CountedTickets
from data.database import alone, insert, reading, writing
from data.handovers import note_outcomes
from data.jobs import Claim, claim, finish, last_done
from data.tables import daily_counts, outcomes, tickets
from data.workload import work_of_all
from triage.customers.workload import measure_workload
from triage.measures import (
    COUNTED_AS,
    DIMENSIONS,
    REPEATS_WITHIN,
    Concentration,
    DayCounts,
    DayTally,
    TopContacts,
    concentration_of,
    sum_of,
)

__all__ = [
    "CONCENTRATION_DAYS",
    "EVERY",
    "JOB",
    "CountedDay",
    "Refreshed",
    "State",
    "counts_by_day",
    "last_day",
    "open_by_day",
    "records_ends",
    "refresh",
    "state",
    "totals",
    "volume_by_day",
]

JOB = "measures"

EVERY = timedelta(minutes=5)
"""How old the counts of a running service become."""

CONCENTRATION_DAYS = (7, 30, 90, 365)
"""Windows of which it is counted how contacts are spread over customers."""

_CONCENTRATION_EVERY = timedelta(hours=1)
_LEASE = timedelta(minutes=5)  # a count that takes longer may be joined by another process, and is right all the same
_OVERLAP = timedelta(minutes=5)  # a transaction is committed some time after the moment that it was given
_OUTCOMES_OVERLAP = 1_000  # numbers are given out before they are committed
_LOCK = 0x6D65_6173  # any number that nobody else locks
_TICKETS_AT_ONCE = 5_000
_MOST_DAYS = 31
_TRACE = "trace"  # what repeats of later days hang on
_MONTH = " month"
_COUNTED = (*DIMENSIONS, _TRACE)
_BOOKKEEPING = (DUE, DUE_MONTH)
_COLUMNS = daily_counts.c


class CountedDay(NamedTuple):
    """What is counted of one value on one day."""

    day: date
    value: str
    counts: DayCounts


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What was done: so many days were counted again."""

    n_days: int


@dataclass(frozen=True, slots=True)
class State:
    """How far the counts can be relied on.

    Attributes:
        counted_at: as of when; None where nothing was counted yet.
        n_due: days that are known to be counted again.
        concentration: how contacts are spread over customers, by days back from `concentration_at`.
        concentration_at: as of when.
    """

    counted_at: datetime | None
    n_due: int
    concentration: Mapping[int, Concentration]
    concentration_at: datetime | None


def counts_by_day(
    connection: Connection, dimension: str, since: date, until: date, value: str | None = None
) -> list[CountedDay]:
    """The counts of days, the earliest first; a day without any ticket is left out.

    Args:
        connection: to ask.
        dimension: one of `triage.measures.DIMENSIONS`.
        since: the first day, of UTC.
        until: the last day.
        value: only this one, such as a group; all, if None.
    """
    asked = select(_COLUMNS.day, _COLUMNS.value, _COLUMNS.counts).where(*_within(dimension, since, until))
    if value is not None:
        asked = asked.where(_COLUMNS.value == value)
    rows = connection.execute(asked.order_by(_COLUMNS.day, _COLUMNS.value))
    return [CountedDay(row.day, row.value, sum_of([row.counts])) for row in rows]


def totals(connection: Connection, dimension: str, since: date, until: date) -> dict[str, DayCounts]:
    """The sums over days by value, those of whole months read as such; first and last day as above."""
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for name, begin, end in _spans(dimension, since, until):
        for value, counts in connection.execute(
            select(_COLUMNS.value, _COLUMNS.counts).where(*_within(name, begin, end))
        ):
            found[value].append(counts)
    return {value: sum_of(each) for value, each in found.items()}


def volume_by_day(connection: Connection, since: date, until: date) -> dict[date, int]:
    """How many tickets were opened; a day without any may be left out."""
    opened = _COLUMNS.counts["opened"].as_integer()
    rows = connection.execute(select(_COLUMNS.day, opened).where(*_within("all", since, until)))
    return {day: n for day, n in rows if n}


def open_by_day(connection: Connection) -> list[tuple[date, int]]:
    """How many of the tickets opened on each day are open still; see `records_ends`."""
    still_open = _COLUMNS.counts["open"].as_integer()
    rows = connection.execute(select(_COLUMNS.day, still_open).where(_COLUMNS.dimension == "all"))
    return [(day, n) for day, n in rows if n]


def last_day(connection: Connection, today: date) -> date | None:
    """The last day up to today on which anything is counted; None where nothing is."""
    asked = select(func.max(_COLUMNS.day)).where(_COLUMNS.dimension == "all", _COLUMNS.day <= today)
    found: date | None = connection.scalar(asked)
    return found


def records_ends(connection: Connection) -> bool:
    """Whether this desk says of any ticket when it was resolved or closed."""
    ended = (tickets.c.resolved_at.is_not(None), tickets.c.closed_at.is_not(None))
    return any(connection.scalar(select(tickets.c.id).where(one).limit(1)) is not None for one in ended)


def state(connection: Connection) -> State:
    """How far the counts can be relied on."""
    done = last_done(connection, JOB)
    at = done.content.get("concentration_at")
    return State(
        counted_at=done.at,
        n_due=n_due(connection),
        concentration={int(days): _concentration(each) for days, each in done.content.get("concentration", {}).items()},
        concentration_at=None if at is None else datetime.fromisoformat(at),
    )


def refresh(
    engine: Engine,
    now: datetime,
    on_progress: Callable[[float], None] | None = None,
    *,
    every: timedelta = timedelta(0),
) -> Refreshed | None:
    """Counts again the days that have changed since the last time; all of them the first time.

    Each few thousand tickets are a transaction. A process that is killed leaves what is not done marked as due.

    Args:
        engine: an upgraded database.
        now: the moment.
        on_progress: told the share done, 0 to 1.
        every: how long after its last end there is anything to do.

    Returns:
        What was done; None where it is not time, or another process does it.
    """
    held = claim(engine, JOB, every, now, _LEASE)
    if held is None:
        return None
    content = held.last.content
    since, after = None, 0
    if content.get("counted_as") == COUNTED_AS:
        since = datetime.fromisoformat(content["until"]) - _OVERLAP
        after = max(content["last_outcome"] - _OUTCOMES_OVERLAP, 0)
    with writing(engine) as connection:
        last_outcome = connection.scalar(select(func.max(outcomes.c.id))) or 0
        note_outcomes(connection, after)
    _mark_changed(engine, since, after)
    n_days = _count_due(engine, on_progress)
    _sum_months(engine)
    kept = {"counted_as": COUNTED_AS, "until": now.isoformat(), "last_outcome": last_outcome}
    kept |= _counted_concentration(engine, held, now)
    with writing(engine) as connection:
        finish(connection, held, kept, now)
    return Refreshed(n_days)


def _mark_changed(engine: Engine, since: datetime | None, after: int) -> None:
    """Marks the days of tickets that were written since, or given a value; all days where nothing was counted yet."""
    with reading(engine) as connection:
        if since is None:
            days = days_on(connection) | set(_counted_days(connection))
        else:
            given = select(outcomes.c.ticket_id).where(outcomes.c.id > after)
            days = days_on(connection, tickets.c.updated_at >= since) | days_on(connection, tickets.c.id.in_(given))
    with writing(engine) as connection:
        mark(connection, days)


def _counted_days(connection: Connection) -> list[date]:
    return list(connection.scalars(select(_COLUMNS.day).where(_COLUMNS.dimension == "all")))


def _count_due(engine: Engine, on_progress: Callable[[float], None] | None) -> int:
    """Counts marked days, as many at once as have a few thousand tickets together; how many it were."""
    n_done, at_once = 0, 1
    counted = CountedTickets(engine)
    while True:
        with reading(engine) as connection:
            days = _consecutive(due(connection, most=at_once))
            n_left = n_due(connection)
        if not days:
            return n_done
        n_tickets = _count(engine, counted, days)
        n_done += len(days)
        at_once = min(2 * at_once, _MOST_DAYS) if n_tickets < _TICKETS_AT_ONCE else max(at_once // 2, 1)
        if on_progress is not None:
            on_progress(n_done / max(n_done + n_left - len(days), 1))


def _consecutive(days: list[date]) -> list[date]:
    """The days up to the first gap."""
    n = next((n for n in range(1, len(days)) if days[n] - days[n - 1] != ONE_DAY), len(days))
    return days[:n]


def _count(engine: Engine, counted: CountedTickets, days: list[date]) -> int:
    """Counts consecutive days anew; how many tickets were looked at."""
    counted.begin(days[0])
    tally, n_tickets = DayTally(days), 0
    with writing(engine) as connection:
        alone(connection, _LOCK)
        unmark(connection, days)  # before tickets are read: what is changed from here on marks them again
        for ticket in counted.on_days(connection, days[0], days[-1]):
            tally.add(ticket)
            n_tickets += 1
        were = _traces(connection, days)
        of_days = (_COLUMNS.day.in_(days), _COLUMNS.dimension.in_(_COUNTED))
        connection.execute(delete(daily_counts).where(*of_days))
        rows = [
            *tally.rows(),
            *((day, _TRACE, "", {"sum": counted.traces[day]}) for day in days if day in counted.traces),
        ]
        _write(connection, rows)
        mark(connection, {first_of_month(day) for day in days}, DUE_MONTH)
        changed = [day for day in days if were.get(day) != counted.traces.get(day)]
        if changed:
            mark(connection, _later_days(connection, changed, days[-1]))
    return n_tickets


def _traces(connection: Connection, days: list[date]) -> dict[date, int]:
    asked = select(_COLUMNS.day, _COLUMNS.counts).where(_COLUMNS.day.in_(days), _COLUMNS.dimension == _TRACE)
    return {day: counts["sum"] for day, counts in connection.execute(asked)}


def _later_days(connection: Connection, changed: list[date], last: date) -> set[date]:
    """The counted days after `last` on which tickets may be repeats of those of changed days."""
    found: set[date] = set()
    until = max(changed) + REPEATS_WITHIN
    if until > last:
        found.update(connection.scalars(select(_COLUMNS.day).where(*_within(_TRACE, last + ONE_DAY, until))))
    return found


def _sum_months(engine: Engine) -> None:
    """Sums the days of every month of which some were counted again."""
    with reading(engine) as connection:
        months = due(connection, DUE_MONTH)
    for month in months:
        last = _last_of_month(month)
        with writing(engine) as connection:
            alone(connection, _LOCK)
            unmark(connection, [month], DUE_MONTH)
            names = [dimension + _MONTH for dimension in DIMENSIONS]
            connection.execute(delete(daily_counts).where(_COLUMNS.day == month, _COLUMNS.dimension.in_(names)))
            for dimension in DIMENSIONS:
                found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
                asked = select(_COLUMNS.value, _COLUMNS.counts).where(*_within(dimension, month, last))
                for value, counts in connection.execute(asked):
                    found[value].append(counts)
                rows = [(month, dimension + _MONTH, value, sum_of(each).as_json()) for value, each in found.items()]
                _write(connection, rows)


def _write(connection: Connection, rows: Iterable[tuple[date, str, str, Mapping[str, Any]]]) -> None:
    values = [
        {"day": day, "dimension": dimension, "value": value, "counts": counts} for day, dimension, value, counts in rows
    ]
    if values:
        connection.execute(insert(connection, daily_counts), values)


def _within(dimension: str, since: date, until: date) -> tuple[Any, ...]:
    return _COLUMNS.dimension == dimension, _COLUMNS.day >= since, _COLUMNS.day <= until


def _spans(dimension: str, since: date, until: date) -> list[tuple[str, date, date]]:
    """The days before the first whole month, the whole months, and the days after the last one."""
    first = since if since.day == 1 else _last_of_month(since) + ONE_DAY
    end = until if until == _last_of_month(until) else first_of_month(until) - ONE_DAY
    if first > end:
        return [(dimension, since, until)]
    spans = [(dimension + _MONTH, first, end)]
    if since < first:
        spans.append((dimension, since, first - ONE_DAY))
    if end < until:
        spans.append((dimension, end + ONE_DAY, until))
    return spans


def _last_of_month(day: date) -> date:
    return first_of_month(first_of_month(day) + timedelta(days=31)) - ONE_DAY


def _counted_concentration(engine: Engine, held: Claim, now: datetime) -> dict[str, Any]:
    """How contacts are spread; every hour, as it asks for each customer."""
    known = held.last.content
    at = known.get("concentration_at")
    if at is not None and datetime.fromisoformat(at) > now - _CONCENTRATION_EVERY:
        return {"concentration": known["concentration"], "concentration_at": at}
    found = {}
    for days in CONCENTRATION_DAYS:
        with reading(engine) as connection:
            work = work_of_all(connection, now - timedelta(days=days), now)
        spread = concentration_of(measure_workload(work))
        if spread is not None:
            found[str(days)] = {
                "customers": spread.n_customers,
                "contacts": spread.n_contacts,
                "gini": spread.gini,
                "tops": [[top.ratio, top.n_customers, top.contacts_ratio] for top in spread.tops],
            }
    return {"concentration": found, "concentration_at": now.astimezone(UTC).isoformat()}


def _concentration(kept: Mapping[str, Any]) -> Concentration:
    return Concentration(
        kept["customers"], kept["contacts"], kept["gini"], tuple(TopContacts(*top) for top in kept["tops"])
    )

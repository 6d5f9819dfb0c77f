"""What a desk is measured by in a time, as a page, a program and the command line are told it; read from daily counts.

Nothing here reads a ticket, so that it takes as long for a million of them as for none.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, get_args

from sqlalchemy import Connection

from data import measures as store
from triage.errors import InvalidInput
from triage.forecast_volume import VolumeForecast, forecast_volume
from triage.measures import (
    ARROW,
    OTHERS,
    Backlog,
    Concentration,
    DayCounts,
    WrongRoute,
    backlog,
    safely,
    wrong_routes,
)
from triage.measures.wording import outstanding

__all__ = [
    "BYS",
    "MOST_DAYS",
    "MOST_PAIRS",
    "MOST_ROWS",
    "By",
    "Handover",
    "MeasuredRow",
    "MeasuresReport",
    "measures_report",
    "window",
]

By = Literal["group", "channel", "service", "type", "week"]
BYS: tuple[By, ...] = get_args(By)

MOST_DAYS = 3_660
"""A window is no longer than ten years."""

MOST_ROWS = 100
"""Values that are told one by one, those with most tickets."""

MOST_PAIRS = 100
"""Pairs of groups, those with most handovers."""

_HISTORY = timedelta(days=3 * 366)
_WEEK = timedelta(days=7)
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class MeasuredRow:
    """The counts of one value: a group, a service, or a week by its Monday; empty for tickets that do not say."""

    value: str
    counts: DayCounts


@dataclass(frozen=True, slots=True)
class Handover:
    """From one group to another.

    Attributes:
        from_group: who handed on.
        to_group: to whom.
        n: how often, in tickets that were resolved.
        n_back: how often the other way.
        median_hours: to resolve such a ticket; None where no opening is known.
    """

    from_group: str
    to_group: str
    n: int
    n_back: int
    median_hours: float | None


@dataclass(frozen=True, slots=True)
class MeasuresReport:
    """What a desk is measured by from the first to the last day (UTC).

    Attributes:
        since: the first day.
        until: the last day.
        by: what `rows` are.
        total: of all tickets.
        before: of as many days before.
        sentence: what stands out.
        rows: by value, most tickets first; weeks in their order.
        n_more: values that are not among `rows`.
        weeks: each week, by its Monday, the first and last one as far as they are in the window.
        routes: what being handed on goes along with.
        handovers: by pair, most first.
        n_more_pairs: pairs that are not among `handovers`.
        backlog: what is open now; None where this desk does not say when tickets end.
        concentration: how contacts are spread; None for a window that is not counted, or where it may not be told.
        concentration_at: as of when.
        volume: how many tickets were opened on each day of history.
        forecast: of the days from `after` on.
        after: the day after the window, or today where that is earlier.
        counted_at: as of when the days were counted; None where they never were.
        n_due: days of which it is known that they have changed since.
        last_day: the last day that has anything; None of an empty desk.
    """

    since: date
    until: date
    by: By
    total: DayCounts
    before: DayCounts
    sentence: str
    rows: tuple[MeasuredRow, ...]
    n_more: int
    weeks: tuple[MeasuredRow, ...]
    routes: tuple[WrongRoute, ...]
    handovers: tuple[Handover, ...]
    n_more_pairs: int
    backlog: Backlog | None
    concentration: Concentration | None
    concentration_at: datetime | None
    volume: dict[date, int]
    forecast: VolumeForecast
    after: date
    counted_at: datetime | None
    n_due: int
    last_day: date | None

    @property
    def n_days(self) -> int:
        """Of the window."""
        return (self.until - self.since).days + 1


def window(since: date | None, until: date | None, today: date, days: int = 30) -> tuple[date, date]:
    """The first and last day of a window; the last `days` up to today, if nothing else is asked for.

    Raises:
        InvalidInput: it ends before it begins, or is longer than `MOST_DAYS`.
    """
    last = today if until is None else until
    first = last - timedelta(days=days - 1) if since is None else since
    if first > last:
        raise InvalidInput(f"A window from {first} to {last} ends before it begins.")
    if (last - first).days >= MOST_DAYS:
        raise InvalidInput(f"A window from {first} to {last} is longer than {MOST_DAYS:,} days.")
    return first, last


def measures_report(
    connection: Connection, by: By, since: date, until: date, today: date, *, is_aggregate: bool
) -> MeasuresReport:
    """The report.

    Args:
        connection: to ask.
        by: what it is divided by.
        since: the first day.
        until: the last day.
        today: of UTC; it is in no forecast's history, as it is not over.
        is_aggregate: whether nothing may describe a single customer.
    """
    n_days = (until - since).days + 1
    total = _total(connection, since, until)
    before = _total(connection, since - timedelta(days=n_days), since - _ONE_DAY)
    weeks = _weeks(connection, since, until)
    rows = list(weeks) if by == "week" else _rows(connection, by, since, until)
    pairs = _handovers(connection, since, until)
    state = store.state(connection)
    spread = state.concentration.get(n_days) if until == today else None
    after = min(until + _ONE_DAY, today)
    volume = store.volume_by_day(connection, after - _HISTORY, after)
    return MeasuresReport(
        since=since,
        until=until,
        by=by,
        total=total,
        before=before,
        sentence=outstanding(total, before, n_days),
        rows=tuple(rows if by == "week" else rows[:MOST_ROWS]),
        n_more=0 if by == "week" else max(len(rows) - MOST_ROWS, 0),
        weeks=tuple(weeks),
        routes=wrong_routes(store.totals(connection, "reassignments", since, until)),
        handovers=tuple(pairs[:MOST_PAIRS]),
        n_more_pairs=max(len(pairs) - MOST_PAIRS, 0),
        backlog=backlog(store.open_by_day(connection), today) if store.records_ends(connection) else None,
        concentration=safely(spread) if spread is not None and is_aggregate else spread,
        concentration_at=state.concentration_at,
        volume=volume,
        forecast=forecast_volume(volume, after),
        after=after,
        counted_at=state.counted_at,
        n_due=state.n_due,
        last_day=store.last_day(connection, today),
    )


def _total(connection: Connection, since: date, until: date) -> DayCounts:
    return store.totals(connection, "all", since, until).get("", DayCounts())


def _rows(connection: Connection, by: str, since: date, until: date) -> list[MeasuredRow]:
    found = store.totals(connection, by, since, until)
    ordered = sorted(found.items(), key=lambda each: (each[0] == OTHERS, -each[1].opened - each[1].resolved, each[0]))
    return [MeasuredRow(value, counts) for value, counts in ordered]


def _weeks(connection: Connection, since: date, until: date) -> list[MeasuredRow]:
    found: dict[date, list[DayCounts]] = defaultdict(list)
    for day, _, counts in store.counts_by_day(connection, "all", since, until):
        found[day - timedelta(days=day.weekday())].append(counts)
    monday = since - timedelta(days=since.weekday())
    weeks = []
    while monday <= until:
        weeks.append(MeasuredRow(monday.isoformat(), sum(found.get(monday, []), DayCounts())))
        monday += _WEEK
    return weeks


def _handovers(connection: Connection, since: date, until: date) -> list[Handover]:
    found = store.totals(connection, "handover", since, until)
    by_pair = {tuple(pair.split(ARROW, 1)): counts for pair, counts in found.items() if ARROW in pair}
    pairs = []
    for pair, counts in by_pair.items():
        before, after = pair
        back = by_pair.get((after, before))
        n_back = 0 if back is None else back.handovers
        pairs.append(Handover(before, after, counts.handovers, n_back, counts.hours.quantile(0.5)))
    return sorted(pairs, key=lambda each: (-each.n, each.from_group, each.to_group))

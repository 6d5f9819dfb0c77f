"""What goes over the wire about a desk's measures; see `api/schemas.py`, and `docs/glossary.md` for each of them."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from api.measures import Handover, MeasuredRow, MeasuresReport
from triage.forecast_volume import INTERVAL
from triage.measures import (
    INCIDENT_MARK,
    SHARES,
    Backlog,
    Concentration,
    DayCounts,
    WrongRoute,
    reassignments_mean,
    satisfaction_mean,
    time_to_resolve,
)
from triage.quality import Tally

__all__ = ["MeasuresAnswer", "measures_answer"]

_N_DIGITS = 6
_N_DIGITS_SHOWN = 3


class MeasuredShareAnswer(BaseModel):
    """So many of so many, with the 95 % interval of Wilson."""

    hits: int
    n: int
    share: float = Field(description="0 to 1.")
    low: float
    high: float


class MeanAnswer(BaseModel):
    """A mean with its 95 % interval, which fewer than two answers have not."""

    mean: float = Field(description="In the desk's own unit.")
    low: float | None
    high: float | None
    n: int


class TimeToResolveAnswer(BaseModel):
    """Hours of the clock from opening to resolving; each figure is off by one in a hundred at most."""

    median: float
    p75: float
    p90: float
    p95: float
    n: int


class DeskMeasuresAnswer(BaseModel):
    """The measures of some tickets; null is what the desk does not record."""

    opened: int = Field(description="Tickets opened in the window.")
    resolved: int = Field(description="Tickets resolved in it; closed ones, where nobody says when they were resolved.")
    closed: int = Field(description="Tickets closed in it.")
    incident_share: MeasuredShareAnswer | None = Field(description="Of the opened ones whose type is known.")
    request_share: MeasuredShareAnswer | None = Field(description="Of the same.")
    first_contact_resolution: MeasuredShareAnswer | None = Field(description="Of the resolved ones that say so.")
    reassignments_mean: float | None = Field(description="How often a resolved ticket was handed on.")
    handed_on: MeasuredShareAnswer | None = Field(description="Of the resolved ones, those handed on at least once.")
    reopened: MeasuredShareAnswer | None = Field(description="Rework: of the resolved ones, those opened again.")
    time_to_resolve_hours: TimeToResolveAnswer | None
    sla_met: MeasuredShareAnswer | None = Field(description="Of the resolved ones of which it is recorded.")
    satisfaction: MeanAnswer | None = Field(description="What customers answered.")
    response_rate: MeasuredShareAnswer | None = Field(description="Of the resolved ones, those with an answer.")
    knowledge_use: MeasuredShareAnswer | None = Field(description="Of the resolved ones, those that an article solved.")
    repeat_share: MeasuredShareAnswer | None = Field(
        description="Of the opened ones that are no requests, with customer and topic: those of the same customer "
        "about the same topic as another within 30 days before."
    )


class MeasuredRowAnswer(DeskMeasuresAnswer):
    """The measures of one value."""

    value: str = Field(description="A group, a channel and so on; a week by its Monday. Empty: the ticket says none.")


class WrongRouteAnswer(BaseModel):
    """Resolved tickets that were handed on so often."""

    reassignments: str = Field(description="`0`, `1`, `2`, `3` or `4+`.")
    n: int
    median_hours: float | None
    extra_hours: float | None = Field(description="The median beyond that of tickets that nobody handed on.")


class HandoverAnswer(BaseModel):
    """From one group to another, in tickets resolved in the window."""

    from_group: str
    to_group: str
    n: int
    n_back: int = Field(description="How often the other way.")
    median_hours: float | None = Field(description="To resolve such a ticket.")


class BacklogAnswer(BaseModel):
    """What is open now, whatever the window."""

    n: int
    median_days: int | None
    p90_days: int | None
    ages: dict[str, int] = Field(description="How many are of which age.")


class TopContactsAnswer(BaseModel):
    """What the customers with most contacts make."""

    ratio: float = Field(description="Which share of the customers, 0 to 1.")
    customers: int
    contacts_share: float


class ConcentrationAnswer(BaseModel):
    """How contacts are spread over customers."""

    customers: int
    contacts: int
    contacts_per_customer: float
    gini: float = Field(description="0 if all made equally many, nearly 1 if one made all.")
    tops: list[TopContactsAnswer] = Field(description="The top 2 % and 20 %; without groups too small to be told.")
    at: datetime | None


class DayForecastAnswer(BaseModel):
    """What is expected of a day."""

    day: date
    expected: float
    low: float
    high: float


class VolumeForecastAnswer(BaseModel):
    """Tickets to expect on each of the next 28 days; none where the history is shorter than 84 days."""

    days: list[DayForecastAnswer]
    interval: float = Field(default=INTERVAL, description="The share of days that shall lie between low and high.")
    history_days: int
    level_a_day: float | None
    trend_a_week: float | None = Field(description="By which share the level grows a week.")
    weekdays: list[float] = Field(description="Monday first; 1 is a day like the mean.")
    has_year: bool = Field(description="Whether the time of the year is part of it, which takes two years.")
    mean_error: float | None = Field(description="How far such forecasts were off in the past, in tickets a day.")
    relative_error: float | None = Field(description="The same by the error of: the same weekday last week.")
    coverage: float | None = Field(description="Which share of past days lay within the interval.")


class MeasuresAnswer(BaseModel):
    """What the desk is measured by from the first to the last day, both of UTC."""

    since: date
    until: date
    by: str
    stands_out: str = Field(description="The difference from as many days before that is hardest to explain by chance.")
    counted_at: datetime | None = Field(description="As of when the days were counted; null: never.")
    days_due: int = Field(description="Days that are known to have changed since, and are counted next.")
    incident_mark: float = Field(default=INCIDENT_MARK, description="A usual desk's share of incidents, by surveys.")
    total: DeskMeasuresAnswer
    before: DeskMeasuresAnswer = Field(description="The same of as many days before.")
    rows: list[MeasuredRowAnswer]
    more_rows: int
    wrong_routes: list[WrongRouteAnswer]
    handovers: list[HandoverAnswer]
    more_handovers: int
    backlog: BacklogAnswer | None
    concentration: ConcentrationAnswer | None = Field(
        description="Of windows of 7, 30, 90 and 365 days that end today."
    )
    forecast: VolumeForecastAnswer


def measures_answer(report: MeasuresReport) -> MeasuresAnswer:
    """What a program is told."""
    return MeasuresAnswer(
        since=report.since,
        until=report.until,
        by=report.by,
        stands_out=report.sentence,
        counted_at=report.counted_at,
        days_due=report.n_due,
        total=DeskMeasuresAnswer(**_measures(report.total)),
        before=DeskMeasuresAnswer(**_measures(report.before)),
        rows=[_row(row) for row in report.rows],
        more_rows=report.n_more,
        wrong_routes=[_route(each) for each in report.routes],
        handovers=[_handover(each) for each in report.handovers],
        more_handovers=report.n_more_pairs,
        backlog=None if report.backlog is None else _backlog(report.backlog),
        concentration=None if report.concentration is None else _concentration(report.concentration, report),
        forecast=_forecast(report),
    )


def _measures(counts: DayCounts) -> dict[str, object]:
    hours, mean = time_to_resolve(counts), satisfaction_mean(counts)
    found: dict[str, object] = {name: _share(share(counts)) for name, share in SHARES.items()}
    return found | {
        "opened": counts.opened,
        "resolved": counts.resolved,
        "closed": counts.closed,
        "reassignments_mean": _rounded(reassignments_mean(counts)),
        "time_to_resolve_hours": None
        if hours is None
        else TimeToResolveAnswer(
            median=round(hours.median, _N_DIGITS_SHOWN),
            p75=round(hours.p75, _N_DIGITS_SHOWN),
            p90=round(hours.p90, _N_DIGITS_SHOWN),
            p95=round(hours.p95, _N_DIGITS_SHOWN),
            n=hours.n,
        ),
        "satisfaction": None
        if mean is None
        else MeanAnswer(mean=mean.mean, low=_rounded(mean.low), high=_rounded(mean.high), n=mean.n),
    }


def _row(row: MeasuredRow) -> MeasuredRowAnswer:
    return MeasuredRowAnswer(value=row.value, **_measures(row.counts))


def _share(tally: Tally | None) -> MeasuredShareAnswer | None:
    if tally is None:
        return None
    found = tally.share
    return MeasuredShareAnswer(
        hits=tally.n_hits,
        n=tally.n,
        share=round(found.share, _N_DIGITS),
        low=round(found.low, _N_DIGITS),
        high=round(found.high, _N_DIGITS),
    )


def _route(each: WrongRoute) -> WrongRouteAnswer:
    return WrongRouteAnswer(
        reassignments=each.bucket,
        n=each.n,
        median_hours=_rounded(each.median_hours),
        extra_hours=_rounded(each.extra_hours),
    )


def _handover(each: Handover) -> HandoverAnswer:
    return HandoverAnswer(
        from_group=each.from_group,
        to_group=each.to_group,
        n=each.n,
        n_back=each.n_back,
        median_hours=_rounded(each.median_hours),
    )


def _backlog(found: Backlog) -> BacklogAnswer:
    return BacklogAnswer(n=found.n, median_days=found.median_days, p90_days=found.p90_days, ages=dict(found.buckets))


def _concentration(found: Concentration, report: MeasuresReport) -> ConcentrationAnswer:
    return ConcentrationAnswer(
        customers=found.n_customers,
        contacts=found.n_contacts,
        contacts_per_customer=round(found.contacts_per_customer, _N_DIGITS_SHOWN),
        gini=round(found.gini, _N_DIGITS),
        tops=[
            TopContactsAnswer(
                ratio=top.ratio, customers=top.n_customers, contacts_share=round(top.contacts_ratio, _N_DIGITS)
            )
            for top in found.tops
        ],
        at=report.concentration_at,
    )


def _forecast(report: MeasuresReport) -> VolumeForecastAnswer:
    found = report.forecast
    return VolumeForecastAnswer(
        days=[
            DayForecastAnswer(
                day=each.day,
                expected=round(each.expected, _N_DIGITS_SHOWN),
                low=round(each.low, _N_DIGITS_SHOWN),
                high=round(each.high, _N_DIGITS_SHOWN),
            )
            for each in found.days
        ],
        history_days=found.n_days,
        level_a_day=_rounded(found.level) if found.days else None,
        trend_a_week=_rounded(found.trend_a_week) if found.days else None,
        weekdays=[round(each, _N_DIGITS_SHOWN) for each in found.weekdays],
        has_year=found.has_year,
        mean_error=_rounded(found.mean_error),
        relative_error=_rounded(found.relative_error),
        coverage=_rounded(found.coverage),
    )


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, _N_DIGITS)

"""Where the strokes of the charts of measures lie; the template draws them as SVG, beside a sentence and a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import log10

from api.measures import Handover, MeasuredRow
from api.pages.charts import Bar, bars, line
from triage.forecast_volume import VolumeForecast
from triage.measures import INCIDENT_MARK, QUANTILES, incident_share

__all__ = [
    "HEIGHT",
    "WIDTH",
    "HeatCell",
    "HeatMap",
    "HoursChart",
    "LengthBar",
    "ShareChart",
    "VolumeChart",
    "heat_map",
    "hours_chart",
    "lengths",
    "share_chart",
    "volume_chart",
]

WIDTH, HEIGHT = 720, 200

_SHOWN_DAYS = 84
_TREND_DAYS = 28
_MOST_GROUPS = 12
_STEPS = 5


@dataclass(frozen=True, slots=True)
class VolumeChart:
    """Tickets a day and what is expected.

    Attributes:
        bars: of the past days.
        trend: the mean of the four weeks up to each day.
        expected: of the days ahead.
        band: between the bounds of the interval.
        top: what the upper edge stands for.
        first: the day at the left.
        today: where the forecast begins, from the left.
        last: the day at the right.
    """

    bars: tuple[Bar, ...]
    trend: str
    expected: str
    band: str
    top: int
    first: date
    today: float
    last: date


@dataclass(frozen=True, slots=True)
class ShareChart:
    """A share week by week, with its interval and a mark; weeks of which nothing is known are left out."""

    line: str
    band: str
    mark: float


@dataclass(frozen=True, slots=True)
class HoursChart:
    """Quantiles of hours week by week, upwards by their logarithm; the lines are from `bottom` to `top` hours."""

    lines: tuple[str, ...]
    bottom: float
    top: float


@dataclass(frozen=True, slots=True)
class HeatCell:
    """A pair of groups: its place, and how dark it is, from 1 to 5."""

    x: int
    y: int
    step: int
    n: int
    said: str


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Who hands on to whom, by the groups with most handovers."""

    groups: tuple[str, ...]
    cells: tuple[HeatCell, ...]


@dataclass(frozen=True, slots=True)
class LengthBar:
    """A bar from the left, 0 to 100 long."""

    name: str
    n: float
    length: float


def volume_chart(volume: dict[date, int], forecast: VolumeForecast, after: date) -> VolumeChart:
    """The twelve weeks before a day, and the days from it on that are forecast."""
    first = after - timedelta(days=_SHOWN_DAYS)
    past = [volume.get(first + timedelta(days=place), 0) for place in range(_SHOWN_DAYS)]
    trend = []
    for place in range(_SHOWN_DAYS):
        of_weeks = [volume.get(first + timedelta(days=place - back), 0) for back in range(_TREND_DAYS)]
        trend.append(sum(of_weeks) / _TREND_DAYS)
    ahead = forecast.days
    top = max([*past, *(each.high for each in ahead), 1.0])
    n = _SHOWN_DAYS + len(ahead)
    drawn = bars([*past, *(0 for _ in ahead)], WIDTH, HEIGHT * max(past) / top if any(past) else HEIGHT)
    down = HEIGHT - drawn.height
    xs = [(_SHOWN_DAYS + place + 0.5) / n for place in range(len(ahead))]
    outline = [(x, each.high / top) for x, each in zip(xs, ahead, strict=True)]
    outline += reversed([(x, each.low / top) for x, each in zip(xs, ahead, strict=True)])
    return VolumeChart(
        bars=tuple(Bar(each.x, round(each.y + down, 2), each.width, each.height, each.n) for each in drawn.strokes),
        trend=line([((place + 0.5) / n, mean / top) for place, mean in enumerate(trend)], WIDTH, HEIGHT),
        expected=line([(x, each.expected / top) for x, each in zip(xs, ahead, strict=True)], WIDTH, HEIGHT),
        band=line(outline, WIDTH, HEIGHT),
        top=round(top),
        first=first,
        today=round(WIDTH * _SHOWN_DAYS / n, 1),
        last=first + timedelta(days=n - 1),
    )


def share_chart(weeks: Sequence[MeasuredRow]) -> ShareChart | None:
    """The share of incidents; None of fewer than two weeks that say it."""
    found = [(place, share.share) for place, week in enumerate(weeks) if (share := incident_share(week.counts))]
    if len(found) < 2:
        return None
    xs = _spread(len(weeks))
    outline = [(xs[place], share.high) for place, share in found]
    outline += reversed([(xs[place], share.low) for place, share in found])
    return ShareChart(
        line=line([(xs[place], share.share) for place, share in found], WIDTH, HEIGHT),
        band=line(outline, WIDTH, HEIGHT),
        mark=round(HEIGHT * (1 - INCIDENT_MARK), 1),
    )


def hours_chart(weeks: Sequence[MeasuredRow]) -> HoursChart | None:
    """How long it took to resolve tickets; None of fewer than two weeks in which any was resolved."""
    found = [
        (place, [max(hours, 0.01) for hours in week.counts.hours.quantiles(QUANTILES) if hours is not None])
        for place, week in enumerate(weeks)
        if week.counts.hours.bins
    ]
    if len(found) < 2:
        return None
    bottom, top = min(hours[0] for _, hours in found), max(hours[-1] for _, hours in found)
    low, high = log10(bottom), max(log10(top), log10(bottom) + 0.1)
    xs = _spread(len(weeks))
    lines = [
        line([(xs[place], (log10(hours[which]) - low) / (high - low)) for place, hours in found], WIDTH, HEIGHT)
        for which in range(len(QUANTILES))
    ]
    return HoursChart(tuple(lines), bottom, top)


def heat_map(handovers: Sequence[Handover]) -> HeatMap | None:
    """Who hands on to whom; None where nobody does."""
    by_group: dict[str, int] = {}
    for each in handovers:
        for group in (each.from_group, each.to_group):
            by_group[group] = by_group.get(group, 0) + each.n
    groups = sorted(by_group, key=lambda group: (-by_group[group], group))[:_MOST_GROUPS]
    place = {group: number for number, group in enumerate(groups)}
    shown = [each for each in handovers if each.from_group in place and each.to_group in place]
    if not shown:
        return None
    most = max(each.n for each in shown)
    cells = [
        HeatCell(
            x=place[each.to_group],
            y=place[each.from_group],
            step=1 + min(_STEPS - 1, _STEPS * each.n // (most + 1)),
            n=each.n,
            said=f"{each.from_group} to {each.to_group}: {each.n:,}",
        )
        for each in shown
    ]
    return HeatMap(tuple(groups), tuple(cells))


def lengths(named: Sequence[tuple[str, float]]) -> tuple[LengthBar, ...]:
    """Bars from the left, the largest as long as there is room."""
    most = max((n for _, n in named), default=0)
    return tuple(LengthBar(name, n, round(100 * n / most, 1) if most else 0.0) for name, n in named)


def _spread(n: int) -> list[float]:
    return [place / max(n - 1, 1) for place in range(n)]

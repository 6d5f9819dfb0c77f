"""Signs that a team has too much to carry, week by week against its own usual; never of a single person.

A signal is a column of `TeamDay` and a value in `SIGNALS`. What is measured, and what is not, is in `docs/team.md`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from math import sqrt
from statistics import median
from typing import Generic, Literal, NoReturn, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from triage.customers.workload import FEWEST_SHOWN
from triage.errors import InvalidInput

__all__ = [
    "SIGNALS",
    "USUAL_HOURS",
    "WEEKS",
    "Difficult",
    "Measure",
    "Signal",
    "State",
    "TeamDay",
    "TeamStrain",
    "WorkingHours",
    "may_show",
    "read_working_hours",
    "shown",
    "signal_of",
    "strain_of",
    "week_sums",
]

WEEKS = 12
"""How many weeks before the one in question are a team's usual."""

USUAL_HOURS = "mon-fri 08:00-18:00"

_FEWEST_TICKETS = 20  # of a week, so that a share of it says something
_FEWEST_WEEKS = 6
_WIDTH = 3.0  # of the band, in standard deviations; see docs/team.md for how often it is left by chance
_MAD_TO_SIGMA = 1.4826  # of a normal variable

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = re.compile(r"(\w{3})(?:-(\w{3}))? (\d\d:\d\d)-(\d\d:\d\d)(?: (\S+))?")

_Week = TypeVar("_Week")

_SUMMED = ("n", "after_hours", "reopened", "difficult", "by_known", "people", "judged", "at_once")

State = Literal["unknown", "below", "usual", "above"]
"""Beside the team's own usual: too little to say, below its band, within it, above it."""


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """When the desk works.

    Attributes:
        days: of the week, 0 is Monday.
        begin: the first moment of a day that is within.
        end: the first that is not; at or before `begin` the shift goes on over midnight.
        zone: in which both are meant.
    """

    days: frozenset[int]
    begin: time
    end: time
    zone: tzinfo = UTC

    def __str__(self) -> str:
        """As people say them."""
        named = ", ".join(_DAYS[day].capitalize() for day in sorted(self.days))
        return f"{named}, {self.begin:%H:%M} to {self.end:%H:%M} ({self.zone})"

    def includes(self, moment: datetime) -> bool:
        """Whether the desk works at this moment; what belongs to a night shift belongs to the day that it began on."""
        here = moment.astimezone(self.zone)
        at = here.time()
        if self.begin < self.end:
            return here.weekday() in self.days and self.begin <= at < self.end
        if at >= self.begin:
            return here.weekday() in self.days
        return at < self.end and (here.weekday() - 1) % 7 in self.days


@dataclass(frozen=True, slots=True)
class Difficult:
    """What makes a contact a difficult one, beside having been reopened or handed on twice.

    Attributes:
        low_satisfaction: an answer at or below it is a bad one, in the desk's own unit; None where nobody answers.
        long_hours: whatever took longer took very long; None where nothing is known.
    """

    low_satisfaction: float | None = None
    long_hours: float | None = None

    def is_difficult(
        self, reopens: int | None, reassignments: int | None, satisfaction: float | None, hours: float | None
    ) -> bool:
        """Whether a contact was: reopened, handed on twice, answered badly, or very long."""
        return (
            bool(reopens)
            or (reassignments or 0) >= 2
            or (
                satisfaction is not None and self.low_satisfaction is not None and satisfaction <= self.low_satisfaction
            )
            or (hours is not None and self.long_hours is not None and hours > self.long_hours)
        )


@dataclass(frozen=True, slots=True)
class TeamDay:
    """What one team did on one day, or summed over the days of a week.

    Attributes:
        n: tickets resolved.
        after_hours: those of them that were resolved outside of working hours.
        reopened: those that had been reopened.
        difficult: see `Difficult`.
        by_known: those of which it is known who resolved them.
        people: how many different people these were; over days it adds up to days of people.
        judged: see `triage.expertise.Work`.
        at_once: the same.
        open: tickets open at the end of the day, or of the last day.
        open_hours: the median age of these.
    """

    n: int = 0
    after_hours: int = 0
    reopened: int = 0
    difficult: int = 0
    by_known: int = 0
    people: int = 0
    judged: int = 0
    at_once: int = 0
    open: int = 0
    open_hours: float | None = None


@dataclass(frozen=True, slots=True)
class Measure(Generic[_Week]):
    """How a signal is measured of weeks of some form.

    Attributes:
        name: as programs know it.
        title: for people.
        unit: `share` (0 to 1), `tickets` a person and day, or `hours`.
        value: of a week, and the number that it rests on; None where the week says nothing.
    """

    name: str
    title: str
    unit: Literal["share", "tickets", "hours"]
    value: Callable[[_Week], tuple[float, int] | None]


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal of a team in a week.

    Attributes:
        name: one of `SIGNALS`.
        title: for people.
        unit: `share`, `tickets` or `hours`.
        value: in the week; None where it says too little.
        usual: the median of the weeks before; None where these say too little.
        low: where the band of the usual begins.
        high: where it ends.
        state: whether the value lies in it.
        weeks: the value of each week before, oldest first, and of the week itself.
        sentence: what is so.
    """

    name: str
    title: str
    unit: Literal["share", "tickets", "hours"]
    value: float | None
    usual: float | None
    low: float | None
    high: float | None
    state: State
    weeks: tuple[float | None, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class TeamStrain:
    """The signals of one team in one week.

    Attributes:
        team: its name.
        week: the Monday of the week, in UTC.
        n_resolvers: how many people resolved its tickets in these weeks.
        signals: one for each of `SIGNALS`.
    """

    team: str
    week: date
    n_resolvers: int
    signals: tuple[Signal, ...]

    @property
    def n_above(self) -> int:
        """How many signals are above the team's usual."""
        return sum(signal.state == "above" for signal in self.signals)


def read_working_hours(text: str) -> WorkingHours:
    """Working hours as a setting has them: days, hours, and the time zone where it is not UTC.

    Raises:
        InvalidInput: the text is none of these.
    """
    found = _HOURS.fullmatch(" ".join(text.split()).lower()) if text.isascii() else None
    try:
        return _working_hours(text.split(), *found.groups()) if found else _refuse(text)
    except (ValueError, ZoneInfoNotFoundError, OSError):
        _refuse(text)


def may_show(n_resolvers: int) -> bool:
    """Whether a team is large enough that nothing told of it is told of one person."""
    return n_resolvers >= FEWEST_SHOWN


def week_sums(days: Mapping[date, TeamDay], monday: date) -> TeamDay:
    """The week that begins on a Monday."""
    within = [days[day] for day in (monday + timedelta(days=n) for n in range(7)) if day in days]
    if not within:
        return TeamDay()
    sums = {name: sum(getattr(day, name) for day in within) for name in _SUMMED}
    return TeamDay(**sums, open=within[-1].open, open_hours=within[-1].open_hours)


def strain_of(team: str, days: Mapping[date, TeamDay], monday: date, n_resolvers: int) -> TeamStrain:
    """The signals of a team in a week against the twelve before.

    Args:
        team: its name.
        days: what it did, by day.
        monday: when the week begins.
        n_resolvers: how many people resolved its tickets.
    """
    weeks = [week_sums(days, monday - timedelta(weeks=n)) for n in range(WEEKS, -1, -1)]
    return TeamStrain(team, monday, n_resolvers, tuple(signal_of(measure, weeks) for measure in SIGNALS))


def _working_hours(
    words: Sequence[str], first: str, last: str | None, begin: str, end: str, has_zone: str | None
) -> WorkingHours:
    from_day, to_day = _DAYS.index(first), _DAYS.index(last or first)
    days = frozenset((from_day + n) % 7 for n in range((to_day - from_day) % 7 + 1))
    zone = ZoneInfo(words[2]) if has_zone and words[2].upper() != "UTC" else UTC
    until = time() if end == "24:00" else time.fromisoformat(end)
    return WorkingHours(days, time.fromisoformat(begin), until, zone)


def _refuse(text: str) -> NoReturn:
    raise InvalidInput(
        f"'{text}' are no working hours; an example is '{USUAL_HOURS}' (UTC), or '{USUAL_HOURS} Europe/Berlin'."
    ) from None


def signal_of(measure: Measure[_Week], weeks: Sequence[_Week]) -> Signal:
    """The last of the weeks against the others.

    The band is the median of the weeks before and, on both sides, three standard deviations: by the median absolute
    deviation of these weeks, or by what chance gives with so many tickets, whichever is more.
    """
    found = [measure.value(week) for week in weeks]
    values = tuple(None if each is None else each[0] for each in found)
    before = [value for value in values[:-1] if value is not None]
    this = found[-1]
    if this is None or len(before) < _FEWEST_WEEKS:
        usual = median(before) if len(before) >= _FEWEST_WEEKS else None
        why = _why_unknown(measure, this, usual)
        return Signal(measure.name, measure.title, measure.unit, values[-1], usual, None, None, "unknown", values, why)
    usual = median(before)
    n_before = median(each[1] for each in found[:-1] if each is not None)
    sigma = max(
        _MAD_TO_SIGMA * median(abs(value - usual) for value in before),
        _by_chance(measure, usual, this[1]) * sqrt(1 + 1.57 * this[1] / n_before / len(before)),
    )
    low, high = max(0.0, usual - _WIDTH * sigma), usual + _WIDTH * sigma
    high = min(high, 1.0) if measure.unit == "share" else high
    state: State = "above" if this[0] > high else "below" if this[0] < low else "usual"
    told = _sentence(measure, this[0], usual, low, high, state)
    return Signal(measure.name, measure.title, measure.unit, this[0], usual, low, high, state, values, told)


def _by_chance(measure: Measure[_Week], usual: float, n: int) -> float:
    """The standard deviation that so many tickets give by themselves."""
    if measure.unit == "share":
        share = (usual * n + 1) / (n + 2)  # a share that was 0 in every week is not 0 for sure
        return sqrt(share * (1 - share) / n)
    return usual / sqrt(n)


def shown(unit: str, value: float) -> str:
    """A value as people read it."""
    if unit == "share":
        return f"{100 * value:.0f} %"
    if unit == "tickets":
        return f"{value:.1f}"
    return f"{value:.0f} hours" if value < 72 else f"{value / 24:.0f} days"


def _sentence(measure: Measure[_Week], value: float, usual: float, low: float, high: float, state: State) -> str:
    band = f"{shown(measure.unit, low)} to {shown(measure.unit, high)}"
    beside = {
        "above": f"more than this team's weeks usually have ({shown(measure.unit, usual)}; {band})",
        "below": f"less than this team's weeks usually have ({shown(measure.unit, usual)}; {band})",
        "usual": f"as usual for this team ({shown(measure.unit, usual)}; {band})",
    }
    return f"{measure.title}: {shown(measure.unit, value)}, {beside[state]}."


def _why_unknown(measure: Measure[_Week], this: tuple[float, int] | None, usual: float | None) -> str:
    if this is None:
        return f"{measure.title}: not enough to say this week."
    if usual is None:
        return (
            f"{measure.title}: {shown(measure.unit, this[0])}; fewer than {_FEWEST_WEEKS} weeks before to compare with."
        )
    return f"{measure.title}: not enough to say."


def _share_of(name: str) -> Callable[[TeamDay], tuple[float, int] | None]:
    def value(week: TeamDay) -> tuple[float, int] | None:
        return (getattr(week, name) / week.n, week.n) if week.n >= _FEWEST_TICKETS else None

    return value


def _load(week: TeamDay) -> tuple[float, int] | None:
    """Only where nearly every ticket says who resolved it: else the mean tells how well that is recorded."""
    is_known = week.n >= _FEWEST_TICKETS and week.by_known >= 0.9 * week.n and week.people
    if not is_known:
        return None
    # both the tickets and the days of people are counted, so both vary by chance
    return week.by_known / week.people, round(1 / (1 / week.by_known + 1 / week.people)) or 1


def _queue_age(week: TeamDay) -> tuple[float, int] | None:
    return (week.open_hours, week.open) if week.open_hours is not None and week.open >= 5 else None


SIGNALS: tuple[Measure[TeamDay], ...] = (
    Measure("after_hours", "Resolved outside of working hours", "share", _share_of("after_hours")),
    Measure("reopened", "Reopened", "share", _share_of("reopened")),
    Measure("difficult", "Difficult contacts", "share", _share_of("difficult")),
    Measure("load", "Tickets resolved by a person on a day that they worked, on average", "tickets", _load),
    Measure("queue_age", "Age of what was open at the end of the week (median)", "hours", _queue_age),
)
"""What is looked at."""

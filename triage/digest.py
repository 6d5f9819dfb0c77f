"""What stood out in a week, for the lead: sections of a few sentences each, with the place where more is to be seen.

It names no customer and quotes no ticket, but for the redacted words of a pleased customer. A new section is a function
here, and a line in `api/digests.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from triage.forecast_volume import VolumeForecast
from triage.measures import SHARES, Backlog, DayCounts
from triage.measures.wording import NAMES
from triage.quality import FEWEST_JUDGED, Tally
from triage.recognition import Praise
from triage.strain import Measure, Signal, TeamStrain, signal_of

__all__ = [
    "Digest",
    "RecurringProblem",
    "Section",
    "SeenSurge",
    "backlog_section",
    "compose",
    "measures_section",
    "praise_section",
    "problems_section",
    "quality_section",
    "strain_section",
    "surges_section",
    "volume_section",
    "week_before",
]

MOST = 3
"""So many problems, surges or teams are told; the page has the others."""

_LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a digest.

    Attributes:
        title: of it.
        sentences: what is so, each a line.
        path: of the page that has more, below the service's address.
        quotes: customers' own words, redacted.
        stands_out: what of it belongs on top; None where nothing does.
    """

    title: str
    sentences: tuple[str, ...]
    path: str
    quotes: tuple[str, ...] = ()
    stands_out: str | None = None


@dataclass(frozen=True, slots=True)
class Digest:
    """A week in words.

    Attributes:
        week: its Monday.
        sections: those that have something to say.
        stands_out: the first sentences, those that belong on top.
    """

    week: date
    sections: tuple[Section, ...]
    stands_out: tuple[str, ...]

    @property
    def title(self) -> str:
        """What the mail is called: of dates alone, so that nothing of a desk's data is in a header."""
        last = self.week + timedelta(days=6)
        return f"Service desk, {self.week.isoformat()} to {last.isoformat()}"


@dataclass(frozen=True, slots=True)
class RecurringProblem:
    """A problem as a digest tells it: its name, incidents in thirty days and in the thirty before, and what it cost."""

    name: str
    n_last: int
    n_before: int
    workdays_lost: float


@dataclass(frozen=True, slots=True)
class SeenSurge:
    """A surge as a digest tells it."""

    name: str
    started_at: datetime
    n_observed: int
    n_expected: float
    is_over: bool


def week_before(day: date) -> date:
    """The Monday of the last week that had ended on a day."""
    return day - timedelta(days=day.weekday(), weeks=1)


def compose(week: date, sections: Sequence[Section | None]) -> Digest:
    """The digest of those sections that have something to say."""
    told = tuple(section for section in sections if section is not None and (section.sentences or section.quotes))
    return Digest(week, told, tuple(section.stands_out for section in told if section.stands_out is not None))


def volume_section(weeks: Sequence[DayCounts], said_before: VolumeForecast, ahead: VolumeForecast) -> Section | None:
    """How many tickets came, beside the usual, the forecast of a week before, and what is expected next.

    Args:
        weeks: thirteen, the oldest first and the one in question last.
        said_before: the forecast as it was when the week began.
        ahead: the forecast from its end on.
    """
    n = weeks[-1].opened
    if not n and not any(week.opened for week in weeks):
        return None
    signal = signal_of(_opened(weeks), weeks)
    sentence = f"{n:,} tickets were opened"
    if signal.usual is not None:
        sentence += f"; usual are {signal.usual:,.0f}{_band(signal, ',.0f')}"
    sentences = [f"{sentence}."]
    if said_before.days:
        sentences.append(f"The forecast had said {_days_sum(said_before):,.0f}.")
    if ahead.days:
        sentences.append(f"Expected for the week after it: {_days_sum(ahead):,.0f}.")
    way = {"above": "more", "below": "fewer"}.get(signal.state)
    top = None if way is None else f"{n:,} tickets were opened, {way} than usual ({signal.usual or 0:,.0f})."
    return Section("Volume", tuple(sentences), "/measures", stands_out=top)


def measures_section(weeks: Sequence[DayCounts]) -> Section | None:
    """Measures that have left the band of the twelve weeks before."""
    signals = [signal_of(_share(name), weeks) for name in SHARES]
    moved = [signal for signal in signals if signal.state in ("above", "below")]
    n_usual = sum(signal.state == "usual" for signal in signals)
    if not moved and not n_usual:
        return None
    told = [f"{each.title}: {_percent(each.value)}, usual is {_percent(each.usual)}{_band(each)}." for each in moved]
    if not moved:
        others = f"All {n_usual} measures of which enough is known are as usual."
    else:
        others = f"{n_usual} others are as usual." if n_usual != 1 else "One other is as usual."
    top = f"{len(moved)} of the desk's measures moved beyond their usual band." if len(moved) > 1 else None
    return Section(
        "Measures",
        (*told, *([others] if n_usual else [])),
        "/measures",
        stands_out=told[0] if len(moved) == 1 else top,
    )


def problems_section(problems: Sequence[RecurringProblem]) -> Section | None:
    """What keeps coming back: the problems that cost most."""
    told = tuple(
        f"{_name(each.name)}: {_n(each.n_last, 'incident')} in thirty days ({each.n_before:,} in the thirty before), "
        f"{each.workdays_lost:,.1f} workdays lost so far."
        for each in problems[:MOST]
    )
    return Section("What keeps coming back", told, "/problems") if told else None


def surges_section(surges: Sequence[SeenSurge]) -> Section | None:
    """More incidents of one kind than were to be expected."""
    told = [
        f"{_name(each.name)}: {_n(each.n_observed, 'incident')} from {each.started_at:%a %d %b %H:%M} UTC on, where "
        f"{each.n_expected:.1f} were to be expected; {'it is over' if each.is_over else 'it is still on'}."
        for each in surges[:MOST]
    ]
    if not told:
        return None
    if len(surges) > MOST:
        told.append(f"{len(surges) - MOST} more.")
    top = f"{_n(len(surges), 'surge')} of incidents; the latest: {_name(surges[0].name)}."
    return Section("Surges", tuple(told), "/surges", stands_out=top)


def backlog_section(backlog: Backlog | None) -> Section | None:
    """What is open at the moment of writing, and how old it is."""
    if backlog is None or not backlog.n:
        return None
    sentence = f"{_n(backlog.n, 'ticket')} {'is' if backlog.n == 1 else 'are'} open now"
    if backlog.median_days is not None and backlog.p90_days is not None:
        sentence += (
            f": half for {_n(backlog.median_days, 'day')} or more, a tenth for {_n(backlog.p90_days, 'day')} or more"
        )
    return Section("Backlog", (f"{sentence}.",), "/measures")


def quality_section(agreement: Tally) -> Section | None:
    """How often people left the answers as they were."""
    if agreement.n < FEWEST_JUDGED:
        return None
    share = agreement.share
    sentence = (
        f"People left {100 * share.share:.0f} % of {agreement.n:,} answers as they were "
        f"({100 * share.low:.0f} to {100 * share.high:.0f} %)."
    )
    return Section("Quality of the answers", (sentence,), "/quality")


def strain_section(teams: Sequence[TeamStrain]) -> Section | None:
    """Which teams have signs of strain, those with most first."""
    strained = [team for team in teams if team.n_above]
    told = [
        f"{_name(team.team)}: {'; '.join(_lower(s.title) for s in team.signals if s.state == 'above')} "
        "above the team's own usual."
        for team in strained[:MOST]
    ]
    if len(strained) > MOST:
        told.append(f"{len(strained) - MOST} more.")
    top = f"Signs of strain in {_n(len(strained), 'team')}." if strained else None
    return Section("Signs of strain", tuple(told), "/team", stands_out=top) if told else None


def praise_section(praise: Sequence[Praise]) -> Section | None:
    """What went well; by team, never by person, as a mail goes on to whomever it is sent."""
    plain = tuple(each.sentence for each in praise if each.words is None)
    quotes = tuple(f"{each.words} ({each.team})" for each in praise if each.words is not None)
    return Section("What went well", plain, "/team", quotes) if plain or quotes else None


def _opened(weeks: Sequence[DayCounts]) -> Measure[DayCounts]:
    """A count varies by the root of what is usual, whatever came this week."""
    usual = round(median(week.opened for week in weeks[:-1])) or 1

    def value(week: DayCounts) -> tuple[float, int] | None:
        return (float(week.opened), usual) if week.opened else None

    return Measure("opened", "Tickets", "tickets", value)


def _share(name: str) -> Measure[DayCounts]:
    def value(week: DayCounts) -> tuple[float, int] | None:
        tally = SHARES[name](week)
        return None if tally is None or tally.n < FEWEST_JUDGED else (tally.n_hits / tally.n, tally.n)

    return Measure(name, NAMES[name], "share", value)


def _days_sum(forecast: VolumeForecast) -> float:
    return sum(day.expected for day in forecast.days[:7])


def _band(signal: Signal, form: str = "") -> str:
    if signal.low is None or signal.high is None:
        return ""
    if signal.unit == "share":
        return f" ({_percent(signal.low)} to {_percent(signal.high)})"
    return f" ({signal.low:{form}} to {signal.high:{form}})"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.0f} %"


def _n(count: int, one: str) -> str:
    return f"{count:,} {one}{'' if count == 1 else 's'}"


def _lower(title: str) -> str:
    return title[:1].lower() + title[1:]


def _name(name: str) -> str:
    """A name on one line, and no longer than can be read."""
    plain = " ".join(name.split())
    return plain if len(plain) <= _LONGEST_NAME else f"{plain[:_LONGEST_NAME]}…"

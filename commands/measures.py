"""Say what the desk is measured by, after counting the days that have changed."""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from commands.digest import digest
from commands.exports import read_day
from commands.progress import progress_bar
from commands.tables import print_table
from data.database import open_database, reading
from data.measures import refresh
from data.schema import prepare
from triage.errors import InvalidInput
from triage.measures import SHARES, DayCounts, reassignments_mean, satisfaction_mean, time_to_resolve
from triage.measures.wording import NAMES, shown_hours
from triage.quality import Tally
from triage.settings import read_settings

if TYPE_CHECKING:
    from api.measures import By, MeasuresReport

__all__ = ["app"]

app = typer.Typer(invoke_without_command=True)
app.command()(digest)

_BYS = ("group", "channel", "service", "type", "week")
_MOST_SHOWN = 30


@app.callback()
def measures(
    context: typer.Context,
    by: Annotated[str, typer.Option(metavar="BY", help=f"One of {', '.join(_BYS)}.")] = "group",
    since: Annotated[str | None, typer.Option(metavar="DATE", help="The first day (UTC); else 30 of them.")] = None,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="The last day; else today.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Show what the desk is measured by: volume, shares, times, handovers, backlog and what to expect."""
    if context.invoked_subcommand is not None:
        return
    from api.measures import window
    from api.measures_schemas import measures_answer

    found_by = _by(by)
    first_day = None if since is None else read_day(since, "--since")
    last_day = None if until is None else read_day(until, "--until")
    first, last = window(first_day, last_day, datetime.now(UTC).date())
    report = _report(found_by, first, last)
    if as_json:
        typer.echo(measures_answer(report).model_dump_json())
    else:
        _show(report)


def _by(by: str) -> "By":
    from api.measures import BYS

    for known in BYS:
        if by == known:
            return known
    raise InvalidInput(f"Measures are not told by '{by}'. Known: {', '.join(BYS)}.")


def _report(by: "By", first: date, last: date) -> "MeasuresReport":
    from api.measures import measures_report

    settings = read_settings()
    engine = open_database(settings.database)
    prepare(engine)
    now = datetime.now(UTC)
    with progress_bar("Counting days") as advance:
        done = refresh(engine, now, advance)
    if done is None:
        typer.echo("Another process counts the days just now; shown is what was counted before.", err=True)
    with reading(engine) as connection:
        return measures_report(connection, by, first, last, now.date(), is_aggregate=settings.people == "aggregate")


def _show(report: "MeasuresReport") -> None:
    typer.echo(report.sentence)
    nothing = not report.total.opened and not report.total.resolved
    if nothing and report.last_day is not None:
        typer.echo(f"The last day with any ticket is {report.last_day}: try --until {report.last_day}.", err=True)
    print_table(_totals(report))
    print_table(_rows(report))
    n_more = report.n_more + (0 if report.by == "week" else max(len(report.rows) - _MOST_SHOWN, 0))
    if n_more:
        typer.echo(f"{n_more:,} more; --json has up to a hundred.", err=True)
    if report.routes:
        print_table(_routes(report))
    if report.handovers:
        print_table(_pairs(report))
    _tell_now(report)


def _totals(report: "MeasuresReport") -> Table:
    table = Table("measure", f"{report.since} to {report.until}", "tickets", f"{report.n_days} days before")
    now, before = report.total, report.before
    table.add_row("Opened", f"{now.opened:,}", "", f"{before.opened:,}")
    table.add_row("Resolved", f"{now.resolved:,}", "", f"{before.resolved:,}")
    for name, share in SHARES.items():
        tally = share(now)
        table.add_row(NAMES[name], _share(tally), "" if tally is None else f"{tally.n:,}", _share(share(before)))
    table.add_row("Reassignments a ticket", _handed(now), _n(now.n_reassignments), _handed(before))
    table.add_row("Time to resolve (50, 75, 90, 95 %)", _times(now), _n(now.hours.n), _times(before))
    table.add_row("Satisfaction", _mean(now), _n(now.n_satisfaction), _mean(before))
    return table


def _n(n: int) -> str:
    return f"{n:,}" if n else ""


def _rows(report: "MeasuresReport") -> Table:
    table = Table(report.by, "opened", "resolved", "median", *(name.lower() for name in NAMES.values()))
    shown = report.rows if report.by == "week" else report.rows[:_MOST_SHOWN]
    for row in shown:
        hours = row.counts.hours.quantile(0.5)
        table.add_row(
            row.value or "(not said)",
            f"{row.counts.opened:,}",
            f"{row.counts.resolved:,}",
            "–" if hours is None else shown_hours(hours),
            *(_share(share(row.counts)) for share in SHARES.values()),
        )
    return table


def _routes(report: "MeasuresReport") -> Table:
    table = Table("handed on", "tickets", "median", "beyond those never handed on")
    for each in report.routes:
        table.add_row(
            each.bucket,
            f"{each.n:,}",
            "–" if each.median_hours is None else shown_hours(each.median_hours),
            "–" if each.extra_hours is None else f"{each.extra_hours:+.1f} h",
        )
    return table


def _pairs(report: "MeasuresReport") -> Table:
    table = Table("from", "to", "times", "and back", "median")
    for each in report.handovers[:10]:
        hours = "–" if each.median_hours is None else shown_hours(each.median_hours)
        table.add_row(each.from_group, each.to_group, f"{each.n:,}", f"{each.n_back:,}", hours)
    return table


def _tell_now(report: "MeasuresReport") -> None:
    if report.backlog is None:
        typer.echo("Backlog: not recorded, as this desk does not say when tickets end.")
    else:
        days = report.backlog.median_days
        half = "" if days is None else f", half of them for {days:,} days or less"
        typer.echo(f"Open now: {report.backlog.n:,} tickets{half}.")
    ahead = report.forecast
    if not ahead.days:
        typer.echo(f"No forecast: {ahead.n_days} days of history are too few.")
        return
    week = sum(each.expected for each in ahead.days[:7])
    beside = "" if ahead.relative_error is None else f" (error {ahead.relative_error:.0%} of that of last week's days)"
    typer.echo(f"Expected in the seven days from {ahead.days[0].day}: {week:,.0f} tickets{beside}.")


def _share(tally: Tally | None) -> str:
    if tally is None:
        return "not recorded"
    found = tally.share
    return f"{found.share:.1%} ({100 * found.low:.0f} to {100 * found.high:.0f})"


def _handed(counts: DayCounts) -> str:
    mean = reassignments_mean(counts)
    return "not recorded" if mean is None else f"{mean:.2f}"


def _times(counts: DayCounts) -> str:
    found = time_to_resolve(counts)
    if found is None:
        return "not recorded"
    return ", ".join(map(shown_hours, (found.median, found.p75, found.p90, found.p95)))


def _mean(counts: DayCounts) -> str:
    found = satisfaction_mean(counts)
    if found is None:
        return "not recorded"
    return f"{found.mean:.2f}" if found.low is None else f"{found.mean:.2f} ({found.low:.2f} to {found.high:.2f})"

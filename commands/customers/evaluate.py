"""Measure how well it can be said who will call often: the verb `triage customers evaluate`."""

import json
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from commands.exports import DateFormatOption, MapOption, PresetOption, read_day, read_history
from commands.progress import progress_steps
from commands.tables import print_table
from triage.customers.forecast import LONGEST_HORIZON
from triage.settings import read_settings

if TYPE_CHECKING:
    from training.customers.forecast_evaluation import ForecastMeasures
    from training.evaluation.intervals import Interval

__all__ = ["app", "evaluate"]

app = typer.Typer()


@app.command()
def evaluate(  # noqa: PLR0913, PLR0917  # each is an option
    tickets: Annotated[Path, typer.Option("--tickets", metavar="FILE", help="The history, dated.")],
    preset: PresetOption = "generic",
    overrides: MapOption = None,
    date_formats: DateFormatOption = None,
    config: Annotated[
        Path | None, typer.Option(metavar="F.toml", help="What a training was told of customers: horizon, closed days.")
    ] = None,
    cut: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Learn until this day begins, measure after; else the last day possible."),
    ] = None,
    horizon: Annotated[
        str | None, typer.Option(metavar="DAYSd", help="How far ahead; else as configured, 30d by default.")
    ] = None,
    contacts: Annotated[
        int | None, typer.Option(metavar="K", min=1, help="So many contacts are often; else those of the top 5 %.")
    ] = None,
    plots: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Also draw lift and calibration.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Learn who will call often on what was known by a day, and measure it on what came after, beside a plain count."""
    from training.configs.parameters import read_parameters
    from training.customers.forecast_evaluation import evaluate_forecast, last_cut
    from training.customers.forecast_plots import draw_forecast
    from training.customers.history import customer_history
    from training.reports.figures import check_plots

    told = read_parameters(config).customers
    horizon_days = told.horizon_days if horizon is None else _days(horizon)
    asked = None if cut is None else datetime.combine(read_day(cut, "--cut"), time.min, UTC)
    if plots is not None:
        check_plots(plots)
    filed, _ = read_history(tickets, preset, overrides, read_settings().rejected, date_formats=date_formats)
    with progress_steps("Evaluating") as step:
        step("reading contacts")
        history = customer_history(filed, datetime.now(UTC))
    for remark in history.remarks:
        typer.echo(f"Note: {remark}", err=True)
    with progress_steps("Evaluating") as step:
        found = evaluate_forecast(
            history,
            asked or last_cut(history, horizon_days),
            horizon_days=horizon_days,
            n_contacts=contacts or told.n_contacts or None,
            closed_days=told.closed_days,
            on_step=step,
        )
        drawn = [] if plots is None else draw_forecast(found, plots)
    if len(history.contacts) < history.n_customers:
        typer.echo(
            f"Note: {len(history.contacts):,} of {history.n_customers:,} customers were drawn by chance.", err=True
        )
    for plot in drawn:
        typer.echo(f"Plot: {plot}", err=True)
    if as_json:
        typer.echo(json.dumps(found.as_dict()))
        return
    _show(found)


def _days(horizon: str) -> int:
    """The days that a horizon such as 30d has."""
    digits = horizon.removesuffix("d")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 3 and 1 <= int(digits) <= LONGEST_HORIZON):
        raise typer.BadParameter(
            f"{horizon!r} is not a number of days from 1d to {LONGEST_HORIZON}d.", param_hint="--horizon"
        )
    return int(digits)


def _show(found: "ForecastMeasures") -> None:
    from training.customers.forecast_evaluation import RANKINGS
    from training.evaluation.ranking import TOP

    forecast, learned = found.learned.forecast, found.learned
    often = f"{forecast.n_contacts} contacts or more in {forecast.horizon_days} days"
    typer.echo(
        f"Learned on what was known by {found.cut:%Y-%m-%d}: {learned.n_rows:,} profiles as of {learned.n_snapshots} "
        f"earlier moments, {learned.n_followed:,} of them followed by {often}."
    )
    typer.echo(
        f"Of {found.happened.size:,} customers, {found.n_positives:,} ({found.base_rate:.1%}) made {often} after it. "
        f"Left out: {found.n_left_out:,} accounts that write for many, and {found.n_unknown_flyers:,} customers who "
        "called so often but had not called within the year before."
    )
    table = Table("", "forecast", "contacts of 30 days")
    for column in table.columns[1:]:
        column.justify = "right"
    rows = {
        "average precision": found.average_precision,
        "top 5 %: times as often as anybody": found.lift,
    }
    for name, figures in rows.items():
        table.add_row(name, *(f"{figures[ranking][0]:.2f}" for ranking in RANKINGS))
        table.add_row("  95 % interval", *(_range(figures[ranking][1]) for ranking in RANKINGS))
    shares = (found.rankings()[ranking].found(TOP) for ranking in RANKINGS)
    table.add_row("top 5 %: share of those who did", *(f"{share:.0%}" for share in shares))
    table.add_row("calibration error", f"{found.calibration_error:.3f}", "-")
    print_table(table)
    ratio, interval = found.gain
    beyond_chance = "beyond chance" if not interval[0] <= 1 <= interval[1] else "which may be chance"
    typer.echo(
        f"The forecast's average precision is {ratio:.2f} times the count's (95 % interval {_range(interval)}), "
        f"{beyond_chance}. It flags {found.n_flagged:,} customers, from a probability of {forecast.threshold:.2f} on "
        f"in days as busy as usual; {found.n_flagged_rightly:,} of them called so often."
    )


def _range(interval: "Interval") -> str:
    return f"{interval[0]:.2f}-{interval[1]:.2f}"

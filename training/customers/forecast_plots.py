"""Pictures of a forecast and what came, as PNG files; a new one is a function here, called in `draw_forecast`."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from training.customers.forecast_evaluation import ForecastMeasures
from training.evaluation.intervals import clopper_pearson
from training.evaluation.ranking import TOP
from training.evaluation.reliability import reliability
from training.reports.figures import FIRST, INK, MUTED, SECOND, picture, save_pictures

__all__ = ["calibration_plot", "draw_forecast", "lift_plot"]


def draw_forecast(found: ForecastMeasures, folder: Path) -> list[Path]:
    """Draw a forecast's measures into a folder, which is made where there is none; gives the files."""
    pictures = {"forecast-lift.png": lift_plot(found), "forecast-calibration.png": calibration_plot(found)}
    return save_pictures(pictures, folder)


def lift_plot(found: ForecastMeasures) -> Figure:
    """Which share of those who called often the first so many of a hundred hold, by forecast, by count, by chance."""
    shares = np.linspace(0, 1, 201)
    rankings = found.rankings()
    title = f"The first 5 % by forecast hold {rankings['forecast'].found(TOP):.0%} of those who called often"
    with picture(title) as (figure, axes):
        _in_percent(axes)
        axes.plot([0, 1], [0, 1], color=MUTED, linestyle=(0, (4, 3)), linewidth=1.2, label="by chance")
        for name, label, colour in (("count", "by contacts of 30 days", SECOND), ("forecast", "by forecast", FIRST)):
            curve = [rankings[name].found(share) for share in shares]
            axes.plot(shares, curve, color=colour, linewidth=1.8, label=label)
        axes.axvline(TOP, color=MUTED, linewidth=0.8)
        axes.text(TOP + 0.01, 0.02, "5 %", color=MUTED)
        axes.set(
            xlim=(0, 1),
            ylim=(0, 1.01),
            xlabel="share of customers looked at, the likeliest first",
            ylabel=_often(found, "of those who made"),
        )
        axes.legend(frameon=False, labelcolor=INK, loc="lower right", reverse=True)
        return figure


def calibration_plot(found: ForecastMeasures) -> Figure:
    """How often it came true by probability, with 95 % intervals, beside the line on which both are equal."""
    bins = reliability(found.probabilities, found.happened)
    x, y = [one.confidence for one in bins], [one.accuracy for one in bins]
    ends = [clopper_pearson(round(one.accuracy * one.n), one.n) for one in bins]
    with picture(f"Probability and share lie {found.calibration_error:.3f} apart on average") as (figure, axes):
        _in_percent(axes)
        top = min(1.0, 1.1 * max([*x, *(high for _, high in ends)]))
        axes.plot([0, top], [0, top], color=MUTED, linestyle=(0, (4, 3)), linewidth=1.2)
        axes.vlines(x, [low for low, _ in ends], [high for _, high in ends], color=FIRST, linewidth=1.2, alpha=0.55)
        axes.plot(x, y, "o-", color=FIRST, markersize=4.5, linewidth=1.4)
        axes.set(
            xlim=(0, top), ylim=(0, top), xlabel="probability said before", ylabel=_often(found, "share that then made")
        )
        return figure


def _often(found: ForecastMeasures, what: str) -> str:
    forecast = found.learned.forecast
    return f"{what} {forecast.n_contacts}+ contacts in {forecast.horizon_days} days"


def _in_percent(axes: Axes) -> None:
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))

"""Pictures of a forecast and what came."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest

from tests.builders import MONDAY, make_calls
from training.customers.forecast_evaluation import ForecastMeasures, evaluate_forecast
from training.customers.forecast_plots import calibration_plot, draw_forecast, lift_plot


@pytest.fixture(scope="module")
def found() -> ForecastMeasures:
    """Of a desk where some call every few days."""
    return evaluate_forecast(make_calls(), MONDAY + timedelta(days=150), horizon_days=14, n_contacts=3)


def test_titles_say_what_the_picture_shows(found: ForecastMeasures) -> None:
    """In figures that stand in the table, too."""
    (lift,), (calibration,) = lift_plot(found).axes, calibration_plot(found).axes

    share = found.rankings()["forecast"].found(0.05)
    assert lift.get_title(loc="left") == f"The first 5 % by forecast hold {share:.0%} of those who called often"
    assert calibration.get_title(loc="left") == (
        f"Probability and share lie {found.calibration_error:.3f} apart on average"
    )


def test_the_forecast_is_drawn_beside_the_count_and_chance(found: ForecastMeasures) -> None:
    """A curve alone looks good whatever it is."""
    (axes,) = lift_plot(found).axes

    curves = {line.get_label(): line.get_xydata() for line in axes.get_lines()}
    for label, name in (("by forecast", "forecast"), ("by contacts of 30 days", "count")):
        shares, held = np.asarray(curves[label]).T
        assert held == pytest.approx([found.rankings()[name].found(share) for share in shares])
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [
        "by forecast",
        "by contacts of 30 days",
        "by chance",
    ]


def test_every_forecast_can_be_drawn(found: ForecastMeasures, tmp_path: Path) -> None:
    """One customer, all alike, and whatever style the machine has."""
    few = replace(found, probabilities=np.asarray([0.5]), counts=np.asarray([1]), happened=np.asarray([True]))
    with mpl.rc_context({"text.usetex": True}):
        drawn = draw_forecast(few, tmp_path / "plots")

    assert [path.name for path in drawn] == ["forecast-lift.png", "forecast-calibration.png"]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in drawn)

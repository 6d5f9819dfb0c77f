"""The report's plots."""

import re
from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree as ET

import matplotlib as mpl
import pytest

from tests.builders import make_measures
from training.evaluation.learning_curve import CurvePoint, Forecast, LearningCurve
from training.reports.plots import learning_curve_plot, reliability_plot, risk_coverage_plot

CURVE = LearningCurve(
    tuple(CurvePoint(1_000 << i, 0.7 + 0.05 * i, 0.6 + 0.05 * i) for i in range(4)),
    Forecast((0.1, 0.05, 0.5), 16_000, 0.88, 0.02, (0.01, 0.04)),
    "It grows.",
)

PLOTS: list[Callable[[str], str]] = [
    lambda name: reliability_plot(make_measures(), name),
    lambda name: risk_coverage_plot(make_measures(), name),
    lambda name: learning_curve_plot(CURVE, name),
]


@pytest.mark.parametrize("draw", PLOTS, ids=["reliability", "risk", "curve"])
def test_the_same_data_gives_the_same_drawing(draw: Callable[[str], str]) -> None:
    """Two reports can be compared byte by byte, whatever the machine's own style is."""
    first = draw("a")
    with mpl.rc_context({"axes.labelsize": 20, "font.size": 20, "svg.fonttype": "path"}):
        again = draw("a")

    assert first == again


@pytest.mark.parametrize("draw", PLOTS, ids=["reliability", "risk", "curve"])
def test_a_drawing_stands_in_any_page(draw: Callable[[str], str]) -> None:
    """In its colours by day and by night, with ids of its own, text as text, nothing fetched, and small."""
    svg = str(draw("a"))

    drawn = ET.fromstring(f'<page xmlns:xlink="x">{svg}</page>')  # noqa: S314
    ids = re.findall(r'id="([^"]*)"', svg)
    assert [e.text for e in drawn.iter() if e.tag.endswith("text")]
    assert "var(--first)" in svg
    assert not re.search(r"#[0-9a-f]{6}", svg)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'(?:url\(|href=")#([^")]*)', svg)) <= set(ids)
    assert all(name.startswith("a-") for name in ids)
    assert not {"<style", "<metadata", "http", "font-family"} & set(
        re.findall(r"<style|<metadata|http|font-family", svg)
    )
    assert len(svg) < 20_000


def test_where_nothing_reached_its_threshold_no_diamond_is_drawn() -> None:
    """It would stand at nought, and be taken for perfect."""
    measures = make_measures()

    with_, without = (
        risk_coverage_plot(m, "a") for m in (measures, replace(measures, precision_interval=None, coverage=0.0))
    )

    assert "var(--second)" in with_
    assert "var(--second)" not in without


def test_a_curve_without_a_forecast_ends_at_its_last_point() -> None:
    """What cannot be said is not drawn."""
    svg = learning_curve_plot(replace(CURVE, forecast=None), "a")

    assert "16,000" not in svg
    assert "8,000" in svg
    assert "16,000" in learning_curve_plot(CURVE, "a")


@pytest.mark.parametrize("n", [1, 2, 30])
def test_few_tickets_can_be_drawn(n: int) -> None:
    """A small desk gets its page too."""
    measures = make_measures(n=n)

    assert reliability_plot(measures, "a")
    assert risk_coverage_plot(measures, "b")

"""What more tickets would bring: the error after learning from an eighth, a quarter, a half and all of them."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import curve_fit

from training.dataset import label_counts
from training.evaluation.answers import FirstAnswers, Trial
from training.evaluation.intervals import Interval, percentiles, resampled_counts
from training.split import Split
from triage.errors import UnusableTraining

__all__ = ["CurvePoint", "Forecast", "LearningCurve", "learn_curves"]

SHARES = (1 / 8, 1 / 4, 1 / 2, 1.0)
"""Of the training part; each holds the ones before it."""

N_FORECASTS = 200
"""Draws of the tickets set aside that a forecast's interval is made of; each takes a fit of the law."""

_BOUNDS = ((0.0, 0.0, 0.01), (1.0, 1.0, 1.0))


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Measured after learning from so many tickets with a label; shares 0 to 1."""

    n_tickets: int
    accuracy: float
    macro_f1: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a law of the form error = a + b * n^-c says of twice the tickets.

    Attributes:
        law: a, b and c, with n in units of all training tickets.
        n_tickets: twice as many as there are.
        accuracy: expected there, 0 to 1.
        gain: of accuracy over what the law says of the tickets there are, with its interval.
        gain_interval: from refitting the law to resampled tickets; it holds the chance of the tickets measured on, not
            that of the tickets learned from, nor that the law may be wrong.
    """

    law: tuple[float, float, float]
    n_tickets: int
    accuracy: float
    gain: float
    gain_interval: Interval


@dataclass(frozen=True, slots=True)
class LearningCurve:
    """How one target's figures grow with the tickets learned from, all measured on the same tickets.

    Attributes:
        points: from the fewest tickets to all.
        forecast: for twice as many; None where the points do not allow one.
        sentence: what it says for a person, uncertainty included.
    """

    points: tuple[CurvePoint, ...]
    forecast: Forecast | None
    sentence: str


def learn_curves(
    split: Split,
    targets: Sequence[str],
    trial: Trial,
    *,
    seed: int,
    on_step: Callable[[str], None] = lambda _: None,
) -> dict[str, LearningCurve]:
    """The learning curve of each target that can be learned from the whole training part.

    Where time was respected the earliest tickets are left out first, as a desk with a shorter history would lack them;
    else chance decides.

    Args:
        split: the parts to learn from and to measure on.
        targets: whose curves.
        trial: a fast way of learning and answering.
        seed: chooses the tickets where chance does.
        on_step: told what begins.
    """
    order = np.arange(len(split.train))
    if split.kind != "forward":
        order = np.random.default_rng(seed).permutation(order)
    measured: list[tuple[Mapping[str, int], Mapping[str, FirstAnswers]]] = []
    for share in SHARES:
        n = math.ceil(share * order.size)
        on_step(f"learning from {n:,} tickets for the learning curve")
        subset = [split.train[i] for i in np.sort(order[-n:]).tolist()]
        try:
            answers = trial(subset, split.test)
        except UnusableTraining:
            continue  # too few to learn from: the curve begins later
        measured.append(({target: label_counts(subset, target).total() for target in targets}, answers))
    groups = split.test_groups()
    return {
        target: _curve([(counts[target], answers[target]) for counts, answers in measured], groups)
        for target in targets
        if measured
    }


def _curve(measured: Sequence[tuple[int, FirstAnswers]], groups: NDArray[np.int64]) -> LearningCurve:
    """The curve through the answers that were given after learning from so many tickets."""
    figures = [(n, answers.figures()) for n, answers in measured]
    points = tuple(CurvePoint(n, found.accuracy, found.macro_f1) for n, found in figures)
    if len(points) < len(SHARES):
        return LearningCurve(
            points, None, "What more tickets would bring cannot be said: an eighth of these is too few to learn from."
        )
    sizes = np.asarray([point.n_tickets for point in points], dtype=np.float64)
    wrong = np.column_stack([~answers.is_right() for _, answers in measured])
    # a ticket falls into the cell that says after which sizes it was answered wrongly
    powers = 1 << np.arange(len(SHARES))
    bits = (np.arange(1 << len(SHARES))[:, None] & powers > 0).astype(np.float64)
    counts = resampled_counts(wrong @ powers, bits.shape[0], groups[measured[-1][1].at])
    errors = counts @ bits / counts.sum(axis=1, keepdims=True)
    if percentiles(errors[:, 0] - errors[:, -1])[0] <= 0:
        return LearningCurve(
            points,
            None,
            f"What more tickets would bring cannot be said: from {points[0].n_tickets:,} to {points[-1].n_tickets:,} "
            "accuracy did not rise by more than chance may do.",
        )
    forecast = _forecast(sizes, wrong.mean(axis=0), errors[:N_FORECASTS])
    if forecast is None:
        return LearningCurve(
            points, None, "What more tickets would bring cannot be said: the points follow no power law."
        )
    low, high = forecast.gain_interval
    return LearningCurve(
        points,
        forecast,
        f"Twice the tickets ({forecast.n_tickets:,}) would bring about {100 * forecast.accuracy:.1f} %, a gain of "
        f"{100 * forecast.gain:.1f} points (95 % interval {100 * low:.1f} to {100 * high:.1f}), if the curve goes on "
        "as it went.",
    )


def _forecast(
    sizes: NDArray[np.float64], errors: NDArray[np.float64], resampled: NDArray[np.float64]
) -> Forecast | None:
    """What the law says of twice the tickets (Figueroa et al. 2012; Hestness et al. 2017); None where it does not fit.

    Args:
        sizes: tickets learned from, shape (n_sizes,).
        errors: share of wrong answers after each, shape (n_sizes,).
        resampled: the same over draws of the tickets measured on, shape (n_draws, n_sizes).
    """
    x = sizes / sizes[-1]
    try:
        law = _fit_law(x, errors, (errors[-1] / 2, errors[-1] / 2, 0.5))
        gains = [_gain(_fit_law(x, drawn, law)) for drawn in resampled]
    except RuntimeError:
        return None
    gain = _gain(law)
    return Forecast(law, 2 * int(sizes[-1]), 1 - float(_law(2.0, *law)), gain, percentiles(np.asarray(gains)))


def _fit_law(
    x: NDArray[np.float64], errors: NDArray[np.float64], near: tuple[float, float, float]
) -> tuple[float, float, float]:
    """a, b, c of error = a + b * x^-c by least squares; no error below nothing, no fall steeper than 1/n.

    Args:
        x: tickets learned from, in units of all, shape (n_sizes,).
        errors: share of wrong answers after each, shape (n_sizes,).
        near: where the search begins.

    Raises:
        RuntimeError: the search does not end.
    """
    start = np.clip(near, *_BOUNDS)
    (a, b, c), _ = curve_fit(_law, x, errors, p0=start, jac=_slopes, bounds=_BOUNDS, max_nfev=2_000)
    return float(a), float(b), float(c)


def _law(x: NDArray[np.float64] | float, a: float, b: float, c: float) -> NDArray[np.float64]:
    return np.asarray(a + b * np.asarray(x) ** -c)


def _slopes(x: NDArray[np.float64], _a: float, b: float, c: float) -> NDArray[np.float64]:
    """How the law moves with a, b and c, shape (n_sizes, 3)."""
    power = x**-c
    return np.column_stack([np.ones_like(x), power, -b * power * np.log(x)])


def _gain(law: tuple[float, float, float]) -> float:
    """How much the error falls from all tickets to twice as many."""
    return float(_law(1.0, *law) - _law(2.0, *law))

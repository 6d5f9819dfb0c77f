"""What more tickets would bring: the error after learning from an eighth, a quarter, a half and all of them."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.evaluation.answers import FirstAnswers, Trial
from training.evaluation.intervals import Interval, percentiles, resampled_counts
from training.histories.dataset import label_counts
from training.histories.split import Split
from triage.errors import UnusableTraining

__all__ = ["CurvePoint", "Forecast", "LearningCurve", "learn_curves"]

SHARES = (1 / 8, 1 / 4, 1 / 2, 1.0)
"""Of the training part; each holds the ones before it."""

N_FORECASTS = 200
"""Draws of the tickets set aside that a forecast's interval is made of; each takes a fit of the law."""

FALLS = (0.01, 1.0)
"""How steep the error may fall: hardly, and by half from twice the tickets."""

_N_TRIED, _N_ROUNDS = 41, 5
"""Exponents tried at once, and how often around the best of them: it is then known to within 1e-6."""


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
    low, high = forecast.gain_interval
    return LearningCurve(
        points,
        forecast,
        f"Twice the tickets ({forecast.n_tickets:,}) would bring about {100 * forecast.accuracy:.1f} %, a gain of "
        f"{100 * forecast.gain:.1f} points (95 % interval {100 * low:.1f} to {100 * high:.1f}), if the curve goes on "
        "as it went.",
    )


def _forecast(sizes: NDArray[np.float64], errors: NDArray[np.float64], resampled: NDArray[np.float64]) -> Forecast:
    """What the law says of twice the tickets (Figueroa et al. 2012; Hestness et al. 2017).

    Args:
        sizes: tickets learned from, shape (n_sizes,).
        errors: share of wrong answers after each, shape (n_sizes,).
        resampled: the same over draws of the tickets measured on, shape (n_draws, n_sizes).
    """
    a, b, c = _fit_laws(sizes / sizes[-1], np.vstack([errors, resampled])).T
    twice = a + b * 2.0**-c
    gain, *gains = (a + b - twice).tolist()
    law = float(a[0]), float(b[0]), float(c[0])
    return Forecast(law, 2 * int(sizes[-1]), 1 - float(twice[0]), gain, percentiles(np.asarray(gains)))


def _fit_laws(x: NDArray[np.float64], errors: NDArray[np.float64]) -> NDArray[np.float64]:
    """a, b, c of error = a + b * x^-c by least squares, shape (n_laws, 3); a and b from 0 to 1, c within `FALLS`.

    For a given c the best a and b are known; so c alone is searched for, ever closer around the best one tried, for all
    laws at once.

    Args:
        x: tickets learned from, in units of all, shape (n_sizes,).
        errors: share of wrong answers after each, shape (n_laws, n_sizes).
    """
    rows = np.arange(len(errors))
    low, high = (np.full(len(errors), end) for end in FALLS)
    for _ in range(_N_ROUNDS):
        c = np.linspace(low, high, _N_TRIED, axis=1)
        a, b, lost = _best_in_bounds(x ** -c[:, :, None], errors[:, None, :])
        best = lost.argmin(axis=1)
        low, high = c[rows, np.maximum(best - 1, 0)], c[rows, np.minimum(best + 1, _N_TRIED - 1)]
    return np.column_stack([a[rows, best], b[rows, best], c[rows, best]])


def _best_in_bounds(
    power: NDArray[np.float64], errors: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """The a and b, each from 0 to 1, that bring a + b * power closest to the errors (last axis), and the squares left.

    Inside the bounds it is the regression line; where that lies outside, the best is on one of the four edges.
    """
    p, e = power.mean(axis=-1), errors.mean(axis=-1)
    spread = np.maximum(power.var(axis=-1), 1e-12)  # none where no ticket more has a label
    slope = ((power - p[..., None]) * (errors - e[..., None])).mean(axis=-1) / spread
    square = (power**2).mean(axis=-1)
    zero, one = np.zeros_like(p), np.ones_like(p)
    a = np.stack([e - slope * p, zero, one, e + zero, e - p])
    b = np.stack(
        [slope, (power * errors).mean(axis=-1) / square, (power * (errors - 1)).mean(axis=-1) / square, zero, one]
    )
    a, b = a.clip(0, 1), b.clip(0, 1)
    lost = ((a[..., None] + b[..., None] * power - errors) ** 2).sum(axis=-1)
    best = lost.argmin(axis=0)[None]
    a, b, lost = (np.take_along_axis(found, best, axis=0)[0] for found in (a, b, lost))
    return a, b, lost

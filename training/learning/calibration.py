"""Confidences that mean what they say: temperature and noise for the scores, and thresholds that keep a precision."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar

from triage.ensemble import softmax, with_noise

__all__ = ["Calibration", "fit_calibration"]


MOST_NOISE = 0.4
"""Where more of the labels were chance, they would not be worth learning from."""

EVIDENCE = 5.0
"""The logarithm of the odds from which on there is noise: very strong ones, in the words of Kass and Raftery (1995)."""

NOISES = (0.02, 0.1)
"""Where the search for the share of noise begins."""


class Calibration(NamedTuple):
    """What makes scores honest: a factor on them, and the share of labels that tell nothing (see `Blend`)."""

    temperature: float
    noise: float

    def confidences(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probabilities of the scores' shape, (n, n_labels)."""
        return with_noise(softmax(self.temperature * scores), self.noise)


def fit_calibration(scores: NDArray[np.float64], labels: NDArray[np.int64]) -> Calibration:
    """Temperature and noise with which the first answers are right as often as they say.

    Temperature scaling (Guo et al. 2017, with 1/T as the factor), by the likelihood of the first answer being right:
    that is the confidence people see and thresholds are set on (Gupta and Ramdas 2022). The likelihood of the labels
    would also weigh how a wrong answer's rest is spread over many groups, and on seventy groups pays for it with
    answers that are too sure. Where n answers are all right, the next is taken to be right in (n + 1) of (n + 2) cases
    (Platt 1999), and never for certain.

    Where people mislabel one ticket in twenty, whatever it says, no answer is right more often than that allows, and a
    temperature alone makes sure answers too sure and the others not sure enough. That share, spread evenly over the
    labels, is fitted beside it, and is none without strong `EVIDENCE` (by Schwarz's criterion, 1978).

    Args:
        scores: float64 of shape (n, n_labels), out-of-fold.
        labels: the right columns, int64 of shape (n,).
    """
    right = scores.argmax(axis=1) == labels
    n_right, n_wrong = int(right.sum()), int((~right).sum())
    expected = np.where(right, (n_right + 1) / (n_right + 2), 1 / (n_wrong + 2))

    def loss(log_temperature: float, noise: float = 0.0) -> float:
        sure = np.clip(Calibration(np.exp(log_temperature), noise).confidences(scores).max(axis=1), 1e-12, 1 - 1e-12)
        return float(-(expected * np.log(sure) + (1 - expected) * np.log1p(-sure)).mean())

    plain = minimize_scalar(loss, bounds=(-3.0, 5.0), method="bounded")
    noisy = min(
        (
            minimize(lambda at: loss(*at), (plain.x, start), method="L-BFGS-B", bounds=[(-3.0, 5.0), (0.0, MOST_NOISE)])
            for start in NOISES
        ),
        key=lambda found: float(found.fun),
    )
    if labels.size * (plain.fun - noisy.fun) - np.log(labels.size) / 2 < EVIDENCE:
        return Calibration(float(np.exp(plain.x)), 0.0)
    return Calibration(float(np.exp(noisy.x[0])), float(noisy.x[1]))

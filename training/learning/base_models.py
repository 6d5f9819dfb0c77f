"""Which ways of scoring a target's answers rest on: the linear model, with subwords or without, and the network.

They are chosen on answers to unseen tickets. The simpler one wins where it is as good.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from triage.ensemble import softmax

__all__ = [
    "LINEAR",
    "NETWORK",
    "SUBWORDS",
    "TOGETHER",
    "BaseModel",
    "choose_linear",
    "is_gain",
    "label_losses",
    "measure_base_models",
]

LINEAR, SUBWORDS, NETWORK = "linear", "linear with subwords", "network"
TOGETHER = "together"
"""What the base models that are kept reach as a blend; it stands beside them for comparison."""

BEYOND_CHANCE = 1.645
"""Standard errors by which a gain must differ from none: one-sided, 95 % of a normal distribution."""


@dataclass(frozen=True, slots=True)
class BaseModel:
    """One way of scoring, and what it reached alone on unseen tickets.

    Attributes:
        name: which.
        accuracy: share of right first answers.
        log_loss: mean negative logarithm of the confidence in the right label, at the temperature that suits it best.
        is_kept: whether it takes part in the answers.
    """

    name: str
    accuracy: float
    log_loss: float
    is_kept: bool


def label_losses(probabilities: NDArray[np.float64], labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """The negative logarithm of the probability of each right label, shape (n,), from (n, n_labels)."""
    return np.asarray(-np.log(np.maximum(probabilities[np.arange(labels.size), labels], 1e-300)))


def choose_linear(scores: Mapping[str, NDArray[np.float64]], labels: NDArray[np.int64]) -> str:
    """The linear model under which the labels are likelier; the plain one where they are equally likely.

    Args:
        scores: by name, plain first; out-of-fold, float64 of shape (n, n_labels) each.
        labels: the right columns, int64 of shape (n,).
    """
    losses = {name: _scaled_losses(found, labels).mean() for name, found in scores.items() if name != NETWORK}
    return min(losses, key=lambda name: float(losses[name]))


def is_gain(before: NDArray[np.float64], after: NDArray[np.float64], groups: NDArray[np.int64]) -> bool:
    """Whether losses fall beyond chance; tickets that belong together count as one observation.

    Args:
        before: losses of n tickets, shape (n,).
        after: of the same tickets.
        groups: tickets that belong together, int64 of shape (n,).
    """
    gains = before - after
    _, of_group = np.unique(groups, return_inverse=True)
    spread = np.sqrt((np.bincount(of_group, gains - gains.mean()) ** 2).sum())
    return bool(gains.sum() > BEYOND_CHANCE * spread)


def measure_base_models(
    scores: Mapping[str, NDArray[np.float64]],
    labels: NDArray[np.int64],
    kept: tuple[str, ...],
    blended: NDArray[np.float64],
) -> tuple[BaseModel, ...]:
    """What each way of scoring reached alone, and last what the kept ones reach together.

    Args:
        scores: as for `choose_linear`.
        labels: the right columns, int64 of shape (n,).
        kept: the names of those that take part.
        blended: the blend's confidences, out-of-fold as well, shape (n, n_labels).
    """
    right, loss = (blended.argmax(axis=1) == labels).mean(), label_losses(blended, labels).mean()
    alone = tuple(
        BaseModel(
            name=name,
            accuracy=float((found.argmax(axis=1) == labels).mean()),
            log_loss=float(_scaled_losses(found, labels).mean()),
            is_kept=name in kept,
        )
        for name, found in scores.items()
    )
    return (*alone, BaseModel(TOGETHER, float(right), float(loss), is_kept=True))


def _scaled_losses(scores: NDArray[np.float64], labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Losses at the temperature that suits the scores best, so that their scale does not matter."""

    def losses(logarithm: float) -> NDArray[np.float64]:
        return label_losses(softmax(np.exp(logarithm) * scores), labels)

    found = minimize_scalar(lambda logarithm: float(losses(logarithm).mean()), bounds=(-4.0, 4.0), method="bounded")
    return losses(float(found.x))

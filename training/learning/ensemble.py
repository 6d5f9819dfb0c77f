"""Learning how base models' answers become one: an average where there is little data, a stack where there is much.

Both are one family. The stack has a weight for each base model and label, and a bias for each label; its weights are
shrunk towards the average's, and how strongly is chosen on out-of-fold predictions. A shrinkage without end is the
average itself. A base model that does not pay beyond chance is left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.model_selection import GroupKFold
from threadpoolctl import threadpool_limits

from training.learning.base_models import label_losses
from training.learning.calibration import fit_calibration
from triage.ensemble import Blend, softmax

__all__ = ["FittedBlend", "extend", "fit_blend"]

SHRINKAGES = (np.inf, 100.0, 10.0)
"""How strongly the stack is held at the average, in tickets; the first is the average alone."""

MAX_TICKETS = 20_000
"""More of them cost minutes and move no weight."""

N_FOLDS = 3


@dataclass(frozen=True, slots=True)
class FittedBlend:
    """A blend, and its out-of-fold predictions.

    Attributes:
        blend: learned from all answers.
        shrinkage: how strongly it is held at the average.
        confidences: out-of-fold, float64 of shape (n, n_labels).
    """

    blend: Blend
    shrinkage: float
    confidences: NDArray[np.float64]


def fit_blend(
    base_scores: NDArray[np.float64], labels: NDArray[np.int64], groups: NDArray[np.int64], *, seed: int
) -> FittedBlend:
    """Learn weights under which the labels are likeliest.

    Args:
        base_scores: the base models' out-of-fold scores, float64 of shape (n_base_models, n, n_labels).
        labels: the right columns, int64 of shape (n,).
        groups: tickets that belong together, int64 of shape (n,).
        seed: for the folds.
    """
    with threadpool_limits(1, user_api="blas"):  # too little work to share: threads would wait for one another
        return _fit_blend(base_scores, labels, groups, seed)


def _fit_blend(
    base_scores: NDArray[np.float64], labels: NDArray[np.int64], groups: NDArray[np.int64], seed: int
) -> FittedBlend:
    n_folds = min(N_FOLDS, np.unique(groups).size)
    parts = list(GroupKFold(n_folds, shuffle=True, random_state=seed).split(labels, labels, groups))
    shrinkage, scores = SHRINKAGES[0], _out_of_fold_scores(base_scores, labels, parts, SHRINKAGES[0], seed)
    for weaker in SHRINKAGES[1:]:
        loosened = _out_of_fold_scores(base_scores, labels, parts, weaker, seed)
        if _loss(loosened, labels) >= _loss(scores, labels):
            break  # the weights have begun to learn by heart
        shrinkage, scores = weaker, loosened
    calibration = fit_calibration(scores, labels)
    blend, temperature = _fit(base_scores, labels, shrinkage, seed), calibration.temperature
    return FittedBlend(
        Blend(temperature * blend.weights, temperature * blend.bias, calibration.noise),
        shrinkage,
        calibration.confidences(scores),
    )


def extend(blend: Blend, known: Sequence[str], labels: Sequence[str]) -> Blend:
    """The blend for other labels in another order: those it knows as they were, a new one at the average's weights."""
    weights = np.repeat(blend.weights.mean(axis=1, keepdims=True), len(labels), axis=1)
    bias = np.zeros(len(labels))
    at = {label: i for i, label in enumerate(known)}
    pairs = [(i, at[label]) for i, label in enumerate(labels) if label in at]
    here, there = (np.asarray(side, dtype=np.int64) for side in zip(*pairs, strict=True))
    weights[:, here] = blend.weights[:, there]
    bias[here] = blend.bias[there]
    return Blend(weights, bias, blend.noise)


def _out_of_fold_scores(
    base_scores: NDArray[np.float64],
    labels: NDArray[np.int64],
    parts: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]],
    shrinkage: float,
    seed: int,
) -> NDArray[np.float64]:
    """The blend's out-of-fold scores for every ticket, shape (n, n_labels)."""
    scores = np.empty(base_scores.shape[1:])
    for train, test in parts:
        scores[test] = _fit(base_scores[:, train], labels[train], shrinkage, seed).scores(base_scores[:, test])
    return scores


def _loss(scores: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    return float(label_losses(softmax(scores), labels).mean())


def _fit(base_scores: NDArray[np.float64], labels: NDArray[np.int64], shrinkage: float, seed: int) -> Blend:
    n_base_models, n, n_labels = base_scores.shape
    if n > MAX_TICKETS:
        sample = np.sort(np.random.default_rng(seed).permutation(n)[:MAX_TICKETS])
        base_scores, labels, n = base_scores[:, sample], labels[sample], MAX_TICKETS
    average = _fit_average(base_scores, labels)
    if np.isinf(shrinkage):
        return average
    rows, start = np.arange(n), average.weights[:, 0]

    def unpacked(moved: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        changes, bias = np.split(moved, [n_base_models * n_labels])
        return start[:, None] * np.exp(changes.reshape(n_base_models, n_labels)), bias

    def loss(moved: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights, bias = unpacked(moved)
        probabilities = softmax((base_scores * weights[:, None, :]).sum(axis=0) + bias)
        value = label_losses(probabilities, labels).sum() + shrinkage * (moved @ moved) / 2
        probabilities[rows, labels] -= 1
        of_weights = (base_scores * probabilities).sum(axis=1) * weights
        gradient = np.concatenate([of_weights.ravel(), probabilities.sum(axis=0)]) + shrinkage * moved
        return float(value) / n, gradient / n

    nothing = np.zeros((n_base_models + 1) * n_labels)
    found = minimize(loss, nothing, jac=True, method="L-BFGS-B", options={"maxiter": 60})
    weights, bias = unpacked(found.x)
    return Blend(weights, bias)


def _fit_average(base_scores: NDArray[np.float64], labels: NDArray[np.int64]) -> Blend:
    """One weight a base model, all positive: the temperature of a geometric mean (Genest and Zidek 1986)."""
    n_base_models, _, n_labels = base_scores.shape
    rows = np.arange(labels.size)

    def loss(logarithms: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scales = np.exp(logarithms)
        probabilities = softmax(np.tensordot(scales, base_scores, axes=1))
        value = label_losses(probabilities, labels).mean()
        probabilities[rows, labels] -= 1
        return float(value), scales * np.tensordot(base_scores, probabilities, axes=2) / labels.size

    found = minimize(loss, np.zeros(n_base_models), jac=True, method="L-BFGS-B", bounds=[(-4.0, 4.0)] * n_base_models)
    return Blend(np.repeat(np.exp(found.x)[:, None], n_labels, axis=1), np.zeros(n_labels))

"""Learning how members' answers become one: an average where there is little data, a stack where there is much.

Both are one family. The stack's weights are pulled towards the average's, and how strongly is chosen on answers that
the weights have not seen; a pull without end is the average itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.model_selection import GroupKFold

from training.learning.calibration import fit_calibration
from triage.ensemble import Blend, softmax

__all__ = ["FittedBlend", "extend", "fit_blend"]

PULLS = (np.inf, 100.0, 10.0, 1.0)
"""How strongly the stack is held at the average, in tickets; the first is the average alone."""

MAX_TICKETS = 20_000
"""More of them cost minutes and move no weight."""

N_FOLDS = 3


@dataclass(frozen=True, slots=True)
class FittedBlend:
    """A blend, and what it would have answered without having seen the ticket.

    Attributes:
        blend: learned from all answers.
        pull: how strongly it is held at the average.
        confidences: float64 of shape (n, n_labels), each from weights that had not seen the ticket.
    """

    blend: Blend
    pull: float
    confidences: NDArray[np.float64]


def fit_blend(
    members: NDArray[np.float64], labels: NDArray[np.int64], groups: NDArray[np.int64], *, seed: int
) -> FittedBlend:
    """Learn weights under which the labels are likeliest.

    Args:
        members: the members' scores for tickets that they had not seen, float64 of shape (n_members, n, n_labels).
        labels: the right columns, int64 of shape (n,).
        groups: tickets that belong together, int64 of shape (n,).
        seed: for the folds.
    """
    n_folds = min(N_FOLDS, np.unique(groups).size)
    parts = list(GroupKFold(n_folds, shuffle=True, random_state=seed).split(labels, labels, groups))
    pull, scores = PULLS[0], _unseen(members, labels, parts, PULLS[0], seed)
    for weaker in PULLS[1:]:
        loosened = _unseen(members, labels, parts, weaker, seed)
        if _loss(loosened, labels) >= _loss(scores, labels):
            break  # the weights have begun to learn by heart
        pull, scores = weaker, loosened
    calibration = fit_calibration(scores, labels)
    blend, temperature = _fit(members, labels, pull, seed), calibration.temperature
    return FittedBlend(
        Blend(temperature * blend.weights, temperature * blend.bias, calibration.noise),
        pull,
        calibration.confidences(scores),
    )


def extend(blend: Blend, known: Sequence[str], labels: Sequence[str]) -> Blend:
    """The blend for other labels in another order: those it knows as they were, a new one at the average's weights."""
    n_members = blend.weights.shape[0]
    weights = np.zeros((n_members, len(labels), len(labels)))
    average = blend.weights.diagonal(axis1=1, axis2=2).mean(axis=1)
    weights[:, np.arange(len(labels)), np.arange(len(labels))] = average[:, None]
    bias = np.zeros(len(labels))
    at = {label: i for i, label in enumerate(known)}
    pairs = [(i, at[label]) for i, label in enumerate(labels) if label in at]
    here, there = (np.asarray(side, dtype=np.int64) for side in zip(*pairs, strict=True))
    weights[:, here[:, None], here[None, :]] = blend.weights[:, there[:, None], there[None, :]]
    bias[here] = blend.bias[there]
    return Blend(weights, bias, blend.noise)


def _unseen(
    members: NDArray[np.float64],
    labels: NDArray[np.int64],
    parts: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]],
    pull: float,
    seed: int,
) -> NDArray[np.float64]:
    """The blend's scores for every ticket, of weights that had not seen it; shape (n, n_labels)."""
    scores = np.empty(members.shape[1:])
    for train, test in parts:
        scores[test] = _fit(members[:, train], labels[train], pull, seed).scores(members[:, test])
    return scores


def _loss(scores: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    likelihood = softmax(scores)[np.arange(labels.size), labels]
    return float(-np.log(np.maximum(likelihood, 1e-300)).mean())


def _fit(members: NDArray[np.float64], labels: NDArray[np.int64], pull: float, seed: int) -> Blend:
    n_members, n, n_labels = members.shape
    if n > MAX_TICKETS:
        sample = np.sort(np.random.default_rng(seed).permutation(n)[:MAX_TICKETS])
        members, labels, n = members[:, sample], labels[sample], MAX_TICKETS
    average = _fit_average(members, labels)
    if np.isinf(pull):
        return average
    rows = np.arange(n)
    flat = np.concatenate([members.transpose(1, 0, 2).reshape(n, -1), np.ones((n, 1))], axis=1)
    start = np.vstack([average.weights.reshape(-1, n_labels), average.bias])

    def loss(moved: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        moved = moved.reshape(start.shape)
        probabilities = softmax(flat @ (start + moved))
        value = -np.log(np.maximum(probabilities[rows, labels], 1e-300)).sum() + pull * (moved**2).sum() / 2
        probabilities[rows, labels] -= 1
        return float(value) / n, ((flat.T @ probabilities + pull * moved) / n).ravel()

    found = minimize(loss, np.zeros(start.size), jac=True, method="L-BFGS-B", options={"maxiter": 100})
    moved = start + found.x.reshape(start.shape)
    return Blend(moved[:-1].reshape(n_members, n_labels, n_labels), moved[-1])


def _fit_average(members: NDArray[np.float64], labels: NDArray[np.int64]) -> Blend:
    """One weight a member, all positive: the temperature of a geometric mean (Genest and Zidek 1986)."""
    n_members, _, n_labels = members.shape

    def loss(logarithms: NDArray[np.float64]) -> float:
        return _loss(np.tensordot(np.exp(logarithms), members, axes=1), labels)

    found = minimize(loss, np.zeros(n_members), method="L-BFGS-B", bounds=[(-4.0, 4.0)] * n_members)
    weights = np.exp(found.x)[:, None, None] * np.eye(n_labels)
    return Blend(weights, np.zeros(n_labels))

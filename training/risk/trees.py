"""Boosted trees as scikit-learn learns them, and the flat arrays by which they are computed without it."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

from triage.forest import Forest

__all__ = ["Boosted", "fit_chance", "fit_mean", "joined"]

Boosted: TypeAlias = Any
"""A classifier or a regressor of scikit-learn, which has no types."""

_Nodes: TypeAlias = tuple[NDArray[np.void], int, NDArray[np.int64]]
"""A tree's nodes, the place of its first one in the forest, and what `_latest` says of them."""

N_TREES = 60
LEARNING_RATE = 0.08
MAX_LEAVES = 15
MAX_DEPTH = 5
"""How many questions a ticket is asked at most: what bounds the cost of an answer."""

LEAST_PER_LEAF = 30
REGULARISATION = 5.0
"""Of the values of leaves (L2)."""


def fit_chance(
    rows: NDArray[np.float64], happened: NDArray[np.float64], *, seed: int
) -> HistGradientBoostingClassifier:
    """Trees whose sum is the log-odds that something happens."""
    with threadpool_limits(1):  # too little work to share: threads would wait for one another
        return HistGradientBoostingClassifier(**_settings(seed)).fit(rows, happened)


def fit_mean(rows: NDArray[np.float64], values: NDArray[np.float64], *, seed: int) -> HistGradientBoostingRegressor:
    """Trees whose sum is the mean of a value."""
    with threadpool_limits(1):  # likewise
        return HistGradientBoostingRegressor(**_settings(seed)).fit(rows, values)


def joined(
    models: Sequence[Boosted], *, when: int | None = None
) -> tuple[Forest, list[tuple[int, int]], list[float]]:
    """One forest of all the models' trees.

    Args:
        models: as `fit_chance` and `fit_mean` give them.
        when: the column that holds a moment; the forest does not ask for it, and answers as of the latest.

    Returns:
        The forest; for each model the place of its first tree and the one after its last; and what its sum starts from.
    """
    nodes: list[_Nodes] = []
    roots: list[int] = []
    parts, bases, n_nodes = [], [], 0
    for model in models:
        begin = len(roots)
        for (predictor,) in model._predictors:  # noqa: SLF001  # the trees have no public name
            latest = _latest(predictor.nodes, when)
            nodes.append((predictor.nodes, n_nodes, latest))
            roots.append(n_nodes + int(latest[0]))
            n_nodes += len(predictor.nodes)
        parts.append((begin, len(roots)))
        bases.append(float(np.ravel(model._baseline_prediction)[0]))  # noqa: SLF001  # likewise
    return _forest(nodes, roots), parts, bases


def _forest(nodes: Sequence[_Nodes], roots: Sequence[int]) -> Forest:
    features, thresholds, children, values = [], [], [], []
    for found, start, latest in nodes:
        is_leaf = found["is_leaf"].astype(bool)
        own = np.arange(len(found)) + start
        below = latest[np.column_stack([found["left"], found["right"]]).astype(np.int64) * ~is_leaf[:, None]] + start
        features.append(np.where(is_leaf, 0, found["feature_idx"]))
        thresholds.append(np.where(is_leaf, 0.0, found["num_threshold"]))
        children.append(np.where(is_leaf[:, None], own[:, None], below))
        values.append(_means(found))
    if not nodes:
        return Forest(*_empty())
    return Forest(
        np.concatenate(features).astype(np.int32),
        np.concatenate(thresholds).astype(np.float64),
        np.concatenate(children).astype(np.int32),
        np.concatenate(values).astype(np.float64),
        np.asarray(roots, dtype=np.int32),
    )


def _latest(nodes: NDArray[np.void], when: int | None) -> NDArray[np.int64]:
    """Where one is at each node when one asks as of the latest moment: right of all that ask for it, shape (n,)."""
    found = np.arange(len(nodes))
    for at in found[::-1].tolist():  # children stand after their parents
        if not nodes["is_leaf"][at] and nodes["feature_idx"][at] == when:
            found[at] = found[int(nodes["right"][at])]
    return found


def _means(nodes: NDArray[np.void]) -> NDArray[np.float64]:
    """What each node says: a leaf its value, any other the mean of its leaves by how many tickets they had.

    scikit-learn keeps no such mean; a leaf's reasons are told by it.
    """
    values, counts = nodes["value"].astype(np.float64), nodes["count"].astype(np.float64)
    for at in np.flatnonzero(nodes["is_leaf"] == 0)[::-1].tolist():  # children stand after their parents
        left, right = int(nodes["left"][at]), int(nodes["right"][at])
        values[at] = (values[left] * counts[left] + values[right] * counts[right]) / (counts[left] + counts[right])
    return values


def _empty() -> tuple[
    NDArray[np.int32], NDArray[np.float64], NDArray[np.int32], NDArray[np.float64], NDArray[np.int32]
]:
    nothing, none = np.empty(0, dtype=np.int32), np.empty(0)
    return nothing, none, np.empty((0, 2), dtype=np.int32), none, nothing


def _settings(seed: int) -> dict[str, int | float | bool]:
    return {
        "max_iter": N_TREES,
        "learning_rate": LEARNING_RATE,
        "max_leaf_nodes": MAX_LEAVES,
        "max_depth": MAX_DEPTH,
        "min_samples_leaf": LEAST_PER_LEAF,
        "l2_regularization": REGULARISATION,
        "early_stopping": False,
        "random_state": seed,
    }

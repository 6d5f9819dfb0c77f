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


def joined(models: Sequence[Boosted], *, when: int | None = None) -> tuple[Forest, list[tuple[int, int]], list[float]]:
    """One forest of all the models' trees.

    Args:
        models: as `fit_chance` and `fit_mean` give them.
        when: the column that holds a moment; the forest does not ask for it, and answers as of the latest.

    Returns:
        The forest; for each model the place of its first tree and the one after its last; and what its sum starts from.
    """
    nodes: list[tuple[NDArray[np.void], int]] = []
    roots: list[int] = []
    parts, bases, n_nodes = [], [], 0
    for model in models:
        begin = len(roots)
        for (predictor,) in model._predictors:  # noqa: SLF001  # the trees have no public name
            kept = predictor.nodes if when is None else _as_of_the_latest(predictor.nodes, when)
            nodes.append((kept, n_nodes))
            roots.append(n_nodes)
            n_nodes += len(kept)
        parts.append((begin, len(roots)))
        bases.append(float(np.ravel(model._baseline_prediction)[0]))  # noqa: SLF001  # likewise
    return _forest(nodes, roots), parts, bases


def _forest(nodes: Sequence[tuple[NDArray[np.void], int]], roots: Sequence[int]) -> Forest:
    features, thresholds, children, values = [], [], [], []
    for found, start in nodes:
        is_leaf = found["is_leaf"].astype(bool)
        own = np.arange(len(found)) + start
        below = np.column_stack([found["left"], found["right"]]).astype(np.int64) + start
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


def _as_of_the_latest(nodes: NDArray[np.void], when: int) -> NDArray[np.void]:
    """A tree without its questions for a moment: in the place of each stands what it says of the latest tickets."""
    asks = (nodes["is_leaf"] == 0) & (nodes["feature_idx"] == when)
    place = np.arange(len(nodes))
    for at in np.flatnonzero(asks)[::-1].tolist():  # children stand after their parents
        place[at] = place[int(nodes["right"][at])]
    kept = np.zeros(len(nodes), dtype=np.bool_)
    kept[place[0]] = True
    for at in range(len(nodes)):
        if kept[at] and not nodes["is_leaf"][at]:
            kept[place[[int(nodes["left"][at]), int(nodes["right"][at])]]] = True
    found = nodes[kept]
    new = (np.cumsum(kept) - 1)[place]
    for side in ("left", "right"):
        found[side] = np.where(found["is_leaf"], 0, new[found[side].astype(np.int64)])
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
